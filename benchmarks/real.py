"""The real application behind a webhook, without Telegram's limits on what goes out."""

import argparse
import asyncio
from pathlib import Path

from benchmarks.listening import SECRET, arguments, listen
from bot.app import App, settle_memory
from bot.channels.telegram import Pacer
from bot.settings import Settings


async def guestcard(token: str, api: str, port: int, folder: Path) -> None:
    settings = Settings(
        _env_file=None,
        bot_token=token,
        telegram_api_url=api,
        telegram_mode="webhook",
        webhook_secret=SECRET,
        public_url="https://guestcard.invalid",
        web_port=port,
        data_dir=folder,
    )
    # Telegram's own limits would be measured otherwise.
    app = App(settings, pacer=Pacer(overall=1_000_000, private_seconds=0.0))
    await app.wire()
    async with app.background():
        settle_memory()
        await listen(app.http, port)


def main() -> None:
    chosen = arguments(argparse.ArgumentParser(prog="python -m benchmarks.real"))
    asyncio.run(guestcard(chosen.token, chosen.api, chosen.port, chosen.folder))


if __name__ == "__main__":
    main()
