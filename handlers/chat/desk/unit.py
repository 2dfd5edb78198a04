"""What a unit has to do: its lists, and who of it is on what."""

from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import To
from handlers.chat.desk import words
from handlers.chat.desk.answers import read_number
from handlers.chat.desk.buttons import Case, Claim, Listed
from handlers.chat.desk.page import look, shown
from handlers.chat.desk.states import Desk, ask
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import N_, _, day, local, verbatim
from handlers.turn import Turn
from services.errors import NotFound
from services.reports import casework, queues, views
from services.reports.queues import Waiting
from services.reports.states import SUPPORTABLE
from services.reports.views import Public, Wanted

router = Router(name="desk_unit")

_PAGE = 8
_COUNTED = 100
TITLES = {
    "todo": N_("📥 To do"),
    "mine": N_("🙋 Mine"),
    "late": N_("⏰ Late"),
    "head": N_("🔴 Very late"),
    "city": N_("📢 Open in the city"),
}
"""The lists by their names."""

_EXPLAINED = {
    "todo": N_("What waits for your unit, the nearest day first."),
    "mine": N_("What you have taken."),
    "late": N_("What was promised for a day that is over."),
    "head": N_("Twice the promised time is over: this is for the head of the unit."),
    "city": N_("What is public and not done, the newest first."),
}


async def _of(turn: Turn, what: str, limit: int, offset: int = 0) -> list[Waiting]:
    who: dict[str, Any] = {"by": turn.me.id, "now": turn.now, "limit": limit, "offset": offset}
    if what == "head":
        return await queues.of_head(turn.tx, turn.city, **who)
    late, mine = what == "late", what == "mine"
    return await queues.of_unit(turn.tx, turn.city, overdue=late, mine=mine, **who)


async def menu(turn: Turn) -> list[list[Button]]:
    """The official's lists with how much is on each; long ones are counted no further."""
    rows = []
    for what in ("todo", "mine", "late", "head"):
        found = len(await _of(turn, what, _COUNTED))
        count = f"{found}+" if found == _COUNTED else str(found)
        if found or what == "todo":
            button = Button(f"{_(TITLES[what])}: {count}", Listed(what=what, offset=0))
            rows.append([button])
    return rows


@router.callback_query(Listed.filter(F.what == "city"), flags=allow(Access.CITY))
async def in_city(_query: CallbackQuery, callback_data: Listed, turn: Turn) -> Screen:
    found = await views.listed(
        turn.tx, turn.city, Wanted(states=SUPPORTABLE), turn.now, limit=_PAGE + 1,
        offset=callback_data.offset,
    )  # fmt: skip
    return _list(callback_data, [_public(each) for each in found])


@router.callback_query(Listed.filter(), flags=allow(Access.OFFICIAL))
async def listed(_query: CallbackQuery, callback_data: Listed, turn: Turn) -> Screen:
    what = callback_data.what
    if what not in TITLES:
        raise NotFound
    found = await _of(turn, what, _PAGE + 1, callback_data.offset)
    return _list(callback_data, [_line(turn, each) for each in found])


def _list(at: Listed, rows: list[Button]) -> Screen:
    """A page of buttons, one more than a page if there is a next one."""
    text = f"<b>{_(TITLES[at.what])}</b>\n{_(_EXPLAINED[at.what])}"
    if not rows:
        text = _("Nothing is on this list. Well done!")
    steps = []
    if at.offset:
        steps.append(Button("«", Listed(what=at.what, offset=max(0, at.offset - _PAGE))))
    if len(rows) > _PAGE:
        steps.append(Button("»", Listed(what=at.what, offset=at.offset + _PAGE)))
    pages = [steps] if steps else []
    return Screen(text, [*([row] for row in rows[:_PAGE]), *pages, [words.desk()]])


def _line(turn: Turn, each: Waiting) -> Button:
    sign = "⏰" if each.overdue else words.state(each.state).partition(" ")[0]
    due = f" · {day(each.due_at, turn.city.timezone, turn.now)}" if each.due_at else ""
    who = " 🙋" if each.mine else "" if each.free else " 👥"
    where = f" · {verbatim(each.address)}" if each.address else ""
    label = f"{sign} № {each.number}{due} · {each.emoji} {local(each.theme)}{where}{who}"
    return Button(label, Case(report=each.id, photos=True))


def _public(each: Public) -> Button:
    sign = "⏰" if each.overdue else words.state(each.state).partition(" ")[0]
    label = f"{sign} № {each.number} · {each.emoji} {local(each.theme)} · {local(each.unit)}"
    return Button(label, Case(report=each.id, photos=True))


@router.callback_query(Claim.filter(), flags=allow(Access.OFFICIAL))
async def claim(_query: CallbackQuery, callback_data: Claim, turn: Turn) -> Screen:
    who: dict[str, Any] = {"report_id": callback_data.report, "by": turn.me.id, "now": turn.now}
    match callback_data.how:
        case "take" | "over":
            over = callback_data.how == "over"
            await queues.claim(turn.tx, turn.city, take_over=over, **who)
        case "free":
            await queues.release(turn.tx, turn.city, **who)
        case _:
            raise NotFound
    return shown(turn, await look(turn, callback_data.report), photos=False)


@router.callback_query(To("desk_number"), flags=allow(Access.DESK))
async def number(_query: CallbackQuery, turn: Turn) -> Screen:
    return await ask(turn, Desk.number, _("Which number? It stands after the sign №."))


@router.message(StateFilter(Desk.number), Answer(), flags=allow(Access.DESK))
async def numbered(message: Message, turn: Turn) -> Screen:
    """A report by its number, in whatever state it is."""
    found = await casework.numbered(
        turn.tx, turn.city, read_number(message.text or ""), turn.me.id, turn.now
    )
    await turn.state.clear()
    return shown(turn, found, photos=True)
