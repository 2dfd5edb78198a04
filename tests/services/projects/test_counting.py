"""Whose word counts: that of others than a project's people, and of those who may still say it."""

from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from services.civic.models import Verification
from services.members.models import RoleGrant
from services.projects import experts, ideas
from services.projects.legality import GateShut
from services.projects.models import CoAuthor, TeamMember
from tests.services.projects.hall import Hall


async def joins(hall: Hall, project_id: int, member_id: int, how: str) -> None:
    """The member becomes one of the project's people."""
    if how == "co-author":
        invited = {"project_id": project_id, "member_id": member_id, "state": "asked"}
        await hall.town.write(insert(CoAuthor).values(**invited))
        await hall.town.run(
            ideas.answer_invitation, project_id=project_id, member_id=member_id, agrees=True,
            now=hall.town.now,
        )  # fmt: skip
    elif how == "team":
        place = {"skill": "law", "state": "accepted", "at": hall.town.now}
        await hall.town.write(
            insert(TeamMember).values(project_id=project_id, member_id=member_id, **place)
        )
    else:
        await hall.change(project_id, **{how: member_id})


async def revoke(hall: Hall, member_id: int) -> None:
    await hall.town.write(
        update(RoleGrant).where(RoleGrant.member_id == member_id).values(revoked_at=hall.town.now)
    )


async def lacking(hall: Hall, project_id: int, by: int) -> list[Any]:
    with pytest.raises(GateShut) as shut:
        await hall.move(project_id, "forward", by)
    return [(lack.label, lack.have, lack.want) for lack in shut.value.missing]


@pytest.mark.parametrize("how", ["co-author", "team", "lead_id", "mentor_id", "author_id"])
async def test_a_voice_of_who_joins_the_project_counts_no_more(hall: Hall, how: str) -> None:
    project_id = await hall.plant("evaluation")
    (fan, *_others) = await hall.support(project_id, 30, 1)
    await joins(hall, project_id, fan, how)
    project = await hall.facts(project_id)
    assert (project.up, project.verified_up, project.verified_down) == (29, 29, 1)
    missing = await lacking(hall, project_id, await hall.staff("moderator"))
    assert missing == [("support", 29, 30)]


async def test_an_expert_who_becomes_a_co_author_has_no_opinion_of_it(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    expert = await hall.opinion(project_id, 5, veto=True)
    await hall.opinion(project_id, 3)
    await joins(hall, project_id, expert, "co-author")
    project = await hall.facts(project_id)
    assert (project.opinions, project.opinion_mean, project.vetoes) == (1, 3.0, 0)
    shown = await hall.town.look(experts.opinions, project_id)
    assert [each.scores for each in shown] == [(3,) * 5]


async def test_who_is_no_expert_any_more_holds_the_gate_no_more(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    await hall.fill(project_id)
    vetoes = await hall.opinion(project_id, 1, veto=True, text="A gas pipe below")
    moderator = await hall.staff("moderator")
    missing = await lacking(hall, project_id, moderator)
    assert missing[-1] == ("vetoes", 1, 0)
    await revoke(hall, vetoes)
    await hall.move(project_id, "forward", moderator)
    assert await hall.state(project_id) == "team"


async def test_an_opinion_needs_a_current_expert_and_what_was_decided_stays(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    await hall.opinion(project_id)
    leaves = await hall.opinion(project_id)
    moderator = await hall.staff("moderator")
    await revoke(hall, leaves)
    assert await lacking(hall, project_id, moderator) == [("opinions", 1, 2)]
    await hall.grant(leaves, "expert")
    await hall.move(project_id, "forward", moderator)
    await revoke(hall, leaves)
    assert (await hall.facts(project_id)).opinions == 2
    assert len(await hall.town.look(experts.opinions, project_id)) == 2


async def test_a_resident_who_joins_the_team_has_not_confirmed(hall: Hall) -> None:
    project_id = await hall.plant("implementation")
    await hall.fill(project_id)
    joined, unknown = await hall.resident(project_id), await hall.resident(project_id)
    assert (await hall.facts(project_id)).residents == 7
    await joins(hall, project_id, joined, "team")
    await hall.town.write(delete(Verification).where(Verification.member_id == unknown))
    assert (await hall.facts(project_id)).residents == 5


async def test_who_leads_is_not_one_of_the_roles_of_the_team(hall: Hall) -> None:
    project_id = await hall.plant("team")
    lead = await hall.teammate(project_id)
    await hall.teammate(project_id)
    await hall.teammate(project_id)
    assert (await hall.facts(project_id)).team == 3
    await hall.change(project_id, lead_id=lead)
    assert await lacking(hall, project_id, lead) == [("team", 2, 3)]
