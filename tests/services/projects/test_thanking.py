"""Real people are thanked for what was built, and only as long as it was."""

from datetime import timedelta

import pytest

from services import ledger
from services.civic import voices
from services.civic.models import Told
from services.projects import timers
from tests.services.projects.hall import Hall


async def thank_supporters(hall: Hall) -> None:
    while await hall.town.run(timers.thank_next, hall.town.city, hall.town.now):
        pass


async def built(hall: Hall) -> tuple[int, dict[str, int]]:
    """A project that was built: who had a part in it, real and not, early and late."""
    town = hall.town
    author, fake_author = await hall.verified(), await town.member()
    project_id = await hall.plant("implementation", author_id=author)
    people = {
        "author": author,
        "mate": await hall.teammate(project_id),
        "fake mate": await hall.teammate(project_id),
        "supporter": (await hall.support(project_id, 1))[0],
        "fake supporter": fake_author,
    }
    await hall.unverify(people["fake mate"])
    await town.run(
        voices.give, subject="project", subject_id=project_id, member_id=fake_author, value=1,
        now=town.now,
    )  # fmt: skip
    town.clock.advance(days=30)
    people["late mate"] = await hall.teammate(project_id)
    await hall.fill(project_id)
    await hall.move(project_id, "forward", await hall.mover(project_id))
    await thank_supporters(hall)
    return project_id, people


async def merits_of(hall: Hall, people: dict[str, int]) -> dict[str, int]:
    return {name: (await hall.town.balance(who, "merits"))[0] for name, who in people.items()}


async def test_only_real_people_who_were_there_in_time_are_thanked(hall: Hall) -> None:
    _, people = await built(hall)
    assert await merits_of(hall, people) == {
        "author": 100, "mate": 100, "supporter": 3,
        "fake mate": 0, "late mate": 0, "fake supporter": 0,
    }  # fmt: skip
    await hall.assert_whole()


async def test_a_head_who_joined_late_is_not_thanked_for_the_building(hall: Hall) -> None:
    project_id = await hall.plant("implementation")
    hall.town.clock.advance(days=30)
    late = await hall.teammate(project_id)
    await hall.change(project_id, lead_id=late)
    await hall.fill(project_id)
    await hall.move(project_id, "forward", await hall.mover(project_id))
    assert await hall.merits(project_id) == [("idea_implemented", 100)]


async def test_a_head_who_came_from_nowhere_is_not_thanked_either(hall: Hall) -> None:
    project_id = await hall.plant("implementation", author_id=None)
    await hall.change(project_id, lead_id=await hall.verified())
    await hall.fill(project_id)
    await hall.move(project_id, "forward", await hall.mover(project_id))
    assert await hall.merits(project_id) == []


async def test_a_head_who_gathered_the_team_is_thanked(hall: Hall) -> None:
    project_id = await hall.plant("team", author_id=None)
    lead = await hall.verified()
    await hall.change(project_id, lead_id=lead)
    for _ in range(4):
        await hall.fill(project_id)
        await hall.move(project_id, "forward", await hall.mover(project_id))
    assert (await hall.town.balance(lead, "merits"))[0] == 10 + 100


async def test_what_was_not_built_after_all_is_thanked_for_no_more(hall: Hall) -> None:
    """Closed as a fake: what was spent stays as a debt, work that was done keeps its thanks."""
    town = hall.town
    project_id, people = await built(hall)
    expert = await hall.person("expert")
    await hall.thank(expert, "opinion", project_id)
    await town.run(
        ledger.hold, member_id=people["mate"], currency="merits", amount=60, key="h", reason="r",
        now=town.now, expires_at=town.now + timedelta(hours=1),
    )  # fmt: skip
    await hall.change(project_id, hidden=True)
    moderator = await hall.staff("moderator")
    await hall.move(project_id, "close", moderator, "Nothing stands there")
    assert set((await merits_of(hall, people)).values()) == {0}
    assert await town.balance(people["mate"], "merits") == (0, 60, 0, 60)
    assert (await town.balance(expert, "merits"))[0] == 15
    await thank_supporters(hall)
    assert (await town.balance(people["supporter"], "merits"))[0] == 0
    assert await town.count(Told, Told.key.startswith("thanks:")) == 0
    await hall.assert_whole()


async def test_after_an_appeal_and_the_building_all_are_thanked_again(hall: Hall) -> None:
    project_id, people = await built(hall)
    before = await merits_of(hall, people)
    await hall.change(project_id, hidden=True)
    moderator = await hall.staff("moderator")
    await hall.move(project_id, "close", moderator, "Nothing stands there")
    await hall.move(project_id, "appeal", people["author"], "Come and see")
    await hall.move(project_id, "resume", moderator)
    await hall.move(project_id, "forward", await hall.mover(project_id))
    await thank_supporters(hall)
    assert await merits_of(hall, people) == before
    await hall.assert_whole()


async def test_what_is_flagged_away_thanks_nobody_until_it_is_looked_at(hall: Hall) -> None:
    project_id = await hall.plant("implementation", status="done", hidden=True)
    await hall.support(project_id, 2)
    await thank_supporters(hall)
    assert await hall.merits(project_id) == []
    await hall.change(project_id, hidden=False)
    await thank_supporters(hall)
    assert await hall.merits(project_id) == [("project_supporter", 3)] * 2


@pytest.mark.parametrize("verb", ["forward", "back", "close"])
async def test_experts_are_thanked_whatever_is_decided(hall: Hall, verb: str) -> None:
    project_id = await hall.plant("expertise")
    await hall.opinion(project_id, 5)
    expert = await hall.opinion(project_id, 3)
    aside = await hall.opinion(project_id, conflict=True)
    moderator = await hall.staff("moderator")
    await hall.move(project_id, verb, moderator, "Because it is so")
    approved = [("idea_approved", 30)] if verb == "forward" else []
    assert await hall.merits(project_id) == [*approved, ("opinion", 15), ("opinion", 15)]
    assert (await hall.town.balance(expert, "merits"))[0] == 15
    assert (await hall.town.balance(aside, "merits"))[0] == 0
    await hall.assert_whole()


async def test_an_expert_is_thanked_once_however_often_it_comes_back(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    await hall.opinion(project_id, 2)
    moderator = await hall.staff("moderator")
    await hall.move(project_id, "pause", moderator)
    assert await hall.merits(project_id) == []
    await hall.move(project_id, "resume", moderator)
    await hall.move(project_id, "back", moderator, "Ask more neighbours")
    await hall.fill(project_id)
    await hall.move(project_id, "forward", moderator)
    await hall.move(project_id, "close", moderator, "No place for it")
    assert await hall.merits(project_id) == [("idea_supported", 20), ("opinion", 15)]
