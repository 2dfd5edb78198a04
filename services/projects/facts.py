"""All that is known of projects, in one query a page: no counter is ever stored."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, case, cast, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import Support, Verification
from services.errors import NotFound
from services.members.models import RoleGrant
from services.projects import counting
from services.projects.models import (
    Artefact,
    Commitment,
    Confirmation,
    Milestone,
    Opinion,
    Project,
    ResourceLine,
    TeamMember,
)

DOCUMENTS = (
    *("estimate", "schedule", "legal_scheme", "owner_consent", "agreement"),
    *("mentor_checklist", "photo_after"),
)
"""The kinds of documents that gates ask for."""

_PHONE = re.compile(r"(?<!\d)(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]{2,}")


@dataclass(frozen=True, slots=True)
class Facts:
    """A project and what its gates ask for. Counts are of what counts: verified voices, accepted
    documents, opinions without a conflict of interest, money that is signed or paid (kopecks);
    voices, opinions and confirmations of others than its own people, and a team beside its lead."""

    id: int
    city_id: int
    kind: str
    stage: str
    status: str
    title: str
    text: str
    author_id: int | None
    anonymous: bool
    lead_id: int | None
    mentor_id: int | None
    adoptable: bool
    challenge_id: int | None
    practice_id: int | None
    origin: str
    lat: float | None
    lon: float | None
    address: str | None
    district: str | None
    citywide: bool
    similar_shown: bool
    verdict: str | None
    hidden: bool
    closed_reason: str | None
    paused_by: str | None
    appeal_until: datetime | None
    appealed: bool
    created_at: datetime
    updated_at: datetime
    stage_at: datetime
    due_at: datetime | None
    published_at: datetime | None
    up: int
    down: int
    verified_up: int
    verified_down: int
    city_voices: int
    opinions: int
    opinion_total: int
    vetoes: int
    team: int
    estimate: int
    schedule: int
    legal_scheme: int
    owner_consent: int
    agreement: int
    mentor_checklist: int
    photo_after: int
    lines: int
    budget: int
    funding_gap: int
    milestones: int
    open_milestones: int
    residents: int
    company: int

    @property
    def letters(self) -> int:
        """How long its text is."""
        return len(self.text.strip())

    @property
    def placed(self) -> int:
        """Whether it says where: a point, an address, or the whole city."""
        return int(self.citywide or self.lat is not None or bool(self.address))

    @property
    def similar_seen(self) -> int:
        """Whether its author has seen what is like it."""
        return int(self.similar_shown)

    @property
    def approved(self) -> int:
        """Whether a moderator found that it can be public."""
        return int(self.verdict == "ok")

    @property
    def personal_data(self) -> int:
        """Phone numbers and e-mail addresses in its words."""
        words = f"{self.title}\n{self.text}"
        return len(_PHONE.findall(words)) + len(_MAIL.findall(words))

    @property
    def percent_up(self) -> int:
        """Percent of the verified voices that are for it, rounded down."""
        voices = self.verified_up + self.verified_down
        return self.verified_up * 100 // voices if voices else 0

    @property
    def opinion_mean(self) -> float:
        """The mean of all scores, 0 when there is none."""
        return self.opinion_total / (5 * self.opinions) if self.opinions else 0.0

    @property
    def lead(self) -> int:
        """Whether somebody leads it."""
        return int(self.lead_id is not None)

    @property
    def mentor(self) -> int:
        """Whether a mentor has taken it on."""
        return int(self.mentor_id is not None)

    @property
    def checklist(self) -> int:
        """Whether the mentor has accepted what the team prepared."""
        return self.mentor_checklist


@dataclass(frozen=True, slots=True)
class ChallengeFacts:
    """A request and what the first gate asks for."""

    id: int
    city_id: int
    owner_id: int
    venue_id: int | None
    title: str
    brief: str
    prize: str
    state: str
    ends_at: datetime
    criteria_list: tuple[str, ...]
    owner: int
    term: int
    criteria: int
    approved: int


def _count(table: Any, *where: Any) -> Any:
    return select(func.count()).select_from(table).where(*where).scalar_subquery()


def _voices(value: int, *, verified: bool) -> Any:
    query = select(func.count()).select_from(Support)
    if verified:
        query = query.join(Verification, Verification.member_id == Support.member_id)
    return query.where(
        Support.subject == "project",
        Support.subject_id == Project.id,
        Support.value == value,
        counting.outsider(Support.member_id),
    ).scalar_subquery()


def _opinions(what: Any, *where: Any) -> Any:
    return (
        select(what)
        .where(Opinion.project_id == Project.id, counting.opinion(), *where)
        .scalar_subquery()
    )


def _accepted(kind: str) -> Any:
    return _count(
        Artefact,
        Artefact.project_id == Project.id,
        Artefact.kind == kind,
        Artefact.accepted_by.is_not(None),
    )


def _sum(what: Any) -> Any:
    # PostgreSQL adds whole numbers up to decimal ones.
    return cast(func.coalesce(func.sum(what), 0), BigInteger)


def _money(what: Any) -> Any:
    return (
        select(_sum(what))
        .where(ResourceLine.project_id == Project.id, ResourceLine.kind == "money")
        .scalar_subquery()
    )


def committed() -> Any:
    """What is signed or paid for a resource line, as part of a query over lines."""
    return (
        select(_sum(Commitment.amount))
        .where(Commitment.line_id == ResourceLine.id, Commitment.state.in_(("signed", "paid")))
        .correlate(ResourceLine)
        .scalar_subquery()
    )


def _short() -> Any:
    have = committed()
    return case((have < ResourceLine.amount, ResourceLine.amount - have), else_=0)


def _company() -> Any:
    """Whether who leads or wrote it owns a business that is a partner of the city."""
    return _count(
        RoleGrant,
        RoleGrant.member_id.in_((Project.author_id, Project.lead_id)),
        RoleGrant.role == "owner",
        RoleGrant.revoked_at.is_(None),
    )


_COLUMNS = tuple(
    column
    for column in Project.__table__.columns
    if column.name in Facts.__dataclass_fields__ and column.name != "similar_seen"
)


@cache
def _query() -> Select[Any]:
    # Made once: building a statement costs more than running it.
    counts = {
        "up": _voices(1, verified=False),
        "down": _voices(-1, verified=False),
        "verified_up": _voices(1, verified=True),
        "verified_down": _voices(-1, verified=True),
        "city_voices": _count(Verification, Verification.city_id == Project.city_id),
        "opinions": _opinions(func.count()),
        "opinion_total": _opinions(func.coalesce(func.sum(Opinion.total), 0)),
        "vetoes": _opinions(func.count(), Opinion.veto.is_(True)),
        "team": select(func.count(distinct(TeamMember.member_id)))
        .where(
            TeamMember.project_id == Project.id,
            TeamMember.state == "accepted",
            TeamMember.member_id != func.coalesce(Project.lead_id, 0),
        )
        .scalar_subquery(),
        **{kind: _accepted(kind) for kind in DOCUMENTS},
        "lines": _count(ResourceLine, ResourceLine.project_id == Project.id),
        "budget": _money(ResourceLine.amount),
        "funding_gap": _money(_short()),
        "milestones": _count(Milestone, Milestone.project_id == Project.id),
        "open_milestones": _count(
            Milestone, Milestone.project_id == Project.id, Milestone.done_at.is_(None)
        ),
        "residents": _count(
            Confirmation,
            Confirmation.project_id == Project.id,
            counting.outsider(Confirmation.member_id),
            counting.verified(Confirmation.member_id),
        ),
        "company": _company(),
    }
    return select(*_COLUMNS, *(query.label(name) for name, query in counts.items())).where(
        Project.id.in_(bindparam("ids", expanding=True))
    )


async def of(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, Facts]:
    """The facts of these projects by id, in one query; who is not there is left out."""
    if not ids:
        return {}
    rows = await tx.execute(_query(), {"ids": list(ids)})
    return {row["id"]: Facts(**row) for row in rows.mappings()}


async def one(tx: AsyncConnection, project_id: int) -> Facts:
    """The facts of one project; raises `NotFound`."""
    found = (await of(tx, [project_id])).get(project_id)
    if found is None:
        raise NotFound
    return found


def is_public(project: Facts) -> bool:
    """Whether everybody sees it."""
    return project.published_at is not None and not project.hidden
