"""The files of a pack that are for citizens: faults by name, references, a pack without them."""

import shutil
from pathlib import Path

import pytest

from services.cities.pack import PACKS, BrokenPack, find_pack, read_pack
from services.cities.rules import Rules
from services.civic.calendar import is_working
from services.civic.places import _holds
from tests.services.cities.conftest import PackFolder

CITIZENS = ("places.yaml", "reports.yaml", "aids.yaml", "plan.yaml", "calendar.yaml")


@pytest.fixture
def kaluga(tmp_path: Path) -> PackFolder:
    return PackFolder(Path(shutil.copytree(PACKS / "kaluga", tmp_path / "kaluga")))


def faults(folder: PackFolder) -> list[str]:
    with pytest.raises(BrokenPack) as broken:
        read_pack(folder.path)
    return [str(problem) for problem in broken.value.problems]


CASES = [
    ("reports.yaml", "code: pothole\n    group: roads\n    unit: roads",
     "code: pothole\n    group: roads\n    unit: heaven",
     "there is no unit heaven in reports.yaml"),
    ("reports.yaml", "code: sidewalk", "code: pothole",
     "a category pothole is already there"),
    ("reports.yaml", "code: sidewalk", "code: side walk",
     "is not written as it should be, like street-light"),
    ("reports.yaml", "- slug: lighting", "- slug: roads", "a unit roads is already there"),
    ("reports.yaml", "https://pos.gosuslugi.ru", "pos.gosuslugi.ru",
     "is not written as it should be, like https://portal.example"),
    ("reports.yaml", "{ru: Яма на дороге, en: Pothole, zh: 路面坑洞}", "{ru: Яма на дороге}",
     "has no text in: en, zh"),
    ("plan.yaml", "- code: tourists", "- code: hotels", "an indicator hotels is already there"),
    ("places.yaml", "- slug: moskovsky", "- slug: leninsky",
     "a district leninsky is already there"),
    ("calendar.yaml", "working: []", "working: [2026-01-09]", "is both a day off and worked"),
    ("calendar.yaml", "- 2026-01-01", "- soon", "must be a date like 2026-05-01, not 'soon'"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "message"), CASES)
def test_a_fault_is_named(kaluga: PackFolder, file: str, old: str, new: str, message: str) -> None:
    kaluga.replace(file, old, new)
    found = [fault for fault in faults(kaluga) if fault.startswith(f"{file}:")]
    assert any(message in fault for fault in found), found


def test_kalugas_themes_have_words_in_each_language() -> None:
    pack = read_pack(find_pack("kaluga"))
    for theme in pack.reports.categories:
        assert set(theme.keywords) <= set(pack.city.languages), theme.code
        assert theme.keywords.get("ru") or theme.code == "other"
        assert 0 <= theme.dup_radius <= 200, theme.code
        assert 1 <= theme.sla_days <= 30, theme.code


def test_kalugas_centre_is_inside_and_its_districts_are_in_the_city() -> None:
    pack = read_pack(find_pack("kaluga"))
    assert pack.places.outline is not None
    assert _holds(pack.places.outline, pack.city.centre.lat, pack.city.centre.lon)
    for district in pack.places.districts:
        middle = [sum(side) / len(district.outline) for side in zip(*district.outline, strict=True)]
        assert _holds(pack.places.outline, *middle), district.slug


def test_kalugas_helpers_and_plan_are_marked_as_examples() -> None:
    pack = read_pack(find_pack("kaluga"))
    assert all(aid.example for aid in pack.aids.aids)
    assert all(measure.example for measure in pack.plan.measures)
    assert all(indicator.example for indicator in pack.plan.indicators)


def test_kalugas_calendar_names_weekdays_only() -> None:
    calendar = read_pack(find_pack("kaluga")).calendar
    assert all(day.weekday() < 5 for day in calendar.days_off)
    assert all(day.weekday() >= 5 for day in calendar.working)
    plain = calendar.model_dump(mode="json")
    assert not any(is_working(plain, day) for day in calendar.days_off)


@pytest.mark.parametrize("gone", [*CITIZENS, None])
def test_the_files_for_citizens_may_be_left_out(kaluga: PackFolder, gone: str | None) -> None:
    """One alone only where nothing refers to it."""
    for file in CITIZENS if gone is None else (gone,):
        (kaluga.path / file).unlink()
    if gone == "reports.yaml":
        assert any("there is no unit" in fault for fault in faults(kaluga))
        return
    pack = read_pack(kaluga.path)
    if gone is None:
        assert pack.reports.categories == ()
        assert (pack.places.outline, pack.plan.measures, pack.aids.aids) == (None, (), ())


def test_the_rules_of_citizens_have_neutral_defaults() -> None:
    rules = read_pack(find_pack("kaluga")).rules
    bare = Rules.model_validate({**rules.model_dump(exclude={"civic"})}, strict=False)
    civic = bare.civic
    assert (civic.clarify_days, civic.confirm_days, civic.edit_minutes) == (3, 15, 15)
    assert (civic.support, civic.support_by_kind, civic.support_percent) == (30, {"urban": 100}, 60)
    assert (civic.merits_per_day, civic.quiet_from, civic.quiet_until) == (20, 22, 8)
