"""A report on Telegram: albums, changed captions, places of every sort, and who blocks the bot."""

import io

import pytest
from PIL import Image

from services.members.models import Identity
from services.members.roles import Role
from services.reports import moves
from services.reports.models import Report, ReportPhoto
from services.reports.states import Verb
from tests.channels.app.phone import OnTelegram
from tests.channels.app.process import Process
from tests.fake_telegram import FakeTelegram
from tests.handlers.reports.town import HERE, WORDS

PLACE = "Where is it?"


def picture(shade: str) -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (40, 30), shade).save(packed, "JPEG")
    return packed.getvalue()


RED, GREEN, BLUE = picture("red"), picture("green"), picture("blue")


@pytest.fixture
async def anna(fake: FakeTelegram, process: Process) -> OnTelegram:
    process.house.keeps_pictures()
    person = OnTelegram(fake, fake.person(12, "Anna", "en"), "en")
    await person.joins()
    return person


async def reports_of(process: Process) -> list[dict[str, object]]:
    return await process.house.rows(Report)


async def test_three_actions(anna: OnTelegram, process: Process) -> None:
    await anna.says("/report")
    await anna.person.sends_photo(RED, WORDS)
    assert anna.last.startswith(PLACE)
    keys = anna.person.account.keyboard
    assert keys is not None
    assert keys["keyboard"][0] == [{"text": "📍 I am here", "request_location": True}]
    assert keys["input_field_placeholder"] == "Street, house"
    await anna.person.shares_location(*HERE)
    await anna.presses("✅ Send")
    (report,) = await reports_of(process)
    assert (report["state"], report["text"]) == ("submitted", WORDS)
    (photo,) = await process.house.rows(ReportPhoto)
    assert photo["source_key"] == "telegram:" + str(photo["source_key"]).partition(":")[2]


async def test_an_album_is_answered_once_with_its_caption(
    anna: OnTelegram, process: Process
) -> None:
    await anna.says("/report")
    before = len(anna.texts)
    await anna.person.sends_album([RED, GREEN, BLUE], WORDS)
    assert len(anna.texts) == before + 1
    assert anna.last.startswith(PLACE)
    assert len(await process.house.rows(ReportPhoto)) == 3
    await anna.person.sends_album([RED, GREEN], late=1)
    assert len(anna.texts) == before + 2
    assert len(await process.house.rows(ReportPhoto)) == 5


async def test_an_album_outside_of_a_dialogue(anna: OnTelegram, process: Process) -> None:
    before = len(anna.texts)
    await anna.person.sends_album([RED, GREEN], WORDS)
    assert len(anna.texts) == before + 1
    await anna.presses("🏙 It is a problem in the city")
    assert len(await process.house.rows(ReportPhoto)) == 2
    (report,) = await reports_of(process)
    assert report["text"] == WORDS


async def test_a_changed_caption_changes_the_draft(anna: OnTelegram, process: Process) -> None:
    await anna.says("/report")
    update = await anna.person.sends_photo(RED, "A pothole")
    await anna.says("and the light is off")
    await anna.person.edits(update, "Two potholes")
    (report,) = await reports_of(process)
    assert str(report["text"]).startswith("Two potholes")
    assert anna.last.startswith("I have changed the words, too.")
    await anna.person.edits(update, "")
    (report,) = await reports_of(process)
    assert "potholes" not in str(report["text"])


async def test_a_changed_caption_before_it_is_a_report(anna: OnTelegram, process: Process) -> None:
    update = await anna.person.sends_photo(RED, "A hole")
    before = anna.texts
    await anna.person.edits(update, WORDS)
    assert anna.texts == before
    await anna.presses("🏙 It is a problem in the city")
    (report,) = await reports_of(process)
    assert report["text"] == WORDS


async def test_a_changed_text_changes_the_draft(anna: OnTelegram, process: Process) -> None:
    await anna.says("/report")
    update = await anna.says("A pothole")
    await anna.person.edits(update, WORDS)
    (report,) = await reports_of(process)
    assert report["text"] == WORDS


async def test_a_caption_that_changes_after_sending_offers_the_change(
    anna: OnTelegram, process: Process
) -> None:
    await anna.says("/report")
    update = await anna.person.sends_photo(RED, WORDS)
    await anna.person.shares_location(*HERE)
    await anna.presses("✅ Send")
    await anna.person.edits(update, "Another text")
    assert anna.last == "Report № 1 has been sent. You can still change it:"
    (report,) = await reports_of(process)
    assert report["text"] == WORDS
    process.house.clock.advance(minutes=15)
    await anna.person.edits(update, "Yet another text")
    assert anna.last == "Report № 1 has been sent, so its words stay."


async def test_other_changed_messages_are_not_answered(anna: OnTelegram) -> None:
    update = await anna.says("/card")
    before = anna.texts
    await anna.person.edits(update, "/rewards")
    assert anna.texts == before


async def test_a_live_location_is_taken_once(anna: OnTelegram, process: Process) -> None:
    await anna.says("/report")
    await anna.says(WORDS)
    update = await anna.person.shares_location(*HERE, live=900)
    assert any("I do not follow you" in text for text in anna.texts)
    before = anna.texts
    await anna.person.moves_on(update, HERE[0] + 0.01, HERE[1])
    assert anna.texts == before
    (report,) = await reports_of(process)
    assert (report["lat"], report["lon"]) == HERE


async def test_a_forwarded_location_and_a_venue(anna: OnTelegram, process: Process) -> None:
    await anna.says("/report")
    await anna.says(WORDS)
    await anna.person.shares_location(*HERE, forwarded=True)
    (report,) = await reports_of(process)
    assert (report["lat"], report["address"]) == (HERE[0], None)
    await anna.person.shares_venue(*HERE, "Theatre", "Teatralnaya 36")
    (report,) = await reports_of(process)
    assert report["address"] == "Theatre, Teatralnaya 36"


async def test_a_location_in_a_group_is_nobodys(anna: OnTelegram, process: Process) -> None:
    await anna.says("/report")
    await anna.says(WORDS)
    before = anna.texts
    await anna.person.locates_in_a_group(*HERE)
    assert anna.texts == before
    (report,) = await reports_of(process)
    assert report["lat"] is None


async def test_a_voice_and_a_video(anna: OnTelegram) -> None:
    await anna.says("/report")
    await anna.person.says_nothing("voice")
    assert anna.last.startswith("I cannot listen yet.")
    await anna.person.says_nothing("video")
    assert anna.last.startswith("I cannot watch videos yet.")


async def test_news_for_somebody_who_blocked_the_bot(anna: OnTelegram, process: Process) -> None:
    house = process.house
    await anna.says("/report")
    await anna.says(WORDS)
    await anna.person.shares_location(*HERE)
    await anna.presses("✅ Send")
    await anna.person.blocks_bot()
    moderator = await (await house.regular(role=Role.MODERATOR, venue=None)).member_id()
    (report,) = await reports_of(process)
    async with house.database.transaction() as tx:
        await moves.move(
            tx, house.city, int(str(report["id"])), Verb.CLARIFY, by=moderator,
            reason="where_exactly", now=house.clock.now(),
        )  # fmt: skip
    process.app.delivery.wake()
    await process.settled()
    (identity,) = await house.rows(Identity, Identity.external_id == "12")
    assert identity["blocked_at"] is not None
    (report,) = await reports_of(process)
    assert report["state"] == "clarify"
    await anna.person.unblocks_bot()
    await anna.says("/report")
    assert anna.last.startswith("What is wrong?")
