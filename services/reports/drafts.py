"""Drafts: what a citizen gathers in any order before it is sent. Nobody else sees them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.civic.places import Spot
from services.errors import Refusal
from services.reports.photos import Kept, Picture
from services.reports.themes import Theme


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as its author sees it. `missing`: what it needs before it can be sent, in the order
    in which it is asked for: content (a photo or words), place, theme."""

    id: int
    text: str
    spot: Spot
    theme: Theme | None
    anonymous: bool
    photos: tuple[Kept, ...]
    missing: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A report that was sent. `again`: it had been sent before, and nothing was done."""

    id: int
    number: int
    due_at: datetime
    unit: Localized
    again: bool


@dataclass
class Incomplete(Refusal):
    """The draft cannot be sent yet; see `Draft.missing`."""

    missing: tuple[str, ...]


@dataclass
class TooManyReports(Refusal):
    """The member has sent as many reports today as one may."""

    limit: int


class OutsideCity(Refusal):
    """The point is not in the city. The draft is as it was."""


async def start(
    tx: AsyncConnection, city: CityFacts, *, member_id: int, source: str, now: datetime
) -> int:
    """A new empty draft; returns its id. `source` is the channel."""
    raise NotImplementedError


async def mine(tx: AsyncConnection, city: CityFacts, member_id: int) -> list[Draft]:
    """The member's drafts, the one changed last first."""
    raise NotImplementedError


async def one(tx: AsyncConnection, city: CityFacts, member_id: int, draft_id: int) -> Draft:
    """One draft of this member; raises `NotFound` for anybody else's and for one that was sent."""
    raise NotImplementedError


async def set_text(
    tx: AsyncConnection, *, member_id: int, draft_id: int, text: str, now: datetime
) -> None:
    """Replace the words of a draft."""
    raise NotImplementedError


async def set_place(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    draft_id: int,
    spot: Spot,
    now: datetime,
) -> None:
    """Replace the place of a draft; raises `OutsideCity`. The district is found from the point."""
    raise NotImplementedError


async def set_theme(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    draft_id: int,
    category_id: int,
    now: datetime,
) -> None:
    """Choose the theme of a draft."""
    raise NotImplementedError


async def set_anonymous(
    tx: AsyncConnection, *, member_id: int, draft_id: int, anonymous: bool, now: datetime
) -> None:
    """Whether everybody will see the author's first name."""
    raise NotImplementedError


async def add_photo(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    draft_id: int,
    picture: Picture,
    now: datetime,
) -> int | None:
    """Add a photo and return its id; None when the draft has as many as the city takes."""
    raise NotImplementedError


async def last_spot(tx: AsyncConnection, member_id: int) -> Spot | None:
    """Where the member's last report was, for «the same place»; None when there is none."""
    raise NotImplementedError


async def discard(
    tx: AsyncConnection, city: CityFacts, *, member_id: int, draft_id: int, now: datetime
) -> None:
    """The author throws a draft away; what was in it is gone."""
    raise NotImplementedError


async def submit(
    tx: AsyncConnection, city: CityFacts, *, member_id: int, draft_id: int, now: datetime
) -> Sent:
    """Send the draft, once: a number is given and the city's promise begins.

    Sending what was sent answers the same, `again`. Raises `Incomplete`, `TooManyReports` and
    `NotFound`.
    """
    raise NotImplementedError
