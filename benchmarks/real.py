"""The real application behind a webhook, without Telegram's limits on what goes out."""

import argparse
import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.listening import SECRET, arguments, listen
from bot.app import App, settle_memory
from bot.channels.telegram import Pacer
from bot.settings import Settings
from bot.verifiers import services_of
from services.clock import SystemClock
from services.database import Database
from tests.verifiers.fakes.fns import MASTER

_PACE = 200.0
"""The tax service's own pauses would be measured otherwise."""


class Ahead:
    """The machine's clock, some whole days on."""

    def __init__(self, days: int) -> None:
        self._by = timedelta(days=days)

    def now(self) -> datetime:
        """See `Clock.now`."""
        return SystemClock().now() + self._by


async def guestcard(chosen: argparse.Namespace) -> None:
    settings = Settings(
        _env_file=None,
        bot_token=chosen.token,
        telegram_api_url=chosen.api,
        telegram_mode="webhook",
        webhook_secret=SECRET,
        public_url="https://guestcard.invalid",
        web_port=chosen.port,
        data_dir=chosen.folder,
        **_asking(chosen.tax, chosen.calls),
    )
    database, clock = Database(settings.database_url), Ahead(chosen.days)
    # Telegram's own limits would be measured otherwise.
    app = App(
        settings,
        database=database,
        clock=clock,
        pacer=Pacer(overall=1_000_000, private_seconds=0.0),
        verifiers=services_of(settings, database, clock, ZoneInfo("Europe/Moscow"), pace=_PACE),
    )
    await app.wire()
    async with app.background():
        settle_memory()
        await listen(app.http, chosen.port)


def _asking(tax: str | None, calls: int) -> dict[str, Any]:
    """Every receipt is asked about at the tax service, if there is one."""
    if tax is None:
        return {}
    return {
        "receipt_verifiers": ("fns", "tills"),
        "receipt_calls": {"fns": calls},
        "fns_url": tax,
        "fns_master_token": MASTER,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real")
    parser.add_argument("--tax", help="where the tax service is; none is asked without it")
    parser.add_argument("--calls", type=int, default=100_000, help="a day, at the tax service")
    parser.add_argument("--days", type=int, default=0, help="how far ahead the clock is")
    asyncio.run(guestcard(arguments(parser)))


if __name__ == "__main__":
    main()
