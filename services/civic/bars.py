"""Who may not send reports and ideas for a while; all else stays theirs: drafts, voices, news."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import events
from services.civic.models import Bar
from services.database import lock_row
from services.errors import Changed, Refusal
from services.members.models import Member


@dataclass(frozen=True, slots=True)
class Barred:
    """That a member is barred: since when and until when, why, and for which report."""

    id: int
    report_id: int
    reason: str
    at: datetime
    until: datetime


@dataclass
class MayNotSend(Refusal):
    """The member may not send anything until then, for this reason: a key, or words."""

    until: datetime
    reason: str


async def of(tx: AsyncConnection, member_id: int, now: datetime) -> Barred | None:
    """What bars the member at this moment."""
    found = await tx.execute(
        select(Bar.id, Bar.report_id, Bar.reason, Bar.at, Bar.until)
        .where(Bar.member_id == member_id, Bar.lifted_at.is_(None), Bar.until > now)
        .order_by(Bar.until.desc())
        .limit(1)
    )
    row = found.first()
    return Barred(*row) if row else None


async def check(tx: AsyncConnection, member_id: int, now: datetime) -> None:
    """Raise `MayNotSend` for a member who is barred."""
    barred = await of(tx, member_id, now)
    if barred is not None:
        raise MayNotSend(barred.until, barred.reason)


async def impose(
    tx: AsyncConnection,
    member_id: int,
    *,
    report_id: int,
    reason: str,
    by: int,
    until: datetime,
    now: datetime,
) -> None:
    """Bar the member; raises `Changed` for one who is barred already.

    The member's row is held from here on, so that two moderators bar once.
    """
    await lock_row(tx, Member, member_id)
    if await of(tx, member_id, now) is not None:
        raise Changed
    await tx.execute(
        insert(Bar).values(
            member_id=member_id, report_id=report_id, reason=reason, by_id=by, at=now, until=until
        )
    )
    await events.record(
        tx, "member", member_id, "bar", "barred", actor_id=by, at=now, reason=reason
    )


async def lift_for(tx: AsyncConnection, report_id: int, *, by: int | None, now: datetime) -> bool:
    """The decision on this report does not stand, nor does what it barred; False: nothing was."""
    lifted = await tx.execute(
        update(Bar)
        .where(Bar.report_id == report_id, Bar.lifted_at.is_(None), Bar.until > now)
        .values(lifted_at=now, lifted_by=by)
        .returning(Bar.member_id)
    )
    members = lifted.scalars().all()
    for member_id in members:
        await events.record(tx, "member", member_id, "lift", "free", actor_id=by, at=now)
    return bool(members)


async def lift(tx: AsyncConnection, member_id: int, *, by: int, now: datetime) -> None:
    """The member may send again; raises `Changed` for one who is not barred."""
    lifted = await tx.execute(
        update(Bar)
        .where(Bar.member_id == member_id, Bar.lifted_at.is_(None), Bar.until > now)
        .values(lifted_at=now, lifted_by=by)
    )
    if not lifted.rowcount:
        raise Changed
    await events.record(tx, "member", member_id, "lift", "free", actor_id=by, at=now)
