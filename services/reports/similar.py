"""Whether a report is there already: by place and theme, and by words where there is no place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import places
from services.civic.models import Support
from services.civic.places import Spot
from services.database import is_one_of
from services.reports.models import Category, Report, ReportPhoto
from services.reports.states import DONE, SUPPORTABLE
from services.reports.themes import Theme

_DEGREE = 111_195
"""Metres of a degree of latitude."""
_COMPARED = 60
"""How many are compared by their words alone, and how many letters of each."""
_LETTERS = 120
_ALIKE = 0.25
"""From which likeness on words alone may mean the same problem."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A published report that may be the same problem.

    `metres` away, None where the place is not known or not public; `photo` the token of its first
    shown photo; `up` voices. `again`: it was fixed lately, so it is reopened and not supported.
    `mine`: the member wrote it; `supported`: the member has given it their voice.
    """

    id: int
    number: int
    category_id: int
    state: str
    text: str
    address: str | None
    metres: int | None
    since: datetime
    up: int
    photo: str | None
    again: bool
    mine: bool
    supported: bool
    score: float


@dataclass(frozen=True, slots=True)
class _Match:
    row: Any
    metres: int | None
    score: float


async def near(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    theme: Theme,
    spot: Spot,
    text: str,
    member_id: int | None,
    now: datetime,
    limit: int = 3,
) -> Sequence[Similar]:
    """The likeliest first: of the theme's group, within its radius and days, still open or fixed
    not long ago. A theme with radius 0 and a report of the whole city are compared by words."""
    if theme.dup_radius and spot.lat is not None and spot.lon is not None:
        found = await _by_place(tx, city, theme, spot.lat, spot.lon, text, now)
    else:
        found = await _by_words(tx, city, theme, spot, text, now)
    found.sort(key=lambda match: (-match.score, match.row.id))
    return await _cards(tx, found[:limit], theme, member_id)


_COLUMNS: tuple[Any, ...] = (
    *(Report.id, Report.number, Report.category_id, Report.state, Report.text, Report.address),
    *(Report.lat, Report.lon, Report.published_at, Report.author_id),
)
# Made once: building a statement costs more than running it.
_CANDIDATES = (
    select(*_COLUMNS)
    .join(Category, Category.id == Report.category_id)
    .where(
        Report.city_id == bindparam("city_id"),
        Report.group == bindparam("in_group"),
        Report.published_at >= bindparam("since", type_=Report.published_at.type),
        Report.hidden.is_(False),
        # Of a private report nobody learns more than that it is somewhere in its square.
        Category.private == bindparam("private"),
        or_(
            is_one_of(Report.state, *SUPPORTABLE),
            and_(
                is_one_of(Report.state, *DONE),
                Report.state_at >= bindparam("fixed_since", type_=Report.state_at.type),
            ),
        ),
    )
)
_IN_BOX = _CANDIDATES.where(
    Report.lat.between(bindparam("lat_from"), bindparam("lat_until")),
    Report.lon.between(bindparam("lon_from"), bindparam("lon_until")),
)
_LATEST = _CANDIDATES.order_by(Report.published_at.desc()).limit(_COMPARED)
_WITH_POINT, _WITHOUT = (
    _LATEST.where(Report.lat.is_not(None)),
    _LATEST.where(Report.lat.is_(None)),
)


def _wanted(city: CityFacts, theme: Theme, now: datetime) -> dict[str, Any]:
    return {
        "city_id": city.id,
        "in_group": theme.group,
        "private": theme.private,
        "since": now - timedelta(days=theme.dup_days),
        "fixed_since": now - timedelta(days=city.rules.civic.again_days),
    }


async def _by_place(  # noqa: PLR0917 - one search
    tx: AsyncConnection,
    city: CityFacts,
    theme: Theme,
    lat: float,
    lon: float,
    text: str,
    now: datetime,
) -> list[_Match]:
    radius = float(theme.dup_radius)
    if theme.private:
        # Whoever moves the pin about must not find out more than everybody sees.
        radius = max(radius, city.rules.civic.private_metres * 2)
    tall, wide = radius / _DEGREE, radius / (_DEGREE * cos(radians(lat)))
    rows = await tx.execute(
        _IN_BOX,
        {
            **_wanted(city, theme, now),
            "lat_from": lat - tall,
            "lat_until": lat + tall,
            "lon_from": lon - wide,
            "lon_until": lon + wide,
        },
    )
    known = trigrams(text)
    found = []
    for row in rows:
        metres = _distance(city, theme, lat, lon, row)
        if metres <= theme.dup_radius:
            closeness = 0.6 * (1 - metres / theme.dup_radius)
            score = closeness + _kinship(theme, row) + _words(known, row.text)
            found.append(_Match(row, None if theme.private else round(metres), score))
    return found


def _distance(city: CityFacts, theme: Theme, lat: float, lon: float, row: Any) -> float:
    if not theme.private:
        return places.metres(lat, lon, row.lat, row.lon)
    cell = city.rules.civic.private_metres
    here, there = places.rounded(lat, lon, cell), places.rounded(row.lat, row.lon, cell)
    return 0.0 if here == there else float(theme.dup_radius + 1)


def _kinship(theme: Theme, row: Any) -> float:
    return 0.3 if row.category_id == theme.id else 0.0


def _words(known: frozenset[str], text: str) -> float:
    return 0.1 * min(1.0, 3 * likeness(known, trigrams(text)))


async def _by_words(  # noqa: PLR0917 - one search
    tx: AsyncConnection, city: CityFacts, theme: Theme, spot: Spot, text: str, now: datetime
) -> list[_Match]:
    latest = _WITHOUT if spot.lat is None else _WITH_POINT
    rows = await tx.execute(latest, _wanted(city, theme, now))
    known = trigrams(f"{spot.address or ''} {text}")
    found = []
    for row in rows:
        where = "" if theme.private else row.address or ""
        alike = likeness(known, trigrams(f"{where} {row.text}"))
        if alike >= _ALIKE:
            found.append(_Match(row, None, 0.6 * alike + _kinship(theme, row)))
    return found


def trigrams(text: str) -> frozenset[str]:
    """Every three letters in a row, words set off by blanks, whatever the case."""
    padded = f"  {'  '.join(text[:_LETTERS].lower().split())} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of trigrams that two texts have in common, from 0 to 1."""
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


