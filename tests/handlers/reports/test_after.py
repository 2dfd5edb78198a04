"""After sending: the list, the one live card, changes, answers, and what is personal."""

import pytest

from handlers.chat.reports.buttons import Erase
from services.civic.models import Support
from services.members.roles import Role
from services.reports.models import Report, ReportNote, ReportPhoto
from services.reports.states import Verb
from tests.handlers.reports.town import WORDS, decides, fixed, published, sent, state_of
from tests.house import House, Visitor


@pytest.fixture
async def guest(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular(name="Ivan Petrov")


async def test_the_list_and_the_card_are_one_message(guest: Visitor) -> None:
    await sent(guest)
    await guest.says("🏙 Problems in the city")
    kinds = []
    for label in ("📋 My reports", "📨 № 1", "« My reports"):
        await guest.presses(label)
        kinds.append([kind for kind, _text in guest.news])
    assert kinds == [["edited"], ["edited"], ["edited"]]


async def test_nothing_reported_yet(guest: Visitor) -> None:
    await guest.says("🏙 Problems in the city")
    assert await guest.presses("📋 My reports") == "You have not reported anything yet."


async def test_a_page_is_not_all(house: House, guest: Visitor) -> None:
    house.rule("civic", reports_per_day=30)
    for n in range(9):
        await sent(guest, f"Pothole number {n}", (54.48 + n * 0.01, 36.25))
    await guest.says("🏙 Problems in the city")
    await guest.presses("📋 My reports")
    assert len(await guest.labels()) == 10
    await guest.presses("Older")
    assert await guest.labels() == ["📨 № 1 · 🕳 Pothole", "Newer", "➕ New report"]


async def test_the_text_can_be_changed_for_some_minutes(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    assert (await guest.presses("📝 Change the text")).startswith("Please write the text once")
    assert (await guest.says("A pothole, and it grows")).startswith("✅ Changed.")
    (row,) = await house.rows(Report, Report.id == report)
    assert row["text"] == "A pothole, and it grows"
    message, data = await guest.finds("📝 Change the text")
    house.clock.advance(minutes=15)
    async with house.unchanged():
        assert (await guest.forges(data, message.id)).startswith("This cannot be changed")


async def test_words_that_come_too_late_change_nothing(house: House, guest: Visitor) -> None:
    await sent(guest)
    await guest.presses("📝 Change the text")
    house.clock.advance(minutes=15)
    async with house.unchanged():
        await guest.says("Too late")


async def test_an_album_is_added_and_the_next_photo_is_a_receipt(
    house: House, guest: Visitor
) -> None:
    report = await sent(guest)
    await guest.presses("📷 Add a photo")
    await guest.sends_file(b"|one", picture=True, album="album-0001")
    assert guest.news[0][1].startswith("📷 Added.")
    await guest.sends_file(b"|two", picture=True, album="album-0001")
    assert guest.news == []
    assert len(await house.rows(ReportPhoto, ReportPhoto.report_id == report)) == 2
    await guest.photographs(house.receipt())
    assert guest.news[0][1].startswith("✅ +")
    assert len(await house.rows(ReportPhoto)) == 2


async def test_a_photo_of_another_day_is_not_added(house: House, guest: Visitor) -> None:
    await sent(guest)
    await guest.presses("📷 Add a photo")
    house.clock.advance(days=1, seconds=1)
    assert (await guest.sends_file(b"|", picture=True)).startswith("That was a while ago")
    assert await house.rows(ReportPhoto) == []
    await guest.photographs(house.receipt())
    assert guest.news[0][1].startswith("✅ +")


async def test_taking_back_is_asked_once(house: House, guest: Visitor) -> None:
    report = await published(house, guest)
    async with house.unchanged():
        assert await guest.presses("↩️ Take back") == (
            "Take back № 1? Nobody outside the city's team will see its text, place and photos "
            "any more, and nobody will work on it. Its number and theme stay."
        )
    assert await guest.presses("↩️ Yes, take it back") == "№ 1 is taken back."
    assert await state_of(house, report) == "withdrawn"


async def test_who_supports_it_hears_that_it_is_taken_back(house: House, guest: Visitor) -> None:
    await published(house, guest)
    neighbour = await house.regular(name="Olga")
    await neighbour.says("/report 1")
    await neighbour.presses("👍 Support")
    await guest.presses("↩️ Take back")
    await guest.presses("↩️ Yes, take it back")
    neighbour.hushed()
    await house.deliver()
    assert [text for _kind, text in neighbour.news] == [
        "🕳 Pothole · № 1\n↩️ Its author has taken it back, so nobody works on it. Is it still in "
        "your way? Then report it yourself."
    ]
    assert await neighbour.labels() == ["➕ New report"]
    assert await neighbour.says("/report 1") == (
        "🕳 Pothole · № 1\n↩️ Taken back\nIts author has taken it back, so there is no more."
    )
    assert "🚩 Should not be public" not in await neighbour.labels()


async def test_what_is_personal_goes_at_any_time(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.sends_file(b"hole", picture=True)
    report = await sent(guest, "A pothole. Call Anna 123")
    await decides(house, report, Verb.OPEN)
    house.clock.advance(days=3)
    await guest.presses("📋 My reports")
    await guest.presses("📢 № 1")
    await guest.presses("🧹 Remove what is personal")
    await guest.presses("✂️ Some words")
    async with house.unchanged():
        assert (await guest.says("Berta")).startswith("I do not find these words")
    await guest.says("Call Anna 123")
    (row,) = await house.rows(Report, Report.id == report)
    assert row["text"] == "A pothole."
    await guest.presses("🧹 Remove what is personal")
    assert "📷 All my photos" not in await guest.labels()
    await guest.presses("👤 My name")
    (row,) = await house.rows(Report, Report.id == report)
    assert row["anonymous"] is True
    await guest.presses("🧹 Remove what is personal")
    await guest.presses("📝 The whole text")
    (row,) = await house.rows(Report, Report.id == report)
    assert row["text"] == ""


async def test_photos_go_for_good(house: House, guest: Visitor) -> None:
    await sent(guest)
    await guest.presses("📷 Add a photo")
    await guest.sends_file(b"hole", picture=True)
    await guest.presses("🧹 Remove what is personal")
    said = await guest.presses("📷 All my photos")
    assert said.startswith("Your photos are gone for good.")
    (photo,) = await house.rows(ReportPhoto)
    assert (photo["original"], photo["public"]) == (b"", b"")


async def test_the_photo_that_proves_the_fix_is_not_the_authors_to_remove(
    house: House, guest: Visitor
) -> None:
    report = await fixed(house, guest)
    await guest.presses("📋 My reports")
    await guest.presses("✅ № 1")
    await guest.presses("🧹 Remove what is personal")
    assert "📷 All my photos" not in await guest.labels()
    async with house.unchanged():
        await guest.forges(Erase(report=report, what="photos").pack())
    (photo,) = await house.rows(ReportPhoto)
    assert (photo["kind"], photo["original"], photo["removed"]) == ("after", b"after", False)


async def test_a_question_is_answered(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await decides(house, report, Verb.CLARIFY, reason="where_exactly")
    await house.deliver()
    assert (await guest.last()).endswith(
        "❓ A moderator has a question about your report: where exactly is it?"
    )
    await guest.presses("💬 Answer")
    assert (await guest.says("Opposite the school")).startswith("Thank you! A moderator")
    assert await state_of(house, report) == "submitted"
    notes = await house.rows(ReportNote)
    assert ("Opposite the school", False) in [(note["text"], note["public"]) for note in notes]


async def test_a_photo_is_an_answer(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await decides(house, report, Verb.CLARIFY, reason="photo_unclear")
    await house.deliver()
    await guest.presses("💬 Answer")
    await guest.sends_file(b"better", picture=True)
    assert await state_of(house, report) == "submitted"
    assert len(await house.rows(ReportPhoto)) == 1


async def test_an_answer_after_the_question_was_withdrawn(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await decides(house, report, Verb.CLARIFY, reason="where_exactly")
    await house.deliver()
    await guest.presses("💬 Answer")
    await decides(house, report, Verb.DECLINE, reason="nothing_there")
    async with house.unchanged():
        assert (await guest.says("There!")).startswith("The report has moved on")


async def test_a_refusal_can_be_objected_to(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await decides(house, report, Verb.DECLINE, reason="nothing_there")
    await house.deliver()
    assert (await guest.last()).endswith("🚫 It was declined: nothing of the kind was found there.")
    assert await guest.labels() == ["🙏 Please look again", "Show it"]
    shown = await guest.presses("Show it")
    assert "Why: nothing of the kind was found there" in shown
    assert (
        "Did we overlook something? Press “🙏 Please look again” and say what: a moderator looks "
        "once more."
    ) in shown
    await guest.presses("🙏 Please look again")
    assert (await guest.says("It is behind the fence")).startswith("Thank you! A moderator")
    assert await state_of(house, report) == "submitted"


async def test_the_words_of_an_objection_stand_on_the_card(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await decides(house, report, Verb.DECLINE, reason="nothing_there")
    await house.deliver()
    await guest.presses("🙏 Please look again")
    await guest.says("It is behind the fence")
    await guest.presses("« My reports")
    shown = await guest.presses("📨 № 1")
    assert "🙏 You asked us to look again: It is behind the fence" in shown
    assert "Why:" not in shown
    team = await house.regular(role=Role.MODERATOR, venue=None)
    await team.forges(f"mc:{report}:0")
    assert "🔒 author, Nov 22, 12:00: It is behind the fence" in await team.last()
    await team.presses("🕓 History")
    assert (await team.last()).endswith("asked to look again (author): said in person")
    await decides(house, report, Verb.OPEN)
    assert "It is behind the fence" not in await guest.forges(f"pv:{report}")


async def test_yes_it_is_fixed_without_a_photo(house: House, guest: Visitor) -> None:
    report = await fixed(house, guest)
    await house.deliver()
    assert (await guest.last()).endswith("✅ The city says that it is fixed. Is it?")
    async with house.unchanged():
        await guest.presses("👍 Yes, fixed")
    shown = await guest.presses("👍 Confirm without a photo")
    assert shown == "🎉 Thank you! № 1 is fixed, and everybody sees that.\nYou get 5 merits."
    assert await state_of(house, report) == "confirmed"


async def test_the_page_asks_too_but_only_who_may_answer(house: House, guest: Visitor) -> None:
    report = await fixed(house, guest)
    await guest.forges(f"pv:{report}")
    assert (await guest.labels())[:2] == ["👍 Yes, fixed", "👎 No"]
    stranger = await house.regular()
    await stranger.forges(f"pv:{report}")
    assert "👍 Yes, fixed" not in await stranger.labels()


async def test_yes_with_a_photo_brings_more(house: House, guest: Visitor) -> None:
    await fixed(house, guest)
    await house.deliver()
    await guest.presses("👍 Yes, fixed")
    assert (await guest.sends_file(b"smooth", picture=True)).endswith("You get 8 merits.")
    (after, photo) = await house.rows(ReportPhoto, ReportPhoto.kind == "after")
    assert photo["member_id"] == await guest.member_id()
    assert after["member_id"] != photo["member_id"]


async def test_no_with_a_photo_opens_it_again(house: House, guest: Visitor) -> None:
    report = await fixed(house, guest)
    await house.deliver()
    await guest.presses("👎 No")
    await guest.sends_file(b"|still", picture=True, album="album-0001")
    assert (await guest.last()).startswith("№ 1 is open again")
    await guest.sends_file(b"|there", picture=True, album="album-0001")
    assert guest.news == []
    assert await state_of(house, report) == "reopened"
    assert len(await house.rows(ReportPhoto, ReportPhoto.kind == "before")) == 2


@pytest.mark.parametrize(("label", "kind"), [("👍 Yes, fixed", "after"), ("👎 No", "before")])
async def test_a_supporters_album_is_kept_as_a_whole(
    house: House, guest: Visitor, label: str, kind: str
) -> None:
    report = await published(house, guest)
    neighbour = await house.regular()
    await neighbour.forges(f"pu:{report}:1")
    await decides(house, report, Verb.ASSIGN)
    await decides(house, report, Verb.FIX)
    await house.deliver()
    await neighbour.presses(label)
    counts = []
    for part in (b"one", b"two", b"three"):
        house.clock.advance(seconds=2)
        await neighbour.sends_file(part, picture=True, album="album-0001")
        counts.append(len(neighbour.news))
    assert counts == [1, 0, 0]
    member_id = await neighbour.member_id()
    kept = await house.rows(ReportPhoto, ReportPhoto.member_id == member_id)
    assert [(each["kind"], each["shown"]) for each in kept] == [(kind, False)] * 3


async def test_an_album_is_kept_up_to_what_a_report_takes(house: House, guest: Visitor) -> None:
    await fixed(house, guest)
    house.rule("civic", photos=1)
    await house.deliver()
    await guest.presses("👎 No")
    for part in (b"one", b"two", b"three"):
        await guest.sends_file(part, picture=True, album="album-0001")
    assert len(await house.rows(ReportPhoto, ReportPhoto.kind == "before")) == 2


async def test_an_album_ends_with_the_minutes(house: House, guest: Visitor) -> None:
    await fixed(house, guest)
    await house.deliver()
    await guest.presses("👎 No")
    await guest.sends_file(b"one", picture=True, album="album-0001")
    house.clock.advance(minutes=11)
    async with house.unchanged():
        await guest.sends_file(b"two", picture=True, album="album-0001")


async def test_no_in_words(house: House, guest: Visitor) -> None:
    report = await fixed(house, guest)
    await house.deliver()
    await guest.presses("👎 No")
    await guest.says("They only put sand into it")
    assert await state_of(house, report) == "reopened"


async def test_a_supporter_may_answer_and_a_stranger_may_not(house: House, guest: Visitor) -> None:
    report = await fixed(house, guest)
    stranger, neighbour = await house.regular(), await house.regular()
    async with house.database.transaction() as tx:
        await tx.execute(
            Support.__table__.insert().values(
                subject="report", subject_id=report, value=1, at=house.clock.now(),
                member_id=await neighbour.member_id(),
            )
        )  # fmt: skip
    async with house.unchanged():
        await stranger.forges(f"pk:{report}:0:1")
        await stranger.forges(f"pk:{report}:0:0")
    await neighbour.forges(f"pk:{report}:0:1")
    assert await state_of(house, report) == "reopened"


async def test_nobody_else_changes_a_report(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    stranger = await house.regular()
    for data in (
        f"pr:{report}", f"pe:{report}:text", f"pe:{report}:name", f"pw:{report}:1",
        f"py:{report}:photos", f"py:{report}:text", f"pf:{report}", f"pv:{report}",
    ):  # fmt: skip
        async with house.unchanged():
            assert await stranger.forges(data) == "I cannot find that any more. It may be gone."
    assert (await guest.presses("📋 My reports")) == "Your reports"
    assert WORDS in await guest.presses("📨 № 1")
