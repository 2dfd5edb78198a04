"""`guestcard run`, killed with SIGKILL in the middle of updates, and started again."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from services.clock import SystemClock
from services.database import Database
from services.images.drawing import draw
from services.receipts.models import Receipt
from tests.channels.app.phone import OnTelegram
from tests.channels.app.process import until
from tests.fake_telegram import TOKEN, FakeTelegram

ROOT = Path(__file__).parents[3]
EARNED = re.compile(r"✅ \+\d+ балл\w* за 1\xa0000 ₽\.")


@pytest.fixture
def environment(tmp_path: Path, fake: FakeTelegram) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": fake.url,
        "DATA_DIR": str(tmp_path / "data"),
        "WEB_PORT": str(port),
        "LOG_FORMAT": "json",
    }


async def guestcard(environment: dict[str, str], *command: str) -> tuple[int, str, str]:
    """A command from beginning to end: exit status, output, errors."""
    process = await _begin(environment, *command)
    out, errors = await process.communicate()
    return process.returncode or 0, out.decode(), errors.decode()


async def _begin(environment: dict[str, str], *command: str) -> asyncio.subprocess.Process:
    # Away from the checkout, so that nobody's .env is read.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", *command,
        cwd=Path(environment["DATA_DIR"]).parent, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@asynccontextmanager
async def running(environment: dict[str, str], log: list[str]) -> AsyncIterator[None]:
    """A life of the real process; it ends by SIGKILL, whatever it is doing."""
    process = await _begin(environment, "run")
    try:
        yield
    finally:
        process.kill()
        _out, errors = await process.communicate()
        log.append(errors.decode())
    assert process.returncode == -9, log


async def receipts(environment: dict[str, str]) -> list[tuple[str, str]]:
    database = Database(f"sqlite+aiosqlite:///{environment['DATA_DIR']}/guestcard.db")
    async with database.reading() as reading:
        rows = await reading.execute(select(Receipt.source, Receipt.state).order_by(Receipt.id))
        found = [tuple(row) for row in rows]
    await database.close()
    return found


def code(drive: str, document: int) -> str:
    """The code of a purchase for 1000 roubles made now, at a till of this drive."""
    now = SystemClock().now().astimezone()
    return f"t={now:%Y%m%dT%H%M}&s=1000.00&fn={drive}&i={document}&fp=12345&n=1"


def photo(text: str) -> bytes:
    facts = {
        "venue": "Кафе", "legal_name": "ООО «Кафе»", "address": "Калуга", "inn": "4000000000",
        "registration": "0000000000000001", "drive": "7386400000010001", "document": 2, "sign": 1,
        "items": [["Чай", 1, 100_000]], "total": 100_000, "purchased": "2026-11-22T12:00",
        "qr": text,
    }  # fmt: skip
    return draw("sample", facts)


async def test_kill_in_the_middle_of_updates(
    fake: FakeTelegram, environment: dict[str, str]
) -> None:
    environment["TZ"] = "Europe/Moscow"
    anna, ivan = (OnTelegram(fake, fake.person(n, name)) for n, name in ((12, "Ann"), (13, "Ivo")))
    log: list[str] = []
    await anna.says("/start", wait=False)
    async with running(environment, log):
        await fake.updates.acknowledged(1000, 60)
        for person in (anna, ivan):
            await person.joins(name="Мстислава")
        # One is held up before the effect, the other between the effect and the answer.
        fake.faults.gated("getFile")
        before = await anna.photographs(photo(code("7386400000010001", 2)), wait=False)
        await until(lambda: fake.called("getFile"))
        calls = len(fake.called("sendMessage"))
        fake.faults.gated("sendMessage")
        after = await ivan.says(code("7386400000010001", 3), wait=False)
        await until(lambda: len(fake.called("sendMessage")) > calls)
    assert await receipts(environment) == [("text", "credited")]
    assert {before, after} <= set(fake.updates.pending)
    async with running(environment, log):
        await fake.updates.acknowledged(before, 60)
        await fake.updates.acknowledged(after)
        for person in (anna, ivan):
            assert len([text for text in person.texts if EARNED.match(text)]) == 1, person.texts
    assert sorted(await receipts(environment)) == [("photo", "credited"), ("text", "credited")]
    status, said, _errors = await guestcard(environment, "ledger", "audit")
    assert (status, said.splitlines()[-1]) == (0, "clean")
    for secret in (TOKEN.partition(":")[2], "Мстислава", "7386400000010001"):
        assert secret not in "".join(log)
