"""Writing a transfer once, however often it is asked for."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, bindparam, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import UtcDateTime
from services.ledger.accounts import DIALECT_INSERTS, MEMBER, Kept, LedgerBrokenError
from services.ledger.models import Account, Transfer

PENDING = "pending"
POSTED = "posted"
VOIDED = "voided"
LAPSED = "expired"
STATES = (PENDING, POSTED, VOIDED, LAPSED)

SPEND = "spend"
REFUND = "refund"
REVERSAL = "reversal"
EXPIRY = "expiry"
FORFEIT = "forfeit"
OWN_KINDS = (SPEND, REFUND, REVERSAL, EXPIRY, FORFEIT)
"""Kinds of transfer the ledger gives itself; an earning bears any other."""


class KeyReusedError(Exception):
    """One idempotency key was used for two different things: a fault of the caller.

    The transaction must be rolled back.
    """


@dataclass(frozen=True, slots=True)
class Draft:
    """A transfer to be written, between one member's account and an account of the city."""

    key: str
    kind: str
    city: str
    outgoing: bool
    amount: int
    reason: str
    state: str = POSTED
    due_at: datetime | None = None
    undoes_id: int | None = None

    def args_hash(self, owner: int, currency: str) -> str:
        """What the key stands for; the moments are left out, for a repetition comes later."""
        member, city = (MEMBER, owner), (self.city, 0)
        debit, credit = (member, city) if self.outgoing else (city, member)
        return hash_of(
            kind=self.kind,
            currency=currency,
            debit=debit,
            credit=credit,
            amount=self.amount,
            reason=self.reason,
            waits=self.due_at is not None,
        )


def hash_of(
    *,
    kind: str,
    currency: str,
    debit: tuple[str, int],
    credit: tuple[str, int],
    amount: int,
    reason: str,
    waits: bool,
) -> str:
    """SHA-256 (hexadecimal) of what a transfer stands for.

    An end is (account kind, owner); `waits` tells a transfer with a moment to wait for from one
    that is done at once.
    """
    told = json.dumps([kind, currency, *debit, *credit, amount, reason, waits], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


_COLUMNS = (
    *("key", "args_hash", "kind", "debit_id", "credit_id", "amount"),
    *("state", "reason", "undoes_id", "created_at", "due_at", "settled_at"),
)


def _source(part: int, *, outgoing: bool) -> Any:
    def given(name: str, kind: Any = String) -> Any:
        return bindparam(f"{name}_{part}", type_=kind)

    member: Any = bindparam("member_account", type_=Integer)
    debit, credit = (member, Account.id) if outgoing else (Account.id, member)
    return select(
        given("key"),
        given("args_hash"),
        given("kind"),
        debit,
        credit,
        given("amount", Integer),
        given("state"),
        given("reason"),
        given("undoes_id", Integer),
        bindparam("at", type_=UtcDateTime),
        given("due_at", UtcDateTime),
        given("settled_at", UtcDateTime),
    ).where(
        Account.kind == given("city"),
        Account.owner == 0,
        Account.currency == bindparam("in_currency"),
    )


def _insert(dialect_insert: Any, parts: int, *, outgoing: bool) -> Any:
    sources = [_source(part, outgoing=outgoing) for part in range(parts)]
    source: Any = sources[0] if parts == 1 else union_all(*sources)
    statement = dialect_insert(Transfer).from_select(_COLUMNS, source)
    return statement.on_conflict_do_nothing().returning(Transfer.key, Transfer.id)


_INSERTS = {
    (name, parts, outgoing): _insert(dialect_insert, parts, outgoing=outgoing)
    for name, dialect_insert in DIALECT_INSERTS.items()
    for parts in (1, 2)
    for outgoing in (False, True)
}


async def write(
    tx: AsyncConnection, account: Kept, drafts: Sequence[Draft], now: datetime
) -> dict[str, int]:
    """Write one or two drafts of the same direction in one statement.

    Returns the ids by key; a draft whose key (or whose `undoes_id`) is there already is left out.
    """
    parameters: dict[str, Any] = {
        "member_account": account.id,
        "in_currency": account.currency,
        "at": now,
    }
    for part, draft in enumerate(drafts):
        parameters |= {
            f"key_{part}": draft.key,
            f"args_hash_{part}": draft.args_hash(account.owner, account.currency),
            f"kind_{part}": draft.kind,
            f"city_{part}": draft.city,
            f"amount_{part}": draft.amount,
            f"state_{part}": draft.state,
            f"reason_{part}": draft.reason,
            f"undoes_id_{part}": draft.undoes_id,
            f"due_at_{part}": draft.due_at,
            f"settled_at_{part}": None if draft.state == PENDING else now,
        }
    statement = _INSERTS[tx.dialect.name, len(drafts), drafts[0].outgoing]
    return {row.key: row.id for row in await tx.execute(statement, parameters)}


def own_key(what: str) -> str:
    """A fresh key for a transfer that the state of its rows, not a key, keeps from repeating.

    No moment can be part of it: whoever waited for the account still bears the moment at which
    it began, so a lot may be refilled with a moment before the sweep that has just emptied it.
    """
    return f"{what}:{secrets.token_hex(8)}"


async def write_new(tx: AsyncConnection, account: Kept, draft: Draft, now: datetime) -> int:
    """Write a draft whose key the ledger itself made and cannot have used; returns the id."""
    written = await write(tx, account, [draft], now)
    if draft.key not in written:
        raise LedgerBrokenError(f"transfer {draft.key} was there already")
    return written[draft.key]


async def earlier(tx: AsyncConnection, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The transfers that bear these keys: id and arguments' hash by key."""
    statement = select(Transfer.key, Transfer.id, Transfer.args_hash).where(Transfer.key.in_(keys))
    return {row.key: (row.id, row.args_hash) for row in await tx.execute(statement)}


async def repeated(
    tx: AsyncConnection, keys: Sequence[str], owner: int, currency: str, drafts: Sequence[Draft]
) -> dict[str, int]:
    """Ids of what these keys wrote earlier; `KeyReusedError` unless that is exactly `drafts`.

    Empty when none of the keys was ever used.
    """
    found = await earlier(tx, keys)
    asked = {draft.key: draft.args_hash(owner, currency) for draft in drafts}
    if found and {key: args_hash for key, (_, args_hash) in found.items()} != asked:
        raise KeyReusedError(keys[0])
    return {key: id_ for key, (id_, _) in found.items()}
