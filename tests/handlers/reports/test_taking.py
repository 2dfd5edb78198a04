"""Taking a report in the chat: in whatever order things come, one question at a time."""

import asyncio
from pathlib import Path

import pytest

from services.database import Database
from services.reports.models import Category, Report, ReportPhoto
from tests.clock import ManualClock
from tests.handlers.reports.town import HERE, OUTSIDE, WORDS, draft, published, sent
from tests.house import House, Visitor, house_of

PLACE = (
    "Where is it?\nPress “📍 I am here”, send any pin or place, or type the address: street and "
    "house."
)
LAW = (
    "A message to the city's services, not an official appeal under 59-FZ: that one goes through "
    "Gosuslugi, Solving Together."
)
CARD = (
    "Everybody will see this:\n\n🕳 Pothole\n📍 Leninsky District (roughly) · 54.5101, 36.2522\n\n"
    f"{WORDS}\n\n👤 {{author}} · ⏰ By December 2\n🏢 Roads department\n\n{LAW}"
)
MENU = ["💳 My card", "🎁 Rewards", "🧾 My receipts", "🏛 What to see"]


async def photos_of(house: House) -> list[dict[str, object]]:
    return await house.rows(ReportPhoto)


@pytest.fixture
async def guest(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular(name="Ivan Petrov")


async def test_words_a_place_and_send(house: House, guest: Visitor) -> None:
    assert (await guest.says("/report")).startswith("What is wrong?")
    assert await guest.says(WORDS) == PLACE
    assert await guest.keyboard() == ["📍 I am here", "🏙 The whole city", "💾 Later"]
    assert await guest.stands_at(*HERE) == CARD.format(author="Ivan P.")
    assert guest.news[0][1] == ("📍 Noted: Leninsky District (roughly) · 54.5101, 36.2522")
    assert (await guest.keyboard())[:4] == MENU
    assert await guest.labels() == [
        "✅ Send", "📷 Photo", "📍 Place", "🏷 Theme", "📝 Text", "🙈 Hide my name", "💾 Later",
        "⚖️ Official appeal", "🗑 Throw away",
    ]  # fmt: skip
    assert await guest.presses("✅ Send") == (
        "📨 Sent: № 1\nRoads department is to deal with it by December 2. A moderator looks at it "
        "first; I will write when something happens."
    )
    (report,) = await house.rows(Report)
    assert (report["state"], report["number"], report["text"]) == ("submitted", 1, WORDS)
    assert (report["lat"], report["lon"], report["anonymous"]) == (*HERE, False)


async def test_a_city_that_takes_no_reports(house: House, guest: Visitor) -> None:
    await house.change(Category, Category.active.is_(True), active=False)
    async with house.unchanged():
        assert await guest.says("/report") == "The city does not take reports here yet."
        assert await guest.labels() == []
    await guest.sends_file(b"|", picture=True)
    assert await guest.labels() == []


async def test_a_photo_first_and_the_theme_is_asked(guest: Visitor) -> None:
    await guest.says("/report")
    assert await guest.sends_file(b"hole", picture=True) == PLACE
    await guest.stands_at(*HERE)
    assert await guest.last() == "What is it about?"
    shown = await guest.presses("🕳 Pothole")
    assert shown.startswith("Everybody will see this:")
    assert "photo" in guest.shown[-1].raw


async def test_of_several_themes_three_are_offered(guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says("Rubbish under a tree beside the bus stop, and the lamp is dark")
    await guest.stands_at(*HERE)
    labels = await guest.labels()
    assert len(labels) == 4
    assert labels[3] == "Something else"
    await guest.presses("Something else")
    assert len(await guest.labels()) == 14


async def test_the_place_before_the_photo(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    assert (await guest.stands_at(*HERE)).startswith("What is wrong?")
    await guest.sends_file(b"hole", picture=True)
    assert await guest.last() == "What is it about?"
    (report,) = await house.rows(Report)
    assert report["lat"] == HERE[0]


async def test_a_typed_address_is_offered_as_known(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says(WORDS)
    assert await guest.says("kirova 5") == "Is this the place?"
    assert await guest.labels() == ["📍 улица Кирова, 5", "✍️ As I typed it"]
    await guest.presses("📍 улица Кирова, 5")
    (report,) = await house.rows(Report)
    assert (report["address"], report["lat"]) == ("улица Кирова, 5", None)


async def test_an_unknown_address_stays_in_ones_own_words(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says(WORDS)
    assert (await guest.says("behind grandma's shed")).startswith("I do not know the address")
    assert await guest.labels() == ["✍️ As I typed it", "📝 It says what is wrong"]
    await guest.presses("✍️ As I typed it")
    (report,) = await house.rows(Report)
    assert report["address"] == "behind grandma's shed"


async def test_what_is_wrong_may_be_said_while_a_place_is_asked(
    house: House, guest: Visitor
) -> None:
    await guest.says("/report")
    await guest.sends_file(b"hole", picture=True)
    assert await guest.says(WORDS) == f"📝 Noted what is wrong.\n\n{PLACE}"
    await guest.says("behind grandma's shed")
    await guest.presses("📝 It says what is wrong")
    (report,) = await house.rows(Report)
    assert (report["text"], report["address"]) == (f"{WORDS}\nbehind grandma's shed", None)


async def test_an_offer_of_places_that_is_over_changes_nothing(guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says(WORDS)
    await guest.says("kirova 5")
    message, data = await guest.finds("✍️ As I typed it")
    await guest.stands_at(*HERE)
    async with guest.house.unchanged():
        await guest.presses_data(message.id, data.replace("words", "2"))
    assert guest.toast == ""


async def test_the_whole_city(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says(WORDS)
    assert "📍 the whole city" in await guest.says("🏙 The whole city")
    (report,) = await house.rows(Report)
    assert report["citywide"] is True


async def test_the_same_place_as_last_time(house: House, guest: Visitor) -> None:
    await sent(guest)
    await guest.says("/report")
    await guest.says("The street lamp is dark")
    assert (await guest.keyboard())[1] == "↩️ Same place as last time"
    await guest.says("↩️ Same place as last time")
    _first, second = await house.rows(Report)
    assert (second["lat"], second["lon"]) == HERE


async def test_a_place_outside_the_city_keeps_the_draft(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says(WORDS)
    shown = await guest.stands_at(*OUTSIDE)
    assert shown.startswith("This place is outside the city")
    assert shown.endswith(PLACE)
    (report,) = await house.rows(Report)
    assert (report["text"], report["lat"]) == (WORDS, None)
    await guest.stands_at(*HERE)
    assert (await guest.labels())[0] == "✅ Send"


async def test_a_place_outside_does_not_replace_a_good_one(guest: Visitor) -> None:
    await draft(guest)
    await guest.stands_at(*OUTSIDE)
    assert [text for _kind, text in guest.news] == [
        "This place is outside the city, so its services cannot help there. Your draft is kept.",
        CARD.format(author="Ivan P."),
    ]


async def test_later_and_on_again_from_the_list(guest: Visitor) -> None:
    await draft(guest)
    assert await guest.presses("💾 Later") == (
        "Your draft is kept for 30 days and is not sent by itself. You find it under /report."
    )
    await guest.says("/report")
    assert await guest.labels() == ["✏️ 1 draft", "Cancel"]
    await guest.presses("✏️ 1 draft")
    assert await guest.labels() == [f"🕳 {WORDS} · November 22", "➕ New report"]
    await guest.presses("🕳")
    assert (await guest.labels())[0] == "✅ Send"


async def test_a_draft_survives_a_restart_between_any_two_steps(
    kaluga: Database, clock: ManualClock, tmp_path: Path
) -> None:
    async with house_of(kaluga, clock, tmp_path) as house:
        guest = await house.regular(name="Ivan Petrov")
        await guest.says("/report")
        account = guest.account
    steps = (
        lambda visitor: visitor.says(WORDS),
        lambda visitor: visitor.stands_at(*HERE),
        lambda visitor: visitor.presses("🙈 Hide my name"),
        lambda visitor: visitor.presses("✅ Send"),
    )
    shown = ""
    for step in steps:
        async with house_of(kaluga, clock, tmp_path) as house:
            shown = await step(Visitor(house, account))
    assert shown.startswith("📨 Sent: № 1")


async def test_every_part_can_be_changed_before_sending(house: House, guest: Visitor) -> None:
    await draft(guest)
    await guest.presses("📝 Text")
    await guest.says("A huge pothole in the road")
    await guest.presses("🏷 Theme")
    await guest.presses("🚶 Pavement or kerb")
    await guest.presses("📍 Place")
    await guest.says("🏙 The whole city")
    await guest.presses("📷 Photo")
    await guest.sends_file(b"hole", picture=True)
    shown = await guest.presses("🙈 Hide my name")
    assert shown.startswith(
        "Everybody will see this:\n\n🚶 Pavement or kerb\n📍 the whole city\n\n"
        "A huge pothole in the road\n\n👤 anonymous · ⏰ By December"
    )
    assert len(await photos_of(house)) == 1


async def test_throwing_a_draft_away_takes_its_photos(house: House, guest: Visitor) -> None:
    await draft(guest)
    await guest.sends_file(b"hole", picture=True)
    assert await guest.presses("🗑 Throw away") == "Throw this draft away, with its photos?"
    await guest.presses("« Back")
    await guest.presses("🗑 Throw away")
    assert await guest.presses("🗑 Yes, throw away") == "The draft is gone."
    (photo,) = await photos_of(house)
    assert (photo["original"], photo["public"], photo["removed"]) == (b"", b"", True)
    (report,) = await house.rows(Report)
    assert (report["state"], report["text"], report["lat"]) == ("withdrawn", "", None)
    await guest.says("/report")
    assert await guest.labels() == ["Cancel"]


async def test_two_taps_on_send_make_one_report(house: House, guest: Visitor) -> None:
    await draft(guest)
    message, data = await guest.finds("✅ Send")
    await asyncio.gather(guest.presses_data(message.id, data), guest.presses_data(message.id, data))
    (report,) = await house.rows(Report)
    assert (report["number"], report["state"]) == (1, "submitted")
    async with house.unchanged():
        assert await guest.forges(data, message.id) == (
            "№ 1 has been sent already, once is enough."
        )


@pytest.mark.parametrize("label", ["📍 Place", "🏷 Theme", "📝 Text", "🙈", "🗑", "📷 Photo"])
async def test_a_button_of_a_draft_after_sending(house: House, guest: Visitor, label: str) -> None:
    await draft(guest)
    message, data = await guest.finds(label)
    await guest.presses("✅ Send")
    async with house.unchanged():
        assert await guest.forges(data, message.id) == (
            "I cannot find that any more. It may be gone."
        )


async def test_nobody_elses_draft(house: House, guest: Visitor) -> None:
    await draft(guest)
    stranger = await house.regular()
    for label in ("✅ Send", "📍 Place", "⚖️ Official appeal", "🗑"):
        _message, data = await guest.finds(label)
        async with house.unchanged():
            assert await stranger.forges(data) == "I cannot find that any more. It may be gone."


async def test_the_text_for_an_official_appeal(guest: Visitor) -> None:
    await draft(guest)
    shown = await guest.presses("⚖️ Official appeal")
    assert shown.endswith(f"Here is your text for it:\n\nPothole\n54.51010, 36.25220\n{WORDS}")
    rows = guest.shown[-1].raw["reply_markup"]["inline_keyboard"]
    assert rows[0][0]["copy_text"]["text"] == f"Pothole\n54.51010, 36.25220\n{WORDS}"
    assert rows[1][0]["url"] == "https://pos.gosuslugi.ru"


async def test_a_long_text_stands_below_the_photo(guest: Visitor) -> None:
    await guest.says("/report")
    await guest.sends_file(b"hole", picture=True)
    await guest.says("A pothole. " * 200)
    await guest.stands_at(*HERE)
    photo, words = guest.shown[-2:]
    assert ("photo" in photo.raw, photo.text) == (True, "")
    assert ("photo" in words.raw, words.text[:9]) == (False, "Everybody")


async def test_more_than_may_be_sent_in_a_day(house: House, guest: Visitor) -> None:
    house.rule("civic", reports_per_day=1)
    await sent(guest)
    await draft(guest, "The lamp is dark")
    async with house.unchanged():
        assert (await guest.presses("✅ Send")).startswith("You have sent 1 report today")


async def test_one_more_nearby_keeps_the_place(house: House, guest: Visitor) -> None:
    await sent(guest)
    assert (await guest.presses("➕ One more nearby")).startswith("📍 The same place: Leninsky")
    await guest.says("The street lamp is dark, no light")
    _first, second = await house.rows(Report)
    assert (second["lat"], second["lon"]) == HERE
    assert (await guest.labels())[0] == "✅ Send"


async def test_what_cannot_be_part_of_a_report(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    async with house.unchanged():
        assert (await guest.sends_file(b"problem:heic")).startswith("This file is in the format")
        assert (await guest.sends_file(b"problem:not_an_image")).startswith("I can only take")
        assert (await guest.sends_file(b"fault:busy")).startswith("So many photos")


async def test_the_camera_s_place_is_only_offered(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says(WORDS)
    await guest.sends_file(b"place:54.5101,36.2522", name="original.jpg")
    (report,) = await house.rows(Report)
    assert report["lat"] is None
    asked = "Your photo's file says where it was taken; nobody but you knows. Is it there?"
    assert asked in [text for _kind, text in guest.news]
    await guest.presses("Yes, it is there")
    (report,) = await house.rows(Report)
    assert (report["lat"], report["lon"]) == HERE


async def test_the_camera_s_place_can_be_declined(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says(WORDS)
    await guest.sends_file(b"place:54.5101,36.2522", name="original.jpg")
    assert await guest.presses("No, somewhere else") == PLACE
    (report,) = await house.rows(Report)
    assert report["lat"] is None


async def test_the_deleted_member_leaves_no_draft(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.sends_file(b"hole", picture=True)
    await guest.says(WORDS)
    await guest.says("/privacy")
    await guest.presses("🗑 Delete")
    await guest.presses("Yes, delete")
    assert [row for row in await house.rows(Report) if row["text"] == WORDS] == []
    assert [row for row in await photos_of(house) if row["original"]] == []


async def test_a_report_of_a_deleted_member_is_nobodys(house: House, guest: Visitor) -> None:
    report = await published(house, guest)
    await guest.says("/privacy")
    await guest.presses("🗑 Delete")
    await guest.presses("Yes, delete")
    (row,) = await house.rows(Report, Report.id == report)
    assert (row["author_id"], row["state"]) == (None, "open")
