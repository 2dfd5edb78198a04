"""A crash between any two statements of telling addresses of public moves.

Whatever the moment, after the restart every address has every public move, under one id, and
nothing else; only what was under way when the process died may come twice.
"""

import pytest

from services.reports.states import Acting, Verb
from services.sharing import webhooks
from services.sharing.models import WebhookDelivery
from tests.faults.post import tell_all, told
from tests.faults.script import Script
from tests.faults.stage import Stage
from tests.house import House
from tests.http.desk import Desk

ADDRESSES = ("https://one.example/", "https://two.example/")
MOVES = ("kaluga-2", "kaluga-3", "kaluga-4")


async def prepare(house: House) -> None:
    """Two addresses; one report moves in public, another in private."""
    for url in ADDRESSES:
        async with house.database.transaction() as tx:
            await webhooks.add(
                tx, city_id=house.city.id, url=url, subjects=("report",), now=house.clock.now()
            )
    desk = Desk(house)
    number = await desk.report("assigned")
    await desk.move(number, Verb.START, Acting.OFFICIAL)
    await desk.report("clarify")
    house.clock.advance(minutes=-10)


async def as_it_ends(house: House, repeated: int) -> None:
    """The process has started again, and works for an hour."""
    for minutes in (15, 3, 60):
        house.clock.advance(minutes=minutes)
        await tell_all(house, 200)
    taken = told(house)
    assert set(taken) == {(url, move) for url in ADDRESSES for move in MOVES}
    assert sum(taken.values()) - len(taken) <= repeated
    rows = await house.rows(WebhookDelivery)
    assert [row["state"] for row in rows] == ["sent"] * 6


@pytest.mark.parametrize("status", [200, 500])
async def test_a_crash_between_any_two_statements_of_telling(stage: Stage, status: int) -> None:
    async with stage.set() as house:
        await prepare(house)
    script = Script(stage.now, tells=status)
    async with stage.after(script) as house:
        await tell_all(house, status)
        await as_it_ends(house, 0)
    crashes = await stage.crashes(script)
    assert len(crashes) >= 20
    for crash in crashes:
        async with stage.after(script, crash) as house:
            rows = await house.rows(WebhookDelivery)
            pairs = {(row["webhook_id"], row["event_id"]) for row in rows}
            assert len(pairs) == len(rows), f"twice by {crash.name}"
            # One call of each address can be under way.
            await as_it_ends(house, 2)
