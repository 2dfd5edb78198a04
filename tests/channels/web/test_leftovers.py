"""What goes by itself after a month, and what stays."""

from datetime import timedelta

import pytest
from aiogram.types import BufferedInputFile, InputMediaPhoto
from sqlalchemy import select

from bot.channels.web import leftovers
from bot.channels.web.models import WebFile, WebMessage, WebSession
from services.members import consents, people
from services.members.consents import ConsentKind
from tests.channels.web.echo import png
from tests.house import load_city

MONTH = timedelta(days=30, seconds=1)


@pytest.fixture
async def site(open_site, sqlite_database, clock):
    """A web chat in a city, so that its guests can be members who agreed."""
    await load_city(sqlite_database, clock)
    return await open_site()


async def agreed(site, database, clock):
    """A guest whose chat has a reason to stay."""
    guest = await site.guest()
    async with database.transaction() as tx:
        member_id = await people.join(
            tx, city_id=1, channel="web", external_id=str(guest.account), language="ru",
            via=None, now=clock.now(),
        )  # fmt: skip
        await consents.answer(
            tx, member_id=member_id, kind=ConsentKind.PERSONAL_DATA, given=True,
            text_version="1", language="ru", channel="web", now=clock.now(),
        )  # fmt: skip
    return guest


async def rows(database, *columns):
    async with database.reading() as tx:
        return [tuple(row) for row in await tx.execute(select(*columns))]


def stored(folder):
    return [path for path in (folder / "web").rglob("*") if path.is_file()]


async def test_ended_logins_go_and_living_ones_stay(site, sqlite_database, clock):
    left = await agreed(site, sqlite_database, clock)
    idle = await agreed(site, sqlite_database, clock)
    await left.post("/api/leave", json={})
    clock.advance(days=29)
    await site.channel.tidy(clock.now())
    both = [(left.account,), (idle.account,)]
    assert await rows(sqlite_database, WebSession.chat_id) == both
    clock.advance(days=1)
    await site.channel.tidy(clock.now())
    assert await rows(sqlite_database, WebSession.chat_id) == [(idle.account,)]
    clock.advance(days=179)
    await site.channel.tidy(clock.now())
    assert await rows(sqlite_database, WebSession.chat_id) == [(idle.account,)]
    clock.advance(days=1)
    await site.channel.tidy(clock.now())
    assert await rows(sqlite_database, WebSession.chat_id) == []


async def test_old_presses_and_deleted_messages_go(site, sqlite_database, clock):
    guest = await agreed(site, sqlite_database, clock)
    talk = await guest.socket()
    frames = await talk.say("cid-00000001", "/buttons")
    await talk.press("cid-00000002", frames[1]["id"], "one")
    gone = await site.channel.bot.send_message(guest.account, "лишнее")
    await gone.delete()
    before = await rows(sqlite_database, WebMessage.message_id)
    clock.advance(seconds=MONTH.total_seconds())
    await talk.press("cid-00000003", frames[1]["id"], "two")
    await site.channel.tidy(clock.now() - timedelta(seconds=2))
    assert len(await rows(sqlite_database, WebMessage.message_id)) == len(before) + 1
    await site.channel.tidy(clock.now())
    kept = await rows(sqlite_database, WebMessage.cid, WebMessage.deleted)
    assert [cid for cid, deleted in kept if deleted] == ["cid-00000003"]
    assert len([cid for cid, deleted in kept if not deleted]) == 3
    sync = (await guest.socket()).sync
    assert [f["body"]["text"] for f in sync["changes"]] == [
        "Привет, /start",
        "/buttons",
        "Стало два",
    ]


async def test_files_that_no_message_carries_go(site, sqlite_database, clock, tmp_path):
    guest = await agreed(site, sqlite_database, clock)
    other = await agreed(site, sqlite_database, clock)
    bot = site.channel.bot
    sent = await bot.send_photo(guest.account, BufferedInputFile(png(1, 1), "card.png"))
    copied = await bot.send_photo(other.account, sent.photo[-1].file_id)
    fresh = InputMediaPhoto(media=BufferedInputFile(png(2, 2), "card.png"))
    await sent.edit_media(fresh)
    assert len(stored(tmp_path)) == 2
    await site.channel.tidy(clock.now())
    assert len(await rows(sqlite_database, WebFile.id)) == 3
    clock.advance(seconds=MONTH.total_seconds())
    await site.channel.tidy(clock.now())
    assert len(await rows(sqlite_database, WebFile.id)) == 2
    assert len(stored(tmp_path)) == 2, "the other chat still shows the same bytes"
    await copied.delete()
    await site.channel.tidy(clock.now())
    assert await rows(sqlite_database, WebFile.chat_id) == [(guest.account,)]
    assert len(stored(tmp_path)) == 1


async def test_every_chat_has_its_turn(site, sqlite_database, clock, monkeypatch):
    monkeypatch.setattr(leftovers, "_CHATS", 2)
    for _ in range(5):
        await agreed(site, sqlite_database, clock)
    clock.advance(seconds=MONTH.total_seconds())
    left = []
    for _ in range(5):
        await site.channel.tidy(clock.now())
        deleted = select(WebMessage.chat_id).where(WebMessage.deleted.is_(True))
        async with sqlite_database.reading() as tx:
            left.append(len((await tx.execute(deleted)).all()))
    assert left == [3, 1, 0, 0, 0]
    await agreed(site, sqlite_database, clock)
    clock.advance(seconds=MONTH.total_seconds())
    for _ in range(4):
        await site.channel.tidy(clock.now())
    assert await rows(sqlite_database, WebMessage.deleted) == [(False,)] * 6
