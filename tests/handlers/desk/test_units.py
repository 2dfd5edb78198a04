"""A unit's officials: what is theirs, what they promise, and what they show when it is done."""

import pytest

from handlers.chat.desk.answers import read_day, read_number
from services.civic.models import CivicEvent
from services.members.roles import Role
from services.reports.models import Report, ReportNote, ReportPhoto
from services.reports.states import Verb
from tests.handlers.desk.office import moderator, official, opens, told
from tests.handlers.reports.town import WORDS, decides, published, sent, state_of
from tests.house import House, Visitor

OPEN = (
    "🕳 Pothole · № 1\n"
    "📢 Published, since Nov 22, 12:00\n"
    "📍 Leninsky District (roughly) · 54.5101, 36.2522\n"
    f"{WORDS}\n"
    "👤 Everybody sees: Anna K.\n"
    "🏢 Roads department\n"
    "⏰ By December 2"
)


@pytest.fixture
async def anna(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular(name="Anna Kern")


async def takes(person: Visitor, number: int = 1) -> None:
    await opens(person, number)
    await person.presses("🙋 We take it")


async def test_an_official_is_invited_and_finds_the_desk(house: House, anna: Visitor) -> None:
    await published(house, anna)
    person = await official(house)
    assert await person.says("/staff") == (
        "The desk\nWhat citizens have reported, and what waits for you."
    )
    assert await person.labels() == ["📥 To do: 1", "№ A report by its number"]
    assert await person.presses("📥 To do") == (
        "📥 To do\nWhat waits for your unit, the nearest day first."
    )
    assert await person.labels() == ["📢 № 1 · December 2 · 🕳 Pothole", "« Desk"]
    assert await person.presses("📢 № 1") == OPEN
    assert await person.labels() == [
        "🙋 We take it", "➡️ Pass on", "🔗 It is there already", "🔎 Similar ones", "🕓 History",
        "💬 Write about it", "🏷 Another theme", "📥 The list", "« Desk",
    ]  # fmt: skip


async def test_taken_begun_and_fixed_with_a_photo(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    person = await official(house)
    await opens(person, 1)
    assert await person.presses("🙋 We take it") == (
        "🕳 Pothole · № 1\n👤 Somebody is on it\n⏰ By December 2\nThe author hears of this."
    )
    assert await person.labels() == [
        "🔧 Work has begun", "🗓 Plan a day", "📷 Fixed", "📥 The list", "« Back", "« Desk",
    ]  # fmt: skip
    await person.presses("« Back")
    assert "🙋 You are on it" in await person.last()
    await person.presses("🔧 Work has begun")
    assert await state_of(house, report) == "in_progress"
    assert await person.presses("📷 Fixed") == (
        "Send a photo of how it looks now. Words under it are shown to everybody. Without a photo "
        "it cannot be marked as fixed."
    )
    async with house.unchanged():
        assert (await person.says("It is really fixed!")).startswith("Send a photo")
    assert await person.photographs("after") == (
        "🕳 Pothole · № 1\n✅ Fixed, citizens are asked\n"
        "The author and everybody who follows it hear of this.\n"
        "They are asked whether it is really fixed."
    )
    assert await state_of(house, report) == "fixed"
    (photo,) = await house.rows(ReportPhoto)
    assert (photo["kind"], photo["shown"]) == ("after", True)
    assert (await told(house, anna))[-1].endswith("Is it?")


async def test_a_picture_that_cannot_be_read_fixes_nothing(house: House, anna: Visitor) -> None:
    await published(house, anna)
    person = await official(house)
    await takes(person)
    await person.presses("« Back")
    await person.presses("📷 Fixed")
    async with house.unchanged():
        answer = await person.sends_file(b"problem:not_an_image")
        assert answer == "I can only take photos here. Please send a photo of the problem."
    await person.photographs("after")
    assert len(await house.rows(ReportPhoto)) == 1


async def test_planned_for_a_day(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    person = await official(house)
    await takes(person)
    await person.presses("« Back")
    assert (await person.presses("🗓 Plan a day")).startswith("Until when will it be done?")
    assert await person.labels() == [
        "3 days: November 25", "7 days: November 29", "14 days: December 6", "30 days: December 22",
        "✍️ Another day", "« Back",
    ]  # fmt: skip
    await person.presses("✍️ Another day")
    async with house.unchanged():
        for nonsense in ("soon", "31.2.2027", "21.11.2026", "99.99"):
            assert (await person.says(nonsense)) == (
                "That is no day ahead.\nType the day, for example: 06.01.2027"
            )
    await told(house, anna)
    house.clock.advance(days=1)
    await opens(person, 1)
    await person.presses("🗓 Plan a day")
    await person.presses("✍️ Another day")
    await person.says("1.2")
    assert await person.presses("It can only be done in season") == (
        "🕳 Pothole · № 1\n🗓 Planned\n⏰ By February 1, 2027\nThe author hears of this."
    )
    (row,) = await house.rows(Report, Report.id == report)
    assert row["due_at"].isoformat() == "2027-02-01T20:59:00+00:00"
    assert await told(house, anna) == [
        "🕳 Pothole · № 1\n🗓 It is planned until February 1: it can only be done in season."
    ]


async def test_a_day_on_a_forged_button_must_lie_ahead(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    person = await official(house)
    await takes(person)
    yesterday = house.clock.now().date().toordinal() - 1
    async with house.unchanged():
        for ordinal in (yesterday, 1, 2**31 - 1):
            await person.forges(f"mw:{report}:schedule:assigned:season:{ordinal}")
            assert await person.last() == "Planned work needs a day that lies ahead."


async def test_it_cannot_be_fixed(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    person = await official(house)
    await takes(person)
    await person.presses("« Back")
    await person.presses("⛔ Cannot be fixed")
    await person.presses("✍️ In my own words")
    await person.says("The road belongs to the railway.")
    assert await state_of(house, report) == "unfixable"
    (event,) = await house.rows(CivicEvent, CivicEvent.verb == "give_up")
    assert event["reason"] == "The road belongs to the railway."
    team = await moderator(house)
    await opens(team, 1)
    await team.presses("🔁 Open again")
    await team.presses("We have looked once more")
    assert await state_of(house, report) == "reopened"


async def test_another_unit_may_not(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    await decides(house, report, Verb.ASSIGN)
    stranger = await official(house, "parks")
    async with house.unchanged():
        for forged in (
            f"mc:{report}:1", f"ma:{report}:start:assigned", f"ma:{report}:fix:assigned",
            f"mw:{report}:give_up:assigned:no_money:0", f"ml:{report}:take", f"ml:{report}:over",
            f"ml:{report}:free", f"ms:{report}", f"mg:{report}:history", f"mt:{report}:2",
            f"mj:{report}:0:urban", f"mu:{report}", f"mr:{report}:0", "mq:new:0",
        ):  # fmt: skip
            await stranger.forges(forged)
        await stranger.says("/staff")
        assert await stranger.labels() == ["📥 To do: 0", "№ A report by its number"]
        await stranger.presses("№ A report by its number")
        assert "Pothole" not in await stranger.says("1")


async def test_an_official_of_no_unit_any_more_may_not(house: House, anna: Visitor) -> None:
    from services.members.models import RoleGrant  # noqa: PLC0415

    report = await published(house, anna)
    person = await official(house)
    await takes(person)
    await person.presses("« Back")
    message, data = await person.finds("🔧 Work has begun")
    await house.change(RoleGrant, RoleGrant.role == Role.OFFICIAL, revoked_at=house.clock.now())
    async with house.unchanged():
        await person.presses_data(message.id, data)
    assert await state_of(house, report) == "assigned"


async def test_colleagues_do_not_work_in_vain(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    one, other = await official(house, name="Oleg Ivanov"), await official(house, name="Petr Pen")
    await takes(one)
    assert "🙋 O. I. is on it" in await opens(other, 1)
    assert "🔧 Work has begun" not in await other.labels()
    async with house.unchanged():
        assert await other.forges(f"ml:{report}:take") == (
            "A colleague is on it. Take it over first if you are to do it."
        )
        await other.forges(f"ma:{report}:start:assigned")
    assert "🙋 You are on it" in await other.presses("🔄 Take over from O. I.")
    assert "🔧 Work has begun" in await other.labels()
    await other.says("/staff")
    assert "🙋 Mine: 1" in await other.labels()
    await other.presses("🙋 Mine")
    await other.presses("👤 № 1")
    assert "🙋" not in await other.presses("✋ Let go of it")
    await opens(one, 1)
    assert "🙋 You are on it" in await one.presses("🙋 I will do it")


async def test_passed_on_within_the_city_and_outside(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    person, parks = await official(house), await official(house, "parks")
    await opens(person, 1)
    await person.presses("➡️ Pass on")
    labels = await person.labels()
    assert labels[0] == "Street lighting"
    assert "Roads department" not in labels
    assert labels[-2:] == ["🏛 Somebody outside the city's services", "« Back"]
    await person.presses("Parks and trees")
    await person.presses("Another service is responsible")
    assert await state_of(house, report) == "referred"
    assert await told(house, parks) == [
        "🕳 Pothole · № 1\n📥 This has been given to your unit.\n⏰ By December 2"
    ]
    await parks.presses("Show it")
    await parks.presses("🙋 We take it")
    assert await state_of(house, report) == "assigned"
    await parks.presses("« Back")
    await parks.presses("➡️ Pass on")
    await parks.presses("🏛 Somebody outside")
    await parks.presses("The region is responsible")
    assert await state_of(house, report) == "referred"


async def test_a_moderator_hands_it_to_a_unit(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    lamps = await official(house, "lighting")
    team = await moderator(house)
    await opens(team, 1)
    await team.presses("👤 Hand to a unit")
    assert (await team.labels())[0] == "✓ Roads department"
    await team.presses("Street lighting")
    assert await state_of(house, report) == "assigned"
    assert len(await told(house, lamps)) == 1
    assert "🏢 Street lighting" in await opens(team, 1)


async def test_handed_over_within_the_unit_needs_a_reason(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    person = await official(house)
    await takes(person)
    await person.presses("« Back")
    await person.presses("🔧 Work has begun")
    await person.presses("« Back")
    await person.presses("👥 Hand over")
    await person.presses("✓ Roads department")
    await person.presses("A colleague takes over")
    (row,) = await house.rows(Report, Report.id == report)
    assert (row["state"], row["official_id"]) == ("assigned", None)


async def test_what_is_late_and_very_late(house: House, anna: Visitor) -> None:
    await published(house, anna)
    head, other = await official(house), await official(house)
    house.clock.advance(days=11)
    await head.says("/staff")
    assert "⏰ Late: 1" in await head.labels()
    assert "🔴 Very late: 1" not in await head.labels()
    house.clock.advance(days=11)
    await head.says("/staff")
    assert await head.labels() == [
        "📥 To do: 1", "⏰ Late: 1", "🔴 Very late: 1", "№ A report by its number",
    ]  # fmt: skip
    await head.presses("🔴 Very late")
    assert (await head.labels())[0] == "⏰ № 1 · December 2 · 🕳 Pothole"
    await other.says("/staff")
    assert "🔴 Very late: 1" not in await other.labels()


async def test_a_long_list_has_pages(house: House, anna: Visitor) -> None:
    house.rule("civic", reports_per_day=30)
    for n in range(9):
        await published(house, anna, f"Pothole {n}", (54.48 + n * 0.01, 36.25))
    person = await official(house)
    await person.says("/staff")
    await person.presses("📥 To do: 9")
    assert len(await person.labels()) == 10
    await person.presses("»")
    assert len(await person.labels()) == 3
    await person.presses("«")
    assert len(await person.labels()) == 10


async def test_a_word_without_a_move(house: House, anna: Visitor) -> None:
    await published(house, anna)
    person = await official(house)
    await opens(person, 1)
    assert "everybody reads it" in await person.presses("💬 Write about it")
    shown = await person.says("We have been there and measured it.")
    assert shown.endswith("💬 official, Nov 22, 12:00: We have been there and measured it.")
    assert [note["public"] for note in await house.rows(ReportNote)] == [True]


async def test_the_authors_name_is_hidden_where_it_is_hidden_from_everybody(
    house: House, anna: Visitor
) -> None:
    report = await sent(anna)
    await house.change(Report, Report.id == report, anonymous=True)
    await decides(house, report, Verb.OPEN)
    person = await official(house)
    assert "👤 Everybody sees: anonymous" in await opens(person, 1)
    assert "A. K." not in await person.last()


async def test_news_for_the_unit(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    person = await official(house)
    await takes(person)
    await person.presses("« Back")
    await person.presses("📷 Fixed")
    await person.photographs("after")
    house.clock.advance(days=1)
    await told(house, anna)
    await anna.presses("👍 Yes, fixed")
    await anna.photographs("it is")
    assert await state_of(house, report) == "confirmed"
    assert await told(house, person) == [
        "🕳 Pothole · № 1\n🎉 Citizens say that it is really fixed. Thank you!"
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1.12", "2026-12-01"), ("22.11", "2026-11-22"), ("21.11", "2027-11-21"),
        ("1/2/27", "2027-02-01"), (" 5 - 3 - 2027 ", "2027-03-05"), ("2027-03-05", "2027-03-05"),
        ("29.2", None), ("31.11", None), ("tomorrow", None), ("1", None), ("1.1.1.1", None),
    ],
)  # fmt: skip
async def test_days_as_people_write_them(house: House, text: str, day: str | None) -> None:
    found = read_day(text, house.clock.now().date())
    assert (found.isoformat() if found else None) == day


def test_numbers_as_people_write_them() -> None:
    assert [read_number(text) for text in ("№ 12", "#7", "x", "1" * 12, "")] == [12, 7, 0, 0, 0]


async def test_an_album_is_one_fix_with_all_its_photos(house: House, anna: Visitor) -> None:
    report = await published(house, anna)
    person = await official(house)
    await takes(person)
    await person.presses("« Back")
    await person.presses("📷 Fixed")
    await person.sends_file(b"one", picture=True, album="album-0001")
    async with house.unchanged(ReportPhoto, Report):
        for part in (b"two", b"problem:heic", b"three"):
            await person.sends_file(part, picture=True, album="album-0001")
            assert person.news == []
    assert await state_of(house, report) == "fixed"
    photos = await house.rows(ReportPhoto)
    assert [(each["kind"], each["shown"]) for each in photos] == [("after", True)] * 3
    receipt = await person.photographs(house.receipt(1000))
    assert "points for 1,000 ₽" in receipt
