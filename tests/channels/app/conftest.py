"""Kaluga's database, the fake Telegram, and the application in either mode."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.channels.telegram import channel, outgoing, polling
from tests.channels.app.process import Process
from tests.clock import ManualClock
from tests.fake_telegram import FakeTelegram
from tests.handlers import conftest as flows

kaluga_template = flows.kaluga_template


class Begin(Protocol):
    """Makes a process on the test's database; each one continues where the last has ended."""

    def __call__(self, **options: Any) -> Process: ...


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture(params=["polling", "webhook"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def file(kaluga_template: Path, tmp_path: Path) -> Path:
    """An SQLite file with Kaluga in it and nobody else."""
    return Path(shutil.copy(kaluga_template, tmp_path / "guestcard.sqlite"))


@pytest.fixture
def begin(file: Path, clock: ManualClock, fake: FakeTelegram, mode: str) -> Begin:
    def make(**options: Any) -> Process:
        return Process(file, clock, **{"fake": fake, "mode": mode, **options})

    return make


@pytest.fixture
async def process(begin: Begin) -> AsyncIterator[Process]:
    """The application with Telegram on."""
    async with begin() as running:
        yield running


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds between tries; what is tried is the same."""
    monkeypatch.setattr(channel, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(channel, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(polling, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(polling, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(polling, "BUSY_PAUSE", 0.01)
    monkeypatch.setattr(outgoing, "REPEAT_PAUSE", 0.01)
    monkeypatch.setattr("bot.delivery._LOOK_EVERY", 0.05)
