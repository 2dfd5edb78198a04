"""Public moves on their way to the addresses that asked: a row for each of them and each move,
sent until done.

A row is made from the log, once for each webhook and event, in the transaction that notes how far
the log was read. Sending happens outside; what was sent but not noted is sent again, under the
same id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import CivicEvent
from services.database import delete_some, insert_new
from services.reports.models import Report
from services.sharing.models import Webhook, WebhookDelivery
from services.sharing.public import MOVES

BACKOFF = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long each repeat waits; whoever has not answered after the last is on the dead list."""

_LEASE = timedelta(minutes=2)
"""How long one process has a row for itself, which it takes right before the call: longer than any
call lasts."""

_FEW = 5
"""Rows to look at for one that no other process has taken."""


@dataclass(frozen=True, slots=True)
class Call:
    """One move to be told to one address. `subject_number` is what the public knows it by."""

    id: int
    webhook_id: int
    url: str
    secret: str
    attempts: int
    event_id: int
    number: int
    subject: str
    subject_id: int
    subject_number: int
    verb: str
    before: str | None
    after: str
    acting: str
    reason: str | None
    facts: Mapping[str, Any]
    at: datetime
    hash: str


async def is_busy(tx: AsyncConnection, city_id: int, now: datetime) -> bool:
    """Whether there is anything to do: a look that holds nobody up."""
    newest = select(func.max(CivicEvent.number)).where(CivicEvent.city_id == city_id)
    behind = select(Webhook.id).where(
        Webhook.city_id == city_id,
        Webhook.ended_at.is_(None),
        Webhook.last_event < newest.scalar_subquery(),
    )
    due = (
        select(WebhookDelivery.id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(*_due(city_id, now))
    )
    found = await tx.execute(select(behind.exists() | due.exists()))
    return bool(found.scalar_one())


async def read_log(tx: AsyncConnection, city_id: int, now: datetime, limit: int) -> int:
    """Make rows of moves for the address that has read least; returns how many were looked at.

    Numbers of the log have no gaps and appear in order, so nothing can come in behind.
    """
    newest = select(func.max(CivicEvent.number)).where(CivicEvent.city_id == city_id)
    end_of_log = (await tx.scalar(newest)) or 0
    hook = (
        await tx.execute(
            select(Webhook.id, Webhook.subjects, Webhook.last_event)
            .where(
                Webhook.city_id == city_id,
                Webhook.ended_at.is_(None),
                Webhook.last_event < end_of_log,
            )
            .order_by(Webhook.last_event, Webhook.id)
            .limit(1)
        )
    ).first()
    if hook is None:
        return 0
    until = min(hook.last_event + limit, end_of_log)
    read = await tx.execute(
        update(Webhook)
        .where(Webhook.id == hook.id, Webhook.last_event == hook.last_event)
        .values(last_event=until)
    )
    if read.rowcount:
        await _make_rows(tx, city_id, hook, until, now)
    return int(until - hook.last_event)


async def _make_rows(
    tx: AsyncConnection, city_id: int, hook: Any, until: int, now: datetime
) -> None:
    events = await tx.scalars(
        select(CivicEvent.id)
        .where(
            CivicEvent.city_id == city_id,
            CivicEvent.number > hook.last_event,
            CivicEvent.number <= until,
            CivicEvent.subject.in_(hook.subjects),
            MOVES,
        )
        .order_by(CivicEvent.number)
    )
    for event_id in list(events):
        row = {"webhook_id": hook.id, "event_id": event_id, "state": "waiting", "attempts": 0}
        await insert_new(tx, WebhookDelivery, {**row, "due_at": now})


async def due(tx: AsyncConnection, city_id: int, now: datetime) -> list[int]:
    """The addresses, by their ids, for which something is due."""
    found = await tx.scalars(
        select(WebhookDelivery.webhook_id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(*_due(city_id, now))
        .distinct()
        .order_by(WebhookDelivery.webhook_id)
    )
    return list(found)


async def take(tx: AsyncConnection, city_id: int, webhook_id: int, now: datetime) -> Call | None:
    """The oldest move that is due for the address, reserved for the caller for two minutes.

    What is not public any more is withheld instead. None: nothing is due, or others have it.
    """
    due_here = (*_due(city_id, now), WebhookDelivery.webhook_id == webhook_id)
    await _withhold(tx, due_here, now)
    event = CivicEvent
    columns = (
        *(WebhookDelivery.id, WebhookDelivery.webhook_id, Webhook.url, Webhook.secret),
        *(WebhookDelivery.attempts, event.id, event.number, event.subject, event.subject_id),
        func.coalesce(Report.number, event.subject_id),
        *(event.verb, event.before, event.after, event.acting, event.reason, event.facts),
        *(event.at, event.hash, WebhookDelivery.due_at),
    )
    rows = await tx.execute(
        select(*columns)
        .select_from(WebhookDelivery)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .join(event, event.id == WebhookDelivery.event_id)
        .outerjoin(Report, (Report.id == event.subject_id) & (event.subject == "report"))
        .where(*due_here)
        .order_by(event.number, WebhookDelivery.id)
        .limit(_FEW)
    )
    for row in list(rows):
        if await _reserve(tx, row[0], row[-1], now + _LEASE):
            return Call(*row[:-1])
    return None


def _due(city_id: int, now: datetime) -> tuple[Any, ...]:
    return (
        WebhookDelivery.state == "waiting",
        WebhookDelivery.due_at <= now,
        Webhook.city_id == city_id,
        Webhook.ended_at.is_(None),
    )


async def _withhold(tx: AsyncConnection, due_here: tuple[Any, ...], now: datetime) -> None:
    gone = (
        select(WebhookDelivery.id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .join(CivicEvent, CivicEvent.id == WebhookDelivery.event_id)
        .where(*due_here, ~MOVES)
    )
    await tx.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(gone), WebhookDelivery.state == "waiting")
        .values(state="withheld", settled_at=now)
    )


async def _reserve(tx: AsyncConnection, row_id: int, seen: datetime, until: datetime) -> bool:
    taken = await tx.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == row_id,
            WebhookDelivery.state == "waiting",
            WebhookDelivery.due_at == seen,
        )
        .values(due_at=until)
    )
    return taken.rowcount == 1


