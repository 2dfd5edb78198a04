"""Cities as data: what a pack says, and what a conversation asks about it."""

from services.cities.city import (
    CityFacts,
    Level,
    SightFacts,
    TillFacts,
    VenueFacts,
    Wording,
    city_of,
    sights,
    tills,
    venue_names,
    venue_of_slug,
    venues,
)

__all__ = [
    "CityFacts",
    "Level",
    "SightFacts",
    "TillFacts",
    "VenueFacts",
    "Wording",
    "city_of",
    "sights",
    "tills",
    "venue_names",
    "venue_of_slug",
    "venues",
]
