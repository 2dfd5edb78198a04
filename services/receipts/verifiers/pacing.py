"""Keeping the pauses between calls that a service asks for."""

from collections.abc import Awaitable, Callable
from math import inf

Tick = Callable[[], float]
"""Seconds of a clock that only goes forward."""
Sleep = Callable[[float], Awaitable[None]]


class Pacer:
    """Turns that are at least `gap` seconds apart, in the order they were asked for."""

    def __init__(self, gap: float, tick: Tick, sleep: Sleep) -> None:
        self._gap = gap
        self._tick = tick
        self._sleep = sleep
        self._free_at = -inf

    @property
    def wait(self) -> float:
        """Seconds until the next turn that nobody has taken; 0 when it is free now."""
        return max(0.0, self._free_at - self._tick())

    async def turn(self, *others: "Pacer") -> None:
        """Take the next turn that is free here and with the others, and sleep until it comes."""
        pacers = (self, *others)
        wait = max(pacer.wait for pacer in pacers)
        now = self._tick()
        for pacer in pacers:
            pacer._free_at = now + wait + pacer._gap
        if wait:
            await self._sleep(wait)
