"""What a member leaves behind in reports and projects: a copy for them, and what goes with them.

What has become public stays, without a name: a pothole does not close because somebody left. What
never was public goes. Voices go too, so that whoever comes back has one voice and not two.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import Bar, CivicEvent, Flag, Follow, Support, Unwanted, Verification
from services.database import Base
from services.plan.models import IndicatorYear, MeasureYear
from services.projects.models import (
    AidAnswer,
    Artefact,
    Challenge,
    CoAuthor,
    Commitment,
    Confirmation,
    Milestone,
    Opinion,
    Project,
    ResourceLine,
    Skill,
    Statement,
    StatementVote,
    TeamMember,
)
from services.reports.models import Category, Report, ReportNote, ReportPhoto

_Query = Select[*tuple[Any, ...]]

_NOTHING = "—"


def records(member_id: int) -> dict[str, _Query]:
    """Name of a part → its query, for the member's copy of their data; the oldest row first."""
    return {**_of_reports(member_id), **_of_projects(member_id), **_of_works(member_id)}


def _of_reports(member_id: int) -> dict[str, _Query]:
    return {
        "verified": select(Verification.at).where(Verification.member_id == member_id),
        "reports": select(
            Report.number, Report.state, Report.text, Category.name.label("theme"), Report.lat,
            Report.lon, Report.address, Report.citywide, Report.anonymous, Report.created_at,
            Report.submitted_at, Report.published_at, Report.due_at,
        )
        .outerjoin(Category, Category.id == Report.category_id)
        .where(Report.author_id == member_id)
        .order_by(Report.id),
        "report_photos": select(
            Report.number.label("report"), ReportPhoto.kind, ReportPhoto.shown,
            ReportPhoto.removed, ReportPhoto.at,
        )
        .join(Report, Report.id == ReportPhoto.report_id)
        .where(ReportPhoto.member_id == member_id)
        .order_by(ReportPhoto.id),
        "report_notes": select(
            Report.number.label("report"), ReportNote.text, ReportNote.public, ReportNote.at
        )
        .join(Report, Report.id == ReportNote.report_id)
        .where(ReportNote.member_id == member_id)
        .order_by(ReportNote.id),
        "voices": _of_subject(Support, member_id, Support.value),
        "flags": _of_subject(Flag, member_id),
        "follows": select(Follow.subject, Follow.key, Follow.via, Follow.at)
        .where(Follow.member_id == member_id)
        .order_by(Follow.id),
        "unwanted": select(Unwanted.what, Unwanted.at)
        .where(Unwanted.member_id == member_id)
        .order_by(Unwanted.what),
        "bars": select(Bar.reason, Bar.at, Bar.until, Bar.lifted_at)
        .where(Bar.member_id == member_id)
        .order_by(Bar.id),
    }  # fmt: skip


def _of_subject(table: Any, member_id: int, *also: Any) -> _Query:
    columns = (table.subject, table.subject_id, *also, table.at)
    return select(*columns).where(table.member_id == member_id).order_by(table.id)


def _of_projects(member_id: int) -> dict[str, _Query]:
    titled = Project.title.label("project")
    return {
        "projects": select(
            Project.title, Project.text, Project.kind, Project.stage, Project.status,
            Project.address, Project.anonymous, Project.created_at, Project.published_at,
        )
        .where(Project.author_id == member_id)
        .order_by(Project.id),
        "projects_written_with_others": select(titled, CoAuthor.state)
        .join(Project, Project.id == CoAuthor.project_id)
        .where(CoAuthor.member_id == member_id)
        .order_by(CoAuthor.id),
        "statements": select(titled, Statement.text, Statement.state, Statement.at)
        .join(Project, Project.id == Statement.project_id)
        .where(Statement.author_id == member_id)
        .order_by(Statement.id),
        "answers_to_statements": select(Statement.text, StatementVote.value, StatementVote.at)
        .join(Statement, Statement.id == StatementVote.statement_id)
        .where(StatementVote.member_id == member_id)
        .order_by(StatementVote.statement_id),
        "teams": select(
            titled, TeamMember.skill, TeamMember.state, TeamMember.word, TeamMember.public,
            TeamMember.at,
        )
        .join(Project, Project.id == TeamMember.project_id)
        .where(TeamMember.member_id == member_id)
        .order_by(TeamMember.id),
        "skills": select(Skill.skill).where(Skill.member_id == member_id).order_by(Skill.skill),
        "commitments": select(
            titled, ResourceLine.label, Commitment.source, Commitment.org, Commitment.public,
            Commitment.amount, Commitment.state, Commitment.document, Commitment.at,
        )
        .join(ResourceLine, ResourceLine.id == Commitment.line_id)
        .join(Project, Project.id == ResourceLine.project_id)
        .where(Commitment.by_id == member_id)
        .order_by(Commitment.id),
        "confirmations": select(titled, Confirmation.at)
        .join(Project, Project.id == Confirmation.project_id)
        .where(Confirmation.member_id == member_id)
        .order_by(Confirmation.project_id),
    }  # fmt: skip


