"""An idea on its whole way: every kind from the first words to what was built."""

import pytest
from sqlalchemy import select

from services.projects import ideas, practices, stages
from services.projects.models import Practice, Project
from services.projects.stages import Kind
from tests.services.projects.hall import TEXT, Hall

PUBLIC_PART = (
    *("evaluation", "expertise", "team", "design", "acceleration", "financing", "implementation"),
)


async def start(hall: Hall, author_id: int, **more: object) -> int:
    values = {"title": "Benches by the river", "text": TEXT, "kind": "startup", **more}
    project_id: int = await hall.town.run(
        ideas.start, city=hall.town.city, author_id=author_id, now=hall.town.now, **values
    )
    return project_id


async def walk(hall: Hall, project_id: int) -> list[str]:
    """Fill each gate and go through it until it is built; the states on the way."""
    seen = [await hall.state(project_id)]
    while seen[-1] != "done":
        await hall.fill(project_id)
        moved = await hall.move(project_id, "forward", await hall.mover(project_id))
        assert (moved.before, moved.after) == (seen[-1], await hall.state(project_id))
        seen.append(moved.after)
    return seen


@pytest.mark.parametrize("kind", Kind)
async def test_every_kind_comes_to_its_end(sqlite_hall: Hall, kind: str) -> None:
    hall = sqlite_hall
    project_id = await hall.plant("idea", kind)
    seen = await walk(hall, project_id)
    assert seen == [*stages.path(kind), "done"]
    assert [after for _, _, after, _ in await hall.events(project_id)] == seen[1:]
    await hall.assert_whole()


async def test_a_startup_is_thanked_for_at_every_stage(hall: Hall) -> None:
    author_id = await hall.verified()
    project_id = await start(hall, author_id)
    await hall.change(project_id, citywide=True, similar_shown=True)
    await walk(hall, project_id)
    assert await hall.merits(project_id) == sorted(
        [
            ("idea_published", 5), ("idea_supported", 20), ("idea_approved", 30),
            ("idea_implemented", 100), ("opinion", 15), ("opinion", 15), ("mentoring", 15),
            *[("team_member", 10)] * 4, *[("project_team", 100)] * 4,
        ]
    )  # fmt: skip
    balance = await hall.town.balance(author_id, "merits")
    assert balance == (155, 0, 0, 0)
    await hall.assert_whole()


async def test_what_is_built_is_a_practice_that_another_may_adopt(hall: Hall) -> None:
    project_id = await hall.plant("implementation", title="Benches by the river")
    await hall.line(project_id, 5000)
    hall.town.clock.advance(days=10)
    await walk(hall, project_id)
    practice_id = await hall.town.look(practices.of_project, project_id)
    card = await hall.town.look(practices.one, practice_id)
    assert (card.title, card.kind, card.cost, card.days, card.adopted) == (
        *("Benches by the river", "social"),
        *(5000, 10, 0),
    )
    adopter = await hall.verified()
    adopted = await start(hall, adopter, practice_id=practice_id, title="Benches on the hill")
    ((origin,),) = await hall.town.rows(select(Project.origin).where(Project.id == adopted))
    assert origin == "practice"
    await hall.change(adopted, citywide=True, similar_shown=True)
    await walk(hall, adopted)
    assert ("practice_adopted", 50) in await hall.merits(adopted)
    (first, again) = await hall.town.look(practices.listing)
    assert (first.title, again.adopted) == ("Benches on the hill", 1)
    assert await hall.town.count(Practice) == 2


async def test_a_moderator_sends_an_idea_back_and_it_comes_again(hall: Hall) -> None:
    author_id = await hall.person()
    moderator = await hall.staff("moderator")
    project_id = await start(hall, author_id)
    await hall.change(project_id, citywide=True)
    assert await hall.town.run(
        ideas.look_alike, project_id=project_id, by=author_id, now=hall.town.now
    ) == []  # fmt: skip
    city, now = hall.town.city, hall.town.now
    await hall.town.run(ideas.send, city=city, project_id=project_id, by=author_id, now=now)
    (waiting,) = await hall.town.look(ideas.queue, city.id)
    assert waiting.id == project_id
    await hall.move(project_id, "back", moderator, "Please say where the benches will stand")
    assert await hall.told("project_moved") == [author_id]
    await hall.town.run(ideas.edit, project_id=project_id, by=author_id, now=now, text=TEXT * 2)
    await hall.town.run(ideas.send, city=city, project_id=project_id, by=author_id, now=now)
    read = ideas.wording_of(await hall.facts(project_id))
    await hall.town.run(
        ideas.approve, city=city, project_id=project_id, by=moderator, read=read, now=now
    )
    assert await hall.events(project_id) == [
        ("forward", "idea", "premoderation", "author"),
        ("back", "premoderation", "idea", "moderator"),
        ("forward", "idea", "premoderation", "author"),
        ("forward", "premoderation", "evaluation", "moderator"),
    ]
    project = await hall.facts(project_id)
    assert project.published_at == now
    assert project.verdict == "ok"
