"""Runs the small bot on a port, for browsers and benchmarks: `python -m tests.channels.web.serve`.

Arguments: the database file, the port (0 for any). Prints the address when it is ready.
"""

import asyncio
import sys
from pathlib import Path

from aiohttp import web
from sqlalchemy import create_engine

from bot.channels.web.gateway import WebChannel
from bot.channels.web.security import Limits
from bot.tables import metadata
from services.clock import SystemClock
from services.database import Database
from tests.channels.web.echo import CITY, Log, dispatcher

OPEN = Limits(sockets_per_address=5000, actions=(1000, 1000), starts=(5000, 5000))


async def main(path: str, port: int) -> None:
    """Serve until killed."""
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    database = Database(f"sqlite+aiosqlite:///{path}")
    channel = WebChannel(
        database=database,
        clock=SystemClock(),
        dispatcher=dispatcher(Log()),
        public_url=None,
        data_dir=Path(path).parent,
        city=CITY,
        limits=OPEN,
    )
    app = web.Application()
    channel.attach(app)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
