"""What the web chat keeps longer than anybody asks for, and how it goes."""

from datetime import datetime, timedelta

from sqlalchemy import Text, cast, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.web.files import Files
from bot.channels.web.models import WebChat, WebFile, WebMessage, WebSession
from services.database import Database

KEPT = timedelta(days=30)
"""How long a deleted message, a remembered press and a file without a message stay."""

_CHATS = 500


class Leftovers:
    """Drops a little at each call: the chats are walked in turn, some at a time.

    No index leads to the old rows, so that writing stays cheap; looking at every chat at once
    would keep everybody waiting.
    """

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files
        self._after = 0

    async def drop(self, now: datetime) -> None:
        """Drop ended logins, and what is older than `KEPT` in the next chats."""
        over = or_(WebSession.expires_at <= now, WebSession.revoked_at.is_not(None))
        async with self._database.transaction() as tx:
            await tx.execute(delete(WebSession).where(over))
        chats = await self._next_chats()
        if chats:
            async with self._database.transaction() as tx:
                await _drop_messages(tx, chats, now - KEPT)
                paths = await _drop_files(tx, chats, now - KEPT)
            await self._files.discard(paths)

    async def _next_chats(self) -> tuple[int, int] | None:
        """The first and the last id of the next chats; None at the end of a round."""
        query = select(WebChat.id).where(WebChat.id > self._after)
        async with self._database.reading() as tx:
            ids = (await tx.execute(query.order_by(WebChat.id).limit(_CHATS))).scalars().all()
        self._after = ids[-1] if len(ids) == _CHATS else 0
        return (ids[0], ids[-1]) if ids else None


async def _drop_messages(tx: AsyncConnection, chats: tuple[int, int], before: datetime) -> None:
    await tx.execute(
        delete(WebMessage).where(
            WebMessage.chat_id.between(*chats),
            WebMessage.deleted.is_(True),
            WebMessage.at < before,
        )
    )


async def _drop_files(tx: AsyncConnection, chats: tuple[int, int], before: datetime) -> list[str]:
    """Forget files that no message carries; returns the paths that nobody holds any more."""
    carried = (
        select(WebMessage.message_id)
        .where(
            WebMessage.chat_id == WebFile.chat_id,
            cast(WebMessage.payload, Text).contains(WebFile.id),
        )
        .exists()
    )
    gone = await tx.execute(
        delete(WebFile)
        .where(WebFile.chat_id.between(*chats), WebFile.at < before, ~carried)
        .returning(WebFile.path)
    )
    paths = {row.path for row in gone}
    still = select(WebFile.path).where(WebFile.path.in_(paths))
    return sorted(paths - {row.path for row in await tx.execute(still)})
