"""Whoever has been asked to pause sends no ideas: they stay drafts, as reports do."""

from aiogram.types import CallbackQuery, TelegramObject

from handlers.chat.projects.buttons import IdeaIs
from handlers.turn import Turn
from services.civic import bars

_IDEAS = f"{IdeaIs.__prefix__}{IdeaIs.__separator__}"


async def check(turn: Turn, event: TelegramObject) -> None:
    """Raise `bars.MayNotSend` where a draft of an idea is about to be sent by who may not."""
    if not isinstance(event, CallbackQuery) or not (event.data or "").startswith(_IDEAS):
        return
    try:
        pressed = IdeaIs.unpack(event.data or "")
    except (TypeError, ValueError):
        return  # Not a button of ours: its handler says so.
    if pressed.what == "send":
        await bars.check(turn.tx, turn.me.id, turn.now)
