"""An idea from its first words to the moderator's verdict."""

import asyncio

import pytest

from services.civic.models import CivicEvent
from services.members.roles import Role
from services.projects.models import Project
from tests.handlers.projects.people import (
    CITY,
    TEXT,
    TITLE,
    project,
    published,
    sends,
    somebody,
    writes,
)
from tests.house import House, Visitor

CARD = (
    "This is what everybody will see:\n\n"
    f"💡 {TITLE}\n🌳 Streets and yards · the whole city\n\n{TEXT}\n\n"
    "Author: Anna K.\n\n"
    "A moderator looks at it first. Until then nobody else sees it."
)


async def test_an_idea_is_written_in_three_messages(house: House) -> None:
    author = await somebody(house, name="Anna Kovaleva")
    said = await author.says("/idea")
    assert said.startswith("💡 What would make the city better?\n")
    assert await author.says(f"{TITLE}\n{TEXT}") == (
        "Where is it? Send a place on the map or type the address."
    )
    assert await author.says(CITY) == CARD
    assert author.news[0] == ("new", "📍 Noted: the whole city")
    said = await author.presses("✅ Send")
    assert said.startswith("🙌 Thank you! A moderator takes a first look")
    idea = await project(house)
    assert (idea["title"], idea["text"], idea["kind"]) == (TITLE, TEXT, "urban")
    assert (idea["stage"], idea["citywide"], idea["verdict"]) == ("premoderation", True, None)
    assert idea["published_at"] is None


async def test_what_is_missing_is_said_before_it_can_be_sent(house: House) -> None:
    author = await somebody(house)
    await writes(author, "Benches in the park", "Please put benches.")
    assert (await author.last()).endswith(
        "Before it can be sent:\n○ 61 more letters: tell a little more about the idea"
    )
    assert "✅ Send" not in await author.labels()
    idea = await project(house)
    async with house.unchanged():
        said = await author.forges(f"j6:{idea['id']}:send:")
    assert said == (
        "Not yet. This is still missing:\n○ 61 more letters: tell a little more about the idea"
    )
    await author.presses("✏️ Text")
    await author.says(TEXT)
    assert "✅ Send" in await author.labels()


async def test_a_kind_that_words_do_not_tell_is_asked(house: House) -> None:
    author = await somebody(house)
    await author.says("/idea")
    assert await author.says("Something quite new\nIt is hard to say") == "What is it about?"
    await author.presses("❤️ Charity")
    await author.says(CITY)
    assert "❤️ Charity · the whole city" in await author.last()
    assert (await project(house))["kind"] == "charity"


async def test_similar_ideas_are_shown_before_a_second_one(house: House) -> None:
    first = await somebody(house)
    await published(house, first)
    author = await somebody(house)
    await author.says("/idea")
    await author.says(f"A small park near school 12\n{TEXT}")
    said = await author.says(CITY)
    assert said.startswith(
        f"🔎 There is something like it already:\n• {TITLE} · 🗳 Neighbours vote\n"
    )
    assert await author.labels() == [f"👍 This is it: {TITLE}", "Mine is different, go on"]
    assert (await author.presses("Mine is different")).startswith("This is what everybody will see")


async def test_a_draft_outlives_a_restart_and_is_found_again(house: House) -> None:
    author = await somebody(house)
    await author.says("/idea")
    await author.says(f"{TITLE}\n{TEXT}")
    await author.says("💾 Later")
    await author.says("/idea")
    assert (await author.labels())[0] == f"✏️ {TITLE}"
    assert (await author.presses("✏️ A small park")).startswith("Where is it?")
    await author.says(CITY)
    assert "✅ Send" in await author.labels()


async def test_a_typed_address_is_looked_up(house: House) -> None:
    author = await somebody(house)
    await author.says("/idea")
    await author.says(f"{TITLE}\n{TEXT}")
    assert await author.says("somewhere behind the moon") == (
        "I do not know this address yet. Keep it?"
    )
    await author.presses("✅ Just as I typed it")
    idea = await project(house)
    assert (idea["address"], idea["lat"], idea["citywide"]) == (
        "somewhere behind the moon",
        None,
        False,
    )
    assert "· somewhere behind the moon" in await author.last()


