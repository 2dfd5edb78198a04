"""A purse, a vault and a time for one verifier under test."""

import asyncio
import heapq
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.receipts.qr import FiscalQr
from services.receipts.slip import Slip
from services.receipts.verifiers.contract import Question
from tests.clock import ManualClock

SAMPLES = Path(__file__).parent / "samples"

EARLY = timedelta(minutes=7)


def sample(name: str) -> Any:
    """A published receipt, personal data replaced; the same object anew for each call."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


class Time:
    """Moves when all who could act sleep, or a test says so; wall clock and ticks together.

    `busy` tells that a call is under way: nobody wakes before it is answered.
    """

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.ticks = 0.0
        self.busy: Callable[[], bool] = lambda: False
        self._wakings: list[float] = []

    def tick(self) -> float:
        """Seconds since the test began."""
        return self.ticks

    async def sleep(self, seconds: float) -> None:
        """As long as it takes the others to be asleep or done, but as if it had been so long."""
        waking = self.ticks + seconds
        heapq.heappush(self._wakings, waking)
        try:
            while self.ticks < waking:
                await asyncio.sleep(0)
                if self.busy():
                    await asyncio.sleep(0.001)
                elif self._wakings[0] == waking:
                    self.pass_(waking - self.ticks)
                    self.ticks = waking
        finally:
            self._wakings.remove(waking)
            heapq.heapify(self._wakings)

    def pass_(self, seconds: float) -> None:
        """Let time go by."""
        self.ticks += seconds
        self.clock.advance(seconds=seconds)


class CountedPurse:
    """So many calls and no more."""

    def __init__(self, calls: int = 1000) -> None:
        self.left = calls
        self.spent = 0

    async def spend(self, calls: int) -> bool:
        if calls > self.left:
            return False
        self.left -= calls
        self.spent += calls
        return True

    async def leave(self, calls: int) -> None:
        self.left = min(self.left, calls)


class MemoryVault:
    """One token, renewed a little early, by one caller at a time."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._kept: tuple[str, datetime] | None = None
        self.renewals = 0

    async def token(self, renew: Callable[[], Awaitable[tuple[str, datetime]]]) -> str:
        async with self._lock:
            if self._kept is None or self._kept[1] - EARLY <= self._clock.now():
                self.renewals += 1
                self._kept = await renew()
            return self._kept[0]

    async def drop(self, token: str) -> None:
        if self._kept is not None and self._kept[0] == token:
            self._kept = None


GREENGROCER = FiscalQr(
    purchased=datetime.fromisoformat("2024-01-23T18:16"),
    total=11781,
    drive="7281440500477484",
    document=74694,
    sign=435331208,
    operation=1,
    operation_assumed=False,
)
"""The code on the receipt of the sample `fns_greengrocer`."""


def question(number: int = 74694, handle: str | None = None, **changed: Any) -> Question:
    """A question about the greengrocer's receipt, or about another document of its till."""
    fields = {name: getattr(GREENGROCER, name) for name in GREENGROCER.__slots__}
    qr = FiscalQr(**(fields | {"document": number} | changed))
    return Question(f"check-{number}", qr.slip, handle)


def self_employed_slip(inn: str = "500100732259", receipt: str = "200t7zk6gk") -> Slip:
    """What the code of a self-employed seller's receipt says."""
    return Slip("npd", f"npd:{inn}:{receipt}", "", inn, None, None, "RUB", 1, False)


def tickets_of_the_greengrocer(qr: FiscalQr) -> dict[str, Any] | None:
    """A ticket for each document of its till up to 80000, all alike but for the number."""
    if qr.drive != GREENGROCER.drive or qr.document > 80000:
        return None
    ticket: dict[str, Any] = sample("fns_greengrocer")
    ticket["content"]["fiscalDocumentNumber"] = qr.document
    return ticket
