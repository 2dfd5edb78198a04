"""The news of the week in the chat: what they say, where they lead, and how they end."""

from services.civic.models import Follow, Unwanted
from services.members.roles import Role
from services.projects.models import Project
from tests.handlers.projects.people import TITLE, project, published, somebody
from tests.house import House, Visitor


async def monday(house: House) -> None:
    """The message of the week comes, if there is one."""
    house.clock.advance(days=1)
    await house.app.jobs.tell_week()
    await house.deliver()


async def follower(house: House) -> Visitor:
    guest = await somebody(house)
    await guest.says("/projects")
    await guest.presses("🗂 By kind")
    await guest.presses("🫶 Helping people")
    await guest.presses("🔔 Tell me about new ones")
    guest.hushed()
    return guest


async def idea(house: House, title: str = TITLE, **values: object) -> None:
    await published(house, await somebody(house), title)
    await house.change(Project, **{"kind": "social", **values})
    await house.deliver()


async def test_a_follower_hears_once_a_week_and_can_end_it(house: House) -> None:
    guest = await follower(house)
    await idea(house)
    guest.hushed()
    await monday(house)
    ((_new, said),) = guest.news
    assert said == (
        "📬 News of the week, November 16 – November 22\n\n"
        "What you follow\n"
        "● Projects: Helping people: 1 new idea\n"
        f"   “{TITLE}”"
    )
    assert await guest.labels() == [
        "💡 Ideas and projects",
        "🔔 What I follow",
        "🔕 No news of the week",
    ]
    said = await guest.presses("🔕 No news of the week")
    assert said.startswith("🔕 No more news of the week.")
    assert len(await house.rows(Unwanted)) == 1
    assert len(await house.rows(Follow, Follow.subject == "kind")) == 1, "what is followed stays"
    house.clock.advance(days=5)
    await idea(house, "Old oaks")
    house.clock.advance(days=1)
    guest.hushed()
    await monday(house)
    assert guest.news == []
    await guest.presses("📬 Tell me once a week after all")
    assert await house.rows(Unwanted) == []


async def test_nothing_new_is_not_told(house: House) -> None:
    guest = await follower(house)
    await monday(house)
    assert guest.news == []


async def test_an_expert_is_led_to_what_waits(house: House) -> None:
    expert = await somebody(house, Role.EXPERT)
    await idea(house, "A & B <park>", stage="expertise")
    expert.hushed()
    await monday(house)
    ((_new, said),) = expert.news
    assert said.endswith("\n\nWaits for you\n🔬 1 idea waits for your opinion:\n   “A & B <park>”")
    said = await expert.presses("🔬 For experts")
    assert (await project(house))["title"] in str(await expert.labels())


async def test_it_can_be_ended_from_what_one_follows(house: House) -> None:
    guest = await follower(house)
    await guest.says("/projects")
    await guest.presses("🔔 What I follow")
    await guest.presses("🔕 No news of the week")
    assert len(await house.rows(Unwanted)) == 1
    await guest.presses("🔔 What I follow")
    assert "📬 Tell me once a week after all" in await guest.labels()


async def test_a_theme_is_followed_from_the_plan(house: House) -> None:
    guest = await somebody(house)
    await guest.forges("nt:1")
    await guest.presses("🔔 Its news, once a week")
    ((followed),) = await house.rows(Follow, Follow.subject == "category")
    async with house.unchanged():
        said = await guest.forges("jw:category:no-such-theme:1")
    assert said == "I cannot find that any more. It may be gone."
    await guest.forges("nt:1")
    await guest.presses("🔕 No more news of this theme")
    assert await house.rows(Follow, Follow.id == followed["id"]) == []
