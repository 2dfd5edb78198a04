"""One person at a time, and not too fast."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from math import inf

TELL_EVERY = 10.0
"""Seconds between two answers that say it was too fast."""


class Turnstile:
    """Lets the updates of one person through one after another, in order of arrival."""

    def __init__(self) -> None:
        self._queues: dict[str, tuple[asyncio.Lock, int]] = {}

    def waiting(self, who: str) -> int:
        """The person's updates inside or before the turnstile."""
        return self._queues[who][1] if who in self._queues else 0

    @asynccontextmanager
    async def through(self, who: str) -> AsyncIterator[None]:
        """Wait for the person's earlier updates; nothing is kept once nobody waits."""
        lock, waiting = self._queues.get(who, (asyncio.Lock(), 0))
        self._queues[who] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._queues[who]
            if waiting == 1:
                del self._queues[who]
            else:
                self._queues[who] = (lock, waiting - 1)


class Verdict(Enum):
    """What becomes of an update that has just arrived."""

    SERVE = "serve"
    TELL = "tell"
    """Not served; the person is told that it was too fast."""
    DROP = "drop"
    """Not served, and the person has just been told why."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    since: float
    told: float = -inf


class Throttle:
    """A token bucket per person: `burst` at once, then `rate` per second.

    It has to be asked when an update arrives: serving one person is slowed to about `rate` by
    the channel, so at the time of serving nobody would ever seem too fast.
    """

    def __init__(
        self,
        *,
        burst: float = 20,
        rate: float = 1,
        people: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`people` are remembered at most; `now` in seconds, any origin."""
        self._burst, self._rate, self._people, self._now = burst, rate, people, now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def arrives(self, who: str, waiting: int = 0) -> Verdict:
        """Count one more update of this person, of whom `waiting` others are not yet served.

        No more than `burst` ever wait. Of the updates that are not served one in `TELL_EVERY`
        seconds says so.
        """
        now = self._now()
        bucket = self._buckets.pop(who, None) or _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.since) * self._rate)
        bucket.since = now
        self._buckets[who] = bucket
        if len(self._buckets) > self._people:
            self._buckets.popitem(last=False)
        if bucket.tokens >= 1 and waiting < self._burst:
            bucket.tokens -= 1
            return Verdict.SERVE
        if now - bucket.told < TELL_EVERY:
            return Verdict.DROP
        bucket.told = now
        return Verdict.TELL
