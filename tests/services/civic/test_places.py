"""Distances, outlines and addresses as people type them."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities import CityFacts
from services.civic import places
from services.civic.places import Known, Spot, candidates
from tests.services.pinned import RULES

SQUARE = [[54.4, 36.1], [54.4, 36.4], [54.6, 36.4], [54.6, 36.1]]
HORSESHOE = [[0, 0], [0, 9], [9, 9], [9, 6], [3, 6], [3, 3], [9, 3], [9, 0]]


def place(ru: str, en: str, *aliases: str, lat: float | None = None, lon: float | None = None):  # type: ignore[no-untyped-def]
    return {"name": {"ru": ru, "en": en}, "aliases": list(aliases), "lat": lat, "lon": lon}


CITY = CityFacts(
    id=1, slug="kaluga", name={"ru": "Калуга"}, title={}, tagline={},
    timezone=ZoneInfo("Europe/Moscow"), lat=54.5138, lon=36.2612, languages=("ru", "en"),
    default_language="ru", theme={}, contact={}, levels=(), rules=RULES, consents={},
    places={
        "outline": SQUARE,
        "districts": [
            {"slug": "west", "name": {"ru": "Запад"},
             "outline": [[54.4, 36.1], [54.4, 36.25], [54.6, 36.25], [54.6, 36.1]]},
            {"slug": "all", "name": {"ru": "Весь"}, "outline": SQUARE},
        ],
        "places": [
            place("улица Ленина", "Lenina Street", "Ленина", "Lenin Street"),
            place("улица Кирова", "Kirova Street", "Кирова"),
            place("улица Королёва", "Korolyova Street", "Королёва", "Академика Королёва"),
            place("улица Дзержинского", "Dzerzhinskogo Street"),
            place("улица 65 лет Победы", "65 let Pobedy Street"),
            place("Театральная площадь", "Theatre Square", lat=54.51, lon=36.25),
            place("улица Театральная", "Teatralnaya Street"),
            place("Центральный парк", "Central Park", "парк культуры", lat=54.508, lon=36.245),
        ],
    },
    calendar={}, digest="", loaded_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip

KNOWN = [
    Known({"ru": "Кафе «Орбита»", "en": "Orbita café"},
          {"ru": "ул. Кирова, 21", "en": "21 Kirova St"}, 54.512, 36.262),
    Known({"ru": "Дом Шамиля", "en": "Shamil's House"}, None, 54.507, 36.25),
]  # fmt: skip


def first(text: str) -> str | None:
    found = candidates(CITY, text, KNOWN)
    return found[0].address if found else None


@pytest.mark.parametrize(
    "typed",
    [
        "улица Ленина", "ул. Ленина", "ул Ленина", "ленина", "ЛЕНИНА", "Ленина ул.", "на Ленина",
        "на улице Ленина", "г. Калуга, ул. Ленина", "Lenin street", "Lenina St.", "lenina",
        "near Lenina street", "Лениина", "Ленна", "лнеина",
    ],
)  # fmt: skip
def test_a_street_is_understood_however_it_is_typed(typed: str) -> None:
    assert first(typed) == "улица Ленина"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ул. Ленина, д. 51", "улица Ленина, 51"),
        ("Ленина 51а", "улица Ленина, 51а"),
        ("Ленина 51 А", "улица Ленина, 51а"),
        ("ленина, дом 12/3", "улица Ленина, 12/3"),
        ("у дома 7 на Ленина", "улица Ленина, 7"),
        ("51 Lenina Street", "улица Ленина, 51"),
        ("королева 5", "улица Королёва, 5"),
        ("Королёва 5", "улица Королёва, 5"),
        ("академика Королева, 5", "улица Королёва, 5"),
        ("Дзержинскаго 3", "улица Дзержинского, 3"),
        ("дзержинского 3", "улица Дзержинского, 3"),
        ("65 лет победы", "улица 65 лет Победы"),
        ("Победы 65 лет", "улица 65 лет Победы"),
    ],
)
def test_a_house_is_kept(typed: str, address: str) -> None:
    assert first(typed) == address


def test_a_street_is_long_so_its_houses_have_no_point() -> None:
    spot = candidates(CITY, "Театральная 7", KNOWN)[0]
    assert (spot.lat, spot.lon, spot.district) == (None, None, None)


def test_a_place_brings_its_point_and_district() -> None:
    assert candidates(CITY, "в центральном парке", KNOWN)[0] == Spot(
        54.508, 36.245, "Центральный парк", "west"
    )
    assert candidates(CITY, "парк культуры")[0].address == "Центральный парк"


def test_a_known_house_is_exactly_there() -> None:
    spot = candidates(CITY, "Кирова 21", KNOWN)[0]
    assert (spot.address, spot.lat, spot.lon) == ("ул. Кирова, 21", 54.512, 36.262)
    other = candidates(CITY, "Кирова 23", KNOWN)[0]
    assert (other.address, other.lat) == ("улица Кирова, 23", None)


def test_a_venue_or_a_sight_is_known_by_its_name() -> None:
    assert first("у кафе Орбита") == "Кафе «Орбита», ул. Кирова, 21"
    assert first("дом Шамиля") == "Дом Шамиля"
    assert first("возле дома шамиля") == "Дом Шамиля"


def test_what_may_be_two_places_is_both() -> None:
    found = [spot.address for spot in candidates(CITY, "Театральная", KNOWN)]
    assert set(found) == {"Театральная площадь", "улица Театральная"}


@pytest.mark.parametrize("typed", ["", "   ", "улица", "51", "где-то там", "Марс", "🤷", "№№№"])
def test_what_is_no_address_is_nothing(typed: str) -> None:
    assert candidates(CITY, typed, KNOWN) == []


@given(st.text(max_size=200))
def test_whatever_is_typed_there_are_three_at_most(text: str) -> None:
    found = candidates(CITY, text, KNOWN)
    assert len(found) <= 3
    assert len({spot.address for spot in found}) == len(found)


def test_inside_and_outside() -> None:
    assert places.inside(CITY, 54.5138, 36.2612)
    assert not places.inside(CITY, 55.7558, 37.6173)
    assert not places.inside(CITY, 54.601, 36.2)
    bare = replace(CITY, places={})
    assert places.inside(bare, 54.6, 36.4)
    assert not places.inside(bare, 55.7558, 37.6173)
    assert places.district_of(bare, 54.5138, 36.2612) is None


def test_districts_in_their_order() -> None:
    assert places.district_of(CITY, 54.5, 36.2) == "west"
    assert places.district_of(CITY, 54.5, 36.3) == "all"
    assert places.district_of(CITY, 54.5, 36.5) is None
    assert places.named_district(CITY, "west") == {"ru": "Запад"}
    assert places.named_district(CITY, "gone") is None


@pytest.mark.parametrize(
    ("lat", "lon", "within"), [(1, 4, True), (5, 4, False), (5, 1, True), (5, 8, True)]
)
def test_an_outline_may_bend_inwards(lat: float, lon: float, *, within: bool) -> None:
    assert places._holds(HORSESHOE, lat, lon) is within


def test_metres() -> None:
    assert places.metres(54.51, 36.26, 54.51, 36.26) == 0
    assert places.metres(54.51, 36.0, 54.51, 37.0) == pytest.approx(64_550, rel=0.002)
    assert places.metres(54.0, 36.0, 55.0, 36.0) == pytest.approx(111_195, rel=0.001)
    assert places.metres(0, 179.999, 0, -179.999) == pytest.approx(222.4, rel=0.01)


_LAT, _LON = st.floats(-85, 85), st.floats(-180, 180)


@given(_LAT, _LON, _LAT, _LON)
def test_distance_is_symmetric(a: float, b: float, c: float, d: float) -> None:
    one, other = places.metres(a, b, c, d), places.metres(c, d, a, b)
    assert 0 <= one <= math.pi * 6_371_009
    assert one == pytest.approx(other, abs=1e-6)


@given(st.floats(54.4, 54.6), st.floats(36.1, 36.4))
def test_rounding_moves_a_point_by_less_than_its_square_and_stays(lat: float, lon: float) -> None:
    rounded = places.rounded(lat, lon, 300)
    assert places.metres(lat, lon, *rounded) <= 300 * math.sqrt(2) / 2 + 1
    assert places.rounded(*rounded, 300) == rounded


def test_neighbours_are_rounded_to_one_point() -> None:
    lat, lon = places.rounded(54.5138, 36.2612, 300)
    near = {places.rounded(lat + n / 100_000, lon + n / 100_000, 300) for n in range(-50, 50)}
    assert near == {(lat, lon)}
