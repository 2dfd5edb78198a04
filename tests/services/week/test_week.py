"""The news of the week: for whom, of what, once, and never about nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services import delivery
from services.civic import following, notifying
from services.civic.models import Told, Unwanted
from services.delivery.models import OutboxMessage
from services.members.models import RoleGrant
from services.projects.models import Commitment, Project
from services.week import sending
from tests.services.plan import plan_town
from tests.services.projects.hall import Hall
from tests.services.town import Town, at_once


@pytest.fixture
def hall(town: Town) -> Hall:
    """On Sunday at noon; the week's news come on Monday."""
    return Hall(town)


async def follows(town: Town, subject: str, key: str) -> int:
    member = await town.member()
    await town.run(
        following.follow, member_id=member, subject=subject, key=key, via="chosen", now=town.now
    )
    return member


async def tell(town: Town) -> None:
    while await town.run(sending.tell_next, town.city, town.now):
        pass


async def told(town: Town) -> dict[int, dict[str, Any]]:
    """What waits for whom; a member has one message of the week at most."""
    query = select(OutboxMessage.member_id, OutboxMessage.facts)
    rows = await town.rows(query.where(OutboxMessage.kind == sending.KIND))
    assert len({member for member, _facts in rows}) == len(rows)
    return dict(rows)  # type: ignore[arg-type]


async def test_followers_hear_what_the_week_brought(hall: Hall) -> None:
    town = hall.town
    by_district = await follows(town, "district", "leninsky")
    by_kind = await follows(town, "kind", "social")
    by_theme = await follows(town, "category", "pothole")
    await follows(town, "district", "left-nowhere")
    new = await hall.plant("evaluation", district="leninsky", citywide=False)
    old = town.now - timedelta(days=20)
    moved = await hall.plant("team", kind="urban", district="leninsky", published_at=old)
    await hall.plant("team", published_at=old, stage_at=old, district="leninsky")
    await hall.plant("team", district="leninsky", hidden=True)
    await hall.plant("premoderation", district="leninsky")
    await hall.plant("team", status="closed", district="leninsky")
    done = await hall.plant(
        "implementation", status="done", district="leninsky", published_at=old, stage_at=old
    )
    await plan_town.report(town, "pothole", town.now, district="leninsky")
    await plan_town.report(town, "pothole", town.now, hidden=True, district="leninsky")
    await plan_town.report(
        town, "pothole", old, state="fixed", state_at=town.now, district="leninsky"
    )
    town.clock.advance(days=1)
    await tell(town)
    found = await told(town)
    assert sorted(found) == sorted([by_district, by_kind, by_theme])
    (district,) = found[by_district]["news"]
    assert district["counts"] == {"new": 1, "moved": 1, "done": 1, "reports": 1, "fixed": 1}
    assert {id_ for id_, _title in district["titles"]} == {new, moved, done}
    (kind,) = found[by_kind]["news"]
    assert (kind["subject"], kind["counts"]) == ("kind", {"new": 1, "done": 1})
    (theme,) = found[by_theme]["news"]
    assert theme["counts"] == {"reports": 1, "fixed": 1}
    assert found[by_theme]["first"] == date(2026, 11, 16).isoformat()


async def test_experts_mentors_and_funders_hear_what_waits(hall: Hall) -> None:
    town = hall.town
    expert, lazy = await hall.person("expert"), await hall.person("expert")
    mentor, busy = await hall.person("mentor"), await hall.person("mentor")
    funder, giver = await hall.person("funder"), await hall.person("funder")
    first, second = await hall.plant("expertise"), await hall.plant("expertise")
    await hall.plant("expertise", author_id=lazy)
    await hall.opinion(first, expert_id=expert)
    theirs = await hall.plant("acceleration", mentor_id=busy)
    free = await hall.plant("acceleration", kind="urban")
    await hall.plant("acceleration", status="paused")
    lacking, funded = await hall.plant("financing"), await hall.plant("financing")
    line = await hall.line(lacking, 1000)
    await hall.commitment(await hall.line(funded, 1000), 1000)
    await hall.commitment(line, 10, "pledged")
    await town.write(
        update(Project).where(Project.id == second).values(stage_at=town.now - timedelta(days=1))
    )
    await town.write(update(Commitment).where(Commitment.line_id == line).values(by_id=giver))
    town.clock.advance(days=1)
    await tell(town)
    works = {
        member: [(each["role"], [id_ for id_, _title in each["titles"]]) for each in facts["work"]]
        for member, facts in (await told(town)).items()
    }
    others = first + 2
    assert works == {
        expert: [("expert", [second, others])],
        lazy: [("expert", [second, first])],
        mentor: [("mentor", [free])],
        busy: [("mentor", [theirs, free])],
        funder: [("funder", [lacking])],
    }


