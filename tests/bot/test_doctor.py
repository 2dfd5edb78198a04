"""The doctor says what works and what is missing, and changes nothing."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import doctor, migrate
from bot.doctor import Finding
from bot.settings import Settings
from bot.verifiers import allowances_of
from services.clock import SystemClock
from services.database import Database
from services.images.reading import readers
from services.receipts import accounts
from services.receipts.verifiers.contract import Trouble, Unavailable
from tests.clock import ManualClock
from tests.house import load_city
from tests.services.town import Town


def settings(folder: Path, **values: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **values)  # type: ignore[arg-type]


async def examined(chosen: Settings) -> dict[str, Finding]:
    return {finding.what: finding for finding in await doctor.examine(chosen)}


async def test_nothing_is_there_yet(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    found = await examined(settings(folder))
    assert (found["data folder"].good, found["languages"].good) == (True, True)
    assert (found["database"].good, found["database"].serious) == (False, True)
    assert "guestcard migrate" in str(found["database"])
    assert str(found["database"]).startswith("MISSING")
    assert str(found["Telegram"]) == "ok       Telegram: off, there is no BOT_TOKEN"
    assert not folder.exists()


async def test_an_empty_database_of_the_newest_revision(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    await asyncio.to_thread(migrate.upgrade, chosen.database_url)
    found = await examined(chosen)
    assert found["database"].good
    assert "guestcard city load kaluga" in str(found["city"])
    assert found["city"].serious


async def test_a_city_is_there(town: Town, tmp_path: Path) -> None:
    """Tables made without migrations are not of any revision."""
    found = await examined(settings(tmp_path, database_url=str(town.database.engine.url)))
    assert not found["database"].good
    assert {"reader zxing-cpp", "reader opencv"} <= {name.lower() for name in found}


def test_what_is_missing_without_libzbar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "pyzbar", None)
    assert [str(finding) for finding in doctor._engines()] == [
        "ok       reader zxing-cpp: reads receipts",
        "missing  reader pyzbar: install the system library libzbar (Debian: libzbar0)",
        "ok       reader opencv: prepares pictures for the readers",
    ]


def test_a_folder_nobody_may_write_to(tmp_path: Path) -> None:
    finding = doctor._data_dir(Path("/proc/1"))
    assert (finding.good, finding.serious) == (False, True)
    assert doctor._data_dir(tmp_path / "new").good


async def test_what_verifiers_were_asked_and_what_is_left(town: Town, tmp_path: Path) -> None:
    url = town.database.engine.url.render_as_string(hide_password=False)
    chosen = settings(
        tmp_path,
        database_url=url,
        receipt_verifiers="tills,fns",
        receipt_calls="fns=3",
        fns_master_token="secret",
    )
    now, allowance = SystemClock().now(), allowances_of(chosen)["fns"]
    assert await town.run(accounts.spend, "fns", allowance, 2, now)
    found = await examined(chosen)
    assert str(found["verifiers"]) == "ok       verifiers: tills, then fns"
    assert str(found["verifier fns"]) == "ok       verifier fns: 2 calls this day, 1 left"
    down = Unavailable(Trouble.DENIED)
    await town.run(accounts.note, "fns", down, now)
    found = await examined(chosen)
    assert str(found["verifier fns"]) == (
        "missing  verifier fns: 2 calls this day, 1 left, trouble: denied"
    )


def test_a_calendar_that_is_not_published_yet_is_spoken_of_from_december_on() -> None:
    known = {"days_off": ["2026-01-01", "2027-01-01"], "provisional": [2027]}
    zone = ZoneInfo("Europe/Moscow")
    november, december = (
        datetime(2026, 11, 30, 20, tzinfo=UTC),
        datetime(2026, 11, 30, 22, tzinfo=UTC),
    )
    assert str(doctor._calendar(known, november, zone)) == (
        "ok       calendar: working days are known"
    )
    assert str(doctor._calendar(known, december, zone)) == (
        "missing  calendar: no published working days of 2027: add the published days to "
        "calendar.yaml and load the city again"
    )


async def test_the_calendar_is_examined_with_the_city(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    await asyncio.to_thread(migrate.upgrade, chosen.database_url)
    database = Database(chosen.database_url)
    await load_city(database, ManualClock())
    await database.close()
    found = await examined(chosen)
    assert (found["city"].good, "calendar" in found) == (True, True)
