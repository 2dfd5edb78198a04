"""Photos of receipts at a steady rate, each asked about at a tax service that takes two seconds.

    python -m benchmarks.pipeline [--rate 20] [--seconds 60]

Every photo is another receipt of another guest: fetched from a fake Telegram, read by the workers,
kept as pending, answered, asked about over HTTP and credited. The time is from the update to its
acknowledged answer; memory is the bot's and its workers', looked at every second.
"""

import argparse
import asyncio
import json
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import aiohttp
import psutil

from benchmarks.fates import audit, fates, settled
from benchmarks.listening import PATH, SECRET
from benchmarks.seed import seed
from benchmarks.table import table
from benchmarks.updates import TOKEN, free_port, process, says


def photo(number: int, guest: int, name: str) -> dict[str, Any]:
    """An update in which a guest sends a photo."""
    update = says(lambda _user: "")(number, guest)
    del update["message"]["text"]
    update["message"]["photo"] = [
        {"file_id": name, "file_unique_id": name, "width": 1280, "height": 960}
    ]
    return update


async def post(
    client: aiohttp.ClientSession, port: int, update: dict[str, Any], times: list[float]
) -> None:
    started = time.perf_counter()
    async with client.post(f"http://127.0.0.1:{port}{PATH}", json=update) as answer:
        assert answer.status == 200, await answer.text()
    times.append(time.perf_counter() - started)


async def flow(port: int, chosen: argparse.Namespace, bot: psutil.Process) -> "Flow":
    """Send at the rate, whether answers come or not."""
    seen = Flow()
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as client:
        await post(client, port, photo(1, 1, "0"), [])  # begins the worker
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(1, chosen.rate * chosen.seconds):
                await asyncio.sleep(began + number / chosen.rate - loop.time())
                update = photo(number + 1, number + 1, str(number))
                group.create_task(post(client, port, update, seen.times))
                if number % chosen.rate == 0:
                    family = (bot, *bot.children())
                    seen.memory.append(sum(p.memory_info().rss for p in family) / 2**20)
        seen.lasted = loop.time() - began
    return seen


class Flow:
    """Seconds of each answer; megabytes at each second."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.memory: list[float] = []
        self.lasted = 0.0


def delays(folder: Path) -> list[float]:
    """Seconds from a receipt's arrival to its points."""
    query = (
        "SELECT (julianday(e.at) - julianday(r.submitted_at)) * 86400 FROM receipt r "
        "JOIN event e ON e.subject = 'receipt' AND e.subject_id = r.id AND e.state = 'credited'"
    )
    with closing(sqlite3.connect(folder / "guestcard.db")) as database:
        return [seconds for (seconds,) in database.execute(query)]


def run(chosen: argparse.Namespace, folder: Path) -> list[tuple[str, str]]:
    count = chosen.rate * chosen.seconds
    seed(folder, members=count, bot_id=42, bot_name="guestcard_test_bot")
    with process("benchmarks.outside", "--photos", str(count)) as (_outside, line):
        told, port = json.loads(line), free_port()
        arguments = (
            "--token", TOKEN, "--api", told["telegram"], "--tax", told["tax"],
            "--port", str(port), "--folder", str(folder),
        )  # fmt: skip
        with process("benchmarks.real", *arguments) as (bot, _):
            seen = asyncio.run(flow(port, chosen, bot))
            waited = settled(folder, 300)
    late, credited = quantiles(seen.times, n=100), delays(folder)
    quarter = max(1, len(seen.memory) // 4)
    return [
        ("photos", f"{count} in {seen.lasted:.0f} s ({count / seen.lasted:.1f} a second)"),
        ("first answer", f"p50 {late[49]:.2f} s, p95 {late[94]:.2f} s, p99 {late[98]:.2f} s"),
        ("points", f"p50 {median(credited):.1f} s, the last {waited:.0f} s after the last photo"),
        ("memory, first quarter", f"{median(seen.memory[:quarter]):.0f} MB"),
        ("memory, last quarter", f"{median(seen.memory[-quarter:]):.0f} MB"),
        *((f"{state}: {reason}", str(n)) for (state, reason), n in sorted(fates(folder).items())),
        ("audit", audit(folder)[1]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline")
    parser.add_argument("--rate", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(table(("what", "seen"), run(chosen, Path(name))))


if __name__ == "__main__":
    main()
