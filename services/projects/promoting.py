"""Reports become a project: their authors are asked to be its co-authors, their supporters follow
it and are asked once for their voice. No voice ever moves by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import following, log, places, voices
from services.database import insert_new
from services.errors import NotAllowed, NotFound
from services.members.models import RoleGrant
from services.projects import clocks, facts, telling, wording
from services.projects.models import CoAuthor, Project
from services.projects.stages import Kind, Stage, Status
from services.reports.models import Category, Report


async def from_reports(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    report_ids: Sequence[int],
    kind: str,
    title: str,
    by: int,
    now: datetime,
) -> int:
    """Make a project of public reports; returns its id.

    By the city's people it is public at once, as the reports are, and evaluated like any idea.
    By the author of a report that could not be fixed it becomes their idea, and a moderator will
    look at its words. The caller has locked the reports and moves them; here nothing about them
    changes. Raises `NotFound` when one is not public in this city, and `wording.Unsuitable` for
    the title.
    """
    reports = await _reports(tx, city.id, report_ids)
    said = {"kind": Kind(kind), "title": wording.line(title, "title")}
    acting = await _acting(tx, by)
    stage = Stage.IDEA if acting == "author" else Stage.EVALUATION
    if stage is Stage.IDEA and by not in {report.author_id for report in reports}:
        raise NotAllowed
    values = {**_of_reports(city, reports), **said, **_standing(stage, by, now)}
    values["due_at"] = await clocks.due_at(tx, city, 0, stage, now)
    project_id: int | None = await tx.scalar(insert(Project).values(**values).returning(Project.id))
    assert project_id is not None
    await _ask(tx, telling.Telling(city, await facts.one(tx, project_id), now), reports)
    await log.record(
        tx, city_id=city.id, subject="project", subject_id=project_id, verb="promote", before=None,
        after=stage, acting=acting, actor_id=by, at=now,
        facts={"reports": sorted(report.number for report in reports)},
    )  # fmt: skip
    return project_id


async def _acting(tx: AsyncConnection, member_id: int) -> str:
    """The city's role in which the member promotes; without one they are an author."""
    held = set(
        await tx.scalars(
            select(RoleGrant.role).where(
                RoleGrant.member_id == member_id, RoleGrant.revoked_at.is_(None)
            )
        )
    )
    if held & {"moderator", "admin"}:
        return "moderator"
    return "official" if "official" in held else "author"


async def _ask(tx: AsyncConnection, told: telling.Telling, reports: Sequence[Any]) -> None:
    """Who reported or supported follows the project. Once it is public, they are asked."""
    project, author_id = told.project, told.project.author_id
    authors = {report.author_id for report in reports if report.author_id is not None}
    supporters = {
        member for report in reports for member in await voices.supporters(tx, "report", report.id)
    }
    for member_id in sorted(authors | supporters):
        via: following.Via = "author" if member_id == author_id else "asked"
        await following.follow(
            tx, member_id=member_id, subject="project", key=str(project.id), via=via, now=told.now
        )
    if not facts.is_public(project):
        return
    for member_id in sorted(authors):
        values = {"project_id": project.id, "member_id": member_id, "state": "asked"}
        await insert_new(tx, CoAuthor, values)
    await told.tell(tx, authors, "project_asked", {"co_author": True}, urgent=True)
    await told.tell(tx, supporters - authors, "project_asked", {"co_author": False}, urgent=True)


async def _reports(tx: AsyncConnection, city_id: int, report_ids: Sequence[int]) -> list[Any]:
    wanted = sorted(set(report_ids))
    rows = await tx.execute(
        select(Report.__table__, Category.private)
        .outerjoin(Category, Category.id == Report.category_id)
        .where(
            Report.id.in_(wanted),
            Report.city_id == city_id,
            Report.published_at.is_not(None),
            Report.hidden.is_(False),
        )
        .order_by(Report.id)
    )
    found = list(rows.all())
    if not wanted or len(found) != len(wanted):
        raise NotFound
    return found


def _of_reports(city: CityFacts, reports: Sequence[Any]) -> dict[str, Any]:
    """Every different text; the place of the first report that has one, no nearer than everybody
    may know it."""
    at = next((each for each in reports if each.lat is not None), reports[0])
    lat, lon, address = at.lat, at.lon, at.address
    if any(each.private for each in reports):
        address = None
        if lat is not None:
            lat, lon = places.rounded(lat, lon, city.rules.civic.private_metres)
    texts = dict.fromkeys(each.text.strip() for each in reports if each.text.strip())
    return {
        "city_id": at.city_id,
        "text": "\n\n".join(texts)[: wording.TEXT],
        "origin": "reports",
        "lat": lat,
        "lon": lon,
        "address": address,
        "district": at.district,
        "citywide": at.citywide,
    }


def _standing(stage: Stage, by: int, now: datetime) -> dict[str, Any]:
    public = stage is Stage.EVALUATION
    return {
        "stage": stage,
        "status": Status.ACTIVE,
        "author_id": None if public else by,
        "similar_shown": public,
        "verdict": "ok" if public else None,
        "created_at": now,
        "updated_at": now,
        "stage_at": now,
        "published_at": now if public else None,
    }
