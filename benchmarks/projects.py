"""Lists over many projects, and what a voice costs beside a bare bot that writes one row.

    python -m benchmarks.projects [--projects 10000] [--pages 400] [--updates 1600] [--rounds 2]

Ends with status 1 when the 99th percentile of a list is over 100 ms, or a voice costs more than two
and a half times the processor time of `benchmarks.bare row`, both over the webhook in this run.
"""

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from benchmarks.ledger import postgresql_url, sqlite_url
from benchmarks.seed import seed
from benchmarks.table import table
from benchmarks.updates import TOKEN, Round, _name, drive, free_port, process, says
from services.cities import CityFacts, city_of
from services.cities.load import load_pack
from services.civic.models import Support, Verification
from services.clock import SystemClock
from services.database import Database
from services.members import people
from services.projects import lists
from services.projects.models import Opinion, Project, ResourceLine, TeamMember
from services.projects.stages import PUBLIC, Kind
from tests import postgres
from tests.clock import START
from tests.services.pinned import kaluga

LIST_MS = 100.0
VOTE_TIMES = 2.5
VOTERS = 200
_CHUNK = 1000


@dataclass(frozen=True)
class Pages:
    """Pages of one kind of list on one database, in milliseconds."""

    database: str
    what: str
    times: list[float]

    def at(self, share: float) -> float:
        """The time that this share of the pages stays below."""
        return sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))]


