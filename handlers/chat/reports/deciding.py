"""The theme, what is there already, the last look, and sending."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.home import menu
from handlers.chat.reports import flow, words
from handlers.chat.reports.buttons import (
    Another,
    Change,
    Discard,
    Mend,
    MyReport,
    MyReports,
    PutTheme,
    Resume,
    Same,
    Send,
    Withdraw,
)
from handlers.chat.reports.mine import changes
from handlers.chat.reports.states import Reporting, draft_id, keep
from handlers.chat.reports.words import once_more
from handlers.screen import Button, Screen
from handlers.texts import _, _n, day, local, verbatim
from handlers.turn import Turn
from services.errors import NotFound
from services.reports import drafts, supporting

router = Router(name="reports_deciding")

_PAGE = 8


@router.callback_query(PutTheme.filter(), flags=allow(Access.GUEST))
async def theme(_query: CallbackQuery, callback_data: PutTheme, turn: Turn) -> Screen:
    draft = await drafts.one(turn.tx, turn.city, turn.me.id, callback_data.draft)
    if not callback_data.theme:
        return await flow.ask_theme(turn, draft, every=True)
    await drafts.set_theme(
        turn.tx, turn.city, member_id=turn.me.id, draft_id=draft.id,
        category_id=callback_data.theme, now=turn.now,
    )  # fmt: skip
    await _take_up(turn, draft.id)
    return await flow.proceed(turn, draft.id)


async def _take_up(turn: Turn, draft: int) -> None:
    """The dialogue is about this draft now; what was said of another one is forgotten."""
    if await draft_id(turn) != draft:
        await turn.state.clear()
    await keep(turn, Reporting.content, draft=draft)


@router.callback_query(Another.filter(), flags=allow(Access.GUEST))
async def another(_query: CallbackQuery, callback_data: Another, turn: Turn) -> Screen:
    """None of the similar ones: it is not asked again for this draft."""
    draft = callback_data.draft
    await drafts.one(turn.tx, turn.city, turn.me.id, draft)
    await _take_up(turn, draft)
    await keep(turn, Reporting.content, different=draft)
    return await flow.proceed(turn, draft)


@router.callback_query(Same.filter(), flags=allow(Access.GUEST))
async def same(_query: CallbackQuery, callback_data: Same, turn: Turn) -> Screen:
    """It is there already: the draft's photos and the voice go to that report."""
    act = _again if callback_data.again else _support
    text = await act(turn, callback_data.draft, callback_data.report)
    await turn.state.clear()
    return Screen(text, keyboard=menu(), fresh=True, closes=True)


async def _again(turn: Turn, draft: int, report: int) -> str:
    moved = await supporting.again(
        turn.tx, turn.city, member_id=turn.me.id, report_id=report, draft_id=draft, now=turn.now
    )
    return _(
        "Thank you! № {number} is open again, and the city's service has been told. I will write "
        "when something happens.",
        number=str(moved.number),
    )


async def _support(turn: Turn, draft: int, report: int) -> str:
    given = await supporting.instead(
        turn.tx, turn.city, member_id=turn.me.id, report_id=report, draft_id=draft, now=turn.now
    )
    text = _(
        "👍 Thank you! Your voice counts for № {number} now, and I will write when something "
        "happens.",
        number=str(given.number),
    )
    if not given.photos:
        return text
    added = _n(
        "Your photo is added; everybody sees it once a moderator has looked at it.",
        "Your {n} photos are added; everybody sees them once a moderator has looked at them.",
        given.photos,
    )
    return f"{text}\n{added}"


@router.callback_query(Change.filter(), flags=allow(Access.GUEST))
async def change(_query: CallbackQuery, callback_data: Change, turn: Turn) -> Screen:
    """One part of the draft once more."""
    draft = await drafts.one(turn.tx, turn.city, turn.me.id, callback_data.draft)
    await _take_up(turn, draft.id)
    back = [Button(_("« Back"), Resume(draft=draft.id))]
    match callback_data.part:
        case "place":
            asked = await flow.ask_place(turn, draft, {})
            return Screen(asked.text, keyboard=asked.keyboard, fresh=True)
        case "theme":
            return await flow.ask_theme(turn, draft, every=True)
        case "text":
            await keep(turn, Reporting.words, draft=draft.id)
            return Screen(once_more(draft.text), [back], fresh=True)
        case "photo":
            if len(draft.photos) >= turn.city.rules.civic.photos:
                return Screen(words.full(turn.city), [back], fresh=True)
            return Screen(_("Send one more photo, or several."), [back], fresh=True)
        case "anonymous":
            await drafts.set_anonymous(
                turn.tx, member_id=turn.me.id, draft_id=draft.id,
                anonymous=not draft.anonymous, now=turn.now,
            )  # fmt: skip
            return await flow.proceed(turn, draft.id)
        case _:
            raise NotFound


