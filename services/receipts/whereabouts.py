"""At which of a partner's venues a receipt was printed, by what it says of its place."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import FiscalDrive, Localized, Partner, Till, Venue
from services.receipts.models import VerifiedTicket
from services.receipts.ticket import Ticket

NEAR_M = 150
_EARTH_M = 6_371_000
_WORD = re.compile(r"[а-яё]{4,}|[0-9]+[а-я]?(?:/[0-9]+)?")
_COMMON = frozenset(
    {"улица", "город", "область", "обл", "россия", "дом", "проспект", "переулок", "площадь"}
)
_SITE = re.compile(r"https?:|www\.|[a-z0-9-]\.[a-z]{2,}(?:[/:?]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A venue where a receipt may have been printed."""

    id: int
    partner_id: int
    name: Localized
    address: Localized
    lat: float | None
    lon: float | None


def on_the_internet(ticket: Ticket) -> bool:
    """The till has no place: it says so, or its place is a site. An address proves nothing then.

    Such tills stand in data centres, and their addresses are those of the data centre.
    """
    return ticket.internet or bool(_SITE.search(ticket.place or ""))


async def places_of(tx: AsyncConnection, city_id: int, inn: str) -> list[Place]:
    """The venues of the city that belong to this INN and are not closed."""
    rows = await tx.execute(
        select(Venue.id, Venue.partner_id, Venue.name, Venue.address, Venue.lat, Venue.lon)
        .join(Partner, Partner.id == Venue.partner_id)
        .where(
            Venue.city_id == city_id,
            Venue.state != "closed",
            Partner.inn == inn,
            Partner.active,
        )
        .order_by(Venue.id)
    )
    return [Place(*row) for row in rows]


async def place_of(tx: AsyncConnection, ticket: Ticket, places: Sequence[Place]) -> Place | None:
    """The one venue that fits: the only one there is, or else by FIAS, point or address.

    None when it could be several; a till of the internet fits nowhere.
    """
    if on_the_internet(ticket):
        return None
    if len(places) == 1:
        return places[0]
    for found in (
        await _by_neighbours(tx, ticket, places),
        near(ticket, places),
        _by_address(ticket, places),
    ):
        if len(found) == 1:
            return found[0]
    return None


def near(ticket: Ticket, places: Sequence[Place]) -> list[Place]:
    """The venues within `NEAR_M` of the receipt's point; none when it has no point."""
    if ticket.lat is None or ticket.lon is None:
        return []
    return [
        place
        for place in places
        if place.lat is not None
        and place.lon is not None
        and metres((ticket.lat, ticket.lon), (place.lat, place.lon)) <= NEAR_M
    ]


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance between two points (latitude, longitude) on the ground."""
    (lat1, lon1), (lat2, lon2) = (map(math.radians, point) for point in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(math.sqrt(min(1.0, half)))


async def _by_neighbours(
    tx: AsyncConnection, ticket: Ticket, places: Sequence[Place]
) -> list[Place]:
    """Where tills of the same FIAS building, or else of the very same address, stand already."""
    for column, value in (
        (VerifiedTicket.fias, ticket.fias),
        (VerifiedTicket.address, ticket.address),
    ):
        if value is None:
            continue
        venues = await tx.scalars(
            select(Till.venue_id)
            .join(FiscalDrive, FiscalDrive.till_id == Till.id)
            .join(VerifiedTicket, VerifiedTicket.drive == FiscalDrive.fn)
            .where(
                FiscalDrive.state == "confirmed",
                Till.venue_id.in_([place.id for place in places]),
                VerifiedTicket.seller_inn == ticket.seller_inn,
                column == value,
            )
            .distinct()
        )
        here = set(venues)
        if found := [place for place in places if place.id in here]:
            return found
    return []


def _by_address(ticket: Ticket, places: Sequence[Place]) -> list[Place]:
    """Venues all of whose street and house stand in the receipt's address."""
    said = set(_words(ticket.address or ""))
    return [
        place
        for place in places
        if (wanted := set(_words(place.address.get("ru", "")))) <= said and len(wanted) > 1
    ]


def _words(address: str) -> list[str]:
    plain = re.sub(r"\([^)]*\)", " ", address.lower())
    return [word for word in _WORD.findall(plain) if word not in _COMMON]
