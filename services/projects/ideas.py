"""An idea from its first words to the moderator's answer."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import following
from services.civic.places import Spot
from services.database import lock_row
from services.errors import Changed, NotFound, Refusal
from services.members.models import Member
from services.projects import acting, facts, legality, moving, similar, wording
from services.projects.acting import NotYours
from services.projects.facts import Facts
from services.projects.models import Challenge, CoAuthor, Practice, Project
from services.projects.moving import Moved
from services.projects.similar import Similar
from services.projects.stages import BY_STAGE, Kind, Stage, Status, Verb

DRAFTS = 10


@dataclass
class TooManyDrafts(Refusal):
    """The member has this many ideas that were not sent yet."""

    most: int


class ChallengeOver(Refusal):
    """The request takes no more ideas."""


async def start(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    author_id: int,
    title: str,
    text: str,
    kind: str,
    now: datetime,
    challenge_id: int | None = None,
    practice_id: int | None = None,
    anonymous: bool = False,
) -> int:
    """Keep an idea that only its author sees; returns its id. Its author follows it.

    `challenge_id` answers an open request (else `ChallengeOver`), `practice_id` adopts a practice.
    Raises `wording.Unsuitable` or `TooManyDrafts`.
    """
    await lock_row(tx, Member, author_id)
    if await _drafts(tx, author_id) >= DRAFTS:
        raise TooManyDrafts(DRAFTS)
    await _check_origin(tx, city.id, challenge_id, practice_id, now)
    days = BY_STAGE[Stage.IDEA].days
    assert days is not None
    values = {
        "city_id": city.id,
        "kind": Kind(kind),
        "stage": Stage.IDEA,
        "status": Status.ACTIVE,
        "title": wording.line(title, "title"),
        "text": wording.text(text, "text"),
        "author_id": author_id,
        "anonymous": anonymous,
        "challenge_id": challenge_id,
        "practice_id": practice_id,
        "origin": "idea" if practice_id is None else "practice",
        "created_at": now,
        "updated_at": now,
        "stage_at": now,
        "due_at": now + timedelta(days=days),
    }
    project_id: int | None = await tx.scalar(insert(Project).values(**values).returning(Project.id))
    assert project_id is not None
    await following.follow(
        tx, member_id=author_id, subject="project", key=str(project_id), via="author", now=now
    )
    return project_id


async def _drafts(tx: AsyncConnection, author_id: int) -> int:
    count = await tx.scalar(
        select(func.count())
        .select_from(Project)
        .where(
            Project.author_id == author_id,
            Project.stage == Stage.IDEA,
            Project.status == Status.ACTIVE,
        )
    )
    return count or 0


async def _check_origin(
    tx: AsyncConnection,
    city_id: int,
    challenge_id: int | None,
    practice_id: int | None,
    now: datetime,
) -> None:
    if challenge_id is not None:
        answered = select(Challenge.id).where(
            Challenge.id == challenge_id,
            Challenge.city_id == city_id,
            Challenge.state == "open",
            Challenge.ends_at > now,
        )
        if await tx.scalar(answered) is None:
            raise ChallengeOver
    if practice_id is not None:
        known = await tx.scalar(select(Practice.id).where(Practice.id == practice_id))
        if known is None:
            raise NotFound


async def edit(
    tx: AsyncConnection,
    *,
    project_id: int,
    by: int,
    now: datetime,
    title: str | None = None,
    text: str | None = None,
    kind: str | None = None,
    anonymous: bool | None = None,
    spot: Spot | None = None,
) -> None:
    """The author changes what they say while it is an idea; raises `NotFound`, `Changed`."""
    values: dict[str, Any] = {"updated_at": now}
    if title is not None:
        values["title"] = wording.line(title, "title")
    if text is not None:
        values["text"] = wording.text(text, "text")
    if kind is not None:
        values["kind"] = Kind(kind)
    if anonymous is not None:
        values["anonymous"] = anonymous
    if spot is not None:
        values |= {
            "lat": spot.lat,
            "lon": spot.lon,
            "address": spot.address,
            "district": spot.district,
            "citywide": spot.citywide,
        }
    await _write_own(tx, project_id, by, values)


async def _write_own(tx: AsyncConnection, project_id: int, by: int, values: dict[str, Any]) -> None:
    written = await tx.execute(
        update(Project)
        .where(
            Project.id == project_id,
            Project.author_id == by,
            Project.stage == Stage.IDEA,
            Project.status == Status.ACTIVE,
        )
        .values(**values)
    )
    if written.rowcount == 1:
        return
    owner = await tx.scalar(select(Project.author_id).where(Project.id == project_id))
    raise Changed if owner == by else NotFound


async def look_alike(
    tx: AsyncConnection, *, project_id: int, by: int, now: datetime
) -> list[Similar]:
    """Show the author what is like the idea, and remember that they have seen it."""
    await _write_own(tx, project_id, by, {"similar_shown": True, "updated_at": now})
    project = await facts.one(tx, project_id)
    return await similar.like(tx, project.city_id, project.title, but=project_id)


async def send(
    tx: AsyncConnection, *, city: CityFacts, project_id: int, by: int, now: datetime
) -> Moved:
    """Hand the idea to the moderators; raises as `moving.move`."""
    return await moving.move(
        tx, city=city, project_id=project_id, verb=Verb.FORWARD, seen=Stage.IDEA, by=by, now=now
    )


def wording_of(project: Facts) -> str:
    """A short mark of all that everybody would read: another one when any of it changes."""
    said = (
        project.title, project.text, project.kind, project.anonymous, project.lat, project.lon,
        project.address, project.district, project.citywide,
    )  # fmt: skip
    return hashlib.sha256(repr(said).encode()).hexdigest()[:8]


async def approve(
    tx: AsyncConnection, *, city: CityFacts, project_id: int, by: int, read: str, now: datetime
) -> Moved:
    """A moderator finds that the idea can be public, and it is; raises as `moving.move`.

    `read` is the `wording_of` what they have read: `Changed` when it says something else by now.
    To send it back or to close it, `moving.move` with `BACK` or `CLOSE` and a reason.
    """
    await lock_row(tx, Project, project_id)
    if wording_of(await facts.one(tx, project_id)) != read:
        raise Changed
    await tx.execute(
        update(Project)
        .where(
            Project.id == project_id,
            Project.stage == Stage.PREMODERATION,
            Project.status == Status.ACTIVE,
        )
        .values(verdict="ok")
    )
    return await moving.move(
        tx, city=city, project_id=project_id, verb=Verb.FORWARD, seen=Stage.PREMODERATION, by=by,
        now=now,
    )  # fmt: skip


def waits() -> ColumnElement[bool]:
    """That a project waits for a moderator: for the first look, or with an appeal."""
    return or_(
        (Project.stage == Stage.PREMODERATION) & (Project.status == Status.ACTIVE),
        (Project.status == Status.CLOSED)
        & Project.appealed.is_(True)
        & Project.appeal_until.is_not(None),
    )


async def queue(
    tx: AsyncConnection, city_id: int, *, limit: int = 10, offset: int = 0
) -> list[Facts]:
    """What waits for a moderator, the longest first: ideas to look at, and appeals."""
    ids = await tx.scalars(
        select(Project.id)
        .where(Project.city_id == city_id, waits())
        .order_by(Project.updated_at, Project.id)
        .limit(limit)
        .offset(offset)
    )
    return await _in_order(tx, list(ids.all()))


async def mine(
    tx: AsyncConnection, member_id: int, *, limit: int = 10, offset: int = 0
) -> list[Facts]:
    """What the member wrote, co-authored or leads, what moved last first."""
    joined = select(CoAuthor.project_id).where(
        CoAuthor.member_id == member_id, CoAuthor.state == "yes"
    )
    ids = await tx.scalars(
        select(Project.id)
        .where(
            or_(
                Project.author_id == member_id,
                Project.lead_id == member_id,
                Project.id.in_(joined),
            )
        )
        .order_by(Project.updated_at.desc(), Project.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return await _in_order(tx, list(ids.all()))


async def _in_order(tx: AsyncConnection, ids: list[int]) -> list[Facts]:
    found = await facts.of(tx, ids)
    return [found[project_id] for project_id in ids]


async def visible(tx: AsyncConnection, project_id: int, member_id: int) -> Facts:
    """The facts of a project that this member may see.

    Everybody sees what is public and not hidden; its people and the city's team see the rest.
    Raises `NotFound`, or `UnderReview` for what was public and is flagged away.
    """
    project = await facts.one(tx, project_id)
    if facts.is_public(project):
        return project
    roles = await acting.roles_of(tx, project, member_id)
    if roles & {"author", "lead", "team", "moderator"}:
        return project
    if project.published_at is not None and legality.rests(project):
        raise legality.UnderReview
    raise NotFound


async def answer_invitation(
    tx: AsyncConnection, *, project_id: int, member_id: int, agrees: bool, now: datetime
) -> None:
    """One whose report became part of the project says whether they are its co-author.

    The first who agrees stands as its author. Raises `NotAllowed` for who was not asked.
    """
    await lock_row(tx, Project, project_id)
    answered = await tx.execute(
        update(CoAuthor)
        .where(
            CoAuthor.project_id == project_id,
            CoAuthor.member_id == member_id,
            CoAuthor.state == "asked",
        )
        .values(state="yes" if agrees else "no")
    )
    if answered.rowcount != 1:
        raise NotYours
    if not agrees:
        return
    await tx.execute(
        update(Project)
        .where(Project.id == project_id, Project.author_id.is_(None))
        .values(author_id=member_id, updated_at=now)
    )
    await following.follow(
        tx, member_id=member_id, subject="project", key=str(project_id), via="author", now=now
    )
