"""The web chat with 1,000 open sockets: messages a second, latency, memory.

    python -m benchmarks.web [sockets] [messages]

The server runs in a process of its own on the loopback with an echo handler, so the numbers are
those of the channel alone: every message is stored, handed to the dispatcher, answered with a
stored message, sent to the socket and acknowledged.
"""

import handlers.aiogram_lazily  # noqa: F401, I001 - before aiogram, as in the bot itself

import asyncio
import contextlib
import gc
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import psutil
from aiogram import Dispatcher
from aiogram.types import Message
from aiohttp import ClientSession, ClientWebSocketResponse, DummyCookieJar, TCPConnector, web
from sqlalchemy import create_engine

from bot.channels.web.gateway import WebChannel
from bot.channels.web.security import Limits
from bot.tables import metadata
from services.clock import SystemClock
from services.database import Database

OPEN = Limits(sockets_per_address=10_000, actions=(10_000, 10_000), starts=(10_000, 10_000))
CITY = {"language": "en", "title": {"en": "Card"}, "short": {"en": "Card"}}


async def echo(message: Message) -> None:
    """Answer with the same text."""
    await message.answer(message.text or "")


async def serve(folder: Path) -> None:
    """Run the channel until killed; prints the port."""
    path = folder / "web.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    dispatcher = Dispatcher()
    dispatcher.message.register(echo)
    channel = WebChannel(
        database=Database(f"sqlite+aiosqlite:///{path}"),
        clock=SystemClock(),
        dispatcher=dispatcher,
        public_url=None,
        data_dir=folder,
        city=CITY,
        limits=OPEN,
    )
    app = web.Application()
    channel.attach(app)
    gc.collect()
    gc.freeze()
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


class Guest:
    """One socket."""

    def __init__(self, number: int, socket: ClientWebSocketResponse) -> None:
        self.number = number
        self.socket = socket
        self.acks: asyncio.Queue[str] = asyncio.Queue()
        self.ear = asyncio.create_task(self.listen())

    async def listen(self) -> None:
        """Read whatever comes, as a browser does; an idle one answers the server's pings."""
        async for message in self.socket:
            frame = message.json()
            if frame["t"] == "ack":
                self.acks.put_nowait(frame["cid"])

    async def talk(self, texts: int, latencies: list[float]) -> None:
        """Say something, wait for the acknowledgement, and again."""
        for n in range(texts):
            cid = f"cid-{self.number:06}-{n:06}-{time.monotonic_ns()}"
            begun = time.perf_counter()
            await self.socket.send_json({"t": "say", "cid": cid, "text": f"Hello {n}"})
            await self.acks.get()
            latencies.append(time.perf_counter() - begun)


async def arrive(number: int, http: ClientSession, url: str) -> Guest:
    """Tap "Start" and open the socket."""
    headers = {"Origin": url}
    wish = {"start": "", "language": "en"}
    async with http.post(f"{url}/api/start", json=wish, headers=headers) as answer:
        headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
    socket = await http.ws_connect(f"{url}/api/socket", headers=headers)
    await socket.send_json({"t": "hello", "after": 0})
    await socket.receive_json()
    return Guest(number, socket)


async def measure(url: str, server: psutil.Process, sockets: int, messages: int) -> None:
    """Open the sockets in portions, then speak from some and from all of them."""
    connector = TCPConnector(limit=0)
    rest = server.memory_info().rss
    async with ClientSession(connector=connector, cookie_jar=DummyCookieJar()) as http:
        guests: list[Guest] = []
        while len(guests) < sockets:
            count = min(50, sockets - len(guests))
            numbers = range(len(guests), len(guests) + count)
            guests += await asyncio.gather(*(arrive(n, http, url) for n in numbers))
        opened = server.memory_info().rss
        print(f"{'speaking':>9} {'messages/s':>11} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>7}")
        for speaking in (1, 64, sockets):
            await _row(guests[:speaking], messages, server)
        busy = server.memory_info().rss
        for guest in guests:
            guest.ear.cancel()
    print(f"memory, MB: {rest >> 20} at rest, {opened >> 20} with {sockets} sockets open,")
    print(f"            {busy >> 20} after the run")


async def _row(guests: list[Guest], messages: int, server: psutil.Process) -> None:
    latencies: list[float] = []
    each = max(1, messages // len(guests))
    cpu = sum(server.cpu_times()[:2])
    begun = time.perf_counter()
    await asyncio.gather(*(guest.talk(each, latencies) for guest in guests))
    lasted = time.perf_counter() - begun
    cpu = sum(server.cpu_times()[:2]) - cpu
    cuts = statistics.quantiles(latencies, n=100)
    rate, cost = len(latencies) / lasted, cpu / len(latencies) * 1e6
    print(
        f"{len(guests):>9} {rate:>11.0f} {cuts[49] * 1000:>8.1f} {cuts[98] * 1000:>8.1f}"
        f" {cost:>7.0f}"
    )


async def main(sockets: int, messages: int) -> None:
    """Start the server, measure, stop the server."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.web", "serve", folder, stdout=PIPE
        )
        try:
            assert process.stdout
            port = int(await process.stdout.readline())
            server = psutil.Process(process.pid)
            await measure(f"http://127.0.0.1:{port}", server, sockets, messages)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(Path(sys.argv[2])))
    else:
        given = [int(argument) for argument in sys.argv[1:3]]
        asyncio.run(main(*(given + [1000, 4000][len(given) :])))