async def test_nothing_is_sent_when_there_is_nothing(hall: Hall) -> None:
    town = hall.town
    await hall.person("expert")
    await follows(town, "district", "leninsky")
    town.clock.advance(days=1)
    await tell(town)
    assert await told(town) == {}
    await hall.plant("expertise", district="leninsky")
    town.clock.advance(days=2)
    await tell(town)
    assert await told(town) == {}, "looked at once a week"


async def test_once_a_week_and_again_the_next(hall: Hall) -> None:
    town = hall.town
    expert = await hall.person("expert")
    await hall.plant("expertise")
    town.clock.advance(days=1)
    for _ in range(3):
        await tell(town)
        town.clock.advance(days=2)
    assert await town.outbox() == [(expert, sending.KIND)]
    await town.write(update(OutboxMessage).values(state="sent"))
    town.clock.advance(days=1)
    await tell(town)
    assert await town.outbox() == [(expert, sending.KIND)]


async def test_who_came_after_the_week_waits_for_the_next(hall: Hall) -> None:
    town = hall.town
    town.clock.advance(days=1)
    expert = await hall.person("expert")
    await hall.plant("expertise")
    await tell(town)
    assert await told(town) == {}
    town.clock.advance(days=7)
    await tell(town)
    assert list(await told(town)) == [expert]


async def test_who_does_not_want_it_is_not_sent_any(hall: Hall) -> None:
    town = hall.town
    expert, other = await hall.person("expert"), await hall.person("expert")
    await hall.plant("expertise")
    for _ in range(2):
        await town.run(sending.want, expert, yes=False, now=town.now)
    assert await town.count(Unwanted) == 1
    assert not await town.look(sending.wanted, expert)
    town.clock.advance(days=1)
    await tell(town)
    assert list(await told(town)) == [other]
    await town.run(sending.want, expert, yes=True, now=town.now)
    await tell(town)
    assert sorted(await told(town)) == sorted([expert, other])


async def test_a_role_that_was_taken_back_hears_nothing(hall: Hall) -> None:
    town = hall.town
    await hall.person("expert")
    await hall.plant("expertise")
    await town.write(update(RoleGrant).values(revoked_at=town.now))
    town.clock.advance(days=1)
    await tell(town)
    assert await told(town) == {}


@pytest.mark.parametrize("line", ["insert_some_new", "tell", "after"])
async def test_a_crash_anywhere_sends_it_once(
    hall: Hall, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = hall.town
    members = [await hall.person("expert") for _ in range(3)]
    await hall.plant("expertise")
    town.clock.advance(days=1)
    calls = 0

    def dying(real: Any) -> Any:
        async def die(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            found = await real(*args, **kwargs)
            calls += 1
            if calls == 2 or line == "insert_some_new":
                raise ConnectionError("killed")
            return found

        return die

    target = {
        "insert_some_new": (sending, "insert_some_new"),
        "tell": (notifying, "tell"),
        "after": (delivery, "tell"),
    }[line]
    with monkeypatch.context() as patched:
        patched.setattr(*target, dying(getattr(*target)))
        with pytest.raises(ConnectionError):
            await tell(town)
    assert await town.outbox() == []
    assert await town.count(Told) == 0
    await tell(town)
    await tell(town)
    assert await town.outbox() == [(each, sending.KIND) for each in members]


async def test_two_processes_send_it_once(hall: Hall) -> None:
    town = hall.town
    members = [await hall.person("expert") for _ in range(5)]
    await hall.plant("expertise")
    town.clock.advance(days=1)
    await at_once(*(tell(town) for _ in range(3)))
    assert await town.outbox() == [(each, sending.KIND) for each in members]


async def test_at_night_it_waits_for_the_morning(hall: Hall) -> None:
    town = hall.town
    await hall.person("expert")
    await hall.plant("expertise")
    town.clock.advance(hours=13)
    await tell(town)
    ((due,),) = await town.rows(select(OutboxMessage.due_at))
    assert due.astimezone(town.city.timezone).hour == 8


async def test_marks_of_weeks_that_are_over_are_forgotten(hall: Hall) -> None:
    town = hall.town
    await hall.person("expert")
    town.clock.advance(days=1)
    await tell(town)
    assert await town.run(sending.forget, town.now + timedelta(days=14), 100) == 0
    assert await town.run(sending.forget, town.now + timedelta(days=16), 100) == 1
    assert await town.count(Told) == 0
