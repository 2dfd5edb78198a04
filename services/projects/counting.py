"""Whose word counts on a project: voices, opinions and confirmations come from others than its own
people, and from those who may still give them. Parts of queries over projects."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from services.civic.models import Verification
from services.members.models import RoleGrant
from services.projects.models import CoAuthor, Opinion, Project, TeamMember
from services.projects.stages import Stage


def outsider(member: Any) -> ColumnElement[bool]:
    """That the member neither wrote the project nor leads it, works on it or mentors it."""
    wrote = select(CoAuthor.member_id).where(
        CoAuthor.project_id == Project.id, CoAuthor.state == "yes"
    )
    works = select(TeamMember.member_id).where(
        TeamMember.project_id == Project.id,
        TeamMember.state == "accepted",
        TeamMember.member_id.is_not(None),
    )
    named = (Project.author_id, Project.lead_id, Project.mentor_id)
    return and_(
        *(member != func.coalesce(each, 0) for each in named),
        member.not_in(wrote.correlate(Project)),
        member.not_in(works.correlate(Project)),
    )


def verified(member: Any) -> ColumnElement[bool]:
    """That the member is known to be one person."""
    known: ColumnElement[bool] = member.in_(select(Verification.member_id))
    return known


def opinion() -> ColumnElement[bool]:
    """That an opinion counts: an outsider's without a conflict of interest, and while the project
    is with the experts only that of somebody who is one still. What was decided stays."""
    experts = select(RoleGrant.member_id).where(
        RoleGrant.member_id == Opinion.expert_id,
        RoleGrant.role == "expert",
        RoleGrant.revoked_at.is_(None),
    )
    fit = and_(outsider(Opinion.expert_id), experts.correlate(Opinion).exists())
    return and_(Opinion.conflict.is_(False), or_(Project.stage != Stage.EXPERTISE, fit))
