"""In which roles a member acts on a project."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, bindparam, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.errors import NotAllowed
from services.members.models import RoleGrant
from services.projects.facts import Facts
from services.projects.models import CoAuthor, TeamMember

SYSTEM = frozenset({"system"})
_OF_GRANT = {"funder": "investor", "owner": "business", "admin": "moderator"}
_OWN = ("moderator", "operator", "official", "expert", "mentor")
"""Roles in which nobody decides on what they wrote themselves."""


@dataclass
class NotYours(NotAllowed):
    """This is for others to do: for those with one of the `roles`, where they are known."""

    roles: tuple[str, ...] = ()


def _roles() -> CompoundSelect[Any]:
    project: BindParameter[int] = bindparam("project")
    member: BindParameter[int] = bindparam("member")
    grants = select(RoleGrant.role.label("role")).where(
        RoleGrant.member_id == member, RoleGrant.revoked_at.is_(None)
    )
    wrote = select(literal("author").label("role")).where(
        CoAuthor.project_id == project, CoAuthor.member_id == member, CoAuthor.state == "yes"
    )
    works = select(literal("team").label("role")).where(
        TeamMember.project_id == project,
        TeamMember.member_id == member,
        TeamMember.state == "accepted",
    )
    return union_all(grants, wrote, works)


_ROLES = _roles()
"""Made once: building it takes longer than running it."""


async def roles_of(tx: AsyncConnection, project: Facts, member_id: int | None) -> frozenset[str]:
    """Every role of the member on this project; None is the system.

    author (co-authors, too), lead, team, mentor (the project's own, or anybody with the role
    while it has none), and the city's: moderator, operator, official, expert, investor, business.
    """
    if member_id is None:
        return SYSTEM
    found = await tx.scalars(_ROLES, {"project": project.id, "member": member_id})
    roles = {_OF_GRANT.get(role, role) for role in found.all()}
    if project.author_id == member_id:
        roles.add("author")
    if project.lead_id == member_id:
        roles.add("lead")
    if project.mentor_id not in {None, member_id}:
        roles.discard("mentor")
    if roles & {"author", "lead", "team"}:
        roles -= {*_OWN}
    return frozenset(roles)


async def require(tx: AsyncConnection, project: Facts, member_id: int, *allowed: str) -> str:
    """The first of the allowed roles that the member has; raises `NotAllowed`."""
    roles = await roles_of(tx, project, member_id)
    for role in allowed:
        if role in roles:
            return role
    raise NotYours(allowed)
