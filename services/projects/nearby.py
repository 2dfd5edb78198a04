"""Public projects around a point, the nearest first."""

from math import cos, pi, radians

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import places
from services.projects import lists
from services.projects.lists import Card
from services.projects.models import Project
from services.projects.stages import Status

_DEGREE = 6_371_008.8 * pi / 180
"""Metres of a degree of latitude."""
_RINGS = (500, 2_000, 10_000, 50_000)
"""How far around is looked, in metres, until there is enough."""


async def around(
    tx: AsyncConnection, city: CityFacts, lat: float, lon: float, *, limit: int, offset: int = 0
) -> list[tuple[Card, int]]:
    """Projects that have a point and are not closed, with the metres to it."""
    found: list[tuple[int, int]] = []
    for radius in _RINGS:
        found = await _within(tx, city, lat, lon, radius)
        if len(found) >= offset + limit:
            break
    shown = found[offset : offset + limit]
    cards = await lists.cards(tx, city, [project_id for _metres, project_id in shown])
    metres = {project_id: metres for metres, project_id in shown}
    return [(card, metres[card.project.id]) for card in cards]


async def _within(
    tx: AsyncConnection, city: CityFacts, lat: float, lon: float, radius: int
) -> list[tuple[int, int]]:
    """(metres, id) of all of them in the circle, the nearest first."""
    tall = radius / _DEGREE
    wide = tall / max(cos(radians(lat)), 0.01)
    rows = await tx.execute(
        select(Project.id, Project.lat, Project.lon).where(
            Project.city_id == city.id,
            Project.hidden.is_(False),
            Project.published_at.is_not(None),
            Project.status != Status.CLOSED,
            Project.lat.between(lat - tall, lat + tall),
            Project.lon.between(lon - wide, lon + wide),
        )
    )
    measured = ((round(places.metres(lat, lon, row.lat, row.lon)), row.id) for row in rows)
    return sorted(each for each in measured if each[0] <= radius)
