"""What stands in the files of a city pack about reports, projects and the plan."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from services.cities.rules import Strict, fault, written_like
from services.cities.schema import Latitude, Line, Longitude, Slug, Text, Title

Code = Annotated[str, Field(max_length=40), written_like("street-light", "[A-Za-z0-9_-]+")]
PlanCode = Annotated[str, Field(max_length=40), written_like("1.2", "[A-Za-z0-9._-]+")]
Corner = tuple[Latitude, Longitude]
Outline = Annotated[tuple[Corner, ...], Field(min_length=3)]

ProjectKind = Literal[
    "invention", "startup", "investment", "business", "ppp", "university", "social",
    "development", "urban", "charity", "creative",
]  # fmt: skip
Source = Literal["municipal", "regional", "investor", "fund", "citizens"]


def _year(key: object) -> object:
    """Keys of a YAML file arrive as text."""
    return int(key) if isinstance(key, str) and key.isdecimal() else key


def _thousandths(figure: float) -> float:
    if abs(figure) > 1e12 or round(figure, 3) != figure:
        raise ValueError(f"{figure} must have at most three decimals, and be below 10^12")
    return figure


Year = Annotated[int, BeforeValidator(_year), Field(ge=2000, le=2100)]
Figure = Annotated[float | int, AfterValidator(_thousandths)]


class DistrictEntry(Strict):
    """A part of the city; the first whose outline holds a point is the point's."""

    slug: Slug
    name: Title
    outline: Outline


class PlaceEntry(Strict):
    """A street or a well-known place that an address may name. Without a point it is words only.

    `aliases` are other spellings, also without the word for "street".
    """

    name: Title
    aliases: tuple[Line, ...] = ()
    lat: Latitude | None = None
    lon: Longitude | None = None

    @model_validator(mode="after")
    def _whole_point(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise fault("lon", "a point needs both lat and lon")
        return self


class PlacesFile(Strict):
    """places.yaml. Without an `outline` the city's `bounds` say what is inside."""

    outline: Outline | None = None
    districts: tuple[DistrictEntry, ...] = ()
    places: tuple[PlaceEntry, ...] = ()


class UnitEntry(Strict):
    slug: Slug
    name: Title


class AttributeValue(Strict):
    key: Code
    name: Title


class AttributeEntry(Strict):
    """A question that other systems ask for a theme (Open311 service definition)."""

    code: Code
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool = False
    description: Text
    values: tuple[AttributeValue, ...] = ()

    @model_validator(mode="after")
    def _lists_have_values(self) -> Self:
        if self.datatype.endswith("list") != bool(self.values):
            raise fault("values", "belongs to lists, and a list needs it")
        return self


class CategoryEntry(Strict):
    """A theme; see `services.reports.models.Category` for what the numbers mean."""

    code: Code
    group: Code
    unit: Slug
    name: Title
    emoji: Annotated[str, Field(min_length=1, max_length=8)]
    keywords: dict[str, tuple[Line, ...]] = Field(default_factory=dict)
    sla_days: Annotated[int, Field(ge=1, le=30)] = 8
    dup_radius: Annotated[int, Field(ge=0, le=1000)] = 50
    dup_days: Annotated[int, Field(ge=1, le=365)] = 90
    private: bool = False
    attributes: tuple[AttributeEntry, ...] = ()


class ReportsFile(Strict):
    """reports.yaml. A city without it takes no reports. `portal` is where an official appeal is
    made, with its name."""

    portal: Annotated[str, written_like("https://portal.example", r"https://\S+")] | None = None
    portal_name: Title | None = None
    units: tuple[UnitEntry, ...] = ()
    categories: tuple[CategoryEntry, ...] = ()


class AidEntry(Strict):
    """Who could help projects, and the hard filters: what an aid is for. None: no filter."""

    slug: Slug
    kind: Literal["funder", "support", "partner", "supplier", "event", "land", "mentor"]
    name: Title
    terms: Text
    kinds: tuple[ProjectKind, ...] | None = None
    stages: tuple[Line, ...] | None = None
    min_kop: Annotated[int, Field(ge=0)] | None = None
    max_kop: Annotated[int, Field(ge=0)] | None = None
    co_funding: bool = False
    own_percent: Annotated[int, Field(ge=0, le=100)] = 0
    applicant: Literal["anyone", "company"] = "anyone"
    districts: tuple[Slug, ...] | None = None
    resource: Literal["money", "people", "land", "material", "expertise"] = "money"
    until: date | None = None
    example: bool = True


class AidsFile(Strict):
    """aids.yaml."""

    aids: tuple[AidEntry, ...] = ()


class IndicatorEntry(Strict):
    """`plan` and `fact` by year, in the unit, with at most three decimals."""

    code: PlanCode
    title: Line
    unit: Line
    direction: Literal["up", "down", "keep"]
    base: Figure | None = None
    base_year: Year | None = None
    tolerance: Annotated[Figure, Field(ge=0)] = 0
    responsible: Slug | None = None
    categories: tuple[Code, ...] = ()
    plan: dict[Year, Figure] = Field(default_factory=dict)
    fact: dict[Year, Figure] = Field(default_factory=dict)
    example: bool = True


class MeasureEntry(Strict):
    """`money` by year and source, in roubles."""

    code: PlanCode
    section: Line
    title: Line
    result: Line
    responsible: Slug | None = None
    priority: bool = False
    indicators: dict[PlanCode, Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=dict)
    money: dict[Year, dict[Source, Annotated[int, Field(ge=0)]]] = Field(default_factory=dict)
    example: bool = True


class PlanFile(Strict):
    """plan.yaml: where the plan begins; figures that came in through the chat stay."""

    indicators: tuple[IndicatorEntry, ...] = ()
    measures: tuple[MeasureEntry, ...] = ()


class CalendarFile(Strict):
    """calendar.yaml: days off besides weekends, and weekends that are worked. A year that is not
    there has its weekends off and nothing else. `provisional` are years that are there, but not as
    the government will publish them: moved days are missing."""

    days_off: tuple[date, ...] = ()
    working: tuple[date, ...] = ()
    provisional: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        both = set(self.days_off) & set(self.working)
        if both:
            raise fault("working", f"{min(both).isoformat()} is both a day off and worked")
        return self
