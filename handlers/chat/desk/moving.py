"""A decision on a report, step by step: what it needs is asked, a reason is chosen, it is made."""

from dataclasses import dataclass
from datetime import datetime, time

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.desk import asking, words
from handlers.chat.desk.buttons import Act, Give, Undo, Why
from handlers.chat.desk.page import head, look, next_steps, onwards, pause, shown
from handlers.chat.desk.refusals import EDITED
from handlers.chat.reports import words as reports
from handlers.screen import Button, Screen
from handlers.texts import Html, _, _n, day
from handlers.turn import Turn
from services.reports import moves, reasons
from services.reports.casework import Case as Shown
from services.reports.outcome import Moved
from services.reports.photos import Picture
from services.reports.states import NEVER_SHOWN, PRIVATE, Acting, Audience, Row, Verb
from services.reports.undoing import UNDO

router = Router(name="desk_moving")


@dataclass(frozen=True, slots=True)
class Step:
    """A move that was begun: of this report, by this row, and what was chosen for it, if it is."""

    case: Shown
    row: Row
    acting: Acting
    extra: int = 0

    @property
    def facts(self) -> dict[str, object]:
        """What names it in a button or in a dialogue."""
        return {
            "report": self.case.id,
            "verb": str(self.row.verb),
            "seen": self.case.mark,
            "extra": self.extra,
        }


async def step(turn: Turn, report: int, verb: str, seen: str, extra: int = 0) -> Step | Screen:
    """The move as the table allows it to this person now; a screen where it does not any more."""
    case = await look(turn, report)
    if case.mark == seen:
        for row, acting in case.may:
            if row.verb == verb and row.verb in words.VERBS:
                return Step(case, row, acting, extra)
    return _meanwhile(turn, case, verb)


def _meanwhile(turn: Turn, case: Shown, verb: str) -> Screen:
    """Nothing was done: the report as it stands now."""
    if case.state in PRIVATE and verb in {row.verb for row, _acting in case.may}:
        # Its author was at it, maybe with a photo: what nobody has seen is not decided on.
        told = _(EDITED)
        return Screen(told, fresh=True, also=[shown(turn, case, photos=True)])
    told = _("Somebody has been at it in the meantime. This is how it stands now:")
    now = shown(turn, case, photos=False)
    return Screen(f"{told}\n\n{now.text}", now.buttons)


@router.callback_query(Act.filter(), flags=allow(Access.DESK))
async def act(_query: CallbackQuery, callback_data: Act, turn: Turn) -> Screen:
    found = await step(turn, callback_data.report, callback_data.verb, callback_data.seen)
    return found if isinstance(found, Screen) else await _begin(turn, found)


async def _begin(turn: Turn, begun: Step) -> Screen:
    """Ask what this move needs, or go on at once."""
    screen: Screen | None = None
    match begun.row.verb:
        case Verb.DUPLICATE:
            screen = await asking.original(turn, begun.case, begun.facts)
        case Verb.SCHEDULE:
            screen = asking.day(turn, begun.case)
        case Verb.FIX:
            screen = await asking.photo(turn, begun.facts)
        case Verb.REFER:
            screen = await asking.unit(turn, begun.case, begun.row, outside=True)
        case Verb.PROMOTE:
            screen = asking.kind(begun.case.id)
        case Verb.ASSIGN if begun.acting is Acting.MODERATOR or begun.row.reason:
            screen = await asking.unit(turn, begun.case, begun.row, outside=False)
    return screen or await proceed(turn, begun)


@router.callback_query(Give.filter(), flags=allow(Access.DESK))
async def give(_query: CallbackQuery, callback_data: Give, turn: Turn) -> Screen:
    """A unit, an original or a day was chosen; 0 asks for what is not on a button."""
    chosen = callback_data
    found = await step(turn, chosen.report, chosen.verb, chosen.seen, chosen.extra)
    if isinstance(found, Screen):
        return found
    if found.row.verb is Verb.SCHEDULE and not found.extra:
        return await asking.typed_day(turn, found.facts)
    return await proceed(turn, found)


async def proceed(turn: Turn, begun: Step) -> Screen:
    """Make the move, or ask for its reason first."""
    return asking_why(turn, begun) if begun.row.reason else await make(turn, begun)


def asking_why(turn: Turn, begun: Step) -> Screen:
    """The ready reasons of the verb, and one's own words."""
    verb = begun.row.verb
    keys = [*reasons.TEMPLATES.get(verb, ()), ""]
    rows = [
        [
            Button(
                _("✍️ In my own words") if not key else reports.reason(key).capitalize(),
                Why(
                    report=begun.case.id, verb=verb, seen=begun.case.mark, reason=key,
                    extra=begun.extra,
                ),
            )
        ]
        for key in keys
    ]  # fmt: skip
    question = _(
        words.question(begun.case, verb),
        days=_n("{n} day", "{n} days", turn.city.rules.civic.clarify_days),
        system=begun.case.system or "",
    )
    return Screen(f"{head(begun.case)}\n{question}", [*rows, [words.back(begun.case.id)]])


