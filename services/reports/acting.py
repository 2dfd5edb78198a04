"""What is known of a report that is to be moved, and in which roles a member acts on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.civic.models import Support
from services.database import lock_row
from services.errors import NotAllowed, NotFound
from services.members.models import Member, RoleGrant
from services.members.roles import Role
from services.reports.models import Category, Report
from services.reports.states import PRIVATE, Acting, State

TEAM = (Role.MODERATOR, Role.ADMIN)
_OF_GRANT = {
    Role.MODERATOR: Acting.MODERATOR,
    Role.ADMIN: Acting.MODERATOR,
    Role.OFFICIAL: Acting.OFFICIAL,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """A report as a decision needs it; a draft may be without theme, unit and number."""

    id: int
    city_id: int
    number: int | None
    author_id: int | None
    state: str
    state_at: datetime
    category_id: int | None
    unit_id: int | None
    official_id: int | None
    moderator_id: int | None
    claimed_until: datetime | None
    hidden: bool
    duplicate_of: int | None
    address: str | None
    submitted_at: datetime | None
    published_at: datetime | None
    due_at: datetime | None
    theme: Localized | None
    emoji: str | None
    code: str | None
    sla_days: int | None
    private: bool | None

    @property
    def is_published(self) -> bool:
        """Whether its words and moves are for everybody."""
        return self.published_at is not None and self.state not in PRIVATE


_OF_CATEGORY = {
    "theme": Category.name,
    "emoji": Category.emoji,
    "code": Category.code,
    "sla_days": Category.sla_days,
    "private": Category.private,
}
_COLUMNS: tuple[Any, ...] = tuple(
    _OF_CATEGORY[name].label(name) if name in _OF_CATEGORY else getattr(Report, name)
    for name in Facts.__dataclass_fields__
)
_QUERY = select(*_COLUMNS).outerjoin(Category, Category.id == Report.category_id)


async def look(tx: AsyncConnection, city: CityFacts, report_id: int) -> Facts:
    """The report as it stands; raises `NotFound`, for another city's too."""
    found = await tx.execute(_QUERY.where(Report.id == report_id, Report.city_id == city.id))
    row = found.first()
    if row is None:
        raise NotFound
    return Facts(*row)


async def hold(tx: AsyncConnection, city: CityFacts, *report_ids: int) -> list[Facts]:
    """These reports, which nobody else moves until the transaction ends; in the order given."""
    for report_id in sorted(set(report_ids)):
        await lock_row(tx, Report, report_id)
    return [await look(tx, city, report_id) for report_id in report_ids]


async def roles_of(tx: AsyncConnection, report: Facts, member_id: int) -> frozenset[Acting]:
    """Every role of the member on this report. Nobody decides on what they wrote themselves."""
    grants = (
        select(RoleGrant.role, RoleGrant.unit_id)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            RoleGrant.member_id == member_id,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.role.in_((*TEAM, Role.OFFICIAL)),
            Member.city_id == report.city_id,
        )
    )
    voice = select(literal("voice"), literal(None)).where(
        Support.subject == "report",
        Support.subject_id == report.id,
        Support.member_id == member_id,
        Support.value == 1,
    )
    if report.author_id == member_id:
        return frozenset({Acting.AUTHOR})
    if report.state == State.DRAFT:
        return frozenset()
    found = set()
    rows: Any = await tx.execute(union_all(grants, voice))
    for role, unit_id in rows:
        if role == "voice":
            found.add(Acting.SUPPORTER)
        elif role != Role.OFFICIAL or unit_id == report.unit_id:
            found.add(_OF_GRANT[Role(role)])
    return frozenset(found)


async def require(tx: AsyncConnection, report: Facts, member_id: int, *allowed: Acting) -> Acting:
    """The first of the roles that the member has on the report; raises `NotAllowed`."""
    roles = await roles_of(tx, report, member_id)
    for role in allowed:
        if role in roles:
            return role
    raise NotAllowed


async def require_team(tx: AsyncConnection, city: CityFacts, member_id: int) -> None:
    """Raise `NotAllowed` unless the member moderates in this city."""
    held = await tx.scalar(
        select(RoleGrant.id)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            RoleGrant.member_id == member_id,
            RoleGrant.role.in_(TEAM),
            RoleGrant.revoked_at.is_(None),
            Member.city_id == city.id,
        )
        .limit(1)
    )
    if held is None:
        raise NotAllowed


async def units_of(tx: AsyncConnection, member_id: int) -> list[int]:
    """The units in which the member is an official."""
    found = await tx.scalars(
        select(RoleGrant.unit_id).where(
            RoleGrant.member_id == member_id,
            RoleGrant.role == Role.OFFICIAL,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.unit_id.is_not(None),
        )
    )
    return [unit_id for unit_id in found if unit_id is not None]


async def officials(tx: AsyncConnection, unit_id: int | None) -> list[int]:
    """Who works in the unit, by the time they came: the first is its head."""
    found = await tx.scalars(
        select(RoleGrant.member_id)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            RoleGrant.unit_id == unit_id,
            RoleGrant.role == Role.OFFICIAL,
            RoleGrant.revoked_at.is_(None),
            Member.deleted_at.is_(None),
        )
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    return list(found)


async def moderators(tx: AsyncConnection, city_id: int) -> list[int]:
    """The city's moderators, by id."""
    found = await tx.scalars(
        select(RoleGrant.member_id)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            RoleGrant.role == Role.MODERATOR,
            RoleGrant.revoked_at.is_(None),
            Member.city_id == city_id,
            Member.deleted_at.is_(None),
        )
        .order_by(RoleGrant.member_id)
        .distinct()
    )
    return list(found)
