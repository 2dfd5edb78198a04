"""A bot small enough to see through: what the channel's tests talk to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot, Dispatcher, F
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import CommandStart
from aiogram.methods import SendMessage
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
)

Handler = Callable[[Any, dict[str, Any]], Awaitable[Any]]
BUTTONS = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="Open", callback_data="open")]]
)


class Echo:
    """Remembers what reached it; `gate` holds up every message that begins with "slow"."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher()
        self.began: list[int] = []
        self.handled: list[int] = []
        self.errors: list[TelegramAPIError] = []
        self.failures_left = 0
        self._news = asyncio.Event()
        self.at_gate = asyncio.Event()
        self.gate = asyncio.Event()
        self.downloaded: list[bytes] = []
        self.dispatcher.update.outer_middleware(self._record)
        on_message = self.dispatcher.message
        on_message.register(self._greet, CommandStart())
        on_message.register(self._photo, F.photo)
        on_message.register(self._document, F.document)
        on_message.register(self._place, F.location)
        on_message.register(self._text, F.text)
        self.dispatcher.callback_query.register(self._open)
        self.dispatcher.my_chat_member.register(self._membership)

    async def _record(self, handler: Handler, update: Update, data: dict[str, Any]) -> Any:
        self.began.append(update.update_id)
        result = await handler(update, data)
        self.handled.append(update.update_id)
        self._news.set()
        return result

    async def until_handled(self, update_id: int) -> None:
        async with asyncio.timeout(15):
            while update_id not in self.handled:
                self._news.clear()
                await self._news.wait()

    async def _greet(self, message: Message) -> None:
        assert message.from_user
        await message.answer(f"Hello, <b>{message.from_user.full_name}</b>", reply_markup=BUTTONS)

    async def _open(self, query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.message.edit_text("Opened")
        await query.answer("Here it is")

    async def _photo(self, message: Message, bot: Bot) -> None:
        assert message.photo
        content = await bot.download(message.photo[-1])
        assert content
        data = content.read()
        self.downloaded.append(data)
        await message.answer_photo(BufferedInputFile(data, "back.jpg"), caption="Your photo")

    async def _document(self, message: Message, bot: Bot) -> None:
        assert message.document
        content = await bot.download(message.document)
        assert content
        self.downloaded.append(content.read())
        await message.answer_document(BufferedInputFile(self.downloaded[-1], "back.bin"))

    async def _place(self, message: Message) -> None:
        assert message.location
        await message.answer_venue(
            message.location.latitude, message.location.longitude, "Here", "Lenin street, 1"
        )

    async def _text(self, message: Message) -> SendMessage | None:
        text = message.text or ""
        if text.startswith("slow"):
            self.at_gate.set()
            await self.gate.wait()
        if text == "fail" and self.failures_left:
            self.failures_left -= 1
            raise RuntimeError("A fault before the commit")
        if text == "return":
            return SendMessage(chat_id=message.chat.id, text="Returned")
        try:
            await message.answer(f"You said: {text}")
        except TelegramAPIError as error:
            self.errors.append(error)
        return None

    async def _membership(self, event: ChatMemberUpdated) -> None:
        """Nothing to say to those who left."""
