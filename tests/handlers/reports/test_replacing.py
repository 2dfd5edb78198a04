"""Another place or theme for what was sent, while nobody has opened it."""

import pytest

from services.reports.models import Report
from services.reports.states import Verb
from tests.handlers.reports.town import FAR, OUTSIDE, decides, sent, state_of
from tests.house import House, Visitor

KEYS = ["📍 I am here", "🏙 The whole city", "↩️ Leave it as it is"]
TOO_LATE = "This cannot be changed any more. What is personal you can still remove."


@pytest.fixture
async def guest(house: House) -> Visitor:
    return await house.regular(name="Ivan Petrov")


async def row(house: House, report: int) -> dict[str, object]:
    (found,) = await house.rows(Report, Report.id == report)
    return found


def is_menu(keys: list[str]) -> bool:
    return keys[0] == "💳 My card"


async def test_the_place_is_changed_by_a_pin(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    assert (await guest.presses("📍 Another place")).startswith("Where is it?")
    assert await guest.keyboard() == KEYS
    await guest.stands_at(*FAR)
    assert guest.news[0][1].startswith("✅ Changed: ")
    assert guest.news[1][1].startswith("🕳 Pothole · № 1\n📍 ")
    assert "54.5301, 36.2822" in guest.news[1][1]
    assert is_menu(await guest.keyboard())
    found = await row(house, report)
    assert (found["lat"], found["lon"], found["state"]) == (*FAR, "submitted")


async def test_the_place_is_changed_by_an_address(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await guest.presses("📍 Another place")
    async with house.unchanged():
        assert await guest.says("Behind the old mill") == (
            "I do not know this address. Shall I write it down as you typed it?"
        )
    await guest.presses("✍️ As I typed it")
    assert guest.news[-2][1] == "✅ Changed: Behind the old mill"
    found = await row(house, report)
    assert (found["lat"], found["address"]) == (None, "Behind the old mill")


async def test_the_place_is_the_whole_city(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await guest.presses("📍 Another place")
    await guest.says("🏙 The whole city")
    found = await row(house, report)
    assert (found["citywide"], found["lat"]) == (True, None)


async def test_a_place_outside_the_city_changes_nothing(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await guest.presses("📍 Another place")
    async with house.unchanged():
        assert (await guest.stands_at(*OUTSIDE)).startswith("This place is outside the city")
    assert await guest.keyboard() == KEYS
    await guest.stands_at(*FAR)
    assert (await row(house, report))["lat"] == FAR[0]


async def test_it_stays_as_it_is(house: House, guest: Visitor) -> None:
    await sent(guest)
    await guest.presses("📍 Another place")
    async with house.unchanged():
        await guest.says("↩️ Leave it as it is")
    assert [text.partition("\n")[0] for _kind, text in guest.news] == [
        "The place stays as it was.", "🕳 Pothole · № 1",
    ]  # fmt: skip
    assert is_menu(await guest.keyboard())


async def test_the_theme_is_changed_with_its_unit_and_day(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    before = await row(house, report)
    assert await guest.presses("🏷 Another theme") == "What is it about?"
    assert (await guest.presses("🌳")).startswith("✅ Changed.\n\n🌳")
    after = await row(house, report)
    assert after["category_id"] != before["category_id"]
    assert after["unit_id"] != before["unit_id"]
    assert after["due_at"] != before["due_at"]


async def test_after_the_minutes_nothing_is_changed(house: House, guest: Visitor) -> None:
    await sent(guest)
    pressed = [await guest.finds(label) for label in ("📍 Another place", "🏷 Another theme")]
    await guest.presses("🏷 Another theme")
    message, theme = await guest.finds("🌳")
    await guest.forges(pressed[0][1], pressed[0][0].id)
    house.clock.advance(minutes=15)
    async with house.unchanged():
        assert await guest.forges(theme, message.id) == TOO_LATE
        await guest.stands_at(*FAR)
        assert guest.news[0][1] == TOO_LATE
        assert is_menu(await guest.keyboard())
        for message, data in pressed:
            assert await guest.forges(data, message.id) == TOO_LATE


async def test_once_published_there_are_no_such_buttons(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await decides(house, report, Verb.OPEN)
    await guest.presses("📋 My reports")
    await guest.presses("📢 № 1")
    assert not {"📍 Another place", "🏷 Another theme"} & {*await guest.labels()}


async def test_nobody_changes_anothers(house: House, guest: Visitor) -> None:
    await sent(guest)
    stranger = await house.regular()
    await sent(stranger, "A pothole of my own", FAR)
    _message, place = await guest.finds("📍 Another place")
    await guest.presses("🏷 Another theme")
    _message, theme = await guest.finds("🌳")
    async with house.unchanged():
        for data in (place, theme):
            assert (await stranger.forges(data)).startswith("I cannot find that any more.")


async def test_a_question_is_answered_by_another_place(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await decides(house, report, Verb.CLARIFY, reason="where_exactly")
    house.clock.advance(days=1)
    await guest.presses("📋 My reports")
    await guest.presses("❓ № 1")
    await guest.presses("📍 Another place")
    await guest.stands_at(*FAR)
    assert await state_of(house, report) == "clarify"
    assert "💬 Answer" in await guest.labels()
