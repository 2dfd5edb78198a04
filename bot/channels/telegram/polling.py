"""Long polling that confirms an update only after it has been handled.

Telegram forgets every update below the `offset` of a request. aiogram's own loop moves the offset
as updates arrive, so a process that dies loses those in its hands; here the offset is the lowest
unfinished update, and whatever was not finished comes again after a restart.

Telegram shows no more than `WINDOW` updates from the offset on. So that nobody's pile hides the
others, the offset goes past it when a page is full: a stop still serves the pile, only a crash at
that very moment loses it. What the throttle turns away never holds the offset.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod

from bot.background import Background, Stop, pause_before, wait_for_event
from bot.channels.telegram.intake import Intake, Raw, lane_of
from bot.turnstile import Verdict

log = logging.getLogger(__name__)

LONG_POLL_SECONDS = 25
CONFIRM_SECONDS = 5
WINDOW = 100
"""Updates in hand, at most; also the most that Telegram gives in one answer."""
PILE = 5
"""Updates of one chat in hand, above which they do not hold back other people's."""
CONCURRENCY = 64
BUSY_PAUSE = 0.1
"""While something is being handled Telegram answers at once, so the loop itself must wait."""
BUSY_LONGEST = 0.5
RETRY_SECONDS = 1.0
LONGEST_PAUSE = 30.0


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates without parsing: one malformed update must not block all that follow it."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = WINDOW
    timeout: int = LONG_POLL_SECONDS
    allowed_updates: list[str] | None = None


