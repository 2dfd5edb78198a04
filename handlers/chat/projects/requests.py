"""Requests of the city or a business: what is asked for, by which criteria, for what prize."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow, may_enter
from handlers.buttons import Go, To
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import Listing, RequestIs, RequestOf, ShowRequest
from handlers.chat.projects.idea import answer_request
from handlers.chat.projects.paging import page
from handlers.chat.projects.refusals import missing
from handlers.chat.projects.works import day_of
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, day, local, verbatim
from handlers.turn import Turn
from services.cities import venue_names
from services.members.roles import Role
from services.projects import challenges, legality
from services.projects.challenges import Call
from services.projects.facts import ChallengeFacts

router = Router(name="project_requests")

_PAGE = 6
_STATES = {
    "draft": N_("draft"),
    "open": N_("open"),
    "closed": N_("closed"),
}


@router.callback_query(To("requests"), flags=allow(Access.GUEST))
async def requests(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _listing(turn, 0)


@router.callback_query(Listing.filter(F.what == "requests"), flags=allow(Access.GUEST))
async def requests_on(_query: CallbackQuery, callback_data: Listing, turn: Turn) -> Screen:
    return await _listing(turn, callback_data.offset)


async def _listing(turn: Turn, offset: int) -> Screen:
    found = await challenges.listing(turn.tx, turn.city.id, limit=_PAGE + 1, offset=offset)
    rows = [[_button(call)] for call in found[:_PAGE]]
    rows += page(Listing(what="requests", offset=offset), len(found), _PAGE)
    if may_enter(turn.me, Access.CALLER):
        rows.append([Button(_("📣 My requests"), Go(to="my_requests"))])
    rows.append([Button(_("« Ideas and projects"), Go(to="projects"))])
    text = _("📣 <b>The city and its businesses ask for ideas</b>")
    if not found:
        text = _("📣 Nobody asks for ideas just now. A free idea is always welcome: /idea")
    return Screen(text, rows)


def _button(call: Call) -> Button:
    return Button(f"📣 {verbatim(call.title)}", ShowRequest(request=call.id))


@router.callback_query(ShowRequest.filter(), flags=allow(Access.GUEST))
async def shown(_query: CallbackQuery, callback_data: ShowRequest, turn: Turn) -> Screen:
    call = await challenges.shown(turn.tx, turn.city.id, callback_data.request)
    rows = []
    if call.state == "open" and call.ends_at > turn.now:
        rows.append([Button(_("💡 Answer it"), RequestIs(request=call.id, what="answer"))])
    if call.ideas:
        rows.append(
            [
                Button(
                    _n("{n} answer", "{n} answers", call.ideas),
                    Listing(what="request", key=str(call.id)),
                )
            ]
        )
    if call.state == "open" and may_enter(turn.me, Access.CITY):
        rows.append([Button(_("✖ Close it"), RequestIs(request=call.id, what="close"))])
    return Screen(await _told(turn, call), [*rows, [Button(_("« Requests"), Go(to="requests"))]])


async def _told(turn: Turn, call: Call | ChallengeFacts) -> str:
    criteria = call.criteria if isinstance(call, Call) else call.criteria_list
    names = {}
    if call.venue_id is not None:
        names = await venue_names(turn.tx, [call.venue_id])
    who = local(names[call.venue_id]) if call.venue_id in names else local(turn.city.name)
    lines: list[str] = [
        f"📣 <b>{verbatim(call.title)}</b>",
        _("Asked by: {who}", who=who),
        "",
        verbatim(call.brief),
    ]
    if criteria:
        lines += ["", _("<b>How ideas are chosen</b>")]
        lines += [f"• {verbatim(each)}" for each in criteria]
    lines.append("")
    if call.prize:
        lines.append(_("🏆 {prize}", prize=call.prize))
    until = day(call.ends_at - timedelta(seconds=1), turn.city.timezone, turn.now)
    lines.append(_("⏳ Ideas are taken until {day}", day=until))
    if call.state == "closed":
        lines.append(_("This request is closed."))
    return "\n".join(lines)


@router.callback_query(To("my_requests"), flags=allow(Access.CALLER))
async def mine(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _mine(turn)


async def _mine(turn: Turn, toast: str | None = None) -> Screen:
    found = await challenges.of_owner(turn.tx, turn.me.id)
    rows = [
        [
            Button(
                f"📣 {verbatim(call.title)} · {_(_STATES[call.state])}",
                RequestIs(request=call.id, what="own"),
            )
        ]
        for call in found
    ]
    rows.append([Button(_("➕ Ask for ideas"), Go(to="new_request"))])
    rows.append([Button(_("« Requests"), Go(to="requests"))])
    return Screen(_("📣 <b>Your requests</b>"), rows, toast=toast)


@router.callback_query(To("new_request"), flags=allow(Access.CALLER))
async def new(_query: CallbackQuery, turn: Turn) -> Screen:
    venues = turn.me.venues(Role.OWNER)
    for_city = turn.me.has(Role.OFFICIAL, Role.OPERATOR)
    if not venues:
        return await _ask_next(turn, {"venue": None})
    names = await venue_names(turn.tx, venues)
    rows = [[Button(local(names[venue]), RequestOf(venue=venue))] for venue in venues
            if venue in names]  # fmt: skip
    if for_city:
        rows.append([Button(_("🏙 The city"), RequestOf(venue=0))])
    return Screen(_("Who asks?"), [*rows, [Button(_("« Requests"), Go(to="my_requests"))]])


@router.callback_query(RequestOf.filter(), flags=allow(Access.CALLER))
async def of_whom(_query: CallbackQuery, callback_data: RequestOf, turn: Turn) -> Screen:
    return await _ask_next(turn, {"venue": callback_data.venue or None})


_QUESTIONS = {
    "title": N_("📣 What do you need ideas for? One line: the title of the request."),
    "brief": N_("Tell more: what is it like now, and what should change?"),
    "criteria": N_("How will you choose? Write each criterion on a line of its own."),
    "prize": N_("What does the author of the best idea get? For example: 50,000 ₽, or thanks."),
    "ends": N_("Until which day are ideas taken? For example: 31.05.2027"),
}


async def _ask_next(turn: Turn, kept: dict[str, Any], mistake: Html | None = None) -> Screen:
    """The next question about a new request."""
    following = next(name for name in _QUESTIONS if name not in kept)
    question = _(_QUESTIONS[following])
    step = _("{n} of {all}", n=list(_QUESTIONS).index(following) + 1, all=len(_QUESTIONS))
    text = Html(f"<b>{step}</b>\n{question}")
    return await ask(turn, Asking.request, f"{mistake}\n\n{text}" if mistake else text, kept=kept)


@router.message(StateFilter(Asking.request), Answer(), flags=allow(Access.CALLER))
async def answered(message: Message, turn: Turn) -> Screen:
    facts = await asked(turn)
    if facts is None:
        return left()
    kept: dict[str, Any] = facts["kept"]
    following = next(name for name in _QUESTIONS if name not in kept)
    text = (message.text or "").strip()
    if following != "ends":
        return await _ask_next(turn, {**kept, following: text})
    return await _finish(turn, kept, text)


async def _finish(turn: Turn, kept: dict[str, Any], text: str) -> Screen:
    today = turn.now.astimezone(turn.city.timezone).date()
    last = day_of(text, today)
    if last is None or last < today:
        return await _ask_next(turn, kept, _("I need a day that is still to come."))
    ends_at = datetime.combine(last + timedelta(days=1), time.min, turn.city.timezone)
    await challenges.draft(
        turn.tx, city=turn.city, owner_id=turn.me.id, title=kept["title"], brief=kept["brief"],
        criteria=[line for line in kept["criteria"].splitlines() if line.strip()],
        prize=kept["prize"], ends_at=ends_at.astimezone(UTC), now=turn.now,
        venue_id=kept["venue"],
    )  # fmt: skip
    return await _mine(turn, _("Kept. A moderator looks at it, then you can open it."))


@router.callback_query(RequestIs.filter(F.what == "answer"), flags=allow(Access.GUEST))
async def answer(_query: CallbackQuery, callback_data: RequestIs, turn: Turn) -> Screen:
    call = await challenges.shown(turn.tx, turn.city.id, callback_data.request)
    return await answer_request(turn, call.id, call.title)


@router.callback_query(RequestIs.filter(F.what == "own"), flags=allow(Access.CALLER))
async def own(_query: CallbackQuery, callback_data: RequestIs, turn: Turn) -> Screen:
    return await _own(turn, callback_data.request)


async def _own(turn: Turn, request_id: int, toast: str | None = None) -> Screen:
    facts = await challenges.one(turn.tx, request_id, turn.now)
    if facts.owner_id != turn.me.id:
        return await _mine(turn)
    text = await _told(turn, facts)
    rows = []
    if facts.state == "draft":
        lacking = legality.lacks(facts, turn.city.rules.civic)
        if lacking:
            text += "\n\n" + _("Before it can be opened:\n{missing}", missing=missing(lacking))
        else:
            rows.append([Button(_("📣 Open it"), RequestIs(request=request_id, what="open"))])
    rows.append([Button(_("« Your requests"), Go(to="my_requests"))])
    return Screen(text, rows, toast=toast)


@router.callback_query(RequestIs.filter(F.what == "open"), flags=allow(Access.CALLER))
async def open_(_query: CallbackQuery, callback_data: RequestIs, turn: Turn) -> Screen:
    await challenges.open_(
        turn.tx, city=turn.city, challenge_id=callback_data.request, by=turn.me.id, now=turn.now
    )
    return await _own(turn, callback_data.request, _("It is open!"))


@router.callback_query(RequestIs.filter(F.what == "look"), flags=allow(Access.CITY))
async def look(_query: CallbackQuery, callback_data: RequestIs, turn: Turn) -> Screen:
    facts = await challenges.one(turn.tx, callback_data.request, turn.now)
    approve = RequestIs(request=callback_data.request, what="approve")
    return Screen(
        await _told(turn, facts),
        [
            [Button(_("✅ Approve"), approve)],
            [Button(_("✖ Close it"), RequestIs(request=callback_data.request, what="close"))],
            [Button(_("« Requests that wait"), Go(to="requests_desk"))],
        ],
    )


@router.callback_query(RequestIs.filter(F.what == "approve"), flags=allow(Access.CITY))
async def approve(_query: CallbackQuery, callback_data: RequestIs, turn: Turn) -> Screen:
    await challenges.approve(
        turn.tx, city=turn.city, challenge_id=callback_data.request, by=turn.me.id, now=turn.now
    )
    return Screen(
        _("Approved. Its owner can open it now."),
        [[Button(_("« Requests that wait"), Go(to="requests_desk"))]],
    )


@router.callback_query(RequestIs.filter(F.what == "close"), flags=allow(Access.CITY))
async def ask_why(_query: CallbackQuery, callback_data: RequestIs, turn: Turn) -> Screen:
    return await ask(
        turn, Asking.close_request, _("Why is it closed? Everybody will read the reason."),
        request=callback_data.request,
    )  # fmt: skip


@router.message(StateFilter(Asking.close_request), Answer(), flags=allow(Access.CITY))
async def close(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    await challenges.close(
        turn.tx, city=turn.city, challenge_id=kept["request"], by=turn.me.id,
        reason=message.text or "", now=turn.now,
    )  # fmt: skip
    return Screen(_("Closed."), [[Button(_("« Requests"), Go(to="requests"))]])
