"""A small bot to talk to: every feature of the web chat, none of the product's rules."""

import asyncio
import struct
import zlib
from collections import Counter
from typing import Any

from aiogram import Dispatcher, F, Router
from aiogram.filters import Command, CommandStart
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    TelegramObject,
    Update,
)

CITY = {
    "language": "ru",
    "title": {"ru": "Гостевая карта Калуги", "en": "Kaluga Guest Card", "zh": "卡卢加旅客卡"},
    "short": {"ru": "Калуга", "en": "Kaluga", "zh": "卡卢加"},
}


def inline(*rows: list[tuple[str, str]]) -> InlineKeyboardMarkup:
    """Rows of (label, data)."""
    keys = [[InlineKeyboardButton(text=t, callback_data=d) for t, d in row] for row in rows]
    return InlineKeyboardMarkup(inline_keyboard=keys)


def png(width: int = 8, height: int = 8) -> bytes:
    """A plain picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\xb3\x47" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


class Log:
    """What the dispatcher was given and what it handled."""

    def __init__(self) -> None:
        self.fed: Counter[int] = Counter()
        self.handled: list[str] = []
        self.photos: list[bytes] = []
        self.go = asyncio.Event()
        self.go.set()

    async def once(self, handler: Any, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Stands in for the boundary: an update is handled once."""
        assert isinstance(event, Update)
        self.fed[event.update_id] += 1
        if self.fed[event.update_id] == 1:
            return await handler(event, data)
        return None


def dispatcher(log: Log) -> Dispatcher:
    """The bot. It knows /start /buttons /list /fail, a photo, a place, anything else.

    After /slow photos are answered when anybody says /go.
    """
    dp = Dispatcher()
    dp.update.outer_middleware(log.once)
    dp.include_routers(_shows(), _photos(log), _router(log))
    return dp


def _photos(log: Log) -> Router:
    router = Router()

    @router.message(Command("slow"))
    async def slow(message: Message) -> None:
        log.go.clear()

    @router.message(Command("go"))
    async def go(message: Message) -> None:
        log.go.set()

    @router.message(F.photo)
    async def photo(message: Message) -> None:
        assert message.bot
        assert message.photo
        file = await message.bot.download(message.photo[-1])
        assert file
        log.photos.append(file.read())
        if not log.go.is_set():
            await message.bot.send_chat_action(message.chat.id, "typing")
            await log.go.wait()
        await message.answer(f"Фото {message.photo[-1].width}×{message.photo[-1].height}")
        await message.answer_photo(BufferedInputFile(png(), "card.png"), caption="Карта")

    return router


def _shows() -> Router:
    router = Router()

    @router.message(Command("buttons"))
    async def buttons(message: Message) -> None:
        rows = inline([("Раз", "one"), ("Тост", "toast")], [("Окно", "alert")])
        copy = CopyTextButton(text="A1B2")
        rows.inline_keyboard.append([InlineKeyboardButton(text="Код", copy_text=copy)])
        await message.answer("Выбирайте", reply_markup=rows)

    @router.message(Command("list"))
    async def long_list(message: Message) -> None:
        rows = [[(f"Место {n}", f"place:{n}")] for n in range(1, 31)]
        await message.answer("Что посмотреть", reply_markup=inline(*rows))

    @router.message(Command("fail"))
    async def fail(message: Message) -> None:
        raise RuntimeError("planned")

    return router


def _router(log: Log) -> Router:
    router = Router()

    @router.message(CommandStart())
    async def start(message: Message) -> None:
        log.handled.append(message.text or "")
        keys = [[KeyboardButton(text="Карта"), KeyboardButton(text="Место", request_location=True)]]
        markup = ReplyKeyboardMarkup(keyboard=keys, resize_keyboard=True)
        await message.answer(f"Привет, {message.text}", reply_markup=markup)

    @router.message(F.location)
    async def place(message: Message) -> None:
        assert message.location
        await message.answer_venue(
            message.location.latitude, message.location.longitude, "Музей", "Королёва, 2"
        )

    @router.message()
    async def echo(message: Message) -> None:
        log.handled.append(message.text or "")
        if message.text == "medium":
            await asyncio.sleep(0.2)
        await message.answer(f"Эхо: {message.text}")

    @router.callback_query()
    async def press(query: CallbackQuery) -> None:
        data = query.data or ""
        log.handled.append(data)
        assert isinstance(query.message, Message)
        if data == "one":
            await query.message.edit_text("Стало два", reply_markup=inline([("Два", "two")]))
        if data.startswith("place:"):
            await query.message.edit_text(f"Рассказ, {data}")
        if data == "toast":
            await query.message.answer("Отдельный ответ")
        await query.answer(f"Нажали {data}", show_alert=data == "alert")

    return router
