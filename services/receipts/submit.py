"""A guest hands in a receipt: one decision, one row, and the points that follow from it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import events
from services.cities import CityFacts
from services.cities.models import Localized, Venue
from services.database import insert_new, lock_row
from services.members.models import Member
from services.receipts import queue, refunds, returned, signals, typed
from services.receipts.chain import OFFLINE, Chain
from services.receipts.crediting import Points, earn, points_of
from services.receipts.documents import checked_of, completed
from services.receipts.facts import Facts, gather
from services.receipts.models import (
    PENDING,
    Receipt,
    ReceiptCase,
    ReceiptCheck,
    ReceiptPhoto,
)
from services.receipts.slip import Slip
from services.receipts.verdict import Case, Reason, State, decide


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of it. `again`: the guest had sent this receipt before; this is its state.

    `expected`: the points it will bring if all goes well, while it waits and its venue is known.
    `base` is the part of the total that earned. `seller` is who issued it, where a service knows.
    `asked`: a service is still to answer for it. `debt_paid` of `points_now` went towards what the
    guest owed; `debt` is still owed.
    """

    state: State
    reason: Reason
    total: int | None
    venue: Localized | None = None
    points_now: int = 0
    points_later: int = 0
    matures_at: datetime | None = None
    again: bool = False
    expected: int = 0
    base: int | None = None
    seller: str | None = None
    id: int | None = None
    asked: bool = False
    debt_paid: int = 0
    debt: int = 0

    @property
    def picture_helps(self) -> bool:
        """Whether a person may have to look at the receipt itself."""
        return self.state == "pending" or self.reason in (Reason.TAKEN, Reason.REFUND)


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the guest's own list. `base` is the part of the total that earned; `asked` as in
    `Submitted`."""

    id: int
    state: State
    reason: Reason
    total: int | None
    purchased_at: datetime | None
    venue: Localized | None
    points: int
    base: int | None
    asked: bool


def purchase_moment(slip: Slip, city: CityFacts) -> datetime | None:
    """The till's clock shows the time of its place: the city's own."""
    if slip.purchased is None:
        return None
    return slip.purchased.replace(tzinfo=city.timezone).astimezone(UTC)


async def submit(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    member_id: int,
    slip: Slip,
    source: str,
    now: datetime,
    chain: Chain = OFFLINE,
) -> Submitted:
    """Decide on a receipt and write what follows. Sending the same one again changes nothing."""
    await lock_row(tx, Member, member_id)
    if slip.total is None and chain.services(slip.adapter):
        slip = await completed(tx, city, slip, now)
    purchased_at = purchase_moment(slip, city)
    facts = await gather(
        tx,
        member_id=member_id,
        slip=slip,
        purchased_at=purchased_at,
        apart=timedelta(minutes=city.rules.limits.minutes_between),
        zone=city.timezone,
        now=now,
    )
    if facts.own_id is not None:
        return await _known(tx, facts.own_id)
    case = Case(
        slip,
        facts,
        city.rules,
        city.timezone,
        purchased_at,
        now,
        chain,
        typed=source == typed.SOURCE,
    )
    if chain.services(slip.adapter):
        case = replace(case, checked=await checked_of(tx, city, slip))
    submitted = await _decided(tx, await _with_signals(tx, member_id, case), member_id, source)
    if submitted.reason is Reason.REFUND and submitted.id is not None:
        await refunds.open_refund(tx, city, submitted.id, now)
    return submitted


async def _decided(tx: AsyncConnection, case: Case, member_id: int, source: str) -> Submitted:
    row = decide(case)
    credited = row.state == "credited"
    points = points_of(case) if credited else Points()
    values = {
        **_columns(case, member_id, source),
        "state": row.state,
        "reason": row.reason,
        "base": case.base if credited else None,
        "points": points.total,
        "points_now": points.now,
    }
    if row.state == "rejected":
        refused = await _rejected(tx, values, case.facts)
        return replace(refused, seller=case.checked.seller_name if case.checked else None)
    inserted = await insert_new(tx, Receipt, values)
    if inserted is None:
        # Another transaction took the number between the look and the write.
        values |= {"state": "rejected", "reason": Reason.TAKEN, "base": None}
        return await _rejected(tx, {**values, "points": 0, "points_now": 0}, case.facts)
    await _record(tx, inserted.id, values)
    submitted = Submitted(row.state, row.reason, case.total, case.facts.venue_name, id=inserted.id)
    if not credited:
        if row.reason is Reason.RETURNED:
            await returned.ask(tx, inserted.id, case.now)
        asked = await queue.ask_about(tx, inserted.id, member_id, case, row.reason)
        expects = points_of(case).total if case.known else 0
        return replace(submitted, expected=expects, asked=asked)
    given = await earn(tx, member_id, inserted.id, points, earning=case.rules.earning, now=case.now)
    return replace(
        submitted,
        points_now=points.now,
        points_later=points.later,
        matures_at=given.matures_at,
        base=case.base,
        debt_paid=given.debt_paid,
        debt=given.debt,
    )


async def _with_signals(tx: AsyncConnection, member_id: int, case: Case) -> Case:
    """Only what would earn or be checked is looked at for oddities."""
    if decide(case).state == "rejected" or case.purchased_at is None:
        return case
    seen = await signals.look(
        tx,
        member_id=member_id,
        slip=case.slip,
        purchased_at=case.purchased_at,
        venue_id=case.facts.venue_id,
        rules=case.rules,
        zone=case.zone,
        now=case.now,
    )
    purchase = returned.Purchase.of(
        None,
        case.slip,
        member_id=member_id,
        venue_id=case.facts.venue_id,
        purchased_at=case.purchased_at,
        submitted_at=case.now,
    )
    return replace(
        case,
        suspicious=signals.suspicious(seen, case.rules),
        signals=tuple(str(signal) for signal in seen),
        returned=await returned.in_question(tx, purchase),
    )


def _columns(case: Case, member_id: int, source: str) -> dict[str, Any]:
    """What the row says whatever is decided."""
    slip = case.slip
    return {
        "member_id": member_id,
        "number": slip.number,
        "sign": slip.sign,
        "drive": slip.device,
        "document": slip.document,
        "total": slip.total,
        "purchased_at": case.purchased_at,
        "submitted_at": case.now,
        "source": source,
        "venue_id": case.facts.venue_id,
        "signals": list(case.signals),
        "fields": {
            "operation": slip.operation,
            "operation_assumed": slip.operation_assumed,
            "currency": slip.currency,
        },
    }


async def _record(tx: AsyncConnection, receipt_id: int, values: dict[str, Any]) -> None:
    await events.record(
        tx, "receipt", receipt_id, "submit", values["state"], actor_id=values["member_id"],
        at=values["submitted_at"], reason=values["reason"],
    )  # fmt: skip


async def _rejected(tx: AsyncConnection, values: dict[str, Any], facts: Facts) -> Submitted:
    # A second try of the same refused receipt tells the same and leaves no second row.
    same = await tx.scalar(
        select(func.max(Receipt.id)).where(
            *(
                getattr(Receipt, name) == values[name]
                for name in ("member_id", "number", "sign", "state", "reason")
            )
        )
    )
    if same is None:
        kept = await insert_new(tx, Receipt, values)
        if kept is not None:
            same = kept.id
            await _record(tx, kept.id, values)
    return Submitted(
        "rejected", Reason(values["reason"]), values["total"], facts.venue_name, id=same
    )


_LIST = (
    select(
        Receipt.id,
        Receipt.state,
        Receipt.reason,
        Receipt.total,
        Receipt.purchased_at,
        Venue.name.label("venue"),
        Receipt.points,
        Receipt.base,
        queue.IS_ASKED.label("asked"),
    )
    .select_from(Receipt)
    .outerjoin(Venue, Venue.id == Receipt.venue_id)
)


async def _known(tx: AsyncConnection, receipt_id: int) -> Submitted:
    row = (await tx.execute(_LIST.where(Receipt.id == receipt_id))).one()
    return Submitted(
        _state(row.state),
        Reason(str(row.reason)),
        row.total,
        row.venue,
        row.points,
        again=True,
        base=row.base,
        id=receipt_id,
        asked=row.asked,
    )


def _state(value: str) -> State:
    return cast(State, value)


async def mine(tx: AsyncConnection, member_id: int, limit: int, offset: int = 0) -> list[Listed]:
    """The member's receipts, newest first."""
    rows = await tx.execute(
        _LIST.where(Receipt.member_id == member_id)
        .order_by(Receipt.submitted_at.desc(), Receipt.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Listed(r.id, _state(r.state), Reason(str(r.reason)), *r[3:]) for r in rows]


async def anonymise(tx: AsyncConnection, member_id: int) -> None:
    """Forget how a deleted member sent receipts; their numbers stay, so that they earn once.

    What still waited is over, and pictures of receipts are dropped.
    """
    theirs = select(Receipt.id).where(Receipt.member_id == member_id)
    # First the receipts, as everybody does who decides on them.
    await tx.execute(theirs.where(PENDING).order_by(Receipt.id).with_for_update(key_share=True))
    for table in (ReceiptCheck, ReceiptPhoto):
        await tx.execute(delete(table).where(table.receipt_id.in_(theirs)))
    await tx.execute(
        update(ReceiptCase)
        .where(ReceiptCase.receipt_id.in_(theirs), ReceiptCase.state == "open")
        .values(state="lost")
    )
    await tx.execute(
        update(Receipt)
        .where(Receipt.member_id == member_id, PENDING)
        .values(state="rejected", reason=Reason.LEFT)
    )
    await tx.execute(
        update(Receipt).where(Receipt.member_id == member_id).values(source="deleted", fields={})
    )
