"""One report as the city's staff see it: all that they need, and of its author what all see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.cities import CityFacts
from services.cities.models import Localized, Unit
from services.civic import bars, voices
from services.civic.bars import Barred
from services.errors import NotAllowed, NotFound
from services.members.models import Member
from services.reports import (
    acting,
    barring,
    flags,
    moves,
    notes,
    own,
    photos,
    publicity,
    versions,
)
from services.reports.acting import Facts
from services.reports.models import Category, Report
from services.reports.notes import Note
from services.reports.photos import Kept
from services.reports.states import Acting, Row, State
from services.rewards.counter import mask
from services.sharing.models import ApiClient


@dataclass(frozen=True, slots=True)
class Case:
    """A report as the city's staff see it; `author` is called as everybody sees it.

    `flags` members want it hidden; `hidden`: it is. `official` has claimed it (a masked name);
    `claimed_until`: a moderator looks at it until then. `may` are the moves of who asks.
    `mark` is that of what is shown here, for `moves.move`. `has_author`: somebody here hears of
    it; `system`: the name of the other system that sent it, where that one still has a key.
    `barred`: the author may send nothing at the moment; `may_bar`: that can be decided now.
    """

    id: int
    number: int | None
    state: str
    state_at: datetime
    mark: str
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
    author: str | None
    has_author: bool
    system: str | None
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
    barred: Barred | None
    may_bar: bool
    may: tuple[tuple[Row, Acting], ...]


_OFFICIAL = aliased(Member)
_COLUMNS: tuple[Any, ...] = (
    *(Report.text, Report.lat, Report.lon, Report.district, Report.citywide, Report.anonymous),
    *(Unit.name.label("unit"), Member.name.label("author"), _OFFICIAL.name.label("official")),
    ApiClient.name.label("system"),
)


async def case(
    tx: AsyncConnection, city: CityFacts, report_id: int, by: int, now: datetime
) -> Case:
    """One report for a moderator of the city or an official of its unit.

    Raises `NotAllowed` for anybody else and for its author, and `NotFound` for a draft.
    """
    report = await acting.look(tx, city, report_id)
    if report.submitted_at is None:
        raise NotFound
    held = await acting.roles_of(tx, report, by)
    if not held & {Acting.MODERATOR, Acting.OFFICIAL}:
        raise NotAllowed
    found = await tx.execute(
        select(*_COLUMNS)
        .join(Category, Category.id == Report.category_id)
        .join(Unit, Unit.id == Report.unit_id)
        .outerjoin(Member, Member.id == Report.author_id)
        .outerjoin(_OFFICIAL, _OFFICIAL.id == Report.official_id)
        .outerjoin(ApiClient, (ApiClient.id == Report.client_id) & ApiClient.revoked_at.is_(None))
        .where(Report.id == report_id)
    )
    row = found.first()
    if row is None:
        raise NotFound
    may = [
        (edge, role)
        for edge, role in moves.may(report, held, by, now)
        if role in {Acting.MODERATOR, Acting.OFFICIAL}
    ]
    return await _case(tx, report, row, tuple(may), by, now)


async def numbered(
    tx: AsyncConnection, city: CityFacts, number: int, by: int, now: datetime
) -> Case:
    """The same by the number that everybody knows it by."""
    found = select(Report.id).where(Report.city_id == city.id, Report.number == number)
    report_id = await tx.scalar(found)
    if report_id is None:
        raise NotFound
    return await case(tx, city, report_id, by, now)


async def _case(  # noqa: PLR0917 - one report
    tx: AsyncConnection,
    report: Facts,
    row: Any,
    may: tuple[tuple[Row, Acting], ...],
    by: int,
    now: datetime,
) -> Case:
    assert report.category_id is not None
    assert report.unit_id is not None
    pictures = await photos.listed(tx, [report.id])
    totals = await voices.totals(tx, "report", [report.id])
    barred, may_bar = await _bar(tx, report, now)
    return Case(
        id=report.id,
        number=report.number,
        state=report.state,
        state_at=report.state_at,
        mark=await versions.mark(tx, report),
        category_id=report.category_id,
        emoji=report.emoji or "",
        theme=report.theme or {},
        unit_id=report.unit_id,
        unit=row.unit,
        text=row.text,
        lat=row.lat,
        lon=row.lon,
        address=report.address,
        district=row.district,
        citywide=row.citywide,
        anonymous=row.anonymous,
        author=publicity.public_name(row.author or ""),
        has_author=report.author_id is not None,
        system=row.system,
        photos=tuple(pictures.get(report.id, ())),
        notes=tuple(await notes.of(tx, report.id, public_only=False)),
        flags=await flags.count(tx, report.id),
        hidden=report.hidden,
        up=totals[report.id].up,
        official=mask(row.official) if row.official else None,
        official_me=report.official_id == by,
        claimed_until=report.claimed_until,
        submitted_at=report.submitted_at,
        published_at=report.published_at,
        due_at=report.due_at,
        overdue=publicity.is_overdue(report.state, report.due_at, now),
        duplicate_of=report.duplicate_of,
        barred=barred,
        may_bar=may_bar,
        may=may,
    )


async def _bar(tx: AsyncConnection, report: Facts, now: datetime) -> tuple[Barred | None, bool]:
    """What bars the author, or whether this report can be a reason to."""
    if report.author_id is None:
        return None, False
    barred = await bars.of(tx, report.author_id, now)
    if barred is not None or report.state != State.DECLINED:
        return barred, False
    said = await own.last_reasons(tx, [report.id])
    return None, barring.may_bar(report.state, said.get(report.id))
