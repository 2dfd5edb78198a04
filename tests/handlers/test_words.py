"""Every text of a table, in every language: it has words, they are filled in, they are right."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import notices, refusals
from handlers.chat import adding, alerts, cases, counter, dossier, receipts, review, summary
from handlers.chat.desk import notices as desk
from handlers.chat.plan import notices as plan
from handlers.chat.projects import notices as projects
from handlers.chat.receipts import typing
from handlers.chat.reports import notices as reports
from handlers.texts import _, plain
from services import delivery, ledger
from services.cities import CityFacts
from services.cities.alerts import CannotAccept, TillDecided
from services.delivery.models import OutboxMessage
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.members.attempts import TooMany
from services.members.roles import InvitationSpent, LastOwner
from services.receipts import reversing
from services.receipts.cases import CaseDecided
from services.receipts.claims import ClaimDecided, TooManyClaims
from services.receipts.evidence import Signal
from services.receipts.review import MANUAL, AlreadyDecided, TooLateToUndo
from services.receipts.review import REFUSALS as REVIEW_REFUSALS
from services.receipts.typed import Fault, Field
from services.receipts.verdict import Reason
from services.rewards.counter import CodeExpired, OtherVenue, Settled, TooLate
from services.rewards.redeem import Ended, GuestLimit, OutsideWindow, OwnVenue, SoldOut
from tests.clock import START
from tests.handlers.screens import Screens
from tests.house import House, speaking

TONGUES = ("ru", "en", "zh")
HOURS = {"from": "10:00", "until": "18:00"}

REFUSALS: list[Refusal] = [
    NotAllowed(), NotFound(), Changed(), SoldOut(), OwnVenue(), GuestLimit(1), GuestLimit(3),
    *(OutsideWindow({"days": days, **HOURS}) for days in (
        [0, 1, 2, 3, 4], [5, 6], [0, 1, 2, 3, 4, 5, 6], [6, 0, 1], [0, 2, 4], [3]
    )),
    ledger.NotEnough(39, 40, "points"), ledger.NotEnough(-5, 40, "merits"),
    TooMany(START), InvitationSpent(), LastOwner(), CodeExpired(), OtherVenue(), TooLate(),
    *(AlreadyDecided(state, START) for state in ("credited", "rejected")),
    *(Settled(state, START) for state in ("confirmed", "undone", "refused", "released")),
    *(Ended(state, START) for state in ("confirmed", "released")),
    TooLateToUndo(), CaseDecided("won", START), TooManyClaims(1), TooManyClaims(2),
    *(ClaimDecided(state) for state in ("won", "lost")),
    *(TillDecided(state) for state in ("confirmed", "refused", "kept")), CannotAccept(),
]  # fmt: skip

TITLE = {"ru": "Булочка", "en": "Bun", "zh": "面包"}
FACTS: dict[str, Any] = {
    "emoji": "🥐", "title": TITLE, "venue": TITLE, "price": 40, "currency": "points",
    "amount": 21, "expires_at": START.isoformat(), "total": 100_000, "points_now": 10,
    "points_later": 40, "matures_at": START.isoformat(), "at": START.isoformat(),
    "purchased_at": START.isoformat(), "first": "2026-11-16", "last": "2026-11-22",
    "credited": [3, 2], "waiting": [1, 1], "refused": [2, 3], "reversed": [1, 0],
    "reasons": [["old", [1, 1]], ["small", [1, 2]]], "failures": [["no_code", [4, 0]]],
    "candidate": 1, "alert": 1, "kind": "moved", "registration": "0000400103034560",
    "drive": "7386400000010003", "venue_id": 1, "place": None, "address": None,
    "points": 50, "debt": 7, "base": 40_000,
}  # fmt: skip
REASONED = {
    "redemption_refused": counter.REFUSALS, "redemption_undone": counter.UNDOS,
    "receipt_rejected": receipts.REASONS, "receipt_reversed": dict.fromkeys(reversing.WHY),
}  # fmt: skip


CIVIC = {"civic", "reports", "projects", "plan", "sharing"}
KINDS = set(notices._KINDS) - {
    "week_news",
    *(kind for part in (desk, plan, projects, reports) for kind in part.KINDS),
}
"""What guests, partners and their city are told; the tests of each other part have its own."""


def _kinds(of: type[Refusal]) -> Iterator[type[Refusal]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _texts(city: CityFacts) -> Iterator[tuple[str, str]]:
    """What is said, with a name for it, in the language that is set."""
    for refusal in REFUSALS:
        screen = refusals.refused(refusal, city)
        yield repr(refusal), screen.text
    for kind in KINDS:
        for reason in REASONED.get(kind, {"": ""}):
            yield f"{kind} {reason}", notices.notice(kind, {**FACTS, "reason": reason}, city).text
    facts = {"min": "100 ₽", "age": "3", "gap": "30", "venue": "5", "seller": "6"}
    for reason, words in receipts.REASONS.items():
        yield reason, _(words, **facts)
    marks = {"mark": "5", "drive": "6", "example": "7", "value": "8"}
    for words in (*typing.QUESTIONS.values(), *typing.NAMES.values()):
        yield words, _(words, **marks)
    tables = (
        receipts.PROBLEMS, receipts.HINTS, receipts.OTHER_CODES, receipts.FAULTS,
        typing.MISTAKES, review.WHY, review.REFUSALS, summary.REASONS,
        dossier.SIGNALS, dossier.SOURCES, cases.STATES,
        summary.FAILURES, summary.CITY_ADVICE, summary.VENUE_ADVICE, alerts.WHY, alerts.DONE,
    )  # fmt: skip
    for step, words in adding.SAYS.items():
        yield step, _(words, venue="5", registration="6")
    for words in (words for table in tables for words in table.values()):
        yield words, _(words)


@pytest.mark.parametrize("tongue", TONGUES)
def test_every_text_reads_well(house: House, tongue: str) -> None:
    screens = Screens(tongue)
    with speaking(tongue):
        for what, text in _texts(house.city):
            assert text
            screens.reads(what, plain(text))
    assert screens.faults == []


def test_every_refusal_of_the_services_has_words_of_its_own() -> None:
    kinds = {kind for kind in _kinds(Refusal) if kind.__module__.startswith("services.")}
    assert {kind.__name__ for kind in kinds - set(refusals._everything()[0])} == set()
    assert {type(refusal) for refusal in REFUSALS} == set(refusals._WORDS)


def test_every_reason_has_a_sentence() -> None:
    assert set(review.WHY) == set(MANUAL)
    assert set(dossier.SIGNALS) == set(Signal)
    assert tuple(review.REFUSALS) == REVIEW_REFUSALS
    assert set(receipts.REASONS) == set(Reason)
    assert set(typing.QUESTIONS) == set(typing.NAMES) == set(Field)
    assert set(typing.MISTAKES) | {Fault.LENGTH} == set(Fault)


def _told(source: Path) -> Iterator[str]:
    """The kinds of message that a module leaves, also through a function that takes the kind."""
    tree = ast.parse(source.read_text("utf-8"))
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.AsyncFunctionDef)]
    called: dict[str, int] = {}
    for function in functions:
        for call in _calls(function):
            if ast.unparse(call.func) == "delivery.tell":
                kind = call.args[2]
                if isinstance(kind, ast.Constant):
                    yield str(kind.value)
                else:
                    names = [argument.arg for argument in function.args.args]
                    called[function.name] = names.index(ast.unparse(kind))
    for call in _calls(tree):
        if isinstance(call.func, ast.Name) and call.func.id in called:
            kind = call.args[called[call.func.id]]
            assert isinstance(kind, ast.Constant), ast.unparse(call)
            yield str(kind.value)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(tree) if isinstance(each, ast.Call))


def test_everything_that_is_told_has_words() -> None:
    """`forget` is for the channels themselves."""
    root = Path(__file__).parents[2]
    sources = [path for floor in ("bot", "services") for path in (root / floor).rglob("*.py")]
    guests = [path for path in sources if not CIVIC & set(path.relative_to(root).parts)]
    told = {kind for source in guests for kind in _told(source)}
    assert told - {"forget"} == KINDS


async def test_every_message_of_the_outbox_arrives(house: House) -> None:
    guest = await house.regular()
    member_id = await guest.member_id()
    for kind in KINDS:
        reason = next(iter(REASONED.get(kind, {"": ""})))
        async with house.database.transaction() as tx:
            facts = {**FACTS, "reason": reason}
            await delivery.tell(tx, member_id, kind, facts, START)
    guest.hushed()
    await house.deliver()
    assert [kind for kind, _text in guest.news] == ["new"] * len(KINDS)
    assert {row["state"] for row in await house.rows(OutboxMessage)} == {"sent"}
    assert {str(row["facts"]) for row in await house.rows(OutboxMessage)} == {"{}"}


@pytest.mark.parametrize(
    ("tongue", "text"),
    [
        ("ru", "Something in English"),
        ("zh", "Rewards"),
        ("zh", "Награды"),
        ("en", "Награды"),
        ("en", "unknown_drive"),
        ("en", "You have {points}"),
        ("en", "Points: None"),
        ("en", "<b>bold</b>"),
        ("en", "Tom &amp; Jerry"),
        ("en", "Something went wrong on our side, and"),
    ],
)
def test_a_wrong_text_is_noticed(tongue: str, text: str) -> None:
    screens = Screens(tongue)
    screens.reads("a mutant", text)
    assert len(screens.faults) == 1
