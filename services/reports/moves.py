"""One function leads a report from state to state, by the rows of `states`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.errors import Refusal
from services.reports.photos import Picture
from services.reports.states import Acting, Row, State, Verb


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did. `merits`: what the mover was thanked with."""

    report_id: int
    number: int | None
    before: State
    after: State
    acting: Acting
    event_id: int
    merits: int


@dataclass
class NoSuchMove(Refusal):
    """In this state nobody does that: it has moved on since the button was drawn."""

    state: str
    verb: str


class ReasonNeeded(Refusal):
    """This move needs a reason."""


class PhotoNeeded(Refusal):
    """This move needs a photo of what was done."""


@dataclass
class Claimed(Refusal):
    """A colleague is at it, until then (None: until they let go)."""

    until: datetime | None


class OwnReport(Refusal):
    """Nobody decides on, supports or flags what they wrote themselves."""


class TooLateToUndo(Refusal):
    """The minutes in which a decision can be taken back are over."""


async def move(
    tx: AsyncConnection,
    city: CityFacts,
    report_id: int,
    verb: Verb,
    *,
    by: int | None,
    now: datetime,
    acting: Acting | None = None,
    reason: str | None = None,
    picture: Picture | None = None,
    unit_id: int | None = None,
    original_id: int | None = None,
    project_id: int | None = None,
    until: datetime | None = None,
) -> Moved:
    """Make the move, or raise a refusal and change nothing.

    `by` None is the system, or another system that acts as `acting`. `acting` chooses among the
    roles the member has; the first of the row's by default. `reason` is a key of `reasons` or
    the mover's own words: those of citizens, and all before publication, are kept as a private
    note. With `assign` and `refer` comes `unit_id` where another unit is to do it, with `duplicate`
    `original_id`, with `promote` `project_id` (see `promoting`), with `schedule` `until`, and
    with `fix`, and if there is one with `confirm` and `reopen`, a `picture`.

    Raises `NotFound`, `NotAllowed`, `OwnReport`, `NoSuchMove`, `ReasonNeeded`, `PhotoNeeded`,
    `Claimed`, `duplicates.NoOriginal`, and `Changed` when somebody was first.
    """
    raise NotImplementedError


async def allowed(
    tx: AsyncConnection, city: CityFacts, report_id: int, by: int, now: datetime
) -> list[tuple[Row, Acting]]:
    """What the member may do with the report as it stands, and in which role: the buttons."""
    raise NotImplementedError


async def undo(
    tx: AsyncConnection, city: CityFacts, report_id: int, *, by: int, now: datetime
) -> Moved:
    """A moderator takes their own last move back, where its row allows that.

    Raises `TooLateToUndo`, `NotAllowed` for a colleague's, and `Changed` when it moved on.
    """
    raise NotImplementedError
