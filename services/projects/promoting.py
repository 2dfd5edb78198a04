"""Reports become a project: their authors are asked to be its co-authors, their supporters follow
it and are asked once for their voice. No voice ever moves by itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import following, log, voices
from services.database import insert_new
from services.errors import NotFound
from services.projects import clocks, facts, telling, wording
from services.projects.models import CoAuthor, Project
from services.projects.stages import Kind, Stage, Status
from services.reports.models import Report


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
    """A moderator makes a project of public reports; returns its id.

    It is public at once, as the reports are, and is evaluated like any idea. The caller has locked
    the reports and moves them; here nothing about them changes. Raises `NotFound` when one is not
    public in this city, and `wording.Unsuitable` for the title.
    """
    reports = await _reports(tx, city.id, report_ids)
    project_id = await _create(
        tx, city, reports, {"kind": Kind(kind), "title": wording.line(title, "title")}, now
    )
    authors = {report.author_id for report in reports if report.author_id is not None}
    supporters = {
        member for report in reports for member in await voices.supporters(tx, "report", report.id)
    }
    for member_id in sorted(authors):
        values = {"project_id": project_id, "member_id": member_id, "state": "asked"}
        await insert_new(tx, CoAuthor, values)
    for member_id in sorted(authors | supporters):
        await following.follow(
            tx, member_id=member_id, subject="project", key=str(project_id), via="asked", now=now
        )
    told = telling.Telling(city, await facts.one(tx, project_id), now, but=by)
    await told.tell(tx, authors, "project_asked", {"co_author": True}, urgent=True)
    await told.tell(tx, supporters - authors, "project_asked", {"co_author": False}, urgent=True)
    await log.record(
        tx, city_id=city.id, subject="project", subject_id=project_id, verb="promote", before=None,
        after=Stage.EVALUATION, acting="moderator", actor_id=by, at=now,
        facts={"reports": sorted(report.number for report in reports)},
    )  # fmt: skip
    return project_id


async def _reports(tx: AsyncConnection, city_id: int, report_ids: Sequence[int]) -> list[Any]:
    wanted = sorted(set(report_ids))
    rows = await tx.execute(
        select(Report.__table__)
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


async def _create(
    tx: AsyncConnection,
    city: CityFacts,
    reports: Sequence[Any],
    said: Mapping[str, str],
    now: datetime,
) -> int:
    """The place is the first report's that has one."""
    at = next((each for each in reports if each.lat is not None), reports[0])
    texts = dict.fromkeys(each.text.strip() for each in reports if each.text.strip())
    values = {
        "city_id": city.id,
        **said,
        "stage": Stage.EVALUATION,
        "status": Status.ACTIVE,
        "text": "\n\n".join(texts)[: wording.TEXT],
        "origin": "reports",
        "lat": at.lat,
        "lon": at.lon,
        "address": at.address,
        "district": at.district,
        "citywide": at.citywide,
        "similar_shown": True,
        "verdict": "ok",
        "created_at": now,
        "updated_at": now,
        "stage_at": now,
        "published_at": now,
        "due_at": await clocks.due_at(tx, city, 0, Stage.EVALUATION, now),
    }
    project_id: int | None = await tx.scalar(insert(Project).values(**values).returning(Project.id))
    assert project_id is not None
    return project_id
