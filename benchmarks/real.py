"""The real application behind a webhook, without Telegram's limits on what goes out."""

import argparse
import asyncio
from pathlib import Path
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


async def guestcard(token: str, api: str, port: int, folder: Path, tax: str | None) -> None:
    settings = Settings(
        _env_file=None,
        bot_token=token,
        telegram_api_url=api,
        telegram_mode="webhook",
        webhook_secret=SECRET,
        public_url="https://guestcard.invalid",
        web_port=port,
        data_dir=folder,
        **_asking(tax),
    )
    database, clock = Database(settings.database_url), SystemClock()
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
        await listen(app.http, port)


def _asking(tax: str | None) -> dict[str, Any]:
    """Every receipt is asked about at the tax service, if there is one."""
    if tax is None:
        return {}
    return {
        "receipt_verifiers": ("fns", "tills"),
        "receipt_calls": {"fns": 100_000},
        "fns_url": tax,
        "fns_master_token": MASTER,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real")
    parser.add_argument("--tax", help="where the tax service is; none is asked without it")
    chosen = arguments(parser)
    asyncio.run(guestcard(chosen.token, chosen.api, chosen.port, chosen.folder, chosen.tax))


if __name__ == "__main__":
    main()
