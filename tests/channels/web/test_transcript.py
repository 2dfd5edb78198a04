"""The rows of a conversation, on both databases, when many write at once."""

import asyncio

import pytest
from sqlalchemy import func, insert, select

from bot.channels.web import transcript
from bot.channels.web.chats import Chats
from bot.channels.web.files import Files, TooManyFiles
from bot.channels.web.lines import Lines
from bot.channels.web.models import WebChat, WebFile, WebMessage
from services.database import Database


@pytest.fixture
async def chat(database, clock):
    async with database.transaction() as tx:
        values = {"seq": 0, "language": "ru", "created_at": clock.now()}
        statement = insert(WebChat).values(**values).returning(WebChat.id)
        return (await tx.execute(statement)).scalar_one()


async def add(database: Database, clock, chat, **options):
    async with database.transaction() as tx:
        return await transcript.add(tx, chat, {"text": "x"}, now=clock.now(), **options)


async def test_numbers_of_parallel_messages_are_all_different(database, clock, chat):
    entries = await asyncio.gather(*(add(database, clock, chat) for _ in range(40)))
    assert sorted(entry.message_id for entry in entries) == list(range(1, 41))
    async with database.reading() as tx:
        assert (await transcript.since(tx, chat, 0)).seq == 40


async def test_the_same_cid_in_parallel_is_one_message(database, clock, chat):
    say = {"mine": True, "cid": "cid-00000001"}
    entries = await asyncio.gather(*(add(database, clock, chat, **say) for _ in range(10)))
    assert len({entry.message_id for entry in entries}) == 1
    async with database.reading() as tx:
        count = select(func.count()).select_from(WebMessage)
        assert (await tx.execute(count)).scalar_one() == 1


async def test_there_is_no_message_without_a_chat(database, clock):
    assert await add(database, clock, 999) is None
    async with database.reading() as tx:
        assert await transcript.since(tx, 999, 0) is None


async def test_the_keyboard_is_put_left_and_taken_away(database, clock, chat):
    async def after(**options):
        await add(database, clock, chat, **options)
        async with database.reading() as tx:
            return (await transcript.since(tx, chat, 0)).keyboard

    rows = {"rows": [[{"text": "Да"}]]}
    assert await after(keyboard=rows) == rows
    assert await after() == rows
    assert await after(keyboard={}) is None


async def test_parallel_uploads_stop_exactly_at_the_limit(database, clock, chat, tmp_path):
    folder = tmp_path / "files"
    files = Files(folder, database)

    async def upload():
        try:
            await files.keep(
                chat,
                b"x",
                name="a",
                media_type="image/png",
                picture=None,
                now=clock.now(),
                daily=3,
            )
        except TooManyFiles:
            return False
        return True

    assert sum(await asyncio.gather(*(upload() for _ in range(12)))) == 3
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 3


async def test_forgetting_keeps_bytes_that_another_chat_holds(database, clock, chat, tmp_path):
    folder = tmp_path / "files"
    files = Files(folder, database)
    chats = Chats(database, clock, Lines())
    async with database.transaction() as tx:
        values = {"seq": 0, "language": "ru", "created_at": clock.now()}
        other = (await tx.execute(insert(WebChat).values(**values).returning(WebChat.id))).scalar()
    now = clock.now()
    options = {"name": "a", "media_type": "image/png", "picture": None, "now": now}
    shared = await files.keep(chat, b"1", **options)
    await files.keep(chat, b"2", **options)
    copy = await files.reuse(shared.id, other, now)
    await files.discard(await chats.forget(chat))
    assert [path for path in folder.rglob("*") if path.is_file()] == [files.locate(copy.path)]
    async with database.reading() as tx:
        assert (await tx.execute(select(WebFile.chat_id))).scalars().all() == [other]
