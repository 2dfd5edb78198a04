"""Messages to people who are not in the conversation right now.

`tell` writes the message in the transaction of the effect it tells about; a worker in `bot/`
takes the waiting ones and shows them on the channel each person uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, false, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import delete_some
from services.delivery.models import OutboxMessage
from services.members.consents import ConsentKind, latest
from services.members.models import Identity, Member

_TOLD = "guestcard.told"
_CONSENTED = latest(Member.id, ConsentKind.PERSONAL_DATA)
_BACKOFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=12),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to deliver, and the identity to deliver it to (None: none can be reached).

    `notify`: reminders are wanted; `consented`: personal data may be processed, as of now.
    """

    id: int
    kind: str
    facts: dict[str, Any]
    attempts: int
    member_id: int
    language: str
    notify: bool
    consented: bool
    channel: str | None
    external_id: str | None


async def tell(
    tx: AsyncConnection,
    member_id: int,
    kind: str,
    facts: Mapping[str, Any],
    now: datetime,
    *,
    after: timedelta = timedelta(0),
    topic: str | None = None,
) -> None:
    """Leave a message of `kind` for the member, to be delivered once this transaction is.

    `topic` is what it is about, for `replace`.
    """
    await tx.execute(
        insert(OutboxMessage).values(
            member_id=member_id,
            kind=kind,
            facts=dict(facts),
            topic=topic,
            created_at=now,
            due_at=now + after,
            state="waiting",
        )
    )
    tx.info[_TOLD] = True


async def tell_all(
    tx: AsyncConnection,
    member_ids: Sequence[int],
    kind: str,
    facts: Mapping[str, Any],
    now: datetime,
    *,
    after: timedelta = timedelta(0),
    topic: str | None = None,
) -> None:
    """Leave the same message for many members, as `tell` does for one."""
    if not member_ids:
        return
    message = {
        "kind": kind,
        "facts": dict(facts),
        "topic": topic,
        "created_at": now,
        "due_at": now + after,
        "state": "waiting",
    }
    rows = [{"member_id": member_id, **message} for member_id in member_ids]
    await tx.execute(insert(OutboxMessage), rows)
    tx.info[_TOLD] = True


async def replace(  # noqa: PLR0917 - of one subject
    tx: AsyncConnection,
    member_id: int,
    topic: str,
    kind: str,
    facts: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Say this instead of what waits for the member about the topic; False when nothing waits.

    A message that is due is left alone: it may be on its way.
    """
    newest = (
        select(func.max(OutboxMessage.id))
        .where(
            OutboxMessage.member_id == member_id,
            OutboxMessage.topic == topic,
            OutboxMessage.state == "waiting",
            OutboxMessage.due_at > now,
            OutboxMessage.attempts == 0,
        )
        .scalar_subquery()
    )
    said = await tx.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == newest, OutboxMessage.state == "waiting")
        .values(kind=kind, facts=dict(facts))
    )
    return said.rowcount == 1


def told(tx: AsyncConnection) -> bool:
    """Whether `tell` was called in this transaction; asked once, at its end."""
    return bool(tx.info.pop(_TOLD, False))


async def due(
    tx: AsyncConnection, channel_name: str | None, now: datetime, limit: int
) -> list[Waiting]:
    """The oldest due messages of members who were last seen, and not blocked, on the channel.

    None asks for those who cannot be reached anywhere.
    """
    channel, external_id = (
        select(column)
        .where(Identity.member_id == OutboxMessage.member_id, Identity.blocked_at.is_(None))
        .order_by(Identity.seen_at.desc(), Identity.id.desc())
        .limit(1)
        .scalar_subquery()
        for column in (Identity.channel, Identity.external_id)
    )
    rows = await tx.execute(
        select(
            OutboxMessage.id,
            OutboxMessage.kind,
            OutboxMessage.facts,
            OutboxMessage.attempts,
            OutboxMessage.member_id,
            Member.language,
            Member.notify,
            func.coalesce(_CONSENTED, false()),
            channel,
            external_id,
        )
        .join(Member, Member.id == OutboxMessage.member_id)
        .where(
            OutboxMessage.state == "waiting",
            OutboxMessage.due_at <= now,
            channel.is_(None) if channel_name is None else channel == channel_name,
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in rows]


async def settle(tx: AsyncConnection, message_id: int, state: str, now: datetime) -> None:
    """The message was sent, or never can be; what it said is not kept."""
    await tx.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.state == "waiting")
        .values(state=state, settled_at=now, facts={})
    )


async def postpone(tx: AsyncConnection, message: Waiting, now: datetime) -> None:
    """Try again later; after the last try the message is `failed`."""
    if message.attempts >= len(_BACKOFF):
        await settle(tx, message.id, "failed", now)
        return
    await tx.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message.id, OutboxMessage.state == "waiting")
        .values(attempts=message.attempts + 1, due_at=now + _BACKOFF[message.attempts])
    )


async def depth(tx: AsyncConnection) -> int:
    """How many messages wait."""
    count = await tx.scalar(
        select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state == "waiting")
    )
    return count or 0


async def forget(tx: AsyncConnection, before: datetime, limit: int) -> int:
    """Drop some of the messages settled before `before`; returns how many."""
    settled = and_(OutboxMessage.state != "waiting", OutboxMessage.settled_at < before)
    return await delete_some(tx, OutboxMessage, settled, limit)
