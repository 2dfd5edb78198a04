"""The outbox: who gets what, where, in which order, and when it is tried again."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from services import delivery
from services.delivery import Waiting
from services.delivery.models import OutboxMessage
from services.members import people
from services.members.models import Identity
from tests.services.town import Town


async def tell(town: Town, member: int, text: str = "", **kwargs: Any) -> None:
    await town.run(delivery.tell, member, "note", {"text": text}, town.now, **kwargs)


async def due(town: Town, channel: str | None = "web", limit: int = 50) -> list[Waiting]:
    found: list[Waiting] = await town.look(delivery.due, channel, town.now, limit)
    return found


async def texts(town: Town, channel: str | None = "web", limit: int = 50) -> list[str]:
    return [message.facts["text"] for message in await due(town, channel, limit)]


async def test_the_oldest_first_and_not_before_its_time(town: Town) -> None:
    guest = await town.guest()
    await tell(town, guest, "later", after=timedelta(minutes=1))
    await tell(town, guest, "first")
    await tell(town, guest, "second")
    assert await texts(town) == ["first", "second"]
    assert await texts(town, limit=1) == ["first"]
    town.clock.advance(minutes=1)
    assert await texts(town) == ["first", "second", "later"]
    assert await town.look(delivery.depth) == 3


async def test_a_message_goes_where_its_person_was_last(town: Town) -> None:
    guest = await town.guest()
    await tell(town, guest, "hello")
    town.clock.advance(minutes=1)
    await town.identity(guest, "telegram", "777")
    assert await texts(town, "web") == []
    (message,) = await due(town, "telegram")
    assert (message.external_id, message.language, message.notify) == ("777", "en", True)
    assert message.consented is False
    ((web,),) = await town.rows(select(Identity.id).where(Identity.channel == "web"))
    await town.run(people.seen, web, town.clock.advance(minutes=1))
    assert await texts(town, "web") == ["hello"]
    assert await texts(town, "telegram") == []


async def test_a_blocked_channel_is_gone_round(town: Town) -> None:
    guest = await town.guest()
    town.clock.advance(minutes=1)
    await town.identity(guest, "telegram", "777")
    await tell(town, guest, "hello")
    await town.run(people.blocked, "telegram", "777", town.now)
    assert await texts(town, "web") == ["hello"]
    await town.write(update(Identity).values(blocked_at=town.now))
    assert await texts(town, "web") == await texts(town, "telegram") == []
    (message,) = await due(town, None)
    assert (message.channel, message.external_id) == (None, None)


async def test_what_was_said_is_not_kept(town: Town) -> None:
    guest = await town.guest()
    await tell(town, guest, "secret")
    (message,) = await due(town)
    await town.run(delivery.settle, message.id, "sent", town.now)
    columns = select(OutboxMessage.state, OutboxMessage.facts, OutboxMessage.settled_at)
    assert await town.rows(columns) == [("sent", {}, town.now)]
    town.clock.advance(minutes=1)
    await town.run(delivery.settle, message.id, "failed", town.now)
    await town.run(delivery.postpone, message, town.now)
    assert await town.rows(columns) == [("sent", {}, town.now - timedelta(minutes=1))]
    assert await due(town) == []


async def test_tries_grow_apart_and_end(town: Town) -> None:
    guest = await town.guest()
    await tell(town, guest, "hello")
    pauses = [5, 30, 300, 1800, 3 * 3600, 12 * 3600]
    for attempts, pause in enumerate(pauses):
        (message,) = await due(town)
        assert message.attempts == attempts
        await town.run(delivery.postpone, message, town.now)
        town.clock.advance(seconds=pause - 1)
        assert await due(town) == []
        town.clock.advance(seconds=1)
    (message,) = await due(town)
    await town.run(delivery.postpone, message, town.now)
    assert await town.outbox("failed") == [(guest, "note")]
    assert await town.look(delivery.depth) == 0


async def test_only_old_settled_messages_are_dropped(town: Town) -> None:
    guest = await town.guest()
    for _ in range(3):
        await tell(town, guest)
    first, second, third = await due(town)
    await town.run(delivery.settle, first.id, "sent", town.now)
    town.clock.advance(days=31)
    await town.run(delivery.settle, second.id, "sent", town.now)
    await town.run(delivery.forget, town.now - timedelta(days=30), 100)
    states = await town.rows(select(OutboxMessage.id, OutboxMessage.state))
    assert sorted(states) == [(second.id, "sent"), (third.id, "waiting")]
