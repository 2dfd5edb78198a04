"""A receipt that waits is decided once: credited or rejected, and its guest is told.

Whoever decides, the job or a moderator, comes through here.
"""

from dataclasses import dataclass, replace
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
from services.receipts import queue, returned, signals, typed
from services.receipts.chain import Chain
from services.receipts.crediting import Given, Points, earn, points_of
from services.receipts.documents import checked_of, told_by
from services.receipts.facts import Facts, gather
from services.receipts.models import PENDING, Receipt
from services.receipts.slip import Slip
from services.receipts.verdict import Case, Reason, State


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pending receipt whose number and guest are held until the transaction ends."""

    id: int
    member_id: int
    number: str
    sign: str
    drive: str
    total: int | None
    purchased_at: datetime | None
    submitted_at: datetime
    source: str
    reason: str
    fields: dict[str, Any]

    @property
    def typed(self) -> bool:
        """Its numbers were typed in."""
        return self.source == typed.SOURCE

    def slip(self, city: CityFacts) -> Slip:
        """What its code said, with the time and the sum that are known by now."""
        local = self.purchased_at and self.purchased_at.astimezone(city.timezone)
        return Slip(
            adapter=self.number.partition(":")[0],
            number=self.number,
            sign=self.sign,
            device=self.drive,
            purchased=local.replace(tzinfo=None) if local else None,
            total=self.total,
            currency=self.fields.get("currency", "RUB"),
            operation=self.fields["operation"],
            operation_assumed=self.fields["operation_assumed"],
        )


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
    await tx.execute(same.order_by(Receipt.id).with_for_update(key_share=True))
    where = (Receipt.id == receipt_id, PENDING, Member.deleted_at.is_(None))
    row = (await tx.execute(_WAITING.where(*where))).first()
    return None if row is None else Waiting(*row)


async def completed(tx: AsyncConnection, waiting: Waiting) -> Waiting:
    """With the sum and the time that a service has told since, where its code tells neither."""
    if waiting.total is not None:
        return waiting
    told = await told_by(tx, waiting.number, waiting.submitted_at)
    if told is None:
        return waiting
    total, moment = told
    known = {"total": total, "purchased_at": moment}
    await tx.execute(update(Receipt).where(Receipt.id == waiting.id, PENDING).values(**known))
    return replace(waiting, total=total, purchased_at=moment)


async def case_of(tx: AsyncConnection, city: CityFacts, waiting: Waiting, chain: Chain) -> Case:
    """The receipt as the table would have seen it when it was sent, had all been known."""
    slip = waiting.slip(city)
    facts = await gather(
        tx,
        member_id=waiting.member_id,
        slip=slip,
        purchased_at=waiting.purchased_at,
        apart=timedelta(minutes=city.rules.limits.minutes_between),
        zone=city.timezone,
        now=waiting.submitted_at,
        waited_id=waiting.id,
    )
    seen = await signals.look(
        tx,
        member_id=waiting.member_id,
        slip=slip,
        purchased_at=waiting.purchased_at,
        venue_id=facts.venue_id,
        rules=city.rules,
        zone=city.timezone,
        now=waiting.submitted_at,
        but=waiting.id,
    )
    purchase = returned.Purchase.of(
        waiting.id,
        slip,
        member_id=waiting.member_id,
        venue_id=facts.venue_id,
        purchased_at=waiting.purchased_at,
        submitted_at=waiting.submitted_at,
    )
    return Case(
        slip,
        facts,
        city.rules,
        city.timezone,
        waiting.purchased_at,
        waiting.submitted_at,
        chain,
        await checked_of(tx, city, slip),
        signals.suspicious(seen, city.rules),
        tuple(str(signal) for signal in seen),
        waiting.typed,
        await returned.in_question(tx, purchase),
    )


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
    points = points_of(case)
    if not await _marked(tx, waiting, case, points):
        return await reject(tx, waiting, Reason.TAKEN, case.facts, by=by, now=now)
    given = await earn(
        tx, waiting.member_id, waiting.id, points, earning=case.rules.earning, now=now
    )
    told = _brought(waiting, case, points, given, now)
    await delivery.tell(tx, waiting.member_id, "receipt_credited", told, now)
    others = await tx.execute(_WAITING.where(Receipt.number == waiting.number, PENDING))
    for other in [Waiting(*row) for row in others]:
        await reject(tx, other, Reason.TAKEN, case.facts, by=by, now=now)
    await queue.done(tx, waiting.id)
    settled = Settlement("credited", Reason.CREDITED, points.total)
    return await _record(tx, waiting.id, settled, by=by, now=now)


async def _marked(tx: AsyncConnection, waiting: Waiting, case: Case, points: Points) -> bool:
    """The row says that it is credited; False: its number has earned meanwhile."""
    values = {
        "state": "credited",
        "reason": Reason.CREDITED,
        "venue_id": case.facts.venue_id,
        "base": case.base,
        "points": points.total,
        "points_now": points.now,
        "signals": list(case.signals),
    }
    pending = update(Receipt).where(Receipt.id == waiting.id, PENDING)
    try:
        # The unique index decides, against a submission that is under way as well.
        async with tx.begin_nested():
            await tx.execute(pending.values(**values))
    except IntegrityError:
        return False
    return True


def _brought(
    waiting: Waiting, case: Case, points: Points, given: Given, now: datetime
) -> dict[str, Any]:
    """What the guest is told of a receipt that has earned."""
    return {
        "venue": case.facts.venue_name,
        "total": waiting.total,
        "base": case.base,
        "points_now": points.now,
        "points_later": points.later,
        "debt_paid": given.debt_paid,
        "debt": given.debt,
        "at": now.isoformat(),
        "matures_at": given.matures_at.isoformat() if given.matures_at else None,
    }


async def reject(
    tx: AsyncConnection,
    waiting: Waiting,
    reason: Reason,
    facts: Facts,
    *,
    by: int | None,
    now: datetime,
    seller: str | None = None,
    part: int | None = None,
) -> Settlement:
    """Pending → rejected for this reason; `seller` is who issued it, if that is not a venue.

    `part`: only so many kopecks of it were returned, which the guest is told.
    """
    await tx.execute(
        update(Receipt)
        .where(Receipt.id == waiting.id, PENDING)
        .values(state="rejected", reason=reason, venue_id=facts.venue_id)
    )
    await queue.done(tx, waiting.id)
    told = {**told_of(waiting), "reason": reason, "venue": facts.venue_name, "seller": seller}
    if part is not None:
        told["part"] = part
    await delivery.tell(tx, waiting.member_id, "receipt_rejected", told, now)
    return await _record(tx, waiting.id, Settlement("rejected", reason), by=by, now=now)


def told_of(waiting: Waiting) -> dict[str, Any]:
    """By what the guest knows which receipt is meant."""
    bought_at = waiting.purchased_at
    return {
        "total": waiting.total,
        "purchased_at": bought_at.isoformat() if bought_at else None,
    }


async def pass_on(
    tx: AsyncConnection, waiting: Waiting, case: Case, reason: Reason, now: datetime
) -> None:
    """It goes on waiting, for a person or, if one can help, for an answer."""
    await queue.ask_about(tx, waiting.id, waiting.member_id, case, reason)
    await tx.execute(
        update(Receipt)
        .where(Receipt.id == waiting.id, PENDING)
        .values(reason=reason, venue_id=case.facts.venue_id, signals=list(case.signals))
    )
    if reason is Reason.RETURNED:
        await returned.ask(tx, waiting.id, now)


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
