"""What no single field of a pack can know: names used twice, references, checksums, distances.

The checks look at the values as written, so that a fault elsewhere hides none of these.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.cities.checksums import is_digits, is_inn, is_registration
from services.cities.document import Document, Place, Problem

_UNIQUE = (
    ("city.yaml", "a language", ("languages", "*")),
    ("city.yaml", "a level", ("levels", "*", "slug")),
    ("partners.yaml", "a partner", ("partners", "*", "slug")),
    ("partners.yaml", "a venue", ("partners", "*", "venues", "*", "slug")),
    ("partners.yaml", "a till", ("partners", "*", "venues", "*", "tills", "*", "registration")),
    ("partners.yaml", "a drive", ("partners", "*", "venues", "*", "tills", "*", "drives", "*")),
    ("rewards.yaml", "a reward", ("rewards", "*", "slug")),
    ("sights.yaml", "a sight", ("sights", "*", "slug")),
    ("places.yaml", "a district", ("districts", "*", "slug")),
    ("reports.yaml", "a unit", ("units", "*", "slug")),
    ("reports.yaml", "a category", ("categories", "*", "code")),
    ("aids.yaml", "an aid", ("aids", "*", "slug")),
    ("plan.yaml", "an indicator", ("indicators", "*", "code")),
    ("plan.yaml", "a measure", ("measures", "*", "code")),
)


def cross_checks(documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Every fault that shows only when values are put side by side."""
    city, partners = documents["city.yaml"], documents["partners.yaml"]
    for file, what, pattern in _UNIQUE:
        yield from _unique(documents[file], what, pattern)
    yield from _languages(city)
    yield from _levels(city)
    yield from _registrations(partners)
    yield from _training_drives(partners, documents["rules.yaml"])
    yield from _references(
        documents["rewards.yaml"],
        ("rewards", "*", "venue"),
        {str(slug) for _, slug in partners.each("partners", "*", "venues", "*", "slug")},
        "there is no venue {0} in partners.yaml",
    )
    sights = documents["sights.yaml"]
    yield from _references(
        sights,
        ("sights", "*", "notes", "*"),
        {str(place[-1]) for place, _ in sights.each("notes", "*")},
        "there is no note {0} at the top of the file",
    )
    yield from _civic(documents)
    yield from _points(city, partners, ("partners", "*", "venues", "*"))
    yield from _points(city, sights, ("sights", "*"))
    yield from _confidence(sights)


_CIVIC_REFERENCES = (
    ("reports.yaml", ("categories", "*", "unit"), ("units", "*", "slug"), "unit"),
    ("plan.yaml", ("indicators", "*", "responsible"), ("units", "*", "slug"), "unit"),
    ("plan.yaml", ("measures", "*", "responsible"), ("units", "*", "slug"), "unit"),
    (
        *("plan.yaml", ("indicators", "*", "categories", "*")),
        *(("categories", "*", "code"), "category"),
    ),
)


def _civic(documents: Mapping[str, Document]) -> Iterator[Problem]:
    """What the files about reports and the plan say of each other."""
    reports, plan = documents["reports.yaml"], documents["plan.yaml"]
    for file, pattern, named, what in _CIVIC_REFERENCES:
        known = {str(value) for _, value in reports.each(*named)}
        message = f"there is no {what} {{0}} in reports.yaml"
        yield from _references(documents[file], pattern, known, message)
    indicators = {str(code) for _, code in plan.each("indicators", "*", "code")}
    for place, _weight in plan.each("measures", "*", "indicators", "*"):
        if str(place[-1]) not in indicators:
            yield plan.problem(place, f"there is no indicator {place[-1]} in plan.yaml")
    districts = {str(slug) for _, slug in documents["places.yaml"].each("districts", "*", "slug")}
    yield from _references(
        documents["aids.yaml"],
        ("aids", "*", "districts", "*"),
        districts,
        "there is no district {0} in places.yaml",
    )
    yield from _points(documents["city.yaml"], documents["places.yaml"], ("places", "*"))


