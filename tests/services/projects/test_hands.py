"""Projects that somebody has left, and what is for the eyes of some only."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from services.cities.models import Unit
from services.civic import following
from services.errors import Changed, NotAllowed, NotFound
from services.members.models import RoleGrant
from services.projects import adopting, documents, team
from services.projects.building import NotVerified
from services.projects.legality import GateShut, Illegal
from services.projects.team import LeadTaken
from services.reports.models import Report
from tests.services.projects.hall import Hall
from tests.services.projects.test_work import Doing


async def test_what_nobody_wrote_and_nobody_leads_is_anybodys_to_lead(hall: Hall) -> None:
    do, neighbour = Doing(hall), await hall.verified()
    project_id = await hall.plant("team", author_id=None)
    city, now = hall.town.city, hall.town.now
    assert await hall.town.look(adopting.orphans, city.id, now) == [project_id]
    unknown = await hall.person()
    await do.refused(NotVerified, team.take_lead, project_id=project_id, member_id=unknown)
    await do(team.take_lead, project_id=project_id, member_id=neighbour)
    assert await hall.roles(project_id, neighbour) == {"lead"}
    assert await hall.town.look(following.followers, "project", str(project_id)) == [neighbour]
    late = await hall.person()
    await do.refused(NotAllowed, team.take_lead, project_id=project_id, member_id=late)
    assert await hall.town.look(adopting.orphans, city.id, now) == []
    await do(team.open_place, project_id=project_id, by=neighbour, skill="law")


async def test_only_what_everybody_sees_is_there_to_be_led(hall: Hall) -> None:
    do, neighbour = Doing(hall), await hall.verified()
    hidden = await hall.plant("team", author_id=None, hidden=True)
    early = await hall.plant("evaluation", author_id=None)
    await do.refused(NotAllowed, team.take_lead, project_id=hidden, member_id=neighbour)
    await do.refused(Changed, team.take_lead, project_id=early, member_id=neighbour)
    led = await hall.plant("team", author_id=None, lead_id=await hall.person())
    await do.refused(NotAllowed, team.take_lead, project_id=led, member_id=neighbour)
    own = await hall.plant("team", lead_id=await hall.person())
    author_id = (await hall.facts(own)).author_id
    await do.refused(LeadTaken, team.take_lead, project_id=own, member_id=author_id)


async def test_nothing_goes_back_to_an_author_that_there_is_not(hall: Hall) -> None:
    moderator = await hall.staff("moderator")
    project_id = await hall.plant("premoderation", author_id=None)
    with pytest.raises(Illegal):
        await hall.move(project_id, "back", moderator, "Please say where")
    assert await hall.state(project_id) == "premoderation"
    public = await hall.plant("evaluation", author_id=None)
    await hall.move(public, "back", moderator, "A name stands in the text")
    assert await hall.state(public) == "premoderation"


async def mentored(hall: Hall) -> tuple[int, int]:
    mentor = await hall.person("mentor")
    project_id = await hall.plant("acceleration", "startup", mentor_id=mentor)
    await hall.document(project_id, "mentor_checklist")
    return project_id, mentor


def leaving(hall: Hall, project_id: int, by: int) -> dict[str, Any]:
    return {"city": hall.town.city, "project_id": project_id, "by": by}


async def test_a_mentor_steps_down_and_another_begins_anew(hall: Hall) -> None:
    do, (project_id, mentor) = Doing(hall), await mentored(hall)
    other = await hall.person("mentor")
    await do.refused(NotAllowed, documents.step_down, **leaving(hall, project_id, other))
    await do(documents.step_down, **leaving(hall, project_id, mentor))
    assert await hall.told("project_call") == [other]
    assert await hall.events(project_id) == [
        ("mentor_left", "acceleration", "acceleration", "mentor")
    ]
    await do(documents.take_on, project_id=project_id, mentor_id=other)
    with pytest.raises(GateShut) as shut:
        await hall.move(project_id, "forward", other)
    assert [lack.label for lack in shut.value.missing] == ["checklist"]


async def test_an_operator_releases_a_mentor_who_is_none_any_more(hall: Hall) -> None:
    do, (project_id, mentor) = Doing(hall), await mentored(hall)
    await hall.town.write(
        update(RoleGrant).where(RoleGrant.member_id == mentor).values(revoked_at=hall.town.now)
    )
    operator, other = await hall.staff("operator"), await hall.person("mentor")
    await do.refused(NotAllowed, documents.take_on, project_id=project_id, mentor_id=other)
    await do(documents.step_down, **leaving(hall, project_id, operator))
    await do.refused(Changed, documents.step_down, **leaving(hall, project_id, operator))
    await do(documents.take_on, project_id=project_id, mentor_id=other)
    assert (await hall.facts(project_id)).mentor_id == other


async def test_after_its_stage_a_mentor_stays_in_the_books(hall: Hall) -> None:
    do, mentor = Doing(hall), await hall.person("mentor")
    project_id = await hall.plant("financing", "startup", mentor_id=mentor)
    await do.refused(Changed, documents.step_down, **leaving(hall, project_id, mentor))


async def secret(hall: Hall, project_id: int) -> int:
    author_id = (await hall.facts(project_id)).author_id
    document: int = await Doing(hall)(
        documents.add, project_id=project_id, by=author_id, kind="estimate", title="Our prices",
        text="Secret", commercial=True,
    )  # fmt: skip
    return document


async def reads(hall: Hall, document_id: int, member_id: int) -> bool:
    try:
        await hall.town.look(documents.content, document_id, member_id)
    except NotFound:
        return False
    return True


async def official(hall: Hall, number: int) -> int:
    """Of the city's first, second, … unit."""
    units = await hall.town.rows(select(Unit.id).order_by(Unit.id))
    member_id = await hall.person()
    values = {"role": "official", "unit_id": units[number][0], "granted_at": hall.town.now}
    await hall.town.write(insert(RoleGrant).values(member_id=member_id, **values))
    return member_id


async def test_a_mentor_reads_what_is_secret_of_their_own_project_only(hall: Hall) -> None:
    mentor = await hall.person("mentor")
    own, free = [await hall.plant("acceleration", "startup") for _ in range(2)]
    await hall.change(own, mentor_id=mentor)
    papers = [await secret(hall, each) for each in (own, free)]
    assert [await reads(hall, each, mentor) for each in papers] == [True, False]


async def test_an_official_reads_what_is_secret_where_their_unit_is_concerned(hall: Hall) -> None:
    do, project_id = Doing(hall), await hall.plant("design")
    first, second = await official(hall, 0), await official(hall, 1)
    paper = await secret(hall, project_id)
    assert [await reads(hall, paper, each) for each in (first, second)] == [False, False]
    await do.refused(NotAllowed, documents.accept, document_id=paper, by=first)
    units = await hall.town.rows(select(Unit.id).order_by(Unit.id))
    await report(hall, project_id, units[0][0])
    assert [await reads(hall, paper, each) for each in (first, second)] == [True, False]
    await do(documents.accept, document_id=paper, by=first)
    operator, moderator = await hall.staff("operator"), await hall.staff("moderator")
    assert [await reads(hall, paper, each) for each in (operator, moderator)] == [True, True]


async def report(hall: Hall, project_id: int, unit_id: int) -> None:
    """One that the project came from, which was this unit's."""
    now = hall.town.now
    await hall.town.write(
        insert(Report).values(
            city_id=hall.town.city.id, number=1, state="promoted", text="A pothole",
            project_id=project_id, unit_id=unit_id, created_at=now, updated_at=now, state_at=now,
            source="bot",
        )
    )  # fmt: skip
