"""What every verifier promises."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self

from services.receipts.slip import Slip
from services.receipts.ticket import Ticket


class Because(StrEnum):
    """Why a service says that a receipt is not what it claims to be."""

    MALFORMED = "malformed"
    FORGED = "forged"
    """The fiscal sign or another field does not belong to this document."""
    CANCELLED = "cancelled"
    """The seller has annulled it since."""


class Trouble(StrEnum):
    """Why a service could not be asked."""

    DOWN = "down"
    """No connection, a time-out, an internal fault: the breaker counts it."""
    QUOTA = "quota"
    """The day's or the month's calls are used up."""
    SLOW_DOWN = "slow_down"
    """Asked too often; nothing is wrong."""
    DENIED = "denied"
    """Token, address or access is refused: a person must look into it."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The service knows the document; whether its fields agree is the caller's to compare."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class NotYet:
    """The service does not know the document, or not yet. Ask again later."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The document is not real."""

    because: Because


@dataclass(frozen=True, slots=True)
class Undecided:
    """The service cannot tell, and asking again will not help: a person decides."""

    detail: str


@dataclass(frozen=True, slots=True)
class Working:
    """The service has taken the question under `handle` and will answer in `seconds` or later.

    The handle is stored, so that a restart does not pay for the question twice.
    """

    handle: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing was learned. `seconds`: how long the service asks to be left alone, if it said.

    `handle` replaces the question's own: what was asked before may still be answered under it;
    None: the next time the question is a fresh one.
    """

    trouble: Trouble
    seconds: float | None = None
    handle: str | None = None


Answer = Verified | NotYet | Rejected | Undecided | Working | Unavailable


@dataclass(frozen=True, slots=True)
class Question:
    """One receipt to ask about, of an adapter that the verifier serves.

    `handle` is what the last `Working` or `Unavailable` gave, else None.
    """

    key: str
    slip: Slip
    handle: str | None = None


class Purse(Protocol):
    """The calls that one service allows: counted for all processes, over restarts."""

    async def spend(self, calls: int) -> bool:
        """Pay for the next calls; False, and nothing is spent, when not enough are left."""

    async def leave(self, calls: int) -> None:
        """The service said how many calls are left: the account is lowered to that."""


class Vault(Protocol):
    """A service's token, shared by all processes."""

    async def token(self, renew: Callable[[], Awaitable[tuple[str, datetime]]]) -> str:
        """The present token; one caller at a time renews one that is about to end.

        `renew` returns a token and when it ends; what it raises passes through.
        """

    async def drop(self, token: str) -> None:
        """The service refused this token: the next caller renews it."""


class Period(StrEnum):
    """The time for which a service allows its calls."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many calls a service allows unless the contract with it says otherwise.

    `reserve` of them are better kept for what cannot wait. `per_receipt`: how many calls one
    receipt takes on average. `fetching` of them only fetch the answers to what was asked before.
    `calls` is None where there is no limit, or only the service knows.
    """

    calls: int | None
    period: Period
    reserve: int
    per_receipt: float
    fetching: int = 0

    def of(self, calls: int) -> Self:
        """The same of another number of calls; the reserve stays the same share of them, and what
        is kept for fetching is at most a tenth."""
        share = 0 if not self.calls else self.reserve / self.calls
        fetching = min(self.fetching, calls // 10)
        return replace(self, calls=calls, reserve=round(calls * share), fetching=fetching)


class Verifier(Protocol):
    """A client of one service. It raises nothing but CancelledError.

    `adapters`: the forms of receipts it can be asked about; see `Slip.adapter`. `at_once`: how
    many questions it is best given together; more are answered too, only later.
    """

    name: str
    adapters: frozenset[str]
    at_once: int

    async def ask(self, questions: list[Question]) -> dict[str, Answer]:
        """Answers by the questions' keys, one for each.

        Every call that the service counts is paid from the budget the client was given; a
        question that could not be paid for is answered `Unavailable(QUOTA)`.
        """

    async def close(self) -> None:
        """Give back connections."""
