"""Before a quarter ends, each official of a unit that owes figures hears of it once."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.city import CitySource
from bot.jobs import Jobs
from services.delivery.models import OutboxMessage
from services.plan import reminding
from services.plan.reminding import quarter
from tests.services.plan.plan_town import official, today, write
from tests.services.town import Town, at_once


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 3, 31), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 11, 22), date(2026, 10, 1), date(2026, 12, 31)),
        (date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_quarters(day: date, first: date, last: date) -> None:
    assert quarter(day) == (first, last)


def test_every_day_is_inside_its_quarter_of_three_months() -> None:
    for step in range(0, 4000, 3):
        day = date(2024, 1, 1) + timedelta(days=step)
        first, last = quarter(day)
        assert first <= day <= last
        assert (last - first).days in {89, 90, 91}
        assert quarter(last + timedelta(days=1))[0] == last + timedelta(days=1)


def before_the_end(town: Town, days: int) -> None:
    _first, last = quarter(today(town))
    ends = datetime.combine(last, datetime.min.time(), town.city.timezone) + timedelta(hours=12)
    town.clock.advance(seconds=(ends - timedelta(days=days) - town.now).total_seconds())


async def test_officials_who_owe_figures_are_reminded_once(town: Town) -> None:
    culture, colleague, roads = (
        await official(town), await official(town), await official(town, "roads"),
    )  # fmt: skip
    await official(town, "parks")
    before_the_end(town, 11)
    assert await town.run(reminding.remind, town.city, town.now) == 0
    town.clock.advance(days=1)
    await write(town, roads, 8_000, code="repair-days")
    assert await town.run(reminding.remind, town.city, town.now) == 2
    assert await town.run(reminding.remind, town.city, town.now) == 0
    assert await town.outbox() == [(culture, "plan_figures_due"), (colleague, "plan_figures_due")]
    ((facts,),) = await town.rows(
        select(OutboxMessage.facts).where(OutboxMessage.member_id == culture)
    )
    assert facts == {"figures": 5, "until": "2026-12-31"}


async def test_figures_of_last_year_that_were_never_written_are_owed_too(town: Town) -> None:
    culture, roads = await official(town), await official(town, "roads")
    await write(town, roads, 8_000, code="repair-days")
    await write(town, culture, 1_310)
    town.clock.advance(days=60)
    before_the_end(town, 3)
    assert await town.run(reminding.remind, town.city, town.now) == 2
    rows = await town.rows(select(OutboxMessage.member_id, OutboxMessage.facts))
    assert sorted((who, facts["figures"]) for who, facts in rows) == [(culture, 9), (roads, 1)]


async def test_the_next_quarter_asks_again(town: Town) -> None:
    roads = await official(town, "roads")
    await write(town, roads, 8_000, code="repair-days")
    before_the_end(town, 3)
    assert await town.run(reminding.remind, town.city, town.now) == 0
    town.clock.advance(days=10)
    before_the_end(town, 3)
    assert await town.run(reminding.remind, town.city, town.now) == 1
    assert await town.outbox() == [(roads, "plan_figures_due")]


async def test_two_processes_remind_at_once(town: Town) -> None:
    await official(town)
    before_the_end(town, 3)
    done, refused = await at_once(
        *(town.run(reminding.remind, town.city, town.now) for _ in range(4))
    )
    assert (sorted(done), refused) == ([0, 0, 0, 1], [])
    assert len(await town.outbox()) == 1


async def test_the_job_reminds_at_its_own_time(town: Town) -> None:
    who = await official(town)
    woken: list[bool] = []
    jobs = Jobs(
        database=town.database,
        clock=town.clock,
        city=CitySource(town.database, "kaluga"),
        committed=lambda: woken.append(True),
    )
    await jobs.remind_of_plan()
    assert (await town.outbox(), woken) == ([], [])
    before_the_end(town, 5)
    await jobs.remind_of_plan()
    await jobs.remind_of_plan()
    assert (await town.outbox(), woken) == ([(who, "plan_figures_due")], [True])
