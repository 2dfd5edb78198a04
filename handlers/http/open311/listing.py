"""Published reports as GeoReport requests. There is no field here for a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from handlers.http.open311 import moments
from handlers.http.open311.errors import bad
from handlers.http.open311.markup import Several
from handlers.http.open311.parameters import Parameters
from handlers.http.wording import reason_in_words
from services.cities import CityFacts
from services.reports.states import State
from services.reports.views import Public, Wanted
from services.sharing.catalogue import Theme
from services.sharing.requests import More
from services.sharing.words import WORDS, Word, states_of

MOST = 1000
"""Requests in one answer."""

_STATUSES = {"open", "closed"}
_LONGEST_NUMBER = 9


def page(said: Parameters) -> tuple[int, int]:
    """Limit and offset; raises 400."""
    size = _count(said, "page_size", MOST)
    return min(size, MOST), (_count(said, "page", 1) - 1) * min(size, MOST)


def _count(said: Parameters, name: str, default: int) -> int:
    text = said.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 6 and int(text) > 0):
        raise bad(f"{name} must be a number from 1 on")
    return int(text)


def wanted(said: Parameters, now: datetime) -> Wanted:
    """Which reports a call asks for; raises 400. Ids override everything else."""
    ids = said.words("service_request_id")
    if ids is not None:
        # 0 is nobody's number: ids that cannot be ours find nothing.
        return Wanted(numbers=[number_of(each) or 0 for each in ids[:MOST]])
    window = moments.window(said.get("start_date"), said.get("end_date"), now)
    statuses = [word.lower() for word in said.words("status") or ()]
    if not set(statuses) <= _STATUSES:
        raise bad("status must be open or closed")
    return Wanted(
        states=states_of(statuses),
        categories=said.words("service_code") or (),
        published_from=window.since,
        published_until=window.until,
    )


def number_of(text: str) -> int | None:
    """The number of a report; None for what cannot be one."""
    fits = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) or None if fits else None


def requests(
    found: Sequence[Public],
    *,
    city: CityFacts,
    themes: Sequence[Theme],
    base: str,
    more: Mapping[int, More] | None,
) -> list[dict[str, Any]]:
    """Every element every time, empty where nothing is known; `more` is what was asked for."""
    offered = {theme.code: theme for theme in themes}
    names = {code: theme.name for code, theme in offered.items()}
    return [
        _request(report, city, names, base)
        | ({} if more is None else _more(report, more, base, offered.get(report.category)))
        for report in found
    ]


def _request(
    report: Public, city: CityFacts, names: Mapping[str, str], base: str
) -> dict[str, Any]:
    language = city.default_language
    return {
        "service_request_id": str(report.number),
        "status": _word(report).status,
        "status_notes": reason_in_words(report.reason),
        "service_name": names.get(report.category) or city.text(report.theme, language),
        "service_code": report.category,
        "description": report.text,
        "agency_responsible": city.text(report.unit, language),
        "service_notice": None,
        "requested_datetime": moments.write(report.published_at),
        "updated_datetime": moments.write(report.updated_at),
        "expected_datetime": moments.write(report.due_at),
        "address": report.address,
        "address_id": None,
        "zipcode": None,
        "lat": report.lat,
        "long": report.lon,
        "media_url": Several(tuple(f"{base}/photo/{token}" for token in report.photos)),
    }


def _word(report: Public) -> Word:
    return WORDS[State(report.state)]


def _more(
    report: Public, more: Mapping[int, More], base: str, theme: Theme | None
) -> dict[str, Any]:
    added = more[report.id]
    looked_at = {each.code for each in theme.questions if not each.is_in_own_words} if theme else ()
    return {
        "extended_attributes": {
            "status": _word(report).extended,
            "state": report.state,
            "district": report.district,
            "citywide": report.citywide,
            "supporters": report.up,
            "verified_supporters": report.verified_up,
            "overdue": report.overdue,
            "duplicate_of": None if report.duplicate_of is None else str(report.duplicate_of),
            "media_urls": [f"{base}/photo/{token}" for token in report.photos],
            "after_media_urls": [f"{base}/photo/{token}" for token in report.after],
        },
        "attributes": [
            {"code": code, "value": value}
            for code, values in added.attributes.items()
            if code in looked_at
            for value in (values if isinstance(values, list) else [values])
        ],
        "notes": [
            {
                "datetime": moments.write(note.at),
                "description": reason_in_words(note.text),
                "type": note.word,
            }
            for note in added.notes
        ],
    }
