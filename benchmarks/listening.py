"""What every compared server has in common: where it listens and how it is started."""

import argparse
import asyncio
from pathlib import Path

from aiohttp import web

SECRET = "benchmark-secret-token"
PATH = "/telegram/webhook"


async def listen(app: web.Application, port: int) -> None:
    """Serve until the process is ended; say so on standard output first."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


def arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The token, the fake Telegram, the port and a folder for the database."""
    parser.add_argument("--token", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    return parser.parse_args()
