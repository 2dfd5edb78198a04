"""The owner of background work: crashes stay where they are, and nothing is left behind."""

import asyncio
import logging

import pytest

from bot.background import Background, Stop, pause_before


async def test_a_crash_is_logged_by_name_and_harms_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[str] = []

    async def crash() -> None:
        raise RuntimeError("boom")

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.append("work")

    async with Background() as background:
        background.start(crash(), name="the crasher")
        background.start(work, name="the worker")
    assert done == ["work"]
    assert background.crashes == {"the crasher": 1}
    [record] = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert "the crasher" in record.getMessage()
    assert record.exc_info
    assert str(record.exc_info[1]) == "boom"


async def test_a_service_starts_again_until_it_returns() -> None:
    attempts: list[int] = []

    async def service() -> None:
        attempts.append(len(attempts))
        if len(attempts) == 2:
            raise asyncio.CancelledError  # a stray one, from inside
        if len(attempts) < 4:
            raise RuntimeError("boom")

    async with Background(first_pause=0.001) as background:
        await background.start(service, name="service", restart=True)
    assert attempts == [0, 1, 2, 3]
    assert background.crashes == {"service": 3}


async def test_a_service_that_waits_to_restart_does_not_delay_the_exit() -> None:
    about_to_crash = asyncio.Event()

    async def service() -> None:
        about_to_crash.set()
        raise RuntimeError("boom")

    async with asyncio.timeout(20), Background(first_pause=1000) as background:
        background.start(service, name="service", restart=True)
        await about_to_crash.wait()
    assert background.crashes == {"service": 1}


async def test_a_service_needs_a_factory() -> None:
    async def service() -> None:
        """Never runs."""

    async with Background() as background:
        with pytest.raises(TypeError, match="needs a factory"):
            background.start(service(), name="service", restart=True)


async def test_the_exit_signals_waits_and_then_cancels() -> None:
    seen: list[str] = []
    background = Background(grace=0.05)

    async def polite() -> None:
        await background.stopping.wait()
        seen.append("polite")

    async def endless(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append(name)

    async with background:
        background.start(polite, name="polite")
        background.start(endless("stubborn"), name="stubborn")
        background.start(endless("unfinished by design"), name="endless", finish=False)
        await asyncio.sleep(0)
    assert set(seen[:2]) == {"unfinished by design", "polite"}
    assert seen[2:] == ["stubborn"]


async def test_an_exit_by_an_error_cancels_at_once() -> None:
    cancelled: list[bool] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    async def scene() -> None:
        async with asyncio.timeout(20), Background(grace=1000) as background:
            background.start(endless, name="endless")
            await asyncio.sleep(0)
            raise ValueError("outside")

    with pytest.raises(ValueError, match="outside"):
        await scene()
    assert cancelled == [True]


async def test_work_cancelled_before_it_began_leaves_no_warning(
    recwarn: pytest.WarningsRecorder,
) -> None:
    async def work() -> None:
        """Never runs."""

    async with Background() as background:
        background.start(work(), name="work", finish=False)
    assert [str(one.message) for one in recwarn.list] == []


async def test_a_stop_breaks_off_an_await() -> None:
    stop = Stop()
    asyncio.get_running_loop().call_later(0.01, stop.set)
    assert await stop.unless_stopped(asyncio.Event().wait) is False
    assert stop.is_set
    assert await stop.wait(1000) is True
    assert await stop.unless_stopped(asyncio.Event().wait) is False


async def test_without_a_stop_the_work_is_done_and_its_error_is_its_own() -> None:
    stop = Stop()

    async def late() -> None:
        raise TimeoutError("of the work itself")

    assert await stop.unless_stopped(lambda: asyncio.sleep(0)) is True
    with pytest.raises(TimeoutError, match="of the work itself"):
        await stop.unless_stopped(late)
    assert await stop.wait(0.001) is False


def test_pauses_double_up_to_the_longest_with_a_little_jitter() -> None:
    for attempt, plain in [(1, 1.0), (2, 2.0), (5, 16.0), (7, 60.0), (1000, 60.0)]:
        assert 0.75 * plain <= pause_before(attempt) <= 1.25 * plain
