"""A paid service that knows receipts, whose books survive the process that asks it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from bot.checking import Checking, Service
from bot.metrics import Metrics
from bot.purse import DatabasePurse
from services.receipts.chain import Chain
from services.receipts.verifiers.contract import (
    Answer,
    Because,
    NotYet,
    Question,
    Rejected,
    Verified,
    Working,
)
from tests.house import House
from tests.services.receipts.scripted import PLENTY, found, ticket_of
from tests.services.receipts.sightings import NEW_SERIAL, NEW_TILL

NAME = "fns"
ANSWERS: dict[str, Callable[[Question], Answer]] = {
    "found": found,
    "not_yet": lambda _question: NotYet(),
    "working": lambda _question: Working("a-handle", 2),
    "forged": lambda _question: Rejected(Because.FORGED),
    "new_till": lambda question: Verified(
        ticket_of(question.slip, registration=NEW_TILL, serial=NEW_SERIAL)
    ),
}


class Paid:
    """A verifier: a question costs one call, what is asked for under its handle costs none."""

    name = NAME
    adapters = frozenset({"ru54"})
    at_once = 20

    def __init__(self, book: Path, purse: DatabasePurse, says: str) -> None:
        self._book = book
        self._purse = purse
        self._answer = ANSWERS[says]

    async def ask(self, questions: list[Question]) -> dict[str, Answer]:
        for question in questions:
            if question.handle is None:
                assert await self._purse.spend(1)
            with self._book.open("a", encoding="utf-8") as book:
                book.write(f"{question.key} {question.handle or 'paid'}\n")
        return {question.key: self._answer(question) for question in questions}

    async def close(self) -> None:
        """Nothing to close."""


def book_of(house: House) -> Path:
    """Every question the service was asked: the receipt, and its handle or that it was paid."""
    return house.app.settings.data_dir / "asked.txt"


def checking(house: House, asks: Sequence[str], says: str) -> Checking:
    """The work of asking, with this service."""
    purse = DatabasePurse(house.database, house.clock, NAME, PLENTY)
    return Checking(
        database=house.database,
        clock=house.clock,
        city=house.app.city,
        chain=Chain(tuple(asks), {NAME: Paid.adapters}),
        services={NAME: Service(Paid(book_of(house), purse, says), PLENTY)},
        metrics=Metrics(),
        told=house.app.delivery.wake,
    )


async def ask_all(house: House, asks: Sequence[str], says: str) -> None:
    """Ask until nothing is due at this moment."""
    work = checking(house, asks, says)
    while await work.ask_some(NAME):
        pass
