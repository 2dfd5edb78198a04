"""A campaign: ten thousand receipts, some sent twice by different guests, some forged, three kills.

    python -m benchmarks.campaign [--receipts 10000] [--guests 500] [--kills 3] [--calls 8000]

The bot asks a fake of the tax service that answers after two seconds and refuses more than so many
calls a day. It is killed (SIGKILL) while receipts come in, and begun again; whoever sends repeats
what was not acknowledged, as Telegram does. When a day's calls are spent, the clocks of both go on
to the next. At the end the ledger is audited and every receipt's fate is compared with what it must
be: the exit status is 1 when anything is wrong.
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
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks.fates import Sending, audit, fates, rows, waiting, wrongs
from benchmarks.listening import PATH, SECRET
from benchmarks.outside import FALSE_SIGN, code, receipts
from benchmarks.seed import seed
from benchmarks.table import table
from benchmarks.updates import TOKEN, free_port, process, says

_FLIGHT = 32
_SPENT, _QUIET = 20.0, 150.0
"""Seconds without a change after which a day has nothing more to give: when its calls are spent,
and otherwise, for what a killed process had begun is taken up after two minutes."""
_MOST_DAYS = 8
_MOST_SAID = 40
_FREE = {
    "limits": {
        "per_day_per_guest": 100, "per_venue_per_day": 100, "minutes_between": 0,
        "points_per_month": None,
    },
    "suspicion": {"hold_at": 1000},
}  # fmt: skip
"""What a city of ordinary guests limits would only be in the way here."""


def sendings(chosen: argparse.Namespace, chance: random.Random) -> list[Sending]:
    """1 % forged, half of them with the number of a genuine one; 5 % another guest's already."""
    false, twice = chosen.receipts // 100, chosen.receipts // 20
    printed = chosen.receipts - false - twice
    own = list(receipts(printed + false))
    sent = [
        Sending(number % chosen.guests + 1, code(document, drive))
        for number, (drive, document) in enumerate(own[:printed])
    ]
    for number in range(false):
        drive, document = own[number] if number % 2 else own[printed + number]
        text = code(document, drive, sign=FALSE_SIGN + number)
        sent.append(Sending(chance.randint(1, chosen.guests), text, forged=True))
    for each in chance.sample(sent[:printed], twice):
        sent.append(replace(each, guest=each.guest % chosen.guests + 1))
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
        self.days = 0
        self.kills = 0
        self.begin()

    def begin(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.real", *self._arguments, "--days", str(self.days)],
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


def account(folder: Path) -> tuple[str, int, int]:
    """The day, the calls that were paid for on it, and how many receipts wait."""
    found = rows(folder, "SELECT day, spent FROM verifier_account WHERE name = 'fns'")
    day, spent = found[0] if found else ("", 0)
    return day, spent, waiting(folder)


def until_quiet(folder: Path, calls: int) -> None:
    """Wait until no receipt waits, or nothing more happens on this day."""
    before, since = account(folder), time.perf_counter()
    while before[2]:
        patience = _SPENT if before[1] > 0.95 * calls else _QUIET
        if time.perf_counter() - since > patience:
            return
        time.sleep(1)
        now = account(folder)
        if now != before:
            before, since = now, time.perf_counter()


async def told(tax: str, what: str = "counted") -> dict[str, int]:
    async with aiohttp.ClientSession() as client:
        ask = client.get if what == "counted" else client.post
        async with ask(f"{tax}/{what}") as answer:
            found: dict[str, int] = await answer.json()
            return found


@dataclass
class Day:
    """Calls that were paid for and those that the service has counted, of which refused."""

    paid: int
    counted: int
    refused: int


def live(bot: Bot, folder: Path, tax: str, calls: int) -> list[Day]:
    """Day after day until nothing is left to ask."""
    days: list[Day] = []
    before = {"calls": 0, "faults": 0}
    while True:
        until_quiet(folder, calls)
        now = asyncio.run(told(tax))
        _, spent, left = account(folder)
        counted, refused = (now[what] - before[what] for what in ("calls", "faults"))
        days.append(Day(spent, counted, refused))
        if not left or len(days) == _MOST_DAYS:
            return days
        before = now
        bot.end()
        bot.days += 1
        asyncio.run(told(tax, "tomorrow"))
        bot.begin()


def judge(
    chosen: argparse.Namespace, folder: Path, sent: list[Sending], days: list[Day]
) -> list[str]:
    """What is wrong; empty when all is well."""
    said = wrongs(folder, sent)
    if left := waiting(folder):
        said.append(f"{left} receipts are still asked about")
    for number, day in enumerate(days, 1):
        if not day.counted <= day.paid <= chosen.calls or day.refused:
            said.append(f"the quota was exceeded on day {number}")
    whole, words = audit(folder)
    return said if whole else [*said, f"audit: {words}"]


def run(chosen: argparse.Namespace, folder: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """Everything once; the rows of the table, and what is wrong."""
    seed(folder, members=chosen.guests, bot_id=42, bot_name="guestcard_test_bot")
    loosen(folder)
    sent = sendings(chosen, random.Random(chosen.seed))
    calls = str(chosen.calls)
    with process("benchmarks.outside", "--calls", calls) as (_outside, line):
        where, port = json.loads(line), free_port()
        bot = Bot(
            ("--token", TOKEN, "--api", where["telegram"], "--tax", where["tax"],
             "--calls", calls, "--port", str(port), "--folder", str(folder))
        )  # fmt: skip
        try:
            updates = [
                says(lambda _user, text=each.text: text)(number, each.guest)
                for number, each in enumerate(sent, 1)
            ]
            lasted = asyncio.run(send(port, updates, bot, chosen.kills))
            days = live(bot, folder, where["tax"], chosen.calls)
            memory = bot.memory()
        finally:
            bot.end()
    said = judge(chosen, folder, sent, days)
    return [
        ("sent", f"{len(sent)} in {lasted:.0f} s ({len(sent) / lasted:.0f} a second)"),
        ("kills", str(bot.kills)),
        *(
            (f"day {number}", f"paid {day.paid}, counted {day.counted} of {chosen.calls} calls")
            for number, day in enumerate(days, 1)
        ),
        *((f"{state}: {reason}", str(n)) for (state, reason), n in sorted(fates(folder).items())),
        ("memory at the end", f"{memory:.0f} MB"),
        ("audit", audit(folder)[1]),
        ("wrong", str(len(said))),
    ], said


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.campaign")
    parser.add_argument("--receipts", type=int, default=10_000)
    parser.add_argument("--guests", type=int, default=500)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calls", type=int, default=8000, help="that the service allows a day")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        seen, said = run(chosen, Path(name))
    print(table(("what", "seen"), seen))
    for each in said[:_MOST_SAID]:
        print("wrong:", each)
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())
