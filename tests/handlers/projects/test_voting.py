"""Neighbours: voices that count and voices that are shown, statements, following."""

import pytest

from services.civic.models import Follow, Support
from services.members.roles import Role
from services.projects.models import Statement, StatementVote
from tests.handlers.projects.people import (
    TITLE,
    easy,
    opens,
    project,
    published,
    somebody,
    stands_at,
)
from tests.house import House

UNCONFIRMED = "🙋 Your voice is shown. To carry ideas on it has to be one person's, once:"


async def test_a_neighbour_votes_and_thinks_again(house: House) -> None:
    idea = await published(house, await somebody(house))
    neighbour = await somebody(house, verified=True)
    said = await opens(neighbour)
    assert "🗳 For: 0 · against: 0" in said
    assert (await neighbour.labels())[:3] == ["👍 For", "👎 Against", "💬 What people say"]
    drawn = len(house.drawn)
    said = await neighbour.presses("👍 For")
    assert neighbour.toast == "Your voice is counted. Thank you!"
    assert "🗳 For: 1 · against: 0" in said
    assert len(house.drawn) == drawn, "only the words below the picture change"
    assert "○ 99 more verified voices (1 of 100)" in said
    assert "🗳 For: 0 · against: 1" in await neighbour.presses("👎 Against")
    assert "🗳 For: 0 · against: 0" in await neighbour.presses("Take back")
    assert neighbour.toast == "Your voice was taken back."
    assert await house.rows(Support, Support.subject_id == idea["id"]) == []


async def test_a_voice_that_is_not_confirmed_is_shown_apart(house: House) -> None:
    await published(house, await somebody(house))
    neighbour = await somebody(house)
    await opens(neighbour)
    await neighbour.presses("👍 For")
    texts = [text for _kind, text in neighbour.news]
    assert "🗳 For: 0 · against: 0 · and 1 voice not confirmed yet" in texts[0]
    assert texts[1].startswith(UNCONFIRMED)
    assert await neighbour.labels() == ["📱 Confirm that it is me"]


async def test_the_last_voice_moves_the_idea_on(house: House) -> None:
    easy(house)
    author = await somebody(house)
    await published(house, author)
    house.rule("civic", support_by_kind={})
    for number in range(2):
        neighbour = await somebody(house, verified=True)
        await opens(neighbour)
        await neighbour.presses("👍 For")
        assert (await project(house))["stage"] == ("expertise" if number else "evaluation")
    assert neighbour.toast == "🎉 Your voice was the last one needed: the idea moves on!"
    async with house.unchanged():
        said = await neighbour.forges(f"jv:{(await project(house))['id']}:-1")
    assert said == "The vote on this project is over. You can still follow it."


async def test_authors_do_not_vote_for_themselves(house: House) -> None:
    author = await somebody(house, verified=True)
    idea = await published(house, author)
    await opens(author)
    assert "👍 For" not in await author.labels()
    async with house.unchanged():
        said = await author.forges(f"jv:{idea['id']}:1")
    assert said == "It is your own idea: its voices come from the others."


@pytest.mark.parametrize("stage", ["idea", "premoderation"])
async def test_nobody_votes_on_what_is_not_public(house: House, stage: str) -> None:
    await published(house, await somebody(house))
    idea = await stands_at(house, stage, published_at=None)
    neighbour = await somebody(house, verified=True)
    async with house.unchanged():
        said = await neighbour.forges(f"jv:{idea['id']}:1")
    assert said == "I cannot find that any more. It may be gone."


@pytest.mark.parametrize("value", ["2", "-2", "x"])
async def test_a_forged_voice_is_nobodys(house: House, value: str) -> None:
    idea = await published(house, await somebody(house))
    neighbour = await somebody(house, verified=True)
    async with house.unchanged():
        await neighbour.forges(f"jv:{idea['id']}:{value}")
    assert neighbour.toast == "This button has expired. Please use a more recent message."