def _unique(document: Document, what: str, pattern: tuple[str, ...]) -> Iterator[Problem]:
    first: dict[object, Place] = {}
    for place, value in document.each(*pattern):
        if not isinstance(value, str):
            continue
        if value in first:
            line = document.lines[first[value]]
            yield document.problem(place, f"{what} {value} is already there on line {line}")
        else:
            first[value] = place


def _languages(city: Document) -> Iterator[Problem]:
    offered = [value for _, value in city.each("languages", "*")]
    for place, value in city.each("default_language"):
        if offered and value not in offered:
            yield city.problem(place, f"{value} is not one of the languages")


def _levels(city: Document) -> Iterator[Problem]:
    before = -1
    for place, value in city.each("levels", "*", "from_points"):
        if not isinstance(value, int):
            continue
        if before == -1 and value != 0:
            yield city.problem(place, "the first level must start from 0")
        elif value <= before:
            yield city.problem(place, f"must be more than {before}, where the level before starts")
        before = value


def _registrations(partners: Document) -> Iterator[Problem]:
    for place, inn in partners.each("partners", "*", "inn"):
        if not (isinstance(inn, str) and is_inn(inn)):
            continue
        owner = place[1]
        for till_place, till in partners.each("partners", "*", "venues", "*", "tills", "*"):
            if till_place[1] != owner or not isinstance(till, dict):
                continue
            number, serial = till.get("registration"), till.get("serial")
            if not (isinstance(number, str) and isinstance(serial, str)):
                continue
            if not is_digits(number, 16):
                message = f"{number} is not a registration number: 16 digits"
            elif not serial.isascii() or is_registration(number, inn, serial):
                continue
            else:
                message = f"{number} does not fit the INN {inn} and the serial number {serial}"
            yield partners.problem((*till_place, "registration"), message)


def _training_drives(partners: Document, rules: Document) -> Iterator[Problem]:
    prefixes = tuple(p for _, p in rules.each("test_drives", "*") if isinstance(p, str))
    pattern = ("partners", "*", "venues", "*", "tills", "*", "drives", "*")
    for place, drive in partners.each(*pattern):
        if isinstance(drive, str) and drive.startswith(prefixes):
            yield partners.problem(place, f"{drive} is the number of a training drive")


def _references(
    document: Document, pattern: tuple[str, ...], known: set[str], message: str
) -> Iterator[Problem]:
    for place, value in document.each(*pattern):
        if isinstance(value, str) and value not in known:
            yield document.problem(place, message.format(value))


def _points(city: Document, document: Document, pattern: tuple[str, ...]) -> Iterator[Problem]:
    for place, entry in document.each(*pattern):
        if not isinstance(entry, dict):
            continue
        lat, lon = entry.get("lat"), entry.get("lon")
        if (lat is None) != (lon is None):
            yield document.problem((*place, "lat"), "lat and lon are given together or not at all")
        elif isinstance(lat, float | int) and isinstance(lon, float | int):
            area = "region_bounds" if entry.get("region") is True else "bounds"
            if not _inside(city, area, lat, lon):
                yield document.problem(
                    (*place, "lat"), f"{lat}, {lon} is outside the {area} of city.yaml"
                )


def _inside(city: Document, area: str, lat: float, lon: float) -> bool:
    found = [value for name in (area, "bounds") for _, value in city.each(name)]
    box: dict[str, Any] = next((value for value in found if isinstance(value, dict)), {})
    edges: list[Any] = [box.get(edge) for edge in ("south", "north", "west", "east")]
    if not all(isinstance(edge, float | int) for edge in edges):
        return True
    south, north, west, east = edges
    return bool(south <= lat <= north and west <= lon <= east)


def _confidence(sights: Document) -> Iterator[Problem]:
    for place, entry in sights.each("sights", "*"):
        if not isinstance(entry, dict) or not {"lat", "coord_confidence"} <= entry.keys():
            continue
        if (entry["lat"] is None) != (entry["coord_confidence"] is None):
            yield sights.problem(
                (*place, "coord_confidence"), "is given exactly when the coordinates are"
            )
