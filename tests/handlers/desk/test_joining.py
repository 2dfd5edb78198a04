"""Two reports of one problem become one; several close together may become a project."""

import pytest

from services.civic.models import Follow, Told
from services.projects.models import Project
from services.reports.models import Category, Report
from tests.handlers.desk.office import begins, moderator, official, opens, told
from tests.handlers.reports.town import FAR, HERE, NEARBY, published, sent, state_of
from tests.house import House, Visitor


@pytest.fixture
async def anna(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular(name="Anna Kern")


@pytest.fixture
async def boris(house: House) -> Visitor:
    return await house.regular(name="Boris Godunov")


async def test_a_duplicate_leads_to_its_original(
    house: House, anna: Visitor, boris: Visitor
) -> None:
    original = await published(house, anna)
    later = await sent(boris, "The same hole in the road", NEARBY)
    team = await moderator(house)
    await begins(team)
    shown = await team.presses("🔗 It is there already")
    assert shown.startswith("Choose the report that was there first, or type its number.\n\n№ 1 · ")
    assert await team.labels() == [
        "👁 № 1", "🔗 The same as № 1", "№ Type the number of another one", "« Back", "Cancel",
    ]  # fmt: skip
    await team.presses("🔗 The same as № 1")
    await team.presses("The same place and the same problem")
    rows = await house.rows(Report, Report.id == later)
    assert (rows[0]["state"], rows[0]["duplicate_of"]) == ("duplicate", original)
    assert await told(house, boris) == [
        "🕳 Pothole · № 2\n🔗 It was reported before and continues as № 1."
    ]
    follows = await house.rows(
        Follow, Follow.key == str(original), Follow.member_id == await boris.member_id()
    )
    assert len(follows) == 1
    await team.presses("↩️ Undo")
    assert await state_of(house, later) == "submitted"


async def test_a_number_is_not_waited_for_after_a_button(
    house: House, anna: Visitor, boris: Visitor
) -> None:
    await published(house, anna)
    await sent(boris, "The same hole in the road", NEARBY)
    team = await moderator(house)
    await begins(team)
    await team.presses("🔗 It is there already")
    await team.presses("🔗 The same as № 1")
    await team.presses("The same place and the same problem")
    assert not (await team.says("1")).startswith("Somebody has been at it")


async def test_the_original_by_its_number(house: House, anna: Visitor, boris: Visitor) -> None:
    await published(house, anna)
    later = await sent(boris, "A pothole", FAR)
    team = await moderator(house)
    await begins(team)
    shown = await team.presses("🔗 It is there already")
    assert shown.endswith("Nothing similar is known nearby.")
    async with house.unchanged():
        for nonsense in ("№ 77", "no idea"):
            assert (await team.says(nonsense)).startswith("Choose the report that was there first")
    await team.says("№ 1")
    await team.presses("✍️ In my own words")
    await team.says("One long pothole")
    assert await state_of(house, later) == "duplicate"


async def test_a_report_is_not_its_own_original(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    team = await moderator(house)
    async with house.unchanged():
        await team.forges(f"mw:{report}:duplicate:open:same_place:{report}")
        assert (await team.last()).startswith("That report cannot be the original")
    hidden = await sent(anna, "The street lamp is dark", FAR)
    async with house.unchanged():
        await team.forges(f"mw:{report}:duplicate:open:same_place:{hidden}")


async def test_a_report_becomes_a_project(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    team = await moderator(house)
    await opens(team, 1)
    assert await team.presses("🚀 Make it a project") == "What kind of project does it become?"
    await team.presses("Streets and yards")
    async with house.unchanged():
        await team.says("x")
    told_ = await team.says("A new road to the bridge")
    assert told_ == "🚀 1 report has become a project. Its author and supporters have been asked."
    (project,) = await house.rows(Project)
    assert (project["title"], project["kind"]) == ("A new road to the bridge", "urban")
    (row,) = await house.rows(Report, Report.id == report)
    assert (row["state"], row["project_id"]) == ("promoted", project["id"])


async def test_no_name_with_the_address_of_a_private_report_is_proposed(
    house: House, anna: Visitor
) -> None:
    await published(house, anna)
    await house.change(Report, address="Kirova, 1")
    team = await moderator(house)
    await opens(team, 1)
    await team.presses("🚀 Make it a project")
    assert "For example: Pothole, Kirova, 1. " in await team.presses("Streets and yards")
    await house.change(Category, private=True)
    await opens(team, 1)
    await team.presses("🚀 Make it a project")
    assert "For example: Pothole, …. " in await team.presses("Streets and yards")
    await team.says("Quiet nights")
    (project,) = await house.rows(Project)
    assert (project["title"], project["address"]) == ("Quiet nights", None)


async def test_a_group_is_suggested_and_becomes_one_project(
    house: House, anna: Visitor, boris: Visitor
) -> None:
    first = await published(house, anna)
    await published(house, boris, "A second pothole here", NEARBY)
    team = await moderator(house)
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens")
    assert "🧩 1 group of reports" not in await team.labels()
    third = await published(house, await house.regular(), "A third pothole here", HERE)
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens")
    await team.presses("🧩 1 group of reports")
    await team.presses("🕳 Pothole · 3 reports")
    assert (await team.last()).startswith("Do these belong together?\n№ 1 · 📢 Published")
    await team.presses("🚀 Make one project of them")
    await team.presses("Streets and yards")
    assert await team.says("The road to the bridge") == (
        "🚀 3 reports have become one project. Their authors and supporters have been asked."
    )
    assert {await state_of(house, first), await state_of(house, third)} == {"promoted"}
    (project,) = await house.rows(Project)
    rows = await house.rows(Report)
    assert {row["project_id"] for row in rows} == {project["id"]}


async def test_a_group_goes_without_what_has_moved_on(
    house: House, anna: Visitor, boris: Visitor
) -> None:
    reports = [await published(house, anna)]
    for n, person in enumerate((boris, await house.regular(), await house.regular())):
        reports.append(await published(house, person, f"Pothole {n} here", NEARBY))
    team = await moderator(house)
    for left, said in (
        (
            1,
            "🚀 3 reports have become one project. Their authors and supporters have been asked.\n"
            "Not part of it, because they have moved on, are your own or a colleague is on them: "
            "№ 4.",
        ),
        (
            2,
            "Only 2 reports of this group can become a project now, which is too few: the others "
            "have moved on, are your own or a colleague is on them. Nothing has been done.",
        ),
    ):
        await house.change(Report, state="open", project_id=None)
        await team.forges("go:desk_groups")
        await team.presses("🕳 Pothole · 4 reports")
        await team.presses("🚀 Make one project of them")
        await team.presses("Streets and yards")
        await house.change(Report, Report.id.in_(reports[-left:]), state="scheduled")
        assert await team.says("The road to the bridge") == said
    assert len(await house.rows(Project)) == 1
    assert await state_of(house, reports[0]) == "open"


async def test_a_group_is_put_aside(house: House, anna: Visitor, boris: Visitor) -> None:
    await published(house, anna)
    await published(house, boris, "A second pothole here", NEARBY)
    await published(house, await house.regular(), "A third pothole here", HERE)
    team = await moderator(house)
    await team.forges("go:desk_groups")
    await team.presses("🕳 Pothole · 3 reports")
    assert await team.presses("🙅 Not this group") == (
        "Put aside. The group comes back when it grows."
    )
    await team.forges("go:desk_groups")
    assert (await team.sees())[0].text == "No reports lie close together at the moment."
    assert len(await house.rows(Told, Told.key.startswith("cluster:"))) == 1


async def test_an_official_of_another_unit_promotes_nothing(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    stranger = await official(house, "parks")
    async with house.unchanged():
        await stranger.forges(f"mj:{report}:0:urban")
        await stranger.says("A title for it")
