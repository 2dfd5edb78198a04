"""What others have reported: nearby, by number, with a voice and a flag."""

import pytest

from handlers.chat.reports import buttons
from services.civic.models import Flag, Support
from services.members.roles import Role
from services.reports.models import Report
from services.reports.states import Verb
from tests.handlers.projects.people import somebody
from tests.handlers.reports.town import FAR, HERE, NEARBY, WORDS, decides, published, sent
from tests.house import House, Visitor

CARD = (
    "🕳 Pothole · № 1\n📍 Leninsky District (roughly) · 54.5101, 36.2522\n\n"
    f"{WORDS}\n\n👤 Ivan P. · ⏰ By December 2\n🏢 Roads department\n📢 Published"
)


@pytest.fixture
async def author(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular(name="Ivan Petrov")


@pytest.fixture
async def guest(house: House, author: Visitor) -> Visitor:
    return await house.regular()


async def test_by_number(house: House, author: Visitor, guest: Visitor) -> None:
    await published(house, author)
    assert await guest.says("/report 1") == CARD
    await guest.says("🏙 Problems in the city")
    await guest.presses("№ By number")
    assert await guest.says("№ 1") == CARD
    async with house.unchanged():
        assert await guest.says("/report 2") == "I cannot find that any more. It may be gone."


async def test_what_is_not_published_is_nobodys(
    house: House, author: Visitor, guest: Visitor
) -> None:
    report = await sent(author)
    async with house.unchanged():
        await guest.says("/report 1")
        assert await guest.last() == "I cannot find that any more. It may be gone."
        await guest.forges(f"pu:{report}:1")
        await guest.forges(f"pg:{report}:1")
        await guest.forges(f"pi:{report}")
    await guest.says("🏙 Problems in the city")
    assert await guest.presses("🆕 The newest") == "Nothing is reported here. All the better!"


async def test_around_a_place(house: House, author: Visitor, guest: Visitor) -> None:
    await published(house, author)
    await published(house, author, "The street lamp is dark, no light", FAR)
    await guest.stands_at(*NEARBY)
    assert await guest.presses("🔎 What is reported nearby") == "Nearby"
    labels = await guest.labels()
    assert labels[0] == "📢 13 m · 🕳 Pothole · № 1"
    assert labels[-1] == "« Problems in the city"
    assert await guest.presses(labels[0]) == CARD


async def test_without_a_place_it_is_asked_for(guest: Visitor) -> None:
    await guest.says("🏙 Problems in the city")
    assert (await guest.presses("🔎 Near me")).startswith("Send me a place")
    await guest.stands_at(*HERE)
    assert "🔎 What is reported nearby" in await guest.labels()


async def test_the_newest_by_pages(house: House, author: Visitor, guest: Visitor) -> None:
    house.rule("civic", reports_per_day=30)
    for n in range(7):
        await published(house, author, f"Pothole {n}", (54.48 + n * 0.01, 36.25))
    await guest.says("🏙 Problems in the city")
    assert await guest.presses("🆕 The newest") == "The newest reports"
    assert len(await guest.labels()) == 8
    await guest.presses("»")
    assert len(await guest.labels()) == 3
    await guest.presses("«")
    assert len(await guest.labels()) == 8


async def test_a_voice_and_back(house: House, author: Visitor, guest: Visitor) -> None:
    await published(house, author)
    await guest.says("/report 1")
    assert await guest.presses("👍 Support") == f"{CARD}\n👍 1 supports it"
    assert guest.toast == "👍 Your voice counts"
    assert len(await house.rows(Support)) == 1
    assert await guest.presses("👎 Take my voice back") == CARD
    assert await house.rows(Support) == []
    async with house.unchanged():
        await author.forges("pu:1:1")


async def test_two_taps_on_support_are_one_voice(
    house: House, author: Visitor, guest: Visitor
) -> None:
    await published(house, author)
    await guest.says("/report 1")
    message, data = await guest.finds("👍 Support")
    await guest.presses_data(message.id, data)
    await guest.forges(data, message.id)
    assert len(await house.rows(Support)) == 1


async def test_three_flags_hide_it(house: House, author: Visitor, guest: Visitor) -> None:
    report = await published(house, author)
    waits = "Thank you. When others say so, too, it is hidden and a moderator looks."
    for said in (waits, waits, "Thank you. It is hidden until a moderator has looked at it."):
        person = await somebody(house, verified=True)
        await person.says("/report 1")
        await person.presses("🚩 Should not be public")
        assert await person.presses("🚩 Tell the moderators") == said
    (row,) = await house.rows(Report, Report.id == report)
    assert row["hidden"] is True
    assert len(await house.rows(Flag)) == 3
    assert await guest.says("/report 1") == "I cannot find that any more. It may be gone."


async def test_who_is_not_verified_is_asked_to_be_and_hides_nothing(
    house: House, author: Visitor
) -> None:
    report = await published(house, author)
    for _each in range(4):
        person = await house.regular()
        await person.says("/report 1")
        await person.presses("🚩 Should not be public")
        said = await person.presses("🚩 Tell the moderators")
        assert said.startswith("Thank you. To count, your word has to be one person's, once:")
        assert (await person.labels())[0] == "📱 Confirm that it is me"
    (row,) = await house.rows(Report, Report.id == report)
    assert row["hidden"] is False


async def test_who_flagged_what_a_moderator_has_kept_cannot_again(
    house: House, author: Visitor
) -> None:
    report = await published(house, author)
    people = [await somebody(house, verified=True) for _ in range(3)]
    for person in people:
        await person.forges(f"pg:{report}:1")
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.forges(f"mf:{report}:1")
    (row,) = await house.rows(Report, Report.id == report)
    assert row["hidden"] is False
    for person in people:
        async with house.unchanged():
            assert await person.forges(f"pg:{report}:1") == (
                "A moderator has looked at it after you told us, and decided that it stays. "
                "Thank you!"
            )


async def test_photos_and_the_place(house: House, author: Visitor, guest: Visitor) -> None:
    await author.says("/report")
    for part in (b"one", b"two"):
        await author.sends_file(part, picture=True)
    await author.says(WORDS)
    await author.stands_at(*HERE)
    await author.presses("✅ Send")
    (row,) = await house.rows(Report)
    await decides(house, row["id"], Verb.OPEN)
    await guest.says("/report 1")
    assert "photo" in guest.shown[-1].raw
    await guest.presses("📷 2 photos")
    assert sum("photo" in shown.raw for shown in guest.shown) == 2
    assert any("venue" in shown.raw for shown in guest.shown)


async def test_a_report_can_be_shown_to_others(house: House, guest: Visitor) -> None:
    report = await published(house, guest)
    await guest.forges(f"pv:{report}")
    assert "🔗 Its page, to show others" not in await guest.labels()
    house.app.links.web = "https://card.example.org"
    await guest.forges(f"pv:{report}")
    rows = guest.shown[-1].raw["reply_markup"]["inline_keyboard"]
    links = [button["url"] for row in rows for button in row if "url" in button]
    assert links == ["https://card.example.org/reports/1"]


def test_callback_data_is_never_too_long() -> None:
    largest = 2**31 - 1
    kinds = [
        kind for kind in vars(buttons).values()
        if isinstance(kind, type) and issubclass(kind, buttons.CallbackData)
        and kind is not buttons.CallbackData
    ]  # fmt: skip
    assert len(kinds) == 21
    for kind in kinds:
        values = {
            name: {int: largest, bool: True, str: "x" * 20}[field.annotation]  # type: ignore[index]
            for name, field in kind.model_fields.items()
        }
        packed = kind(**values).pack()
        assert len(packed.encode()) <= 64
        assert packed.startswith("p")