@router.callback_query(Resume.filter(), flags=allow(Access.GUEST))
async def resume(_query: CallbackQuery, callback_data: Resume, turn: Turn) -> Screen:
    """Go on where the draft was left."""
    await drafts.one(turn.tx, turn.city, turn.me.id, callback_data.draft)
    await _take_up(turn, callback_data.draft)
    return await flow.proceed(turn, callback_data.draft)


@router.callback_query(To("report_drafts"), flags=allow(Access.GUEST))
async def waiting(_query: CallbackQuery, turn: Turn) -> Screen:
    """All drafts, the one changed last first."""
    found = await drafts.mine(turn.tx, turn.city, turn.me.id)
    new = [Button(_("➕ New report"), Go(to="report"))]
    if not found:
        return Screen(_("There are no drafts."), [new])
    rows = [[Button(_title(turn, draft), Resume(draft=draft.id))] for draft in found[:_PAGE]]
    return Screen(_("<b>Your drafts</b>\nNobody but you can see them."), [*rows, new])


def _title(turn: Turn, draft: drafts.Draft) -> str:
    sign = draft.theme.emoji if draft.theme else "✏️"
    what = draft.text.partition("\n")[0] or (local(draft.theme.name) if draft.theme else "")
    if not what and draft.photos:
        what = _n("{n} photo", "{n} photos", len(draft.photos))
    when = day(draft.updated_at, turn.city.timezone, turn.now)
    what = verbatim(what[:40]) or _("empty")
    return f"{sign} {what} · {when}"


@router.callback_query(Discard.filter(), flags=allow(Access.GUEST))
async def discard(_query: CallbackQuery, callback_data: Discard, turn: Turn) -> Screen:
    draft = callback_data.draft
    if not callback_data.sure:
        await drafts.one(turn.tx, turn.city, turn.me.id, draft)
        return Screen(
            _("Throw this draft away, with its photos?"),
            [
                [Button(_("🗑 Yes, throw away"), Discard(draft=draft, sure=True))],
                [Button(_("« Back"), Resume(draft=draft))],
            ],
            fresh=True,
        )
    await drafts.discard(turn.tx, turn.city, member_id=turn.me.id, draft_id=draft, now=turn.now)
    if await draft_id(turn) == draft:
        await turn.state.clear()
    return Screen(_("The draft is gone."), keyboard=menu(), fresh=True, closes=True)


@router.callback_query(Send.filter(), flags=allow(Access.GUEST))
async def send(_query: CallbackQuery, callback_data: Send, turn: Turn) -> Screen:
    """Send it: however often this is pressed, there is one report."""
    sent = await drafts.submit(
        turn.tx, turn.city, member_id=turn.me.id, draft_id=callback_data.draft, now=turn.now
    )
    if await draft_id(turn) == callback_data.draft:
        await turn.state.clear()
    number = str(sent.number)
    if sent.again:
        return Screen(
            _("№ {number} has been sent already, once is enough.", number=number),
            [[Button(_("Show it"), MyReport(report=sent.id))]],
            fresh=True,
            closes=True,
        )
    turn.noted.append(("report", "sent"))
    text = _(
        "📨 <b>Sent: № {number}</b>\n"
        "{unit} is to deal with it by <b>{day}</b>. A moderator looks at it first; I will write "
        "when something happens.",
        number=number,
        unit=local(sent.unit),
        day=day(sent.due_at, turn.city.timezone, turn.now),
    )
    return Screen(text, after(turn, sent.id), fresh=True, closes=True)


def after(turn: Turn, report: int) -> list[list[Button]]:
    """What can be done with a report that has just been sent."""
    rows = [
        [
            Button(_("📷 Add a photo"), Mend(report=report, part="photo")),
            Button(_("↩️ Take back"), Withdraw(report=report, sure=False)),
        ],
        [Button(_("➕ One more nearby"), Go(to="report_next"))],
        [Button(_("📋 My reports"), MyReports(offset=0))],
    ]
    if turn.city.rules.civic.edit_minutes:
        rows[1:1] = changes(report)
    return rows


@router.callback_query(To("report_next"), flags=allow(Access.GUEST))
async def one_more(_query: CallbackQuery, turn: Turn) -> Screen:
    """Another problem at the same place: only what is wrong is asked."""
    spot = await drafts.last_spot(turn.tx, turn.me.id)
    await turn.state.clear()
    if spot is None:
        return await flow.ask_content(turn)
    draft = await drafts.start(
        turn.tx, turn.city, member_id=turn.me.id, source=turn.me.channel, now=turn.now
    )
    await drafts.set_place(
        turn.tx, turn.city, member_id=turn.me.id, draft_id=draft, spot=spot, now=turn.now
    )
    asked = await flow.ask_content(turn, draft)
    noted = _("📍 The same place: {place}", place=words.place(turn.city, spot))
    return Screen(f"{noted}\n\n{asked.text}", asked.buttons, fresh=True)


@router.message(StateFilter(Reporting), F.contact, flags=allow(Access.GUEST))
async def contact(_message: Message, turn: Turn) -> Screen:
    """A phone number is not needed for a report, and not kept."""
    return Screen(_("I do not need a phone number for this, and I have not kept it."))
