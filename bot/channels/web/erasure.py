"""The end of a conversation: its rows, and the member who could be reached by nothing else."""

from datetime import datetime

from aiogram.fsm.storage.base import StorageKey
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.channels.web.models import CHANNEL, WebChat, WebFile, WebMessage, WebSession
from bot.fsm_storage import storage_key
from bot.models import DialogueState
from services.members.models import Identity
from services.members.privacy import delete_member


async def forget(
    tx: AsyncConnection,
    chat_id: int,
    *,
    bot_id: int,
    now: datetime,
    when: ColumnElement[bool] | None = None,
) -> list[str]:
    """Erase a chat whole, if `when` holds for it; returns the paths that no other chat holds.

    With it goes the identity of whoever spoke here, and a member who has no other one: nobody
    can come back to that card.
    """
    if when is not None:
        chat = select(WebChat.id).where(WebChat.id == chat_id, when).with_for_update()
        if (await tx.execute(chat)).first() is None:
            return []
    other = aliased(WebFile)
    elsewhere = select(other.id).where(other.path == WebFile.path, other.chat_id != chat_id)
    query = select(WebFile.path).where(WebFile.chat_id == chat_id, ~elsewhere.exists())
    paths = [row.path for row in await tx.execute(query.distinct())]
    for table in (WebFile, WebMessage, WebSession):
        await tx.execute(delete(table).where(table.chat_id == chat_id))
    await tx.execute(delete(WebChat).where(WebChat.id == chat_id))
    dialogue = storage_key(StorageKey(bot_id=bot_id, chat_id=chat_id, user_id=chat_id))
    await tx.execute(delete(DialogueState).where(DialogueState.key == dialogue))
    await _forget_identity(tx, chat_id, now)
    return paths


async def _forget_identity(tx: AsyncConnection, chat_id: int, now: datetime) -> None:
    spoke_here = (Identity.channel == CHANNEL, Identity.external_id == str(chat_id))
    gone = await tx.execute(delete(Identity).where(*spoke_here).returning(Identity.member_id))
    for member_id in gone.scalars().all():
        left = select(Identity.id).where(Identity.member_id == member_id).limit(1)
        if await tx.scalar(left) is None:
            await delete_member(tx, member_id, now)
