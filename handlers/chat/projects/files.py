"""Photos and files that come with a project, fetched before any transaction is open."""

from dataclasses import dataclass

from aiogram import Bot
from aiogram.types import Message

from handlers.access import Eyes
from handlers.texts import Html, _
from services.images.contract import ImageFault, Unopenable
from services.projects.documents import MAX_BYTES


@dataclass(frozen=True, slots=True)
class Brought:
    """What a message brought: its bytes and name, or why there are none."""

    data: bytes | None = None
    name: str = ""
    problem: str | None = None


async def bring(message: Message, bot: Bot, eyes: Eyes) -> Brought:
    """The photo without where it was taken, or the file as it is."""
    if message.photo:
        return await _photo(message, bot, eyes)
    document = message.document
    assert document is not None
    if (document.file_size or 0) > MAX_BYTES:
        return Brought(problem="too_large")
    if (document.mime_type or "").startswith("image/"):
        return await _photo(message, bot, eyes)
    fetched = await bot.download(document)
    assert fetched is not None
    return Brought(fetched.read(), document.file_name or "document")


async def _photo(message: Message, bot: Bot, eyes: Eyes) -> Brought:
    source = message.photo[-1] if message.photo else message.document
    assert source is not None
    fetched = await bot.download(source)
    assert fetched is not None
    try:
        taken = await eyes.take(fetched.read())
    except (Unopenable, ImageFault):
        return Brought(problem="unreadable")
    return Brought(taken.jpeg, "photo.jpg")


def trouble(problem: str) -> Html:
    """Why the file could not be taken, and what to do."""
    if problem == "too_large":
        return _("This file is too large. Please send one of at most 5 MB.")
    return _("I cannot open this picture. Please send it once more, or another one.")
