"""The conversation as rows: what was said, in which state it is now, what changed since when.

A compact state log: every change takes the next number of its chat, and a message remembers
only its latest one. Whoever asks for "everything after N" gets each changed message once, in
its final state.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.web.models import WebChat, WebMessage

WINDOW = 300
"""How many messages one sync carries at most; older ones are asked for page by page."""

PAGE = 50
"""How many older messages one answer carries at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in its present state."""

    chat_id: int
    message_id: int
    seq: int
    cid: str | None
    mine: bool
    payload: dict[str, Any]
    at: datetime
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What a client that knew the conversation up to some number has to learn.

    With `reset` it forgets what it has first: its number is not of this conversation, or too
    much has changed since. `earlier`: there are messages older than the first of `entries`.
    """

    seq: int
    keyboard: dict[str, Any] | None
    language: str
    entries: list[Entry]
    reset: bool
    earlier: bool


async def add(
    tx: AsyncConnection,
    chat_id: int,
    payload: dict[str, Any],
    *,
    now: datetime,
    mine: bool = False,
    cid: str | None = None,
    keyboard: dict[str, Any] | None = None,
) -> Entry | None:
    """Append a message; None when there is no such chat.

    `keyboard` replaces the reply keyboard, {} removes it, None leaves it. What a guest says
    again under the same `cid` gives back the entry made the first time.
    """
    return await _append(tx, chat_id, payload, now=now, mine=mine, cid=cid, keyboard=keyboard)


async def hear(
    tx: AsyncConnection, chat_id: int, cid: str, payload: dict[str, Any], *, now: datetime
) -> Entry | None:
    """Remember something the guest did that is not shown in the chat, once under its `cid`.

    It is kept as a deleted message, so its id is as good as any other. None when there is no
    such chat.
    """
    return await _append(tx, chat_id, payload, now=now, mine=True, cid=cid, deleted=True)


async def change(
    tx: AsyncConnection, chat_id: int, message_id: int, payload: dict[str, Any]
) -> Entry | None:
    """Put a message of the bot into a new state; None when it is not there any more."""
    return await _move(tx, chat_id, message_id, payload=payload)


async def remove(tx: AsyncConnection, chat_id: int, message_id: int) -> Entry | None:
    """Delete a message, its words too; None when it is not there any more."""
    return await _move(tx, chat_id, message_id, payload={}, deleted=True)


async def find(tx: AsyncConnection, chat_id: int, message_id: int) -> Entry | None:
    """A message that is still there."""
    query = _entries(chat_id).where(
        WebMessage.message_id == message_id, WebMessage.deleted.is_(False)
    )
    row = (await tx.execute(query)).first()
    return Entry(*row) if row else None


async def by_cid(tx: AsyncConnection, chat_id: int, cid: str | None) -> Entry | None:
    """What the guest said under this id of the browser's."""
    row = (await tx.execute(_entries(chat_id).where(WebMessage.cid == cid))).first()
    return Entry(*row) if row else None


async def since(tx: AsyncConnection, chat_id: int, after: int) -> Changes | None:
    """Everything that changed after the number `after`; None when there is no such chat."""
    query = select(WebChat.seq, WebChat.keyboard, WebChat.language).where(WebChat.id == chat_id)
    chat = (await tx.execute(query)).first()
    if chat is None:
        return None
    fresh = after <= 0 or after > chat.seq
    entries = [] if fresh else await _latest(tx, chat_id, after)
    reset = fresh or len(entries) > WINDOW
    if reset:
        entries = await _latest(tx, chat_id, 0)
    # A change committed between the two statements is in the entries already.
    seq = max([chat.seq, *(entry.seq for entry in entries)])
    shown = sorted(entries[:WINDOW], key=lambda entry: entry.message_id)
    earlier = reset and len(entries) > WINDOW
    return Changes(seq, chat.keyboard, chat.language, shown, reset, earlier)


async def before(tx: AsyncConnection, chat_id: int, message_id: int) -> tuple[list[Entry], bool]:
    """The page of messages just before this one, oldest first; whether there are more."""
    query = (
        _entries(chat_id)
        .where(WebMessage.message_id < message_id, WebMessage.deleted.is_(False))
        .order_by(WebMessage.message_id.desc())
        .limit(PAGE + 1)
    )
    entries = [Entry(*row) for row in await tx.execute(query)]
    return entries[PAGE - 1 :: -1], len(entries) > PAGE


# These two run for every message: building them anew each time doubled what a message costs.
_CHATS = cast(Table, WebChat.__table__)
_MESSAGES = cast(Table, WebMessage.__table__)
_ADVANCE = (
    update(_CHATS)
    .where(_CHATS.c.id == bindparam("chat"))
    .values(seq=_CHATS.c.seq + 1)
    .returning(_CHATS.c.seq)
)
_INSERT = {
    name: insert(_MESSAGES).on_conflict_do_nothing().returning(_MESSAGES.c.message_id)
    for name, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_COLUMNS = tuple(getattr(WebMessage, field.name) for field in fields(Entry))


def _entries(chat_id: int) -> Select[Any]:
    return select(*_COLUMNS).where(WebMessage.chat_id == chat_id)


async def _latest(tx: AsyncConnection, chat_id: int, after: int) -> list[Entry]:
    was_shown = WebMessage.seq > WebMessage.message_id
    present = WebMessage.deleted.is_(False)
    query = _entries(chat_id).where(WebMessage.seq > after, or_(present, was_shown))
    if after == 0:
        query = query.where(present)
    query = query.order_by(WebMessage.message_id.desc()).limit(WINDOW + 1)
    return [Entry(*row) for row in await tx.execute(query)]


async def _append(
    tx: AsyncConnection,
    chat_id: int,
    payload: dict[str, Any],
    *,
    now: datetime,
    mine: bool,
    cid: str | None,
    keyboard: dict[str, Any] | None = None,
    deleted: bool = False,
) -> Entry | None:
    seq = await _next(tx, chat_id, keyboard)
    if seq is None:
        return None
    entry = Entry(chat_id, seq, seq, cid, mine, payload, now, deleted)
    values = {field.name: getattr(entry, field.name) for field in fields(Entry)}
    if (await tx.execute(_INSERT[tx.dialect.name], values)).first():
        return entry
    return await by_cid(tx, chat_id, cid)


async def _next(tx: AsyncConnection, chat_id: int, keyboard: dict[str, Any] | None) -> int | None:
    statement = _ADVANCE
    if keyboard is not None:
        statement = statement.values(keyboard=keyboard or null())
    row = (await tx.execute(statement, {"chat": chat_id})).first()
    return row.seq if row else None


async def _move(tx: AsyncConnection, chat_id: int, message_id: int, **values: Any) -> Entry | None:
    seq = await _next(tx, chat_id, None)
    if seq is None:
        return None
    statement = (
        update(WebMessage)
        .where(
            WebMessage.chat_id == chat_id,
            WebMessage.message_id == message_id,
            WebMessage.deleted.is_(False),
        )
        .values(seq=seq, **values)
        .returning(*_COLUMNS)
    )
    row = (await tx.execute(statement)).first()
    return Entry(*row) if row else None
