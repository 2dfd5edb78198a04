"""Whoever comes every morning earns every morning: with the thresholds and weights of Kaluga."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.cities.models import FiscalDrive
from services.receipts.models import Receipt
from tests.services.pinned import kaluga
from tests.services.town import ORBIT_DRIVE, Town

WEEKS = 4
NEW_SERIES = "7410400000010001"
"""It begins like no series that is known."""


@pytest.fixture
def town(sqlite_town: Town) -> Town:
    rules = sqlite_town.city.rules
    suspicion = kaluga().rules.suspicion
    sqlite_town.city = replace(
        sqlite_town.city, rules=rules.model_copy(update={"suspicion": suspicion})
    )
    return sqlite_town


async def mornings(
    town: Town, *, same: bool, seconds: int, drive: str = ORBIT_DRIVE, uneven: int = 0
) -> list[tuple[int, str]]:
    """A coffee on every day of four weeks, its receipt sent so many seconds later; the days on
    which it did not earn at once."""
    guest, held = await town.guest(), []
    for day in range(7 * WEEKS):
        outcome = await town.submit(
            guest,
            town.qr(
                250 if same else 250 + 7 * day,
                at=town.now - timedelta(seconds=seconds),
                document=1000 + 150 * day,
                drive=drive,
            ),
        )
        if outcome.state != "credited":
            held.append((day, str(outcome.reason)))
        town.clock.advance(days=1, minutes=(7 * day) % 23 - 11 if uneven else 0)
    return held


@pytest.mark.parametrize("uneven", [True, False], ids=["about nine", "nine sharp"])
@pytest.mark.parametrize("same", [True, False], ids=["the same coffee", "another coffee"])
@pytest.mark.parametrize("seconds", [40, 600], ids=["from the screen", "from paper"])
async def test_a_coffee_every_morning_is_never_held(
    town: Town, same: bool, seconds: int, uneven: bool
) -> None:
    assert await mornings(town, same=same, seconds=seconds, uneven=uneven) == []
    signals = select(Receipt.signals).order_by(Receipt.id.desc()).limit(1)
    ((last,),) = await town.rows(signals)
    expected = {"concentration", "one_till"}
    expected |= {"same_sum"} if same else set()
    assert set(last) == expected | ({"quick"} if seconds == 40 else set())


async def test_a_new_series_of_drives_in_a_registered_till_is_nothing_odd(town: Town) -> None:
    of_the_orbit = update(FiscalDrive).where(FiscalDrive.fn == ORBIT_DRIVE)
    await town.write(of_the_orbit.values({FiscalDrive.fn: NEW_SERIES}))
    assert await mornings(town, same=True, seconds=40, drive=NEW_SERIES) == []
    assert "unusual_drive" not in str(await town.rows(select(Receipt.signals)))


async def test_whoever_collects_receipts_at_the_till_is_still_held(town: Town) -> None:
    """Two with almost the same number, as soon as they are printed, day after day."""
    guest = await town.guest()
    town.rules("limits", per_venue_per_day=5, minutes_between=0)
    states = []
    for day in range(7):
        for beside in range(2):
            code = town.qr(
                250 + beside,
                at=town.now - timedelta(seconds=40),
                document=1000 + 150 * day + beside,
            )
            states.append(str((await town.submit(guest, code)).reason))
            town.clock.advance(minutes=1)
        town.clock.advance(days=1, minutes=13 * day)
    assert states[:2] == ["credited", "credited"]
    assert states[-2:] == ["credited", "suspicious"]
    assert states.count("suspicious") >= 5
