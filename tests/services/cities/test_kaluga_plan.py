"""Kaluga's places, helpers and plan: examples that say so, and nothing that was not measured."""

from datetime import date

import pytest

from services.cities.pack import PACKS, BrokenPack, Pack, read_pack
from tests.services.cities.conftest import PackFolder


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(PACKS / "kaluga")


def inside(lat: float, lon: float, outline: tuple[tuple[float, float], ...]) -> bool:
    """Whether a ray from the point crosses the outline an odd number of times."""
    crossings = 0
    for (lat_a, lon_a), (lat_b, lon_b) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (lat_a > lat) != (lat_b > lat):
            crossings += lon < lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
    return crossings % 2 == 1


def test_streets_have_names_and_no_invented_points(pack: Pack) -> None:
    places = pack.places.places
    assert len(places) >= 60
    assert all(place.lat is None and place.lon is None for place in places)
    assert all(place.aliases for place in places)
    names = [place.name["ru"] for place in places]
    assert len(set(names)) == len(names)
    spelled = [alias.casefold() for place in places for alias in place.aliases]
    assert len(set(spelled)) == len(spelled), "one spelling must not mean two streets"


def test_the_outline_is_a_sketch_that_holds_every_known_point(pack: Pack) -> None:
    outline = pack.places.outline
    assert outline is not None
    assert all(round(number, 2) == number for corner in outline for number in corner)
    known = [(s.lat, s.lon) for s in pack.sights.sights if s.lat is not None and not s.region]
    known += [(v.lat, v.lon) for p in pack.partners.partners for v in p.venues if v.lat is not None]
    assert len(known) > 20
    assert all(inside(lat, lon, outline) for lat, lon in known if lat and lon)
    assert not inside(55.75, 37.62, outline)


def test_the_districts_are_named_as_rough_examples_and_cover_the_city(pack: Pack) -> None:
    districts = pack.places.districts
    assert [district.slug for district in districts] == ["leninsky", "moskovsky", "oktyabrsky"]
    assert all("примерно" in district.name["ru"] for district in districts)
    assert all("roughly" in district.name["en"] for district in districts)
    for lat, lon in ((54.5101, 36.2522), (54.57, 36.20), (54.50, 36.35), (54.46, 36.20)):
        assert sum(inside(lat, lon, district.outline) for district in districts) == 1


def test_every_helper_is_fictional_and_every_kind_is_there(pack: Pack) -> None:
    aids = pack.aids.aids
    assert {aid.kind for aid in aids} == {
        *("funder", "support", "partner", "supplier", "land", "event", "mentor"),
    }
    assert all(aid.example for aid in aids)
    assert all(aid.name["en"].startswith("Example: ") for aid in aids)
    assert all(aid.name["ru"].startswith("Пример: ") for aid in aids)
    assert all(aid.until is None or aid.until > date(2027, 1, 1) for aid in aids)


def test_the_plan_is_an_example_with_every_direction(pack: Pack) -> None:
    plan = pack.plan
    assert all(entry.example for entry in (*plan.indicators, *plan.measures))
    assert {entry.direction for entry in plan.indicators} == {"up", "down", "keep"}
    assert all(entry.tolerance > 0 for entry in plan.indicators if entry.direction == "keep")
    assert {entry.base for entry in plan.indicators} >= {1.2, 6000, 41, 250, 70}
    linked = {code for measure in plan.measures for code in measure.indicators}
    assert linked == {entry.code for entry in plan.indicators}
    assert any(entry.categories for entry in plan.indicators)
    assert any(measure.priority for measure in plan.measures)


def test_a_figure_of_the_plan_is_a_number_of_a_year(kaluga: PackFolder) -> None:
    line = kaluga.replace("plan.yaml", "fact: {2025: 1.27}", "fact: {1925: 1.27}")
    other = kaluga.replace("plan.yaml", "fact: {2025: 67.5}", "fact: {2025: 67.55555}")
    with pytest.raises(BrokenPack) as caught:
        read_pack(kaluga.path)
    assert [str(problem) for problem in caught.value.problems] == [
        f"plan.yaml:{line}: indicators.1.fact.1925: must be at least 2000, not 1925",
        f"plan.yaml:{other}: indicators.5.fact.2025: "
        "67.55555 must have at most three decimals, and be below 10^12",
    ]
