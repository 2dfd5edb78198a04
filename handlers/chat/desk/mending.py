"""A report's theme and words are put right before everybody sees them."""

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.desk import words
from handlers.chat.desk.buttons import Theme, Trim
from handlers.chat.desk.page import look, shown
from handlers.chat.desk.states import Desk, ask, recall, too_late
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import _, local, verbatim
from handlers.turn import Turn
from services.errors import NotFound
from services.reports import editing, themes

_SHOWN = 3_500

router = Router(name="desk_mending")


@router.callback_query(Theme.filter(), flags=allow(Access.DESK))
async def theme(_query: CallbackQuery, callback_data: Theme, turn: Turn) -> Screen:
    report = callback_data.report
    if callback_data.theme:
        await editing.retheme(
            turn.tx, turn.city, by=turn.me.id, report_id=report,
            category_id=callback_data.theme, now=turn.now,
        )  # fmt: skip
        return shown(turn, await look(turn, report), photos=False)
    case = await look(turn, report)
    buttons = [
        Button(f"{each.emoji} {local(each.name)}", Theme(report=report, theme=each.id))
        for each in await themes.themes(turn.tx, turn.city.id)
        if each.id != case.category_id
    ]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    return Screen(
        _("Which theme is right? The unit and the promised day go with it."),
        [*rows, [words.back(report)]],
    )


@router.callback_query(Trim.filter(), flags=allow(Access.CITY))
async def trim(_query: CallbackQuery, callback_data: Trim, turn: Turn) -> Screen:
    """Personal words, such as a phone number, go; whoever wrote them need not be asked."""
    report = callback_data.report
    if callback_data.whole:
        return await _trimmed(turn, report, None)
    case = await look(turn, report)
    asked = await ask(
        turn,
        Desk.trim,
        _(
            "Which words are to go? Copy them from here:\n<code>{text}</code>",
            text=verbatim(words.short(case.text, _SHOWN)),
        ),
        report=report,
    )
    whole = [Button(_("🗑 The whole text"), Trim(report=report, whole=True))]
    return Screen(asked.text, [whole, *asked.buttons], fresh=True)


@router.message(StateFilter(Desk.trim), Answer(), flags=allow(Access.CITY))
async def typed(message: Message, turn: Turn) -> Screen:
    data = await recall(turn)
    if data is None:
        return too_late()
    try:
        return await _trimmed(turn, data["report"], (message.text or "").strip())
    except NotFound:
        return Screen(_("The text has no such words. Please copy them exactly."))


async def _trimmed(turn: Turn, report: int, gone: str | None) -> Screen:
    await editing.remove_words(
        turn.tx, turn.city, by=turn.me.id, report_id=report, words=gone, now=turn.now
    )
    await turn.state.clear()
    return shown(turn, await look(turn, report), photos=False)
