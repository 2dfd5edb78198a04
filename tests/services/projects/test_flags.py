"""Flags on projects: who counts, when it is hidden, what a moderator's word does; on both bases."""

import pytest
from sqlalchemy import delete, select

from services.civic.models import CivicEvent, Flag
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.projects import flags, ideas, practices, waiting
from services.projects.legality import UnderReview
from services.projects.models import Practice, Project
from tests.services.projects.hall import Hall
from tests.services.town import at_once


async def flag(hall: Hall, project: int, member: int) -> flags.Flagged:
    found: flags.Flagged = await hall.town.run(
        flags.flag, hall.town.city, member_id=member, project_id=project, now=hall.town.now
    )
    return found


async def hidden(hall: Hall, project: int) -> bool:
    ((found,),) = await hall.town.rows(select(Project.hidden).where(Project.id == project))
    return bool(found)


async def flagged_away(hall: Hall, **columns: object) -> int:
    project = await hall.plant(**{"stage": "team", **columns})  # type: ignore[arg-type]
    for _ in range(3):
        await flag(hall, project, await hall.verified())
    assert await hidden(hall, project)
    return project


async def settle(hall: Hall, project: int, by: int, *, show: bool = True) -> None:
    await hall.town.run(
        flags.settle, hall.town.city, project_id=project, by=by, show=show, now=hall.town.now
    )


async def test_the_third_verified_flag_hides_and_strangers_do_not_count(hall: Hall) -> None:
    project = await hall.plant("team")
    for _ in range(5):
        member = await hall.town.member()
        assert await flag(hall, project, member) == flags.Flagged(True, False, False)
    people = [await hall.verified() for _ in range(3)]
    for member, away in zip(people, (False, False, True), strict=True):
        assert await flag(hall, project, member) == flags.Flagged(True, True, away)
    with pytest.raises(UnderReview):
        await flag(hall, project, await hall.verified())
    assert await hall.events(project) == [("hide", "team", "team", "system")]
    await hall.assert_whole()


async def test_many_flag_at_once_and_it_is_hidden_once(hall: Hall) -> None:
    project, moderator = await hall.plant("team"), await hall.staff("moderator")
    people = [await hall.verified() for _ in range(6)]
    done, refused = await at_once(*(flag(hall, project, member) for member in people * 2))
    assert [type(each) for each in refused] == [UnderReview] * len(refused)
    assert sum(each.hidden for each in done) == 1
    assert await hall.town.count(Flag) == 3
    assert await hall.told("project_flagged") == [moderator]
    assert len(await hall.events(project)) == 1
    await hall.assert_whole()


@pytest.mark.parametrize(
    ("columns", "refusal"),
    [
        ({"published_at": None, "stage": "premoderation"}, NotFound),
        ({"hidden": True}, UnderReview),
    ],
)
async def test_what_cannot_be_flagged(
    hall: Hall, columns: dict[str, object], refusal: type[Refusal]
) -> None:
    project, member = await hall.plant("team"), await hall.verified()
    await hall.change(project, **columns)
    before = await hall.town.everything()
    with pytest.raises(refusal):
        await flag(hall, project, member)
    assert await hall.town.everything() == before


async def test_nobody_flags_what_is_theirs(hall: Hall) -> None:
    project = await hall.plant("team")
    lead = await hall.verified()
    await hall.change(project, lead_id=lead)
    for member in (lead, (await hall.facts(project)).author_id, await hall.teammate(project)):
        assert member is not None
        with pytest.raises(flags.OwnFlag):
            await flag(hall, project, member)
    assert await hall.town.count(Flag) == 0


async def test_two_moderators_decide_once(hall: Hall) -> None:
    project = await flagged_away(hall)
    moderators = [await hall.person("moderator") for _ in range(3)]
    done, refused = await at_once(*(settle(hall, project, by) for by in moderators))
    assert (len(done), [type(each) for each in refused]) == (1, [Changed] * 2)
    assert [event[0] for event in await hall.events(project)] == ["hide", "show"]
    assert len(await hall.told("project_kept")) == 1


@pytest.mark.parametrize("role", [None, "expert", "operator", "official"])
async def test_only_a_moderator_decides(hall: Hall, role: str | None) -> None:
    project, other = await flagged_away(hall), await hall.person(role)
    before = await hall.town.everything()
    with pytest.raises(NotAllowed):
        await settle(hall, project, other)
    assert await hall.town.everything() == before


async def test_nobody_moves_it_while_it_rests(hall: Hall) -> None:
    project = await flagged_away(hall, stage="expertise")
    await hall.fill(project)
    moderator = await hall.staff("moderator")
    before = await hall.town.everything()
    for verb in ("forward", "back", "pause"):
        with pytest.raises(UnderReview):
            await hall.move(project, verb, moderator, "why")
    assert await hall.town.everything() == before
    await settle(hall, project, moderator)
    await hall.move(project, "forward", moderator)
    assert await hall.state(project) == "team"


@pytest.mark.parametrize("status", ["active", "paused", "done"])
async def test_a_moderator_closes_it_at_any_stage(hall: Hall, status: str) -> None:
    project = await flagged_away(hall, stage="implementation", status=status)
    moderator = await hall.staff("moderator")
    assert (await hall.town.look(waiting.how_much, hall.town.city.id)).flagged == 1
    await hall.move(project, "close", moderator, "rude")
    assert (await hall.state(project), await hidden(hall, project)) == ("closed", True)
    assert (await hall.town.look(waiting.how_much, hall.town.city.id)).flagged == 0
    with pytest.raises(NotFound):
        await hall.town.look(ideas.visible, project, await hall.verified())


async def test_a_closed_one_that_is_flagged_stays_hidden_or_is_kept(hall: Hall) -> None:
    moderator = await hall.staff("moderator")
    for show in (False, True):
        project = await flagged_away(hall, status="closed")
        await settle(hall, project, moderator, show=show)
        assert await hidden(hall, project) is not show
        assert (await hall.town.look(waiting.how_much, hall.town.city.id)).flagged == 0
    open_one = await flagged_away(hall)
    with pytest.raises(Changed):
        await settle(hall, open_one, moderator, show=False)


async def test_a_practice_of_what_is_hidden_is_not_shown(hall: Hall) -> None:
    town = hall.town
    project = await hall.plant("implementation", status="done")
    await town.run(practices.keep, await hall.facts(project), town.now)
    assert len(await town.look(practices.listing)) == 1
    await hall.change(project, hidden=True)
    assert await town.look(practices.listing) == []
    assert await town.count(Practice) == 1


async def test_who_has_left_leaves_no_flag_and_the_project_still_waits(hall: Hall) -> None:
    project = await flagged_away(hall)
    await hall.town.write(delete(Flag))
    assert [each.id for each in await hall.town.look(flags.queue, hall.town.city.id)] == [project]
    await settle(hall, project, await hall.staff("moderator"))
    assert not await hidden(hall, project)
    assert await hall.town.rows(select(CivicEvent.verb).order_by(CivicEvent.id)) == [
        ("hide",),
        ("show",),
    ]
