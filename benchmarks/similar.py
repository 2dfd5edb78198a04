"""How long it takes to find what is reported already among many reports; on both databases.

    python -m benchmarks.similar [--reports 200000] [--searches 2000]

Reports lie all over the city and in clusters, as open as they can be, none older than the search
looks back. Ends with status 1 when the 99th percentile is over 5 ms.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from benchmarks.ledger import postgresql_url, sqlite_url
from benchmarks.table import table
from services.cities import CityFacts, city_of
from services.cities.load import load_pack
from services.civic.places import Spot
from services.database import Database
from services.reports import similar, themes
from services.reports.models import Report
from services.reports.states import ACTIVE
from services.reports.themes import Theme
from tests import postgres
from tests.clock import START
from tests.services.pinned import kaluga

BUDGET = 5.0
SIZE = 0.06, 0.1
"""Half the height and the width of the city in degrees: some 13 by 13 km."""
WORDS = (
    "hole road deep car wheel stop corner dark lamp yard bench broken glass snow ice stairs "
    "school bus water manhole tree branch fallen sign crossing children evening again week"
)


@dataclass(frozen=True)
class Result:
    """Searches of one kind on one database, in milliseconds."""

    name: str
    kind: str
    found: float
    times: list[float]
    cpu: list[float]


def at(share: float, times: Sequence[float]) -> float:
    """The time that this share of the searches stays below."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def sentence(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS.split(), k=12))


def report(chance: random.Random, city: CityFacts, offered: Sequence[Theme], number: int) -> Any:
    """One published report; a third of them lie in a cluster, one in two hundred nowhere."""
    theme = chance.choice(offered)
    published = START - timedelta(days=chance.uniform(0, min(theme.dup_days, 90)))
    lat, lon = point(chance, city)
    placed = number % 200 != 0
    return {
        "city_id": city.id,
        "number": number,
        "state": chance.choice(ACTIVE),
        "state_at": published,
        "text": sentence(chance),
        "category_id": theme.id,
        "group": theme.group,
        "lat": lat if placed else None,
        "lon": lon if placed else None,
        "address": f"Street {number % 400}, {number % 90}",
        "citywide": not placed,
        "unit_id": theme.unit_id,
        "created_at": published,
        "updated_at": published,
        "submitted_at": published,
        "published_at": published,
        "source": "web",
    }


def point(chance: random.Random, city: CityFacts) -> tuple[float, float]:
    tall, wide = SIZE
    if chance.random() < 1 / 3:
        cluster = random.Random(chance.randrange(300))
        lat, lon = cluster.uniform(-tall, tall), cluster.uniform(-wide, wide)
        return city.lat + lat + chance.gauss(0, 0.001), city.lon + lon + chance.gauss(0, 0.002)
    return city.lat + chance.uniform(-tall, tall), city.lon + chance.uniform(-wide, wide)


async def fill(database: Database, count: int, chance: random.Random) -> CityFacts:
    """Kaluga with so many reports."""
    async with database.transaction() as tx:
        await load_pack(tx, kaluga(), START)
        city = await city_of(tx, "kaluga")
        assert city is not None
        offered = await themes.themes(tx, city.id)
    for first in range(1, count + 1, 5_000):
        rows = [
            report(chance, city, offered, number)
            for number in range(first, min(first + 5_000, count + 1))
        ]
        async with database.transaction() as tx:
            await tx.execute(insert(Report), rows)
    async with database.transaction() as tx:
        await tx.execute(text("ANALYZE"))
    return city


async def measure(name: str, url: str, options: argparse.Namespace) -> list[Result]:
    """Search by place and by words."""
    database, chance = Database(url), random.Random(options.seed)
    try:
        city = await fill(database, options.reports, chance)
        async with database.reading() as tx:
            offered = await themes.themes(tx, city.id)
        return [
            await search(database, city, offered, chance, name, kind, options.searches)
            for kind in ("by place", "by words")
        ]
    finally:
        await database.close()


async def search(
    database: Database,
    city: CityFacts,
    offered: Sequence[Theme],
    chance: random.Random,
    name: str,
    kind: str,
    count: int,
) -> Result:
    """So many searches, each on a connection as a message has it."""
    times, cpu, found = [], [], 0
    for number in range(count + 20):
        lat, lon = point(chance, city)
        spot = Spot(lat, lon) if kind == "by place" else Spot(address="Street 7", citywide=True)
        theme, words, now = chance.choice(offered), sentence(chance), moment(number)
        async with database.reading() as tx:
            start, cpu_start = time.perf_counter(), time.process_time()
            cards = await similar.near(
                tx, city, theme=theme, spot=spot, text=words, member_id=1, now=now
            )
            spent = (time.perf_counter() - start) * 1_000
            spent_cpu = (time.process_time() - cpu_start) * 1_000
        # The first ones fill the caches of statements and pages.
        if number >= 20:
            times.append(spent)
            cpu.append(spent_cpu)
            found += len(cards)
    return Result(name, kind, found / count, times, cpu)


def moment(number: int) -> datetime:
    return START + timedelta(seconds=number)


def cells(each: Result) -> tuple[str, ...]:
    """A row of the table."""
    measured = (
        *(each.found, at(0.5, each.times), at(0.99, each.times), max(each.times)),
        *(at(0.5, each.cpu), at(0.99, each.cpu)),
    )
    return each.name, each.kind, *(f"{number:.2f}" for number in measured)


def main() -> int:
    """Run on each database there is; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--reports", type=int, default=200_000)
    parser.add_argument("--searches", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    results: list[Result] = []
    for name, place in (("SQLite", sqlite_url), ("PostgreSQL", postgresql_url)):
        try:
            with place() as url:
                results += asyncio.run(measure(name, url, options))
        except postgres.UnavailableError as reason:
            print(f"{name} left out: {reason}")
    print(f"{options.reports:,} reports, {options.searches:,} searches of each kind\n")
    head = ("database", "search", "found", "p50 ms", "p99 ms", "worst", "CPU p50", "CPU p99")
    print(table(head, [cells(each) for each in results]))
    return int(any(at(0.99, each.times) > BUDGET for each in results))


if __name__ == "__main__":
    sys.exit(main())
