"""The house with Kaluga loaded, on SQLite, for the flows."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from services.cities.rules import Earning, Limits, RedemptionRules, Strikes
from services.database import Database
from services.rewards.models import Reward
from tests.clock import ManualClock
from tests.house import House, house_of, load_city

PRICES = {
    "orbita-cookie": 30,
    "orbita-espresso": 60,
    "orbita-raf": 120,
    "third-stage-kompot": 90,
    "third-stage-dinner": 750,
    "milky-way-bun": 40,
}
"""The city may set its own numbers in the pack; the transcripts of these tests have these."""

THREE = Strikes(count=3, window_minutes=10, pause_minutes=10)
FIVE = Strikes(count=5, window_minutes=10, pause_minutes=10)
RULES = {
    "earning": Earning(
        points=5, per_kop=10_000, kind_percent={"tour": 150}, min_sum_kop=10_000,
        auto_max_kop=1_500_000, now_share=20, now_cap_per_day=300, matures_after_days=7,
        expires_after_days=365, warn_before_days=14,
    ),
    "limits": Limits(
        max_age_hours=72, hard_max_age_days=14, future_minutes=15, per_day_per_guest=5,
        per_venue_per_day=1, minutes_between=30, unreadable=THREE,
    ),
    "redemption": RedemptionRules(
        code_minutes=15, undo_minutes=5, wrong_codes=FIVE, grace_days=3
    ),
    "test_drives": ("9999",),
}  # fmt: skip


@pytest.fixture(scope="session")
def kaluga_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with Kaluga's pack in it, to be copied."""
    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("kaluga") / "city.sqlite"))

    async def load() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}", pool_size=2)
        await load_city(database, ManualClock())
        async with database.transaction() as tx:
            for slug, price in PRICES.items():
                await tx.execute(update(Reward).where(Reward.slug == slug).values(price=price))
        await database.close()

    asyncio.run(load())
    return path


@pytest.fixture
async def kaluga(kaluga_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with Kaluga in it and nobody else."""
    path = shutil.copy(kaluga_template, tmp_path / "guestcard.sqlite")
    database = Database(f"sqlite+aiosqlite:///{path}", pool_size=5)
    yield database
    await database.close()


@pytest.fixture
async def house(kaluga: Database, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    """Kaluga's bot at 12:00 city time on a Sunday."""
    async with house_of(kaluga, clock, tmp_path) as house:
        house.rules(**RULES)
        yield house
