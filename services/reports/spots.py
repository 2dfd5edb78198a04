"""Where a report is: inside the city, with its district, as the columns of a row."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import places
from services.civic.places import Spot
from services.errors import Refusal
from services.reports.models import Report


class OutsideCity(Refusal):
    """The point is not in the city. Nothing was changed."""


_NAMES = ("lat", "lon", "address", "district", "citywide")
_COLUMNS = tuple(getattr(Report, name) for name in _NAMES)


def within(city: CityFacts, spot: Spot) -> Spot:
    """The spot with the district of its point; raises `OutsideCity`."""
    if spot.lat is None or spot.lon is None:
        return spot
    if not places.inside(city, spot.lat, spot.lon):
        raise OutsideCity
    return places.with_district(city, spot)


def columns(spot: Spot) -> dict[str, Any]:
    """What of a report's row says where it is."""
    return {name: getattr(spot, name) for name in _NAMES}


async def last_spot(tx: AsyncConnection, member_id: int) -> Spot | None:
    """Where the member's last report was, for «the same place»; None when there is none."""
    found = await tx.execute(
        select(*_COLUMNS)
        .where(Report.author_id == member_id, Report.submitted_at.is_not(None))
        .order_by(Report.id.desc())
        .limit(1)
    )
    row = found.first()
    return Spot(*row) if row else None
