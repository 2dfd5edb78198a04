"""The first words: what this is, two consents, a name."""

import pytest

from bot.channels.web import intake
from bot.models import DialogueState
from services.members.models import Consent, Member
from services.receipts.models import Receipt
from tests.house import House, Visitor

WELCOME = (
    "Welcome to Kaluga!\n\n"
    "🧾 Photograph your receipts and collect points.\n"
    "🎁 Spend them on treats in cafés and museums.\n"
    "💳 Your guest card is always here, in this chat."
)
MAY_I = "To set up your card, I need to store your name, your receipts and your points. May I?"
ADVERTISING = (
    "One more question. Your answer does not affect your card: may I sometimes write to you about "
    "offers and events?"
)
NAME = "What name should I put on your card? Type it here, or choose below."
CHOOSE = "Send me a photo of a receipt, or choose below."
AGREE_FIRST = "First we need your agreement. Please press /start"


async def test_welcome_says_in_three_lines_what_this_is(house: House) -> None:
    visitor = await house.visitor()
    assert visitor.news == [("new", WELCOME), ("new", MAY_I)]
    assert await visitor.labels() == ["Yes, I agree", "Read the full text", "Not now"]
    assert await visitor.keyboard() == []


async def test_each_consent_is_a_question_and_a_record_of_its_own(house: House) -> None:
    visitor = await house.visitor("zh")
    await visitor.presses("Yes, I agree")
    house.clock.advance(seconds=40)
    assert await visitor.presses("No, thanks") == visitor.word(NAME)
    common = {
        "member_id": await visitor.member_id(),
        "text_version": "2026-11-example",
        "language": "zh",
        "channel": "web",
    }
    stored = await house.rows(Consent)
    start = house.clock.now()
    assert [{k: v for k, v in row.items() if k not in {"id", "at"}} for row in stored] == [
        {**common, "kind": "personal_data", "given": True},
        {**common, "kind": "advertising", "given": False},
    ]
    assert [(start - row["at"]).total_seconds() for row in stored] == [40, 0]


async def test_the_questions_are_answered_in_place(house: House) -> None:
    visitor = await house.visitor()
    await visitor.presses("Yes, I agree")
    assert visitor.news == [("edited", ADVERTISING)]
    assert await visitor.labels() == ["Yes, please", "No, thanks", "Read the full text"]
    await visitor.presses("Yes, please")
    assert visitor.news == [("edited", NAME)]
    assert await visitor.labels() == ["No name"]
    await visitor.presses("No name")
    assert visitor.news == [("new", f"Your card is ready.\n\n{CHOOSE}")]
    assert await visitor.keyboard() == [
        "💳 My card",
        "🎁 Rewards",
        "🧾 My receipts",
        "🏛 What to see",
        "🏙 Problems in the city",
        "💡 Ideas and projects",
    ]


@pytest.mark.parametrize("tongue", ["ru", "en", "zh"])
async def test_the_full_texts_come_from_the_pack(house: House, tongue: str) -> None:
    visitor = await house.visitor(tongue)
    wording = house.city.consents
    await visitor.presses("Read the full text")
    assert visitor.news == [("edited", wording["personal_data"].text[tongue])]
    assert await visitor.labels() == [visitor.word("Yes, I agree"), visitor.word("Not now")]
    await visitor.presses("Yes, I agree")
    await visitor.presses("Read the full text")
    assert visitor.news == [("edited", wording["advertising"].text[tongue])]
    assert await visitor.labels() == [visitor.word("Yes, please"), visitor.word("No, thanks")]
    assert [row["kind"] for row in await house.rows(Consent)] == ["personal_data"]


async def test_not_now_keeps_the_door_closed_and_no_name(house: House) -> None:
    visitor = await house.visitor()
    assert await visitor.presses("Not now") == (
        "That is fine. I will not open a card. If you change your mind, just press the button."
    )
    async with house.unchanged():
        for command in ("/card", "/rewards", "/receipt", "/partner", "/staff", "💳 My card"):
            assert await visitor.says(command) == AGREE_FIRST
        assert await visitor.says(house.receipt()) == AGREE_FIRST
        assert await visitor.photographs(house.receipt()) == AGREE_FIRST
        assert await visitor.stands_at(54.5, 36.2) == AGREE_FIRST
        await visitor.says("Anna")
        assert visitor.news == [("new", WELCOME), ("new", MAY_I)]
    assert [row["name"] for row in await house.rows(Member)] == [""]
    assert await visitor.presses("Yes, I agree") == ADVERTISING


