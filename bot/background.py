"""The one owner of background work: whatever runs beside a request is started here."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Self

log = logging.getLogger(__name__)

Work = Coroutine[Any, Any, object]


def pause_before(attempt: int, *, first: float = 1.0, longest: float = 60.0) -> float:
    """Seconds to wait before the given repeat (1 is the first one): doubling, with jitter.

    The jitter of ±25 % keeps several services that fell together from knocking together.
    """
    plain = min(longest, first * 2.0 ** min(attempt - 1, 20))
    return plain * random.uniform(0.75, 1.25)


class Background:
    """A supervised group of tasks, used as an async context manager.

    A crash of one task is logged with its name and never touches the others. Leaving the block
    sets `stopping`, waits up to `grace` seconds for the work to finish, then cancels what is left
    and waits for it. Leaving by an exception or by cancellation does not wait: it cancels.
    """

    def __init__(
        self, *, grace: float = 10.0, first_pause: float = 1.0, longest_pause: float = 60.0
    ) -> None:
        self.stopping = asyncio.Event()
        self.crashes: Counter[str] = Counter()
        self._grace = grace
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._tasks: set[asyncio.Task[None]] = set()
        self._cancelled_at_exit: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        for task in self._cancelled_at_exit:
            task.cancel()
        try:
            if self._tasks and kind is None:
                await asyncio.wait(self._tasks, timeout=self._grace)
        finally:
            await self._cancel_what_is_left()

    async def _cancel_what_is_left(self) -> None:
        for task in self._tasks:
            if not task.cancelling():
                log.warning("Background work %s is cancelled unfinished", task.get_name())
                task.cancel()
        # Work that is started by other work while that is being cancelled must not escape.
        while self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
            for task in self._tasks:
                task.cancel()

    def start(
        self,
        work: Work | Callable[[], Work],
        *,
        name: str,
        restart: bool = False,
        finish: bool = True,
    ) -> asyncio.Task[None]:
        """Run `work` beside the caller until it returns.

        `restart=True` (needs a zero-argument factory) declares a service: after a crash it is
        started again with a growing pause. `finish=False` marks work that never ends by itself:
        it is cancelled at exit at once instead of being waited for.
        """
        if restart and isinstance(work, Coroutine):
            work.close()
            raise TypeError(f"{name}: a service that restarts needs a factory, not a coroutine")
        if isinstance(work, Coroutine) or not restart:
            runner = self._once(work, name)
        else:
            runner = self._service(work, name)
        task = asyncio.create_task(runner, name=name)  # noqa: TID251 - the owner
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if not finish:
            self._cancelled_at_exit.add(task)
            task.add_done_callback(self._cancelled_at_exit.discard)
        if isinstance(work, Coroutine):
            # A task cancelled before its first step would leave the coroutine un-awaited.
            task.add_done_callback(lambda _: work.close())
        return task

    async def wait_or_stop(self, seconds: float) -> bool:
        """Sleep, but wake at once when the group is stopping; says whether it is."""
        return await wait_for_event(self.stopping, seconds)

    async def _once(self, work: Work | Callable[[], Work], name: str) -> None:
        try:
            await (work if isinstance(work, Coroutine) else work())
        except Exception:
            self.crashes[name] += 1
            log.exception("Background work %s crashed", name)

    async def _service(self, factory: Callable[[], Work], name: str) -> None:
        clock = asyncio.get_running_loop().time
        attempt = 0
        while not self.stopping.is_set():
            started = clock()
            try:
                await self._run_service(factory)
            except Exception:
                self.crashes[name] += 1
                if clock() - started > self._longest_pause:
                    attempt = 0
                attempt += 1
                pause = pause_before(attempt, first=self._first_pause, longest=self._longest_pause)
                log.exception("Service %s crashed; it starts again in %.1f s", name, pause)
                await self.wait_or_stop(pause)
            else:
                return

    async def _run_service(self, factory: Callable[[], Work]) -> None:
        try:
            await factory()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Nobody cancelled this task: a stray cancellation from inside is a crash like others.
            raise RuntimeError("The service was cancelled from inside") from None


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, but no longer than `seconds`; says whether it has happened."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


class Stop:
    """A stop signal that can also break off an await in the middle."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._scopes: set[asyncio.Timeout] = set()

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        """Stop now: everything inside `unless_stopped` is cancelled, every `wait` returns."""
        if not self._event.is_set():
            self._event.set()
            for scope in self._scopes:
                scope.reschedule(0)

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for the stop, at most `seconds`; says whether it has come."""
        if seconds is None:
            return await self._event.wait()
        return await wait_for_event(self._event, seconds)

    async def unless_stopped(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Do the work, breaking it off when the stop comes; says whether it was finished."""
        if self._event.is_set():
            return False
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._scopes.add(scope)
                try:
                    await work()
                finally:
                    self._scopes.discard(scope)
        except TimeoutError:
            if scope.expired():
                return False
            raise
        return True
