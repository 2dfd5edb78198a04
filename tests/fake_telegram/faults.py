"""Faults on demand: the next calls of a method go wrong in a chosen way."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.fake_telegram.refusals import Refused, too_many

ANY = "*"


@dataclass
class Fault:
    """`refusal`: answer it. `drop`: close the connection, before or (`done`) after the deed.

    `page`: a gateway's HTML page with this status. `gate`: wait for the event first.
    """

    refusal: Refused | None = None
    drop: bool = False
    done: bool = False
    page: int | None = None
    gate: asyncio.Event | None = None


@dataclass
class Faults:
    """Queues of faults by lower-case method name; `*` is any method."""

    queues: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))

    def next_for(self, method: str) -> Fault | None:
        for name in (method, ANY):
            if self.queues[name]:
                return self.queues[name].popleft()
        return None

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        self.queues[method.lower()].extend([fault] * times)

    def too_many(self, method: str, retry_after: int = 1, times: int = 1) -> None:
        """429 with retry_after."""
        self.add(method, Fault(refusal=too_many(retry_after)), times)

    def server_error(self, method: str, times: int = 1) -> None:
        """500 in Telegram's shape."""
        self.add(method, Fault(refusal=Refused(500, "Internal Server Error")), times)

    def bad_gateway(self, method: str, times: int = 1) -> None:
        """502 as an HTML page, not in Telegram's shape."""
        self.add(method, Fault(page=502), times)

    def refused(self, method: str, code: int, description: str, times: int = 1) -> None:
        self.add(method, Fault(refusal=Refused(code, description)), times)

    def dropped(self, method: str, times: int = 1, *, done: bool = False) -> None:
        """The connection closes without an answer; `done`: after the deed."""
        self.add(method, Fault(drop=True, done=done), times)

    def gated(self, method: str, times: int = 1) -> asyncio.Event:
        """The calls wait until the returned event is set."""
        gate = asyncio.Event()
        self.add(method, Fault(gate=gate), times)
        return gate
