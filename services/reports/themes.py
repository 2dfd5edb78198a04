"""Themes of reports: the city's list, and which of them a text and a place speak of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import Localized, Unit
from services.civic.places import Spot
from services.errors import NotFound
from services.reports.models import Category, Report

SURE = 0.8
"""A guess this good needs no question."""

_ONE, _MORE = 0.85, 0.95
"""How much one word, or several, that all speak of one theme are worth."""
_PLACE = 0.5
"""What all the reports around are worth beside one word."""
_AROUND = 0.003, 0.005
_SINCE = timedelta(days=90)
_WORDS = re.compile(r"\w+")
_SIGNS = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme with the unit that answers for it; numbers as in `models.Category`."""

    id: int
    code: str
    group: str
    unit_id: int
    unit: Localized
    name: Localized
    emoji: str
    keywords: Mapping[str, Sequence[str]]
    sla_days: int
    dup_radius: int
    dup_days: int
    private: bool


@dataclass(frozen=True, slots=True)
class Guess:
    """A theme that a report may be of, and how sure that is, from 0 to 1."""

    theme: Theme
    confidence: float


_COLUMNS: tuple[Any, ...] = (
    Category.id,
    Category.code,
    Category.group,
    Category.unit_id,
    Unit.name,
    Category.name,
    Category.emoji,
    Category.keywords,
    Category.sla_days,
    Category.dup_radius,
    Category.dup_days,
    Category.private,
)
_QUERY: Select[Any] = select(*_COLUMNS).join(Unit, Unit.id == Category.unit_id)


async def themes(tx: AsyncConnection, city_id: int) -> list[Theme]:
    """The city's themes in the order of the pack; empty where it takes no reports."""
    rows = await tx.execute(
        _QUERY.where(Category.city_id == city_id, Category.active).order_by(Category.position)
    )
    return [Theme(*row) for row in rows]


async def one(tx: AsyncConnection, city_id: int, category_id: int) -> Theme:
    """One theme of the city; raises `NotFound` also for one that is not offered any more."""
    found = await tx.execute(
        _QUERY.where(Category.id == category_id, Category.city_id == city_id, Category.active)
    )
    row = found.first()
    if row is None:
        raise NotFound
    return Theme(*row)


def by_words(offered: Sequence[Theme], text: str) -> dict[int, int]:
    """How many keywords of each theme the text has; a theme without any is left out."""
    low = text.lower()
    words = _WORDS.findall(low)
    hits = {}
    for theme in offered:
        keys = {key.lower() for of_language in theme.keywords.values() for key in of_language}
        count = sum(1 + key.count(" ") for key in keys if _has(key, low, words))
        if count:
            hits[theme.id] = count
    return hits


def _has(key: str, text: str, words: Sequence[str]) -> bool:
    """A keyword is the beginning of a word; one of signs, or of several words, stands anywhere."""
    if " " in key or _SIGNS.search(key):
        return key in text
    return any(word.startswith(key) for word in words)


def guess(offered: Sequence[Theme], text: str, around: Mapping[int, int]) -> list[Guess]:
    """At most three themes, the likeliest first. `around`: reports nearby by theme id.

    Words decide; the place only adds to them, and alone is never sure.
    """
    hits = by_words(offered, text)
    nearby = sum(around.values())
    scores = {
        theme.id: hits.get(theme.id, 0)
        + (_PLACE * around.get(theme.id, 0) / nearby if nearby else 0.0)
        for theme in offered
    }
    total = sum(hits.values()) + (_PLACE if nearby else 0.0)
    found = []
    for theme in offered:
        if scores[theme.id]:
            worth = (_PLACE, _ONE)[theme.id in hits] if hits.get(theme.id, 0) < 2 else _MORE
            found.append(Guess(theme, worth * _share(scores[theme.id], total, hits, theme.id)))
    return sorted(found, key=lambda each: -each.confidence)[:3]


def _share(score: float, total: float, hits: Mapping[int, int], theme_id: int) -> float:
    # The only theme that the words name is not made doubtful by what lies around.
    return 1.0 if set(hits) == {theme_id} else score / total


async def around(
    tx: AsyncConnection, city_id: int, offered: Sequence[Theme], spot: Spot, now: datetime
) -> dict[int, int]:
    """How many published reports of the last months lie around the spot, by theme id."""
    if spot.lat is None or spot.lon is None:
        return {}
    tall, wide = _AROUND
    rows = await tx.execute(
        select(Report.category_id, func.count())
        .where(
            Report.city_id == city_id,
            Report.group.in_(sorted({theme.group for theme in offered})),
            # Where private ones lie nobody finds out by moving the pin about.
            Report.category_id.in_([theme.id for theme in offered if not theme.private]),
            Report.lat.between(spot.lat - tall, spot.lat + tall),
            Report.lon.between(spot.lon - wide, spot.lon + wide),
            Report.published_at >= now - _SINCE,
        )
        .group_by(Report.category_id)
    )
    return {category_id: count for category_id, count in rows if category_id is not None}


async def guessed(
    tx: AsyncConnection, city_id: int, text: str, spot: Spot, now: datetime
) -> list[Guess]:
    """`guess` for a text and a spot of the city."""
    offered = await themes(tx, city_id)
    return guess(offered, text, await around(tx, city_id, offered, spot, now))