@router.callback_query(Why.filter(), flags=allow(Access.DESK))
async def why(_query: CallbackQuery, callback_data: Why, turn: Turn) -> Screen:
    chosen = callback_data
    found = await step(turn, chosen.report, chosen.verb, chosen.seen, chosen.extra)
    if isinstance(found, Screen):
        return found
    if chosen.reason not in reasons.TEMPLATES.get(found.row.verb, ()):
        return await asking.reason(turn, found.facts)
    return await make(turn, found, reason=chosen.reason)


async def make(
    turn: Turn, begun: Step, *, reason: str | None = None, picture: Picture | None = None
) -> Screen:
    """Make the move and say what came of it."""
    verb, extra = begun.row.verb, begun.extra
    try:
        moved = await moves.move(
            turn.tx,
            turn.city,
            begun.case.id,
            verb,
            by=turn.me.id,
            now=turn.now,
            acting=begun.acting,
            reason=reason,
            picture=picture,
            unit_id=(extra or None) if verb in {Verb.ASSIGN, Verb.REFER} else None,
            original_id=extra if verb is Verb.DUPLICATE else None,
            until=_end_of(turn, extra) if verb is Verb.SCHEDULE else None,
            seen=begun.case.mark,
        )
    except moves.Edited:
        return _meanwhile(turn, await look(turn, begun.case.id), verb)
    return await _made(turn, begun, moved)


def _end_of(turn: Turn, ordinal: int) -> datetime | None:
    """The end of the day in the city; nobody plans for other centuries."""
    soon = turn.now.date().toordinal()
    if not soon - 2 <= ordinal <= soon + 3660:
        return None
    day = datetime.fromordinal(ordinal).date()
    return datetime.combine(day, time(23, 59), turn.city.timezone).astimezone(turn.now.tzinfo)


async def _made(turn: Turn, begun: Step, moved: Moved) -> Screen:
    # A number or a reason may have been asked for, and was chosen with a button instead.
    await turn.state.clear()
    lines: list[str] = [
        f"{head(begun.case)}\n{words.state(moved.after)}",
        *_told(begun.case, begun.row),
    ]
    rows: list[list[Button]] = []
    if begun.acting is Acting.OFFICIAL and _stays(begun):
        case = await look(turn, moved.report_id)
        if case.due_at is not None:
            due = day(case.due_at, turn.city.timezone, turn.now)
            lines.insert(1, _("⏰ By {day}", day=due))
        rows += next_steps(case)
    if await moves.can_undo(turn.tx, turn.city, moved.report_id, by=turn.me.id, now=turn.now):
        minutes = int(UNDO.total_seconds()) // 60
        time_ = _n("{n} minute", "{n} minutes", minutes)
        lines.append(_("A mistake can be undone for {time}.", time=time_))
        rows.append([Button(_("↩️ Undo"), Undo(report=moved.report_id))])
    if begun.row.verb is Verb.DECLINE and (await look(turn, moved.report_id)).may_bar:
        rows.append([pause(turn, moved.report_id)])
    rows.append([*onwards(turn, begun.case), words.back(moved.report_id), words.desk()])
    return Screen("\n".join(lines), rows)


def _stays(begun: Step) -> bool:
    """Whether it is in the hands of whoever has made the move."""
    verb = begun.row.verb
    return verb in {Verb.START, Verb.SCHEDULE} or (verb is Verb.ASSIGN and not begun.extra)


def _told(case: Shown, row: Row) -> list[Html]:
    """Who hears of it, so that nobody is called besides."""
    if not case.has_author:
        return _told_elsewhere(case, row)
    lines = []
    if Audience.FOLLOWERS in row.told:
        lines.append(_("The author and everybody who follows it hear of this."))
    elif Audience.AUTHOR in row.told:
        lines.append(_("The author hears of this."))
    if row.verb is Verb.FIX:
        lines.append(_("They are asked whether it is really fixed."))
    return lines


def _told_elsewhere(case: Shown, row: Row) -> list[Html]:
    """The same where no person is behind the report: nobody is to be believed asked."""
    lines = []
    if Audience.FOLLOWERS in row.told:
        lines.append(_("Everybody who follows it hears of this."))
    if Audience.AUTHOR not in row.told:
        return lines
    if case.system is None:
        lines.append(_("Its author is not here any more, so nobody else hears of it."))
    elif row.verb is Verb.CLARIFY:
        lines.append(
            _(
                "No person has been asked yet: {system} finds the question with its next call.",
                system=case.system,
            )
        )
    elif row.after in NEVER_SHOWN:
        lines.append(_("It came from {system}, which does not hear of this.", system=case.system))
    else:
        lines.append(_("{system}, where it came from, hears of it.", system=case.system))
    return lines


@router.callback_query(Undo.filter(), flags=allow(Access.CITY))
async def undo(_query: CallbackQuery, callback_data: Undo, turn: Turn) -> Screen:
    await moves.undo(turn.tx, turn.city, callback_data.report, by=turn.me.id, now=turn.now)
    case = await look(turn, callback_data.report)
    now = shown(turn, case, photos=False)
    return Screen(_("Done: it is as it was.") + f"\n\n{now.text}", now.buttons, toast=_("Undone"))
