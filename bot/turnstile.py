"""One person at a time, and not too fast."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turnstile:
    """Lets the updates of one person through one after another, in order of arrival."""

    def __init__(self) -> None:
        self._queues: dict[str, tuple[asyncio.Lock, int]] = {}

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


class Throttle:
    """A token bucket per person: `burst` at once, then `rate` per second."""

    def __init__(self, *, burst: float = 20, rate: float = 1, people: int = 10_000) -> None:
        self._burst, self._rate, self._people = burst, rate, people
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, who: str, at: float) -> bool:
        """Whether one more update of this person is served now; `at` in seconds, any origin."""
        tokens, since = self._buckets.pop(who, (self._burst, at))
        tokens = min(self._burst, tokens + (at - since) * self._rate)
        allowed = tokens >= 1
        self._buckets[who] = (tokens - 1 if allowed else tokens, at)
        if len(self._buckets) > self._people:
            self._buckets.popitem(last=False)
        return allowed
