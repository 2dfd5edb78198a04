"""The author's own reports: the list, one live card that is edited in place, and what to do."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.reports import appeal, words
from handlers.chat.reports.buttons import (
    Erase,
    Fixed,
    Mend,
    MyReport,
    MyReports,
    Withdraw,
)
from handlers.chat.reports.fixed import fixed_or_not
from handlers.screen import Button, Screen
from handlers.texts import Html, _, _n, day, day_and_clock, local, plain, verbatim
from handlers.turn import Turn
from services.reports import moves, own
from services.reports.own import Mine
from services.reports.states import Verb, row_of

router = Router(name="reports_mine")

_PAGE = 8


@router.callback_query(To("my_reports"), flags=allow(Access.GUEST))
async def first_page(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _page(turn, 0)


@router.callback_query(MyReports.filter(), flags=allow(Access.GUEST))
async def page(_query: CallbackQuery, callback_data: MyReports, turn: Turn) -> Screen:
    return await _page(turn, callback_data.offset)


async def _page(turn: Turn, offset: int) -> Screen:
    found = await own.mine(turn.tx, turn.city, turn.me.id, turn.now, limit=_PAGE + 1, offset=offset)
    new = [Button(_("➕ New report"), Go(to="report"))]
    if not found:
        return Screen(_("You have not reported anything yet."), [new])
    rows = [[_line(one)] for one in found[:_PAGE]]
    row = []
    if offset:
        row.append(Button(_("Newer"), MyReports(offset=max(0, offset - _PAGE))))
    if len(found) > _PAGE:
        row.append(Button(_("Older"), MyReports(offset=offset + _PAGE)))
    return Screen(_("<b>Your reports</b>"), [*rows, row, new] if row else [*rows, new])


def _line(one: Mine) -> Button:
    sign = words.state(one.state).partition(" ")[0]
    return Button(
        f"{sign} № {one.number} · {one.emoji} {local(one.theme)}", MyReport(report=one.id)
    )


@router.callback_query(MyReport.filter(), flags=allow(Access.GUEST))
async def show(_query: CallbackQuery, callback_data: MyReport, turn: Turn) -> Screen:
    return await card(turn, callback_data.report)


async def card(turn: Turn, report: int, said: str = "") -> Screen:
    """One of the author's reports as it stands now."""
    mine = await own.own(turn.tx, turn.city, turn.me.id, report, turn.now)
    lines = _told(turn, mine)
    text = "\n".join([said, "", *lines] if said else lines)
    return Screen(text, _ways(turn, mine))


def _told(turn: Turn, mine: Mine) -> list[str]:
    zone = turn.city.timezone
    lines: list[str] = [f"{mine.emoji} <b>{local(mine.theme)}</b> · № {mine.number}"]
    lines.append(f"📍 {words.place(turn.city, mine.spot)}")
    lines.append(words.state(mine.state))
    if mine.question:
        lines.append(_("<b>{question}</b>", question=words.reason(mine.question)))
        assert mine.answer_until is not None
        until = day_and_clock(mine.answer_until, zone)
        lines.append(_("Please answer by {until}, or it will be closed.", until=until))
    elif mine.reason and mine.state == "submitted":
        # Nothing else is sent with words: it was declined, and its author objected.
        lines.append(_("🙏 You asked us to look again: {reason}", reason=words.reason(mine.reason)))
    elif mine.reason:
        lines.append(_("Why: {reason}", reason=words.reason(mine.reason)))
    if mine.state == "declined":
        lines.append(
            _(
                "Did we overlook something? Press “{button}” and say what: a moderator looks once "
                "more.",
                button=plain(look_again(mine.id).label),
            )
        )
    if mine.due_at is not None and not _is_over(mine):
        due = day(mine.due_at, zone, turn.now)
        lines.append(
            _("⏰ Was promised by {day}", day=due) if mine.overdue else _("⏰ By {day}", day=due)
        )
    if mine.text:
        lines += ["", verbatim(mine.text)]
    lines += ["", *_small(turn, mine)]
    return lines


def _small(turn: Turn, mine: Mine) -> list[Html]:
    hidden = mine.anonymous or not turn.me.name
    small = [_("🙈 Without your name") if hidden else _("👤 With your first name")]
    if mine.photos:
        small.append(_n("📷 {n} photo", "📷 {n} photos", len(mine.photos)))
    if mine.up:
        small.append(Html(f"👍 {words.voices(mine.up)}"))
    if mine.hidden:
        small.append(_("It is hidden until a moderator has looked at it once more."))
    return small


def _is_over(mine: Mine) -> bool:
    return mine.state in {"fixed", "confirmed", "declined", "unfixable", "duplicate", "promoted",
                          "withdrawn", "referred"}  # fmt: skip


def _ways(turn: Turn, mine: Mine) -> list[list[Button]]:
    """What the author can do now, read from the rows of the states."""
    rows: list[list[Button]] = []
    if mine.state == "clarify":
        rows.append([Button(_("💬 Answer"), Mend(report=mine.id, part="answer"))])
    if mine.state == "fixed":
        rows.append(fixed_or_not(mine.id))
    if mine.state == "confirmed":
        rows.append([Button(_("🔁 It is there again"), Fixed(report=mine.id, yes=False))])
    if mine.state == "declined":
        rows.append([look_again(mine.id)])
    if mine.editable_until is not None:
        rows += changes(mine.id)
    name = _("👤 Show my name") if mine.anonymous else _("🙈 Hide my name")
    row = [Button(name, Mend(report=mine.id, part="name"))] if turn.me.name else []
    if not _is_over(mine):
        row.insert(0, Button(_("📷 Add a photo"), Mend(report=mine.id, part="photo")))
    rows.append(row)
    rows.append([Button(_("🧹 Remove what is personal"), Erase(report=mine.id))])
    if row_of(mine.state, Verb.WITHDRAW) is not None:
        rows.append([Button(_("↩️ Take back"), Withdraw(report=mine.id, sure=False))])
    rows += appeal.ways(turn.city, mine.id)
    rows.append([Button(_("« My reports"), MyReports(offset=0))])
    return rows


def look_again(report: int) -> Button:
    """The way to object to a moderator's no."""
    return Button(_("🙏 Please look again"), Mend(report=report, part="appeal"))


def changes(report: int) -> list[list[Button]]:
    """What can be changed of a report that nobody has opened yet."""
    return [
        [Button(_("📝 Change the text"), Mend(report=report, part="text"))],
        [
            Button(_("📍 Another place"), Mend(report=report, part="place")),
            Button(_("🏷 Another theme"), Mend(report=report, part="theme")),
        ],
    ]


@router.callback_query(Withdraw.filter(), flags=allow(Access.GUEST))
async def withdraw(_query: CallbackQuery, callback_data: Withdraw, turn: Turn) -> Screen:
    mine = await own.own(turn.tx, turn.city, turn.me.id, callback_data.report, turn.now)
    if not callback_data.sure:
        return Screen(
            _(
                "Take back № {number}? Nobody outside the city's team will see its text, place "
                "and photos any more, and nobody will work on it. Its number and theme stay.",
                number=str(mine.number),
            ),
            [
                [Button(_("↩️ Yes, take it back"), Withdraw(report=mine.id, sure=True))],
                [Button(_("« Back"), MyReport(report=mine.id))],
            ],
        )
    await moves.move(turn.tx, turn.city, mine.id, Verb.WITHDRAW, by=turn.me.id, now=turn.now)
    return Screen(
        _("№ {number} is taken back.", number=str(mine.number)),
        [[Button(_("📋 My reports"), MyReports(offset=0))]],
        toast=_("Taken back"),
    )
