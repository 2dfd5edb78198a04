"""Shows screens: edited in place where a button is answered, sent anew elsewhere."""

import logging
from collections.abc import Sequence
from typing import Any

from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.documents import Documents
from bot.pictures import KEPT, Pictures
from handlers.screen import Ask, Button, Keyboard, Picture, Screen
from handlers.texts import plain
from services.images.contract import ImageFault

log = logging.getLogger(__name__)

_TOAST_LIMIT = 200
_HINT_LIMIT = 64
_HARMLESS = ("message is not modified", "query is too old", "query id is invalid")
_GONE = ("message to edit not found", "message can't be edited", "there is no media", "no text in")

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None


class Presenter:
    """The only place that calls the methods of a channel to show something."""

    def __init__(self, pictures: Pictures, documents: Documents) -> None:
        self._pictures = pictures
        self._documents = documents

    async def answer(
        self, bot: Bot, chat_id: int, screen: Screen, query: CallbackQuery | None
    ) -> None:
        """Show the screen to the person who just wrote or pressed."""
        if query is None:
            await self.send(bot, chat_id, screen)
            return
        await self._answer_press(bot, query, screen)
        message = query.message
        if isinstance(message, Message) and screen.closes:
            await _tolerant(
                bot.edit_message_reply_markup, chat_id=chat_id, message_id=message.message_id
            )
        replaced = isinstance(message, Message) and await self._replace(bot, message, screen)
        await self.send(bot, chat_id, screen, skip_first=replaced)

    async def send(
        self, bot: Bot, chat_id: int, screen: Screen, *, skip_first: bool = False
    ) -> None:
        """Send the screen as new messages: the text or picture, then what comes with it."""
        if not skip_first and (screen.text or screen.picture):
            await self._send_main(bot, chat_id, screen)
        if screen.place is not None:
            place = screen.place
            await bot.send_venue(
                chat_id, place.lat, place.lon, place.title, place.address or place.title
            )
        if screen.attachment is not None:
            made = await self._documents.of(screen.attachment)
            if made is not None:
                await bot.send_document(chat_id, BufferedInputFile(made, screen.attachment.name))
        for other in screen.also:
            await self.send(bot, chat_id, other)

    async def _answer_press(self, bot: Bot, query: CallbackQuery, screen: Screen) -> None:
        toast = plain(screen.toast)[:_TOAST_LIMIT] if screen.toast else None
        await _tolerant(
            bot.answer_callback_query, query.id, text=toast, show_alert=screen.alert or None
        )

    async def _replace(self, bot: Bot, message: Message, screen: Screen) -> bool:
        """Edit the message the button stands on; False when it has to be sent anew."""
        if screen.fresh or not (screen.text or screen.picture):
            return False
        pictured = bool(screen.picture) or screen.keeps_picture
        if bool(message.photo) != pictured or screen.keyboard is not None:
            return False
        where: dict[str, Any] = {"chat_id": message.chat.id, "message_id": message.message_id}
        try:
            return await self._edit(bot, screen, where)
        except TelegramBadRequest as refusal:
            reason = refusal.message.lower()
            if any(words in reason for words in _HARMLESS):
                return True
            if any(words in reason for words in _GONE):
                return False
            raise

    async def _edit(self, bot: Bot, screen: Screen, where: dict[str, Any]) -> bool:
        below: dict[str, Any] = {"parse_mode": ParseMode.HTML, **where}
        below["reply_markup"] = _inline(screen.buttons)
        if screen.keeps_picture:
            await bot.edit_message_caption(caption=screen.text, **below)
        elif screen.picture is None:
            await bot.edit_message_text(screen.text, **below)
        else:
            return await self._replace_picture(bot, screen, screen.picture, where)
        return True

    async def _replace_picture(
        self, bot: Bot, screen: Screen, picture: Picture, where: dict[str, Any]
    ) -> bool:
        for _try in range(2):
            file = await self._file(bot, picture)
            if file is None:
                return False
            media = InputMediaPhoto(media=file, caption=screen.text, parse_mode=ParseMode.HTML)
            try:
                edited = await bot.edit_message_media(
                    media, reply_markup=_inline(screen.buttons), **where
                )
            except TelegramBadRequest as refusal:
                if not _is_lost(file, refusal):
                    raise
                await self._pictures.lost(bot.id, picture)
                continue
            if isinstance(edited, Message) and edited.photo:
                await self._pictures.sent(bot.id, picture, edited.photo[-1].file_id)
            return True
        return False

    async def _send_main(self, bot: Bot, chat_id: int, screen: Screen) -> None:
        markup = _markup(screen)
        if screen.picture is not None and await self._send_picture(bot, chat_id, screen, markup):
            return
        await bot.send_message(chat_id, screen.text, parse_mode=ParseMode.HTML, reply_markup=markup)

    async def _send_picture(self, bot: Bot, chat_id: int, screen: Screen, markup: Markup) -> bool:
        picture = screen.picture
        assert picture is not None
        for _try in range(2):
            file = await self._file(bot, picture)
            if file is None:
                return False
            try:
                sent = await bot.send_photo(
                    chat_id,
                    file,
                    caption=screen.text,
                    parse_mode=ParseMode.HTML,
                    reply_markup=markup,
                )
            except TelegramBadRequest as refusal:
                if picture.kind in KEPT:
                    # A guest's photo that a channel does not take must not hide what is said.
                    log.warning("A photo was not taken", extra={"reason": refusal.message})
                    return False
                if not _is_lost(file, refusal):
                    raise
                await self._pictures.lost(bot.id, picture)
                continue
            if sent.photo:
                await self._pictures.sent(bot.id, picture, sent.photo[-1].file_id)
            return True
        return False

    async def _file(self, bot: Bot, picture: Picture) -> str | BufferedInputFile | None:
        try:
            return await self._pictures.of(bot.id, picture)
        except ImageFault as fault:
            log.exception("A picture could not be drawn", extra={"reason": fault.reason})
            return None


async def _tolerant(call: Any, *args: Any, **kwargs: Any) -> None:
    """Call a method whose refusal for being late or needless is no loss."""
    try:
        await call(*args, **kwargs)
    except TelegramBadRequest as refusal:
        reason = refusal.message.lower()
        if not any(words in reason for words in (*_HARMLESS, *_GONE)):
            raise


def _is_lost(file: str | BufferedInputFile, refusal: TelegramBadRequest) -> bool:
    """Whether the channel does not know the id of the picture any more."""
    return isinstance(file, str) and "file" in refusal.message.lower()


def _markup(screen: Screen) -> Markup:
    if screen.keyboard is not None:
        return _reply(screen.keyboard)
    return _inline(screen.buttons)


def _inline(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_button(b) for b in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        text=plain(button.label),
        callback_data=button.data,
        url=button.url,
        copy_text=CopyTextButton(text=button.copy) if button.copy else None,
    )


def _reply(keyboard: Keyboard) -> ReplyKeyboardMarkup | ReplyKeyboardRemove:
    if not keyboard.rows:
        return ReplyKeyboardRemove()
    return ReplyKeyboardMarkup(
        keyboard=[[_reply_key(key) for key in row] for row in keyboard.rows],
        resize_keyboard=True,
        is_persistent=True,
        input_field_placeholder=plain(keyboard.hint)[:_HINT_LIMIT] or None,
    )


def _reply_key(key: str | Ask) -> KeyboardButton:
    if isinstance(key, str):
        return KeyboardButton(text=key)
    return KeyboardButton(
        text=key.label,
        request_location=key.wants == "location" or None,
        request_contact=key.wants == "contact" or None,
    )
