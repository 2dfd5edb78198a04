"""Updates over the webhook: the real application beside a bare bot, in one run.

    python -m benchmarks.updates [--updates 3000] [--flight 64] [--rounds 3]

CPU is of the server's process alone, per update; the servers take turns, and of each the round with
the least CPU counts. Cards were drawn before, as on all but the first showing; each receipt is
another guest's, so each is credited.
"""

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp
import psutil

from benchmarks.listening import PATH, SECRET
from benchmarks.seed import seed
from benchmarks.table import table

TOKEN = "42:benchmark-token-of-no-bot"
DRIVE = "7386400000010001"
Update = Callable[[int], str]


@dataclass(frozen=True)
class Round:
    """What one run of updates cost. Milliseconds and microseconds as named."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    rss_mb: float


@contextmanager
def process(*arguments: str) -> Iterator[tuple[psutil.Process, str]]:
    """A Python module in a process of its own, once it has said its first line."""
    child = subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield psutil.Process(child.pid), child.stdout.readline()
    finally:
        child.terminate()
        child.wait(timeout=30)


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def says(text: Update) -> Callable[[int, int], dict[str, Any]]:
    """Updates in which user `n` writes `text(n)`."""

    def update(number: int, user: int) -> dict[str, Any]:
        person = {"id": user, "is_bot": False, "first_name": "Guest", "language_code": "ru"}
        message: dict[str, Any] = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": user, "type": "private", "first_name": "Guest"},
            "from": person,
            "text": text(user),
        }
        if message["text"].startswith("/"):
            message["entities"] = [
                {"type": "bot_command", "offset": 0, "length": len(message["text"])}
            ]
        return {"update_id": number, "message": message}

    return update


def receipt(user: int) -> str:
    """A receipt of the Orbit that only this user has."""
    moscow = datetime.now(timezone(timedelta(hours=3))) - timedelta(minutes=5)
    return f"t={moscow:%Y%m%dT%H%M}&s=540.00&fn={DRIVE}&i={user}&fp={user + 1000}&n=1"


async def drive(
    port: int, server: psutil.Process, updates: list[dict[str, Any]], flight: int
) -> Round:
    """Post the updates with `flight` of them on their way at any moment."""
    waiting = iter(updates)
    times: list[float] = []
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    connector = aiohttp.TCPConnector(limit=flight)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as client:

        async def post() -> None:
            for update in waiting:
                started = time.perf_counter()
                async with client.post(f"http://127.0.0.1:{port}{PATH}", json=update) as answer:
                    assert answer.status == 200, await answer.text()
                times.append(time.perf_counter() - started)

        before, started = server.cpu_times(), time.perf_counter()
        await asyncio.gather(*(post() for _ in range(flight)))
        seconds, after = time.perf_counter() - started, server.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    cuts = quantiles(times, n=100)
    return Round(
        len(updates) / seconds,
        cuts[49] * 1000,
        cuts[98] * 1000,
        cpu / len(updates) * 1e6,
        server.memory_info().rss / 2**20,
    )


@dataclass(frozen=True)
class Case:
    """A server and what its users write, each of them `each` times."""

    name: str
    server: str
    text: Update
    each: int


CASES = (
    Case("(a) bare aiogram, one message", "benchmarks.bare bare", lambda user: "/card", 4),
    Case("(b) the same + one committed row", "benchmarks.bare row", lambda user: "/card", 4),
    Case("(b) with our collector settings", "benchmarks.bare row-tuned", lambda user: "/card", 4),
    Case("guestcard /card", "benchmarks.real", lambda user: "/card", 4),
    Case("guestcard receipt accrual", "benchmarks.real", receipt, 1),
)


def measure(case: Case, chosen: argparse.Namespace, telegram: str) -> Round:
    """One round of one server; the first updates only warm it."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        warm = chosen.updates // 10
        people = (chosen.updates + warm) // case.each
        if case.server == "benchmarks.real":
            seed(folder, members=people, bot_id=42, bot_name=_name(telegram))
        arguments = ("--token", TOKEN, "--api", telegram, "--port", str(port))
        with process(*case.server.split(), *arguments, "--folder", name) as (
            server,
            _,
        ):
            update = says(case.text)
            updates = [update(n, n % people + 1) for n in range(1, people * case.each + 1)]
            asyncio.run(drive(port, server, updates[:warm], chosen.flight))
            return asyncio.run(drive(port, server, updates[warm:], chosen.flight))


def _name(telegram: str) -> str:
    async def ask() -> str:
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{telegram}/bot{TOKEN}/getMe") as answer,
        ):
            name: str = (await answer.json())["result"]["username"]
            return name

    return asyncio.run(ask())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.updates")
    parser.add_argument("--updates", type=int, default=3000)
    parser.add_argument("--flight", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with process("tests.fake_telegram", "--fast", "--token", TOKEN) as (_fake, line):
        telegram = json.loads(line)["url"]
        rounds: dict[str, list[Round]] = {}
        for _ in range(chosen.rounds):
            for case in CASES:
                rounds.setdefault(case.name, []).append(measure(case, chosen, telegram))
    found = {
        name: min(measured, key=lambda round_: round_.cpu_us) for name, measured in rounds.items()
    }
    base = found[CASES[1].name].cpu_us
    print(f"{chosen.updates} updates, {chosen.flight} in flight, best of {chosen.rounds} rounds\n")
    print(
        table(
            ("server", "updates/s", "p50 ms", "p99 ms", "CPU us/update", "of (b)", "RSS MB"),
            [
                (
                    name,
                    f"{r.per_second:,.0f}",
                    f"{r.p50_ms:.0f}",
                    f"{r.p99_ms:.0f}",
                    f"{r.cpu_us:,.0f}",
                    f"{r.cpu_us / base:.2f}x",
                    f"{r.rss_mb:.0f}",
                )
                for name, r in found.items()
            ],
        )
    )


if __name__ == "__main__":
    main()
