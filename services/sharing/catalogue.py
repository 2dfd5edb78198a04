"""The themes of reports as services that other systems offer, with the questions they ask."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Unit
from services.reports.models import Category

FOREIGN_ID = "fixmystreet_id"
"""The attribute by which a system names its own report, so that sending it again adds none."""

_NO_TAGS = frozenset({"private", "inactive", "staff", "waste_only"})
"""Words that FixMyStreet takes for orders when they stand among the keywords."""


@dataclass(frozen=True, slots=True)
class Question:
    """An attribute of a theme; `values` (key, name) belong to the datatypes of lists."""

    code: str
    datatype: str
    required: bool
    description: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def is_in_own_words(self) -> bool:
        """Whether an answer may say anything: it is not shown, for nobody has looked at it."""
        return self.datatype in {"string", "text"}


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme in the city's own language. Codes and names are unique."""

    id: int
    code: str
    name: str
    group: str
    unit: str
    keywords: tuple[str, ...]
    private: bool
    questions: tuple[Question, ...]


async def themes(tx: AsyncConnection, city: CityFacts, *, also_gone: bool = False) -> list[Theme]:
    """The themes that take reports, in the order of the pack; `also_gone`: those no longer, too."""
    wanted: list[ColumnElement[bool]] = [Category.city_id == city.id]
    if not also_gone:
        wanted.append(Category.active.is_(True))
    table = Category.__table__.c
    rows = await tx.execute(
        select(*table, Unit.name.label("unit_name"))
        .join(Unit, Unit.id == Category.unit_id)
        .where(*wanted)
        .order_by(Category.position, Category.id)
    )
    found = [_theme(city, row) for row in rows.mappings()]
    return _named_apart(found)


def _theme(city: CityFacts, row: Mapping[Any, Any]) -> Theme:
    language = city.default_language
    words = row["keywords"].get(language, ())
    return Theme(
        id=row["id"],
        code=row["code"],
        name=city.text(row["name"], language),
        group=row["group"],
        unit=city.text(row["unit_name"], language),
        keywords=tuple(word for word in words if word.lower() not in _NO_TAGS),
        private=row["private"],
        questions=tuple(_question(city, each) for each in row["attributes"]),
    )


def _question(city: CityFacts, kept: Mapping[str, Any]) -> Question:
    language = city.default_language
    return Question(
        code=kept["code"],
        datatype=kept["datatype"],
        required=kept.get("required", False),
        description=city.text(kept["description"], language),
        values=tuple(
            (value["key"], city.text(value["name"], language)) for value in kept.get("values", ())
        ),
    )


def _named_apart(found: Sequence[Theme]) -> list[Theme]:
    """Other systems match themes by name, too, and skip those whose name fits two."""
    counted = Counter(theme.name for theme in found)
    return [
        theme if counted[theme.name] == 1 else replace(theme, name=f"{theme.name} ({theme.code})")
        for theme in found
    ]
