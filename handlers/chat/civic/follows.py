"""What a member follows, and an end of it."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.civic.buttons import Follows, Unfollow, WantWeek
from handlers.chat.civic.names import named
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn
from services.civic import following, naming
from services.week import news, sending

router = Router(name="follows")

_PAGE = 8


@router.callback_query(To("follows"), flags=allow(Access.GUEST))
async def follows(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _page(turn, 0)


@router.callback_query(Follows.filter(), flags=allow(Access.GUEST))
async def more_follows(_query: CallbackQuery, callback_data: Follows, turn: Turn) -> Screen:
    return await _page(turn, callback_data.offset)


@router.callback_query(Unfollow.filter(), flags=allow(Access.GUEST))
async def unfollow(_query: CallbackQuery, callback_data: Unfollow, turn: Turn) -> Screen:
    ended = await following.end(turn.tx, member_id=turn.me.id, follow_id=callback_data.entry)
    toast = _("You will hear no more of this.") if ended else _("You did not follow this any more.")
    return await _page(turn, 0, toast)


async def _page(turn: Turn, offset: int, toast: str | None = None) -> Screen:
    found = await following.of_member(turn.tx, turn.me.id, _PAGE + 1, offset)
    shown = found[:_PAGE]
    names = await naming.names(turn.tx, turn.city, {(each.subject, each.key) for each in shown})
    rows = [
        [
            Button(
                _("🔕 {what}", what=named(each.subject, names.get((each.subject, each.key)))),
                Unfollow(entry=each.id),
            )
        ]
        for each in shown
    ]
    if len(found) > _PAGE:
        rows.append([Button(_("Older"), Follows(offset=offset + _PAGE))])
    if any(each.subject in news.SUBJECTS for each in shown):
        rows.append([await _week(turn)])
    rows.append([Button(_("⭐ What I did for the city"), Go(to="deeds"))])
    text = _(
        "<b>What you follow</b>\nYou hear of each at most once a day. Tap one to hear no more."
    )
    if not found and not offset:
        text = _("You follow nothing yet. Support a report or an idea, and you will hear of it.")
    return Screen(text, rows, toast=toast)


async def _week(turn: Turn) -> Button:
    if await sending.wanted(turn.tx, turn.me.id):
        return Button(_("🔕 No news of the week"), WantWeek(on=False))
    return Button(_("📬 Tell me once a week after all"), WantWeek(on=True))
