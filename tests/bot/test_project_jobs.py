"""What happens to projects and what is told of them by itself, through the application's jobs."""

import pytest
from sqlalchemy import insert, select

from services.civic import following
from services.civic.models import CivicEvent, Flag
from services.ledger.models import Transfer
from services.projects.models import Project
from services.week import sending
from tests.bot.test_jobs import Office
from tests.services.projects.hall import Hall
from tests.services.town import Town


@pytest.fixture
def office(town: Town) -> Office:
    return Office(town)


async def test_projects_go_on_when_their_gate_opens_or_their_time_runs_out(office: Office) -> None:
    """Verified later, run out, to be reminded of, built: each once, and then all is quiet."""
    town, hall = office.town, Hall(office.town)
    moderator, author = await hall.staff("moderator"), await hall.verified("Anna Avtor")
    carried = await hall.plant("evaluation", author_id=author)
    await hall.fill(carried)
    lonely = await hall.plant("team")
    draft = await hall.plant("idea")
    unseen = await hall.plant("premoderation")
    late = await hall.plant("design")
    built = await hall.plant("implementation", status="done", author_id=author)
    (supporter,) = await hall.support(built, 1)
    await office.jobs.run_projects()
    assert await hall.state(carried) == "expertise"
    assert await hall.merits(built) == [("project_supporter", 3)]
    assert await hall.merits(carried) == [("idea_supported", 20)]
    assert [await hall.state(each) for each in (lonely, draft, unseen, late)] == [
        *("team", "idea", "premoderation", "design")
    ]
    town.clock.advance(days=61)
    await office.jobs.run_projects()
    assert [await hall.state(each) for each in (lonely, draft, unseen, late)] == [
        *("paused", "closed", "premoderation", "design")
    ]
    assert (await hall.facts(lonely)).adoptable
    assert moderator in await hall.told("project_reminder")
    assert await town.rows(
        select(CivicEvent.acting, CivicEvent.verb).where(CivicEvent.subject_id == lonely)
    ) == [("system", "pause")]
    town.clock.advance(days=30)
    await office.jobs.run_projects()
    assert await hall.state(late) == "paused"
    before, woken = await town.everything(), office.woken
    await office.jobs.run_projects()
    assert (await town.everything(), office.woken) == (before, woken)
    thanks = select(Transfer.amount).where(Transfer.reason.startswith("project_supporter"))
    assert await town.rows(thanks) == [(3,)], supporter
    await hall.assert_whole()


async def test_a_project_is_hidden_by_the_job_when_its_flags_count_by_now(office: Office) -> None:
    town, hall = office.town, Hall(office.town)
    moderator = await hall.staff("moderator")
    project = await hall.plant("team")
    people = [await town.member() for _ in range(3)]
    for member in people:
        await town.write(
            insert(Flag).values(
                subject="project", subject_id=project, member_id=member, at=town.now
            )
        )
    await office.jobs.run_projects()
    assert await town.rows(select(Project.hidden)) == [(False,)]
    for member in people:
        await hall.verify(member)
    await office.jobs.run_projects()
    assert await town.rows(select(Project.hidden)) == [(True,)]
    assert await hall.told("project_flagged") == [moderator]
    before, woken = await town.everything(), office.woken
    await office.jobs.run_projects()
    assert (await town.everything(), office.woken) == (before, woken)


async def test_the_news_of_the_week_come_on_monday_at_a_civil_hour(office: Office) -> None:
    town, hall = office.town, Hall(office.town)
    expert, neighbour = await hall.person("expert"), await town.member()
    await town.run(
        following.follow, member_id=neighbour, subject="kind", key="social", via="chosen",
        now=town.now,
    )  # fmt: skip
    await hall.plant("expertise", kind="social")
    both = [(expert, sending.KIND), (neighbour, sending.KIND)]
    # Noon on Sunday, then nine, ten and eleven on Monday, and ten on Tuesday.
    for hours, told in ((0, []), (21, []), (1, both), (1, both), (23, both)):
        town.clock.advance(hours=hours)
        await office.jobs.tell_week()
        assert sorted(await town.outbox()) == told
    assert office.woken == 1