async def test_a_place_outside_the_city_is_explained_and_nothing_is_lost(house: House) -> None:
    author = await somebody(house)
    await author.says("/idea")
    await author.says(f"{TITLE}\n{TEXT}")
    said = await author.stands_at(55.75, 37.62)
    assert said.startswith("That is outside the city, and I keep ideas for this city only.")
    await author.stands_at(54.5136, 36.2614)
    idea = await project(house)
    assert (idea["lat"], idea["lon"]) == (54.5136, 36.2614)


async def test_an_author_may_stay_unknown_and_change_their_mind(house: House) -> None:
    author = await somebody(house, name="Anna Kovaleva")
    await writes(author)
    assert "Author: somebody from the city" in await author.presses("🕶 Without my name")
    assert "Author: Anna K." in await author.presses("🙂 Show my name")


async def test_a_draft_is_thrown_away_after_a_question(house: House) -> None:
    author = await somebody(house)
    await writes(author)
    await author.presses("🗑 Throw away")
    assert (await project(house))["status"] == "active"
    assert await author.presses("Yes, throw away") == "Thrown away."
    assert (await project(house))["status"] == "closed"


async def test_two_taps_send_once(house: House) -> None:
    author = await somebody(house)
    await writes(author)
    _message, data = await author.finds("✅ Send")
    await author.presses("✅ Send")
    async with house.unchanged():
        said = await author.forges(data)
    assert said == "Something has just changed. Please take another look."
    assert (await project(house))["stage"] == "premoderation"


async def test_nobody_touches_the_draft_of_another(house: House) -> None:
    author, other = await somebody(house), await somebody(house)
    await writes(author)
    idea = (await project(house))["id"]
    for data in ("title:", "send:", "anonymous:1", "kind:charity", "drop:sure", "card:", "go_on:"):
        async with house.unchanged():
            said = await other.forges(f"j6:{idea}:{data}")
            if data == "title:":
                said = await other.says("Mine now")
        assert said in {
            "I cannot find that any more. It may be gone.",
            "This is for others to do: the author, a moderator.",
            "This is for others to do: the author.",
        }
    async with house.unchanged():
        assert await other.forges(f"jp:{idea}") == "I cannot find that any more. It may be gone."


async def test_ten_drafts_are_enough(house: House) -> None:
    author = await somebody(house)
    for number in range(10):
        await writes(author, f"{TITLE}, {number}")
    await author.says("/idea")
    async with house.unchanged():
        said = await author.says(f"{TITLE}\n{TEXT}")
    assert said.startswith("You have 10 ideas that were not sent yet.")


async def test_a_moderator_publishes_and_the_author_hears_of_it(house: House) -> None:
    author = await somebody(house)
    idea = await published(house, author)
    assert (idea["stage"], idea["verdict"]) == ("evaluation", "ok")
    author.hushed()
    await house.deliver()
    assert author.news[-1][1] == (
        f"🚀 “{TITLE}” has moved on: 🗳 Neighbours vote.\n"
        "Now the neighbours say what they think of it."
    )
    assert await author.labels() == ["Open the project", "🔕 Unfollow"]


async def test_an_idea_goes_back_with_a_reason_and_comes_again(house: House) -> None:
    author = await somebody(house)
    await sends(author)
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.forges("jx:0")
    said = await moderator.presses("↩ Back to the author")
    assert said == "Why? The author reads the reason, and what to do next."
    await moderator.presses("Please say more clearly")
    assert moderator.toast == "Done"
    assert (await project(house))["stage"] == "idea"
    await house.deliver()
    said = await author.last()
    assert said.endswith("Reason: Please say more clearly what should be done and where.")
    await author.presses("Open the project")
    await author.presses("✏️ Look it over")
    await author.presses("✅ Send")
    assert (await project(house))["stage"] == "premoderation"


async def test_a_closed_idea_is_appealed_once(house: House) -> None:
    author = await somebody(house)
    await sends(author)
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.forges("jx:0")
    await moderator.presses("✖ Close…")
    await moderator.presses("✍️ In my own words")
    await moderator.says("This square belongs to the railway.")
    assert (await project(house))["closed_reason"] == "This square belongs to the railway."
    await opens_own(author)
    await author.presses("🙋 Appeal")
    await author.says("The railway has agreed, here is their letter.")
    assert (await project(house))["appealed"] is True
    said = await moderator.forges("jx:0")
    assert said.endswith("🙋 An appeal. It was closed for: This square belongs to the railway.")
    await moderator.presses("▶ Open it again")
    idea = await project(house)
    assert (idea["status"], idea["stage"]) == ("active", "premoderation")


