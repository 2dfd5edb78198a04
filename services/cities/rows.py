"""What a pack says, in the shape of the tables: a dict of column values for each slug."""

from collections.abc import Mapping
from typing import Any

from services.cities.opening import stored
from services.cities.pack import Pack

Row = Mapping[str, Any]


def of_city(pack: Pack) -> Row:
    """The columns of `City` that the pack decides, except its digest."""
    city = pack.city
    return {
        "slug": city.slug,
        "name": city.name,
        "title": city.title,
        "tagline": city.tagline,
        "timezone": city.timezone,
        "lat": city.centre.lat,
        "lon": city.centre.lon,
        "languages": list(city.languages),
        "default_language": city.default_language,
        "theme": city.theme.model_dump(),
        "contact": city.contact.model_dump(exclude_none=True),
        "levels": [level.model_dump() for level in city.levels],
        "rules": pack.rules.model_dump(mode="json"),
        "consents": pack.consents.model_dump(),
    }


def of_partners(pack: Pack) -> dict[str, Row]:
    return {
        entry.slug: {"slug": entry.slug, "name": entry.name, "inn": entry.inn, "active": True}
        for entry in pack.partners.partners
    }


def of_venues(pack: Pack, partner_ids: Mapping[str, int]) -> dict[str, Row]:
    return {
        entry.slug: {
            **entry.model_dump(exclude={"tills", "opening"}),
            "opening": stored(entry.opening) if entry.opening else None,
            "partner_id": partner_ids[partner.slug],
        }
        for partner in pack.partners.partners
        for entry in partner.venues
    }


def of_tills(pack: Pack, venue_ids: Mapping[str, int]) -> dict[str, Row]:
    return {
        till.registration: {
            "registration": till.registration,
            "serial": till.serial,
            "venue_id": venue_ids[venue.slug],
            "active": True,
            "origin": "pack",
        }
        for partner in pack.partners.partners
        for venue in partner.venues
        for till in venue.tills
    }


def of_drives(pack: Pack, till_ids: Mapping[str, int]) -> dict[str, Row]:
    return {
        fn: {
            "fn": fn,
            "till_id": till_ids[till.registration],
            "state": "confirmed",
            "origin": "pack",
        }
        for partner in pack.partners.partners
        for venue in partner.venues
        for till in venue.tills
        for fn in till.drives
        if till.registration in till_ids
    }


def of_rewards(pack: Pack, venue_ids: Mapping[str, int]) -> dict[str, Row]:
    return {
        entry.slug: {
            **entry.model_dump(exclude={"venue", "window"}),
            "venue_id": venue_ids[entry.venue],
            "window": entry.window.stored() if entry.window else None,
            "active": True,
        }
        for entry in pack.rewards.rewards
    }


def of_sights(pack: Pack) -> dict[str, Row]:
    return {
        entry.slug: {
            **entry.model_dump(exclude={"notes"}),
            "notes": [pack.sights.notes[name] for name in entry.notes],
            "position": position,
            "active": True,
        }
        for position, entry in enumerate(pack.sights.sights, start=1)
    }
