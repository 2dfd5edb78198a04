"""Dialogue states in the database, written in the transaction of the update they belong to."""

from collections.abc import Mapping
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import DialogueState
from services.database import insert_new


def storage_key(key: StorageKey) -> str:
    """All that tells two dialogues apart: aiogram's default key leaves the bot out."""
    return ":".join(
        str(part)
        for part in (
            key.bot_id,
            key.chat_id,
            key.user_id,
            key.thread_id or 0,
            key.business_connection_id or "",
            key.destiny,
        )
    )


class SqlStorage(BaseStorage):
    """The states seen by one transaction. A dialogue in no state and without data has no row."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        name = state.state if isinstance(state, State) else state
        if name is None:
            await self._write(key, state=None)
            await self._drop_if_empty(key)
        else:
            await self._write(key, state=name)

    async def get_state(self, key: StorageKey) -> str | None:
        state: str | None = await self._tx.scalar(
            select(DialogueState.state).where(DialogueState.key == storage_key(key))
        )
        return state

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self._write(key, data=dict(data))
        if not data:
            await self._drop_if_empty(key)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        data = await self._tx.scalar(
            select(DialogueState.data).where(DialogueState.key == storage_key(key))
        )
        return dict(data or {})

    async def close(self) -> None:
        """Nothing to close: the transaction is the boundary's."""

    async def _write(self, key: StorageKey, **values: Any) -> None:
        text = storage_key(key)
        if await insert_new(
            self._tx, DialogueState, {"key": text, "state": None, "data": {}, **values}
        ):
            return
        await self._tx.execute(
            update(DialogueState).where(DialogueState.key == text).values(**values)
        )

    async def _drop_if_empty(self, key: StorageKey) -> None:
        row = (
            await self._tx.execute(
                select(DialogueState.state, DialogueState.data).where(
                    DialogueState.key == storage_key(key)
                )
            )
        ).first()
        if row is not None and row.state is None and not row.data:
            await self._tx.execute(
                delete(DialogueState).where(DialogueState.key == storage_key(key))
            )
