"""Where something is: distances, the city's outline and districts, and addresses as people type
them."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.cities import CityFacts
from services.cities.models import Localized

_EARTH = 6_371_008.8
_METRES_A_DEGREE = math.pi * _EARTH / 180
_CANDIDATES = 3
_ENOUGH = 0.75
"""How well the words of a place must be met; one wrong letter in a long word still is."""

_GENERIC = frozenset({
    "улица", "ул", "проспект", "просп", "пр-т", "пр", "пр-кт", "переулок", "пер", "площадь",
    "пл", "бульвар", "б-р", "бул", "бульв", "набережная", "наб", "проезд", "шоссе", "ш",
    "тупик", "туп", "дом", "д", "корпус", "корп", "к", "строение", "стр", "город", "г",
    "область", "обл", "остановка", "россия", "микрорайон", "мкр", "street", "st", "str",
    "avenue", "ave", "av", "lane", "ln", "square", "sq", "boulevard", "blvd", "embankment",
    "road", "rd", "house", "building", "bld", "city", "town", "stop", "russia",
})  # fmt: skip
_LITTLE = frozenset({
    "на", "у", "около", "возле", "рядом", "с", "со", "в", "во", "по", "при", "напротив",
    "перед", "за", "под", "над", "между", "от", "до", "к", "ко", "и", "или", "из",
    "недалеко", "где-то", "там", "здесь", "адрес", "адресу", "угол", "углу", "on", "at",
    "near", "by", "next", "to", "in", "the", "of", "opposite", "before", "behind",
    "between", "and", "from", "corner", "address",
})  # fmt: skip
_HOUSE = re.compile(r"\d+[а-яa-z]?(?:[/-]\d+[а-яa-z]?)?")
_WORD = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as somebody gave it. Without a point it is words only; `district` is a slug."""

    lat: float | None = None
    lon: float | None = None
    address: str | None = None
    district: str | None = None
    citywide: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A venue or a sight that an address may mean, by its name or by its own address."""

    name: Localized
    address: Localized | None
    lat: float | None
    lon: float | None


def metres(a: float, b: float, c: float, d: float) -> float:
    """The distance from the point (lat `a`, lon `b`) to (`c`, `d`) over the ground."""
    one, other, across = math.radians(a), math.radians(c), math.radians(d - b)
    half = math.sin((other - one) / 2) ** 2
    half += math.cos(one) * math.cos(other) * math.sin(across / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half)))


def rounded(lat: float, lon: float, metres: float) -> tuple[float, float]:
    """The middle of the square of this size that the point lies in: all points in it look alike.

    The squares are fixed, so several reports from one door do not give the door away.
    """
    row = metres / _METRES_A_DEGREE
    middle = (math.floor(lat / row) + 0.5) * row
    column = row / max(math.cos(math.radians(middle)), 0.01)
    return round(middle, 6), round((math.floor(lon / column) + 0.5) * column, 6)


def _holds(outline: Sequence[Sequence[float]], lat: float, lon: float) -> bool:
    """Whether the polygon holds the point, by counting the sides a ray to the east crosses."""
    inside = False
    for (lat1, lon1), (lat2, lon2) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (lat1 > lat) != (lat2 > lat):
            crossing = lon1 + (lat - lat1) / (lat2 - lat1) * (lon2 - lon1)
            inside ^= lon < crossing
    return inside


_REACH = 30_000
"""How far from its centre a city without an outline reaches, in metres."""


def inside(city: CityFacts, lat: float, lon: float) -> bool:
    """Whether the point is the city's; without an outline, whether it is near enough."""
    outline = city.places.get("outline")
    if outline:
        return _holds(outline, lat, lon)
    return metres(city.lat, city.lon, lat, lon) <= _REACH


def district_of(city: CityFacts, lat: float, lon: float) -> str | None:
    """The slug of the first district whose outline holds the point."""
    for district in city.places.get("districts", ()):
        if _holds(district["outline"], lat, lon):
            slug: str = district["slug"]
            return slug
    return None


def spot_at(city: CityFacts, lat: float, lon: float, address: str | None = None) -> Spot:
    """The spot of a point, with its district."""
    return Spot(lat, lon, address, district_of(city, lat, lon))


@dataclass(frozen=True, slots=True)
class _Typed:
    """An address in parts: the words that say where, and the house number."""

    words: tuple[str, ...]
    house: str | None


def candidates(city: CityFacts, text: str, known: Iterable[Known] = ()) -> list[Spot]:
    """What a typed address may mean, the likeliest first, three at most.

    It is compared with the streets and places of the pack and with `known` venues and sights. The
    word for "street", case, prepositions, the order of words and a slip of the finger do not
    matter. A house gets a point only where that very house is known: a street is long.
    """
    typed = _parts(text)
    if not typed.words:
        return []
    known = list(known)
    found = [*_among_places(city, typed), *_among_known(city, typed, known)]
    best: dict[str, tuple[float, Spot]] = {}
    for score, spot in found:
        address = spot.address or ""
        before = best.get(address)
        if before is None or (score, spot.lat is not None) > (before[0], before[1].lat is not None):
            best[address] = (score, spot)
    ranked = sorted(best.values(), key=lambda pair: (-pair[0], pair[1].lat is None))
    return [spot for _score, spot in ranked[:_CANDIDATES]]


