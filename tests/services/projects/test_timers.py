"""What happens by itself when time runs out, when a gate opens, and when something was built."""

from datetime import timedelta

import pytest

from services.errors import Changed
from services.projects import adopting, challenges, clocks, ideas, timers, voting
from services.projects.building import NotVerified
from services.projects.legality import GateShut
from services.projects.models import Challenge
from tests.services.projects.hall import Hall


async def run(hall: Hall) -> None:
    """Everything that is due, as the job does it."""
    town = hall.town
    for project_id in await town.look(timers.ready, town.city):
        await town.run(timers.advance, town.city, project_id, town.now)
    for step in (timers.next_due, challenges.close_next, timers.thank_next):
        while await town.run(step, town.city, town.now):
            pass


@pytest.mark.parametrize(
    ("stage", "days", "after"),
    [
        ("idea", 30, "closed"),
        ("premoderation", 3, "premoderation"),
        ("evaluation", 30, "paused"),
        ("expertise", 21, "expertise"),
        ("team", 60, "paused"),
        ("design", 90, "paused"),
        ("acceleration", 60, "acceleration"),
        ("financing", 180, "paused"),
        ("implementation", 30, "implementation"),
    ],
)
async def test_each_stage_has_its_clock(
    sqlite_hall: Hall, stage: str, days: int, after: str
) -> None:
    hall = sqlite_hall
    project_id = await hall.plant(stage, "startup")
    hall.town.clock.advance(days=days, seconds=-1)
    await run(hall)
    assert await hall.state(project_id) == stage
    assert await hall.events(project_id) == []
    hall.town.clock.advance(seconds=1)
    await run(hall)
    assert await hall.state(project_id) == after
    verb = {"paused": "pause", "closed": "close"}.get(after)
    assert await hall.events(project_id) == ([(verb, stage, after, "system")] if verb else [])


async def test_who_may_move_it_on_is_reminded_again_and_again(hall: Hall) -> None:
    moderator = await hall.staff("moderator")
    await hall.staff("operator")
    await hall.plant("premoderation")
    for count in (1, 2):
        hall.town.clock.advance(days=3)
        await run(hall)
        assert await hall.told("project_reminder") == [moderator] * count


async def test_a_team_that_does_not_come_together_leaves_an_orphan(hall: Hall) -> None:
    author_id = await hall.person()
    project_id = await hall.plant("team", author_id=author_id)
    hall.town.clock.advance(days=60)
    await run(hall)
    project = await hall.facts(project_id)
    assert (project.status, project.adoptable, project.paused_by) == ("paused", True, "system")
    orphans = (adopting.orphans, hall.town.city.id, hall.town.now)
    assert await hall.town.look(*orphans) == [project_id]
    stranger = await hall.person()
    before = await hall.town.everything()
    with pytest.raises(NotVerified):
        await hall.town.run(
            adopting.adopt, city=hall.town.city, project_id=project_id, member_id=stranger,
            now=hall.town.now,
        )  # fmt: skip
    assert await hall.town.everything() == before
    parent = await hall.verified()
    moved = await hall.town.run(
        adopting.adopt,
        city=hall.town.city,
        project_id=project_id,
        member_id=parent,
        now=hall.town.now,
    )
    assert (moved.after, moved.acting) == ("team", "adopter")
    project = await hall.facts(project_id)
    assert (project.lead_id, project.author_id, project.adoptable) == (parent, author_id, False)
    assert project.due_at == hall.town.now + timedelta(days=60)
    assert await hall.town.look(*orphans) == []


async def test_a_lead_is_asked_before_somebody_else_may_lead(hall: Hall) -> None:
    town, lead, parent = hall.town, await hall.verified(), await hall.verified()
    project_id = await hall.plant("team", lead_id=lead)
    town.clock.advance(days=60)
    await run(hall)
    assert (await hall.told("project_lead_asked"), await hall.told("project_orphan")) == (
        [lead],
        [],
    )

    async def adopt() -> str:
        moved = await town.run(
            adopting.adopt, city=town.city, project_id=project_id, member_id=parent, now=town.now
        )
        return str(moved.after)

    town.clock.advance(days=14, seconds=-1)
    before = await town.everything()
    assert await town.look(adopting.orphans, town.city.id, town.now) == []
    with pytest.raises(Changed):
        await adopt()
    assert await town.everything() == before
    town.clock.advance(seconds=1)
    assert await town.look(adopting.orphans, town.city.id, town.now) == [project_id]
    assert await adopt() == "team"
    assert (await hall.facts(project_id)).lead_id == parent
    assert await hall.told("project_led_on") == [lead]


