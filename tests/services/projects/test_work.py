"""Experts, teams, documents, money, milestones and requests: the work behind each gate."""

from datetime import timedelta
from typing import Any

import pytest

from services.errors import Changed, NotAllowed, NotFound
from services.projects import (
    budget,
    building,
    challenges,
    documents,
    experts,
    money,
    moving,
    skills,
    team,
)
from services.projects.building import NotVerified, OwnWork, PhotoNeeded
from services.projects.documents import TooBig
from services.projects.experts import ScoresNeeded, VetoNeedsReason
from services.projects.legality import GateShut
from services.projects.money import BadAmount, DocumentNeeded
from services.projects.team import AlreadyIn, LeadTaken, TeamFull
from tests.services.projects.hall import Hall


class Doing:
    """A service's functions with the arguments that go without saying."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall

    async def __call__(self, operation: Any, /, **arguments: Any) -> Any:
        return await self.hall.town.run(operation, now=self.hall.town.now, **arguments)

    async def refused(self, refusal: type[Exception], operation: Any, /, **arguments: Any) -> None:
        before = await self.hall.town.everything()
        with pytest.raises(refusal):
            await self(operation, **arguments)
        assert await self.hall.town.everything() == before


def opinion(project_id: int, expert_id: int, **changes: Any) -> dict[str, Any]:
    plain = {"scores": [4, 4, 3, 5, 4], "text": "Good", "conflict": False, "veto": False}
    return {"project_id": project_id, "expert_id": expert_id, **plain, **changes}


async def test_an_opinion_counts_unless_there_is_a_conflict(hall: Hall) -> None:
    do, project_id, expert = Doing(hall), await hall.plant("expertise"), await hall.person("expert")
    await do(experts.give, **opinion(project_id, expert))
    project = await hall.facts(project_id)
    assert (project.opinions, project.opinion_mean, project.vetoes) == (1, 4.0, 0)
    await do(experts.give, **opinion(project_id, expert, veto=True, text="A gas pipe below"))
    assert (await hall.facts(project_id)).vetoes == 1
    await do(experts.give, **opinion(project_id, expert, veto=True, conflict=True))
    project = await hall.facts(project_id)
    assert (project.opinions, project.vetoes) == (0, 0)
    mine = await hall.town.look(experts.mine, project_id, expert)
    assert (mine.conflict, mine.scores, mine.text) == (True, (), "")
    assert await hall.town.look(experts.opinions, project_id) == []


async def test_an_opinion_needs_an_expert_scores_and_a_reason(hall: Hall) -> None:
    do, project_id, expert = Doing(hall), await hall.plant("expertise"), await hall.person("expert")
    for scores in ([], [5] * 4, [5] * 6, [0, 5, 5, 5, 5], [6, 5, 5, 5, 5]):
        await do.refused(ScoresNeeded, experts.give, **opinion(project_id, expert, scores=scores))
    no_reason = opinion(project_id, expert, veto=True, text=" ")
    await do.refused(VetoNeedsReason, experts.give, **no_reason)
    await do.refused(NotAllowed, experts.give, **opinion(project_id, await hall.person()))
    own = await hall.plant("expertise", author_id=expert)
    await do.refused(NotAllowed, experts.give, **opinion(own, expert))
    later = await hall.plant("team")
    await do.refused(Changed, experts.give, **opinion(later, expert))


async def test_experts_are_named_after_the_decision(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    await hall.fill(project_id)
    before = await hall.town.look(experts.opinions, project_id)
    assert [each.name for each in before] == [None, None]
    await hall.move(project_id, "forward", await hall.staff("moderator"))
    after = await hall.town.look(experts.opinions, project_id)
    assert [each.name for each in after] == ["Expert Petrov", "Expert Petrov"]


async def test_experts_see_what_waits_for_them(hall: Hall) -> None:
    expert = await hall.person("expert")
    first, second = await hall.plant("expertise"), await hall.plant("expertise")
    await hall.plant("expertise", hidden=True)
    await hall.opinion(first, expert_id=expert)
    assert await hall.town.look(experts.waiting, hall.town.city.id, expert) == [second]


async def test_a_team_comes_together(hall: Hall) -> None:
    do, author_id = Doing(hall), await hall.person()
    project_id = await hall.plant("team", author_id=author_id)
    lawyer, stranger, city = await hall.person(), await hall.person(), hall.town.city
    await do.refused(NotAllowed, team.take_lead, project_id=project_id, member_id=stranger)
    await do(team.take_lead, project_id=project_id, member_id=author_id)
    await do.refused(LeadTaken, team.take_lead, project_id=project_id, member_id=author_id)
    asked = {"city": city, "project_id": project_id, "word": "I can", "public": True}
    await do.refused(TeamFull, team.apply, member_id=lawyer, skill="law", **asked)
    await do(team.open_place, project_id=project_id, by=author_id, skill="law")
    await hall.town.run(skills.set_skills, lawyer, ["law", "it"])
    assert await hall.town.look(skills.skills_of, lawyer) == ("law", "it")
    assert await hall.town.look(skills.wanted, city.id, lawyer) == [(project_id, "law")]
    application = await do(team.apply, member_id=lawyer, skill="law", **asked)
    assert await hall.told("project_applied") == [author_id]
    await do.refused(AlreadyIn, team.apply, member_id=lawyer, skill="law", **asked)
    seen = await hall.town.look(team.places, project_id, viewer_id=stranger)
    assert [(each.state, each.name) for each in seen] == [("open", None)]
    answer = {"city": city, "application_id": application, "accept": True}
    await do.refused(NotAllowed, team.answer, by=stranger, **answer)
    await do(team.answer, by=author_id, **answer)
    await do.refused(Changed, team.answer, by=author_id, **answer)
    assert await hall.told("project_application") == [lawyer]
    seen = await hall.town.look(team.places, project_id, viewer_id=stranger)
    assert [(e.state, e.name, e.word) for e in seen] == [("accepted", "Citizen Petrov", "")]
    assert await hall.roles(project_id, lawyer) == {"team"}
    await do(team.leave, project_id=project_id, member_id=lawyer)
    await do(team.leave, project_id=project_id, member_id=author_id)
    project = await hall.facts(project_id)
    assert (project.team, project.lead_id, project.author_id) == (0, None, author_id)
    await do.refused(NotAllowed, team.leave, project_id=project_id, member_id=lawyer)


async def test_a_document_counts_once_it_is_accepted(hall: Hall) -> None:
    do, author_id = Doing(hall), await hall.person()
    operator, stranger = await hall.staff("operator"), await hall.person()
    project_id = await hall.plant("design", author_id=author_id)
    paper = {"project_id": project_id, "kind": "estimate", "title": "Estimate", "text": "100"}
    await do.refused(NotAllowed, documents.add, by=stranger, **paper)
    estimate = await do(documents.add, by=author_id, **paper)
    assert (await hall.facts(project_id)).estimate == 0
    with pytest.raises(NotFound):
        await hall.town.look(documents.content, estimate, stranger)
    await do.refused(NotAllowed, documents.accept, document_id=estimate, by=author_id)
    await do(documents.accept, document_id=estimate, by=operator)
    await do.refused(Changed, documents.accept, document_id=estimate, by=operator)
    assert (await hall.facts(project_id)).estimate == 1
    assert (await hall.town.look(documents.content, estimate, stranger)).text == "100"
    await do.refused(TooBig, documents.add, by=author_id, **paper, file=b"x" * 5_000_001)
    await do.refused(NotFound, documents.add, by=author_id, **{**paper, "kind": "poem"})


async def test_of_a_commercial_document_everybody_knows_that_it_is_there(hall: Hall) -> None:
    do, author_id = Doing(hall), await hall.person()
    project_id = await hall.plant("design", author_id=author_id)
    secret = await do(
        documents.add, project_id=project_id, by=author_id, kind="schedule", title="Our prices",
        text="Secret", commercial=True,
    )  # fmt: skip
    await do(documents.accept, document_id=secret, by=await hall.staff("operator"))
    (shown,) = await hall.town.look(documents.listing, project_id)
    assert (shown.kind, shown.title, shown.commercial) == ("schedule", "", True)
    with pytest.raises(NotFound):
        await hall.town.look(documents.content, secret, await hall.person("expert"))
    assert (await hall.town.look(documents.content, secret, author_id)).text == "Secret"


async def test_the_mentor_accepts_what_the_team_prepared(hall: Hall) -> None:
    do, author_id = Doing(hall), await hall.person()
    mentor, other = await hall.person("mentor"), await hall.person("mentor")
    project_id = await hall.plant("acceleration", "startup", author_id=author_id)
    await do(documents.take_on, project_id=project_id, mentor_id=mentor)
    await do.refused(NotAllowed, documents.take_on, project_id=project_id, mentor_id=other)
    done = await do(
        documents.add, project_id=project_id, by=author_id, kind="mentor_checklist", title="Done"
    )
    await do.refused(NotAllowed, documents.accept, document_id=done, by=other)
    with pytest.raises(GateShut):
        await hall.move(project_id, "forward", mentor)
    await do(documents.accept, document_id=done, by=mentor)
    await hall.move(project_id, "forward", mentor)
    assert await hall.merits(project_id) == [("mentoring", 15)]


async def test_money_is_pledged_signed_and_paid(hall: Hall) -> None:
    do, lead = Doing(hall), await hall.person()
    operator, funder = await hall.staff("operator"), await hall.staff("funder")
    project_id, city = await hall.plant("financing", lead_id=lead), hall.town.city
    need = {"project_id": project_id, "kind": "money", "label": "Benches", "unit": ""}
    await do.refused(BadAmount, money.add_line, by=lead, amount=0, **need)
    line_id = await do(money.add_line, by=lead, amount=100_000, **need)
    give = {"city": city, "line_id": line_id, "public": False, "org": "Oka Fund"}
    await do.refused(NotAllowed, money.pledge, by=lead, source="fund", amount=1, **give)
    await do.refused(NotVerified, money.pledge, by=lead, source="citizens", amount=1, **give)
    citizen = await hall.verified()
    fund = await do(money.pledge, by=funder, source="fund", amount=60_000, **give)
    gift = await do(money.pledge, by=citizen, source="citizens", amount=40_000, **give)
    assert (await hall.facts(project_id)).funding_gap == 100_000
    sign = {"city": city, "by": operator}
    await do.refused(DocumentNeeded, money.sign, commitment_id=fund, document=" ", **sign)
    await do.refused(Changed, money.pay, commitment_id=fund, **sign)
    assert await do(money.sign, commitment_id=fund, document="No. 7", **sign) is None
    assert (await hall.facts(project_id)).funding_gap == 40_000
    await do(money.pay, commitment_id=fund, **sign)
    assert (await hall.facts(project_id)).funding_gap == 40_000
    assert await hall.town.look(budget.by_source, project_id) == {
        "fund": {"paid": 60_000},
        "citizens": {"pledged": 40_000},
    }
    shown = await hall.town.look(budget.commitments, project_id)
    assert [(each.source, each.org) for each in shown] == [("fund", None), ("citizens", None)]
    await do.refused(Changed, money.remove_line, line_id=line_id, by=lead)
    moved = await do(money.sign, commitment_id=gift, document="No. 8", **sign)
    assert (moved.after, moved.acting) == ("implementation", "system")


async def test_a_promise_is_taken_back(hall: Hall) -> None:
    do, citizen = Doing(hall), await hall.verified()
    project_id, city = await hall.plant("financing"), hall.town.city
    line_id = await hall.line(project_id, 1000)
    give = {"city": city, "line_id": line_id, "public": True, "org": "Vera", "source": "citizens"}
    promise = await do(money.pledge, by=citizen, amount=500, **give)
    await do.refused(NotAllowed, money.withdraw, commitment_id=promise, by=await hall.person())
    await do(money.withdraw, commitment_id=promise, by=citizen)
    await do.refused(
        Changed, money.withdraw, commitment_id=promise, by=await hall.staff("operator")
    )
    signed = await hall.commitment(line_id, 400, "signed")
    await do.refused(NotAllowed, money.withdraw, commitment_id=signed, by=citizen)
    await do(money.withdraw, commitment_id=signed, by=await hall.staff("operator"))
    assert (await hall.facts(project_id)).funding_gap == 1000


async def test_a_milestone_is_closed_with_a_photo_and_residents_confirm(hall: Hall) -> None:
    do, lead, city = Doing(hall), await hall.person(), hall.town.city
    project_id = await hall.plant("implementation", lead_id=lead)
    day = hall.town.now.date() + timedelta(days=14)
    step = await do(
        building.add_milestone, city=city, project_id=project_id, by=lead, title="Dig", due_on=day
    )
    project = await hall.facts(project_id)
    assert project.due_at is not None
    assert project.due_at.astimezone(city.timezone).date() == day + timedelta(days=1)
    close = {"city": city, "milestone_id": step, "by": lead}
    resident = await hall.verified()
    seen = {"city": city, "project_id": project_id}
    await do.refused(Changed, building.confirm, member_id=resident, **seen)
    await do.refused(PhotoNeeded, building.close_milestone, photo=None, **close)
    done = await do(building.close_milestone, photo=b"jpeg", **close)
    assert (done.title, done.has_photo) == ("Dig", True)
    await do.refused(Changed, building.close_milestone, photo=b"jpeg", **close)
    assert await hall.town.look(building.photo, step) == b"jpeg"
    await do.refused(NotVerified, building.confirm, member_id=await hall.person(), **seen)
    await hall.verify(lead)
    await do.refused(OwnWork, building.confirm, member_id=lead, **seen)
    confirmed = await do(building.confirm, member_id=resident, **seen)
    assert (confirmed.new, confirmed.residents, confirmed.needed) == (True, 1, 5)
    again = await do(building.confirm, member_id=resident, **seen)
    assert (again.new, again.residents) == (False, 1)


def call(hall: Hall, **changes: Any) -> dict[str, Any]:
    plain = {
        "city": hall.town.city, "title": "Shade for the square", "criteria": ["Trees, not roofs"],
        "brief": "Thirty people wait for the bus in the sun.", "prize": "",
        "ends_at": hall.town.now + timedelta(days=20),
    }  # fmt: skip
    return {**plain, **changes}


async def test_a_request_is_opened_once_it_is_approved(hall: Hall) -> None:
    do, official, city = Doing(hall), await hall.staff("official"), hall.town.city
    moderator = await hall.staff("moderator")
    await do.refused(NotAllowed, challenges.draft, owner_id=await hall.person(), **call(hall))
    request = await do(challenges.draft, owner_id=official, **call(hall))
    opening = {"city": city, "challenge_id": request, "by": official}
    with pytest.raises(GateShut) as shut:
        await do(challenges.open_, **opening)
    assert [lack.label for lack in shut.value.missing] == ["approved"]
    (waiting,) = await hall.town.look(challenges.waiting, city.id)
    assert waiting.id == request
    approving = {"city": city, "challenge_id": request}
    await do.refused(NotAllowed, challenges.approve, by=official, **approving)
    await do(challenges.approve, by=moderator, **approving)
    await do.refused(Changed, challenges.approve, by=moderator, **approving)
    assert await hall.told("challenge_approved") == [official]
    await do.refused(NotAllowed, challenges.open_, **{**opening, "by": moderator})
    assert await hall.town.look(challenges.listing, city.id) == []
    await do(challenges.open_, **opening)
    await do.refused(Changed, challenges.open_, **opening)
    await hall.plant(challenge_id=request)
    (shown,) = await hall.town.look(challenges.listing, city.id)
    assert (shown.title, shown.ideas, shown.criteria) == (
        *("Shade for the square", 1),
        ("Trees, not roofs",),
    )
    closing = {"city": city, "challenge_id": request, "reason": "The square is being rebuilt"}
    await do.refused(NotAllowed, challenges.close, by=official, **closing)
    await do(challenges.close, by=moderator, **closing)
    await do.refused(Changed, challenges.close, by=moderator, **closing)


async def test_a_request_without_criteria_or_after_its_term_stays_shut(hall: Hall) -> None:
    do, official = Doing(hall), await hall.staff("official")
    request = await do(
        challenges.draft, owner_id=official, **call(hall, criteria=[], ends_at=hall.town.now)
    )
    with pytest.raises(GateShut) as shut:
        await do(challenges.open_, city=hall.town.city, challenge_id=request, by=official)
    missing = [lack.label for lack in shut.value.missing]
    assert missing == ["term", "criteria", "approved"]


async def test_what_is_elsewhere_is_left_alone(hall: Hall) -> None:
    """Work that belongs to later stages is refused before them."""
    do, author_id = Doing(hall), await hall.person()
    project_id = await hall.plant("evaluation", author_id=author_id)
    await do.refused(Changed, team.open_place, project_id=project_id, by=author_id, skill="law")
    await do.refused(
        Changed, documents.add, project_id=project_id, by=author_id, kind="other", title="Plan"
    )
    await do.refused(
        Changed, money.add_line, project_id=project_id, by=author_id, kind="money", label="Wood",
        unit="", amount=1,
    )  # fmt: skip
    await do.refused(
        Changed, building.add_milestone, city=hall.town.city, project_id=project_id, by=author_id,
        title="Dig", due_on=hall.town.now.date(),
    )  # fmt: skip
    assert moving.state(await hall.facts(project_id)) == "evaluation"
