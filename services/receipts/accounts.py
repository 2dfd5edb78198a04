"""What each verifier was asked, what it still allows and whether it is worth asking now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, and_, case, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import insert_new
from services.receipts.models import VerifierAccount
from services.receipts.verifiers.contract import (
    Allowance,
    Answer,
    Period,
    Trouble,
    Unavailable,
    Working,
)

_ZONE = ZoneInfo("Europe/Moscow")
"""Where the services count their days."""
_FAILURES = 3
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=30)
_QUOTA_PAUSE = timedelta(hours=1)
_DENIED_PAUSE = timedelta(hours=1)
_SLOW_PAUSE = timedelta(seconds=5)
_EARLY = timedelta(minutes=7)
_RENEWING = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Account:
    """A verifier's account. `remaining` calls of the period, None where nobody knows a limit."""

    name: str
    spent: int
    remaining: int | None
    closed_until: datetime | None
    trouble: str | None

    def is_open(self, now: datetime) -> bool:
        """Not paused, and a call is left."""
        paused = self.closed_until is not None and self.closed_until > now
        return not paused and self.remaining != 0


def _period(allowance: Allowance, now: datetime) -> date:
    today = now.astimezone(_ZONE).date()
    return today if allowance.period is Period.DAY else today.replace(day=1)


async def accounts(
    tx: AsyncConnection, allowances: Mapping[str, Allowance], now: datetime
) -> dict[str, Account]:
    """The accounts of these verifiers, as they stand."""
    rows = await tx.execute(
        select(VerifierAccount.__table__).where(VerifierAccount.name.in_(list(allowances)))
    )
    kept = {row["name"]: row for row in rows.mappings()}
    found = {}
    for name, allowance in allowances.items():
        row = kept.get(name)
        current = row is not None and row["day"] == _period(allowance, now)
        spent = row["spent"] if row is not None and current else 0
        limits = [] if allowance.calls is None else [max(0, allowance.calls - spent)]
        if row is not None and current and row["left"] is not None:
            limits.append(_left(row, allowance, now))
        found[name] = Account(
            name,
            spent,
            min(limits) if limits else None,
            row["closed_until"] if row is not None else None,
            row["trouble"] if row is not None else None,
        )
    return found


def _left(row: RowMapping, allowance: Allowance, now: datetime) -> int:
    """What the service said; where nothing else limits it, one call after a rest asks anew."""
    rested = row["closed_until"] is None or row["closed_until"] <= now
    return 1 if allowance.calls is None and row["left"] == 0 and rested else row["left"]


async def spend(
    tx: AsyncConnection, name: str, allowance: Allowance, calls: int, now: datetime
) -> bool:
    """Pay for calls of the present period; False, and nothing is paid, when too few are left.

    Where only the service says how many there are, more may have been bought since: after its last
    one it rests an hour, and one call an hour is let through.
    """
    period = _period(allowance, now)
    await insert_new(tx, VerifierAccount, {"name": name}, VerifierAccount.name)
    fresh = VerifierAccount.day.is_distinct_from(period)
    spent = case((fresh, 0), else_=VerifierAccount.spent) + calls
    left = case((fresh, None), else_=VerifierAccount.left - calls)
    rests: dict[str, Any] = {}
    if allowance.calls is None:
        shut = VerifierAccount.closed_until
        rested = and_(VerifierAccount.left == 0, or_(shut.is_(None), shut <= now))
        left = case((fresh, None), (rested, 0), else_=VerifierAccount.left - calls)
        rests["closed_until"] = case((left == 0, _rest(now)), else_=shut)
    enough = [VerifierAccount.name == name, or_(fresh, left.is_(None), left >= 0)]
    if allowance.calls is not None:
        enough.append(spent <= allowance.calls)
    paid = await tx.execute(
        update(VerifierAccount).where(*enough).values(spent=spent, left=left, day=period, **rests)
    )
    return paid.rowcount == 1


async def leave(
    tx: AsyncConnection, name: str, allowance: Allowance, calls: int, now: datetime
) -> None:
    """The service said that so many calls are left in this period; it rests when none is."""
    values: dict[str, Any] = {"left": max(0, calls)}
    if allowance.calls is None and calls <= 0:
        values["closed_until"] = _rest(now)
    await tx.execute(
        update(VerifierAccount)
        .where(VerifierAccount.name == name, VerifierAccount.day == _period(allowance, now))
        .values(**values)
    )


