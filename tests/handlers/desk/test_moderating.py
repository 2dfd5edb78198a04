"""A moderator looks at what citizens have sent, one report after the other."""

import asyncio

import pytest

from services.civic.models import CivicEvent
from services.members.roles import Role
from services.reports.models import Report, ReportNote, ReportPhoto
from tests.handlers.desk.office import GONE, STAFF_ONLY, begins, moderator, official, opens, told
from tests.handlers.projects.people import somebody
from tests.handlers.reports.town import FAR, WORDS, published, sent, state_of
from tests.house import House, Visitor

NEW = (
    "🕳 Pothole · № 1\n"
    "📨 New, since Nov 22, 12:00\n"
    "📍 Leninsky District (roughly) · 54.5101, 36.2522\n"
    f"{WORDS}\n"
    "👤 Everybody sees: Anna K.\n"
    "🏢 Roads department\n"
    "⏰ By December 2"
)
UNDO = "A mistake can be undone for 10 minutes."
EMPTY = "No new reports wait. Thank you!"


@pytest.fixture
async def anna(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular(name="Anna Kern")


async def test_the_desk_shows_what_waits(house: House, anna: Visitor) -> None:
    await sent(anna)
    team = await moderator(house)
    await team.says("/staff")
    assert await team.labels() == ["🏙 Reports of citizens: 1", "📉 Why receipts failed", "Tills"]
    assert await team.presses("🏙 Reports of citizens") == (
        "The desk\nWhat citizens have reported, and what waits for you."
    )
    assert await team.labels() == [
        "📨 1 new report", "📢 Open in the city", "№ A report by its number", "« Back",
    ]  # fmt: skip


async def test_a_report_is_published(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team = await moderator(house)
    assert await begins(team) == NEW
    assert await team.labels() == [
        "✅ Publish", "❓ Ask the author", "🚫 Decline", "🔗 It is there already",
        "✂️ Take words out", "🔎 Similar ones", "🕓 History", "💬 Write about it",
        "🏷 Another theme", "Next", "« Desk",
    ]  # fmt: skip
    assert await team.presses("✅ Publish") == f"🕳 Pothole · № 1\n📢 Published\n{UNDO}"
    assert await team.labels() == ["↩️ Undo", "Next", "« Back", "« Desk"]
    assert await state_of(house, report) == "open"
    assert await team.presses("Next") == EMPTY
    assert await told(house, anna) == []


async def test_all_photos_stand_above_what_is_decided(house: House, anna: Visitor) -> None:
    await anna.says("/report")
    await anna.photographs("1")
    await anna.photographs("2")
    await anna.says(WORDS)
    await anna.stands_at(*FAR)
    await anna.presses("✅ Send")
    team = await moderator(house)
    await begins(team)
    seen = [(shown.text, "photo" in shown.raw) for shown in await team.sees()]
    assert [text for text, photo in seen if photo] == ["Sent with the report"] * 2
    assert seen[-1][0].startswith("🕳 Pothole · № 1")
    assert "⬛ Black out" in await team.labels()


async def test_a_report_is_declined_for_a_ready_reason(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await begins(team)
    assert await team.presses("🚫 Decline") == (
        "🕳 Pothole · № 1\nWhy is it declined? The author reads the reason, nobody else."
    )
    assert await team.labels() == [
        "This is not a problem for the city's services", "This place is not in the city",
        "Rude words", "This is advertising", "It shows other people's personal details",
        "This is private ground", "Nothing of the kind was found there",
        "✍️ In my own words", "« Back",
    ]  # fmt: skip
    assert await state_of(house, report) == "submitted"
    assert await team.presses("This is advertising") == (
        f"🕳 Pothole · № 1\n🚫 Declined\nThe author hears of this.\n{UNDO}"
    )
    assert await told(house, anna) == ["🕳 Pothole · № 1\n🚫 It was declined: this is advertising."]
    (event,) = await house.rows(CivicEvent, CivicEvent.verb == "decline")
    assert event["reason"] == "advertising"


async def test_own_words_before_publication_are_for_the_author_alone(
    house: House, anna: Visitor
) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await begins(team)
    await team.presses("🚫 Decline")
    assert await team.presses("✍️ In my own words") == (
        "Write it in a sentence or two, kindly and plainly."
    )
    await team.says("Ivan Sidorov of flat 7 is named here")
    assert await state_of(house, report) == "declined"
    assert await told(house, anna) == [
        "🕳 Pothole · № 1\n🚫 It was declined: Ivan Sidorov of flat 7 is named here."
    ]
    (event,) = await house.rows(CivicEvent, CivicEvent.verb == "decline")
    assert event["reason"] == "own_words"
    assert [note["public"] for note in await house.rows(ReportNote)] == [False]


async def test_a_decision_is_taken_back(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await begins(team)
    await team.presses("🚫 Decline")
    await team.presses("Rude words")
    house.clock.advance(minutes=10)
    assert await team.presses("↩️ Undo") == f"Done: it is as it was.\n\n{NEW}".replace(
        "12:00", "12:10"
    )
    assert team.toast == "Undone"
    assert await state_of(house, report) == "submitted"
    async with house.unchanged():
        await team.forges(f"mu:{report}")


async def test_after_ten_minutes_it_stands(house: House, anna: Visitor) -> None:
    await sent(anna)
    team = await moderator(house)
    await begins(team)
    await team.presses("✅ Publish")
    house.clock.advance(minutes=10, seconds=1)
    async with house.unchanged():
        assert (await team.presses("↩️ Undo")).startswith("It is too late to take this back.")


async def test_the_author_is_asked_and_answers(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await begins(team)
    assert await team.presses("❓ Ask the author") == (
        "🕳 Pothole · № 1\nWhat shall we ask the author? They have 3 days to answer."
    )
    await team.presses("✍️ In my own words")
    await team.says("Is it before the bridge or behind it?")
    assert await state_of(house, report) == "clarify"
    assert await told(house, anna) == [
        "🕳 Pothole · № 1\n❓ A moderator has a question about your report: "
        "Is it before the bridge or behind it?"
    ]
    await anna.presses("💬 Answer")
    await anna.says("Behind it, on the left")
    assert await state_of(house, report) == "submitted"
    await begins(team)
    assert (await team.last()).endswith(
        "\n\n💬 🔒 moderator, Nov 22, 12:00: Is it before the bridge or behind it?"
        "\n💬 🔒 author, Nov 22, 12:00: Behind it, on the left"
    )


async def test_a_question_that_was_left_is_no_question_any_more(
    house: House, anna: Visitor
) -> None:
    await sent(anna)
    team = await moderator(house)
    await begins(team)
    await team.presses("🚫 Decline")
    await team.presses("✍️ In my own words")
    house.clock.advance(hours=1, seconds=1)
    async with house.unchanged():
        assert (await team.says("Too late")).startswith("That was a while ago")
        assert await team.says("Too late") != ""


async def test_cancelled(house: House, anna: Visitor) -> None:
    await sent(anna)
    team = await moderator(house)
    await begins(team)
    await team.presses("🚫 Decline")
    await team.presses("✍️ In my own words")
    async with house.unchanged():
        assert await team.presses("Cancel") == NEW


async def test_two_moderators_get_two_reports(house: House, anna: Visitor) -> None:
    house.rule("civic", claim_minutes=30)
    await sent(anna)
    await sent(anna, "The street lamp is dark", FAR)
    one, other = await moderator(house), await moderator(house)
    await begins(one)
    await begins(other)
    assert "№ 1" in await one.last()
    assert "№ 2" in await other.last()
    await other.forges("mc:1:0")
    assert "👀 A colleague is looking at it" in await other.last()
    assert "✅ Publish" not in await other.labels()
    await one.presses("Next")
    assert "№ 1" in await one.last()


async def test_what_a_colleague_looks_at_is_not_decided_besides(
    house: House, anna: Visitor
) -> None:
    report = await sent(anna)
    one, other = await moderator(house), await moderator(house)
    await begins(one)
    async with house.unchanged():
        assert (await other.forges(f"ma:{report}:open:submitted")).startswith(GONE)
        await other.forges(f"mw:{report}:decline:submitted:abuse:0")
        assert (await other.sees())[0].text.startswith(GONE)
        await other.says("/staff")
        assert (await other.labels())[0] == "🏙 Reports of citizens: 0"
    house.clock.advance(minutes=30, seconds=1)
    await begins(other)
    await other.presses("✅ Publish")
    async with house.unchanged():
        again = await one.presses("✅ Publish")
    assert again.startswith(f"{GONE}\n\n🕳 Pothole · № 1\n📢 Published")


async def test_two_moderators_decide_at_the_same_moment(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    one, other = await moderator(house), await moderator(house)
    await begins(one)
    house.clock.advance(minutes=30, seconds=1)
    await begins(other)
    house.clock.advance(minutes=30, seconds=1)
    first, second = await one.finds("✅ Publish"), await other.finds("✅ Publish")
    await asyncio.gather(
        one.presses_data(first[0].id, first[1]), other.presses_data(second[0].id, second[1])
    )
    answers = [await one.last(), await other.last()]
    assert sum(answer.startswith(GONE) for answer in answers) == 1
    assert sum(UNDO in answer for answer in answers) == 1
    assert len(await house.rows(CivicEvent, CivicEvent.verb == "open")) == 1
    assert await state_of(house, report) == "open"


async def test_two_taps_on_one_verdict(house: House, anna: Visitor) -> None:
    await sent(anna)
    team = await moderator(house)
    await begins(team)
    message, data = await team.finds("✅ Publish")
    await asyncio.gather(team.presses_data(message.id, data), team.presses_data(message.id, data))
    assert len(await house.rows(CivicEvent, CivicEvent.verb == "open")) == 1


async def test_who_leaves_the_queue_lets_go(house: House, anna: Visitor) -> None:
    await sent(anna)
    one, other = await moderator(house), await moderator(house)
    await begins(one)
    await one.presses("« Desk")
    await begins(other)
    assert await other.last() == NEW


async def test_nobody_decides_on_their_own_report(house: House) -> None:
    team = await moderator(house)
    report = await sent(team)
    await team.says("/staff")
    assert (await team.labels())[0] == "🏙 Reports of citizens: 0"
    async with house.unchanged():
        for forged in (f"ma:{report}:open:submitted", f"mc:{report}:1", f"mz:{report}:1"):
            await team.forges(forged)
            assert await team.last() != NEW


async def test_forged_buttons_change_nothing(house: House, anna: Visitor) -> None:
    waiting = await sent(anna)
    public = await published(house, anna, "The street lamp is dark", FAR)
    guest = await house.regular()
    cashier = await house.regular(role=Role.CASHIER)
    expert = await house.regular(role=Role.EXPERT, venue=None)
    buttons = (
        f"ma:{waiting}:open:submitted", f"mw:{waiting}:decline:submitted:abuse:0",
        f"mv:{public}:assign:open:1", f"mu:{public}", f"mf:{public}:0", f"mc:{waiting}:1",
        f"mg:{waiting}:history", "mq:new:0", "mp:1:show", f"mr:{public}:0", "mx:1:A1",
        "mb:1:save", "mo:todo:0", f"mk:{public}:0", f"mj:{public}:0:urban", f"ml:{public}:take",
        f"ms:{public}", f"mt:{public}:1", f"mz:{public}:1", "go:desk", "go:desk_groups",
        "go:desk_number", "go:desk_cancel",
    )  # fmt: skip
    async with house.unchanged():
        for person in (guest, cashier, expert):
            for forged in buttons:
                assert await person.forges(forged) == STAFF_ONLY
            assert await person.says("/staff") == STAFF_ONLY


async def test_nonsense_in_buttons_changes_nothing(house: House, anna: Visitor) -> None:
    waiting = await sent(anna)
    team = await moderator(house)
    async with house.unchanged():
        for forged in (
            f"ma:{waiting}:fix:submitted", f"ma:{waiting}:confirm:submitted", "ma:999:open:open",
            f"ma:{waiting}:nonsense:submitted", f"mw:{waiting}:open:open:abuse:0",
            f"mv:{waiting}:duplicate:submitted:{waiting}", f"mg:{waiting}:nonsense",
            "mq:nonsense:0", "mp:1:nonsense", "mo:nonsense:0", f"mk:{waiting}:0",
            f"mj:{waiting}:0:urban:7", "mt:1:999", f"mr:{waiting}:5", "mb:1:nonsense",
        ):  # fmt: skip
            await team.forges(forged)
    assert await state_of(house, waiting) == "submitted"


async def test_flagged_away_and_shown_again(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    for _each in range(3):
        neighbour = await somebody(house, verified=True)
        await neighbour.forges(f"pg:{report}:1")
    team = await moderator(house)
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens: 1")
    await team.presses("🚩 1 flagged report")
    assert "🚩 3 people say that it should not be public\n🙈 Nobody sees it at the moment" in (
        await team.last()
    )
    assert await team.presses("👁 Everybody may see it") == (
        "🕳 Pothole · № 1\n👁 Everybody may see it."
    )
    (row,) = await house.rows(Report, Report.id == report)
    assert row["hidden"] is False
    await team.presses("↩️ Undo")
    (row,) = await house.rows(Report, Report.id == report)
    assert row["hidden"] is True
    await team.presses("Next")
    assert await team.last() == "No flagged reports wait. Thank you!"
    assert "🙈 Nobody sees it at the moment" in await opens(team, 1) or await team.last()


async def test_a_late_photo_is_looked_at(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    await anna.forges(f"pe:{report}:photo")
    await anna.photographs("late")
    await anna.forges(f"pe:{report}:photo")
    await anna.photographs("later")
    team = await moderator(house)
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens: 2")
    await team.presses("🖼 2 new photos")
    assert await team.last() == "🕳 Pothole · № 1\nMay everybody see this photo?"
    await team.presses("✅ Yes")
    await team.presses("🗑 No, remove it")
    assert await team.last() == "No photos wait. Thank you!"
    photos = await house.rows(ReportPhoto)
    assert [(row["shown"], row["removed"]) for row in photos] == [(True, False), (False, True)]


async def test_theme_and_words_are_put_right(house: House, anna: Visitor) -> None:
    report = await sent(anna, "A deep pothole, call me: 8 900 000 00 00")
    team = await moderator(house)
    await begins(team)
    await team.presses("✂️ Take words out")
    assert await team.says("8 800") == "The text has no such words. Please copy them exactly."
    shown = await team.says(", call me: 8 900 000 00 00")
    assert "A deep pothole" in shown
    assert "900" not in shown
    await team.presses("🏷 Another theme")
    shown = await team.presses("💡 Street light out")
    assert shown.startswith("💡 Street light out · № 1\n📨 New")
    assert "🏢 Street lighting\n⏰ By November 27" in shown
    await team.presses("✂️ Take words out")
    await team.presses("🗑 The whole text")
    (row,) = await house.rows(Report, Report.id == report)
    assert row["text"] == ""


async def test_the_history_names_what_happened_and_nobody(house: House, anna: Visitor) -> None:
    await published(house, anna)
    team = await moderator(house)
    await opens(team, 1)
    assert await team.presses("🕓 History") == (
        "🕳 Pothole · № 1\n\nNov 22, 12:00 · sent (author)\nNov 22, 12:00 · published (moderator)"
    )


async def test_the_city_list_and_hiding_by_hand(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    team = await moderator(house)
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens")
    await team.presses("📢 Open in the city")
    assert await team.labels() == ["📢 № 1 · 🕳 Pothole · Roads department", "« Desk"]
    await team.presses("📢 № 1")
    assert await team.presses("🙈 Hide from everybody") == (
        "🕳 Pothole · № 1\n🙈 Nobody sees it any more."
    )
    (row,) = await house.rows(Report, Report.id == report)
    assert row["hidden"] is True
    clerk = await official(house, "lighting")
    async with house.unchanged():
        await clerk.forges(f"mf:{report}:1")


async def test_a_long_text_is_shown_whole_and_fits(house: House, anna: Visitor) -> None:
    words = "A deep pothole. " + "It is very deep indeed & wide. " * 120
    await sent(anna, words[:3_900])
    team = await moderator(house)
    await begins(team)
    shown = [message.text for message in await team.sees()]
    assert words[:3_900].strip() in shown
    assert "✅ Publish" in await team.labels()
    assert max(map(len, shown)) <= 4_096
    await team.presses("✂️ Take words out")
    assert max(len(message.text) for message in await team.sees()) <= 4_096
    await team.presses("Cancel")
    await team.presses("💬 Write about it")
    await team.says("x" * 1_000)
    assert max(len(message.text) for message in await team.sees()) <= 4_096
