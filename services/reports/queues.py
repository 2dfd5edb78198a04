"""What waits for the city's people: who takes what, one at a time, so that none works in vain."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.errors import Refusal
from services.reports.photos import Kept
from services.reports.states import Acting, Row


@dataclass(frozen=True, slots=True)
class Note:
    """What was said about a report: who acted, the words, and when."""

    acting: str
    text: str
    public: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A report as the city's staff see it, its author behind a mask.

    `flags` members want it hidden; `hidden`: it is. `official` has claimed it (a masked name);
    `claimed_until`: a moderator looks at it until then. `may` are the moves of who asks.
    """

    id: int
    number: int | None
    state: str
    state_at: datetime
    category_id: int
    emoji: str
    theme: Localized
    unit_id: int
    unit: Localized
    text: str
    lat: float | None
    lon: float | None
    address: str | None
    district: str | None
    citywide: bool
    anonymous: bool
    author: str
    photos: tuple[Kept, ...]
    notes: tuple[Note, ...]
    flags: int
    hidden: bool
    up: int
    official: str | None
    official_me: bool
    claimed_until: datetime | None
    submitted_at: datetime | None
    published_at: datetime | None
    due_at: datetime | None
    overdue: bool
    duplicate_of: int | None
    may: tuple[tuple[Row, Acting], ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of a list: enough to choose it."""

    id: int
    number: int
    state: str
    emoji: str
    theme: Localized
    address: str | None
    due_at: datetime | None
    overdue: bool
    mine: bool
    free: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits for a moderator: new reports, flagged ones, photos, groups of reports."""

    submitted: int
    flagged: int
    photos: int


class NothingWaits(Refusal):
    """The queue is empty, or colleagues are at all of it."""


async def case(
    tx: AsyncConnection, city: CityFacts, report_id: int, by: int, now: datetime
) -> Case:
    """One report for a moderator of the city or an official of its unit; raises `NotAllowed`."""
    raise NotImplementedError


async def counts(tx: AsyncConnection, city: CityFacts, by: int, now: datetime) -> Counts:
    """What waits for this moderator; their own reports wait for others."""
    raise NotImplementedError


async def next_submitted(
    tx: AsyncConnection, city: CityFacts, *, by: int, now: datetime, after: int = 0
) -> Case:
    """Claim the oldest new report after this one, then from the start, for this moderator.

    What the moderator held before is free again. Raises `NothingWaits`.
    """
    raise NotImplementedError


async def next_flagged(
    tx: AsyncConnection, city: CityFacts, *, by: int, now: datetime, after: int = 0
) -> Case:
    """The same for reports that members have flagged away; see `flags.settle`."""
    raise NotImplementedError


async def next_photo(tx: AsyncConnection, city: CityFacts, *, by: int, after: int = 0) -> Kept:
    """The oldest photo that came after publication and that no moderator has looked at."""
    raise NotImplementedError


async def let_go(tx: AsyncConnection, *, by: int) -> None:
    """The moderator leaves the queue: what they held is free again."""
    raise NotImplementedError


async def of_unit(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    by: int,
    now: datetime,
    limit: int,
    offset: int = 0,
    overdue: bool = False,
    mine: bool = False,
) -> list[Waiting]:
    """What the official's units have to do, the soonest due first."""
    raise NotImplementedError


async def of_head(
    tx: AsyncConnection, city: CityFacts, *, by: int, now: datetime, limit: int, offset: int = 0
) -> list[Waiting]:
    """What is so late (twice the promised time) that it is the head's own matter."""
    raise NotImplementedError


async def claim(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    report_id: int,
    by: int,
    now: datetime,
    take_over: bool = False,
) -> None:
    """An official takes a report of their unit for themselves, from a colleague if told so.

    Raises `moves.Claimed`.
    """
    raise NotImplementedError


async def release(
    tx: AsyncConnection, city: CityFacts, *, report_id: int, by: int, now: datetime
) -> None:
    """The official lets go of it; the unit's colleagues can take it."""
    raise NotImplementedError
