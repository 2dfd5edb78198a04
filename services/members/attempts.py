"""Failed tries, counted in the database so that a restart does not forgive them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.rules import Strikes
from services.database import delete_some
from services.errors import Refusal
from services.members.models import Attempt


@dataclass
class TooMany(Refusal):
    """Too many failed tries; come back at `until`."""

    until: datetime


_NEWEST = (
    select(Attempt.at)
    .where(Attempt.member_id == bindparam("of_member"), Attempt.kind == bindparam("of_kind"))
    .order_by(Attempt.at.desc())
    .limit(bindparam("at_most"))
)


async def check(
    tx: AsyncConnection, member_id: int, kind: str, strikes: Strikes, now: datetime
) -> None:
    """Raise `TooMany` when the strikes of this kind are used up and the pause lasts."""
    pause = timedelta(minutes=strikes.pause_minutes)
    times = await _latest(tx, member_id, kind, strikes, now - pause)
    if len(times) == strikes.count and times[0] - times[-1] <= _window(strikes):
        raise TooMany(times[0] + pause)


async def left(
    tx: AsyncConnection, member_id: int, kind: str, strikes: Strikes, now: datetime
) -> int:
    """How many more tries may fail before the pause."""
    times = await _latest(tx, member_id, kind, strikes, now - _window(strikes))
    return strikes.count - len(times)


async def _latest(
    tx: AsyncConnection, member_id: int, kind: str, strikes: Strikes, since: datetime
) -> list[datetime]:
    """The newest failed tries, at most as many as the strikes allow, if the newest is fresh."""
    found = await tx.scalars(
        _NEWEST, {"of_member": member_id, "of_kind": kind, "at_most": strikes.count}
    )
    newest_first = list(found)
    if not newest_first or newest_first[0] <= since:
        return []
    return [at for at in newest_first if newest_first[0] - at <= _window(strikes)]


def _window(strikes: Strikes) -> timedelta:
    return timedelta(minutes=strikes.window_minutes)


async def record(tx: AsyncConnection, member_id: int, kind: str, now: datetime) -> None:
    """Count one failed try."""
    await tx.execute(insert(Attempt).values(member_id=member_id, kind=kind, at=now))


async def forget(tx: AsyncConnection, before: datetime, limit: int) -> int:
    """Drop some of the tries that no limit looks at any more; returns how many."""
    return await delete_some(tx, Attempt, Attempt.at < before, limit)
