"""A campaign: ten thousand receipts, some sent twice by different guests, some forged, three kills.

    python -m benchmarks.campaign [--receipts 10000] [--guests 500] [--kills 3]

The bot asks a fake of the tax service that answers after two seconds. It is killed (SIGKILL) while
receipts come in, and begun again; whoever sends repeats what was not acknowledged, as Telegram
does. At the end the ledger is audited and every receipt's fate is compared with what it must be.
"""

import argparse
import asyncio
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks.listening import PATH, SECRET
from benchmarks.outside import FALSE_SIGN, code, receipts
from benchmarks.seed import seed
from benchmarks.table import table
from benchmarks.updates import TOKEN, free_port, process, says

_FLIGHT = 32
_FREE = {
    "limits": {
        "per_day_per_guest": 100, "per_venue_per_day": 100, "minutes_between": 0,
        "points_per_month": None,
    },
    "suspicion": {"hold_at": 1000},
}  # fmt: skip
"""What a city of ordinary guests limits would only be in the way here."""


def texts(chosen: argparse.Namespace, chance: random.Random) -> list[tuple[int, str]]:
    """(guest, code) of every sending: 1 % forged, 5 % known to another guest already."""
    forged, twice = chosen.receipts // 100, chosen.receipts // 20
    own = list(receipts(chosen.receipts - twice))
    sent = []
    for number, (drive, document) in enumerate(own):
        sign = FALSE_SIGN + number if number < forged else None
        guest = number % chosen.guests + 1
        sent.append((guest, code(document, drive, sign=sign)))
    genuine = sent[forged:]
    for guest, text in chance.sample(genuine, twice):
        sent.append((guest % chosen.guests + 1, text))
    chance.shuffle(sent)
    return sent


def loosen(folder: Path) -> None:
    """Let guests send more than a city would."""
    with closing(sqlite3.connect(folder / "guestcard.db")) as database, database:
        (kept,) = database.execute("SELECT rules FROM city").fetchone()
        rules = json.loads(kept)
        for part, values in _FREE.items():
            rules[part] |= values
        database.execute("UPDATE city SET rules = ?", (json.dumps(rules),))


class Bot:
    """The bot's process, which may be killed."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self._arguments = arguments
        self.kills = 0
        self.begin()

    def begin(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.real", *self._arguments],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._child.stdout is not None
        self._child.stdout.readline()

    def kill(self) -> None:
        self._child.send_signal(signal.SIGKILL)
        self._child.wait()
        self.kills += 1

    def end(self) -> None:
        self._child.terminate()
        self._child.wait(timeout=60)

    def memory(self) -> float:
        """Megabytes of the process and its workers."""
        bot = psutil.Process(self._child.pid)
        return sum(each.memory_info().rss for each in (bot, *bot.children())) / 2**20


async def send(port: int, updates: list[dict[str, Any]], bot: Bot, kills: int) -> float:
    """Post every update until it is acknowledged; returns how long that took."""
    waiting, started = iter(updates), time.perf_counter()
    at = {len(updates) * (n + 1) // (kills + 1) for n in range(kills)}
    acknowledged = 0
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with aiohttp.ClientSession(headers=headers) as client:

        async def post() -> None:
            nonlocal acknowledged
            for update in waiting:
                await _until_acknowledged(client, port, update)
                acknowledged += 1
                if acknowledged in at:
                    bot.kill()
                    await asyncio.to_thread(bot.begin)

        await asyncio.gather(*(post() for _ in range(_FLIGHT)))
    return time.perf_counter() - started


async def _until_acknowledged(
    client: aiohttp.ClientSession, port: int, update: dict[str, Any]
) -> None:
    while True:
        with suppress(aiohttp.ClientError):
            async with client.post(f"http://127.0.0.1:{port}{PATH}", json=update) as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.1)


def settled(folder: Path, seconds: float) -> float:
    """Wait until no receipt is asked about any more; returns how long that took."""
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        with closing(sqlite3.connect(folder / "guestcard.db")) as database:
            (left,) = database.execute("SELECT count(*) FROM receipt_check").fetchone()
        if not left:
            return time.perf_counter() - started
        time.sleep(1)
    raise SystemExit(f"{left} receipts are still asked about")


def fates(folder: Path) -> Counter[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "guestcard.db")) as database:
        rows = database.execute("SELECT state, reason, count(*) FROM receipt GROUP BY 1, 2")
        return Counter({(state, reason): count for state, reason, count in rows})


def spent(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "guestcard.db")) as database:
        (calls,) = database.execute("SELECT spent FROM verifier_account").fetchone()
        return int(calls)


def audit(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "ledger", "audit"],
        env={"DATA_DIR": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"exit {done.returncode}: {done.stdout.strip().splitlines()[-1]}"


async def counted(tax: str) -> dict[str, int]:
    async with aiohttp.ClientSession() as client, client.get(f"{tax}/counted") as answer:
        told: dict[str, int] = await answer.json()
        return told


def run(chosen: argparse.Namespace, folder: Path) -> list[tuple[str, str]]:
    """Everything once; the rows of the table."""
    seed(folder, members=chosen.guests, bot_id=42, bot_name="guestcard_test_bot")
    loosen(folder)
    sent = texts(chosen, random.Random(chosen.seed))
    with process("benchmarks.outside") as (_outside, line):
        told, port = json.loads(line), free_port()
        bot = Bot(
            ("--token", TOKEN, "--api", told["telegram"], "--tax", told["tax"],
             "--port", str(port), "--folder", str(folder))
        )  # fmt: skip
        try:
            updates = [says(lambda _u, t=text: t)(n, who) for n, (who, text) in enumerate(sent, 1)]
            lasted = asyncio.run(send(port, updates, bot, chosen.kills))
            waited = settled(folder, 600)
            memory = bot.memory()
        finally:
            bot.end()
        asked = asyncio.run(counted(told["tax"]))
    return [
        ("sent", f"{len(sent)} in {lasted:.0f} s ({len(sent) / lasted:.0f} a second)"),
        ("kills", str(bot.kills)),
        ("then settled after", f"{waited:.0f} s"),
        *((f"{state}: {reason}", str(n)) for (state, reason), n in sorted(fates(folder).items())),
        ("paid for", f"{spent(folder)} calls; the service counted {asked['calls']}"),
        ("memory at the end", f"{memory:.0f} MB"),
        ("audit", audit(folder)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.campaign")
    parser.add_argument("--receipts", type=int, default=10_000)
    parser.add_argument("--guests", type=int, default=500)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(table(("what", "seen"), run(chosen, Path(name))))


if __name__ == "__main__":
    main()
