"""Telegram's limits, in virtual time: the moments below are exact, and no test waits."""

import asyncio
from collections import Counter

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageText,
    GetMe,
    SendChatAction,
    SendMessage,
    TelegramMethod,
)

from bot.channels.telegram import ChannelDown, bulk
from bot.channels.telegram.outgoing import (
    FAILURES_TO_OPEN,
    OPEN_SECONDS,
    Outgoing,
    paced_chat,
)
from bot.channels.telegram.pacing import OVERALL, SWEEP_AT, Pacer
from tests.channels.telegram.virtual import run

BOT = Bot("1:token")
LATENCY = 0.1


class Line:
    """The network below the middleware: notes when each call leaves, answers by a script."""

    def __init__(self) -> None:
        self.out = Outgoing(Counter())
        self.left: list[tuple[float, object]] = []
        self.script: list[Exception] = []

    async def send(self, chat: int, text: str = "hello") -> None:
        await self.call(SendMessage(chat_id=chat, text=text))

    async def call(self, method: TelegramMethod[object]) -> None:
        await self.out(self._arrive, BOT, method)  # type: ignore[arg-type]

    async def _arrive(self, bot: Bot, method: TelegramMethod[object]) -> None:
        loop = asyncio.get_running_loop()
        mark = getattr(method, "text", None) or method.__api_method__
        self.left.append((round(loop.time() - 1000, 3), mark))
        await asyncio.sleep(LATENCY)
        if self.script:
            raise self.script.pop(0)

    @property
    def times(self) -> list[float]:
        return [moment for moment, _ in self.left]

    @property
    def marks(self) -> list[object]:
        return [mark for _, mark in self.left]


def retry_after(seconds: int) -> TelegramRetryAfter:
    return TelegramRetryAfter(SendMessage(chat_id=1, text="-"), "Too Many Requests", seconds)


def lost() -> TelegramNetworkError:
    return TelegramNetworkError(SendMessage(chat_id=1, text="-"), "lost")


def test_never_more_than_thirty_in_any_second() -> None:
    async def scene() -> Line:
        line = Line()
        async with asyncio.TaskGroup() as group:
            for chat in range(1, 76):
                group.create_task(line.send(chat))
        return line

    times = run(scene()).times
    assert len(times) == 75
    assert max(sum(start <= one < start + 1 for one in times) for start in times) == OVERALL
    assert times[:30] == [0] * 30
    assert times[30:60] == [1] * 30
    assert times[60:] == [2] * 15


def test_one_chat_gets_a_burst_and_then_one_a_second_in_order() -> None:
    async def scene() -> Line:
        line = Line()
        async with asyncio.TaskGroup() as group:
            for number in range(6):
                group.create_task(line.send(7, f"{number}"))
            group.create_task(line.send(8, "another person"))
        return line

    line = run(scene())
    assert line.left == [
        (0, "0"),
        (0, "1"),
        (0, "2"),
        (0, "another person"),
        (1, "3"),
        (2, "4"),
        (3, "5"),
    ]


def test_a_pause_fills_the_burst_again() -> None:
    async def scene() -> Line:
        line = Line()
        for _ in range(3):
            await line.send(7)
        await asyncio.sleep(5)
        for _ in range(3):
            await line.send(7)
        return line

    times = run(scene()).times
    assert times == [0, 0.1, 0.2, 5.3, 5.4, 5.5]


def test_a_group_gets_twenty_a_minute() -> None:
    async def scene() -> Line:
        line = Line()
        async with asyncio.TaskGroup() as group:
            for _ in range(6):
                group.create_task(line.send(-100))
        return line

    assert run(scene()).times == [0, 0, 0, 3, 6, 9]


def test_answers_overtake_bulk() -> None:
    async def scene() -> Line:
        line = Line()
        async with asyncio.TaskGroup() as group:
            with bulk():
                for chat in range(100, 160):
                    group.create_task(line.send(chat, "news"))
            await asyncio.sleep(0.5)
            group.create_task(line.send(7, "answer"))
        return line

    line = run(scene())
    assert line.left.index((1, "answer")) == 30
    assert Counter(line.marks) == {"news": 60, "answer": 1}


def test_a_hold_pushes_back_the_calls_that_wait_for_the_same_chat() -> None:
    async def scene() -> Line:
        line = Line()
        line.script = [retry_after(5)]
        async with asyncio.TaskGroup() as group:
            group.create_task(line.send(7, "first"))
            await asyncio.sleep(0.05)
            for number in range(3):
                group.create_task(line.send(7, f"{number}"))
            await asyncio.sleep(1)
            group.create_task(line.send(8, "another person"))
        return line

    line = run(scene())
    assert line.left == [
        (0, "first"),
        (0.05, "0"),
        (0.05, "1"),
        (1.05, "another person"),
        (5.1, "first"),  # told at 0.1 to wait 5 s
        (5.1, "2"),
    ]