async def fill(database: Database, count: int) -> CityFacts:
    """Kaluga with so many public projects, each with voices, opinions, a team and a budget."""
    chance = random.Random(7)
    async with database.transaction() as tx:
        await load_pack(tx, kaluga(), START)
        city = await city_of(tx, "kaluga")
        assert city is not None
        voters = [
            await people.join(
                tx, city_id=city.id, channel="web", external_id=f"v{number}", language="ru",
                via=None, now=START,
            )
            for number in range(VOTERS)
        ]  # fmt: skip
        verified = [
            {"member_id": each, "city_id": city.id, "phone": f"p{each}", "at": START}
            for each in voters[: VOTERS // 2]
        ]
        await tx.execute(insert(Verification), verified)
    for first in range(0, count, _CHUNK):
        ids = range(first + 1, min(first + _CHUNK, count) + 1)
        async with database.transaction() as tx:
            await tx.execute(insert(Project), [_project(city.id, each, chance) for each in ids])
            await tx.execute(
                insert(Support), [v for each in ids for v in _voices(each, chance, voters)]
            )
            for model, rows in _work(ids, voters):
                await tx.execute(insert(model), rows)
    if not database.is_sqlite:
        async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as tx:
            await tx.execute(text("ANALYZE"))
    return city


def _project(city_id: int, number: int, chance: random.Random) -> dict[str, Any]:
    at = START - timedelta(minutes=chance.randrange(500_000))
    return {
        "id": number, "city_id": city_id, "kind": chance.choice(list(Kind)),
        "stage": chance.choice(PUBLIC), "status": chance.choice(("active", "active", "paused")),
        "title": f"Benches by the river {number}", "text": "Lime trees and benches. " * 20,
        "author_id": None, "origin": "idea", "citywide": True, "similar_shown": True,
        "district": chance.choice(("centre", "north", None)), "verdict": "ok", "created_at": at,
        "updated_at": at, "stage_at": at, "published_at": at, "due_at": at + timedelta(days=400),
    }  # fmt: skip


def _voices(number: int, chance: random.Random, voters: list[int]) -> list[dict[str, Any]]:
    return [
        {"subject": "project", "subject_id": number, "member_id": each, "value": 1, "at": START}
        for each in chance.sample(voters, 20)
    ]


def _work(ids: Sequence[int], voters: list[int]) -> list[tuple[Any, list[dict[str, Any]]]]:
    opinions = [
        {"project_id": each, "expert_id": voters[0], "scores": [4] * 5, "total": 20, "text": "",
         "conflict": False, "veto": False, "at": START}
        for each in ids
    ]  # fmt: skip
    team = [
        {"project_id": each, "skill": "law", "member_id": voters[1], "state": "accepted",
         "at": START}
        for each in ids
    ]  # fmt: skip
    budget = [
        {"project_id": each, "kind": "money", "label": "Benches", "amount": 100_000, "unit": "kop"}
        for each in ids
    ]
    return [(Opinion, opinions), (TeamMember, team), (ResourceLine, budget)]


async def measure_lists(name: str, url: str, options: argparse.Namespace) -> list[Pages]:
    """Pages of lists as the chat asks for them, from the first to the last."""
    database, chance = Database(url), random.Random(11)
    try:
        city = await fill(database, options.projects)
        wanted: dict[str, dict[str, Any]] = {
            "all": {},
            "a stage": {"stage": "evaluation"},
            "a kind": {"kind": "urban"},
            "a district": {"district": "centre"},
            "ending first": {"order": "ending"},
        }
        measured = []
        for what, filters in wanted.items():
            total = await _page(database, city, filters, 0)
            times = []
            for _ in range(options.pages):
                offset = chance.randrange(0, max(total - 5, 1))
                started = time.perf_counter()
                await _page(database, city, filters, offset)
                times.append((time.perf_counter() - started) * 1000)
            measured.append(Pages(name, what, times))
    finally:
        await database.close()
    return measured


async def _page(database: Database, city: CityFacts, filters: dict[str, Any], offset: int) -> int:
    async with database.reading() as reading:
        page = await lists.page(reading, city, limit=5, offset=offset, **filters)
        assert page.cards
        return page.total


async def add_ideas(folder: Path, members: int, count: int) -> None:
    """Ideas that are evaluated, and members whose phones are known."""
    database, now = Database(f"sqlite+aiosqlite:///{folder / 'guestcard.db'}"), SystemClock().now()
    async with database.transaction() as tx:
        city = await city_of(tx, "kaluga")
        assert city is not None
        chance = random.Random(7)
        ideas = [_project(city.id, each, chance) for each in range(1, count + 1)]
        plain = {"stage": "evaluation", "status": "active", "kind": "social"}
        due = {"due_at": now + timedelta(days=30)}
        await tx.execute(insert(Project), [{**each, **plain, **due} for each in ideas])
        verified = [
            {"member_id": each, "city_id": city.id, "phone": f"p{each}", "at": now}
            for each in range(1, members + 1)
        ]
        await tx.execute(insert(Verification), verified)
    await database.close()


def presses(data: str, number: int, user: int) -> dict[str, Any]:
    """The update of a button that the user presses under a picture."""
    person = {"id": user, "is_bot": False, "first_name": "Guest", "language_code": "ru"}
    message = says(lambda _user: "🗳")(number, user)["message"]
    message["caption"] = message.pop("text")
    message["photo"] = [{"file_id": "p", "file_unique_id": "p", "width": 1280, "height": 800}]
    query = {"id": str(number), "from": person, "chat_instance": "1", "data": data}
    return {"update_id": number, "callback_query": {**query, "message": message}}


def measure_votes(server: str, options: argparse.Namespace, telegram: str) -> Round:
    """One round: each update is another member's voice, at most twenty an idea."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        warm = options.updates // 10
        members = options.updates + warm
        ideas = members // 20 + 1
        if server == "benchmarks.real":
            seed(folder, members=members, bot_id=42, bot_name=_name(telegram))
            asyncio.run(add_ideas(folder, members, ideas))
            updates = [presses(f"jv:{n % ideas + 1}:1", n, n) for n in range(1, members + 1)]
        else:
            update = says(lambda _user: "/vote")
            updates = [update(n, n) for n in range(1, members + 1)]
        arguments = ("--token", TOKEN, "--api", telegram, "--port", str(port), "--folder", name)
        with process(*server.split(), *arguments) as (child, _):
            asyncio.run(drive(port, child, updates[:warm], options.flight))
            measured = asyncio.run(drive(port, child, updates[warm:], options.flight))
        if server == "benchmarks.real":
            given = asyncio.run(count_voices(folder))
            assert given == members, f"{given} voices of {members}"
        return measured


async def count_voices(folder: Path) -> int:
    database = Database(f"sqlite+aiosqlite:///{folder / 'guestcard.db'}")
    async with database.reading() as reading:
        count: int = (await reading.execute(text("SELECT count(*) FROM support"))).scalar_one()
    await database.close()
    return count


def show_lists(options: argparse.Namespace) -> bool:
    """Measure lists on each database there is; whether they are fast enough."""
    with sqlite_url() as url:
        measured = asyncio.run(measure_lists("SQLite", url, options))
    try:
        with postgresql_url() as url:
            measured += asyncio.run(measure_lists("PostgreSQL", url, options))
    except postgres.UnavailableError as reason:
        print(f"PostgreSQL left out: {reason}")
    print(
        f"{options.projects:,} projects, {options.pages} pages of five each, anywhere in the list\n"
    )
    print(
        table(
            ("database", "list", "median ms", "p99 ms"),
            [(p.database, p.what, f"{p.at(0.5):.1f}", f"{p.at(0.99):.1f}") for p in measured],
        )
    )
    return all(pages.at(0.99) <= LIST_MS for pages in measured)


def show_votes(options: argparse.Namespace) -> bool:
    """Measure a voice beside a bare bot's row; whether it is cheap enough."""
    servers = {
        "bare aiogram + one committed row": "benchmarks.bare row",
        "a voice": "benchmarks.real",
    }
    rounds: dict[str, list[Round]] = {}
    with process("tests.fake_telegram", "--fast", "--token", TOKEN) as (_fake, line):
        telegram = json.loads(line)["url"]
        for _, (name, server) in itertools.product(range(options.rounds), servers.items()):
            rounds.setdefault(name, []).append(measure_votes(server, options, telegram))
    best = {name: min(found, key=lambda each: each.cpu_us) for name, found in rounds.items()}
    row, voice = best.values()
    print(
        "\n"
        + table(
            ("update", "updates/s", "CPU µs/update", "of the row"),
            [
                (name, f"{r.per_second:,.0f}", f"{r.cpu_us:,.0f}", f"{r.cpu_us / row.cpu_us:.2f}x")
                for name, r in best.items()
            ],
        )
    )
    return voice.cpu_us <= VOTE_TIMES * row.cpu_us


def main() -> int:
    """Measure both; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--updates", type=int, default=1600)
    parser.add_argument("--flight", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    fast, cheap = show_lists(options), show_votes(options)
    return 0 if fast and cheap else 1


if __name__ == "__main__":
    sys.exit(main())
