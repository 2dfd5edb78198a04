"""«Fixed?»: the author and the supporters say yes, or no with a photo or a word."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports.buttons import Fixed, ShowReport
from handlers.chat.reports.gathering import Look, advice, fetch, source_key
from handlers.chat.reports.states import Mending, about_awaited, done_but_album, wait
from handlers.screen import Button, Screen
from handlers.texts import _, merits
from handlers.turn import Turn
from services.reports import moves
from services.reports.moves import Moved
from services.reports.photos import Picture
from services.reports.states import Verb

router = Router(name="reports_fixed")


def fixed_or_not(report: int) -> list[Button]:
    """The question, for whoever is asked."""
    return [
        Button(_("👍 Yes, fixed"), Fixed(report=report, yes=True)),
        Button(_("👎 No"), Fixed(report=report, yes=False)),
    ]


@router.callback_query(Fixed.filter(), flags=allow(Access.GUEST))
async def fixed(_query: CallbackQuery, callback_data: Fixed, turn: Turn) -> Screen:
    """Yes or no; a photo is welcome, and not necessary."""
    report = callback_data.report
    if callback_data.done:
        await turn.state.clear()
        verb = Verb.CONFIRM if callback_data.yes else Verb.REOPEN
        return _thanks(await _move(turn, report, verb))
    permitted = await moves.allowed(turn.tx, turn.city, report, turn.me.id, turn.now)
    verb = Verb.CONFIRM if callback_data.yes else Verb.REOPEN
    if verb not in {row.verb for row, _acting in permitted}:
        raise moves.NoSuchMove("", verb)
    if callback_data.yes:
        await wait(turn, Mending.fixed, report)
        return Screen(
            _(
                "Good news! If you are near, send a photo of how it looks now: others believe a "
                "photo, and you get merits for it."
            ),
            [[Button(_("👍 Confirm without a photo"), Fixed(report=report, yes=True, done=True))]],
            fresh=True,
        )
    await wait(turn, Mending.not_fixed, report)
    return Screen(
        _(
            "I am sorry. Please send a photo of how it looks now, or say in a few words what is "
            "wrong. The service gets it back."
        ),
        [[Button(_("👎 Just not fixed"), Fixed(report=report, yes=False, done=True))]],
        fresh=True,
    )


@router.message(
    StateFilter(Mending.fixed, Mending.not_fixed),
    F.photo | F.document,
    flags=allow(Access.GUEST, prepare=fetch),
)
@about_awaited
async def photo(message: Message, turn: Turn, report: int) -> Screen:
    """How it looks now."""
    seen: Look = turn.prepared
    if seen.taken is None:
        return Screen(advice(seen.problem))
    good = await turn.state.get_state() == Mending.fixed.state
    verb = Verb.CONFIRM if good else Verb.REOPEN
    picture = Picture(seen.taken.jpeg, source_key(turn, message))
    moved = await _move(turn, report, verb, message.caption or "", picture)
    await done_but_album(turn, message.media_group_id, report, moved=True)
    return _thanks(moved)


@router.message(StateFilter(Mending.not_fixed), Answer(), flags=allow(Access.GUEST))
@about_awaited
async def objection(message: Message, turn: Turn, report: int) -> Screen:
    """What is wrong, in words."""
    await turn.state.clear()
    return _thanks(await _move(turn, report, Verb.REOPEN, message.text or ""))


async def _move(
    turn: Turn, report: int, verb: Verb, reason: str = "", picture: Picture | None = None
) -> Moved:
    if verb is Verb.REOPEN and not reason:
        reason = "not_fixed"
    return await moves.move(
        turn.tx, turn.city, report, verb, by=turn.me.id, reason=reason or None, picture=picture,
        now=turn.now,
    )  # fmt: skip


def _thanks(moved: Moved) -> Screen:
    number = str(moved.number)
    show = [[Button(_("Show it"), ShowReport(report=moved.report_id))]]
    lines = []
    if moved.after == "reopened":
        lines.append(
            _(
                "№ {number} is open again, and the service has been told. I will write when "
                "something happens.",
                number=number,
            )
        )
    else:
        lines.append(
            _("🎉 Thank you! № {number} is fixed, and everybody sees that.", number=number)
        )
    if moved.merits:
        lines.append(_("You get {merits}.", merits=merits(moved.merits)))
    return Screen("\n".join(lines), show, fresh=True, closes=True)
