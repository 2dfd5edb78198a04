"""Who abuses the reports has to pause: one tap under a declined report, and one to undo it."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.desk import words
from handlers.chat.desk.buttons import Bar
from handlers.chat.desk.page import head, look
from handlers.screen import Button, Screen
from handlers.texts import _, day
from handlers.turn import Turn
from services.reports import barring

router = Router(name="desk_barring")


@router.callback_query(Bar.filter(), flags=allow(Access.CITY))
async def bar(_query: CallbackQuery, callback_data: Bar, turn: Turn) -> Screen:
    report = callback_data.report
    if callback_data.yes:
        until = await barring.bar(turn.tx, turn.city, report_id=report, by=turn.me.id, now=turn.now)
        told = _(
            "⛔ Its author sends no reports and ideas until {day}, and has been told so. Drafts "
            "and voices stay.",
            day=day(until, turn.city.timezone, turn.now),
        )
        rows = [[Button(_("↩️ Undo"), Bar(report=report, yes=False))]]
    else:
        await barring.lift(turn.tx, turn.city, report_id=report, by=turn.me.id, now=turn.now)
        told = _("✅ Its author may send again, and has been told so.")
        rows = []
    case = await look(turn, report)
    return Screen(f"{head(case)}\n{told}", [*rows, [words.back(report), words.desk()]])
