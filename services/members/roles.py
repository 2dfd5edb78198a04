"""Who may do what: roles, one-time invitations, and taking a role away."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import events
from services.cities.models import Localized, Partner, Unit, Venue
from services.database import insert_new, lock_row
from services.errors import NotAllowed, NotFound, Refusal
from services.members.models import Invitation, Member, RoleGrant

INVITATION_LIFE = timedelta(days=7)


class Role(StrEnum):
    """Cashier and owner belong to one venue, an official to one unit, the others to the city.

    An expert gives opinions, a mentor accepts what a team has prepared, a funder commits money,
    an operator leads projects through their stages.
    """

    CASHIER = "cashier"
    OWNER = "owner"
    MODERATOR = "moderator"
    ADMIN = "admin"
    OFFICIAL = "official"
    EXPERT = "expert"
    MENTOR = "mentor"
    FUNDER = "funder"
    OPERATOR = "operator"

    @property
    def needs_venue(self) -> bool:
        return self in {Role.CASHIER, Role.OWNER}

    @property
    def needs_unit(self) -> bool:
        return self is Role.OFFICIAL


@dataclass(frozen=True, slots=True)
class Grant:
    role: Role
    venue_id: int | None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Colleague:
    """A row of the owner's staff list."""

    grant_id: int
    member_id: int
    name: str
    role: Role
    since: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """What an accepted invitation gave."""

    role: Role
    venue: Localized | None
    unit: Localized | None = None


class InvitationSpent(Refusal):
    """The link cannot be used: never, any more, by this person, or for this place."""