async def test_a_lead_who_answers_keeps_it(hall: Hall) -> None:
    lead = await hall.verified()
    project_id = await hall.plant("team", lead_id=lead)
    hall.town.clock.advance(days=60)
    await run(hall)
    await hall.move(project_id, "resume", lead)
    hall.town.clock.advance(days=20)
    assert await hall.town.look(adopting.orphans, hall.town.city.id, hall.town.now) == []


async def test_a_closed_step_brings_no_reminder_of_another_that_is_late(hall: Hall) -> None:
    operator, town = await hall.staff("operator"), hall.town
    project_id = await hall.plant("implementation")
    await hall.milestone(project_id, done=False, days=-1)
    await run(hall)
    town.clock.advance(days=30)
    await run(hall)
    assert await hall.told("project_reminder") == [operator]
    town.clock.advance(days=3)
    await town.run(clocks.wind, town.city, project_id, town.now)
    await run(hall)
    assert await hall.told("project_reminder") == [operator]
    town.clock.advance(days=4)
    await run(hall)
    assert await hall.told("project_reminder") == [operator] * 2


async def test_a_gate_that_holds_is_gone_through_and_not_paused(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    await hall.fill(project_id)
    hall.town.clock.advance(days=31)
    while await hall.town.run(timers.next_due, hall.town.city, hall.town.now):
        pass
    assert await hall.state(project_id) == "expertise"


async def test_voices_verified_afterwards_carry_it(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    voices = await hall.support(project_id, 29)
    citizen = await hall.person()
    assert len(voices) == 29

    await hall.town.run(
        voting.vote, city=hall.town.city, project_id=project_id, member_id=citizen, value=1,
        now=hall.town.now,
    )  # fmt: skip
    await run(hall)
    assert await hall.state(project_id) == "evaluation"
    await hall.verify(citizen)
    await run(hall)
    assert await hall.state(project_id) == "expertise"


async def test_money_that_is_there_moves_it_by_itself(hall: Hall) -> None:
    bare, short, funded = [await hall.plant("financing") for _ in range(3)]
    await hall.commitment(await hall.line(short), 999)
    await hall.commitment(await hall.line(funded), 1000)
    agreed = await hall.plant("financing", "ppp")
    await hall.commitment(await hall.line(agreed))
    await run(hall)
    states = [await hall.state(each) for each in (bare, short, funded, agreed)]
    assert states == ["financing", "financing", "implementation", "financing"]


async def test_hands_and_boards_alone_are_no_budget(hall: Hall) -> None:
    project_id = await hall.plant("financing")
    await hall.commitment(await hall.line(project_id, 10, "people"), 10)
    await hall.line(project_id, 5, "material")
    await run(hall)
    assert await hall.state(project_id) == "financing"
    with pytest.raises(GateShut) as shut:
        await hall.move(project_id, "forward", await hall.staff("operator"))
    assert [(lack.label, lack.have, lack.want) for lack in shut.value.missing] == [("budget", 0, 1)]
    await hall.commitment(await hall.line(project_id, 1000), 1000)
    await run(hall)
    assert await hall.events(project_id) == [("forward", "financing", "implementation", "system")]


async def test_every_supporter_is_thanked_once_after_it_was_built(hall: Hall) -> None:
    project_id = await hall.plant("implementation", status="done")
    await hall.support(project_id, 60, 2)
    await run(hall)
    await run(hall)
    assert await hall.merits(project_id) == [("project_supporter", 3)] * 60
    await hall.assert_whole()


async def test_a_request_ends_with_its_term(hall: Hall) -> None:
    official = await hall.staff("official")
    city = hall.town.city
    challenge_id = await hall.town.run(
        challenges.draft, city=city, owner_id=official, title="Shade for the square",
        brief="Thirty people wait for the bus in the sun.", criteria=["Trees, not roofs"],
        prize="A walk with the gardener", ends_at=hall.town.now + timedelta(days=20),
        now=hall.town.now,
    )  # fmt: skip
    await hall.town.run(
        challenges.approve, city=city, challenge_id=challenge_id,
        by=await hall.staff("moderator"), now=hall.town.now,
    )  # fmt: skip
    await hall.town.run(
        challenges.open_, city=city, challenge_id=challenge_id, by=official, now=hall.town.now
    )
    hall.town.clock.advance(days=20)
    author_id = await hall.person()
    with pytest.raises(ideas.ChallengeOver):
        await hall.town.run(
            ideas.start, city=city, author_id=author_id, title="Limes", text="", kind="urban",
            now=hall.town.now, challenge_id=challenge_id,
        )  # fmt: skip
    await run(hall)
    assert await hall.town.count(Challenge, Challenge.state == "closed") == 1
