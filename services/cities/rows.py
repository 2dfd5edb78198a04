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
        "places": {
            **pack.places.model_dump(mode="json"),
            "portal": pack.reports.portal,
            "portal_name": pack.reports.portal_name,
        },
        "calendar": pack.calendar.model_dump(mode="json"),
    }


def of_units(pack: Pack) -> dict[str, Row]:
    return {
        entry.slug: {"slug": entry.slug, "name": entry.name, "active": True}
        for entry in pack.reports.units
    }


def of_categories(pack: Pack, unit_ids: Mapping[str, int]) -> dict[str, Row]:
    return {
        entry.code: {
            **entry.model_dump(mode="json", exclude={"unit"}),
            "unit_id": unit_ids[entry.unit],
            "position": position,
            "active": True,
        }
        for position, entry in enumerate(pack.reports.categories, start=1)
    }


_AID_COLUMNS = frozenset({"slug", "kind", "name", "terms", "until"})


def of_aids(pack: Pack) -> dict[str, Row]:
    return {
        entry.slug: {
            **entry.model_dump(include=set(_AID_COLUMNS)),
            "filters": entry.model_dump(mode="json", exclude=set(_AID_COLUMNS)),
            "position": position,
            "active": True,
        }
        for position, entry in enumerate(pack.aids.aids, start=1)
    }


def of_indicators(pack: Pack, unit_ids: Mapping[str, int]) -> dict[str, Row]:
    return {
        entry.code: {
            "code": entry.code,
            "position": position,
            "title": entry.title,
            "unit": entry.unit,
            "direction": entry.direction,
            "base": None if entry.base is None else thousandths(entry.base),
            "base_year": entry.base_year,
            "tolerance": thousandths(entry.tolerance),
            "unit_id": unit_ids[entry.responsible] if entry.responsible else None,
            "example": entry.example,
            "active": True,
        }
        for position, entry in enumerate(pack.plan.indicators, start=1)
    }


def of_measures(pack: Pack, unit_ids: Mapping[str, int]) -> dict[str, Row]:
    return {
        entry.code: {
            **entry.model_dump(
                include={"code", "section", "title", "result", "priority", "example"}
            ),
            "position": position,
            "unit_id": unit_ids[entry.responsible] if entry.responsible else None,
            "active": True,
        }
        for position, entry in enumerate(pack.plan.measures, start=1)
    }


def thousandths(figure: float) -> int:
    """A figure of an indicator as it is stored."""
    return round(figure * 1000)


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
