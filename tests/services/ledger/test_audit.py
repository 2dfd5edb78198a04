"""Each corruption is planted with SQL, behind the back of the code, and must be found."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from services import ledger
from services.ledger import Finding
from services.ledger.auditing import CHECKS, rows
from tests.services.ledger.book import Book


@pytest.fixture
async def used_book(book: Book) -> Book:
    """A ledger in which everything has happened once."""
    await book.earn("receipt:1", 50, 50)
    await book.earn("receipt:2", 40)
    await book.earn("report:1", 3, currency="merits", expires_in=None)
    await book.earn("receipt:3", 30, 10, member=2)
    refunded = await book.spend("redemption:1", 60)
    await book.refund(refunded)
    await book.spend("redemption:2", 20)
    await book.hold("redemption:3", 15)
    await book.release(await book.hold("redemption:4", 10))
    await book.reverse("receipt:3")
    return book


async def test_a_used_ledger_is_clean(used_book: Book) -> None:
    report = await used_book.look(ledger.audit, used_book.clock.now())
    assert report.is_clean
    assert (report.accounts, report.transfers, report.lots) == (12, 12, 6)


async def test_an_empty_ledger_is_clean(book: Book) -> None:
    report = await book.look(ledger.audit, book.clock.now())
    assert (report.is_clean, report.transfers) == (True, 0)


def plant(path: Path, sql: str) -> None:
    """Run SQL without constraints, as a stray hand or a broken disk would."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.executescript(sql)
    connection.close()


MEMBER = "kind = 'member' AND owner = 1 AND currency = 'points'"
CITY = "(SELECT id FROM account WHERE kind = '{}' AND currency = '{}')"
CORRUPTIONS: list[tuple[str, str, set[str]]] = [
    (
        "points out of nothing",
        f"UPDATE account SET posted = posted + 1 WHERE {MEMBER}",
        {"kept_balances", "zero_sum", "lots_hold_the_balance"},
    ),
    (
        "a hold forgotten",
        f"UPDATE account SET held = 0 WHERE {MEMBER}",
        {"kept_balances", "lots_hold_the_balance"},
    ),
    (
        "maturing points forgotten",
        f"UPDATE account SET maturing = 0 WHERE {MEMBER}",
        {"kept_balances"},
    ),
    (
        "the city keeps a balance",
        "UPDATE account SET posted = 5 WHERE kind = 'issued' AND currency = 'points'",
        {"kept_balances"},
    ),
    (
        "a transfer removed",
        "DELETE FROM transfer WHERE key = 'undo'",
        {"kept_balances", "zero_sum"},
    ),
    (
        "a transfer posted but not applied",
        "UPDATE transfer SET state = 'posted', settled_at = created_at"
        " WHERE key = 'receipt:1:later'",
        {"kept_balances", "zero_sum"},
    ),
    (
        "an amount altered",
        "UPDATE transfer SET amount = amount + 1 WHERE key = 'redemption:2'",
        {"kept_balances", "zero_sum", "spends_have_used_lots", "arguments_unaltered"},
    ),
    (
        "a reason altered",
        "UPDATE transfer SET reason = 'something' WHERE key = 'redemption:2'",
        {"arguments_unaltered"},
    ),
    (
        "an owner altered",
        "UPDATE account SET owner = 77 WHERE kind = 'member' AND owner = 2",
        {"arguments_unaltered"},
    ),
    (
        "a hash altered",
        "UPDATE transfer SET args_hash = 'x' WHERE key = 'receipt:2'",
        {"arguments_unaltered"},
    ),
    (
        "a lot filled",
        "UPDATE lot SET remaining = remaining + 1 WHERE id = 1",
        {"lots_hold_the_balance"},
    ),
    (
        "a lot fuller than its earning",
        "UPDATE lot SET remaining = 51 WHERE id = 1",
        {"lots_hold_the_balance", "lots_belong"},
    ),
    (
        "a lot below nothing",
        "UPDATE lot SET remaining = -1 WHERE id = 1",
        {"lots_hold_the_balance", "lots_belong"},
    ),
    (
        "a lot of a pending earning filled",
        "UPDATE lot SET remaining = 1 WHERE id = 2",
        {"lots_hold_the_balance", "lots_belong"},
    ),
    (
        "a lot without its transfer",
        "INSERT INTO lot (account_id, transfer_id, remaining) SELECT id, 999, 0 FROM account"
        f" WHERE {MEMBER}",
        {"lots_belong"},
    ),
    (
        "a lot in another's account",
        "UPDATE lot SET account_id = (SELECT id FROM account WHERE kind = 'member' AND owner = 2"
        " AND currency = 'points') WHERE id = 2",
        {"lots_belong"},
    ),
    ("an earning without its lot", "DELETE FROM lot WHERE id = 2", {"earnings_have_lots"}),
    (
        "a use of a lot altered",
        "UPDATE lot_use SET amount = amount + 1 WHERE rowid = (SELECT max(rowid) FROM lot_use)",
        {"spends_have_used_lots"},
    ),
    (
        "a use of a lot removed",
        "DELETE FROM lot_use WHERE rowid = (SELECT max(rowid) FROM lot_use)",
        {"spends_have_used_lots"},
    ),
    (
        "a use of another's lot",
        "UPDATE lot_use SET lot_id = (SELECT max(id) FROM lot)"
        " WHERE rowid = (SELECT max(rowid) FROM lot_use)",
        {"spends_have_used_lots"},
    ),
    (
        "two currencies in one transfer",
        f"UPDATE transfer SET credit_id = {CITY.format('redeemed', 'merits')}"
        " WHERE key = 'redemption:2'",
        {"ends_fit", "zero_sum"},
    ),
    (
        "a transfer within the city",
        f"UPDATE transfer SET debit_id = {CITY.format('issued', 'points')}"
        " WHERE key = 'redemption:4'",
        {"ends_fit", "spends_have_used_lots", "arguments_unaltered"},
    ),
    (
        "a transfer to no account",
        "UPDATE transfer SET credit_id = 999 WHERE key = 'redemption:4'",
        {"ends_fit"},
    ),
    (
        "a negative amount",
        "UPDATE transfer SET amount = -amount WHERE key = 'redemption:4'",
        {"ends_fit", "spends_have_used_lots", "arguments_unaltered"},
    ),
    (
        "a negative hold",
        "UPDATE account SET held = -1 WHERE kind = 'member' AND owner = 2 AND currency = 'points'",
        {"accounts_fit", "kept_balances", "lots_hold_the_balance"},
    ),
    (
        "a currency nobody knows",
        "INSERT INTO account (kind, owner, currency, posted, held, maturing)"
        " VALUES ('member', 1, 'roubles', 0, 0, 0)",
        {"accounts_fit"},
    ),
    (
        "a state nobody knows",
        "UPDATE transfer SET state = 'lost' WHERE key = 'redemption:4'",
        {"states_fit"},
    ),
    (
        "settled without a moment",
        "UPDATE transfer SET settled_at = NULL WHERE key = 'redemption:4'",
        {"states_fit"},
    ),
    (
        "a refund of nothing",
        "UPDATE transfer SET undoes_id = NULL WHERE key = 'undo'",
        {"undone_exactly"},
    ),
    (
        "a refund of something else",
        "UPDATE transfer SET undoes_id = (SELECT id FROM transfer WHERE key = 'redemption:2')"
        " WHERE key = 'undo'",
        {"undone_exactly"},
    ),
]


