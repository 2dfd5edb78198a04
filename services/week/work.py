"""Projects that wait for an expert, a mentor or a funder."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.models import RoleGrant
from services.members.roles import Role
from services.projects import facts
from services.projects.models import Commitment, Opinion, Project, ResourceLine
from services.projects.stages import Stage, Status

ROLES = (Role.EXPERT, Role.MENTOR, Role.FUNDER)
TITLES = 3
_STAGES = {
    Role.EXPERT: Stage.EXPERTISE,
    Role.MENTOR: Stage.ACCELERATION,
    Role.FUNDER: Stage.FINANCING,
}


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for somebody in one role: how many projects, and some of them (id, title)."""

    role: str
    count: int
    titles: tuple[tuple[int, str], ...]

    def facts(self) -> dict[str, Any]:
        """For a message that waits in the outbox."""
        return {
            "role": self.role,
            "count": self.count,
            "titles": [list(each) for each in self.titles],
        }


async def of_members(
    tx: AsyncConnection, city_id: int, members: Sequence[int]
) -> Mapping[int, list[Work]]:
    """What waits for each of them now, the longest waiting first; who has nothing is not there."""
    roles = await _roles(tx, members)
    projects = await _projects(tx, city_id) if roles else []
    short = await _short(tx, projects)
    done = {
        Role.EXPERT: await _given(tx, roles),
        Role.MENTOR: set(),
        Role.FUNDER: await _promised(tx, roles),
    }
    found: dict[int, list[Work]] = {}
    for member_id, role in roles:
        fitting = [
            each
            for each in projects
            if each.stage == _STAGES[role]
            and member_id not in {each.author_id, each.lead_id}
            and (each.id, member_id) not in done[role]
            and (role is not Role.MENTOR or each.mentor_id in {None, member_id})
            and (role is not Role.FUNDER or each.id in short)
        ]
        if fitting:
            titles = tuple((each.id, each.title) for each in fitting[:TITLES])
            found.setdefault(member_id, []).append(Work(role, len(fitting), titles))
    return found


async def _roles(tx: AsyncConnection, members: Sequence[int]) -> list[tuple[int, Role]]:
    rows = await tx.execute(
        select(RoleGrant.member_id, RoleGrant.role)
        .where(
            RoleGrant.member_id.in_(members),
            RoleGrant.role.in_(ROLES),
            RoleGrant.revoked_at.is_(None),
        )
        .distinct()
    )
    return sorted((member_id, Role(role)) for member_id, role in rows)


async def _projects(tx: AsyncConnection, city_id: int) -> list[Any]:
    rows = await tx.execute(
        select(
            Project.id, Project.title, Project.stage, Project.author_id, Project.lead_id,
            Project.mentor_id,
        )
        .where(
            Project.city_id == city_id,
            Project.stage.in_(_STAGES.values()),
            Project.status == Status.ACTIVE,
            Project.hidden.is_(False),
            Project.published_at.is_not(None),
        )
        .order_by(Project.stage_at, Project.id)
    )  # fmt: skip
    return list(rows)


async def _short(tx: AsyncConnection, projects: Iterable[Any]) -> set[int]:
    """Those of the projects that still lack money."""
    ids = [each.id for each in projects if each.stage == Stage.FINANCING]
    return {id_ for id_, known in (await facts.of(tx, ids)).items() if known.funding_gap > 0}


async def _given(tx: AsyncConnection, roles: Iterable[tuple[int, Role]]) -> set[tuple[int, int]]:
    experts = [member_id for member_id, role in roles if role is Role.EXPERT]
    rows = await tx.execute(
        select(Opinion.project_id, Opinion.expert_id).where(Opinion.expert_id.in_(experts))
    )
    return {(row.project_id, row.expert_id) for row in rows}


async def _promised(tx: AsyncConnection, roles: Iterable[tuple[int, Role]]) -> set[tuple[int, int]]:
    funders = [member_id for member_id, role in roles if role is Role.FUNDER]
    rows = await tx.execute(
        select(ResourceLine.project_id, Commitment.by_id)
        .join(ResourceLine, ResourceLine.id == Commitment.line_id)
        .where(Commitment.by_id.in_(funders), Commitment.state != "withdrawn")
    )
    return {(row.project_id, row.by_id) for row in rows}
