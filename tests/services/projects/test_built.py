"""What is called built: a plan that nobody thins out, and the word of residents."""

from datetime import timedelta
from typing import Any

import pytest

from services.errors import Changed, NotAllowed
from services.projects import building
from services.projects.building import OwnWork
from tests.services.projects.hall import Hall
from tests.services.projects.test_work import Doing


def step(hall: Hall, milestone_id: int, by: int) -> dict[str, Any]:
    return {"city": hall.town.city, "milestone_id": milestone_id, "by": by}


async def test_while_it_is_built_only_an_operator_takes_a_step_away(hall: Hall) -> None:
    do, lead = Doing(hall), await hall.person()
    project_id = await hall.plant("implementation", lead_id=lead)
    await hall.milestone(project_id)
    last = await hall.milestone(project_id, done=False)
    for who in (lead, await hall.staff("official"), await hall.person()):
        await do.refused(NotAllowed, building.remove_milestone, **step(hall, last, who))
    await do(building.remove_milestone, **step(hall, last, await hall.staff("operator")))
    assert (await hall.facts(project_id)).milestones == 1
    assert await hall.events(project_id) == [
        ("step_removed", "implementation", "implementation", "operator")
    ]


async def test_while_it_is_designed_its_lead_plans_freely_and_the_log_tells(hall: Hall) -> None:
    do, lead = Doing(hall), await hall.person()
    project_id = await hall.plant("design", lead_id=lead)
    planned = await hall.milestone(project_id, done=False)
    await do(building.remove_milestone, **step(hall, planned, lead))
    assert (await hall.facts(project_id)).milestones == 0
    assert await hall.events(project_id) == [("step_removed", "design", "design", "lead")]


async def test_a_step_that_is_done_stays(hall: Hall) -> None:
    do, project_id = Doing(hall), await hall.plant("implementation")
    done = await hall.milestone(project_id)
    operator = await hall.staff("operator")
    await do.refused(Changed, building.remove_milestone, **step(hall, done, operator))


async def test_a_new_step_is_confirmed_anew(hall: Hall) -> None:
    do, operator = Doing(hall), await hall.staff("operator")
    project_id, other = await hall.plant("implementation"), await hall.plant("implementation")
    await hall.fill(project_id)
    await hall.fill(other)
    await do(
        building.add_milestone, city=hall.town.city, project_id=project_id, by=operator,
        title="Lamps", due_on=hall.town.now.date() + timedelta(days=7),
    )  # fmt: skip
    assert [(await hall.facts(each)).residents for each in (project_id, other)] == [0, 5]


@pytest.mark.parametrize("role", ["operator", "official"])
async def test_who_builds_for_the_city_confirms_nothing(hall: Hall, role: str) -> None:
    do, project_id, builder = (
        Doing(hall),
        await hall.plant("implementation"),
        await hall.staff(role),
    )
    await hall.milestone(project_id)
    await hall.verify(builder)
    seen = {"city": hall.town.city, "project_id": project_id, "member_id": builder}
    await do.refused(OwnWork, building.confirm, **seen)
