"""What waits for a moderator, one after the other: new reports, flagged ones, late photos."""

from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.desk import words
from handlers.chat.desk.buttons import Case, Photo, Queue, Redact, Settle
from handlers.chat.desk.page import head, look, shown
from handlers.screen import Button, Picture, Screen
from handlers.texts import N_, _
from handlers.turn import Turn
from services.errors import NotFound
from services.reports import editing, flags, queues, redacting

router = Router(name="desk_queue")

_EMPTY = {
    "new": N_("No new reports wait. Thank you!"),
    "flagged": N_("No flagged reports wait. Thank you!"),
    "photo": N_("No photos wait. Thank you!"),
}
_NEXT = {"new": queues.next_submitted, "flagged": queues.next_flagged}


@router.callback_query(Queue.filter(), flags=allow(Access.CITY))
async def following(_query: CallbackQuery, callback_data: Queue, turn: Turn) -> Screen:
    return await waiting(turn, callback_data.what, callback_data.after)


async def waiting(turn: Turn, what: str, after: int) -> Screen:
    """The next of this queue, which nobody else is shown meanwhile."""
    try:
        if what == "photo":
            return await _photo(turn, after)
        if what not in _NEXT:
            raise NotFound
        case = await _NEXT[what](turn.tx, turn.city, by=turn.me.id, now=turn.now, after=after)
    except queues.NothingWaits:
        return Screen(_(_EMPTY[what]), [[words.desk()]])
    return shown(turn, case, photos=True)


async def _photo(turn: Turn, after: int) -> Screen:
    kept = await queues.next_photo(turn.tx, turn.city, by=turn.me.id, after=after)
    case = await look(turn, kept.report_id)
    picture = Picture("report_photo", {"token": kept.token, "original": True})
    question = _("May everybody see this photo?")
    return Screen(
        f"{head(case)}\n{question}",
        [
            [
                Button(_("✅ Yes"), Photo(photo=kept.id, how="show")),
                Button(_("🗑 No, remove it"), Photo(photo=kept.id, how="remove")),
            ],
            [Button(_("⬛ Black out"), Redact(report=case.id, photo=kept.id))],
            [Button(_("Show the report"), Case(report=case.id))],
            [Button(_("Next"), Queue(what="photo", after=kept.id)), words.desk()],
        ],
        picture=picture,
        fresh=True,
    )


@router.callback_query(Photo.filter(), flags=allow(Access.CITY))
async def photo(_query: CallbackQuery, callback_data: Photo, turn: Turn) -> Screen:
    who: dict[str, Any] = {"photo_id": callback_data.photo, "by": turn.me.id, "now": turn.now}
    if callback_data.how == "show":
        await redacting.show(turn.tx, turn.city, **who)
    elif callback_data.how == "remove":
        await editing.remove_photo(turn.tx, turn.city, **who)
    else:
        raise NotFound
    return await waiting(turn, "photo", callback_data.photo)


@router.callback_query(Settle.filter(), flags=allow(Access.CITY))
async def settle(_query: CallbackQuery, callback_data: Settle, turn: Turn) -> Screen:
    """The moderator's word on a report that should not be public, say members."""
    report, show = callback_data.report, callback_data.show
    await flags.settle(turn.tx, turn.city, report_id=report, by=turn.me.id, show=show, now=turn.now)
    case = await look(turn, report)
    told = _("👁 Everybody may see it.") if show else _("🙈 Nobody sees it any more.")
    return Screen(
        f"{head(case)}\n{told}",
        [
            [Button(_("↩️ Undo"), Settle(report=report, show=not show))],
            [Button(_("Next"), Queue(what="flagged", after=report)), words.back(report)],
            [words.desk()],
        ],
    )
