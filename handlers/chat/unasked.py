"""Words that nobody asked for: they are kept, and become a report or an idea where one says so."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.projects import idea
from handlers.chat.reports import flow, gathering
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn
from services.reports import themes

router = Router(name="unasked")

_LETTERS = 12
"""Fewer letters are rarely about the city."""


async def perhaps(turn: Turn, message: Message) -> Screen | None:
    """Offer to make something of the words; None where they are few or belong to a dialogue."""
    said = (message.text or "").strip()
    if len(said) < _LETTERS or await turn.state.get_state() is not None:
        return None
    rows = [[Button(_("💡 It is an idea for the city"), Go(to="idea_said"))]]
    if await themes.themes(turn.tx, turn.city.id):
        rows.insert(0, [Button(_("🏙 It is a problem in the city"), Go(to="report_said"))])
    await turn.state.set_data({"said": said})
    return Screen(
        _("Is this about the city? Then let us make something of it:"),
        [*rows, [Button(_("What can you do?"), Go(to="help"))]],
    )


async def _said(turn: Turn) -> str:
    said: str = (await turn.state.get_data()).get("said", "")
    if said:
        await turn.state.clear()
    return said


@router.callback_query(To("report_said"), flags=allow(Access.GUEST))
async def problem(_query: CallbackQuery, turn: Turn) -> Screen:
    """The words begin a report; a second tap goes on with it."""
    said = await _said(turn)
    if not said:
        return await gathering.go_on(turn)
    draft = await gathering.begun(turn)
    await gathering.put_words(turn, draft, said)
    return await flow.proceed(turn, draft)


@router.callback_query(To("idea_said"), flags=allow(Access.GUEST))
async def proposal(_query: CallbackQuery, turn: Turn) -> Screen:
    """The words begin an idea."""
    said = await _said(turn)
    return await (idea.told(turn, said) if said else idea.begin(turn))