@pytest.fixture
async def sqlite_used_book(sqlite_book: Book, sqlite_file: Path) -> Book:
    """Everything happened once, in the SQLite file `sqlite_file`."""
    book = sqlite_book
    await book.earn("receipt:1", 50, 50)
    await book.earn("receipt:2", 40)
    await book.earn("receipt:3", 30, 10, member=2)
    await book.refund(await book.spend("redemption:1", 60))
    await book.spend("redemption:2", 20)
    await book.hold("redemption:3", 15)
    await book.release(await book.hold("redemption:4", 10))
    await book.assert_clean()
    return book


@pytest.mark.parametrize(
    ("sql", "checks"), [pytest.param(sql, checks, id=name) for name, sql, checks in CORRUPTIONS]
)
async def test_each_corruption_is_found(
    sqlite_used_book: Book, sqlite_file: Path, sql: str, checks: set[str]
) -> None:
    plant(sqlite_file, sql)
    report = await sqlite_used_book.look(ledger.audit, sqlite_used_book.clock.now())
    assert not report.is_clean
    assert {finding.check for finding in report.findings} >= checks


async def test_a_broken_account_is_not_written_to(
    sqlite_used_book: Book, sqlite_file: Path
) -> None:
    plant(sqlite_file, f"UPDATE account SET posted = posted + 1000 WHERE {MEMBER}")
    before = await sqlite_used_book.everything()
    with pytest.raises(ledger.LedgerBrokenError):
        await sqlite_used_book.hold("redemption:5", 500)
    assert await sqlite_used_book.everything() == before


async def test_what_waits_too_long_is_found(used_book: Book) -> None:
    used_book.clock.advance(minutes=75)
    await used_book.assert_clean()
    used_book.clock.advance(seconds=1)
    report = await used_book.look(ledger.audit, used_book.clock.now())
    assert [(finding.check, finding.subject) for finding in report.findings] == [
        ("nothing_overdue", "transfer")
    ]
    used_book.clock.advance(days=8)
    report = await used_book.look(ledger.audit, used_book.clock.now())
    assert {finding.check for finding in report.findings} == {"nothing_overdue"}
    assert len(report.findings) == 2


def test_every_check_has_a_corruption_to_find() -> None:
    named = {check for _, _, checks in CORRUPTIONS for check in checks} | {"nothing_overdue"}
    assert named == {check.__name__ for check in CHECKS}


async def test_others_add_checks_of_their_own(book: Book) -> None:
    async def mine(tx: Any, now: Any) -> list[Finding]:
        return [Finding("mine", "redemption", 3, "is held and has no hold")]

    report = await book.look(ledger.audit, book.clock.now(), (*CHECKS, mine))
    assert list(report.findings) == [Finding("mine", "redemption", 3, "is held and has no hold")]


async def test_a_finding_names_the_row_and_what_is_wrong(
    sqlite_used_book: Book, sqlite_file: Path
) -> None:
    plant(sqlite_file, f"UPDATE account SET maturing = 4 WHERE {MEMBER}")
    report = await sqlite_used_book.look(ledger.audit, sqlite_used_book.clock.now())
    assert list(report.findings) == [
        Finding(
            "kept_balances",
            "account",
            report.findings[0].subject_id,
            "maturing is 4 instead of 50",
        )
    ]


async def test_an_audit_changes_nothing(used_book: Book) -> None:
    before = await used_book.everything()
    await used_book.look(ledger.audit, used_book.clock.now())
    assert await used_book.everything() == before


async def test_pages_of_transfers_are_all_looked_at(
    sqlite_used_book: Book, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_ARGUMENTS", rows._ARGUMENTS.limit(2))
    await sqlite_used_book.assert_clean()
    plant(sqlite_file, "UPDATE transfer SET reason = 'x' WHERE key IN ('receipt:1', 'undo')")
    report = await sqlite_used_book.look(ledger.audit, sqlite_used_book.clock.now())
    assert [finding.check for finding in report.findings] == ["arguments_unaltered"] * 2
