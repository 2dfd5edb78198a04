"""What one move does and what it refuses; a refused one changes nothing."""

from datetime import timedelta

import pytest

from services.civic import following
from services.errors import Changed, NotAllowed, NotFound
from services.projects import acting, moving, passport
from services.projects.legality import GateShut, Illegal, ReasonNeeded
from services.projects.stages import Verb
from tests.services.projects.hall import Hall


async def refused(hall: Hall, kind: type[Exception], *args: object, **more: object) -> Exception:
    """The refusal, which changed nothing."""
    before = await hall.town.everything()
    with pytest.raises(kind) as caught:
        await hall.move(*args, **more)  # type: ignore[arg-type]
    assert await hall.town.everything() == before
    assert kind in {caught.type, *caught.type.__bases__}
    return caught.value


async def test_a_shut_gate_says_what_the_passport_says(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    await hall.opinion(project_id, 2)
    moderator = await hall.staff("moderator")
    shut = await refused(hall, GateShut, project_id, "forward", moderator)
    shown = await hall.town.look(
        passport.of, hall.town.city, await hall.facts(project_id), hall.town.now
    )
    assert shut.missing == shown.missing  # type: ignore[attr-defined]
    assert [(lack.label, lack.have, lack.want) for lack in shown.missing] == [
        ("opinions", 1, 2),
        ("opinion_mean", 2.0, 3),
    ]


async def test_a_veto_with_its_reason_shuts_the_gate(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    await hall.opinion(project_id, 5)
    await hall.opinion(project_id, 5, veto=True, text="Gas pipe below")
    await hall.opinion(project_id, 1, conflict=True)
    shut = await refused(hall, GateShut, project_id, "forward", await hall.staff("moderator"))
    assert [lack.label for lack in shut.missing] == ["vetoes"]  # type: ignore[attr-defined]


async def test_who_is_somebody_else_may_not(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    await hall.fill(project_id)
    for role in ("official", "mentor", "funder", "expert", None):
        await refused(hall, NotAllowed, project_id, "forward", await hall.person(role))
    project = await hall.facts(project_id)
    await refused(hall, NotAllowed, project_id, "forward", project.author_id)


async def test_nobody_decides_on_their_own(hall: Hall) -> None:
    author_id = await hall.person("moderator")
    project_id = await hall.plant("premoderation", author_id=author_id, verdict="ok")
    await refused(hall, NotAllowed, project_id, "forward", author_id)
    await hall.move(project_id, "forward", await hall.staff("moderator"))


async def test_what_nobody_may_is_illegal(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    moderator = await hall.staff("moderator")
    illegal = await refused(hall, Illegal, project_id, "resume", moderator)
    assert (illegal.verb, illegal.stage, illegal.status) == (  # type: ignore[attr-defined]
        *("resume", "expertise", "active"),
    )
    built = await hall.plant("implementation", status="done")
    for verb in Verb:
        await refused(hall, Illegal, built, verb, await hall.staff("operator"), "Because")


@pytest.mark.parametrize("verb", ["back", "close"])
@pytest.mark.parametrize("reason", [None, "", "  "])
async def test_moderators_say_why(sqlite_hall: Hall, verb: str, reason: str | None) -> None:
    project_id = await sqlite_hall.plant("expertise")
    moderator = await sqlite_hall.staff("moderator")
    await refused(sqlite_hall, ReasonNeeded, project_id, verb, moderator, reason)


async def test_an_old_button_moves_nothing(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    await hall.fill(project_id)
    moderator = await hall.staff("moderator")
    await refused(hall, Changed, project_id, "forward", moderator, seen="evaluation")
    await refused(hall, Changed, project_id, "forward", moderator, seen="paused")


async def test_a_stranger_does_not_learn_what_is_private(hall: Hall) -> None:
    project_id = await hall.plant("idea")
    stranger = await hall.person()
    await refused(hall, NotAllowed, project_id, "forward", stranger, seen="premoderation")
    await refused(hall, NotAllowed, project_id, "forward", stranger)


async def test_what_is_not_there_or_elsewhere_is_not_found(hall: Hall) -> None:
    before = await hall.town.everything()
    with pytest.raises(NotFound):
        await hall.town.run(
            moving.move, city=hall.town.city, project_id=77, verb=Verb.CLOSE, seen="idea", by=1,
            now=hall.town.now,
        )  # fmt: skip
    assert await hall.town.everything() == before


async def test_closing_and_appealing(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    project = await hall.facts(project_id)
    moderator, other = await hall.staff("moderator"), await hall.person("moderator")
    await hall.move(project_id, "close", moderator, "There is such a place already")
    closed = await hall.facts(project_id)
    assert closed.closed_reason == "There is such a place already"
    assert closed.appeal_until == hall.town.now + timedelta(days=30)
    assert closed.due_at is None
    hall.town.clock.advance(days=30)
    await hall.move(project_id, "appeal", project.author_id, "It was taken away in May")
    assert await hall.told("project_appeal") == sorted([moderator, other])
    await refused(hall, Illegal, project_id, "appeal", project.author_id)
    await hall.move(project_id, "resume", other)
    again = await hall.facts(project_id)
    assert (again.status, again.appeal_until, again.appealed) == ("active", None, False)
    assert again.closed_reason is None
    assert again.due_at == hall.town.now + timedelta(days=30)
    assert await hall.events(project_id) == [
        ("close", "evaluation", "closed", "moderator"),
        ("appeal", "closed", "closed", "author"),
        ("resume", "closed", "evaluation", "moderator"),
    ]


async def test_an_appeal_that_is_refused_is_the_end(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    project = await hall.facts(project_id)
    moderator = await hall.staff("moderator")
    await hall.move(project_id, "close", moderator, "No place for it")
    await hall.move(project_id, "appeal", project.author_id, "There is")
    await hall.move(project_id, "close", moderator, "We looked: there is none")
    for verb in Verb:
        await refused(hall, Illegal, project_id, verb, moderator, "Because")
        await refused(hall, Illegal, project_id, verb, project.author_id, "Because")


async def test_an_appeal_comes_too_late(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    project = await hall.facts(project_id)
    await hall.move(project_id, "close", await hall.staff("moderator"), "No place for it")
    hall.town.clock.advance(days=30, seconds=1)
    await refused(hall, NotAllowed, project_id, "appeal", project.author_id)


async def test_what_its_author_let_go_needs_no_reason_and_has_no_appeal(hall: Hall) -> None:
    project_id = await hall.plant("idea")
    project = await hall.facts(project_id)
    await hall.move(project_id, "close", project.author_id)
    await refused(hall, Illegal, project_id, "appeal", project.author_id)


async def test_pausing_stops_the_clock_and_resuming_winds_it_up(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    project = await hall.facts(project_id)
    moderator = await hall.staff("moderator")
    await hall.move(project_id, "pause", moderator)
    paused = await hall.facts(project_id)
    assert (paused.paused_by, paused.due_at, paused.adoptable) == ("moderator", None, False)
    await refused(hall, NotAllowed, project_id, "resume", project.author_id)
    hall.town.clock.advance(days=3)
    await hall.move(project_id, "resume", moderator)
    awake = await hall.facts(project_id)
    assert (awake.paused_by, awake.due_at) == (None, hall.town.now + timedelta(days=30))


async def test_back_to_the_moderators_is_out_of_the_public(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    moderator = await hall.staff("moderator")
    await hall.move(project_id, "back", moderator, "A name stands in the text")
    project = await hall.facts(project_id)
    assert (project.stage, project.published_at, project.verdict) == ("premoderation", None, None)
    await refused(hall, GateShut, project_id, "forward", moderator)


async def test_merits_are_given_once_however_often_a_stage_is_left(hall: Hall) -> None:
    project_id = await hall.plant("evaluation")
    await hall.fill(project_id)
    moderator = await hall.staff("moderator")
    await hall.move(project_id, "forward", moderator)
    await hall.move(project_id, "back", moderator, "Two more questions to ask")
    await hall.move(project_id, "forward", moderator)
    assert await hall.merits(project_id) == [("idea_supported", 20)]


async def test_the_possible_moves_are_the_buttons(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    moderator = await hall.staff("moderator")

    async def buttons(member_id: int) -> list[tuple[str, bool, bool]]:
        project = await hall.facts(project_id)
        roles = await hall.town.look(acting.roles_of, project, member_id)
        found = moving.possible(hall.town.city, project, roles, hall.town.now)
        return [(each.verb, each.open, each.needs_reason) for each in found]

    assert await buttons(moderator) == [
        ("forward", False, False),
        ("back", True, True),
        ("close", True, True),
        ("pause", True, False),
    ]
    await hall.fill(project_id)
    assert (await buttons(moderator))[0] == ("forward", True, False)
    assert await buttons(await hall.person()) == []


async def test_everybody_hears_of_a_move_once(hall: Hall) -> None:
    author_id, follower = await hall.person(), await hall.person()
    project_id = await hall.plant("expertise", author_id=author_id)

    for member_id in (author_id, follower):
        await hall.town.run(
            following.follow, member_id=member_id, subject="project", key=str(project_id),
            via="chosen", now=hall.town.now,
        )  # fmt: skip
    expert = await hall.opinion(project_id)
    other = await hall.opinion(project_id)
    moderator = await hall.staff("moderator")
    await hall.move(project_id, "forward", moderator)
    assert await hall.told("project_moved") == sorted([author_id, follower, expert, other])
