"""What should not be public: three verified people hide it, a moderator keeps or closes it."""

from datetime import timedelta
from typing import Any

from services.civic import verifying
from services.civic.models import CivicEvent, Flag, Follow, Support
from services.delivery.models import OutboxMessage
from services.members.roles import Role
from services.projects.models import Project
from tests.handlers.projects.people import TITLE, opens, project, published, somebody
from tests.house import House, Visitor

HIDDEN = (
    "🙈 This project is hidden for now: several people asked a moderator to look at it. If it "
    "stays, you find it where it was."
)
THANKS = "Thank you. When others say so, too, it is hidden and a moderator looks."
GONE = "I cannot find that any more. It may be gone."


async def flags(visitor: Visitor) -> str:
    await opens(visitor)
    await visitor.presses("🚩 Should not be public")
    return await visitor.presses("🚩 Tell the moderators")


async def flagged_away(house: House) -> tuple[dict[str, Any], list[Visitor]]:
    """An idea that three verified neighbours have flagged."""
    await published(house, await somebody(house, name="Anna"))
    neighbours = [await somebody(house, verified=True) for _ in range(3)]
    for each in neighbours:
        await flags(each)
    return await project(house), neighbours


async def queue_of(moderator: Visitor) -> str:
    await moderator.says("/projects")
    await moderator.presses("🛡 For moderators")
    return await moderator.presses("🚩 Flagged projects")


async def listed(house: House) -> int:
    """How many ideas a stranger finds to vote on."""
    guest = await somebody(house)
    await guest.says("/projects")
    (label,) = [each for each in await guest.labels() if each.startswith("🗳")]
    return int(label.rpartition(" ")[2])


async def waiting(house: House, kind: str) -> list[int]:
    found = await house.rows(OutboxMessage, OutboxMessage.kind == kind)
    return [row["member_id"] for row in found]


async def test_three_verified_people_hide_it_and_not_two(house: House) -> None:
    author, moderator = await somebody(house), await somebody(house, Role.MODERATOR)
    idea = await published(house, author)
    first, second, third = [await somebody(house, verified=True) for _ in range(3)]
    await opens(first)
    said = await first.presses("🚩 Should not be public")
    assert said.startswith(f"Is “{TITLE}” rude, untrue or advertising")
    assert await house.rows(Flag) == [], "only asked so far"
    assert await first.presses("🚩 Tell the moderators") == THANKS
    assert await flags(first) == "You have told us already. Thank you!"
    assert await flags(second) == THANKS
    assert ((await project(house))["hidden"], await listed(house)) == (False, 1)
    said = await flags(third)
    assert said == "Thank you. It is hidden until a moderator has looked at it."
    assert ((await project(house))["hidden"], await listed(house)) == (True, 0)
    assert len(await house.rows(Flag)) == 3
    assert await moderator.member_id() in await waiting(house, "project_flagged")
    assert await waiting(house, "project_hidden") == [await author.member_id()]
    event = (await house.rows(CivicEvent))[-1]
    assert (event["verb"], event["acting"], event["actor_id"]) == ("hide", "system", None)
    assert (event["subject"], event["subject_id"]) == ("project", idea["id"])


async def test_who_is_not_verified_is_asked_to_be_and_hides_nothing(house: House) -> None:
    await published(house, await somebody(house))
    for _ in range(3):
        stranger = await somebody(house)
        said = await flags(stranger)
        assert said.startswith("Thank you. To count, your word has to be one person's, once:")
        assert (await stranger.labels())[0] == "📱 Confirm that it is me"
    assert (await project(house))["hidden"] is False
    assert await waiting(house, "project_flagged") == []


async def test_authors_flag_nothing_of_theirs(house: House) -> None:
    author = await somebody(house, verified=True)
    idea = await published(house, author)
    await opens(author)
    assert "🚩 Should not be public" not in await author.labels()
    async with house.unchanged():
        said = await author.forges(f"jF:{idea['id']}:1")
    assert said == "It is your own project: you can change or close it yourself."


async def test_buttons_of_followers_say_that_it_is_hidden(house: House) -> None:
    idea = await published(house, await somebody(house))
    follower = await somebody(house, verified=True)
    await opens(follower)
    await follower.presses("🔔 Follow")
    for _ in range(3):
        await flags(await somebody(house, verified=True))
    for data in (f"jp:{idea['id']}", f"jv:{idea['id']}:1", f"jF:{idea['id']}:1"):
        async with house.unchanged():
            assert await follower.forges(data) == HIDDEN
    assert await house.rows(Support) == []
    mine = Follow.member_id == await follower.member_id()
    assert len(await house.rows(Follow, mine)) == 1
    said = await follower.forges(f"jw:project:{idea['id']}:0")
    assert said == "🔕 You will hear no more of it"
    assert await house.rows(Follow, mine) == []


async def test_its_author_sees_that_it_is_hidden(house: House) -> None:
    author = await somebody(house)
    idea = await published(house, author)
    for _ in range(3):
        await flags(await somebody(house, verified=True))
    said = await opens(author)
    assert "🙈 Hidden for now: several people asked a moderator to look at it." in said
    assert await author.labels() == ["« Projects"]
    async with house.unchanged():
        said = await author.forges(f"jm:{idea['id']}:forward:hidden:")
    assert said == HIDDEN


