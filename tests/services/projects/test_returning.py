"""What was sent back stays there, until somebody moves it or something new speaks for it."""

from datetime import timedelta
from typing import Any

import pytest

from services.civic import voices
from services.projects import budget, documents, money, voting
from services.projects.legality import GateShut
from tests.services.projects.hall import Hall
from tests.services.projects.test_timers import run

REASON = "Two more questions to ask"


async def sent_back(hall: Hall, stage: str, role: str, **columns: Any) -> int:
    """A project whose gate holds, sent back to it from the stage after."""
    project_id = await hall.plant(stage, **columns)
    await hall.fill(project_id)
    await run(hall)
    hall.town.clock.advance(days=1)
    await hall.move(project_id, "back", await hall.staff(role), REASON)
    hall.town.clock.advance(minutes=5)
    return project_id


async def vote(hall: Hall, project_id: int, member_id: int, value: int) -> Any:
    return await hall.town.run(
        voting.vote, city=hall.town.city, project_id=project_id, member_id=member_id, value=value,
        now=hall.town.now,
    )  # fmt: skip


async def test_the_system_does_not_undo_what_a_moderator_sent_back(hall: Hall) -> None:
    project_id = await sent_back(hall, "evaluation", "moderator")
    await run(hall)
    assert await hall.state(project_id) == "evaluation"
    hall.town.clock.advance(days=30)
    await run(hall)
    assert await hall.events(project_id) == [
        ("forward", "evaluation", "expertise", "system"),
        ("back", "expertise", "evaluation", "moderator"),
        ("pause", "evaluation", "paused", "system"),
    ]


async def test_a_voice_against_or_taken_back_is_nothing_that_speaks_for_it(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    (first, *_others) = await hall.support(project_id, 40)
    await run(hall)
    hall.town.clock.advance(days=1)
    await hall.move(project_id, "back", await hall.staff("moderator"), REASON)
    hall.town.clock.advance(minutes=5)
    voted = await vote(hall, project_id, await hall.verified(), -1)
    assert (voted.changed, voted.moved) == (True, None)
    taken = await hall.town.run(
        voting.withdraw, city=hall.town.city, project_id=project_id, member_id=first,
        now=hall.town.now,
    )  # fmt: skip
    assert (taken.changed, taken.moved) == (True, None)
    await run(hall)
    assert await hall.state(project_id) == "evaluation"


async def test_a_new_voice_for_it_carries_it_again(hall: Hall) -> None:
    project_id = await sent_back(hall, "evaluation", "moderator")
    voted = await vote(hall, project_id, await hall.verified(), 1)
    assert (voted.moved.after, voted.moved.acting) == ("expertise", "system")


async def test_an_old_voice_verified_since_is_new(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    citizen = await hall.person()
    await hall.town.run(
        voices.give, subject="project", subject_id=project_id, member_id=citizen, value=1,
        now=hall.town.now,
    )  # fmt: skip
    await hall.fill(project_id)
    await run(hall)
    hall.town.clock.advance(days=1)
    await hall.move(project_id, "back", await hall.staff("moderator"), REASON)
    hall.town.clock.advance(minutes=5)
    await run(hall)
    assert await hall.state(project_id) == "evaluation"
    await hall.verify(citizen)
    await run(hall)
    assert await hall.state(project_id) == "expertise"


async def test_a_person_moves_it_on_as_before(hall: Hall) -> None:
    project_id = await sent_back(hall, "evaluation", "moderator")
    moved = await hall.move(project_id, "forward", await hall.staff("moderator"))
    assert (moved.after, moved.acting) == ("expertise", "moderator")


async def test_money_that_was_there_before_does_not_start_the_work_again(hall: Hall) -> None:
    project_id = await sent_back(hall, "financing", "operator")
    await run(hall)
    assert await hall.state(project_id) == "financing"
    (line,) = await hall.town.look(budget.lines, project_id)
    more = await hall.commitment(line.id, 500, "pledged")
    moved = await hall.town.run(
        money.sign, city=hall.town.city, commitment_id=more, by=await hall.staff("operator"),
        document="No. 9", now=hall.town.now,
    )  # fmt: skip
    assert (moved.after, moved.acting) == ("implementation", "system")


@pytest.mark.parametrize(
    ("stage", "kind", "papers"),
    [
        ("design", "social", ["estimate", "schedule", "legal_scheme", "owner_consent"]),
        ("acceleration", "startup", ["mentor_checklist"]),
    ],
)
async def test_papers_of_the_stage_gone_back_to_are_accepted_again(
    hall: Hall, stage: str, kind: str, papers: list[str]
) -> None:
    lead = await hall.person()
    project_id = await hall.plant(stage, kind, lead_id=lead)
    other = await hall.document(project_id, "other")
    await hall.fill(project_id)
    mover = await hall.mover(project_id)
    await hall.move(project_id, "forward", mover)
    await hall.move(project_id, "back", await hall.staff("operator"), "The sums are old")
    listed = await hall.town.look(documents.listing, project_id)
    assert {each.kind for each in listed if not each.accepted} == set(papers)
    assert [each.accepted for each in listed if each.id == other] == [True]
    with pytest.raises(GateShut) as shut:
        await hall.move(project_id, "forward", mover)
    assert len(shut.value.missing) == len(papers)
    accepts = await hall.staff("operator" if stage == "design" else "mentor")
    for each in listed:
        if not each.accepted:
            await hall.town.run(
                documents.accept, document_id=each.id, by=accepts,
                now=hall.town.now + timedelta(days=1),
            )  # fmt: skip
    await hall.move(project_id, "forward", mover)
