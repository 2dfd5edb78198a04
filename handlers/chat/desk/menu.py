"""The desk: what waits for this person, a moderator or an official."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.desk import notices, promoting, unit
from handlers.chat.desk.buttons import Listed, Queue
from handlers.chat.desk.page import is_moderator
from handlers.screen import Button, Screen
from handlers.texts import _, _n
from handlers.turn import Turn
from services.reports import queues

router = Router(name="desk_menu")


@router.callback_query(To("desk"), flags=allow(Access.DESK))
async def desk(_query: CallbackQuery, turn: Turn) -> Screen:
    return await home(turn)


async def home(turn: Turn) -> Screen:
    """The queues of a moderator, who lets go of what they were looking at; an official's lists."""
    rows: list[list[Button]] = []
    if is_moderator(turn):
        await queues.let_go(turn.tx, by=turn.me.id)
        rows += await _of_moderator(turn)
    if turn.me.units():
        rows += await unit.menu(turn)
    rows.append([Button(_("№ A report by its number"), Go(to="desk_number"))])
    if is_moderator(turn):
        rows.append([Button(_("« Back"), Go(to="staff"))])
    return Screen(_("<b>The desk</b>\nWhat citizens have reported, and what waits for you."), rows)


async def how_many(turn: Turn) -> int:
    """How much waits for this moderator."""
    counts = await queues.counts(turn.tx, turn.city, turn.me.id, turn.now)
    return counts.submitted + counts.flagged + counts.photos


async def _of_moderator(turn: Turn) -> list[list[Button]]:
    counts = await queues.counts(turn.tx, turn.city, turn.me.id, turn.now)
    waits = {"new": counts.submitted, "flagged": counts.flagged, "photo": counts.photos}
    found = [
        [Button(notices.waiting(what, n), Queue(what=what, after=0))]
        for what, n in waits.items()
        if n
    ]
    if groups := await promoting.how_many(turn):
        label = _n("🧩 {n} group of reports", "🧩 {n} groups of reports", groups)
        found.append([Button(label, Go(to="desk_groups"))])
    found.append([Button(_(unit.TITLES["city"]), Listed(what="city", offset=0))])
    return found
