"""What everybody sees of reports, and what their authors see: never more than is public."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.reports.drafts import Draft


@dataclass(frozen=True, slots=True)
class Public:
    """A report as everybody sees it; there is no other field.

    `author` is a first name with an initial, None for an anonymous one. The place of a private
    theme is rounded and has no address. `reason` is that of the last move, a key of `reasons` or
    words. `photos` and `after` are tokens. `duplicate_of` is a number. `up` and `verified_up`
    count voices. `overdue`: the city is late.
    """

    id: int
    number: int | None
    state: str
    category: str
    emoji: str
    theme: Localized
    unit_slug: str
    unit: Localized
    text: str
    lat: float | None
    lon: float | None
    address: str | None
    district: str | None
    citywide: bool
    author: str | None
    photos: tuple[str, ...]
    after: tuple[str, ...]
    submitted_at: datetime | None
    published_at: datetime | None
    updated_at: datetime
    state_at: datetime
    due_at: datetime | None
    overdue: bool
    reason: str | None
    up: int
    verified_up: int
    duplicate_of: int | None
    project_id: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which published reports: every filter that is set must hold."""

    numbers: Sequence[int] = ()
    states: Sequence[str] = ()
    categories: Sequence[str] = ()
    district: str | None = None
    unit_id: int | None = None
    published_from: datetime | None = None
    published_until: datetime | None = None
    updated_from: datetime | None = None
    updated_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mine:
    """A report in its author's list. `hidden`: flagged away. `editable_until`: None: not now."""

    id: int
    number: int
    state: str
    emoji: str
    theme: Localized
    text: str
    address: str | None
    due_at: datetime | None
    overdue: bool
    hidden: bool
    question: str | None
    editable_until: datetime | None
    updated_at: datetime


async def public(
    tx: AsyncConnection, city: CityFacts, ids: Sequence[int], now: datetime
) -> dict[int, Public]:
    """The published ones among these reports, by id; nobody else's drafts, ever."""
    raise NotImplementedError


async def by_number(tx: AsyncConnection, city: CityFacts, number: int, now: datetime) -> Public:
    """The published report of this number; raises `NotFound`."""
    raise NotImplementedError


async def listed(
    tx: AsyncConnection,
    city: CityFacts,
    wanted: Wanted,
    now: datetime,
    *,
    limit: int,
    offset: int = 0,
) -> list[Public]:
    """Published reports, the newest publication first."""
    raise NotImplementedError


async def nearby(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    lat: float,
    lon: float,
    now: datetime,
    limit: int,
    offset: int = 0,
) -> list[tuple[Public, int]]:
    """What is not done yet around a point, with the metres to it, the nearest first."""
    raise NotImplementedError


async def preview(
    tx: AsyncConnection, city: CityFacts, draft: Draft, member_id: int, now: datetime
) -> Public:
    """A draft exactly as everybody would see it; its theme and place must be there."""
    raise NotImplementedError


async def own(
    tx: AsyncConnection, city: CityFacts, member_id: int, report_id: int, now: datetime
) -> Mine:
    """One sent report of this member, in whatever state; raises `NotFound`."""
    raise NotImplementedError


async def mine(
    tx: AsyncConnection,
    city: CityFacts,
    member_id: int,
    now: datetime,
    *,
    limit: int,
    offset: int = 0,
) -> list[Mine]:
    """The member's sent reports, the one that moved last first."""
    raise NotImplementedError
