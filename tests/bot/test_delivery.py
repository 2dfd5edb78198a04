"""The delivery worker: where it writes, whom it spares, and what a fault costs."""

import asyncio
import logging
import re
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
)
from aiogram.methods import SendMessage
from sqlalchemy import select, update

from bot.city import CitySource
from bot.delivery import Channel, Delivery
from bot.metrics import Metrics
from handlers.screen import Screen
from services import delivery
from services.delivery.models import OutboxMessage
from services.members import consents
from services.members.consents import ConsentKind
from services.members.models import Identity, Member
from tests.services.town import Town

METHOD = SendMessage(chat_id=1, text="x")


class Post:
    """Stands in for the presenter: remembers what was sent, and fails when told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, int, str]] = []
        self.faults: dict[int, Exception] = {}
        self.has_sixty = asyncio.Event()

    async def send(self, bot: Bot, chat_id: int, screen: Screen) -> None:
        if fault := self.faults.get(chat_id):
            raise fault
        self.sent.append((bot.id, chat_id, str(screen.text)))
        if len(self.sent) == 60:
            self.has_sixty.set()


class Station:
    """A worker for two channels, and the town whose messages it delivers."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.post = Post()
        self.metrics = Metrics()
        self.forgotten: list[int] = []
        self.worker = Delivery(
            database=town.database,
            clock=town.clock,
            city=CitySource(town.database, "kaluga"),
            presenter=self.post,  # type: ignore[arg-type]
            channels={
                "web": Channel(Bot("1:web"), self._forget),
                "telegram": Channel(Bot("2:telegram")),
            },
            metrics=self.metrics,
        )

    async def _forget(self, chat_id: int) -> None:
        self.forgotten.append(chat_id)

    async def ready(self, member: int, amount: int = 7, **kwargs: Any) -> None:
        """Leave a message that names an amount, for somebody who agreed."""
        await self.answers(member, given=True)
        facts = {"amount": amount}
        await self.town.run(delivery.tell, member, "points_ready", facts, self.town.now, **kwargs)

    async def answers(self, member: int, *, given: bool) -> None:
        """Give or withdraw the data consent."""
        await self.town.run(
            consents.answer, member_id=member, kind=ConsentKind.PERSONAL_DATA, given=given,
            text_version="1", language="en", channel="web", now=self.town.now,
        )  # fmt: skip

    async def chat(self, member: int) -> int:
        query = select(Identity.external_id).where(Identity.member_id == member)
        return int((await self.town.rows(query))[0][0])

    async def states(self) -> list[tuple[str, int]]:
        query = select(OutboxMessage.state, OutboxMessage.attempts).order_by(OutboxMessage.id)
        return [(state, attempts) for state, attempts in await self.town.rows(query)]

    def amounts(self) -> list[int]:
        return [int(re.sub(r"\D", "", text)) for _bot, _chat, text in self.post.sent]


@pytest.fixture
def station(town: Town) -> Station:
    return Station(town)


async def test_in_order_and_once(station: Station) -> None:
    guest = await station.town.guest()
    for amount in (1, 2, 3):
        await station.ready(guest, amount)
    assert await station.worker.round("telegram") == 0
    assert await station.worker.round("web") == 3
    assert await station.worker.round("web") == 0
    chat = await station.chat(guest)
    assert [(bot, to) for bot, to, _text in station.post.sent] == [(1, chat)] * 3
    assert station.amounts() == [1, 2, 3]
    assert await station.states() == [("sent", 0)] * 3


async def test_in_the_language_of_the_moment(station: Station) -> None:
    guest = await station.town.guest()
    await station.ready(guest, 5)
    await station.town.write(update(Member).values(language="ru"))
    await station.worker.round("web")
    assert "5 баллов" in station.post.sent[0][2]


async def test_a_withdrawn_consent_rests_the_reminders(station: Station) -> None:
    member = await station.town.guest()
    await station.ready(member)
    await station.answers(member, given=False)
    await station.worker.round("web")
    assert station.post.sent == []
    await station.ready(member)
    await station.worker.round("web")
    assert len(station.post.sent) == 1
    assert await station.states() == [("declined", 0), ("sent", 0)]


async def test_reminders_can_be_declined_and_answers_cannot(station: Station) -> None:
    town = station.town
    guest, cashier = await town.guest(200), await town.staff()
    await town.write(update(Member).values(notify=False))
    await station.ready(guest)
    await town.confirm(cashier, (await town.take(guest)).id)
    await station.worker.round("web")
    assert await station.states() == [("declined", 0), ("sent", 0)]
    assert len(station.post.sent) == 1
    assert "Enjoy!" in station.post.sent[0][2]