def _of_works(member_id: int) -> dict[str, _Query]:
    """What the member did for projects and for the city in a role."""
    titled = Project.title.label("project")
    return {
        "requests": select(
            Challenge.title, Challenge.brief, Challenge.state, Challenge.created_at
        )
        .where(Challenge.owner_id == member_id)
        .order_by(Challenge.id),
        "opinions": select(
            titled, Opinion.scores, Opinion.text, Opinion.conflict, Opinion.veto, Opinion.at
        )
        .join(Project, Project.id == Opinion.project_id)
        .where(Opinion.expert_id == member_id)
        .order_by(Opinion.id),
        "documents": select(titled, Artefact.kind, Artefact.title, Artefact.text, Artefact.added_at)
        .join(Project, Project.id == Artefact.project_id)
        .where(Artefact.added_by == member_id)
        .order_by(Artefact.id),
        "milestones": select(titled, Milestone.title, Milestone.done_at)
        .join(Project, Project.id == Milestone.project_id)
        .where(Milestone.done_by == member_id)
        .order_by(Milestone.id),
        "public_moves": select(
            CivicEvent.subject, CivicEvent.subject_id, CivicEvent.verb, CivicEvent.after,
            CivicEvent.acting, CivicEvent.reason, CivicEvent.at,
        )
        .where(CivicEvent.actor_id == member_id)
        .order_by(CivicEvent.id),
    }  # fmt: skip


async def leave(tx: AsyncConnection, member_id: int, now: datetime) -> None:
    """Take the member's name off what stays, and away what is theirs alone.

    The member's row is locked by the caller.
    """
    await _projects(tx, member_id, now)
    await _reports(tx, member_id)
    own = (Support, Flag, Follow, Unwanted, StatementVote, Skill, CoAuthor, Verification, Bar)
    for table in own:
        await tx.execute(delete(table).where(table.member_id == member_id))
    await _empty(tx, CivicEvent, CivicEvent.actor_id, member_id)
    await _empty(tx, Verification, Verification.by_id, member_id)
    await _empty(tx, Bar, Bar.by_id, member_id)
    await _empty(tx, Bar, Bar.lifted_by, member_id)
    await _empty(tx, Statement, Statement.author_id, member_id)
    await _empty(tx, AidAnswer, AidAnswer.by_id, member_id)
    await _empty(tx, IndicatorYear, IndicatorYear.by_id, member_id)
    await _empty(tx, MeasureYear, MeasureYear.by_id, member_id)


async def _empty(tx: AsyncConnection, table: type[Base], column: Any, member_id: int) -> None:
    await tx.execute(update(table).where(column == member_id).values({column: None}))


async def _take(tx: AsyncConnection, table: Any, whose: ColumnElement[bool]) -> None:
    """The rows, by id, so that two who take several never wait for each other."""
    await tx.execute(select(table.id).where(whose).order_by(table.id).with_for_update())


async def _projects(tx: AsyncConnection, member_id: int, now: datetime) -> None:
    involved = or_(
        Project.author_id == member_id,
        Project.lead_id == member_id,
        Project.mentor_id == member_id,
    )
    await _take(tx, Project, involved)
    await tx.execute(
        update(Project)
        .where(Project.author_id == member_id, Project.published_at.is_(None))
        .values(
            title=_NOTHING, text="", lat=None, lon=None, address=None, status="closed",
            due_at=None, updated_at=now,
        )
    )  # fmt: skip
    await tx.execute(
        update(Project).where(Project.author_id == member_id).values(author_id=None, anonymous=True)
    )
    for column in (Project.lead_id, Project.mentor_id):
        await _empty(tx, Project, column, member_id)
    await tx.execute(
        update(TeamMember)
        .where(TeamMember.member_id == member_id)
        .values(member_id=None, state="left", word="", public=False)
    )
    unfinished = select(Project.id).where(Project.status != "done")
    await tx.execute(
        delete(Confirmation).where(
            Confirmation.member_id == member_id, Confirmation.project_id.in_(unfinished)
        )
    )
    await tx.execute(
        update(Commitment)
        .where(Commitment.by_id == member_id, Commitment.source == "citizens")
        .values(org=_NOTHING, public=False)
    )
    await tx.execute(
        update(Commitment)
        .where(Commitment.by_id == member_id, Commitment.state == "pledged")
        .values(state="withdrawn")
    )
    await _empty(tx, Commitment, Commitment.by_id, member_id)


async def _reports(tx: AsyncConnection, member_id: int) -> None:
    await _take(tx, Report, Report.author_id == member_id)
    drafts = select(Report.id).where(Report.author_id == member_id, Report.state == "draft")
    for part in (ReportPhoto, ReportNote):
        await tx.execute(delete(part).where(part.report_id.in_(drafts)))
    await tx.execute(delete(Report).where(Report.author_id == member_id, Report.state == "draft"))
    await tx.execute(
        update(Report).where(Report.author_id == member_id).values(author_id=None, anonymous=True)
    )
    for column in (Report.official_id, Report.moderator_id):
        await _empty(tx, Report, column, member_id)
    await tx.execute(
        delete(ReportPhoto).where(
            ReportPhoto.member_id == member_id, ReportPhoto.kind == "support", ~ReportPhoto.shown
        )
    )
    await tx.execute(
        update(ReportPhoto)
        .where(ReportPhoto.member_id == member_id)
        .values(member_id=None, original=ReportPhoto.public)
    )
    await tx.execute(
        delete(ReportNote).where(
            ReportNote.member_id == member_id,
            ~ReportNote.public,
            ReportNote.acting.in_(("author", "supporter")),
        )
    )
    await _empty(tx, ReportNote, ReportNote.member_id, member_id)
