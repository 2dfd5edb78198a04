"""Random ledger operations by many tasks at once, then the audit; on both databases.

    python -m benchmarks.ledger [--operations 10000] [--tasks 64] [--members 32]

Ends with status 1 when an audit finds anything. PostgreSQL is started from the machine's own
binaries and left out, with the reason, where there are none.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

from services import ledger
from services.database import Database
from tests import postgres
from tests.clock import ManualClock
from tests.conftest import all_tables
from tests.services.ledger.book import Book
from tests.services.ledger.traffic import random_traffic


@dataclass(frozen=True)
class Result:
    """One run on one database."""

    name: str
    seconds: float
    cpu_seconds: float
    tally: Counter[str]
    audit_seconds: float
    report: ledger.AuditReport


@contextmanager
def sqlite_url() -> Iterator[str]:
    """An empty SQLite file with every table."""
    with tempfile.TemporaryDirectory(prefix="ledger") as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'ledger.sqlite'}"
        postgres.run_apart(create_tables(url))
        yield url


@contextmanager
def postgresql_url() -> Iterator[str]:
    """An empty PostgreSQL database with every table."""
    server = postgres.Server(all_tables())
    try:
        yield server.url(postgres.run_apart(server.create()))
    finally:
        server.stop()


async def create_tables(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as tx:
        await tx.run_sync(all_tables().create_all)
    await engine.dispose()


async def measure(name: str, url: str, options: argparse.Namespace) -> Result:
    """Run the traffic and the audit on one database."""
    book = Book(Database(url, pool_size=5 if name == "SQLite" else 16), ManualClock())
    try:
        await book.open(1)
        start, cpu = time.perf_counter(), time.process_time()
        tally = await random_traffic(
            book,
            operations=options.operations,
            tasks=options.tasks,
            members=options.members,
            seed=options.seed,
        )
        middle, cpu_middle = time.perf_counter(), time.process_time()
        report = await book.look(ledger.audit, book.clock.now())
        end = time.perf_counter()
    finally:
        await book.database.close()
    return Result(name, middle - start, cpu_middle - cpu, tally, end - middle, report)


def show(results: list[Result], options: argparse.Namespace) -> None:
    """Print the table."""
    print(f"{options.operations} operations by {options.tasks} tasks, {options.members} members")
    print()
    print("| database | ops/s | CPU µs/op | done | refused | transfers | audit s | findings |")
    print("|---|---|---|---|---|---|---|---|")
    for each in results:
        count = sum(each.tally.values())
        done = each.tally["done"]
        print(
            f"| {each.name} | {count / each.seconds:,.0f}"
            f" | {each.cpu_seconds / count * 1e6:,.0f} | {done:,} | {count - done:,}"
            f" | {each.report.transfers:,} | {each.audit_seconds:.2f}"
            f" | {len(each.report.findings) or 'none'} |"
        )
    print()
    for each in results:
        refusals = ", ".join(f"{what} {n}" for what, n in sorted(each.tally.items()))
        print(f"{each.name}: {refusals}")
        for finding in each.report.findings[:20]:
            print(f"  {finding}")


def main() -> int:
    """Run on each database there is; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--tasks", type=int, default=64)
    parser.add_argument("--members", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    results = []
    for name, place in (("SQLite", sqlite_url), ("PostgreSQL", postgresql_url)):
        try:
            with place() as url:
                results.append(asyncio.run(measure(name, url, options)))
        except postgres.UnavailableError as reason:
            print(f"{name} left out: {reason}")
    show(results, options)
    return int(any(not each.report.is_clean for each in results))


if __name__ == "__main__":
    sys.exit(main())
