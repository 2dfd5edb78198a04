"""What a decision needs besides a reason: a unit, an original, a day, a photo."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from handlers.chat.desk import similar, words
from handlers.chat.desk.buttons import Give, Promote
from handlers.chat.desk.states import Desk, ask
from handlers.chat.projects.words import KINDS
from handlers.screen import Button, Screen
from handlers.texts import N_, _, days, local
from handlers.texts import day as in_words
from handlers.turn import Turn
from services.cities.units import units
from services.reports.casework import Case
from services.reports.states import Row, Verb

_SOON = (3, 7, 14, 30)
"""Days that are offered for planned work."""

_UNITS = {
    Verb.ASSIGN: N_("Which unit is to do it?"),
    Verb.REFER: N_("To whom is it passed on?"),
}

Facts = Mapping[str, Any]


async def unit(turn: Turn, case: Case, row: Row, *, outside: bool) -> Screen:
    """The city's units, the present one first; `outside`: others, and somebody else altogether."""
    known = await units(turn.tx, turn.city.id)
    known.sort(key=lambda each: each.id != case.unit_id)
    rows = [
        [_give(case, row.verb, _named(each.id == case.unit_id, local(each.name)), each.id)]
        for each in known
        if not (outside and each.id == case.unit_id)
    ]
    if outside:
        rows.append([_give(case, row.verb, _("🏛 Somebody outside the city's services"), 0)])
    return Screen(_(_UNITS[row.verb]), [*rows, [words.back(case.id)]])


def _named(present: bool, name: str) -> str:
    return f"✓ {name}" if present else name


def _give(case: Case, verb: Verb, label: str, extra: int) -> Button:
    return Button(label, Give(report=case.id, verb=verb, seen=case.mark, extra=extra))


async def original(turn: Turn, case: Case, facts: Facts) -> Screen:
    """Of which report it is a duplicate: one of the similar ones, or a number."""
    found = await similar.of(turn, case)
    asked = await ask(
        turn, Desk.original, _("Choose the report that was there first, or type its number."),
        **facts,
    )  # fmt: skip
    return Screen(f"{asked.text}\n\n{found.text}", [*found.buttons, *asked.buttons])


def day(turn: Turn, case: Case) -> Screen:
    """Until which day it is planned."""
    today = turn.now.astimezone(turn.city.timezone).date()
    rows = [
        [
            _give(
                case,
                Verb.SCHEDULE,
                _(
                    "{days}: {date}",
                    days=days(ahead),
                    date=in_words(today + timedelta(days=ahead), turn.city.timezone, turn.now),
                ),
                (today + timedelta(days=ahead)).toordinal(),
            )
        ]
        for ahead in _SOON
    ]
    rows.append([_give(case, Verb.SCHEDULE, _("✍️ Another day"), 0)])
    return Screen(
        _("Until when will it be done? Everybody sees the day, and it is the new promise."),
        [*rows, [words.back(case.id)]],
    )


async def typed_day(turn: Turn, facts: Facts, *, again: bool = False) -> Screen:
    """A day that is not on a button; `again` where what was typed is no day ahead."""
    example = (turn.now + timedelta(days=45)).astimezone(turn.city.timezone)
    question = _("Type the day, for example: {day}", day=f"{example:%d.%m.%Y}")
    said = _("That is no day ahead.") if again else ""
    return await ask(turn, Desk.day, f"{said}\n{question}" if said else question, **facts)


async def photo(turn: Turn, facts: Facts) -> Screen:
    """The obligatory photo of what was done."""
    return await ask(
        turn,
        Desk.after,
        _(
            "Send a photo of how it looks now. Words under it are shown to everybody. Without a "
            "photo it cannot be marked as fixed."
        ),
        **facts,
    )


async def reason(turn: Turn, facts: Facts) -> Screen:
    """A reason in one's own words."""
    return await ask(
        turn, Desk.reason, _("Write it in a sentence or two, kindly and plainly."), **facts
    )


def kind(report: int, *, group: bool = False) -> Screen:
    """What kind of project it becomes."""
    kinds = [
        Button(_(label), Promote(report=report, group=group, kind=name))
        for name, label in KINDS.items()
    ]
    rows = [kinds[at : at + 2] for at in range(0, len(kinds), 2)]
    return Screen(_("What kind of project does it become?"), [*rows, [words.back(report)]])
