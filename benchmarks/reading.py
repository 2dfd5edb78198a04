"""How quickly a card is shown while photos are being read, over the webhook.

    python -m benchmarks.reading [--photos 50] [--guests 10] [--rate 30] [--quiet 15]

Cards are asked for at a steady rate, whether answered or not: first with nothing else going on,
then for as long as the photos of the guests are read. These are files of 12 megapixels, photos of
1280 pixels as Telegram sends them, and hostile ones; a guest sends all of theirs at once. The first
two rows are cards that were shown before, the others, one a second, have to be drawn.

Then every hostile file of the tests is read alone, and the dearest are listed.
"""

import argparse
import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import aiohttp
import numpy as np
import psutil
from aiohttp import web
from PIL import Image, ImageFilter

from benchmarks.listening import PATH, SECRET
from benchmarks.seed import seed
from benchmarks.table import table
from benchmarks.updates import TOKEN, free_port, process, receipt, says
from services.images.contract import ImageFault
from services.images.workers import ImageWorkers
from tests.fake_telegram.__main__ import FastTelegram
from tests.services.images.hostile import HOSTILE, finders, jpeg, noise, progressive_bomb
from tests.services.images.pictures import code_image, png_bomb

_PHOTOGRAPHERS = 100_000
_CARDS = 2_000
_NEW = 40


