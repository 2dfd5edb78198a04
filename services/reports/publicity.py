"""The one place where a report is made public: which of them, and which of their fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.cities import CityFacts
from services.cities.models import Localized, Unit
from services.civic import places, voices
from services.civic.models import CivicEvent
from services.civic.voices import Totals
from services.database import is_one_of
from services.members.models import Member
from services.reports import photos
from services.reports.models import Category, Report, ReportPhoto
from services.reports.photos import Kept
from services.reports.states import ACTIVE, NEVER_SHOWN, State


@dataclass(frozen=True, slots=True)
class Public:
    """A report as everybody sees it; there is no other field.

    `author` is a first name with an initial, None for an anonymous one. The place of a private
    theme is rounded and has no address. One that was taken back is a stub, see `WHOLE`. `reason`
    is that of the last move, a key of `reasons` or words. `photos` and `after` are tokens.
    `duplicate_of` is a number. `up` and `verified_up` count voices. `overdue`: the city is late.
    """

    id: int
    number: int | None
    state: str
    category: str
    emoji: str
    theme: Localized
    unit_slug: str
    unit: Localized
    text: str
    lat: float | None
    lon: float | None
    address: str | None
    district: str | None
    citywide: bool
    author: str | None
    photos: tuple[str, ...]
    after: tuple[str, ...]
    submitted_at: datetime | None
    published_at: datetime | None
    updated_at: datetime
    state_at: datetime
    due_at: datetime | None
    overdue: bool
    reason: str | None
    up: int
    verified_up: int
    duplicate_of: int | None
    project_id: int | None
    source: str


PUBLISHED: ColumnElement[bool] = and_(
    Report.published_at.is_not(None),
    Report.hidden.is_(False),
    ~is_one_of(Report.state, *NEVER_SHOWN),
)
"""Which reports everybody may see."""

WHOLE: ColumnElement[bool] = and_(PUBLISHED, Report.state != State.WITHDRAWN)
"""Those of which everybody may see what was sent. Of one that its author has taken back there is a
stub: number, theme, unit, state and dates."""

_GONE: Mapping[str, Any] = {
    "text": "",
    "lat": None,
    "lon": None,
    "address": None,
    "district": None,
    "citywide": False,
    "anonymous": True,
}
"""What a stub says in the place of what was sent."""

_ORIGINAL = aliased(Report)
_COLUMNS: Mapping[str, Any] = {
    **{
        name: getattr(Report, name)
        for name in (
            *("id", "number", "state", "text", "lat", "lon", "address", "district", "citywide"),
            *("submitted_at", "published_at", "updated_at", "state_at", "due_at"),
            *("project_id", "source", "anonymous"),
        )
    },
    "category": Category.code,
    "emoji": Category.emoji,
    "theme": Category.name,
    "private": Category.private,
    "unit_slug": Unit.slug,
    "unit": Unit.name,
    "name": Member.name,
    "duplicate_of": _ORIGINAL.number,
}
_QUERY = (
    select(*(column.label(name) for name, column in _COLUMNS.items()))
    .join(Category, Category.id == Report.category_id)
    .join(Unit, Unit.id == Report.unit_id)
    .outerjoin(Member, Member.id == Report.author_id)
    .outerjoin(_ORIGINAL, _ORIGINAL.id == Report.duplicate_of)
)


def public_name(name: str) -> str | None:
    """The first name and an initial: «Ivan Petrov» → «Ivan P.»; None of no name."""
    words = name.split()
    if not words:
        return None
    return " ".join([words[0], *(f"{word[0].upper()}." for word in words[1:2])])


async def rows_of(
    tx: AsyncConnection,
    *where: Any,
    order: Sequence[Any] = (),
    limit: int | None = None,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Rows to be made public by `publish`; `where` says which of the published ones."""
    found = await tx.execute(
        _QUERY.where(PUBLISHED, *where).order_by(*order).limit(limit).offset(offset)
    )
    return [dict(row._mapping) for row in found]


async def rows_of_draft(tx: AsyncConnection, draft_id: int, author_id: int) -> list[dict[str, Any]]:
    """The same of the author's draft, if it has a theme."""
    found = await tx.execute(
        _QUERY.where(
            Report.id == draft_id, Report.author_id == author_id, Report.state == State.DRAFT
        )
    )
    return [dict(row._mapping) for row in found]


async def publish(
    tx: AsyncConnection,
    city: CityFacts,
    rows: Sequence[dict[str, Any]],
    now: datetime,
    *,
    unshown: bool = False,
) -> list[Public]:
    """Reports as everybody sees them, in the order of the rows.

    `unshown` photos are there only where an author looks at what is not sent yet.
    """
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    totals = await voices.totals(tx, "report", ids)
    pictures = await photos.listed(tx, ids, shown_only=not unshown)
    moves = await last_moves(tx, ids)
    return [
        _public(
            city, row, now, totals[row["id"]], pictures.get(row["id"], []),
            moves[row["id"]].reason if row["id"] in moves else None,
        )
        for row in rows
    ]  # fmt: skip


def _public(  # noqa: PLR0917 - one report
    city: CityFacts,
    row: dict[str, Any],
    now: datetime,
    voices_of: Totals,
    pictures: Sequence[Kept],
    reason: str | None,
) -> Public:
    if row["state"] == State.WITHDRAWN:
        row, voices_of, pictures, reason = {**row, **_GONE}, Totals(), (), None
    fields = {name: value for name, value in row.items() if name in Public.__dataclass_fields__}
    if row["private"]:
        fields["address"] = None
        if row["lat"] is not None:
            fields["lat"], fields["lon"] = places.rounded(
                row["lat"], row["lon"], city.rules.civic.private_metres
            )
    return Public(
        **fields,
        author=None if row["anonymous"] else public_name(row["name"] or ""),
        photos=tuple(each.token for each in pictures if each.kind != photos.AFTER),
        after=tuple(each.token for each in pictures if each.kind == photos.AFTER),
        overdue=is_overdue(row["state"], row["due_at"], now),
        reason=reason,
        up=voices_of.up,
        verified_up=voices_of.verified_up,
    )


def is_overdue(state: str, due_at: datetime | None, now: datetime) -> bool:
    """Whether the city has not kept its promise."""
    return state in ACTIVE and due_at is not None and due_at < now


@dataclass(frozen=True, slots=True)
class LastMove:
    """How a report came into its state."""

    acting: str
    reason: str | None


async def last_moves(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, LastMove]:
    """Each report's last move, with its public reason."""
    last = (
        select(func.max(CivicEvent.id))
        .where(
            CivicEvent.subject == "report",
            CivicEvent.subject_id.in_(ids),
            CivicEvent.before != CivicEvent.after,
        )
        .group_by(CivicEvent.subject_id)
    )
    rows = await tx.execute(
        select(CivicEvent.subject_id, CivicEvent.acting, CivicEvent.reason).where(
            CivicEvent.id.in_(last)
        )
    )
    return {row.subject_id: LastMove(row.acting, row.reason) for row in rows}


async def photo(tx: AsyncConnection, token: str) -> bytes | None:
    """The public copy of a photo that everybody may see; None of any other."""
    jpeg: bytes | None = await tx.scalar(
        select(ReportPhoto.public)
        .join(Report, Report.id == ReportPhoto.report_id)
        .where(
            ReportPhoto.token == token,
            ReportPhoto.shown.is_(True),
            ReportPhoto.removed.is_(False),
            WHOLE,
        )
    )
    return jpeg
