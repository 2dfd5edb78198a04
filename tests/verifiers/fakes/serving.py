"""What all fakes share: real sockets on 127.0.0.1, a transcript, scripted troubles."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Scripted:
    """An answer that replaces the fake's own. Status 0: the connection is dropped."""

    status: int = 200
    body: str | bytes = ""
    content_type: str = "text/html"
    delay: float = 0.0


DROPPED = Scripted(0)
BAD_GATEWAY = Scripted(502, "<html><body>502 Bad Gateway</body></html>")


@dataclass(frozen=True)
class Call:
    """One call of the transcript, its body as it came."""

    name: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Serving:
    """An async context manager that listens on a port of the system's choice."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answered = 0
        self._scripts: defaultdict[str, deque[Scripted]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**20, middlewares=[self._counting])
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close the port; what the fake knows is kept."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _counting(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            self.answered += 1

    def routes(self, app: web.Application) -> None:
        """Add the service's addresses."""
        raise NotImplementedError

    def script(self, name: str, *answers: Scripted) -> None:
        """The next calls of this name are answered so."""
        self._scripts[name].extend(answers)

    def called(self, name: str) -> int:
        """How often this was called, scripted answers included."""
        return sum(call.name == name for call in self.calls)

    def note(self, name: str, request: web.Request, body: bytes) -> None:
        """Write the call into the transcript."""
        self.calls.append(Call(name, dict(request.headers), body))

    async def scripted(self, name: str, request: web.Request) -> web.Response | None:
        """The scripted answer that is due, if any."""
        if not self._scripts[name]:
            return None
        answer = self._scripts[name].popleft()
        await asyncio.sleep(answer.delay)
        if answer.status == 0:
            assert request.transport is not None
            request.transport.abort()
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        return web.Response(
            status=answer.status or 200, body=body, content_type=answer.content_type
        )
