"""A moderator decides on what they have looked at, not on what its author has made of it since."""

import pytest

from services.reports.models import Report, ReportPhoto
from tests.handlers.desk.office import begins, moderator, opens
from tests.handlers.reports.town import WORDS, sent, state_of
from tests.house import House, Visitor

CHANGED = "It was changed in the meantime. Nothing has been done yet: please look again."


@pytest.fixture
async def anna(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular(name="Anna Kern")


async def texts(team: Visitor) -> list[str]:
    return [shown.text for shown in await team.sees()]


async def test_a_text_that_was_changed_is_not_published(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await begins(team)
    await anna.presses("📝 Change the text")
    await anna.says("Call Ivan, +7 900 000 00 00")
    async with house.unchanged():
        await team.presses("✅ Publish")
    assert await state_of(house, report) == "submitted"
    *_before, said, _head, _place, anew = await texts(team)
    assert said == CHANGED
    assert "Call Ivan, +7 900 000 00 00" in anew
    assert WORDS not in anew
    assert (await team.presses("✅ Publish")).startswith("🕳 Pothole · № 1\n📢 Published")
    assert await state_of(house, report) == "open"


async def test_a_photo_that_came_meanwhile_is_looked_at_first(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await begins(team)
    house.clock.advance(hours=1)
    await anna.presses("📷 Add a photo")
    await anna.photographs("late")
    async with house.unchanged():
        await team.presses("✅ Publish")
    *_before, said, pictured, _place, _anew = await texts(team)
    assert (said, pictured) == (CHANGED, "Sent with the report")
    (photo,) = await house.rows(ReportPhoto, ReportPhoto.report_id == report)
    assert photo["shown"] is False
    await team.presses("✅ Publish")
    (photo,) = await house.rows(ReportPhoto, ReportPhoto.report_id == report)
    assert photo["shown"] is True


async def test_another_theme_is_looked_at_first(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await begins(team)
    await anna.presses("🏷 Another theme")
    await anna.presses("🗑")
    assert (await house.rows(Report, Report.id == report))[0]["state"] == "submitted"
    async with house.unchanged():
        await team.presses("✅ Publish")
    assert CHANGED in await texts(team)


async def test_a_reason_chosen_for_the_old_text_declines_nothing(
    house: House, anna: Visitor
) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await begins(team)
    await team.presses("🚫 Decline")
    await anna.presses("📝 Change the text")
    await anna.says("A pothole, without a name in it")
    async with house.unchanged():
        await team.presses("It shows other people's personal details")
    assert (await texts(team))[-4] == CHANGED
    assert await state_of(house, report) == "submitted"


async def test_what_a_moderator_has_taken_out_does_not_stop_them(
    house: House, anna: Visitor
) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await opens(team, 1)
    await team.presses("✂️ Take words out")
    await team.says("deep")
    assert (await team.presses("✅ Publish")).startswith("🕳 Pothole · № 1\n📢 Published")
    assert await state_of(house, report) == "open"
