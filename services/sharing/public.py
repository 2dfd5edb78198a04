"""What may leave the house: the one place that says which subjects and which moves are public."""

from sqlalchemy import ColumnElement, and_, or_, select

from services.civic import log
from services.civic.models import CivicEvent
from services.projects.models import Challenge, Milestone, Project
from services.projects.stages import BY_STAGE, PUBLIC
from services.reports.models import Report
from services.reports.publicity import PUBLISHED
from services.reports.states import NEVER_SHOWN

SUBJECTS = ("report", "project", "challenge", "milestone", "measure", "indicator", "practice")
"""Whose moves other systems can hear of."""

_ALWAYS = ("measure", "indicator", "practice")
_PRIVATE_STAGES = tuple(stage for stage in BY_STAGE if BY_STAGE[stage].public == "none")
_PRIVATE_STATES = {
    "report": tuple(map(str, NEVER_SHOWN)),
    "project": _PRIVATE_STAGES,
    "challenge": ("draft",),
}

REPORTS: ColumnElement[bool] = PUBLISHED
"""A report that was opened, is not flagged away and was not declined since."""

PROJECTS: ColumnElement[bool] = and_(
    Project.published_at.is_not(None),
    Project.hidden.is_(False),
    Project.stage.in_([stage.value for stage in PUBLIC]),
)
"""A project past pre-moderation that nobody flagged away."""


def _moves(subject: str, published: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(
        CivicEvent.subject == subject,
        CivicEvent.after.not_in(_PRIVATE_STATES.get(subject, ())),
        published,
    )


MOVES: ColumnElement[bool] = or_(
    _moves(
        "report",
        select(Report.id)
        .where(
            Report.id == CivicEvent.subject_id, REPORTS, CivicEvent.at >= Report.published_at
        )
        .correlate(CivicEvent)
        .exists(),
    ),
    _moves(
        "project",
        select(Project.id)
        .where(
            Project.id == CivicEvent.subject_id, PROJECTS, CivicEvent.at >= Project.published_at
        )
        .correlate(CivicEvent)
        .exists(),
    ),
    _moves(
        "challenge",
        select(Challenge.id)
        .where(Challenge.id == CivicEvent.subject_id, log.once_open())
        .correlate(CivicEvent)
        .exists(),
    ),
    _moves(
        "milestone",
        select(Milestone.id)
        .join(Project, Project.id == Milestone.project_id)
        .where(Milestone.id == CivicEvent.subject_id, PROJECTS)
        .correlate(CivicEvent)
        .exists(),
    ),
    CivicEvent.subject.in_(_ALWAYS),
)  # fmt: skip
"""A move since its subject is public, to a state that is, while the subject still is public."""