def test_holds_of_two_chats_hold_everything() -> None:
    async def scene() -> Line:
        line = Line()
        line.script = [retry_after(5), retry_after(5)]
        async with asyncio.TaskGroup() as group:
            group.create_task(line.send(7, "a"))
            group.create_task(line.send(8, "b"))
            await asyncio.sleep(1)
            group.create_task(line.send(9, "c"))
        return line

    assert run(scene()).left == [(0, "a"), (0, "b"), (5.1, "a"), (5.1, "b"), (5.1, "c")]


def test_after_three_holds_the_caller_is_told() -> None:
    async def scene() -> Line:
        line = Line()
        line.script = [retry_after(1) for _ in range(4)]
        with pytest.raises(TelegramRetryAfter):
            await line.send(7)
        return line

    assert run(scene()).times == [0, 1.1, 2.2, 3.3]


def test_calls_that_telegram_does_not_count_are_not_paced() -> None:
    async def scene() -> Line:
        line = Line()
        async with asyncio.TaskGroup() as group:
            for _ in range(100):
                group.create_task(line.call(AnswerCallbackQuery(callback_query_id="1")))
        return line

    line = run(scene())
    assert line.times == [0] * 100
    assert paced_chat(SendMessage(chat_id=7, text="-")) == 7
    assert paced_chat(EditMessageText(chat_id=7, message_id=1, text="-")) == 7
    assert paced_chat(EditMessageText(inline_message_id="1", text="-")) is None
    assert paced_chat(SendChatAction(chat_id=7, action="typing")) is None
    assert paced_chat(DeleteMessage(chat_id=7, message_id=1)) is None


def test_a_cancelled_call_gives_its_place_to_the_next() -> None:
    async def scene() -> Line:
        line = Line()
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(line.send(7, f"{number}")) for number in range(5)]
            await asyncio.sleep(0.5)
            waiting[3].cancel()
        assert line.out.pacer.waiting == 0
        return line

    assert run(scene()).left[3:] == [(1, "4")]


def test_memory_of_chats_is_bounded() -> None:
    async def scene() -> int:
        line = Line()
        for chat in range(1, 5 * SWEEP_AT):
            await line.send(chat)
        return line.out.pacer.chats

    assert run(scene()) <= SWEEP_AT


def test_after_a_while_one_probe_is_let_through() -> None:
    async def scene() -> Line:
        line = Line()
        line.script = [lost() for _ in range(FAILURES_TO_OPEN + 1)]
        for chat in range(1, FAILURES_TO_OPEN + 1):
            assert not line.out.breaker.is_open
            with pytest.raises(TelegramNetworkError):
                await line.send(chat)
            await asyncio.sleep(0.5)
        tried = len(line.left)
        with pytest.raises(ChannelDown):
            await line.send(50)
        assert len(line.left) == tried
        await asyncio.sleep(OPEN_SECONDS)
        results = await asyncio.gather(
            *(line.send(60 + number) for number in range(5)), return_exceptions=True
        )
        assert [type(result) for result in results] == [TelegramNetworkError] + [ChannelDown] * 4
        assert len(line.left) == tried + 1
        await asyncio.sleep(OPEN_SECONDS)
        await line.send(70, "back")
        await line.send(71, "and on")
        return line

    line = run(scene())
    assert line.marks[-2:] == ["back", "and on"]
    assert not line.out.breaker.is_open


def test_one_blip_that_breaks_many_calls_does_not_close_the_way() -> None:
    async def scene() -> Line:
        line = Line()
        line.script = [lost() for _ in range(20)]
        calls = (line.send(chat) for chat in range(1, 21))
        await asyncio.gather(*calls, return_exceptions=True)
        await line.send(50, "after it")
        return line

    assert run(scene()).marks[20:] == ["after it"]


def test_other_limits_can_be_given() -> None:
    async def scene() -> Line:
        line = Line()
        line.out.pacer = Pacer(overall=10_000, private_seconds=0)
        async with asyncio.TaskGroup() as group:
            for _ in range(500):
                group.create_task(line.send(7))
        return line

    assert run(scene()).times == [0] * 500


def test_the_channels_own_calls_are_not_held() -> None:
    async def scene() -> Line:
        line = Line()
        line.script = [retry_after(5)]
        with pytest.raises(TelegramRetryAfter):
            await line.call(GetMe())
        return line

    assert run(scene()).times == [0]