async def test_kept_with_one_tap_it_is_back_and_the_same_people_cannot_again(house: House) -> None:
    idea, neighbours = await flagged_away(house)
    house.clock.advance(days=2)
    moderator = await somebody(house, Role.MODERATOR)
    said = await queue_of(moderator)
    assert said.startswith(f"🚩 {TITLE}")
    assert "Author: Anna" in said
    assert "🚩 3 people say that it should not be public" in said
    assert await moderator.labels() == ["✅ Keep it", "✖ Close…", "« What waits"]
    assert await moderator.presses("✅ Keep it") == "✨ No flagged project waits. Thank you!"
    assert moderator.toast == "Everybody sees it again"
    kept = await project(house)
    assert (kept["hidden"], await listed(house)) == (False, 1)
    assert kept["due_at"] == idea["due_at"] + timedelta(days=2), "its clock stood still"
    assert await waiting(house, "project_kept") == [kept["author_id"]]
    assert (await house.rows(CivicEvent))[-1]["verb"] == "show"
    said = await (await somebody(house)).says("/log")
    assert f"Project: {TITLE} is on the lists again (a moderator)" in said
    for each in neighbours:
        await opens(each)
        await each.presses("🚩 Should not be public")
        async with house.unchanged():
            said = await each.presses("🚩 Tell the moderators")
        assert said == (
            "A moderator has looked at it after you told us, and decided that it stays. Thank you!"
        )
    for _ in range(2):
        assert await flags(await somebody(house, verified=True)) == THANKS
    assert (await project(house))["hidden"] is False
    await flags(await somebody(house, verified=True))
    assert (await project(house))["hidden"] is True


async def test_closed_for_a_reason_it_stays_hidden(house: House) -> None:
    idea, neighbours = await flagged_away(house)
    moderator = await somebody(house, Role.MODERATOR)
    await queue_of(moderator)
    await moderator.presses("✖ Close…")
    said = await moderator.presses("It hurts people or is not serious.")
    assert said == "✨ No flagged project waits. Thank you!"
    assert moderator.toast == "Closed, and nobody sees it"
    closed = await project(house)
    assert (closed["status"], closed["hidden"]) == ("closed", True)
    assert closed["closed_reason"] == "rude"
    assert await neighbours[0].forges(f"jp:{idea['id']}") == GONE


async def test_opened_again_after_an_appeal_everybody_sees_it(house: House) -> None:
    await flagged_away(house)
    moderator = await somebody(house, Role.MODERATOR)
    await queue_of(moderator)
    await moderator.presses("✖ Close…")
    await moderator.presses("This is advertising, not an idea for the city.")
    await house.change(Project, appealed=True)
    await moderator.says("/projects")
    await moderator.presses("🛡 For moderators")
    await moderator.presses("💡 Ideas and appeals")
    await moderator.presses("▶ Open it again")
    again = await project(house)
    assert (again["status"], again["hidden"], await listed(house)) == ("active", False, 1)


async def test_a_moderator_closes_at_a_stage_that_is_not_theirs(house: House) -> None:
    await flagged_away(house)
    await house.change(Project, stage="financing")
    moderator = await somebody(house, Role.MODERATOR)
    await queue_of(moderator)
    await moderator.presses("✖ Close…")
    await moderator.presses("It hurts people or is not serious.")
    assert (await project(house))["status"] == "closed"


async def test_two_moderators_decide_once(house: House) -> None:
    idea, _neighbours = await flagged_away(house)
    one, other = await somebody(house, Role.MODERATOR), await somebody(house, Role.MODERATOR)
    await queue_of(one)
    await queue_of(other)
    await one.presses("✅ Keep it")
    await other.presses("✖ Close…")
    async with house.unchanged():
        await other.presses("It hurts people or is not serious.")
        await other.forges(f"jH:{idea['id']}:1")
    assert (await project(house))["status"] == "active"


async def test_only_moderators_decide(house: House) -> None:
    idea, neighbours = await flagged_away(house)
    for visitor in (neighbours[0], await somebody(house, Role.EXPERT)):
        for data in (f"jH:{idea['id']}:1", f"jH:{idea['id']}:0", "jG:0"):
            async with house.unchanged():
                await visitor.forges(data)
    assert (await project(house))["hidden"] is True


async def test_its_author_cannot_keep_it_as_a_moderator(house: House) -> None:
    author = await somebody(house, Role.MODERATOR)
    idea = await published(house, author)
    for _ in range(3):
        await flags(await somebody(house, verified=True))
    async with house.unchanged():
        said = await author.forges(f"jH:{idea['id']}:1")
    assert said == "This is for others to do: a moderator."


async def test_a_flag_counts_once_its_giver_is_verified(house: House) -> None:
    await published(house, await somebody(house))
    for _ in range(2):
        await flags(await somebody(house, verified=True))
    third = await somebody(house)
    await flags(third)
    await house.app.jobs.run_projects()
    assert (await project(house))["hidden"] is False
    async with house.database.transaction() as tx:
        await verifying.verify(
            tx, member_id=await third.member_id(), city_id=house.city.id, phone_hash="third",
            by_id=None, now=house.clock.now(),
        )  # fmt: skip
    await house.app.jobs.run_projects()
    assert (await project(house))["hidden"] is True
    await house.app.jobs.run_projects()
    assert len(await house.rows(CivicEvent, CivicEvent.verb == "hide")) == 1


async def test_a_hidden_project_does_not_run_out_of_time(house: House) -> None:
    await flagged_away(house)
    house.clock.advance(days=60)
    await house.app.jobs.run_projects()
    assert (await project(house))["status"] == "active"
