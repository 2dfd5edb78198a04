"""What others ask about a city, its venues and its sights: one query each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import City, FiscalDrive, Localized, Partner, Sight, Till, Venue
from services.cities.rules import Rules


@dataclass(frozen=True, slots=True)
class Wording:
    """A consent text in the city's languages, and the version that is recorded with an answer."""

    version: str
    text: Localized


@dataclass(frozen=True, slots=True)
class Level:
    """A guest stands here who ever earned `from_points` points."""

    slug: str
    from_points: int
    name: Localized


@dataclass(frozen=True, slots=True)
class CityFacts:
    """All of a city that a conversation needs; it changes only when a pack is loaded.

    `consents` has the keys personal_data and advertising, `theme` primary and accent (#rrggbb),
    `contact` some of email, phone and website. `levels` begin at 0 points and rise.
    """

    id: int
    slug: str
    name: Localized
    title: Localized
    tagline: Localized
    timezone: ZoneInfo
    lat: float
    lon: float
    languages: tuple[str, ...]
    default_language: str
    theme: Mapping[str, str]
    contact: Mapping[str, str]
    levels: tuple[Level, ...]
    rules: Rules
    consents: Mapping[str, Wording]
    places: Mapping[str, Any]
    calendar: Mapping[str, Any]
    digest: str
    loaded_at: datetime

    def text(self, localized: Mapping[str, str], language: str) -> str:
        """A text of the pack in this language, or in the city's own when it has no such text."""
        return localized.get(language) or localized[self.default_language]

    def level_of(self, points: int) -> Level:
        """The level of a guest who ever earned this many points."""
        return [level for level in self.levels if level.from_points <= max(points, 0)][-1]


async def city_of(tx: AsyncConnection, slug: str) -> CityFacts | None:
    """The city of this slug, or None when its pack was never loaded."""
    found = await tx.execute(select(City.__table__).where(City.slug == slug))
    row = found.mappings().first()
    if row is None:
        return None
    return CityFacts(
        **{
            **row,
            "timezone": ZoneInfo(row["timezone"]),
            "languages": tuple(row["languages"]),
            "levels": tuple(Level(**level) for level in row["levels"]),
            "rules": Rules.model_validate(row["rules"], strict=False),
            "consents": {kind: Wording(**text) for kind, text in row["consents"].items()},
        }
    )


@dataclass(frozen=True, slots=True)
class VenueFacts:
    id: int
    partner_id: int
    slug: str
    kind: str
    name: Localized
    address: Localized
    lat: float | None
    lon: float | None
    hours: Localized
    joined_on: date
    state: str


_VENUE = (
    Venue.id,
    Venue.partner_id,
    Venue.slug,
    Venue.kind,
    Venue.name,
    Venue.address,
    Venue.lat,
    Venue.lon,
    Venue.hours,
    Venue.joined_on,
    Venue.state,
)


async def venues(tx: AsyncConnection, city_id: int) -> list[VenueFacts]:
    """The city's active venues, in the order in which they joined the pack."""
    rows = await tx.execute(
        select(*_VENUE)
        .join(Partner, Partner.id == Venue.partner_id)
        .where(Venue.city_id == city_id, Venue.state == "active", Partner.active)
        .order_by(Venue.id)
    )
    return [VenueFacts(*row) for row in rows]


async def venue_names(tx: AsyncConnection, venue_ids: Sequence[int]) -> dict[int, Localized]:
    """Id → name of these venues, open or not."""
    rows = await tx.execute(select(Venue.id, Venue.name).where(Venue.id.in_(venue_ids)))
    return {row.id: row.name for row in rows}


async def venue_of_slug(tx: AsyncConnection, city_id: int, slug: str) -> VenueFacts | None:
    """One venue of the city, in whatever state, or None."""
    found = select(*_VENUE).where(Venue.city_id == city_id, Venue.slug == slug)
    row = (await tx.execute(found)).first()
    return VenueFacts(*row) if row else None


@dataclass(frozen=True, slots=True)
class TillFacts:
    """What a receipt of this till has printed on it."""

    registration: str
    serial: str
    drive: str
    inn: str
    partner: Localized


async def tills(tx: AsyncConnection, venue_id: int) -> list[TillFacts]:
    """The venue's tills in use, one entry for each confirmed fiscal drive."""
    rows = await tx.execute(
        select(Till.registration, Till.serial, FiscalDrive.fn, Partner.inn, Partner.name)
        .join(FiscalDrive, FiscalDrive.till_id == Till.id)
        .join(Venue, Venue.id == Till.venue_id)
        .join(Partner, Partner.id == Venue.partner_id)
        .where(Till.venue_id == venue_id, Till.active, FiscalDrive.state == "confirmed")
        .order_by(Till.id, FiscalDrive.fn)
    )
    return [TillFacts(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SightFacts:
    """A place to see. Without `lat` and `lon` it is listed and never put on a map.

    `notes` are to be shown with the text, and `attribution` wherever the point is shown.
    """

    id: int
    slug: str
    category: str
    region: bool
    name: Localized
    address: Localized | None
    text: Localized
    fact_confidence: str
    lat: float | None
    lon: float | None
    coord_confidence: str | None
    attribution: str | None
    notes: Sequence[Localized]


async def sights(
    tx: AsyncConnection, city_id: int, *, region: bool | None = None, doubtful: bool = False
) -> list[SightFacts]:
    """The sights in the order of the pack.

    `region`: True only those outside the city, False only those inside, None both. Sights whose
    facts are of low confidence come only when `doubtful` is asked for: nobody has checked them.
    """
    wanted = [Sight.city_id == city_id, Sight.active]
    if region is not None:
        wanted.append(Sight.region.is_(region))
    if not doubtful:
        wanted.append(Sight.fact_confidence != "low")
    table = Sight.__table__.c
    columns = [table[name] for name in SightFacts.__dataclass_fields__]
    rows = await tx.execute(select(*columns).where(*wanted).order_by(Sight.position))
    return [SightFacts(*row) for row in rows]