def _rest(now: datetime) -> Any:
    return literal(now + _QUOTA_PAUSE, VerifierAccount.closed_until.type)


_WORST = (Trouble.DENIED, Trouble.QUOTA, Trouble.SLOW_DOWN, Trouble.DOWN)


def of_the_service(found: Sequence[Answer]) -> Answer | None:
    """Which of the answers to one call speaks for the service itself; None: none of them does.

    That it works on something says nothing yet; that it knows something, that it is well.
    """
    troubles = {answer.trouble: answer for answer in found if isinstance(answer, Unavailable)}
    worst = next((troubles[trouble] for trouble in _WORST if trouble in troubles), None)
    if worst is not None and worst.trouble is not Trouble.DOWN:
        return worst
    known = (answer for answer in found if not isinstance(answer, Unavailable | Working))
    return next(known, worst)


async def note(tx: AsyncConnection, name: str, answer: Answer, now: datetime) -> None:
    """What the answer says about the service itself: three failures in a row pause it."""
    await insert_new(tx, VerifierAccount, {"name": name}, VerifierAccount.name)
    account = update(VerifierAccount).where(VerifierAccount.name == name)
    if not isinstance(answer, Unavailable):
        well = account.where(
            or_(VerifierAccount.failures > 0, VerifierAccount.closed_until.is_not(None))
        )
        # The answer to the last call there was: it is well, and rests all the same.
        rests = case((VerifierAccount.left == 0, VerifierAccount.closed_until), else_=None)
        await tx.execute(well.values(failures=0, closed_until=rests, trouble=None))
        return
    failures = await tx.scalar(
        account.values(
            failures=VerifierAccount.failures + int(answer.trouble is Trouble.DOWN),
            trouble=answer.trouble,
        ).returning(VerifierAccount.failures)
    )
    if pause := _pause(answer, failures or 0):
        await tx.execute(account.values(closed_until=now + pause))


def _pause(answer: Unavailable, failures: int) -> timedelta | None:
    asked = None if answer.seconds is None else timedelta(seconds=answer.seconds)
    if answer.trouble is Trouble.QUOTA:
        return asked or _QUOTA_PAUSE
    if answer.trouble is Trouble.DENIED:
        return asked or _DENIED_PAUSE
    if answer.trouble is Trouble.SLOW_DOWN:
        return asked or _SLOW_PAUSE
    if failures < _FAILURES:
        return None
    doubled: timedelta = _FIRST_PAUSE * 2 ** min(failures - _FAILURES, 10)
    return min(doubled, _LONGEST_PAUSE)


async def token(tx: AsyncConnection, name: str, now: datetime) -> str | None:
    """The service's token, unless it is about to end."""
    found: str | None = await tx.scalar(
        select(VerifierAccount.token).where(
            VerifierAccount.name == name, VerifierAccount.token_until > now + _EARLY
        )
    )
    return found


async def begin_renewal(tx: AsyncConnection, name: str, now: datetime) -> bool:
    """Whether the caller is the one to fetch a new token; a crash frees it after a minute."""
    await insert_new(tx, VerifierAccount, {"name": name}, VerifierAccount.name)
    begun = await tx.execute(
        update(VerifierAccount)
        .where(
            VerifierAccount.name == name,
            or_(VerifierAccount.renewing_until.is_(None), VerifierAccount.renewing_until < now),
        )
        .values(renewing_until=now + _RENEWING)
    )
    return begun.rowcount == 1


async def end_renewal(tx: AsyncConnection, name: str, fetched: tuple[str, datetime] | None) -> None:
    """Keep what was fetched, if anything was, and let others renew again."""
    values = {"renewing_until": None}
    if fetched is not None:
        values |= {"token": fetched[0], "token_until": fetched[1]}  # type: ignore[dict-item]
    await tx.execute(update(VerifierAccount).where(VerifierAccount.name == name).values(values))


async def drop_token(tx: AsyncConnection, name: str, refused: str) -> None:
    """Forget a token that the service refused, unless it was renewed meanwhile."""
    await tx.execute(
        update(VerifierAccount)
        .where(VerifierAccount.name == name, VerifierAccount.token == refused)
        .values(token=None, token_until=None)
    )
