"""kill -9 in the middle of everything: what was committed is there, and nothing is half done."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from services.database import Database
from services.ledger.models import Transfer
from tests.clock import ManualClock
from tests.services.ledger.book import Book

ROOT = Path(__file__).parents[3]


def work_and_kill(file: Path, lines: int) -> list[str]:
    """Let a process work until it has printed `lines` lines, kill it, return all it printed."""
    command = [sys.executable, "-m", "tests.services.ledger.victim", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        said = [victim.stdout.readline() for _ in range(lines)]
        victim.kill()
        said += victim.stdout.read().splitlines()
    assert victim.returncode == -signal.SIGKILL
    return [line.strip() for line in said if line.strip()]


@pytest.mark.parametrize("seed", range(3))
async def test_a_killed_process_leaves_a_clean_ledger(
    sqlite_file: Path, clock: ManualClock, seed: int
) -> None:
    said = work_and_kill(sqlite_file, random.Random(seed).randint(10, 120))
    book = Book(Database(f"sqlite+aiosqlite:///{sqlite_file}"), clock)
    try:
        await book.assert_clean()
        async with book.database.reading() as tx:
            rows = await tx.execute(select(Transfer.key, Transfer.state))
            states = {row.key: row.state for row in rows}
        for line in said:
            verb, _, key = line.partition(" ")
            assert states[key] in (("posted",) if verb == "earned" else ("posted", "voided"))
        await book.earn("receipt:0:0", 10, 20)
        await book.assert_clean()
    finally:
        await book.database.close()
