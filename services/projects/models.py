"""Ideas and requests on their way through the ten stages, and all that gathers around them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime


class Challenge(Base):
    """A request by the city or a business: `state` is draft, open or closed.

    `criteria` are short sentences; `ends_at` the end of the call; `venue_id` a business, None:
    the city.
    """

    __tablename__ = "challenge"
    __table_args__ = (Index("ix_challenge_city_id_state", "city_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    title: Mapped[str]
    brief: Mapped[str]
    criteria: Mapped[list[str]] = mapped_column(JSON)
    prize: Mapped[str]
    state: Mapped[str]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Project(Base):
    """`stage` and `kind` are rows of `services.projects.stages`; `status` is active, paused,
    closed or done. `due_at` is the end of the stage's clock. `verdict` is the moderator's:
    ok or None. `origin` says what it came from: idea, reports, practice. `closed_reason` and
    `appeal_until` belong to a closed one, `paused_by` (the role, system when time ran out) to a
    paused one.
    """

    __tablename__ = "project"
    __table_args__ = (
        Index("ix_project_city_id_stage_status", "city_id", "stage", "status"),
        Index("ix_project_status_due_at", "status", "due_at"),
        Index("ix_project_author_id", "author_id"),
        # Lists are found, counted and ordered without a look at the rows themselves.
        Index(
            "ix_project_public",
            *("city_id", "hidden", "status", "published_at"),
            *("stage_at", "due_at", "stage", "kind", "district"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    kind: Mapped[str]
    stage: Mapped[str]
    status: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    anonymous: Mapped[bool] = mapped_column(default=False)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    adoptable: Mapped[bool] = mapped_column(default=False)
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id"), index=True)
    practice_id: Mapped[int | None]
    origin: Mapped[str]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    address: Mapped[str | None]
    district: Mapped[str | None]
    citywide: Mapped[bool] = mapped_column(default=False)
    similar_shown: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[str | None]
    hidden: Mapped[bool] = mapped_column(default=False)
    closed_reason: Mapped[str | None]
    paused_by: Mapped[str | None]
    appeal_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appealed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stage_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CoAuthor(Base):
    """An author of a report that became part of a project: `state` is asked, yes or no."""

    __tablename__ = "co_author"
    __table_args__ = (UniqueConstraint("project_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    state: Mapped[str]


class Artefact(Base):
    """A document of a project. `kind`: estimate, schedule, legal_scheme, owner_consent,
    agreement, mentor_checklist, photo_after, other. `visibility`: public or commercial (that it
    exists is public, what is in it is not). Accepted when `accepted_by` is there.
    """

    __tablename__ = "artefact"
    __table_args__ = (Index("ix_artefact_project_id_kind", "project_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    file: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_name: Mapped[str | None]
    visibility: Mapped[str]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Opinion(Base):
    """An expert's five scores, 1 to 5 (need, feasibility, effect, cost, novelty), and words.

    One with a `conflict` of interest has no scores and counts for nothing; `veto` needs its
    reason in `text`. `total` is the sum of the scores.
    """

    __tablename__ = "opinion"
    __table_args__ = (UniqueConstraint("project_id", "expert_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    expert_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    scores: Mapped[list[int]] = mapped_column(JSON)
    total: Mapped[int]
    text: Mapped[str]
    conflict: Mapped[bool]
    veto: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Statement(Base):
    """A short sentence to agree or disagree with; `state` is waiting (for a moderator), shown
    or hidden."""

    __tablename__ = "statement"
    __table_args__ = (UniqueConstraint("project_id", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    text: Mapped[str]
    state: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class StatementVote(Base):
    """1 agrees, -1 disagrees, 0 passes."""

    __tablename__ = "statement_vote"

    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    value: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class TeamMember(Base):
    """A place in the team: `state` is open (nobody), applied, accepted, declined or left."""

    __tablename__ = "team_member"
    __table_args__ = (Index("ix_team_member_project_id_state", "project_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    skill: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    state: Mapped[str]
    word: Mapped[str] = mapped_column(default="")
    public: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Skill(Base):
    """What a member can do for projects: one of `services.projects.skills.SKILLS`."""

    __tablename__ = "skill"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    skill: Mapped[str] = mapped_column(primary_key=True)


class ResourceLine(Base):
    """What a project needs: `kind` is money, people, land, material or expertise; an amount of
    money is in kopecks."""

    __tablename__ = "resource_line"
    __table_args__ = (Index("ix_resource_line_project_id", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[str]
    label: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str]


class Commitment(Base):
    """What somebody gives: `source` is one of the five (municipal, regional, investor, fund,
    citizens); `state` is pledged, signed, paid or withdrawn. `org` is shown only with consent
    (`public`)."""

    __tablename__ = "commitment"
    __table_args__ = (Index("ix_commitment_line_id_state", "line_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("resource_line.id"))
    source: Mapped[str]
    org: Mapped[str]
    public: Mapped[bool]
    amount: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    document: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Milestone(Base):
    """A step of the work, done with a photo."""

    __tablename__ = "milestone"
    __table_args__ = (Index("ix_milestone_project_id", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    position: Mapped[int]
    title: Mapped[str]
    due_on: Mapped[date]
    photo: Mapped[bytes | None] = mapped_column(LargeBinary)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Confirmation(Base):
    """A resident saw with their own eyes that the project is built."""

    __tablename__ = "confirmation"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Practice(Base):
    """A finished project that others can adopt; `project_id` is None for one from elsewhere."""

    __tablename__ = "practice"

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), unique=True)
    title: Mapped[str]
    text: Mapped[str]
    kind: Mapped[str]
    cost: Mapped[int] = mapped_column(BigInteger)
    days: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Aid(Base):
    """Somebody who helps projects, from the pack: a grant, state support, a partner, a supplier,
    land, an event. `filters` and `terms` are shaped as in `services.cities.schema.AidEntry`."""

    __tablename__ = "aid"
    __table_args__ = (UniqueConstraint("city_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    slug: Mapped[str]
    position: Mapped[int]
    kind: Mapped[str]
    name: Mapped[dict[str, str]] = mapped_column(JSON)
    terms: Mapped[dict[str, str]] = mapped_column(JSON)
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)
    until: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)


class AidAnswer(Base):
    """What a project's people said of an aid: `state` is asked, declined or accepted."""

    __tablename__ = "aid_answer"
    __table_args__ = (UniqueConstraint("project_id", "aid_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    aid_id: Mapped[int] = mapped_column(ForeignKey("aid.id"))
    state: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