async def test_a_closed_door_still_shows_rights_and_help(house: House) -> None:
    visitor = await house.visitor()
    assert (await visitor.says("/help")).startswith("How it works\n1. Pay at a partner venue")
    assert await visitor.says("/privacy") == (
        "Your data\nPersonal data: not asked yet\nOffers and events: not asked yet"
    )
    assert (await visitor.says("/settings")).startswith("Settings\n")


async def test_the_campaign_is_kept_and_the_personal_link_is_not(house: House) -> None:
    came = await house.visitor(payload="museum-poster-7")
    other = await house.visitor(payload="b_12")
    invited = await house.visitor(payload="s_notatokenofours")
    again = await house.visitor()
    await again.comes_by("museum-poster-7")
    rows = {row["id"]: row["joined_via"] for row in await house.rows(Member)}
    assert rows == {
        await came.member_id(): "museum-poster-7",
        await other.member_id(): "b_12",
        await invited.member_id(): None,
        await again.member_id(): None,
    }


async def _asked_for_name(house: House, tongue: str = "en") -> Visitor:
    visitor = await house.visitor(tongue)
    await visitor.presses("Yes, I agree")
    await visitor.presses("No, thanks")
    return visitor


async def test_a_typed_name_is_put_on_the_card(house: House) -> None:
    visitor = await _asked_for_name(house)
    said = await visitor.says("  Anna   Maria ")
    assert said == f"Nice to meet you, Anna Maria! Your card is ready.\n\n{CHOOSE}"
    assert [row["name"] for row in await house.rows(Member)] == ["Anna Maria"]
    assert await house.rows(DialogueState) == []
    await visitor.says("Boris")
    assert [row["name"] for row in await house.rows(Member)] == ["Anna Maria"]


async def test_the_name_of_the_profile_is_offered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await house.visitor()
    person = {**intake._person(visitor.account), "first_name": "Zoë", "last_name": "<Star>"}
    monkeypatch.setattr(intake, "_person", lambda _account: person)
    await visitor.presses("Yes, I agree")
    await visitor.presses("No, thanks")
    assert await visitor.labels() == ["Zoë <Star>", "No name"]
    said = await visitor.presses("Zoë <Star>")
    assert said == f"Nice to meet you, Zoë <Star>! Your card is ready.\n\n{CHOOSE}"
    assert [row["name"] for row in await house.rows(Member)] == ["Zoë <Star>"]


async def test_commands_and_photos_work_while_the_name_is_awaited(house: House) -> None:
    visitor = await _asked_for_name(house)
    assert await visitor.says("/card") == "You can spend 0 points."
    assert await visitor.says("/nonsense") == "I do not know this command."
    assert (await visitor.photographs(house.receipt())).startswith("✅ +50 points for 1,000 ₽")
    assert (await visitor.says(house.receipt())).startswith("This one earns nothing: ")
    assert [row["name"] for row in await house.rows(Member)] == [""]
    assert [row["state"] for row in await house.rows(Receipt)] == ["credited", "rejected"]
    assert (await visitor.says("Anna")).startswith("Nice to meet you, Anna!")


async def test_the_language_can_change_in_the_middle(house: House) -> None:
    visitor = await _asked_for_name(house, "ru")
    await visitor.says("/settings")
    said = await visitor.presses("English")
    assert said == f"We speak English now.\n\n{CHOOSE}"
    assert [row["language"] for row in await house.rows(Member)] == ["en"]
    assert (await visitor.says("Anna")).startswith("Nice to meet you, Anna!")


async def test_before_the_consent_the_language_only_changes_the_words(house: House) -> None:
    visitor = await house.visitor("zh")
    await visitor.says("/settings")
    await visitor.presses("English")
    assert visitor.news == [("edited", WELCOME), ("new", MAY_I)]
    assert await house.rows(Consent) == []


async def test_a_second_start_asks_again_only_who_has_not_agreed(house: House) -> None:
    visitor = await house.visitor()
    await visitor.comes_by("")
    assert visitor.news == [("new", WELCOME), ("new", MAY_I)]
    guest = await house.guest()
    async with house.unchanged():
        assert await guest.comes_by("") == CHOOSE
        assert await guest.comes_by("another-campaign") == CHOOSE
        assert await guest.comes_by("abcde") == CHOOSE
