"""What is known of a city's shape, for a simple map to put a pin on: no streets, no surveys."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.city import CityFacts, sights, venues

_LEAST = 0.02
"""Degrees around the centre that are shown of a city without any other shape."""


async def chart(tx: AsyncConnection, city: CityFacts) -> dict[str, Any]:
    """`outline` and `districts` as corners of latitude and longitude, `points` to find one's way
    by (the more important first), `bounds` of all that and the `centre`; names by language."""
    outline = city.places.get("outline") or []
    points = [
        _point("sight", s.name, s.lat, s.lon) for s in await sights(tx, city.id, region=False)
    ]
    points += [_point("venue", v.name, v.lat, v.lon) for v in await venues(tx, city.id)]
    points += [
        _point("place", place["name"], place.get("lat"), place.get("lon"))
        for place in city.places.get("places", [])
    ]
    known = [point for point in points if point["lat"] is not None]
    return {
        "centre": [city.lat, city.lon],
        "bounds": _bounds(city, [*outline, *([p["lat"], p["lon"]] for p in known)]),
        "outline": outline,
        "districts": [
            {"name": district["name"], "outline": district["outline"]}
            for district in city.places.get("districts", [])
        ],
        "points": known,
    }


def _point(kind: str, name: Any, lat: float | None, lon: float | None) -> dict[str, Any]:
    return {"kind": kind, "name": name, "lat": lat, "lon": lon}


def _bounds(city: CityFacts, corners: list[Any]) -> dict[str, float]:
    lats = [city.lat - _LEAST, city.lat + _LEAST, *(float(corner[0]) for corner in corners)]
    lons = [city.lon - _LEAST, city.lon + _LEAST, *(float(corner[1]) for corner in corners)]
    return {"south": min(lats), "north": max(lats), "west": min(lons), "east": max(lons)}