async def sent(tx: AsyncConnection, call: Call, answer: str, now: datetime) -> None:
    """The address has it."""
    await _settle(tx, call, "sent", answer, now)


async def refused(tx: AsyncConnection, call: Call, answer: str, now: datetime) -> str:
    """The address is there and does not take this move: it alone is told later, or put on the dead
    list. Returns which."""
    if call.attempts >= len(BACKOFF):
        await _settle(tx, call, "dead", answer, now)
        return "dead"
    await tx.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == call.id, WebhookDelivery.state == "waiting")
        .values(attempts=call.attempts + 1, answer=answer, due_at=now + _pause(call))
    )
    return "waiting"


async def failed(tx: AsyncConnection, call: Call, answer: str, now: datetime) -> str:
    """The address is away: as `refused`, and whatever else is due for it waits as long, so that it
    costs one call."""
    later = now + _pause(call)
    await tx.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == call.webhook_id,
            WebhookDelivery.state == "waiting",
            WebhookDelivery.due_at < later,
        )
        .values(due_at=later)
    )
    return await refused(tx, call, answer, now)


def _pause(call: Call) -> timedelta:
    return BACKOFF[min(call.attempts, len(BACKOFF) - 1)]


async def _settle(tx: AsyncConnection, call: Call, state: str, answer: str, now: datetime) -> None:
    await tx.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == call.id, WebhookDelivery.state == "waiting")
        .values(state=state, attempts=call.attempts + 1, answer=answer, settled_at=now)
    )


async def forget(tx: AsyncConnection, before: datetime, limit: int) -> int:
    """Drop some of the rows that were settled before, but for the dead; returns how many."""
    done = WebhookDelivery.state.in_(["sent", "withheld"]) & (WebhookDelivery.settled_at < before)
    return await delete_some(tx, WebhookDelivery, done, limit)