async def test_statements_are_added_looked_at_and_answered(house: House) -> None:
    await published(house, await somebody(house))
    neighbour, other = await somebody(house), await somebody(house)
    await opens(neighbour)
    said = await neighbour.presses("💬 What people say")
    assert said.startswith("💬 Nobody has said anything yet.")
    await neighbour.presses("➕ Add a statement")
    await neighbour.says("The lamps should be warm, not blue.")
    assert [row["state"] for row in await house.rows(Statement)] == ["waiting"]
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.says("/projects")
    await moderator.presses("🛡 For moderators")
    said = await moderator.presses("💬 Statements · 1")
    assert said == "💬 May everybody answer this?\n“The lamps should be warm, not blue.”"
    assert await moderator.presses("✅ Show it") == "✨ No statements wait. Thank you!"
    await opens(other)
    said = await other.presses("💬 What people say")
    assert said == "💬 Do you agree?\n“The lamps should be warm, not blue.”"
    said = await other.presses("👍 Agree")
    assert said == ("💬 What people say\n\n“The lamps should be warm, not blue.”\n👍 1  👎 0  🤷 0")
    assert [row["value"] for row in await house.rows(StatementVote)] == [1]


async def test_a_statement_is_short_and_said_once(house: House) -> None:
    await published(house, await somebody(house))
    neighbour = await somebody(house)
    await opens(neighbour)
    await neighbour.presses("💬 What people say")
    await neighbour.presses("➕ Add a statement")
    async with house.unchanged():
        said = await neighbour.says("x" * 141)
    assert said == "Please write again: a statement has at least 5 and at most 140 letters."
    await neighbour.says("Good idea, do it")
    await neighbour.presses("« The project")
    await neighbour.presses("💬 What people say")
    await neighbour.presses("➕ Add a statement")
    async with house.unchanged():
        said = await neighbour.says("Good idea, do it")
    assert said.startswith("One member adds 3 statements, and each only once.")


async def test_a_hidden_statement_is_not_answered(house: House) -> None:
    await published(house, await somebody(house))
    neighbour = await somebody(house)
    await opens(neighbour)
    await neighbour.presses("💬 What people say")
    await neighbour.presses("➕ Add a statement")
    await neighbour.says("Something rude")
    statement = (await house.rows(Statement))[0]["id"]
    async with house.unchanged():
        said = await neighbour.forges(f"js:{statement}:1")
    assert said == "I cannot find that any more. It may be gone."


async def test_a_project_is_followed_and_left_from_any_push(house: House) -> None:
    idea = await published(house, await somebody(house))
    neighbour = await somebody(house)
    await opens(neighbour)
    await neighbour.presses("🔔 Follow")
    assert "🔕 Unfollow" in await neighbour.labels()
    member_id = await neighbour.member_id()
    mine = (Follow.member_id == member_id,)
    assert [(r["subject"], r["key"]) for r in await house.rows(Follow, *mine)] == [
        ("project", str(idea["id"]))
    ]
    await neighbour.presses("🔕 Unfollow")
    assert await house.rows(Follow, *mine) == []


async def test_a_kind_and_a_district_are_followed_from_their_lists(house: House) -> None:
    neighbour = await somebody(house)
    await neighbour.says("/projects")
    await neighbour.presses("🗂 By kind")
    await neighbour.presses("🌳 Streets and yards")
    await neighbour.presses("🔔 Tell me about new ones")
    assert neighbour.toast == "🔔 I will tell you"
    author = await somebody(house)
    await published(house, author)
    neighbour.hushed()
    await house.deliver()
    assert neighbour.news[-1][1] == (
        f"🆕 A new idea near what you follow: “{TITLE}”. Have a look and vote."
    )
    await neighbour.presses("🔕 Unfollow this topic")
    assert await house.rows(Follow, Follow.subject == "kind") == []


@pytest.mark.parametrize("key", ["kind:nonsense", "district:nowhere", "project:999", "member:1"])
async def test_only_what_there_is_can_be_followed(house: House, key: str) -> None:
    neighbour = await somebody(house)
    async with house.unchanged():
        said = await neighbour.forges(f"jw:{key}:1")
    assert said == "I cannot find that any more. It may be gone."