def photographed(text: str, size: tuple[int, int]) -> bytes:
    """A receipt's code on a table, a little soft and noisy."""
    rough = np.random.default_rng(len(text)).normal(190, 12, (size[1] // 4, size[0] // 4))
    table_ = Image.fromarray(rough.clip(0, 255).astype(np.uint8)).resize(size).convert("RGB")
    code = code_image(text, scale=max(3, size[0] // 250)).rotate(7, fillcolor=230, expand=True)
    table_.paste(code, (size[0] // 3, size[1] // 4))
    return jpeg(table_.filter(ImageFilter.GaussianBlur(1.2)), quality=85)


def pictures() -> dict[str, bytes]:
    """What the guests send, in turn; the first letter tells how."""
    return {
        "file-12mp": photographed(receipt(_PHOTOGRAPHERS + 1), (4000, 3000)),
        "photo-1280": photographed(receipt(_PHOTOGRAPHERS + 2), (1280, 960)),
        "photo-1280-other": photographed(receipt(_PHOTOGRAPHERS + 3), (960, 1280)),
        "file-12mp-other": photographed(receipt(_PHOTOGRAPHERS + 4), (3000, 4000)),
        "photo-none": jpeg(Image.effect_noise((1280, 960), 40).convert("RGB")),
        "file-noise": jpeg(noise()),
        "file-bomb": png_bomb(),
        "file-scans": progressive_bomb(),
        "photo-finders": jpeg(finders(1280)),
        "file-clear": encoded_clear(),
    }


def encoded_clear() -> bytes:
    make, _problem = HOSTILE["large transparent png"]
    return make()


class WithFiles(FastTelegram):
    """The fast fake, from which pictures can be fetched by their names."""

    def __init__(self, token: str) -> None:
        super().__init__(token, port=0)
        self._pictures = pictures()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["method"] != "getFile":
            return await super()._call(request)
        name = (await request.post())["file_id"]
        assert isinstance(name, str)
        found = {"file_id": name, "file_unique_id": name, "file_path": name}
        return web.json_response({"ok": True, "result": found})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self._pictures[request.match_info["path"]])


async def telegram() -> None:
    """Serve the fake until the process is ended."""
    async with WithFiles(TOKEN) as fake:
        names = list(fake._pictures)
        print(json.dumps({"url": fake.url, "pictures": names}), flush=True)
        await asyncio.Event().wait()


@dataclass
class Times:
    """Seconds each update took, by what it was."""

    cards: list[float] = field(default_factory=list)
    photos: list[float] = field(default_factory=list)
    lasted: float = 0.0

    def row(self, name: str) -> tuple[str, ...]:
        cuts = quantiles(self.cards, n=100)
        shown = (f"{cuts[n] * 1000:.1f}" for n in (49, 94, 98))
        worst = f"{max(self.cards) * 1000:.0f}"
        if not self.photos:
            return (name, str(len(self.cards)), *shown, worst, "", "", "")
        late = quantiles(self.photos, n=20)[18]
        return (
            name, str(len(self.cards)), *shown, worst,
            f"{len(self.photos) / self.lasted:.1f}", f"{median(self.photos):.1f}", f"{late:.1f}",
        )  # fmt: skip


class Crowd:
    """Everybody who writes to the server."""

    def __init__(self, client: aiohttp.ClientSession, port: int, names: list[str]) -> None:
        self._client = client
        self._url = f"http://127.0.0.1:{port}{PATH}"
        self._names = names
        self._numbers = count(1)

    async def post(self, update: dict[str, Any], times: list[float]) -> None:
        started = time.perf_counter()
        async with self._client.post(self._url, json=update) as answer:
            assert answer.status == 200, await answer.text()
        times.append(time.perf_counter() - started)

    async def cards(self, people: Iterator[int], rate: float, times: Times) -> None:
        """Ask for cards at this rate, whether they come or not, until cancelled."""
        write, pace = says(lambda _user: "/card"), asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            while True:
                pace += 1 / rate
                await asyncio.sleep(pace - asyncio.get_running_loop().time())
                update = write(next(self._numbers), next(people))
                group.create_task(self.post(update, times.cards))

    def photo(self, guest: int, name: str) -> dict[str, Any]:
        update = says(lambda _user: "")(next(self._numbers), guest)
        del update["message"]["text"]
        sent = {"file_id": name, "file_unique_id": name}
        if name.startswith("photo"):
            update["message"]["photo"] = [{**sent, "width": 1280, "height": 960}]
        else:
            update["message"]["document"] = {**sent, "file_name": "receipt"}
        return update

    async def photos(self, guests: int, each: int, times: Times) -> None:
        """Every guest sends all of theirs at once."""
        names, started = cycle(self._names), time.perf_counter()
        updates = [self.photo(n + 1, next(names)) for n in range(guests) for _ in range(each)]
        await asyncio.gather(*(self.post(update, times.photos) for update in updates))
        times.lasted = time.perf_counter() - started


async def during(
    crowd: Crowd, people: Iterator[int], rate: float, work: Any, times: Times
) -> Times:
    """Cards while `work` is going on."""
    asking = asyncio.create_task(crowd.cards(people, rate, times))
    await work
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    return times


async def measure(port: int, names: list[str], chosen: argparse.Namespace) -> list[tuple[str, ...]]:
    """The rows of the table."""
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    known = cycle(range(chosen.guests + 1, _CARDS - _NEW))
    unseen = cycle(range(_CARDS - _NEW, _CARDS))
    each, guests = chosen.photos // chosen.guests, chosen.guests
    async with aiohttp.ClientSession(headers=headers, connector=connector) as client:
        crowd = Crowd(client, port, names)
        await during(crowd, known, chosen.rate, asyncio.sleep(2), Times())
        await crowd.photos(1, 1, Times())  # begins the worker
        quiet = await during(crowd, known, chosen.rate, asyncio.sleep(chosen.quiet), Times())
        busy = Times()
        await during(crowd, known, chosen.rate, crowd.photos(guests, each, busy), busy)
        await crowd.post(says(lambda _user: "/card")(10**6, _CARDS - 1), [])  # begins the other
        drawn_quiet = await during(crowd, unseen, 1, asyncio.sleep(chosen.quiet), Times())
        drawn = Times()
        await during(crowd, unseen, 1, crowd.photos(guests, each, drawn), drawn)
    reading = f"{chosen.photos} photos of {guests} guests"
    return [
        quiet.row("card, nothing else"),
        busy.row(f"card, {reading}"),
        drawn_quiet.row("drawn card, nothing else"),
        drawn.row(f"drawn card, {reading}"),
    ]


def forget_cards(folder: Path) -> None:
    """The last people have never seen theirs."""
    with sqlite3.connect(folder / "guestcard.db") as database:
        unseen = [(f"card-{n}",) for n in range(_CARDS - _NEW, _CARDS)]
        database.executemany("DELETE FROM sent_picture WHERE file_id = ?", unseen)


async def hostile() -> list[tuple[str, ...]]:
    """The dearest of the hostile files, each alone in a worker."""
    workers, rows = ImageWorkers(seconds=60, cpu_seconds=30), []
    for name, (make, problem) in HOSTILE.items():
        data = make()
        await workers.read_codes(b"")
        child = next(c for c in psutil.Process().children() if "read" in c.cmdline())
        cpu, rest = _cpu(child), _forget_peak(child)
        started = time.perf_counter()
        try:
            said: str | None = (await workers.read_codes(data)).problem
        except ImageFault as fault:
            said = fault.reason
        lasted = (time.perf_counter() - started) * 1000
        told = said if said == problem else f"{said}, not {problem}"
        cost = f"{lasted:.0f}", f"{_cpu(child) - cpu:.0f}", f"{_peak(child) - rest:.0f}"
        rows.append((lasted, (name, told or "read", f"{len(data) / 2**20:.1f}", *cost)))
    await workers.close()
    return [row for _, row in sorted(rows, reverse=True)[:15]]


def _cpu(child: psutil.Process) -> float:
    """Milliseconds."""
    spent = child.cpu_times()
    return float(spent.user + spent.system) * 1000


def _forget_peak(child: psutil.Process) -> float:
    """Megabytes now; Linux counts the peak from here."""
    Path(f"/proc/{child.pid}/clear_refs").write_text("5")
    return float(child.memory_info().rss) / 2**20


def _peak(child: psutil.Process) -> float:
    status = Path(f"/proc/{child.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading")
    parser.add_argument("serve", nargs="?", choices=["telegram"])
    parser.add_argument("--photos", type=int, default=50)
    parser.add_argument("--guests", type=int, default=10)
    parser.add_argument("--rate", type=float, default=30)
    parser.add_argument("--quiet", type=float, default=15)
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(telegram())
        return
    with (
        tempfile.TemporaryDirectory() as name,
        process("benchmarks.reading", "telegram") as (_fake, line),
    ):
        told, port = json.loads(line), free_port()
        seed(Path(name), members=_CARDS, bot_id=42, bot_name="guestcard_test_bot")
        forget_cards(Path(name))
        arguments = ("--token", TOKEN, "--api", told["url"], "--port", str(port), "--folder", name)
        with process("benchmarks.real", *arguments) as (server, _):
            rows = asyncio.run(measure(port, told["pictures"], chosen))
            memory = [server.memory_info().rss, *(c.memory_info().rss for c in server.children())]
    head = ("what", "cards", "p50 ms", "p95 ms", "p99 ms", "max ms", "photos/s", "p50 s", "p95 s")
    print(table(head, rows))
    print(
        "memory, MB:", " + ".join(str(one >> 20) for one in memory), "(the bot and its workers)\n"
    )
    head = ("hostile file", "answer", "MB", "ms", "CPU ms", "memory MB")
    print(table(head, asyncio.run(hostile())))


if __name__ == "__main__":
    main()
