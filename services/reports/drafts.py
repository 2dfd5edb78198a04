"""Drafts: what a citizen gathers in any order before it is sent. Nobody else sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized, Unit
from services.civic.places import Spot
from services.database import lock_row
from services.errors import NotFound
from services.members.models import Member
from services.reports import moves, photos, sending, spots, themes
from services.reports.models import Report
from services.reports.photos import Kept, Picture
from services.reports.sending import Incomplete, TooManyReports
from services.reports.spots import OutsideCity, last_spot
from services.reports.states import State, Verb
from services.reports.texts import TEXT, clean
from services.reports.themes import Theme

__all__ = [
    "Draft",
    "Incomplete",
    "OutsideCity",
    "Sent",
    "TooManyReports",
    "add_photo",
    "discard",
    "last_spot",
    "mine",
    "one",
    "set_anonymous",
    "set_place",
    "set_text",
    "set_theme",
    "start",
    "submit",
]


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


async def start(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int | None,
    source: str,
    now: datetime,
    text: str = "",
    spot: Spot | None = None,
) -> int:
    """A new draft; returns its id. `source` is the channel. Raises `OutsideCity`."""
    values = {
        "city_id": city.id,
        "author_id": member_id,
        "state": State.DRAFT,
        "state_at": now,
        "created_at": now,
        "updated_at": now,
        "text": clean(text, TEXT),
        "source": source,
        **spots.columns(spots.within(city, spot or Spot())),
    }
    draft_id = await tx.scalar(insert(Report).values(**values).returning(Report.id))
    assert draft_id is not None
    return int(draft_id)


_COLUMNS: tuple[Any, ...] = (
    *(Report.id, Report.text, Report.lat, Report.lon, Report.address, Report.district),
    *(Report.citywide, Report.category_id, Report.anonymous),
    *(Report.created_at, Report.updated_at),
)


async def mine(tx: AsyncConnection, city: CityFacts, member_id: int) -> list[Draft]:
    """The member's drafts, the one changed last first."""
    return await _drafts(tx, city, member_id)


async def one(tx: AsyncConnection, city: CityFacts, member_id: int, draft_id: int) -> Draft:
    """One draft of this member; raises `NotFound` for anybody else's and for one that was sent."""
    found = await _drafts(tx, city, member_id, Report.id == draft_id)
    if not found:
        raise NotFound
    return found[0]


async def _drafts(tx: AsyncConnection, city: CityFacts, member_id: int, *where: Any) -> list[Draft]:
    rows = await tx.execute(
        select(*_COLUMNS)
        .where(Report.author_id == member_id, Report.state == State.DRAFT, *where)
        .order_by(Report.updated_at.desc(), Report.id.desc())
    )
    found = rows.all()
    if not found:
        return []
    pictures = await photos.listed(tx, [row.id for row in found])
    offered = {theme.id: theme for theme in await themes.themes(tx, city.id)}
    return [
        _draft(row, offered.get(row.category_id), tuple(pictures.get(row.id, ()))) for row in found
    ]


def _draft(row: Any, theme: Theme | None, pictures: tuple[Kept, ...]) -> Draft:
    return Draft(
        row.id,
        row.text,
        Spot(row.lat, row.lon, row.address, row.district, row.citywide),
        theme,
        row.anonymous,
        pictures,
        sending.missing(
            text=row.text, photos=len(pictures), lat=row.lat, address=row.address,
            citywide=row.citywide, theme=theme.id if theme else None,
        ),
        row.created_at,
        row.updated_at,
    )  # fmt: skip


async def _change(
    tx: AsyncConnection, member_id: int, draft_id: int, now: datetime, **values: Any
) -> None:
    """Write into the member's draft; raises `NotFound` when it is not one any more."""
    written = await tx.execute(
        update(Report)
        .where(Report.id == draft_id, Report.author_id == member_id, Report.state == State.DRAFT)
        .values(updated_at=now, **values)
    )
    if written.rowcount != 1:
        raise NotFound


async def set_text(
    tx: AsyncConnection, *, member_id: int, draft_id: int, text: str, now: datetime
) -> None:
    """Replace the words of a draft; raises `TextTooLong`."""
    await _change(tx, member_id, draft_id, now, text=clean(text, TEXT))


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
    await _change(tx, member_id, draft_id, now, **spots.columns(spots.within(city, spot)))


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
    theme = await themes.one(tx, city.id, category_id)
    await _change(
        tx, member_id, draft_id, now,
        category_id=theme.id, group=theme.group, unit_id=theme.unit_id,
    )  # fmt: skip


async def set_anonymous(
    tx: AsyncConnection, *, member_id: int, draft_id: int, anonymous: bool, now: datetime
) -> None:
    """Whether everybody will see the author's first name."""
    await _change(tx, member_id, draft_id, now, anonymous=anonymous)


async def add_photo(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    draft_id: int,
    picture: Picture,
    now: datetime,
) -> Kept | None:
    """Add a photo, the same one once; None when the draft has as many as the city takes."""
    await _change(tx, member_id, draft_id, now)
    return await photos.add(
        tx,
        report_id=draft_id,
        member_id=member_id,
        kind=photos.BEFORE,
        jpeg=picture.jpeg,
        source_key=picture.source_key,
        most=city.rules.civic.photos,
        now=now,
    )


async def discard(
    tx: AsyncConnection, city: CityFacts, *, member_id: int, draft_id: int, now: datetime
) -> None:
    """The author throws a draft away; what was in it is gone. Raises `NotFound`."""
    await _change(tx, member_id, draft_id, now)
    await moves.move(tx, city, draft_id, Verb.WITHDRAW, by=member_id, now=now)


async def submit(
    tx: AsyncConnection, city: CityFacts, *, member_id: int, draft_id: int, now: datetime
) -> Sent:
    """Send the draft, once: a number is given and the city's promise begins.

    Sending what was sent answers the same, `again`. Raises `Incomplete`, `TooManyReports` and
    `NotFound`.
    """
    # Two taps come one after the other.
    await lock_row(tx, Member, member_id)
    state = await tx.scalar(
        select(Report.state).where(
            Report.id == draft_id, Report.author_id == member_id, Report.city_id == city.id
        )
    )
    if state == State.DRAFT:
        await moves.move(tx, city, draft_id, Verb.SUBMIT, by=member_id, now=now)
    return await _sent(tx, member_id, draft_id, again=state != State.DRAFT)


async def _sent(tx: AsyncConnection, member_id: int, draft_id: int, *, again: bool) -> Sent:
    found = await tx.execute(
        select(Report.number, Report.due_at, Unit.name)
        .join(Unit, Unit.id == Report.unit_id)
        .where(
            Report.id == draft_id,
            Report.author_id == member_id,
            Report.submitted_at.is_not(None),
        )
    )
    row = found.first()
    if row is None or row.number is None or row.due_at is None:
        raise NotFound
    return Sent(draft_id, row.number, row.due_at, row.name, again)
