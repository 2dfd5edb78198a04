"""Finding a project, and what its passport says in a picture and in words."""

import pytest

from services.members.roles import Role
from services.projects.models import Project
from tests.handlers.projects.people import (
    TITLE,
    easy,
    opens,
    project,
    published,
    sends,
    somebody,
    stands_at,
)
from tests.handlers.projects.test_flags import HIDDEN
from tests.house import House

_UNLIKE = ("Lamps", "Music", "Old oaks", "Boats", "Winter fun", "Quiz", "Chess club")


async def test_the_first_look_with_nothing_there(house: House) -> None:
    guest = await somebody(house)
    assert await guest.says("/projects") == (
        "💡 Ideas and projects of the city\nThere is none yet: yours could be the first."
    )
    assert await guest.labels() == [
        "➕ I have an idea",
        "🗳 Vote now · 0",
        "🪜 By stage",
        "🗂 By kind",
        "📍 Near me",
        "💡 My ideas",
        "📣 Requests",
        "🛠 What I can do",
        "🫂 Without a head",
        "🌟 Worth repeating",
        "🔔 What I follow",
    ]
    assert await guest.presses("🌟 Worth repeating") == (
        "No project is finished yet. The first one will stand here, for others to repeat."
    )
    await guest.presses("« Ideas and projects")
    assert await guest.presses("🫂 Without a head") == "Every idea has somebody who leads it. 🎉"
    await guest.presses("« Ideas and projects")
    assert await guest.presses("💡 My ideas") == (
        "You have not sent an idea yet. It takes two minutes."
    )


async def test_the_menu_leads_here(house: House) -> None:
    guest = await house.guest()
    assert "💡 Ideas and projects" in await guest.keyboard()
    assert (await guest.says("💡 Ideas and projects")).startswith("💡 Ideas and projects")


async def test_a_project_is_found_by_stage_kind_and_among_ones_own(house: House) -> None:
    author, guest = await somebody(house), await somebody(house)
    await published(house, author)
    said = await guest.says("/projects")
    assert said == "💡 Ideas and projects of the city\n1 project is on its way"
    for label, button in (
        ("🪜 By stage", "4. 🗳 Neighbours vote · 1"),
        ("🗂 By kind", "🌳 Streets and yards · 1"),
    ):
        await guest.says("/projects")
        await guest.presses(label)
        await guest.presses(button)
        assert (await guest.labels())[0] == f"🗳 {TITLE} · 22 %"
        await guest.presses(f"🗳 {TITLE}")
        assert (await guest.last()).startswith(
            f"{TITLE}\n🌳 Streets and yards · 📍 the whole city\n"
        )
    await author.says("/projects")
    await author.presses("💡 My ideas")
    assert (await author.labels())[0] == f"{TITLE} · 🗳 Neighbours vote"


async def test_pages_of_a_list(house: House) -> None:
    author = await somebody(house)
    for title in _UNLIKE:
        await published(house, author, title)
    guest = await somebody(house)
    await guest.says("/projects")
    await guest.presses("🗳 Vote now · 7")
    labels = await guest.labels()
    assert (len(labels), labels[6:]) == (8, ["More ›", "« Ideas and projects"])
    await guest.presses("More ›")
    assert await guest.labels() == [
        f"🗳 {_UNLIKE[0]} · 22 %",
        "‹ Earlier",
        "« Ideas and projects",
    ]


async def test_the_passport_is_drawn_from_what_is_missing(house: House) -> None:
    await published(house, await somebody(house))
    guest = await somebody(house)
    await opens(guest)
    kind, facts = house.drawn[-1]
    assert kind == "passport"
    assert {name: facts[name] for name in ("title", "kind", "place", "step", "steps", "stage")} == {
        "title": TITLE,
        "kind": "Streets and yards",
        "place": "The whole city",
        "step": 4,
        "steps": 10,
        "stage": "Neighbours vote",
    }
    assert facts["missing"] == [
        "100 more verified voices (0 of 100)",
        "60 percent of the voices for it (now 0)",
    ]
    assert (facts["percent"], facts["percent_label"], facts["state"]) == (22, "22 %", "")


@pytest.mark.parametrize(
    ("values", "state", "line"),
    [
        ({"status": "paused"}, "On pause", "⏸ On pause."),
        ({"status": "closed", "closed_reason": "law"}, "Closed", "✖ Closed."),
        ({"status": "done"}, "Done", "🎉 Done!"),
    ],
)
async def test_what_stands_still_says_so(
    house: House, values: dict[str, str], state: str, line: str
) -> None:
    await published(house, await somebody(house))
    await stands_at(house, "design", **values)
    guest = await somebody(house)
    said = await opens(guest)
    assert line in said
    assert house.drawn[-1][1]["state"] == state
    if values["status"] == "closed":
        assert "Reason: The law does not allow it." in said


async def test_what_is_hidden_is_nobodys(house: House) -> None:
    idea = await published(house, await somebody(house))
    await house.change(Project, hidden=True)
    guest = await somebody(house)
    for data in (f"jp:{idea['id']}", f"jq:{idea['id']}:team:0", f"jq:{idea['id']}:money:0"):
        async with house.unchanged():
            assert await guest.forges(data) == HIDDEN
    await house.change(Project, stage="premoderation", published_at=None)
    assert await guest.forges(f"jp:{idea['id']}") == "I cannot find that any more. It may be gone."
    await guest.says("/projects")
    assert "🗳 Vote now · 0" in await guest.labels()


@pytest.mark.parametrize(
    "data", ["jl:stage:idea:0", "jl:kind:nothing:0", "jl:request:x:0", "jl:secret:1:0"]
)
async def test_forged_lists_are_empty(house: House, data: str) -> None:
    await sends(await somebody(house))
    guest = await somebody(house)
    async with house.unchanged():
        assert await guest.forges(data) == "There is nothing here any more."


async def test_its_history_is_told_without_names(house: House) -> None:
    easy(house)
    author = await somebody(house, name="Anna Kovaleva")
    await published(house, author)
    guest = await somebody(house)
    await opens(guest)
    assert await guest.presses("🕰 History") == (
        "🕰 How it went\nNovember 22: 🗳 Neighbours vote (a moderator)\n"
        "November 22: 👀 First look (the author)"
    )


async def test_who_could_help_and_what_is_missing_for_it(house: House) -> None:
    await published(house, await somebody(house))
    await stands_at(house, "financing")
    operator = await somebody(house, Role.OPERATOR)
    await opens(operator)
    said = await operator.presses("🫱 Who could help")
    assert said.startswith("🫱 Who could help\n")
    asked = [label for label in await operator.labels() if label.startswith("✉️ Asked")]
    if asked:
        await operator.presses(asked[0])
        assert "✉️ Asked already" in await operator.last()


async def test_the_whole_text_names_who_agreed(house: House) -> None:
    await published(house, await somebody(house, name="Anna Kovaleva"))
    guest = await somebody(house)
    await opens(guest)
    assert (await guest.presses("📄 The whole text")).endswith("Author: Anna K.")
    await house.change(Project, Project.id == (await project(house))["id"], anonymous=True)
    await opens(guest)
    said = await guest.presses("📄 The whole text")
    assert said.endswith("Author: somebody from the city")