class Poller:
    """Fetches updates and handles them: concurrently, but in order within one chat."""

    def __init__(
        self,
        bot: Bot,
        intake: Intake,
        arrives: Callable[[str, int], Verdict],
        *,
        drain_seconds: float,
    ) -> None:
        """`arrives` is asked about each new update: its lane, and how many are in it already."""
        self._bot = bot
        self._intake = intake
        self._arrives = arrives
        self._drain_seconds = drain_seconds
        self._stop = Stop()
        self._room = asyncio.Semaphore(CONCURRENCY)
        self._lanes: dict[str, deque[Raw]] = {}
        self._unfinished: set[int] = set()
        # Those of the unfinished that Telegram must keep: they hold the offset.
        self._held: set[int] = set()
        self._finished: set[int] = set()
        self._next: int | None = None
        self._quiet = asyncio.Event()
        self._pause = BUSY_PAUSE

    @property
    def in_hand(self) -> int:
        """Updates being handled or waiting for their turn."""
        return len(self._unfinished)

    def stop(self) -> None:
        """Ask `run` to fetch no more, finish what is in hand, confirm it and return."""
        self._stop.set()

    async def run(self, allowed_updates: list[str] | None, alive: Callable[[bool], None]) -> None:
        """Poll until `stop`. `alive` is told after each request whether Telegram answered.

        Raises RuntimeError if the loop itself broke; what was in hand is finished first.
        """
        self._forget()
        async with Background(grace=self._drain_seconds) as work:
            try:
                await self._stop.unless_stopped(lambda: self._poll(work, allowed_updates, alive))
            except Exception:
                log.exception("Telegram polling broke off")
        await self._confirm()
        if not self._stop.is_set:
            raise RuntimeError("Telegram polling broke off")

    def _forget(self) -> None:
        """What an earlier run left unfinished is with Telegram and comes again."""
        self._unfinished.clear()
        self._held.clear()
        self._finished.clear()
        self._next = None

    async def _poll(
        self, work: Background, allowed: list[str] | None, alive: Callable[[bool], None]
    ) -> None:
        failures = 0
        while True:
            # With work in hand Telegram would answer at once anyway; after a failure the sooner
            # it answers, the sooner it is known to be back.
            at_once = bool(self._held) or failures > 0
            request = GetRawUpdates(
                offset=self._offset(),
                allowed_updates=allowed,
                timeout=0 if at_once else LONG_POLL_SECONDS,
            )
            try:
                updates = await self._bot(request, request_timeout=request.timeout + 15)
            except AiogramError as error:
                failures += 1
                alive(False)
                await asyncio.sleep(_after_failure(error, failures))
                continue
            failures = 0
            alive(True)
            await self._breathe(self._accept(updates, work))

    def _offset(self) -> int | None:
        offset = min(self._held) if self._held else self._next
        if offset is not None:
            self._finished = {done for done in self._finished if done >= offset}
        return offset

    def _accept(self, updates: list[Raw], work: Background) -> bool:
        """Begin with each new update; says whether there was one."""
        before = self._next, len(self._unfinished)
        for raw in updates:
            update_id = int(raw["update_id"])
            if update_id in self._unfinished or update_id in self._finished:
                continue
            self._unfinished.add(update_id)
            self._next = max(self._next or 0, update_id + 1)
            self._begin(raw, work)
        if len(updates) >= WINDOW:
            self._pass_piles()
        return before != (self._next, len(self._unfinished))

    def _begin(self, raw: Raw, work: Background) -> None:
        """Put the update into its lane, opening the lane if nobody works on it.

        One that is turned away goes past the lane.
        """
        lane = lane_of(raw)
        queue = self._lanes.get(lane)
        verdict = self._arrives(lane, len(queue or ()))
        if verdict is not Verdict.SERVE:
            work.start(self._finish(raw, verdict), name="telegram update turned away")
            return
        self._held.add(int(raw["update_id"]))
        if queue is not None:
            queue.append(raw)
        else:
            self._lanes[lane] = deque([raw])
            work.start(self._work_on(lane), name="telegram chat")

    def _pass_piles(self) -> None:
        """Other people may stand behind a full page."""
        for queue in self._lanes.values():
            if len(queue) > PILE:
                self._held.difference_update(int(raw["update_id"]) for raw in queue)

    async def _work_on(self, lane: str) -> None:
        queue = self._lanes[lane]
        try:
            while queue and await self._finish(queue[0]):
                queue.popleft()
        finally:
            del self._lanes[lane]

    async def _finish(self, raw: Raw, verdict: Verdict = Verdict.SERVE) -> bool:
        """Handle one update to its end; False if the stop comes first and it stays unconfirmed."""
        failures = 0
        while not await self._handled(raw, verdict):
            failures += 1
            pause = pause_before(failures, first=RETRY_SECONDS, longest=LONGEST_PAUSE)
            if await self._stop.wait(pause):
                return False
        update_id = int(raw["update_id"])
        self._unfinished.discard(update_id)
        self._held.discard(update_id)
        self._finished.add(update_id)
        if not self._unfinished:
            self._quiet.set()
        return True

    async def _handled(self, raw: Raw, verdict: Verdict) -> bool:
        async with self._room:
            if self._stop.is_set and int(raw["update_id"]) in self._held:
                return False
            return await self._intake.handle(raw, verdict)

    async def _breathe(self, news: bool) -> None:
        """Give handlers a moment: most finish in it, and the next request confirms them."""
        if self._unfinished:
            self._pause = BUSY_PAUSE if news else min(self._pause * 2, BUSY_LONGEST)
            self._quiet.clear()
            await wait_for_event(self._quiet, self._pause)

    async def _confirm(self) -> None:
        """Tell Telegram what is finished, so that it is not sent to the next process again."""
        if self._next is None:
            return
        request = GetRawUpdates(offset=self._offset(), limit=1, timeout=0)
        with suppress(AiogramError):
            await self._bot(request, request_timeout=CONFIRM_SECONDS)


def _after_failure(error: AiogramError, failures: int) -> float:
    """Log a failed getUpdates and say how long to wait, in seconds."""
    pause = pause_before(failures, first=0.5, longest=LONGEST_PAUSE)
    if isinstance(error, TelegramRetryAfter):
        pause = max(pause, float(error.retry_after))
    if isinstance(error, TelegramConflictError):
        log.error(
            "Another process takes this bot's updates (or a webhook is set): %s", error.message
        )
    elif isinstance(error, TelegramUnauthorizedError):
        log.error("Telegram refuses BOT_TOKEN: %s", error.message)
        pause = LONGEST_PAUSE
    else:
        log.warning("getUpdates failed (%d in a row), next in %.1f s: %s", failures, pause, error)
    return pause
