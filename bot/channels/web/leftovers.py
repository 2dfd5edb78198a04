"""What the web chat keeps longer than anybody asks for, and how it goes."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, String, Text, and_, cast, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.web.chats import Chats
from bot.channels.web.files import Files
from bot.channels.web.models import CHANNEL, WebChat, WebFile, WebMessage, WebSession
from services.members.consents import ConsentKind
from services.members.models import Consent, Identity

KEPT = timedelta(days=30)
"""How long a deleted message, a remembered press, a file without a message, an ended login and
a chat that nobody can enter any more stay."""

UNDECIDED = timedelta(days=2)
"""How long a chat stays quiet without the consent to personal data before all of it goes."""

_T = TypeVar("_T")

_CHATS = 2_000
_SLICE = 20
_FILE_ID = re.compile(r'"file_id": ?"([\w-]+)"')


class Leftovers:
    """Drops a little at each call: the chats are walked in turn, some at a time.

    No index leads to the old rows, so that writing stays cheap; looking at every chat at once
    would keep everybody waiting.
    """

    def __init__(self, chats: Chats, files: Files) -> None:
        self._chats = chats
        self._files = files
        self._database = chats.database
        self._after = 0

    async def drop(self, now: datetime) -> None:
        """Drop what the next chats have no use for, and those of them nobody comes back to."""
        for chats in _slices(await self._next_chats(), _SLICE):
            await self._forget_left(chats, now)
            await self._drop_rows(chats, now - KEPT)
            for chat_id in chats:
                await self._drop_files(chat_id, now - KEPT)
            # Statements on SQLite run in the event loop: let the others speak in between.
            await asyncio.sleep(0)

    async def _next_chats(self) -> Sequence[int]:
        query = select(WebChat.id).where(WebChat.id > self._after)
        async with self._database.reading() as tx:
            ids = (await tx.execute(query.order_by(WebChat.id).limit(_CHATS))).scalars().all()
        self._after = ids[-1] if len(ids) == _CHATS else 0
        return ids

    async def _forget_left(self, chats: Sequence[int], now: datetime) -> None:
        left = _is_left(now)
        async with self._database.reading() as tx:
            query = select(WebChat.id).where(WebChat.id.in_(chats), left)
            found = (await tx.execute(query)).scalars().all()
        for chat_id in found:
            await self._files.discard(await self._chats.forget(chat_id, when=left))
            await asyncio.sleep(0)

    async def _drop_rows(self, chats: Sequence[int], before: datetime) -> None:
        over = or_(WebSession.expires_at <= before, WebSession.revoked_at <= before)
        gone = and_(WebMessage.deleted.is_(True), WebMessage.at < before)
        async with self._database.transaction() as tx:
            await tx.execute(delete(WebSession).where(WebSession.chat_id.in_(chats), over))
            await tx.execute(delete(WebMessage).where(WebMessage.chat_id.in_(chats), gone))

    async def _drop_files(self, chat_id: int, before: datetime) -> None:
        async with self._database.reading() as reading:
            if not await _stray(reading, chat_id, before):
                return
        async with self._database.transaction() as tx:
            stray = await _stray(tx, chat_id, before)
            paths = [path for some in _slices(stray, 500) for path in await _drop(tx, some)]
        await self._files.discard(paths)


def _is_left(now: datetime) -> ColumnElement[bool]:
    """Of a chat: no login opens it since long, or its guest looked around and went."""
    of_chat, before, lately = WebSession.chat_id == WebChat.id, now - KEPT, now - UNDECIDED
    open_lately = or_(WebSession.revoked_at.is_(None), WebSession.revoked_at > before)
    entered = select(WebSession.chat_id).where(of_chat, WebSession.expires_at > before, open_lately)
    looked = select(WebSession.chat_id).where(of_chat, WebSession.seen_at > lately)
    spoke = select(WebMessage.chat_id).where(
        WebMessage.chat_id == WebChat.id, WebMessage.at > lately
    )
    agreed = (
        select(Consent.id)
        .join(Identity, Identity.member_id == Consent.member_id)
        .where(
            Identity.channel == CHANNEL,
            Identity.external_id == cast(WebChat.id, String),
            Consent.kind == ConsentKind.PERSONAL_DATA,
            Consent.given.is_(True),
        )
    )
    quiet = and_(WebChat.created_at <= lately, ~looked.exists(), ~spoke.exists())
    return or_(~entered.exists(), and_(quiet, ~agreed.exists()))


async def _stray(tx: AsyncConnection, chat_id: int, before: datetime) -> list[str]:
    """The old files of a chat that no message carries."""
    query = select(WebFile.id).where(WebFile.chat_id == chat_id, WebFile.at < before)
    old = (await tx.execute(query)).scalars().all()
    if not old:
        return []
    words = cast(WebMessage.payload, Text)
    messages = select(words).where(WebMessage.chat_id == chat_id, words.contains("file_id"))
    carried = {
        file_id
        for text in (await tx.execute(messages)).scalars()
        for file_id in _FILE_ID.findall(text)
    }
    return [file_id for file_id in old if file_id not in carried]


async def _drop(tx: AsyncConnection, files: Sequence[str]) -> list[str]:
    """Forget these files; returns the paths that nobody holds any more."""
    gone = await tx.execute(delete(WebFile).where(WebFile.id.in_(files)).returning(WebFile.path))
    paths = {row.path for row in gone}
    still = select(WebFile.path).where(WebFile.path.in_(paths))
    return sorted(paths - {row.path for row in await tx.execute(still)})


def _slices(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
