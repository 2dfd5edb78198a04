"""Who takes what: moderators one by one, officials of their unit, the head what is late."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from services.errors import NotAllowed, NotFound
from services.members.models import RoleGrant
from services.reports import clusters, promoting, queues
from services.reports.models import Report
from services.reports.moves import Claimed, NoSuchMove
from services.reports.queues import NothingWaits
from services.reports.states import State, Verb
from tests.services.reports.street import LAT, LON, Street
from tests.services.reports.test_similar import north


async def test_the_oldest_first_and_then_from_the_start(street: Street) -> None:
    first, second, own = (
        await street.sent(), await street.sent(), await street.sent(street.moderator)
    )  # fmt: skip
    town = street.town

    async def after(report_id: int = 0) -> int:
        case = await town.run(
            queues.next_submitted, town.city, by=street.moderator, now=town.now, after=report_id
        )
        return int(case.id)

    assert [await after(), await after(first), await after(second)] == [first, second, first]
    held = await street.get(first, Report.moderator_id, Report.claimed_until)
    assert held == (street.moderator, town.now + timedelta(minutes=30))
    assert await street.get(second, Report.moderator_id) is None
    case = await town.run(queues.next_submitted, town.city, by=street.admin, now=town.now)
    assert case.id == second
    counts = await town.look(queues.counts, town.city, street.moderator, town.now)
    assert counts.submitted == 1
    await town.run(queues.let_go, by=street.admin)
    counts = await town.look(queues.counts, town.city, street.moderator, town.now)
    assert counts.submitted == 2
    town.clock.advance(minutes=30)
    assert (await town.run(queues.next_submitted, town.city, by=street.admin, now=town.now)).id == first  # noqa: E501  # fmt: skip
    for report_id in (first, second):
        await street.move(report_id, Verb.OPEN, street.admin)
    assert (await town.run(queues.next_submitted, town.city, by=street.admin, now=town.now)).id == own  # noqa: E501  # fmt: skip
    with pytest.raises(NothingWaits):
        await after()


async def test_only_moderators_have_the_queue(street: Street) -> None:
    await street.sent()
    town = street.town
    for by in (street.author, street.official, street.stranger):
        for attempt in (
            town.run(queues.next_submitted, town.city, by=by, now=town.now),
            town.look(queues.counts, town.city, by, town.now),
            town.look(queues.next_photo, town.city, by=by),
            town.look(clusters.suggested, town.city, by=by, now=town.now),
        ):
            with pytest.raises(NotAllowed):
                await attempt


async def test_a_case_says_what_staff_need(street: Street) -> None:
    report_id = await street.opened()
    await street.voice(report_id, street.supporter)
    town = street.town
    case = await town.look(queues.case, town.city, report_id, street.official, town.now)
    assert (case.author, case.up, case.official, case.overdue) == ("Anna A.", 1, None, False)
    assert {row.verb for row, _ in case.may} == {Verb.ASSIGN, Verb.REFER, Verb.DUPLICATE}
    assert len(case.photos) == 1
    for by in (street.author, street.stranger, street.foreign):
        with pytest.raises(NotAllowed):
            await town.look(queues.case, town.city, report_id, by, town.now)
    with pytest.raises(NotFound):
        await town.look(queues.case, town.city, await street.draft(), street.moderator, town.now)


async def test_what_a_unit_has_to_do(street: Street) -> None:
    later = await street.opened()
    mine = await street.opened()
    await street.opened(theme="tree")
    await street.sent()
    town = street.town
    await street.move(mine, Verb.ASSIGN, street.official)
    until = town.now + timedelta(days=1)
    await street.move(mine, Verb.SCHEDULE, street.official, reason="season", until=until)

    async def of_unit(**more: bool) -> list[tuple[int, bool, bool, bool]]:
        found = await town.look(
            queues.of_unit, town.city, by=street.official, now=town.now, limit=10, **more
        )
        return [(each.id, each.mine, each.free, each.overdue) for each in found]

    assert await of_unit() == [(mine, True, False, False), (later, False, True, False)]
    assert await of_unit(mine=True) == [(mine, True, False, False)]
    assert await of_unit(overdue=True) == []
    town.clock.advance(days=2)
    assert await of_unit(overdue=True) == [(mine, True, False, True)]
    assert await town.look(
        queues.of_unit, town.city, by=street.stranger, now=town.now, limit=10
    ) == []  # fmt: skip


async def test_claims_of_officials(street: Street) -> None:
    colleague = await street.staff("official", "roads")
    report_id = await street.opened()
    town = street.town
    claim = {"report_id": report_id, "now": town.now}
    with pytest.raises(NoSuchMove):
        await town.run(queues.claim, town.city, by=street.official, **claim)
    await street.move(report_id, Verb.ASSIGN, street.moderator)
    with pytest.raises(NotAllowed):
        await town.run(queues.claim, town.city, by=street.foreign, **claim)
    await town.run(queues.claim, town.city, by=street.official, **claim)
    with pytest.raises(Claimed):
        await town.run(queues.claim, town.city, by=colleague, **claim)
    with pytest.raises(NoSuchMove):
        await town.run(queues.release, town.city, by=colleague, **claim)
    await town.run(queues.claim, town.city, by=colleague, take_over=True, **claim)
    assert await street.get(report_id, Report.official_id) == colleague
    await town.run(queues.release, town.city, by=colleague, **claim)
    assert await street.get(report_id, Report.official_id) is None


async def test_the_head_is_who_has_been_there_longest(street: Street) -> None:
    colleague = await street.staff("official", "roads")
    town = street.town
    report_id = await street.opened()
    due_at = await street.get(report_id, Report.due_at)

    async def of_head(by: int) -> list[int]:
        found = await town.look(queues.of_head, town.city, by=by, now=town.now, limit=10)
        return [each.id for each in found]

    town.clock.advance(seconds=2 * (due_at - town.now).total_seconds() - 1)
    assert await of_head(street.official) == []
    town.clock.advance(seconds=1)
    assert (await of_head(street.official), await of_head(colleague)) == ([report_id], [])
    await town.write(
        update(RoleGrant).where(RoleGrant.member_id == street.official).values(revoked_at=town.now)
    )
    assert (await of_head(street.official), await of_head(colleague)) == ([], [report_id])


async def test_three_close_together_are_a_cluster(street: Street) -> None:
    town = street.town
    near = [await street.opened(spot=north(metres)) for metres in (0, 60, 140)]

    async def suggested() -> list[clusters.Cluster]:
        found: list[clusters.Cluster] = await town.look(
            clusters.suggested, town.city, by=street.moderator, now=town.now
        )
        return found

    await street.opened(spot=north(400))
    await street.opened(spot=north(10), theme="litter")
    await street.sent(spot=north(10))
    (cluster,) = await suggested()
    assert cluster.report_ids == tuple(near)
    assert (cluster.group, cluster.lat, cluster.lon) == ("roads", LAT, LON)
    await town.run(
        clusters.put_aside, town.city, by=street.moderator, key=cluster.key, now=town.now
    )
    assert await suggested() == []
    near.append(await street.opened(spot=north(100)))
    assert [set(each.report_ids) for each in await suggested()] == [set(near)]
    town.clock.advance(days=60, seconds=1)
    assert await suggested() == []


async def test_a_cluster_becomes_a_project(street: Street) -> None:
    town = street.town
    ids = [
        await street.opened(author, spot=north(5))
        for author in (street.author, street.stranger, street.author)
    ]
    await street.voice(ids[0], street.supporter)
    project_id = await street.promote(*ids, by=street.moderator)
    for report_id in ids:
        assert await street.get(report_id, Report.state, Report.project_id) == (
            State.PROMOTED,
            project_id,
        )
        assert (await street.events(report_id))[-1][0] == "promote"
    told = [kind for _, kind in await town.outbox() if kind in {"report_promoted", "project_asked"}]
    assert told == ["project_asked"] * 3
    with pytest.raises(NoSuchMove):
        await street.promote(ids[0], by=street.moderator)


async def suggested(street: Street, by: int) -> list[tuple[int, ...]]:
    town = street.town
    found = await town.look(clusters.suggested, town.city, by=by, now=town.now)
    return [each.report_ids for each in found]


async def promoted(street: Street, *report_ids: int) -> promoting.Promoted:
    done: promoting.Promoted = await street.town.run(
        promoting.promote_group, street.town.city, report_ids=report_ids, kind="urban",
        title="A road without holes", by=street.moderator, now=street.town.now,
    )  # fmt: skip
    return done


async def test_only_what_can_be_promoted_is_suggested(street: Street) -> None:
    near = [await street.opened(spot=north(metres)) for metres in (0, 20, 40)]
    planned, mine = await street.opened(), await street.sent(street.moderator)
    await street.move(mine, Verb.OPEN, street.admin)
    await street.move(planned, Verb.ASSIGN, street.official)
    until = street.town.now + timedelta(days=9)
    await street.move(planned, Verb.SCHEDULE, street.official, reason="season", until=until)
    reopened = await street.led_to(State.REOPENED)
    assert await suggested(street, street.moderator) == [tuple(near)]
    assert await suggested(street, street.admin) == [(*near, mine)]
    assert await street.get(reopened) == State.REOPENED
    project_id = await street.promote(*near, by=street.moderator)
    assert await street.get(near[0], Report.project_id) == project_id
    assert await suggested(street, street.moderator) == []


async def test_what_a_group_has_lost_meanwhile_is_left_as_it_is(street: Street) -> None:
    fit = [await street.opened(spot=north(metres)) for metres in (0, 20, 40)]
    planned, claimed, mine = [
        await street.opened(), await street.opened(), await street.sent(street.moderator)
    ]  # fmt: skip
    await street.move(mine, Verb.OPEN, street.admin)
    await street.move(planned, Verb.ASSIGN, street.official)
    until = street.town.now + timedelta(days=9)
    await street.move(planned, Verb.SCHEDULE, street.official, reason="season", until=until)
    await street.set(claimed, moderator_id=street.admin, claimed_until=until)
    left = [planned, claimed, mine]
    numbers = tuple([await street.get(each, Report.number) for each in left])
    done = await promoted(street, *fit, *left)
    assert (done.reports, done.left) == (3, numbers)
    assert [await street.get(each, Report.state, Report.project_id) for each in fit] == (
        [(State.PROMOTED, done.project_id)] * 3
    )
    states = [await street.get(each, Report.state, Report.project_id) for each in left]
    assert states == [(State.SCHEDULED, None), (State.OPEN, None), (State.OPEN, None)]


async def test_what_is_no_group_any_more_is_not_promoted(street: Street) -> None:
    near = [await street.opened(spot=north(metres)) for metres in (0, 20, 40)]
    await street.move(near[1], Verb.DECLINE, street.moderator, reason="abuse")
    before = await street.town.everything()
    with pytest.raises(promoting.TooFew) as refused:
        await promoted(street, *near)
    assert (refused.value.fit, refused.value.least) == (2, 3)
    assert await street.town.everything() == before


async def test_all_or_none_are_promoted(street: Street) -> None:
    one, declined = await street.opened(), await street.opened()
    await street.move(declined, Verb.DECLINE, street.moderator, reason="abuse")
    before = await street.town.everything()
    for by, refusal in ((street.moderator, NoSuchMove), (street.stranger, NotAllowed)):
        with pytest.raises(refusal):
            await street.promote(one, declined, by=by)
    with pytest.raises(NotAllowed):
        await street.promote(one, by=street.official)
    assert await street.town.everything() == before


async def test_a_duplicate_takes_its_followers_along(street: Street) -> None:
    original, later, last = (
        await street.opened(street.stranger), await street.opened(), await street.opened()
    )  # fmt: skip
    await street.voice(later, street.supporter)
    same = {"reason": "same_place"}
    await street.move(last, Verb.DUPLICATE, street.moderator, original_id=later, **same)
    await street.move(later, Verb.DUPLICATE, street.moderator, original_id=original, **same)
    assert await street.followers(original) == [street.author, street.stranger]
    for report_id in (later, last):
        assert await street.get(report_id, Report.duplicate_of) == original
    another = await street.opened()
    await street.move(another, Verb.DUPLICATE, street.official, original_id=last, **same)
    assert await street.get(another, Report.duplicate_of) == original
    town = street.town
    (card,) = await town.look(queues.of_unit, town.city, by=street.official, now=town.now, limit=9)
    assert card.id == original
