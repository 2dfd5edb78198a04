"""Addresses that hear of every public move, as an operator sees them: added, ended, and what could
not be told to them. How they are told: `services.sharing.deliveries`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import CivicEvent
from services.sharing.models import Webhook, WebhookDelivery

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Hook:
    """An address and how it stands: `waiting` and `dead` count its rows."""

    id: int
    url: str
    subjects: tuple[str, ...]
    created_at: datetime
    ended_at: datetime | None
    waiting: int
    dead: int


async def add(
    tx: AsyncConnection, *, city_id: int, url: str, subjects: Sequence[str], now: datetime
) -> str | None:
    """The secret that signs what the address will hear from now on, shown only now.

    None when the address is told already.
    """
    live = select(Webhook.id).where(
        Webhook.city_id == city_id, Webhook.url == url, Webhook.ended_at.is_(None)
    )
    if await tx.scalar(live) is not None:
        return None
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    newest = select(func.max(CivicEvent.number)).where(CivicEvent.city_id == city_id)
    await tx.execute(
        insert(Webhook).values(
            city_id=city_id,
            url=url,
            secret=secret,
            subjects=list(subjects),
            last_event=(await tx.scalar(newest)) or 0,
            created_at=now,
        )
    )
    return secret


async def end(tx: AsyncConnection, city_id: int, url: str, now: datetime) -> bool:
    """The address hears nothing any more, not even what waits; False: it was not told."""
    ended = await tx.scalars(
        update(Webhook)
        .where(Webhook.city_id == city_id, Webhook.url == url, Webhook.ended_at.is_(None))
        .values(ended_at=now)
        .returning(Webhook.id)
    )
    ids = list(ended)
    await tx.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id.in_(ids), WebhookDelivery.state == "waiting")
        .values(state="withheld", settled_at=now)
    )
    return bool(ids)


async def of_city(tx: AsyncConnection, city_id: int) -> list[Hook]:
    """Every address there ever was, the oldest first."""
    counts = await tx.execute(
        select(WebhookDelivery.webhook_id, WebhookDelivery.state, func.count())
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(Webhook.city_id == city_id, WebhookDelivery.state.in_(["waiting", "dead"]))
        .group_by(WebhookDelivery.webhook_id, WebhookDelivery.state)
    )
    counted = {(webhook_id, state): count for webhook_id, state, count in counts}
    rows = await tx.execute(
        select(Webhook.__table__).where(Webhook.city_id == city_id).order_by(Webhook.id)
    )
    return [
        Hook(
            row.id, row.url, tuple(row.subjects), row.created_at, row.ended_at,
            counted.get((row.id, "waiting"), 0), counted.get((row.id, "dead"), 0),
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dead:
    """A move that an address could not be told: what it answered last."""

    id: int
    url: str
    number: int
    subject: str
    verb: str
    answer: str | None
    settled_at: datetime | None


async def dead(tx: AsyncConnection, city_id: int, limit: int = 200) -> list[Dead]:
    """The list to look at, the oldest move first."""
    rows = await tx.execute(
        select(
            *(WebhookDelivery.id, Webhook.url, CivicEvent.number, CivicEvent.subject),
            *(CivicEvent.verb, WebhookDelivery.answer, WebhookDelivery.settled_at),
        )
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .join(CivicEvent, CivicEvent.id == WebhookDelivery.event_id)
        .where(Webhook.city_id == city_id, WebhookDelivery.state == "dead")
        .order_by(CivicEvent.number, WebhookDelivery.id)
        .limit(limit)
    )
    return [Dead(*row) for row in rows]


async def retry(tx: AsyncConnection, city_id: int, url: str | None, now: datetime) -> int:
    """Try what is dead once more from the beginning, of one address or of all; how many."""
    of = select(Webhook.id).where(Webhook.city_id == city_id, Webhook.ended_at.is_(None))
    if url is not None:
        of = of.where(Webhook.url == url)
    again = await tx.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.state == "dead", WebhookDelivery.webhook_id.in_(of))
        .values(state="waiting", attempts=0, due_at=now, settled_at=None)
    )
    return again.rowcount
