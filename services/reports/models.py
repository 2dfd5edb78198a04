"""Problems that citizens report, with their photos, and the themes and units of the pack."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.cities.models import Localized
from services.database import Base, UtcDateTime, partial_index


class Category(Base):
    """A theme of reports. `code` is public for ever (ASCII); `group` holds similar themes
    together; `sla_days` are working days; `dup_radius` metres within which a report may be the
    same one, 0: never by place; `private` rounds the public place to 300 m. `keywords` are
    beginnings of words by language that hint at it. `attributes` are asked by other systems:
    see `services.cities.schema`."""

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("city_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    position: Mapped[int]
    code: Mapped[str]
    group: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[Localized] = mapped_column(JSON)
    emoji: Mapped[str]
    keywords: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    sla_days: Mapped[int]
    dup_radius: Mapped[int]
    dup_days: Mapped[int]
    private: Mapped[bool]
    attributes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(default=True)


class Report(Base):
    """`state` is one of `services.reports.states.State`; drafts are reports, too.

    `number` is what the public knows it by, given with the first submission, unique in the city.
    `group` repeats the category's for the search of similar ones. `state_at`: since when it is in
    its state. `due_at`: when the city promised to have done it. `official_id` has claimed it.
    `moderator_id` looks at it now (until `claimed_until`). `hidden`: flagged away until a
    moderator looks. `source` is the channel, or `open311` with `client_id` and `ext_id`.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("city_id", "number"),
        UniqueConstraint("client_id", "ext_id"),
        Index("ix_report_near", "city_id", "group", "lat", "lon"),
        Index("ix_report_state_due_at", "state", "due_at"),
        Index("ix_report_author_id_state", "author_id", "state"),
        Index("ix_report_city_id_published_at", "city_id", "published_at"),
        Index("ix_report_city_id_updated_at", "city_id", "updated_at"),
        Index("ix_report_unit_id_state", "unit_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    number: Mapped[int | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    state: Mapped[str]
    state_at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str] = mapped_column(default="")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    group: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    address: Mapped[str | None]
    district: Mapped[str | None]
    citywide: Mapped[bool] = mapped_column(default=False)
    anonymous: Mapped[bool] = mapped_column(default=False)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    official_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden: Mapped[bool] = mapped_column(default=False)
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("report.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    source: Mapped[str]
    client_id: Mapped[int | None] = mapped_column(ForeignKey("api_client.id"))
    ext_id: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class ReportPhoto(Base):
    """`original` is private (re-encoded, without any metadata); `public` is what everybody sees,
    with `redactions` blacked out: rectangles as shares of the side, `[left, top, right, bottom]`.
    `kind`: before (the reporter's), support (another's), after (the official's). `shown` once a
    moderator has let it be seen, with the report or alone; an official's own is shown at once.
    """

    __tablename__ = "report_photo"
    __table_args__ = (
        Index("ix_report_photo_report_id", "report_id"),
        partial_index(
            "uq_report_photo_source", "report_id", "source_key", where="source_key <> ''"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str]
    source_key: Mapped[str] = mapped_column(default="")
    original: Mapped[bytes] = mapped_column(LargeBinary)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    redactions: Mapped[list[list[float]]] = mapped_column(JSON, default=list)
    shown: Mapped[bool] = mapped_column(default=False)
    removed: Mapped[bool] = mapped_column(default=False)
    token: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReportNote(Base):
    """What was said on the way: a question and its answer while `clarify`, an official's word
    with an update, a supporter's. `public`: shown to everybody once the report is published."""

    __tablename__ = "report_note"
    __table_args__ = (Index("ix_report_note_report_id", "report_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    acting: Mapped[str]
    text: Mapped[str]
    public: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