def _report_voice(*where: Any) -> Any:
    return (
        select(func.count())
        .where(Support.subject == "report", Support.subject_id == Report.id, *where)
        .correlate(Report)
        .scalar_subquery()
    )


_CARDS = select(
    Report.id,
    _report_voice(Support.value == 1).label("up"),
    _report_voice(Support.value == 1, Support.member_id == bindparam("member_id")).label("given"),
    select(ReportPhoto.token)
    .where(
        ReportPhoto.report_id == Report.id,
        ReportPhoto.shown.is_(True),
        ReportPhoto.removed.is_(False),
    )
    .order_by(ReportPhoto.id)
    .limit(1)
    .correlate(Report)
    .scalar_subquery()
    .label("photo"),
).where(Report.id.in_(bindparam("ids", expanding=True)))


async def _cards(
    tx: AsyncConnection, found: Sequence[_Match], theme: Theme, member_id: int | None
) -> list[Similar]:
    ids = [match.row.id for match in found]
    if not ids:
        return []
    rows = await tx.execute(_CARDS, {"ids": ids, "member_id": member_id})
    shown = {row.id: row for row in rows}
    return [
        Similar(
            id=match.row.id,
            number=match.row.number,
            category_id=match.row.category_id,
            state=match.row.state,
            text=match.row.text,
            address=None if theme.private else match.row.address,
            metres=match.metres,
            since=match.row.published_at,
            up=shown[match.row.id].up,
            photo=shown[match.row.id].photo,
            again=match.row.state in DONE,
            mine=member_id is not None and match.row.author_id == member_id,
            supported=shown[match.row.id].given > 0,
            score=match.score,
        )
        for match in found
    ]
