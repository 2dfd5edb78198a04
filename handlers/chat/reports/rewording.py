"""A message was changed after it had been sent: the words of a draft change with it."""

from aiogram import F, Router
from aiogram.types import Message

from handlers.access import Access, allow
from handlers.chat.reports import flow
from handlers.chat.reports.buttons import Mend
from handlers.chat.reports.gathering import set_words, source_key
from handlers.chat.reports.states import IN_DRAFT, draft_id
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn
from services.errors import NotFound
from services.reports import drafts, own, photos

router = Router(name="reports_rewording")


@router.edited_message(F.text | F.photo | F.document, flags=allow(Access.GUEST))
async def reworded(message: Message, turn: Turn) -> Screen:
    """The dialogue's own draft first; then a report that its photo belongs to."""
    new = (message.text or message.caption or "").strip()
    data = await turn.state.get_data()
    unread = data.get("unread")
    if unread and any(file["message"] == message.message_id for file in unread["files"]):
        await turn.state.set_data({**data, "unread": {**unread, "caption": new}})
        return Screen()
    draft = await draft_id(turn)
    if draft is not None and await turn.state.get_state() in IN_DRAFT:
        return await _in_draft(turn, message, draft, new)
    return await _was_sent(turn, message)


async def _in_draft(turn: Turn, message: Message, draft: int, new: str) -> Screen:
    data = await turn.state.get_data()
    worded, key = dict(data.get("worded", {})), str(message.message_id)
    ours = message.photo is None and message.document is None
    old = worded.get(key)
    if old is None:
        photo = await photos.of_message(turn.tx, turn.me.id, source_key(turn, message))
        if ours or photo is None or photo.report_id != draft:
            return Screen()
    try:
        known = (await drafts.one(turn.tx, turn.city, turn.me.id, draft)).text
    except NotFound:
        return Screen()
    lines = known.replace(old, new, 1) if old else f"{known}\n{new}"
    if lines.strip() == known:
        return Screen()
    await set_words(turn, draft, lines.strip())
    await turn.state.set_data({**data, "worded": {**worded, key: new}})
    return await flow.proceed(turn, draft, said=_("I have changed the words, too."))


async def _was_sent(turn: Turn, message: Message) -> Screen:
    """The caption of a report that is on its way: it is changed there, while that is possible."""
    photo = await photos.of_message(turn.tx, turn.me.id, source_key(turn, message))
    if photo is None:
        return Screen()
    try:
        mine = await own.own(turn.tx, turn.city, turn.me.id, photo.report_id, turn.now)
    except NotFound:
        return Screen()
    if mine.editable_until is None:
        return Screen(
            _("Report № {number} has been sent, so its words stay.", number=str(mine.number))
        )
    return Screen(
        _("Report № {number} has been sent. You can still change it:", number=str(mine.number)),
        [[Button(_("📝 Change the text"), Mend(report=mine.id, part="text"))]],
    )