def _among_places(city: CityFacts, typed: _Typed) -> list[tuple[float, Spot]]:
    found = []
    for place in city.places.get("places", ()):
        spellings = [*place["name"].values()]
        for alias in place.get("aliases", ()):
            spellings += [alias] if isinstance(alias, str) else alias.values()
        score, house_is_name = _best(spellings, typed)
        if score < _ENOUGH:
            continue
        name = city.text(place["name"], city.default_language)
        if typed.house and not house_is_name:
            found.append((score, Spot(address=f"{name}, {typed.house}")))
        else:
            found.append((score, _spot(city, name, place.get("lat"), place.get("lon"))))
    return found


def _among_known(city: CityFacts, typed: _Typed, known: list[Known]) -> list[tuple[float, Spot]]:
    found = []
    for each in known:
        name = city.text(each.name, city.default_language)
        address = city.text(each.address, city.default_language) if each.address else None
        if each.address and typed.house:
            score = max(_same_house(line, typed) for line in each.address.values())
            if score >= _ENOUGH:
                # The very house: better than its street alone.
                found.append((score + 0.1, _spot(city, address or name, each.lat, each.lon)))
                continue
        score, house_is_name = _best(each.name.values(), typed)
        if score >= _ENOUGH and (house_is_name or not typed.house):
            whole = f"{name}, {address}" if address else name
            found.append((score, _spot(city, whole, each.lat, each.lon)))
    return found


def _spot(city: CityFacts, address: str, lat: float | None, lon: float | None) -> Spot:
    if lat is None or lon is None:
        return Spot(address=address)
    return spot_at(city, lat, lon, address)


def _same_house(line: str, typed: _Typed) -> float:
    parts = _parts(line)
    if parts.house != typed.house:
        return 0.0
    return _meets(parts.words, typed.words)


def _best(spellings: Iterable[str], typed: _Typed) -> tuple[float, bool]:
    """How well the closest spelling is met, and whether the house number is part of that name."""
    best = (0.0, False)
    for spelling in spellings:
        parts = _parts(spelling)
        is_name = parts.house is not None and parts.house == typed.house
        if parts.house is None or is_name:
            best = max(best, (_meets(parts.words, typed.words), is_name))
    return best


def _meets(name: Sequence[str], typed: Sequence[str]) -> float:
    """How well `typed` names the place: every word of the name counts, and what is over counts
    against it a little."""
    if not name:
        return 0.0
    met = [max((_alike(word, other) for other in typed), default=0.0) for word in name]
    over = max(0, len(typed) - len(name))
    return sum(met) / len(name) - 0.04 * over


def _alike(one: str, other: str) -> float:
    """1 for the same word, less for another ending or a slip, 0 for another word."""
    if one == other:
        return 1.0
    shorter, longer = sorted((len(one), len(other)))
    if shorter >= 4 and longer - shorter <= 3:
        stem = max(4, shorter - 2)
        if one[:stem] == other[:stem]:
            return 0.95
    allowed = 0 if shorter < 4 else 1 if shorter < 8 else 2
    slips = _slips(one, other, allowed)
    return 0.95 - 0.08 * slips if slips <= allowed else 0.0


def _slips(one: str, other: str, most: int) -> int:
    """How many letters are wrong, missing, over or swapped; more than `most` when too many."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    older: list[int] = []
    line = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, there in enumerate(other, start=1):
            cost = min(line[j] + 1, row[-1] + 1, line[j - 1] + (letter != there))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == there:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        older, line = line, row
    return line[-1]


def _parts(text: str) -> _Typed:
    plain = text.lower().replace("ё", "е").replace(".", " ").replace("№", " ")
    plain = re.sub(r"(\d)\s+([а-яa-z])(?=\s*(?:,|$))", r"\1\2", plain)
    words: list[str] = []
    house = None
    for word in _WORD.findall(plain):
        if word in _GENERIC or word in _LITTLE:
            continue
        if _HOUSE.fullmatch(word):
            house = house or word
        else:
            words.append(word)
    return _Typed(tuple(words), house)


def named_district(city: CityFacts, slug: str | None) -> Mapping[str, Any] | None:
    """A district's name in the city's languages; None for one that the pack no longer has."""
    found = (d["name"] for d in city.places.get("districts", ()) if d["slug"] == slug)
    return next(found, None)


def with_district(city: CityFacts, spot: Spot) -> Spot:
    """The spot with the district of its point, where it has one."""
    if spot.lat is None or spot.lon is None:
        return spot
    return replace(spot, district=district_of(city, spot.lat, spot.lon))
