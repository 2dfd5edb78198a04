"""A receipt that waits is decided once: credited or rejected, and its guest is told.

Whoever decides, the job or a moderator, comes through here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events
from services.cities import CityFacts
from services.cities.models import Localized
from services.database import lock_row
from services.members.models import Member
from services.receipts.crediting import earn, points_of
from services.receipts.facts import Facts, gather
from services.receipts.models import PENDING, Receipt
from services.receipts.qr import FiscalQr
from services.receipts.verdict import Case, Reason, State


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pending receipt whose number and guest are held until the transaction ends."""

    id: int
    member_id: int
    number: str
    sign: str
    drive: str
    total: int
    purchased_at: datetime
    submitted_at: datetime
    reason: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of it; `points` in all. Where it is pending, `venue` belongs to the reason."""

    state: State
    reason: Reason
    points: int = 0
    venue: Localized | None = None


_WAITING = select(*(getattr(Receipt, name) for name in Waiting.__dataclass_fields__)).join(
    Member, Member.id == Receipt.member_id
)


async def hold(tx: AsyncConnection, receipt_id: int, member_id: int) -> Waiting | None:
    """Take a pending receipt of a member who is still there; None when it is decided already."""
    await lock_row(tx, Member, member_id)
    # All that wait under one number, in order: crediting one decides on the others.
    number = select(Receipt.number).where(Receipt.id == receipt_id).scalar_subquery()
    same = select(Receipt.id).where(Receipt.number == number, PENDING)
    await tx.execute(same.order_by(Receipt.id).with_for_update())
    where = (Receipt.id == receipt_id, PENDING, Member.deleted_at.is_(None))
    row = (await tx.execute(_WAITING.where(*where))).first()
    return None if row is None else Waiting(*row)


async def case_of(tx: AsyncConnection, city: CityFacts, waiting: Waiting) -> Case:
    """The receipt as the table would have seen it when it was sent, had the till been known."""
    qr = FiscalQr(
        purchased=waiting.purchased_at.astimezone(city.timezone).replace(tzinfo=None),
        total=waiting.total,
        drive=waiting.drive,
        document=int(waiting.number.rpartition(":")[2]),
        sign=int(waiting.sign),
        operation=waiting.fields["operation"],
        operation_assumed=waiting.fields["operation_assumed"],
    )
    facts = await gather(
        tx,
        member_id=waiting.member_id,
        qr=qr,
        purchased_at=waiting.purchased_at,
        apart=timedelta(minutes=city.rules.limits.minutes_between),
        zone=city.timezone,
        now=waiting.submitted_at,
        waited_id=waiting.id,
    )
    return Case(qr, facts, city.rules, city.timezone, waiting.purchased_at, waiting.submitted_at)


async def number_credited(tx: AsyncConnection, number: str) -> bool:
    """Whether this document has earned already, under whatever sign."""
    found = exists().where(Receipt.number == number, Receipt.state == "credited")
    return bool(await tx.scalar(select(found)))


async def credit(
    tx: AsyncConnection, waiting: Waiting, case: Case, *, by: int | None, now: datetime
) -> Settlement:
    """Pending → credited; or rejected as taken when its number has earned meanwhile.

    Others that wait under the same number are rejected with it.
    """
    points_now, points_later = points_of(case)
    points = points_now + points_later
    facts = case.facts
    try:
        # The unique index decides, against a submission that is under way as well.
        async with tx.begin_nested():
            await tx.execute(
                update(Receipt)
                .where(Receipt.id == waiting.id, PENDING)
                .values(
                    state="credited",
                    reason=Reason.CREDITED,
                    venue_id=facts.venue_id,
                    points=points,
                    points_now=points_now,
                )
            )
    except IntegrityError:
        return await reject(tx, waiting, Reason.TAKEN, facts, by=by, now=now)
    matures_at = await earn(
        tx,
        waiting.member_id,
        waiting.id,
        (points_now, points_later),
        earning=case.rules.earning,
        now=now,
    )
    told = {
        "venue": facts.venue_name,
        "total": waiting.total,
        "points_now": points_now,
        "points_later": points_later,
        "at": now.isoformat(),
        "matures_at": matures_at.isoformat() if matures_at else None,
    }
    await delivery.tell(tx, waiting.member_id, "receipt_credited", told, now)
    others = await tx.execute(_WAITING.where(Receipt.number == waiting.number, PENDING))
    for other in [Waiting(*row) for row in others]:
        await reject(tx, other, Reason.TAKEN, facts, by=by, now=now)
    settled = Settlement("credited", Reason.CREDITED, points)
    return await _record(tx, waiting.id, settled, by=by, now=now)


async def reject(
    tx: AsyncConnection,
    waiting: Waiting,
    reason: Reason,
    facts: Facts,
    *,
    by: int | None,
    now: datetime,
) -> Settlement:
    """Pending → rejected for this reason."""
    await tx.execute(
        update(Receipt)
        .where(Receipt.id == waiting.id, PENDING)
        .values(state="rejected", reason=reason, venue_id=facts.venue_id)
    )
    told = {
        "reason": reason,
        "venue": facts.venue_name,
        "total": waiting.total,
        "purchased_at": waiting.purchased_at.isoformat(),
    }
    await delivery.tell(tx, waiting.member_id, "receipt_rejected", told, now)
    return await _record(tx, waiting.id, Settlement("rejected", reason), by=by, now=now)


async def pass_on(tx: AsyncConnection, waiting: Waiting, case: Case, reason: Reason) -> None:
    """It goes on waiting, for a person."""
    await tx.execute(
        update(Receipt)
        .where(Receipt.id == waiting.id, PENDING)
        .values(reason=reason, venue_id=case.facts.venue_id)
    )


async def _record(
    tx: AsyncConnection,
    receipt_id: int,
    settled: Settlement,
    *,
    by: int | None,
    now: datetime,
) -> Settlement:
    verb = "settle" if by is None else "review"
    await events.record(
        tx, "receipt", receipt_id, verb, settled.state, actor_id=by, at=now,
        reason=settled.reason,
    )  # fmt: skip
    return settled
