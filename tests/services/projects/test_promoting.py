"""Reports become a project, and nobody's voice moves by itself."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from services.civic import following, places, voices
from services.civic.models import CivicEvent, Support
from services.errors import NotAllowed, NotFound
from services.projects import ideas, promoting
from services.projects.models import CoAuthor
from services.reports.models import Category, Report
from tests.services.projects.hall import Hall


async def report(hall: Hall, author_id: int | None, number: int, **columns: Any) -> int:
    now = hall.town.now
    values = {
        "city_id": hall.town.city.id, "number": number, "author_id": author_id, "state": "open",
        "state_at": now, "text": f"No bench at stop {number}", "lat": 54.5, "lon": 36.2,
        "created_at": now, "updated_at": now, "published_at": now, "source": "web",
        "attributes": {},
    }  # fmt: skip
    async with hall.town.database.transaction() as tx:
        report_id = await tx.scalar(
            insert(Report).values({**values, **columns}).returning(Report.id)
        )
    return int(report_id)


async def promote(hall: Hall, report_ids: list[int], by: int) -> int:
    project_id: int = await hall.town.run(
        promoting.from_reports, city=hall.town.city, report_ids=report_ids, kind="urban",
        title="Benches at every stop", by=by, now=hall.town.now,
    )  # fmt: skip
    return project_id


async def test_a_cluster_becomes_a_project_that_is_evaluated(hall: Hall) -> None:
    first, second, fan = [await hall.person() for _ in range(3)]
    reports = [await report(hall, first, 1), await report(hall, second, 2)]
    await report(hall, second, 3)
    await hall.town.run(
        voices.give, subject="report", subject_id=reports[0], member_id=fan, value=1,
        now=hall.town.now,
    )  # fmt: skip
    project_id = await promote(hall, reports, await hall.staff("moderator"))
    project = await hall.facts(project_id)
    assert (project.stage, project.status, project.origin) == ("evaluation", "active", "reports")
    assert (project.text, project.lat) == ("No bench at stop 1\n\nNo bench at stop 2", 54.5)
    assert (project.up, project.author_id) == (0, None)
    assert await hall.town.count(Support) == 1
    followers = await hall.town.look(following.followers, "project", str(project_id))
    assert followers == sorted([first, second, fan])
    assert await hall.told("project_asked") == sorted([first, second, fan])
    assert await hall.events(project_id) == [("promote", None, "evaluation", "moderator")]
    ((facts,),) = await hall.town.rows(select(CivicEvent.facts))
    assert facts == {"reports": [1, 2]}


async def test_who_reported_becomes_an_author_by_consent(hall: Hall) -> None:
    first, second = await hall.person(), await hall.verified()
    reports = [await report(hall, first, 1), await report(hall, second, 2)]
    project_id = await promote(hall, reports, await hall.staff("moderator"))

    async def answer(member_id: int, agrees: bool) -> None:
        await hall.town.run(
            ideas.answer_invitation, project_id=project_id, member_id=member_id, agrees=agrees,
            now=hall.town.now,
        )  # fmt: skip

    await answer(second, True)
    await answer(first, False)
    with pytest.raises(NotAllowed):
        await answer(first, True)
    with pytest.raises(NotAllowed):
        await answer(await hall.person(), True)
    assert (await hall.facts(project_id)).author_id == second
    assert await hall.roles(project_id, second) == {"author"}
    assert await hall.roles(project_id, first) == frozenset()
    await hall.fill(project_id)
    await hall.move(project_id, "forward", await hall.staff("moderator"))
    assert await hall.merits(project_id) == [("idea_supported", 20)]


async def test_two_who_agree_are_both_thanked(hall: Hall) -> None:
    authors = [await hall.verified() for _ in range(2)]
    reports = [await report(hall, each, n) for n, each in enumerate(authors, start=1)]
    project_id = await promote(hall, reports, await hall.staff("moderator"))
    for member_id in authors:
        await hall.town.run(
            ideas.answer_invitation, project_id=project_id, member_id=member_id, agrees=True,
            now=hall.town.now,
        )  # fmt: skip
    await hall.fill(project_id)
    await hall.move(project_id, "forward", await hall.staff("moderator"))
    assert await hall.merits(project_id) == [("idea_supported", 20)] * 2


async def test_an_author_makes_an_idea_of_what_could_not_be_fixed(hall: Hall) -> None:
    author_id = await hall.person()
    report_id = await report(hall, author_id, 1)
    project_id = await promote(hall, [report_id], author_id)
    project = await hall.facts(project_id)
    assert (project.stage, project.author_id, project.published_at) == ("idea", author_id, None)
    assert await hall.told("project_asked") == []
    assert await hall.town.count(CoAuthor) == 0


async def test_only_public_reports_and_only_ones_own(hall: Hall) -> None:
    moderator, author_id = await hall.staff("moderator"), await hall.person()
    report_id = await report(hall, author_id, 1)
    with pytest.raises(NotAllowed):
        await promote(hall, [report_id], await hall.person())
    with pytest.raises(NotFound):
        await promote(hall, [report_id, 77], moderator)
    with pytest.raises(NotFound):
        await promote(hall, [], moderator)
    await hall.town.write(update(Report).values(hidden=True))
    with pytest.raises(NotFound):
        await promote(hall, [report_id], moderator)


async def test_of_a_private_report_the_project_says_no_more_than_everybody_sees(
    hall: Hall,
) -> None:
    town, author_id = hall.town, await hall.person()
    ((noise, pothole),) = await town.rows(
        select(
            select(Category.id).where(Category.code == "noise").scalar_subquery(),
            select(Category.id).where(Category.code == "pothole").scalar_subquery(),
        )
    )
    home = {"lat": 54.51571, "lon": 36.26333, "address": "Kirova, 1, flat 5"}
    private = await report(hall, author_id, 1, category_id=noise, **home)
    beside = await report(hall, author_id, 2, category_id=pothole, **home)
    public = await report(hall, author_id, 3, category_id=pothole, **home)
    moderator = await hall.staff("moderator")

    async def place(*report_ids: int) -> tuple[float | None, float | None, str | None]:
        project = await hall.facts(await promote(hall, list(report_ids), moderator))
        return project.lat, project.lon, project.address

    square = places.rounded(home["lat"], home["lon"], town.city.rules.civic.private_metres)
    assert await place(private) == (*square, None)
    assert await place(private, beside) == (*square, None)
    assert await place(public) == (54.51571, 36.26333, "Kirova, 1, flat 5")


async def test_the_author_of_a_private_report_does_not_publish_the_place_either(
    hall: Hall,
) -> None:
    author_id = await hall.person()
    ((noise,),) = await hall.town.rows(select(Category.id).where(Category.code == "noise"))
    report_id = await report(hall, author_id, 1, category_id=noise, address="Kirova, 1")
    project = await hall.facts(await promote(hall, [report_id], author_id))
    cell = hall.town.city.rules.civic.private_metres
    assert (project.lat, project.lon) == places.rounded(54.5, 36.2, cell)
    assert (project.address, project.stage) == (None, "idea")
