"""The departments and services that answer for reports, as the pack names them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import Localized, Unit


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit at work."""

    id: int
    slug: str
    name: Localized


async def units(tx: AsyncConnection, city_id: int) -> list[UnitFacts]:
    """The city's units at work, in the order of the pack."""
    rows = await tx.execute(
        select(Unit.id, Unit.slug, Unit.name)
        .where(Unit.city_id == city_id, Unit.active.is_(True))
        .order_by(Unit.id)
    )
    return [UnitFacts(*row) for row in rows]
