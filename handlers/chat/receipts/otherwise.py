"""A photo without a code may show a problem in the city: its file is remembered for a while."""

from dataclasses import replace
from typing import Any

from aiogram.types import Message

from handlers.buttons import Go
from handlers.chat.receipts.states import Sending
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn
from services.reports import themes

_FILES = 10
"""An album has no more."""


async def perhaps_a_report(
    turn: Turn, message: Message | None, problem: str | None, raw_state: str | None, screen: Screen
) -> Screen:
    """The screen about a photo without a code, with the way to a report; of an album only one."""
    if message is None or problem != "no_code":
        return screen
    if not await _remember(turn, message, raw_state):
        return Screen()
    offer = await _offer(turn)
    told = message.caption is not None or message.media_group_id is not None
    if offer and told:
        # Nobody writes under a receipt, or sends several at once without one code.
        return replace(screen, text=_("I see no receipt here. Is something wrong in the city?"),
                       buttons=[*offer, *screen.buttons])  # fmt: skip
    return replace(screen, buttons=[*screen.buttons, *offer])


async def _remember(turn: Turn, message: Message, raw_state: str | None) -> bool:
    """Keep where the photo can be had again, no more of it; whether this photo is answered.

    Of an album the first is. A dialogue about something else is left as it is.
    """
    if raw_state not in {None, *Sending.__all_states_names__}:
        return True
    data = await turn.state.get_data()
    before: dict[str, Any] = data.get("unread") or {}
    album = message.media_group_id
    same = album is not None and before.get("album") == album
    files = [*before["files"], _file(message)] if same else [_file(message)]
    caption = message.caption or (before.get("caption") if same else None)
    unread = {"album": album, "files": files[:_FILES], "caption": caption}
    await turn.state.set_data({**data, "unread": unread})
    return not same


def _file(message: Message) -> dict[str, Any]:
    source = message.photo[-1] if message.photo else message.document
    assert source is not None
    return {"id": source.file_id, "size": source.file_size or 0, "message": message.message_id}


async def _offer(turn: Turn) -> list[list[Button]]:
    """The way to a report; none in a city that takes none."""
    if not await themes.themes(turn.tx, turn.city.id):
        return []
    return [[Button(_("🏙 It is a problem in the city"), Go(to="report_photo"))]]
