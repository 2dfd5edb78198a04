"""What is typed or sent where the desk has asked: a reason, a day, a number, a photo, a word."""

import re
from datetime import date

from aiogram import F, Router
from aiogram.filters import Filter, StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import To
from handlers.chat.desk import asking, words
from handlers.chat.desk.buttons import Say
from handlers.chat.desk.moving import Step, make, proceed, step
from handlers.chat.desk.page import head, look, shown
from handlers.chat.desk.states import Desk, ask, recall, too_late
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports.gathering import Look, advice, fetch, source_key
from handlers.screen import Screen
from handlers.texts import _
from handlers.turn import Turn
from services.errors import NotFound
from services.reports import albums, notes, views
from services.reports.photos import Picture

router = Router(name="desk_answers")

_DAY = re.compile(r"\s*(\d{1,2})\s*[./-]\s*(\d{1,2})(?:\s*[./-]\s*(\d{4}|\d{2}))?\s*", re.ASCII)
_LATE = "desk_album:"
_ISO = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*", re.ASCII)


@router.callback_query(To("desk_cancel"), flags=allow(Access.DESK))
async def cancel(_query: CallbackQuery, turn: Turn) -> Screen:
    """Back to the report that was asked about, undone."""
    report = (await turn.state.get_data()).get("report")
    await turn.state.clear()
    if report is None:
        return Screen(_("Nothing was changed."), [[words.desk()]])
    return shown(turn, await look(turn, report), photos=False)


async def _asked(turn: Turn) -> Step | Screen:
    """The move that the question belonged to, still allowed; or why it is not."""
    data = await recall(turn)
    if data is None:
        return too_late()
    found = await step(turn, data["report"], data["verb"], data["seen"], data["extra"])
    if isinstance(found, Screen):
        await turn.state.clear()
    return found


@router.message(StateFilter(Desk.reason), Answer(), flags=allow(Access.DESK))
async def own_words(message: Message, turn: Turn) -> Screen:
    found = await _asked(turn)
    if isinstance(found, Screen):
        return found
    return await make(turn, found, reason=message.text)


@router.message(StateFilter(Desk.day), Answer(), flags=allow(Access.DESK))
async def typed_day(message: Message, turn: Turn) -> Screen:
    found = await _asked(turn)
    if isinstance(found, Screen):
        return found
    today = turn.now.astimezone(turn.city.timezone).date()
    day = read_day(message.text or "", today)
    if day is None or day < today:
        return await asking.typed_day(turn, found.facts, again=True)
    await turn.state.clear()
    return await proceed(turn, Step(found.case, found.row, found.acting, day.toordinal()))


def read_day(text: str, today: date) -> date | None:
    """A day as people write it; without a year the next one there is."""
    if iso := _ISO.fullmatch(text):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    number, month = int(match[1]), int(match[2])
    if match[3]:
        return _date(int(match[3]) % 2000 + 2000, month, number)
    found = _date(today.year, month, number)
    return found if found and found >= today else _date(today.year + 1, month, number)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@router.message(StateFilter(Desk.original), Answer(), flags=allow(Access.DESK))
async def typed_number(message: Message, turn: Turn) -> Screen:
    found = await _asked(turn)
    if isinstance(found, Screen):
        return found
    number = read_number(message.text or "")
    try:
        original = await views.by_number(turn.tx, turn.city, number, turn.now)
    except NotFound:
        return await asking.original(turn, found.case, found.facts)
    await turn.state.clear()
    return await proceed(turn, Step(found.case, found.row, found.acting, original.id))


def read_number(text: str) -> int:
    """The number of a report as people write it; 0 when it cannot be one."""
    digits = "".join(letter for letter in text if letter in "0123456789")
    return int(digits) if 0 < len(digits) < 10 else 0


@router.message(
    StateFilter(Desk.after), F.photo | F.document, flags=allow(Access.DESK, prepare=fetch)
)
async def after_photo(message: Message, turn: Turn) -> Screen:
    """The photo of what was done: with it the report is fixed."""
    seen: Look = turn.prepared
    found = await _asked(turn)
    if isinstance(found, Screen):
        return found
    if seen.taken is None:
        return Screen(advice(seen.problem))
    picture = Picture(seen.taken.jpeg, source_key(turn, message))
    made = await make(turn, found, reason=message.caption, picture=picture)
    if message.media_group_id is not None:
        await turn.state.set_state(_LATE + message.media_group_id)
        await turn.state.set_data({"report": found.case.id})
    return made


class Late(Filter):
    """The rest of an album whose first photo was taken: else it would be read as receipts."""

    async def __call__(self, message: Message, raw_state: str | None = None) -> bool:
        album = message.media_group_id
        return album is not None and raw_state == _LATE + album


@router.message(Late(), F.photo | F.document, flags=allow(Access.DESK, prepare=fetch))
async def one_more(message: Message, turn: Turn) -> Screen:
    """The other photos belong to the same fix; one answer was enough."""
    seen: Look = turn.prepared
    report = (await turn.state.get_data()).get("report")
    if report is not None and seen.taken is not None:
        await albums.add(
            turn.tx, turn.city, report_id=report, by=turn.me.id, now=turn.now,
            picture=Picture(seen.taken.jpeg, source_key(turn, message)),
        )  # fmt: skip
    return Screen()


@router.message(StateFilter(Desk.after), Answer(), flags=allow(Access.DESK))
async def no_photo(_message: Message, turn: Turn) -> Screen:
    found = await _asked(turn)
    return found if isinstance(found, Screen) else await asking.photo(turn, found.facts)


@router.callback_query(Say.filter(), flags=allow(Access.DESK))
async def say(_query: CallbackQuery, callback_data: Say, turn: Turn) -> Screen:
    case = await look(turn, callback_data.report)
    question = _("What is to be said about it? Once the report is public, everybody reads it.")
    return await ask(turn, Desk.word, f"{head(case)}\n{question}", report=case.id)


@router.message(StateFilter(Desk.word), Answer(), flags=allow(Access.DESK))
async def said(message: Message, turn: Turn) -> Screen:
    data = await recall(turn)
    if data is None:
        return too_late()
    await notes.say(
        turn.tx,
        turn.city,
        report_id=data["report"],
        by=turn.me.id,
        text=message.text or "",
        now=turn.now,
    )
    await turn.state.clear()
    return shown(turn, await look(turn, data["report"]), photos=False)