async def test_a_blocked_channel_is_left_for_another(station: Station) -> None:
    town = station.town
    guest = await town.guest()
    town.clock.advance(minutes=1)
    await town.identity(guest, "telegram", "777")
    await station.ready(guest)
    station.post.faults[777] = TelegramForbiddenError(METHOD, "bot was blocked by the user")
    await station.worker.round("telegram")
    assert await station.states() == [("waiting", 0)]
    await station.worker.round("web")
    assert await station.states() == [("sent", 0)]
    assert [bot for bot, _chat, _text in station.post.sent] == [1]


@pytest.mark.parametrize(
    "fault",
    [
        TelegramForbiddenError(METHOD, "user is deactivated"),
        TelegramBadRequest(METHOD, "Bad Request: chat not found"),
    ],
)
async def test_who_is_nowhere_gets_nothing(station: Station, fault: Exception) -> None:
    guest = await station.town.guest()
    await station.ready(guest)
    station.post.faults[await station.chat(guest)] = fault
    await station.worker.round("web")
    await station.worker.round(None)
    assert await station.states() == [("undeliverable", 0)]
    assert await station.town.count(Identity, Identity.blocked_at.is_not(None)) == 1


async def test_a_refused_message_is_given_up(station: Station) -> None:
    guest = await station.town.guest()
    await station.ready(guest)
    fault = TelegramBadRequest(METHOD, "Bad Request: can't parse entities")
    station.post.faults[await station.chat(guest)] = fault
    await station.worker.round("web")
    assert await station.states() == [("failed", 0)]
    assert await station.town.count(Identity, Identity.blocked_at.is_not(None)) == 0


@pytest.mark.parametrize(
    "fault", [TelegramNetworkError(METHOD, "timeout"), RuntimeError("a fault of ours")]
)
async def test_a_fault_delays_its_own_message_only(station: Station, fault: Exception) -> None:
    """Whatever happens to one message, those behind it are delivered, and it comes again."""
    guest, other = await station.town.guest(), await station.town.guest()
    chat = await station.chat(guest)
    station.post.faults[chat] = fault
    await station.ready(guest, 1)
    await station.ready(other, 2)
    await station.worker.round("web")
    assert await station.states() == [("waiting", 1), ("sent", 0)]
    assert await station.worker.round("web") == 0
    station.post.faults.clear()
    station.town.clock.advance(seconds=5)
    await station.worker.round("web")
    assert await station.states() == [("sent", 1), ("sent", 0)]
    assert station.amounts() == [2, 1]


async def test_a_message_nobody_has_words_for(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    """A kind of a later version, after a step back: it waits, the next one goes out."""
    guest = await station.town.guest()
    await station.town.run(delivery.tell, guest, "unknown", {"a": "secret"}, station.town.now)
    await station.ready(guest, 2)
    with caplog.at_level(logging.ERROR):
        await station.worker.round("web")
    assert await station.states() == [("waiting", 1), ("sent", 0)]
    assert [record.message for record in caplog.records] == ["Delivery failed"]
    assert "secret" not in caplog.text


async def test_a_channel_forgets_and_is_asked_again_after_a_fault(station: Station) -> None:
    town = station.town
    guest = await town.guest()
    for channel in ("web", "telegram"):
        facts = {"channel": channel, "external_id": "31"}
        await town.run(delivery.tell, guest, "forget", facts, town.now)
    await town.write(update(Identity).values(blocked_at=town.now))
    await station.worker.round(None)
    assert station.forgotten == [31]
    assert await station.states() == [("sent", 0)] * 2


async def test_the_worker_wakes_and_stops(station: Station) -> None:
    """More than one batch, found as soon as somebody says so, without waiting for a tick."""
    guest = await station.town.guest()
    stopping = asyncio.Event()
    async with asyncio.timeout(20):
        work = asyncio.ensure_future(station.worker.run("web", stopping))
        await asyncio.sleep(0)
        for amount in range(60):
            await station.ready(guest, amount + 1)
        station.worker.wake()
        await station.post.has_sixty.wait()
        stopping.set()
        station.worker.wake()
        await work
    assert await station.states() == [("sent", 0)] * 60
    text = station.metrics.exposition().decode()
    assert 'guestcard_deliveries_total{channel="web",result="sent"} 60.0' in text
