"""kill -9 at any moment of a busy hour: what was acknowledged is there, and the books are right."""

import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.delivery.models import OutboxMessage
from services.receipts.models import Receipt
from services.rewards.models import Redemption
from tests.clock import START
from tests.faults.script import FILE, Script, Theatre

ROOT = Path(__file__).parents[2]


def work_and_kill(script: Path, folder: Path, confirmed: int) -> list[str]:
    """Let the bot work until so many rewards were confirmed, kill it; returns all it printed."""
    command = [sys.executable, "-m", "tests.faults.busy", str(script), str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        said: list[str] = []
        while sum(line.startswith("confirmed") for line in said) < confirmed and len(said) < 400:
            said.append(bot.stdout.readline())
        bot.kill()
        said += bot.stdout.read().splitlines()
    assert bot.returncode == -signal.SIGKILL
    return [line.strip() for line in said if line.strip()]


@pytest.fixture
def folder(tmp_path: Path, sqlite_file: Path) -> Path:
    """The data of a bot that has never run."""
    folder = tmp_path / "data"
    folder.mkdir()
    return sqlite_file.rename(folder / FILE).parent


async def test_a_busy_bot_is_killed(tmp_path: Path, folder: Path) -> None:
    script = Script(START.isoformat())
    script.write(tmp_path / "script.json")
    confirmations = random.randint(2, 8)
    said = Counter(work_and_kill(tmp_path / "script.json", folder, confirmations))
    async with Theatre(folder).opened(script) as house:
        assert list((await house.audit()).findings) == []
        async with house.database.reading() as reading:
            confirmed = dict(
                (
                    await reading.execute(
                        select(Redemption.member_id, func.count())
                        .where(Redemption.state == "confirmed")
                        .group_by(Redemption.member_id)
                    )
                ).all()
            )
        credited = {row["member_id"] for row in await house.rows(Receipt, Receipt.source == "text")}
        for line, count in said.items():
            verb, member = line.split()
            if verb == "confirmed":
                assert count <= confirmed[int(member)] <= count + 1
            else:
                assert int(member) in credited
        told = await house.rows(OutboxMessage, OutboxMessage.kind == "redemption_confirmed")
        assert len(told) >= confirmations
        assert len(told) == sum(confirmed.values())
        while await house.rows(OutboxMessage, OutboxMessage.state == "waiting"):
            await house.deliver()
        assert {row["state"] for row in await house.rows(OutboxMessage)} == {"sent"}
        guest = await house.regular(name="Anna")
        sold = max(row["document"] or 0 for row in await house.rows(Receipt))
        assert "✅" in await guest.says(house.receipt(3000, document=sold + 1))
        assert (await house.audit()).is_clean
