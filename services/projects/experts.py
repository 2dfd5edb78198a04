"""What experts think of an idea: five scores, words, and a veto with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import insert_new, lock_row
from services.errors import Changed, Refusal
from services.members.models import Member
from services.projects import acting, counting, facts, wording
from services.projects.models import Opinion, Project
from services.projects.stages import BY_STAGE, Stage, Status

CRITERIA = ("need", "feasibility", "effect", "cost", "novelty")
"""What the five scores are for; each is 1 to 5."""


class ScoresNeeded(Refusal):
    """An opinion has five scores from 1 to 5."""


class VetoNeedsReason(Refusal):
    """A veto says why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An opinion as it is shown. The expert's `name` is there once the stage is decided."""

    scores: tuple[int, ...]
    text: str
    conflict: bool
    veto: bool
    name: str | None
    at: datetime


async def give(
    tx: AsyncConnection,
    *,
    project_id: int,
    expert_id: int,
    scores: Sequence[int],
    text: str,
    conflict: bool,
    veto: bool,
    now: datetime,
) -> None:
    """Give an opinion, or change one's own, while the project is with the experts.

    With a `conflict` of interest the expert steps aside: nothing else is kept. Authors and the
    team of a project are no experts of it. Raises `NotAllowed`, `Changed` (it is elsewhere by
    now), `ScoresNeeded`, `VetoNeedsReason` or `wording.Unsuitable`.
    """
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    await acting.require(tx, project, expert_id, "expert")
    if (project.stage, project.status) != (Stage.EXPERTISE, Status.ACTIVE):
        raise Changed
    values = {**_opinion(scores, text, conflict=conflict, veto=veto), "at": now}
    whose = {"project_id": project_id, "expert_id": expert_id}
    if await insert_new(tx, Opinion, {**whose, **values}) is None:
        await tx.execute(
            update(Opinion)
            .where(Opinion.project_id == project_id, Opinion.expert_id == expert_id)
            .values(**values)
        )


def _opinion(scores: Sequence[int], text: str, *, conflict: bool, veto: bool) -> dict[str, object]:
    if conflict:
        return {"scores": [], "total": 0, "text": "", "conflict": True, "veto": False}
    if len(scores) != len(CRITERIA) or not all(1 <= score <= 5 for score in scores):
        raise ScoresNeeded
    said = wording.text(text, "opinion", most=1000)
    if veto and not said:
        raise VetoNeedsReason
    return {
        "scores": [*scores], "total": sum(scores), "text": said, "conflict": False, "veto": veto,
    }  # fmt: skip


async def opinions(tx: AsyncConnection, project_id: int) -> list[Judged]:
    """What the experts said that counts, in the order in which they said it.

    Their names are public once the project has left their stage, or is closed; of who stepped
    aside for a conflict of interest nothing is told.
    """
    found = await tx.execute(
        select(
            Opinion.scores, Opinion.text, Opinion.conflict, Opinion.veto, Member.name, Opinion.at,
            Project.stage, Project.status,
        )
        .join(Project, Project.id == Opinion.project_id)
        .join(Member, Member.id == Opinion.expert_id)
        .where(Opinion.project_id == project_id, counting.opinion())
        .order_by(Opinion.id)
    )  # fmt: skip
    return [
        Judged(
            tuple(row.scores), row.text, row.conflict, row.veto,
            row.name if _decided(row.stage, row.status) else None, row.at,
        )
        for row in found
    ]  # fmt: skip


def _decided(stage: str, status: str) -> bool:
    return status == Status.CLOSED or BY_STAGE[stage].n > BY_STAGE[Stage.EXPERTISE].n


async def mine(tx: AsyncConnection, project_id: int, expert_id: int) -> Judged | None:
    """The expert's own opinion, to look at or to change."""
    found = await tx.execute(
        select(Opinion.scores, Opinion.text, Opinion.conflict, Opinion.veto, Opinion.at).where(
            Opinion.project_id == project_id, Opinion.expert_id == expert_id
        )
    )
    row = found.first()
    if row is None:
        return None
    return Judged(tuple(row.scores), row.text, row.conflict, row.veto, None, row.at)


async def waiting(
    tx: AsyncConnection, city_id: int, expert_id: int, *, limit: int = 10
) -> list[int]:
    """Projects that wait for this expert's opinion, the oldest first."""
    given = select(Opinion.project_id).where(Opinion.expert_id == expert_id)
    ids = await tx.scalars(
        select(Project.id)
        .where(
            Project.city_id == city_id,
            Project.stage == Stage.EXPERTISE,
            Project.status == Status.ACTIVE,
            Project.hidden.is_(False),
            Project.id.not_in(given),
        )
        .order_by(Project.stage_at, Project.id)
        .limit(limit)
    )
    return list(ids.all())