class LastOwner(Refusal):
    """A venue keeps at least one owner."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def invite(
    tx: AsyncConnection,
    *,
    city_id: int,
    role: Role,
    venue_id: int | None,
    created_by: int | None,
    now: datetime,
    unit_id: int | None = None,
) -> str:
    """Make a one-time invitation and return its token (shown once, kept only as a hash)."""
    if role.needs_venue != (venue_id is not None):
        raise ValueError(f"{role} and a venue do not go together")
    if role.needs_unit != (unit_id is not None):
        raise ValueError(f"{role} and a unit do not go together")
    token = secrets.token_urlsafe(16)
    await tx.execute(
        insert(Invitation).values(
            token_hash=_hash(token),
            city_id=city_id,
            role=role,
            venue_id=venue_id,
            unit_id=unit_id,
            created_by=created_by,
            created_at=now,
            expires_at=now + INVITATION_LIFE,
        )
    )
    return token


_OPEN = or_(
    Invitation.venue_id.is_(None),
    select(Venue.id)
    .join(Partner, Partner.id == Venue.partner_id)
    .where(Venue.id == Invitation.venue_id, Venue.state != "closed", Partner.active)
    .correlate(Invitation)
    .exists(),
)
_AT_WORK = or_(
    Invitation.unit_id.is_(None),
    select(Unit.id)
    .where(Unit.id == Invitation.unit_id, Unit.active)
    .correlate(Invitation)
    .exists(),
)
_BY_SOMEBODY_WHO_MAY = or_(
    Invitation.created_by.is_(None),
    select(RoleGrant.id)
    .where(
        RoleGrant.member_id == Invitation.created_by,
        RoleGrant.venue_id == Invitation.venue_id,
        RoleGrant.role == Role.OWNER,
        RoleGrant.revoked_at.is_(None),
    )
    .correlate(Invitation)
    .exists(),
)


async def accept_invitation(
    tx: AsyncConnection, *, member_id: int, token: str, now: datetime
) -> Invited:
    """Spend the invitation for this member of its city; raises `InvitationSpent` when it cannot be.

    Its place must not be closed, and a member who made it must still own that place.
    """
    city_id = select(Member.city_id).where(Member.id == member_id).scalar_subquery()
    spent = await tx.execute(
        update(Invitation)
        .where(
            Invitation.token_hash == _hash(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
            Invitation.city_id == city_id,
            _OPEN,
            _AT_WORK,
            _BY_SOMEBODY_WHO_MAY,
        )
        .values(used_by=member_id, used_at=now)
        .returning(Invitation.role, Invitation.venue_id, Invitation.unit_id, Invitation.created_by)
    )
    row = spent.first()
    if row is None:
        raise InvitationSpent
    granted = await insert_new(
        tx,
        RoleGrant,
        {
            "member_id": member_id,
            "role": row.role,
            "venue_id": row.venue_id,
            "unit_id": row.unit_id,
            "granted_by": row.created_by,
            "granted_at": now,
        },
    )
    if granted is not None:
        await events.record(
            tx, "role", granted.id, "grant", row.role, actor_id=row.created_by, at=now
        )
    name = None
    if row.venue_id is not None:
        name = await tx.scalar(select(Venue.name).where(Venue.id == row.venue_id))
    unit = None
    if row.unit_id is not None:
        unit = await tx.scalar(select(Unit.name).where(Unit.id == row.unit_id))
    return Invited(Role(row.role), name, unit)


async def colleagues(tx: AsyncConnection, venue_id: int) -> list[Colleague]:
    """Everyone who holds a role at the venue, owners first."""
    rows = await tx.execute(
        select(RoleGrant.id, Member.id, Member.name, RoleGrant.role, RoleGrant.granted_at)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(RoleGrant.venue_id == venue_id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.role.desc(), RoleGrant.id)
    )
    return [Colleague(r[0], r[1], r[2], Role(r[3]), r[4]) for r in rows]


async def holds(
    tx: AsyncConnection, member_id: int, roles: tuple[Role, ...], venue_id: int | None
) -> bool:
    """Whether the member holds one of the roles, at the venue if one is named, right now."""
    where = [
        RoleGrant.member_id == member_id,
        RoleGrant.role.in_(roles),
        RoleGrant.revoked_at.is_(None),
    ]
    if venue_id is not None:
        where.append(RoleGrant.venue_id == venue_id)
    return await tx.scalar(select(RoleGrant.id).where(*where).limit(1)) is not None


async def require(
    tx: AsyncConnection, member_id: int, roles: tuple[Role, ...], venue_id: int | None
) -> None:
    """Raise `NotAllowed` unless `holds`."""
    if not await holds(tx, member_id, roles, venue_id):
        raise NotAllowed


async def revoke(tx: AsyncConnection, *, grant_id: int, by: int, now: datetime) -> Colleague:
    """An owner of the same venue takes a role away; the last owner stays.

    Invitations that a removed owner left unused end with the role.
    """
    venue_id = await tx.scalar(select(RoleGrant.venue_id).where(RoleGrant.id == grant_id))
    if venue_id is None:
        raise NotFound
    # Two owners who remove each other look at different grants; the venue puts them in order.
    await lock_row(tx, Venue, venue_id)
    row = (
        await tx.execute(
            select(RoleGrant.member_id, RoleGrant.role, Member.name)
            .join(Member, Member.id == RoleGrant.member_id)
            .where(RoleGrant.id == grant_id, RoleGrant.revoked_at.is_(None))
        )
    ).first()
    if row is None:
        raise NotFound
    await require(tx, by, (Role.OWNER,), venue_id)
    if row.role == Role.OWNER and await _owners(tx, venue_id) == 1:
        raise LastOwner
    await tx.execute(
        update(RoleGrant).where(RoleGrant.id == grant_id).values(revoked_at=now, revoked_by=by)
    )
    if row.role == Role.OWNER:
        await end_invitations(tx, row.member_id, now, venue_id=venue_id)
    await events.record(tx, "role", grant_id, "revoke", "revoked", actor_id=by, at=now)
    return Colleague(grant_id, row.member_id, row.name, Role(row.role), now)


async def end_invitations(
    tx: AsyncConnection, created_by: int, now: datetime, *, venue_id: int | None = None
) -> None:
    """Nobody uses any more what this member has handed out, at one venue or everywhere."""
    where = [
        Invitation.created_by == created_by,
        Invitation.used_at.is_(None),
        Invitation.expires_at > now,
    ]
    if venue_id is not None:
        where.append(Invitation.venue_id == venue_id)
    await tx.execute(update(Invitation).where(*where).values(expires_at=now))


async def _owners(tx: AsyncConnection, venue_id: int) -> int | None:
    return await tx.scalar(
        select(func.count())
        .select_from(RoleGrant)
        .where(
            RoleGrant.venue_id == venue_id,
            RoleGrant.role == Role.OWNER,
            RoleGrant.revoked_at.is_(None),
        )
    )
