"""One person writes far too much; everybody else notices nothing."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.turnstile import Throttle
from tests.channels.app.phone import OnTelegram
from tests.channels.app.process import Process, until
from tests.clock import ManualClock
from tests.fake_telegram import FakeTelegram

BURST = 20
FLOOD = 300
Begin = Callable[[], Process]


class Ticks:
    """Seconds that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def begin(file: Path, clock: ManualClock, fake: FakeTelegram, ticks: Ticks) -> Begin:
    return lambda: Process(file, clock, fake=fake, throttle=Throttle(now=ticks))


@pytest.fixture
def anna(fake: FakeTelegram) -> OnTelegram:
    return OnTelegram(fake, fake.person(12, "Анна"))


async def floods(fake: FakeTelegram, guest: OnTelegram, ticks: Ticks) -> asyncio.Event:
    """Somebody known for long writes and writes; the event lets the first answer leave."""
    ticks.now += 100
    gate = fake.faults.gated("sendMessage")
    calls = len(fake.called("sendMessage"))
    await guest.says("/help", wait=False)
    await until(lambda: len(fake.called("sendMessage")) > calls)
    for _ in range(FLOOD - 1):
        await guest.says("/help", wait=False)
    return gate


async def test_others_are_answered_while_one_floods(
    fake: FakeTelegram, begin: Begin, ticks: Ticks, anna: OnTelegram
) -> None:
    other = OnTelegram(fake, fake.person(13, "Пётр"))
    async with begin() as process:
        await anna.joins()
        seen = len(anna.texts)
        gate = await floods(fake, anna, ticks)
        await other.says("/start")
        assert other.texts[0].startswith("Добро пожаловать")
        # Anna knows that she was too fast; the first answer to her has not even left.
        await until(lambda: len(anna.texts) > seen)
        [slow] = anna.texts[seen:]
        gate.set()
        await until(lambda: len(anna.texts) == seen + 1 + BURST)
        await until(lambda: not fake.updates.pending)
        answers = Counter(anna.texts[seen:])
        assert (answers.pop(slow), list(answers.values())) == (1, [BURST])
        assert await outcomes(process) == {"answered": 5 + BURST, "throttled": FLOOD - BURST}

        ticks.now += 1
        await anna.says(process.house.receipt())
        assert anna.last.startswith("✅ +50")
        assert len(anna.texts) == seen + 1 + BURST + 1


async def test_a_stop_serves_what_no_longer_holds_others_back(
    fake: FakeTelegram, begin: Begin, ticks: Ticks, anna: OnTelegram
) -> None:
    async with begin() as process:
        await anna.joins()
        seen = len(anna.texts)
        gate = await floods(fake, anna, ticks)
        await until(lambda: not fake.updates.pending)
        telegram = process.app.telegram
        assert telegram is not None
        await until(lambda: telegram.in_hand == BURST)
        stopping = asyncio.create_task(process.stop())
        await until(lambda: telegram.stopping)
        assert len(anna.texts) == seen + 1
        gate.set()
        await stopping
    assert len(anna.texts) == seen + 1 + BURST


async def outcomes(process: Process) -> dict[str, int]:
    _status, text = await process.get("/metrics")
    found = re.findall(r'^guestcard_updates_total\{.*outcome="(\w+)"\} (\d+)', text, re.M)
    return {outcome: int(count) for outcome, count in found}
