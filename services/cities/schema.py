"""What stands in the files of a city pack: one model a file. `docs/city-pack.md` is the prose."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from services.cities.checksums import is_digits, is_inn
from services.cities.opening import WEEKDAYS, Opening, Weekday
from services.cities.rules import Strict, VenueKind, fault, written_like

Slug = Annotated[str, Field(max_length=40), written_like("star-cafe", "[a-z0-9]+(-[a-z0-9]+)*")]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Confidence = Literal["high", "medium", "low"]


def _in_all_languages(longest: int) -> Callable[[dict[str, str], ValidationInfo], dict[str, str]]:
    def check(texts: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        wanted = (info.context or {}).get("languages")
        if wanted and (missing := [code for code in wanted if code not in texts]):
            raise ValueError(f"has no text in: {', '.join(missing)}")
        if wanted and (extra := [code for code in texts if code not in wanted]):
            raise ValueError(f"has a language the city does not list: {', '.join(extra)}")
        for code, text in texts.items():
            if not text.strip():
                raise ValueError(f"is empty in {code}")
            if len(text) > longest:
                raise ValueError(f"is too long in {code}: {len(text)} characters of {longest}")
        return texts

    return check


Title = Annotated[dict[str, str], AfterValidator(_in_all_languages(64))]
Text = Annotated[dict[str, str], AfterValidator(_in_all_languages(600))]
Page = Annotated[dict[str, str], AfterValidator(_in_all_languages(3000))]


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name}; write it like Europe/Moscow") from error
    return name


def _inn(text: str) -> str:
    if not is_inn(text):
        raise ValueError(f"{text} is not an INN: 10 or 12 digits with right check digits")
    return text


def _drive(text: str) -> str:
    if not is_digits(text, 16):
        raise ValueError(f"{text} is not the number of a fiscal drive: 16 digits")
    return text


class Point(Strict):
    lat: Latitude
    lon: Longitude


class Bounds(Strict):
    """A rectangle in which the city's points must be."""

    south: Latitude
    west: Longitude
    north: Latitude
    east: Longitude

    @model_validator(mode="after")
    def _the_right_way_round(self) -> Self:
        if self.north <= self.south:
            raise fault("north", "must be more than south")
        if self.east <= self.west:
            raise fault("east", "must be more than west")
        return self


Colour = Annotated[str, written_like("#1b2a6b", "#[0-9a-fA-F]{6}")]


class Theme(Strict):
    """How the card looks; `motif` is what is drawn on it."""

    primary: Colour
    accent: Colour
    motif: Literal["space", "plain"] = "plain"


class Contact(Strict):
    """Where a guest turns to when the chat cannot help."""

    email: Line | None = None
    phone: Line | None = None
    website: Annotated[str, written_like("https://city.example", r"https://\S+")] | None = None


class Level(Strict):
    """A guest who ever earned `from_points` points stands on this level."""

    slug: Slug
    from_points: Annotated[int, Field(ge=0, le=10_000_000)]
    name: Title


class CityFile(Strict):
    """city.yaml. `title` is the programme's name over the chat.

    `bounds` is the city, `region_bounds` (if there is one) the land around it.
    """

    slug: Slug
    name: Title
    title: Title
    tagline: Text
    timezone: Annotated[str, AfterValidator(_timezone)]
    centre: Point
    bounds: Bounds
    region_bounds: Bounds | None = None
    languages: Annotated[
        tuple[Annotated[str, written_like("en", "[a-z]{2,3}")], ...], Field(min_length=1)
    ]
    default_language: str
    theme: Theme
    contact: Contact
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]


class Wording(Strict):
    """What a person is asked to agree to. Another text needs another version."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    text: Page


class Consents(Strict):
    """consents.yaml: two separate questions."""

    personal_data: Wording
    advertising: Wording


class TillEntry(Strict):
    """`registration` is the РН ККТ; `drives` are the fiscal drives (ФН) it has or had."""

    registration: str
    serial: Annotated[str, written_like("00106702301234", "[0-9A-Za-z]{1,20}")]
    drives: tuple[Annotated[str, AfterValidator(_drive)], ...]


class VenueEntry(Strict):
    """`hours` are words for guests; `opening` says the same to the check of receipts."""

    slug: Slug
    kind: VenueKind
    name: Title
    address: Text
    lat: Latitude | None
    lon: Longitude | None
    hours: Text
    opening: Opening | None = None
    joined_on: date
    state: Literal["active", "suspended"] = "active"
    tills: tuple[TillEntry, ...]


class PartnerEntry(Strict):
    slug: Slug
    name: Title
    inn: Annotated[str, AfterValidator(_inn)]
    venues: Annotated[tuple[VenueEntry, ...], Field(min_length=1)]


class PartnersFile(Strict):
    partners: tuple[PartnerEntry, ...]


Hour = Annotated[str, written_like("09:30", "([01][0-9]|2[0-3]):[0-5][0-9]")]


class Window(Strict):
    """Days and hours, by the city's clock, in which the reward can be taken."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    from_: Annotated[Hour, Field(alias="from")]
    until: Hour

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.until <= self.from_:
            raise fault("until", "must be later than from")
        if len(set(self.days)) < len(self.days):
            raise fault("days", "names a day twice")
        return self

    def stored(self) -> dict[str, Any]:
        """The shape of `Reward.window`: Monday is 0."""
        days = sorted(WEEKDAYS.index(day) for day in self.days)
        return {"days": days, "from": self.from_, "until": self.until}


class RewardEntry(Strict):
    slug: Slug
    venue: Slug
    title: Title
    terms: Text
    emoji: Annotated[str, Field(min_length=1, max_length=8)]
    price: Annotated[int, Field(ge=1, le=1_000_000)]
    currency: Literal["points", "merits"] = "points"
    stock: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    per_guest: Annotated[int, Field(ge=1, le=1000)] | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    window: Window | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise fault("ends_on", "must not be before starts_on")
        return self


class RewardsFile(Strict):
    rewards: tuple[RewardEntry, ...]


class SightEntry(Strict):
    """`notes` are names from the top of the file; `region` means outside the city."""

    slug: Slug
    category: Literal["museum", "monument", "park", "sight", "church", "theatre"]
    region: bool = False
    name: Text
    address: Text | None
    text: Text
    fact_confidence: Confidence
    lat: Latitude | None
    lon: Longitude | None
    coord_confidence: Confidence | None
    attribution: Line | None = None
    notes: tuple[str, ...] = ()


class SightsFile(Strict):
    notes: dict[str, Text] = Field(default_factory=dict)
    sights: tuple[SightEntry, ...]
