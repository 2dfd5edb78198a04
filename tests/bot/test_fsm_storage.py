"""Dialogue states: kept apart, committed or lost with their transaction, JSON and nothing else."""

from typing import Any

import pytest
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import StorageKey
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from bot.fsm_storage import SqlStorage, storage_key
from bot.models import DialogueState
from services.database import Database

KEY = StorageKey(bot_id=1, chat_id=5, user_id=5)


class Form(StatesGroup):
    name = State()


async def do(database: Database, method: str, *args: Any) -> Any:
    async with database.transaction() as tx:
        return await getattr(SqlStorage(tx), method)(*args)


async def rows(database: Database) -> int:
    async with database.reading() as reading:
        return int(await reading.scalar(select(func.count()).select_from(DialogueState)) or 0)


@pytest.mark.parametrize(
    "other",
    [
        StorageKey(bot_id=2, chat_id=5, user_id=5),
        StorageKey(bot_id=1, chat_id=6, user_id=5),
        StorageKey(bot_id=1, chat_id=5, user_id=6),
        StorageKey(bot_id=1, chat_id=5, user_id=5, thread_id=7),
        StorageKey(bot_id=1, chat_id=5, user_id=5, business_connection_id="b"),
        StorageKey(bot_id=1, chat_id=5, user_id=5, destiny="scenes_history"),
    ],
)
async def test_dialogues_stay_apart(sqlite_database: Database, other: StorageKey) -> None:
    """Web's person 5 is not Telegram's person 5, and a scene's history is not its state."""
    assert storage_key(other) != storage_key(KEY)
    await do(sqlite_database, "set_state", KEY, Form.name)
    await do(sqlite_database, "set_data", KEY, {"a": 1})
    assert await do(sqlite_database, "get_state", other) is None
    assert await do(sqlite_database, "get_data", other) == {}
    await do(sqlite_database, "set_state", other, "Other:state")
    assert await do(sqlite_database, "get_state", KEY) == "Form:name"
    assert await do(sqlite_database, "get_data", KEY) == {"a": 1}


async def test_a_state_and_its_data(database: Database) -> None:
    await do(database, "set_state", KEY, Form.name)
    await do(database, "set_data", KEY, {"list": [1, None, "ж"], "map": {"x": True}})
    assert await do(database, "update_data", KEY, {"more": 1.5}) == {
        "list": [1, None, "ж"],
        "map": {"x": True},
        "more": 1.5,
    }
    assert await do(database, "get_value", KEY, "more") == 1.5
    await do(database, "set_state", KEY, "Form:other")
    assert await do(database, "get_data", KEY) == {
        "list": [1, None, "ж"],
        "map": {"x": True},
        "more": 1.5,
    }


async def test_nothing_is_kept_of_a_finished_dialogue(database: Database) -> None:
    await do(database, "set_state", KEY, Form.name)
    await do(database, "set_data", KEY, {"a": 1})
    assert await rows(database) == 1
    await do(database, "set_state", KEY, None)
    assert await rows(database) == 1, "its data is still there"
    await do(database, "set_data", KEY, {})
    assert await rows(database) == 0
    await do(database, "set_data", KEY, {})
    await do(database, "set_state", KEY, None)
    assert await rows(database) == 0


async def test_a_state_goes_with_its_transaction(database: Database) -> None:
    class UndoneError(Exception):
        pass

    async def fails() -> None:
        async with database.transaction() as tx:
            await SqlStorage(tx).set_state(KEY, Form.name)
            raise UndoneError

    with pytest.raises(UndoneError):
        await fails()
    assert await do(database, "get_state", KEY) is None
    assert await rows(database) == 0


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes"])
async def test_only_json_can_be_kept(sqlite_database: Database, value: object) -> None:
    await do(sqlite_database, "set_data", KEY, {"a": 1})
    with pytest.raises((StatementError, TypeError)):
        await do(sqlite_database, "set_data", KEY, {"value": value})
    assert await do(sqlite_database, "get_data", KEY) == {"a": 1}