async def opens_own(author: Visitor) -> None:
    await author.says("/projects")
    await author.presses("💡 My ideas")
    await author.presses(TITLE)


async def test_a_phone_number_keeps_an_idea_from_being_public(house: House) -> None:
    author = await somebody(house)
    await author.says("/idea")
    await author.says(f"{TITLE}\n{TEXT} Call me: +7 910 123-45-67")
    await author.says(CITY)
    await author.presses("✅ Send")
    moderator = await somebody(house, Role.MODERATOR)
    said = await moderator.forges("jx:0")
    assert "⚠️ There seems to be a phone number" in said
    async with house.unchanged():
        said = await moderator.presses("✅ Publish")
    assert said.endswith("○ The text without phones, addresses and names of people")


@pytest.mark.parametrize("data", ["jx:0", "ju:1:forward:premoderation::", "jh:1:1"])
async def test_only_moderators_moderate(house: House, data: str) -> None:
    author = await somebody(house)
    await sends(author)
    for who in (author, await somebody(house, Role.EXPERT), await somebody(house)):
        async with house.unchanged():
            said = await who.forges(data)
        assert said == (
            "This part is for the staff of partners and the city. Ask for an invitation link."
        )


async def test_a_moderator_does_not_publish_their_own_idea(house: House) -> None:
    moderator = await somebody(house, Role.MODERATOR)
    await sends(moderator)
    await moderator.forges("jx:0")
    async with house.unchanged():
        said = await moderator.presses("✅ Publish")
    assert said == "This is for others to do: a moderator."


async def test_nobody_publishes_words_that_they_have_not_read(house: House) -> None:
    author = await somebody(house)
    await sends(author)
    slow, quick = [await somebody(house, Role.MODERATOR) for _ in range(2)]
    await slow.forges("jx:0")
    _message, publish = await slow.finds("✅ Publish")
    await quick.forges(f"jm:{(await project(house))['id']}:back:premoderation:clearer")
    await opens_own(author)
    await author.presses("✏️ Look it over")
    await author.presses("✏️ Text")
    await author.says(TEXT.replace("benches", "a casino"))
    await author.presses("✅ Send")
    async with house.unchanged():
        said = await slow.forges(publish)
        assert said == "Something has just changed. Please take another look."
        await slow.forges(publish.rsplit(":", 1)[0] + ":")
    said = await slow.forges("jx:0")
    assert "a casino" in said
    await slow.presses("✅ Publish")
    assert (await project(house))["stage"] == "evaluation"


async def test_an_idea_without_an_author_is_sent_back_to_nobody(house: House) -> None:
    await sends(await somebody(house))
    await house.change(Project, Project.id > 0, author_id=None)
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.forges("jx:0")
    labels = await moderator.labels()
    assert "✖ Close…" in labels
    assert "↩ Back to the author…" not in labels


async def test_the_words_of_an_appeal_are_for_the_moderator_only(house: House) -> None:
    author = await somebody(house)
    await published(house, author)
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.forges(f"jm:{(await project(house))['id']}:close:evaluation:law")
    await opens_own(author)
    await author.presses("🙋 Appeal")
    await author.says("My neighbour Ivan signed it, call him.")
    events = await house.rows(CivicEvent)
    assert (events[-1]["verb"], events[-1]["reason"]) == ("appeal", None)
    await house.deliver()
    assert "Their words: My neighbour Ivan signed it, call him." in await moderator.last()


async def test_two_moderators_publish_once(house: House) -> None:
    await sends(await somebody(house))
    idea = (await project(house))["id"]
    pair = [await somebody(house, Role.MODERATOR) for _ in range(2)]
    for moderator in pair:
        await moderator.forges("jx:0")
    _message, publish = await pair[0].finds("✅ Publish")
    assert publish.startswith(f"ju:{idea}:forward:premoderation::")
    said = await asyncio.gather(*(moderator.forges(publish) for moderator in pair))
    assert sorted(said) == [
        "Published.\n✨ No ideas and appeals wait. Thank you!",
        "Something has just changed. Please take another look.",
    ]
    moves = await house.rows(CivicEvent, CivicEvent.after == "evaluation")
    assert len(moves) == 1
