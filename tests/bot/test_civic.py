"""The log on the command line: proven, or named where it was rewritten."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import civic
from bot.city import CitySource
from bot.jobs import Jobs
from bot.settings import Settings
from services.civic import log
from services.civic.models import CivicEvent
from tests.services.town import Town

_LAST = select(CivicEvent.hash).order_by(CivicEvent.number.desc()).limit(1)


@pytest.fixture
def settings(town: Town, tmp_path: Path) -> Settings:
    url = town.database.engine.url.render_as_string(hide_password=False)
    return Settings(_env_file=None, data_dir=tmp_path, database_url=url, city="kaluga")


async def record(town: Town, *numbers: int) -> None:
    for n in numbers:
        await town.run(
            log.record, city_id=town.city.id, subject="report", subject_id=n, verb="open",
            before="submitted", after="open", acting="moderator", actor_id=None, at=town.now,
        )  # fmt: skip


async def test_a_whole_log(
    town: Town, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await record(town, 1, 2)
    assert await civic.verify_log(settings) == 0
    (head,) = [row[0] for row in await town.rows(_LAST)]
    assert capsys.readouterr().out == f"2 events, the last {head}\nwhole\n"


async def test_a_rewritten_event_is_named(
    town: Town, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await record(town, 1, 2, 3)
    await town.write(update(CivicEvent).where(CivicEvent.number == 2).values(reason="bribed"))
    assert await civic.verify_log(settings) == 1
    said = capsys.readouterr().out.splitlines()[1:]
    assert said == ["event 2: its words are not those that were hashed", "1 findings"]


async def test_the_head_of_the_latest_day(
    town: Town, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await civic.log_head(settings) == 1
    assert capsys.readouterr().out.startswith("No day has been closed yet")
    await record(town, 1)
    day = town.now.astimezone(town.city.timezone).date()
    town.clock.advance(days=2)
    jobs = Jobs(
        database=town.database,
        clock=town.clock,
        city=CitySource(town.database, "kaluga"),
        committed=lambda: None,
    )
    await jobs.close_log_day()
    assert await civic.log_head(settings) == 0
    (head,) = [row[0] for row in await town.rows(_LAST)]
    assert capsys.readouterr().out == f"{day + timedelta(days=1)} 1 {head}\n"
