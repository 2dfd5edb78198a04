"""A pack is read whole, or refused with the file, the line and the field of every fault."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from services.cities.document import Problem
from services.cities.pack import PACKS, BrokenPack, find_pack, read_pack
from tests.services.cities.conftest import TINYVILLE, PackFolder

FIRST_DRIVE = '"7386400000010001"'


def faults(pack: PackFolder) -> list[str]:
    with pytest.raises(BrokenPack) as caught:
        read_pack(pack.path)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return [str(problem) for problem in caught.value.problems]


def test_kaluga_is_a_good_pack() -> None:
    pack = read_pack(PACKS / "kaluga")
    assert pack.city.languages == ("ru", "en", "zh")
    assert [level.from_points for level in pack.city.levels] == [0, 300, 1500, 5000]
    assert len(pack.partners.partners) == 6
    assert all(p.name["ru"].startswith("Демо-") for p in pack.partners.partners)
    # No tax office has the code 0040, so none of these can be a real company.
    assert all(p.inn.startswith("0040") for p in pack.partners.partners)
    assert len(pack.rewards.rewards) == 15
    assert {reward.venue for reward in pack.rewards.rewards} == {
        venue.slug for partner in pack.partners.partners for venue in partner.venues
    }
    assert {reward.currency for reward in pack.rewards.rewards} == {"points", "merits"}
    prices = [r.price for r in pack.rewards.rewards if r.currency == "points"]
    assert (min(prices), max(prices)) == (15, 900)


def test_the_sights_of_kaluga_keep_what_is_not_known() -> None:
    sights = {sight.slug: sight for sight in read_pack(PACKS / "kaluga").sights.sights}
    assert sum(not sight.region for sight in sights.values()) == 21
    assert sum(sight.region for sight in sights.values()) == 7
    pointless = {slug for slug, sight in sights.items() if sight.lat is None}
    assert pointless == {"torubaev", "embank"}
    unsure = {slug for slug, sight in sights.items() if sight.coord_confidence == "low"}
    assert unsure == {"trinity", "theatre"}
    museums = {slug for slug, sight in sights.items() if sight.category == "museum"}
    assert museums == {slug for slug, s in sights.items() if "museum_hours" in s.notes}


def test_the_digest_follows_the_content_and_not_its_layout(kaluga: PackFolder) -> None:
    before = read_pack(kaluga.path).digest
    kaluga.append("rules.yaml", "\n# A remark.\n")
    assert read_pack(kaluga.path).digest == before == read_pack(PACKS / "kaluga").digest
    kaluga.replace("rules.yaml", "now_share: 30", "now_share: 21")
    assert read_pack(kaluga.path).digest != before


def test_a_pack_is_found_by_name_or_by_path() -> None:
    assert find_pack("kaluga") == PACKS / "kaluga"
    assert find_pack(str(TINYVILLE)) == TINYVILLE


def test_no_such_pack(tmp_path: Path) -> None:
    assert faults(PackFolder(tmp_path / "atlantis")) == [
        f"{tmp_path / 'atlantis'}: there is no city pack in this place"
    ]


CASES: list[tuple[str, str, str, str, str]] = [
    # file, what stands there, what comes instead, field, message
    ("rules.yaml", "now_share: 30", "now_share: 120", "earning.now_share",
     "must be at most 100, not 120"),
    ("rules.yaml", "points: 10", 'points: "5"', "earning.points",
     "must be a whole number, not '5'"),
    ("rules.yaml", "points: 10", "points: 5.5", "earning.points",
     "must be a whole number, not 5.5"),
    ("rules.yaml", "points: 10", "points: true", "earning.points",
     "must be a whole number, not True"),
    ("rules.yaml", "points: 10", "points: -5", "earning.points", "must be at least 1, not -5"),
    ("rules.yaml", "auto_max_kop: 1500000", "auto_max_kop: 9000", "earning.auto_max_kop",
     "must be more than min_sum_kop"),
    ("rules.yaml", "warn_before_days: 14", "warn_before_days: 365", "earning.warn_before_days",
     "must be less than expires_after_days"),
    ("rules.yaml", "hard_max_age_days: 14", "hard_max_age_days: 2", "limits.hard_max_age_days",
     "must not be shorter than max_age_hours"),
    ("rules.yaml", "tour: 150", "casino: 150", "earning.kind_percent.casino",
     "must be 'cafe', 'restaurant', 'bakery', 'hotel', 'shop', 'tour', 'museum' or 'other',"
     " not 'casino'"),
    ("rules.yaml", "minutes_between: 30", "minutes_betwen: 30", "limits.minutes_betwen",
     "is not a known field; did you mean minutes_between?"),
    ("city.yaml", "timezone: Europe/Moscow", "timezone: Europe/Kaluga", "timezone",
     "there is no time zone Europe/Kaluga; write it like Europe/Moscow"),
    ("city.yaml", "timezone: Europe/Moscow", "timezone: ../../etc/passwd", "timezone",
     "there is no time zone ../../etc/passwd; write it like Europe/Moscow"),
    ("city.yaml", "default_language: ru", "default_language: de", "default_language",
     "de is not one of the languages"),
    ("city.yaml", "[ru, en, zh]", "[ru, en, zh, ru]", "languages.4",
     "a language ru is already there on line 23"),
    ("city.yaml", '"#1b2a6b"', '"blue"', "theme.primary",
     "blue is not written as it should be, like #1b2a6b"),
    ("city.yaml", "from_points: 1500", "from_points: 300", "levels.insider.from_points",
     "must be more than 300, where the level before starts"),
    ("city.yaml", "from_points: 0", "from_points: 1", "levels.guest.from_points",
     "the first level must start from 0"),
    ("city.yaml", "lat: 54.5101", "lat: 154.5101", "centre.lat",
     "must be at most 90.0, not 154.5101"),
    ("city.yaml", "north: 54.62", "north: 54.4", "bounds.north", "must be more than south"),
    ("city.yaml", "east: 36.40", "east: 36.0", "bounds.east", "must be more than west"),
    ("city.yaml", "zh: 探索者", "zh: " + "星" * 65, "levels.explorer.name",
     "is too long in zh: 65 characters of 64"),
    ("city.yaml", "zh: 探索者", "zh: ''", "levels.explorer.name", "is empty in zh"),
    ("consents.yaml", "advertising:\n  version: 2026-11-example",
     "advertising:\n  version: 3", "advertising.version", 'must be text; put it in quotes: "3"'),
    ("partners.yaml", '"0040000014"', '"0040000015"', "partners.orbita.inn",
     "0040000015 is not an INN: 10 or 12 digits with right check digits"),
    ("partners.yaml", '"0040000014"', "0040000014", "partners.orbita.inn",
     'must be text; put it in quotes: "40000014"'),
    ("partners.yaml", "0000400101044251", "0000400101044252",
     "partners.orbita.venues.orbita.tills.1.registration",
     "0000400101044252 does not fit the INN 0040000014 and the serial number DEMO0101"),
    ("partners.yaml", "0000400101044251", "400101044251",
     "partners.orbita.venues.orbita.tills.1.registration",
     "400101044251 is not a registration number: 16 digits"),
    ("partners.yaml", FIRST_DRIVE, '"738640000001000"',
     "partners.orbita.venues.orbita.tills.1.drives.1",
     "738640000001000 is not the number of a fiscal drive: 16 digits"),
    ("partners.yaml", FIRST_DRIVE, '"٧386400000010001"',
     "partners.orbita.venues.orbita.tills.1.drives.1",
     "٧386400000010001 is not the number of a fiscal drive: 16 digits"),
    ("partners.yaml", FIRST_DRIVE, '"9999400000010001"',
     "partners.orbita.venues.orbita.tills.1.drives.1",
     "9999400000010001 is the number of a training drive"),
    ("partners.yaml", "lat: 54.51262", "lat: 55.75", "partners.orbita.venues.orbita.lat",
     "55.75, 36.25563 is outside the bounds of city.yaml"),
    ("partners.yaml", "lat: 54.51262", "lat: null", "partners.orbita.venues.orbita.lat",
     "lat and lon are given together or not at all"),
    ("rewards.yaml", "price: 15\n", "price: 0\n", "rewards.orbita-cookie.price",
     "must be at least 1, not 0"),
    ("rewards.yaml", "stock: 1000", "stock: -1", "rewards.orbita-cookie.stock",
     "must be at least 0, not -1"),
    ("rewards.yaml", "slug: orbita-cookie\n    venue: orbita",
     "slug: orbita-cookie\n    venue: orbit", "rewards.orbita-cookie.venue",
     "there is no venue orbit in partners.yaml"),
    ("rewards.yaml", "slug: orbita-raf", "slug: orbita-cookie", "rewards.orbita-cookie.slug",
     "a reward orbita-cookie is already there on line 4"),
    ("rewards.yaml", "slug: orbita-raf", "slug: Orbita Raf", "rewards.Orbita Raf.slug",
     "Orbita Raf is not written as it should be, like star-cafe"),
    ("rewards.yaml", 'until: "12:00"', 'until: "08:00"', "rewards.orbita-espresso.window.until",
     "must be later than from"),
    ("rewards.yaml", 'until: "12:00"', 'until: "24:00"', "rewards.orbita-espresso.window.until",
     "24:00 is not written as it should be, like 09:30"),
    ("rewards.yaml", "[mon, tue, wed, thu, fri]", "[mon, mon]",
     "rewards.orbita-espresso.window.days", "names a day twice"),
    ("rewards.yaml", "[mon, tue, wed, thu, fri]", "[]",
     "rewards.orbita-espresso.window.days", "must not be empty"),
    ("rewards.yaml", "ends_on: 2027-12-31", "ends_on: 2025-12-31",
     "rewards.poehali-walk.ends_on", "must not be before starts_on"),
    ("rewards.yaml", "ends_on: 2027-12-31", "ends_on: soon",
     "rewards.poehali-walk.ends_on", "must be a date like 2026-05-01, not 'soon'"),
    ("rewards.yaml", "en: Sputnik cookie, ", "", "rewards.orbita-cookie.title",
     "has no text in: en"),
    ("rewards.yaml", "en: Sputnik cookie", "en: Sputnik cookie, de: Keks",
     "rewards.orbita-cookie.title", "has a language the city does not list: de"),
    ("sights.yaml", "coord_confidence: high\n    notes: [museum_hours]",
     "coord_confidence: null\n    notes: [museum_hours]",
     "sights.gmik.coord_confidence", "is given exactly when the coordinates are"),
    ("sights.yaml", "museum_hours:\n    ru", "hours:\n    ru", "sights.gmik.notes.1",
     "there is no note museum_hours at the top of the file"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "field", "message"), CASES)
def test_a_fault_is_named_with_file_line_and_field(
    kaluga: PackFolder, file: str, old: str, new: str, field: str, message: str
) -> None:
    kaluga.replace(file, old, new)
    line = _line_of(kaluga.path / file, field)
    assert f"{file}:{line}: {field}: {message}" in faults(kaluga)


def _line_of(path: Path, field: str) -> int:
    """Found by another reader of YAML than the one under test."""
    yaml = YAML(typ="rt", pure=True)
    yaml.allow_duplicate_keys = True
    value = yaml.load(path.read_text(encoding="utf-8"))
    line = 0
    for step in field.split("."):
        if isinstance(value, list):
            slugs = [item["slug"] if isinstance(item, dict) and "slug" in item else None
                     for item in value]  # fmt: skip
            key = slugs.index(step) if step in slugs else int(step) - 1
            if slugs.count(step) > 1:
                key = len(slugs) - 1 - slugs[::-1].index(step)
            line = value.lc.item(key)[0]
        else:
            key = step
            line = value.lc.key(key)[0]
        value = value[key]
    return int(line) + 1


def test_a_missing_field_is_named_with_the_line_of_its_group(kaluga: PackFolder) -> None:
    line = kaluga.replace("rules.yaml", "  grace_days: 3\n", "") - 4
    assert faults(kaluga) == [f"rules.yaml:{line}: redemption.grace_days: is missing"]


def test_a_missing_file(kaluga: PackFolder) -> None:
    (kaluga.path / "consents.yaml").unlink()
    assert faults(kaluga) == ["consents.yaml: the file is missing"]


def test_an_empty_file(tinyville: PackFolder) -> None:
    (tinyville.path / "rules.yaml").write_text("# nothing\n", encoding="utf-8")
    assert faults(tinyville) == ["rules.yaml: the file is empty"]


def test_a_file_that_is_a_list(tinyville: PackFolder) -> None:
    (tinyville.path / "rules.yaml").write_text("- 1\n", encoding="utf-8")
    assert faults(tinyville) == ["rules.yaml:1: must be a group of named values"]


def test_a_file_of_an_unknown_name(kaluga: PackFolder) -> None:
    (kaluga.path / "reward.yaml").write_text("rewards: []\n", encoding="utf-8")
    assert faults(kaluga) == ["reward.yaml: a pack has no file of this name"]


def test_a_file_in_another_encoding(tinyville: PackFolder) -> None:
    (tinyville.path / "sights.yaml").write_bytes("sights: Калуга".encode("cp1251"))
    assert faults(tinyville) == ["sights.yaml: the file is not UTF-8 text"]


def test_broken_yaml_is_named_with_its_line(tinyville: PackFolder) -> None:
    line = tinyville.append("rewards.yaml", "    title: [\n")
    (found,) = faults(tinyville)
    assert found.startswith(f"rewards.yaml:{line + 1}: this is not readable as YAML: ")


def test_a_key_twice(tinyville: PackFolder) -> None:
    line = tinyville.append("rewards.yaml", "    price: 4\n")
    assert faults(tinyville) == [f"rewards.yaml:{line}: rewards.apple.price: is there twice"]


def test_tags_are_never_carried_out(tinyville: PackFolder) -> None:
    line = tinyville.replace("city.yaml", "Asia/Vladivostok", "!!python/name:os.system")
    assert (
        f"city.yaml:{line}: timezone: the tag tag:yaml.org,2002:python/name:os.system"
        " is not used in a pack"
    ) in faults(tinyville)


def test_anchors_are_not_used(tinyville: PackFolder) -> None:
    tinyville.replace("city.yaml", "{en: Tinyville}", "&name {en: Tinyville}")
    line = tinyville.replace("city.yaml", '{en: "Small town, short walks"}', "*name")
    message = "tagline: anchors and aliases (& and *) are not used in a pack"
    assert f"city.yaml:{line}: {message}" in faults(tinyville)


def test_a_date_that_does_not_exist(kaluga: PackFolder) -> None:
    line = kaluga.replace("rewards.yaml", "2027-12-31", "2027-02-30")
    message = "2027-02-30 is not a number or a date that exists"
    assert faults(kaluga) == [f"rewards.yaml:{line}: rewards.poehali-walk.ends_on: {message}"]


JUNK = (None, [], {}, "x", -1, 1.5, True, [1], {"a": 1}, "\u0661")


def _paths(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, item in items:
        yield from _paths(item, (*path, key))


@pytest.mark.parametrize("file", sorted(path.name for path in TINYVILLE.glob("*.yaml")))
def test_whatever_stands_anywhere_the_answer_is_a_pack_or_its_faults(
    tinyville: PackFolder, file: str
) -> None:
    """Each value in turn is replaced by something that has no business there."""
    yaml = YAML(typ="safe", pure=True)
    target = tinyville.path / file
    text = target.read_text(encoding="utf-8")
    told: list[Problem] = []
    for path, junk in zip(_paths(yaml.load(text)), cycle(JUNK), strict=False):
        data = {"": yaml.load(text)}
        holder, place = data, ("", *path)
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = junk
        with target.open("w", encoding="utf-8") as out:
            yaml.dump(data[""], out)
        told += _problems(tinyville)
    assert all(problem.line for problem in told if problem.message != "the file is empty")
    assert len(told) > 4


def _problems(pack: PackFolder) -> list[Problem]:
    try:
        read_pack(pack.path)
    except BrokenPack as broken:
        return broken.problems
    return []


def test_every_fault_is_told_at_once(kaluga: PackFolder) -> None:
    city = kaluga.replace("city.yaml", "Europe/Moscow", "Moscow")
    rule = kaluga.replace("rules.yaml", "now_share: 30", "now_share: lots")
    inn = kaluga.replace("partners.yaml", '"0040000014"', '"1"')
    drive = kaluga.replace("partners.yaml", '"7386400000020001"', '"7386400000020002"')
    price = kaluga.replace("rewards.yaml", "price: 900", "price: 0")
    found = [(p.file, p.line) for p in _broken(kaluga).problems]
    assert found == [
        ("city.yaml", city),
        ("rules.yaml", rule),
        ("partners.yaml", inn),
        ("partners.yaml", drive + 3),
        ("rewards.yaml", price),
    ]


def _broken(pack: PackFolder) -> BrokenPack:
    with pytest.raises(BrokenPack) as caught:
        read_pack(pack.path)
    return caught.value
