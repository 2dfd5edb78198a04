"""One page of entries as RSS, GeoJSON or CSV."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from handlers.http.feeds.entries import Entry, Value
from handlers.http.open311.markup import escaped

CONTENT_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "geojson": "application/geo+json; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
}
_LONGEST_TITLE = 200
_COMMANDS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a text for a formula, in wide letters, too."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is written. `following` is the address of the next page, where there may be one.

    `columns` are those of the table, which may have no entry.
    """

    title: str
    address: str
    language: str
    entries: Sequence[Entry]
    columns: Sequence[str]
    following: str | None


def rss(page: Page) -> bytes:
    """RSS 2.0; a photo is an enclosure, a point is in GeoRSS's words."""
    items = "".join(_item(entry) for entry in page.entries)
    following = (
        f'<atom:link rel="next" href="{escaped(page.following)}"/>' if page.following else ""
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:georss="http://www.georss.org/georss"><channel>'
        f"<title>{escaped(page.title)}</title><link>{escaped(page.address)}</link>"
        f"<description>{escaped(page.title)}</description>"
        f"<language>{escaped(page.language)}</language>"
        f'<atom:link rel="self" type="application/rss+xml" href="{escaped(page.address)}"/>'
        f"{following}{items}</channel></rss>\n"
    ).encode()


def _item(entry: Entry) -> str:
    photo = entry.photos[0] if entry.photos else None
    return "".join(
        (
            "<item>",
            f"<title>{escaped(entry.title[:_LONGEST_TITLE])}</title>",
            f"<link>{escaped(entry.link)}</link>",
            f'<guid isPermaLink="false">{escaped(entry.uid)}</guid>',
            f"<pubDate>{format_datetime(entry.at.replace(microsecond=0))}</pubDate>",
            # Readers take a description for HTML, so it is escaped once more.
            f"<description>{escaped(escaped(entry.text))}</description>",
            *(f"<category>{escaped(tag)}</category>" for tag in entry.tags),
            f'<enclosure url="{escaped(photo)}" type="image/jpeg" length="0"/>' if photo else "",
            f"<georss:point>{entry.lat} {entry.lon}</georss:point>"
            if entry.lat is not None
            else "",
            "</item>",
        )
    )


def geojson(page: Page) -> bytes:
    """A FeatureCollection (RFC 7946); what has no point has no geometry."""
    tree: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": entry.uid,
                "geometry": None
                if entry.lat is None
                else {"type": "Point", "coordinates": [entry.lon, entry.lat]},
                "properties": {**entry.columns, "url": entry.link},
            }
            for entry in page.entries
        ],
    }
    if page.following:
        tree["links"] = [{"rel": "next", "href": page.following}]
    return json.dumps(tree, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def table(page: Page) -> bytes:
    """CSV (RFC 4180). Texts that a spreadsheet would take for formulas begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*page.columns, "lat", "lon"])
    for entry in page.entries:
        values = [entry.columns[name] for name in page.columns]
        writer.writerow([*map(_cell, values), _cell(entry.lat), _cell(entry.lon)])
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: Value) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value.replace("\x00", "")
        return f"'{text}" if text.lstrip(" ").startswith(_COMMANDS) else text
    return "" if value is None else value


WRITERS = {"rss": rss, "geojson": geojson, "csv": table}
