"""A chat that ends takes its guest with it, and nobody ever sits in their place."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from bot.channels.web.models import WebChat, WebFile, WebMessage, WebSession
from bot.models import DialogueState
from services.database import Database
from services.members.models import Identity, Member
from tests.clock import ManualClock
from tests.house import House, Visitor, house_of


@pytest.fixture
async def house(database: Database, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    """Kaluga's bot on either database."""
    async with house_of(database, clock, tmp_path) as house:
        yield house


async def deletes(guest: Visitor) -> None:
    await guest.says("/privacy")
    await guest.presses("🗑 Delete my card")
    await guest.presses("Yes, delete my card for good")


async def gone(house: House, guest: Visitor) -> bool:
    """Whether nothing of the chat is left."""
    chat_id = guest.account.chat_id
    here = (Identity.channel == "web", Identity.external_id == str(chat_id))
    rows = [
        await house.rows(WebChat, WebChat.id == chat_id),
        await house.rows(WebMessage, WebMessage.chat_id == chat_id),
        await house.rows(WebFile, WebFile.chat_id == chat_id),
        await house.rows(WebSession, WebSession.chat_id == chat_id),
        await house.rows(Identity, *here),
        await house.rows(DialogueState, DialogueState.key.startswith(f"1:{chat_id}:")),
    ]
    return rows == [[]] * len(rows)


async def test_the_next_visitor_is_a_stranger_to_whoever_left(house: House) -> None:
    guest = await house.regular(name="Anna Kern", points=40)
    chat_id, member_id = guest.account.chat_id, await guest.member_id()
    await deletes(guest)
    house.clock.advance(seconds=4)
    await house.deliver()
    assert await gone(house, guest)
    stranger = await house.guest()
    assert stranger.account.chat_id > chat_id
    assert await stranger.member_id() > member_id
    assert (await stranger.points()).available == 0
    seen = await stranger.sees()
    await house.app.web.forget(chat_id)
    assert await stranger.sees() == seen


async def test_who_writes_before_the_chat_is_gone_goes_with_it(house: House) -> None:
    guest = await house.guest()
    await deletes(guest)
    await guest.comes_by("")
    again = await guest.member_id()
    house.clock.advance(seconds=4)
    await house.deliver()
    assert await gone(house, guest)
    assert [row["deleted_at"] for row in await house.rows(Member, Member.id == again)] == [
        house.clock.now()
    ]


async def test_a_card_with_another_way_to_it_stays(house: House) -> None:
    guest = await house.regular(name="Anna Kern", points=40)
    member_id = await guest.member_id()
    other: dict[str, object] = {"member_id": member_id, "channel": "telegram", "external_id": "7"}
    other["seen_at"] = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.execute(insert(Identity).values(other))
    await house.app.web.forget(guest.account.chat_id)
    assert [row["channel"] for row in await house.rows(Identity)] == ["telegram"]
    assert [row["name"] for row in await house.rows(Member)] == ["Anna Kern"]


async def test_who_looked_around_and_went_is_forgotten(house: House, tmp_path: Path) -> None:
    guest, thinks, agreed = await house.visitor(), await house.visitor(), await house.guest()
    member_id = await guest.member_id()
    await guest.photographs(house.receipt())
    await agreed.says("/privacy")
    await agreed.presses("Withdraw the data consent")
    await agreed.presses("Withdraw")
    house.clock.advance(days=1)
    await thinks.says("/help")
    house.clock.advance(hours=23)
    await house.app.web.tidy(house.clock.now())
    assert await house.rows(WebFile) != []
    house.clock.advance(hours=1)
    await house.app.web.tidy(house.clock.now())
    assert await gone(house, guest)
    assert [path for path in (tmp_path / "web").rglob("*") if path.is_file()] == []
    assert (await house.rows(Member, Member.id == member_id))[0]["deleted_at"] is not None
    assert {row["id"] for row in await house.rows(WebChat)} == {
        thinks.account.chat_id,
        agreed.account.chat_id,
    }
    house.clock.advance(days=1)
    await house.app.web.tidy(house.clock.now())
    assert [row["id"] for row in await house.rows(WebChat)] == [agreed.account.chat_id]


async def test_a_chat_nobody_can_enter_goes_after_a_month(house: House) -> None:
    guest, stays = await house.regular(name="Anna Kern"), await house.regular()
    async with house.database.transaction() as tx:
        of_guest = WebSession.chat_id == guest.account.chat_id
        await tx.execute(update(WebSession).where(of_guest).values(revoked_at=house.clock.now()))
    house.clock.advance(days=29)
    await house.app.web.tidy(house.clock.now())
    assert len(await house.rows(WebChat)) == 2
    house.clock.advance(days=1)
    await house.app.web.tidy(house.clock.now())
    assert await gone(house, guest)
    assert [row["id"] for row in await house.rows(WebChat)] == [stays.account.chat_id]
    assert sorted(row["name"] for row in await house.rows(Member)) == ["", "—"]
    assert (await house.audit()).findings == []
