"""The servers the real application is compared with, behind the same webhook.

`bare`       aiogram as it comes: a handler that sends one message
`row`        the same with one row committed through SQLAlchemy and aiosqlite
`row-tuned`  `row` with this project's collector settings
"""

import argparse
import asyncio
import gc
from pathlib import Path

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.listening import PATH, SECRET, arguments, listen


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
    await listen(app, port)


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
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
    await _aiogram(dispatcher, _bot(token, api), port)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bare")
    parser.add_argument("kind", choices=["bare", "row", "row-tuned"])
    chosen = arguments(parser)
    given = (chosen.token, chosen.api, chosen.port, chosen.folder)
    if chosen.kind == "bare":
        asyncio.run(bare(*given))
    else:
        asyncio.run(row(*given, tuned=chosen.kind == "row-tuned"))


if __name__ == "__main__":
    main()
