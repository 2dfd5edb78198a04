"""One receipt as its guest may see it: where it is, and how its points came about."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services import ledger
from services.cities.models import Localized, Venue
from services.cities.rules import Rules
from services.errors import NotFound
from services.receipts import queue
from services.receipts.crediting import key_of
from services.receipts.models import Receipt
from services.receipts.verdict import Reason, State


@dataclass(frozen=True, slots=True)
class Detail:
    """`base` is the part of the total that earned, `matures_at` when the rest of the points will
    be ready; None when nothing is on its way. `asked`: a service is still to answer for it. Sums
    in kopecks."""

    id: int
    state: State
    reason: Reason
    total: int | None
    purchased_at: datetime | None
    submitted_at: datetime
    venue: Localized | None
    venue_kind: str | None
    base: int | None
    points: int
    points_now: int
    asked: bool
    matures_at: datetime | None


@dataclass(frozen=True, slots=True)
class Computation:
    """`base` × `points` / `per_kop` × `percent` %; `full` came of it, before the month's cap."""

    base: int
    points: int
    per_kop: int
    percent: int
    full: int


async def detail(tx: AsyncConnection, member_id: int, receipt_id: int) -> Detail:
    """A receipt of this member's; raises NotFound for any other."""
    row = (
        await tx.execute(
            select(
                Receipt.id,
                Receipt.state,
                Receipt.reason,
                Receipt.total,
                Receipt.purchased_at,
                Receipt.submitted_at,
                Venue.name.label("venue"),
                Venue.kind.label("venue_kind"),
                Receipt.base,
                Receipt.points,
                Receipt.points_now,
                queue.IS_ASKED.label("asked"),
            )
            .select_from(Receipt)
            .outerjoin(Venue, Venue.id == Receipt.venue_id)
            .where(Receipt.id == receipt_id, Receipt.member_id == member_id)
        )
    ).first()
    if row is None:
        raise NotFound
    state, reason = cast(State, row.state), Reason(row.reason)
    due = await ledger.matures_at(tx, key_of(receipt_id)) if state == "credited" else None
    known = {**row._mapping, "state": state, "reason": reason}
    return Detail(**known, matures_at=due)


def computation(receipt: Detail, rules: Rules) -> Computation | None:
    """How its points were computed; None when that was by other rules than today's."""
    if receipt.base is None:
        return None
    earning, kind = rules.earning, receipt.venue_kind or "other"
    full = earning.points_for(receipt.base, kind)
    capped = rules.limits.points_per_month is not None and receipt.points < full
    if receipt.points != full and not capped:
        return None
    percent = next((p for k, p in earning.kind_percent.items() if k == kind), 100)
    return Computation(receipt.base, earning.points, earning.per_kop, percent, full)
