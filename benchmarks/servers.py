"""The servers that are compared, each in a process of its own, all behind the same webhook.

`bare`       aiogram as it comes: a handler that sends one message
`row`        the same with one row committed through SQLAlchemy and aiosqlite
`row-tuned`  `row` with this project's collector settings
`guestcard`  the real application
"""

import argparse
import asyncio
import os
from pathlib import Path

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.app import App, settle_memory
from bot.channels.telegram.pacing import Pacer
from bot.settings import Settings

SECRET = "benchmark-secret-token"
PATH = "/telegram/webhook"


class Base(DeclarativeBase):
    """The tables of the compared server."""


class Visit(Base):
    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[int]
    text: Mapped[str]


def _bot(token: str, api: str) -> Bot:
    return Bot(token, AiohttpSession(api=TelegramAPIServer.from_base(api)))


async def _aiogram(dispatcher: Dispatcher, bot: Bot, port: int) -> None:
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=SECRET).register(
        app, PATH
    )
    await _listen(app, port)


async def _listen(app: web.Application, port: int) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


async def bare(token: str, api: str, port: int, _folder: Path) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def answer(message: Message) -> None:
        await message.answer("Hello")

    await _aiogram(dispatcher, _bot(token, api), port)


async def row(token: str, api: str, port: int, folder: Path, *, tuned: bool = False) -> None:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{folder / 'row.db'}", connect_args={"timeout": 60}
    )
    async with engine.begin() as connection:
        await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        await connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
        await connection.run_sync(Base.metadata.create_all)
    sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(engine)
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def answer(message: Message) -> None:
        async with sessions() as session:
            session.add(Visit(user=message.chat.id, text=message.text or ""))
            await session.commit()
        await message.answer("Hello")

    if tuned:
        settle_memory()
    await _aiogram(dispatcher, _bot(token, api), port)


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
    app = App(settings)
    await app.wire()
    assert app.telegram is not None
    # Telegram's own limits would be measured otherwise.
    app.telegram._outgoing.pacer = Pacer(overall=1_000_000, private_seconds=0.0)
    async with app.background():
        settle_memory()
        await _listen(app.http, port)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers")
    parser.add_argument("kind", choices=["bare", "row", "row-tuned", "guestcard"])
    parser.add_argument("--token", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    os.environ.pop("BOT_TOKEN", None)
    given = (chosen.token, chosen.api, chosen.port, chosen.folder)
    if chosen.kind == "bare":
        asyncio.run(bare(*given))
    elif chosen.kind == "guestcard":
        asyncio.run(guestcard(*given))
    else:
        asyncio.run(row(*given, tuned=chosen.kind == "row-tuned"))


if __name__ == "__main__":
    main()
