"""What is there already is shown before anybody types more, and a voice does more than a copy."""

import pytest

from services.civic.models import Support
from services.reports.models import Report, ReportPhoto
from services.reports.states import Verb
from tests.handlers.reports.town import (
    FAR,
    NEARBY,
    WORDS,
    decides,
    draft,
    fixed,
    published,
    sent,
    state_of,
)
from tests.house import House, Visitor


@pytest.fixture
async def first(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular(name="Anna")


@pytest.fixture
async def guest(house: House, first: Visitor) -> Visitor:
    return await house.regular(name="Ivan Petrov")


async def test_a_similar_one_is_shown_with_all_one_needs(
    house: House, first: Visitor, guest: Visitor
) -> None:
    await published(house, first)
    await draft(guest, "One more pothole", NEARBY)
    _noted, title, card, other = (text for _kind, text in guest.news)
    assert title.startswith("Somebody may have reported it already. Is this it?")
    assert card == f"№ 1 · 13 m · today · 📢 Published\n{WORDS}"
    assert other == "Or is yours another one?"


async def test_this_is_it_gives_a_voice_and_the_photo(
    house: House, first: Visitor, guest: Visitor
) -> None:
    report = await published(house, first)
    await guest.says("/report")
    await guest.sends_file(b"hole", picture=True)
    await guest.says("One more pothole")
    await guest.stands_at(*NEARBY)
    assert await guest.presses("👍 This is it: support") == (
        "👍 Thank you! Your voice counts for № 1 now, and I will write when something happens.\n"
        "Your photo is added; everybody sees it once a moderator has looked at it."
    )
    (voice,) = await house.rows(Support)
    assert (voice["subject_id"], voice["member_id"]) == (report, await guest.member_id())
    (photo,) = await house.rows(ReportPhoto)
    assert (photo["report_id"], photo["kind"], photo["shown"]) == (report, "support", False)
    assert [row["state"] for row in await house.rows(Report)] == ["open", "withdrawn"]


async def test_a_second_tap_on_this_is_it_changes_nothing(
    house: House, first: Visitor, guest: Visitor
) -> None:
    await published(house, first)
    await draft(guest, "One more pothole", NEARBY)
    message, data = await guest.finds("👍 This is it: support")
    await guest.presses_data(message.id, data)
    async with house.unchanged():
        await guest.forges(data, message.id)


async def test_mine_is_another_is_asked_once(house: House, first: Visitor, guest: Visitor) -> None:
    await published(house, first)
    await draft(guest, "One more pothole", NEARBY)
    assert (await guest.presses("🆕 No, mine is another one")).startswith("Everybody will see")
    await guest.presses("🙈 Hide my name")
    await guest.presses("✅ Send")
    assert [row["state"] for row in await house.rows(Report)] == ["open", "submitted"]


async def test_one_s_own_is_shown_and_not_supported(house: House, first: Visitor) -> None:
    await published(house, first)
    await draft(first, "One more pothole", NEARBY)
    assert (await first.presses("📋 It is mine: show it")).startswith("🕳 Pothole · № 1")


async def test_what_was_fixed_lately_is_there_again(
    house: House, first: Visitor, guest: Visitor
) -> None:
    report = await fixed(house, first)
    await draft(guest, "One more pothole", NEARBY)
    assert await guest.presses("🔁 It is there again") == (
        "Thank you! № 1 is open again, and the city's service has been told. I will write when "
        "something happens."
    )
    assert await state_of(house, report) == "reopened"


async def test_what_is_private_or_far_is_not_shown(
    house: House, first: Visitor, guest: Visitor
) -> None:
    await sent(first)
    assert (await draft(guest, "One more pothole", NEARBY)).startswith("Everybody will see")
    await published(house, first, WORDS, FAR)
    await guest.presses("💾 Later")
    assert (await draft(guest, "One more pothole", NEARBY)).startswith("Everybody will see")


async def test_a_report_that_was_joined_meanwhile(
    house: House, first: Visitor, guest: Visitor
) -> None:
    report = await published(house, first)
    await draft(guest, "One more pothole", NEARBY)
    await decides(house, report, Verb.DECLINE, reason="nothing_there")
    async with house.unchanged():
        await guest.presses("👍 This is it: support")
    assert (await guest.presses("🆕 No, mine is another one")).startswith("Everybody will see")
