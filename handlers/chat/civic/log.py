"""The city's log for everybody: the latest public moves, and the seal that keeps them so."""

from collections.abc import Mapping

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import To
from handlers.chat.civic.buttons import Log
from handlers.chat.civic.names import named
from handlers.chat.projects.words import ROLES
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, day, day_and_clock
from handlers.turn import Turn
from services.civic import log, naming
from services.civic.log import Head, PublicEvent
from services.civic.naming import Named
from services.sharing import log as public

router = Router(name="log")

_PAGE = 8

REPORTS: Mapping[str, str] = {
    "submitted": N_("was sent"),
    "clarify": N_("has a question for its author"),
    "open": N_("is public now"),
    "assigned": N_("has somebody who will see to it"),
    "in_progress": N_("is being worked on"),
    "scheduled": N_("has a date"),
    "fixed": N_("was fixed"),
    "confirmed": N_("was really fixed"),
    "reopened": N_("was opened again"),
    "referred": N_("was passed on"),
    "declined": N_("was declined"),
    "unfixable": N_("cannot be fixed"),
    "duplicate": N_("was known already"),
    "promoted": N_("became a project"),
    "withdrawn": N_("was taken back"),
}
"""State that a report came to → words."""

OTHERS: Mapping[tuple[str, str], str] = {
    ("project", "forward"): N_("moved on to the next stage"),
    ("project", "back"): N_("went back a stage"),
    ("project", "close"): N_("was closed"),
    ("project", "pause"): N_("was paused"),
    ("project", "resume"): N_("goes on"),
    ("project", "appeal"): N_("is closed, and its author asks to open it again"),
    ("project", "hide"): N_("was taken off the lists"),
    ("project", "show"): N_("is on the lists again"),
    ("project", "promote"): N_("began with reports of citizens"),
    ("project", "signed"): N_("has a signed promise of help"),
    ("project", "paid"): N_("has got help that was promised"),
    ("project", "withdrawn"): N_("has lost a promise of help"),
    ("project", "step_removed"): N_("has a step less in its plan"),
    ("project", "mentor_left"): N_("looks for a mentor again"),
    ("challenge", "forward"): N_("asks everybody for ideas"),
    ("challenge", "close"): N_("is over"),
    ("milestone", "done"): N_("is done"),
    ("measure", "link"): N_("is carried out by a project"),
    ("measure", "spent"): N_("has a new sum that was spent"),
    ("measure", "planned"): N_("has a new sum that is planned"),
    ("measure", "unlink"): N_("is not linked to a project any more"),
    ("indicator", "link"): N_("has reports of citizens beside it"),
    ("indicator", "unlink"): N_("has reports of a theme beside it no more"),
    ("indicator", "figure"): N_("has a new figure"),
    ("indicator", "import"): N_("is in the plan in a new wording"),
    ("measure", "import"): N_("is in the plan in a new wording"),
}
"""(subject, verb) → words, for everything but reports."""

_NEWS = N_("has news")

ACTING: Mapping[str, str] = {**ROLES, "supporter": N_("a neighbour"), "giver": N_("a giver")}


@router.message(Command("log"), flags=allow(Access.ANYONE))
@router.callback_query(To("log"), flags=allow(Access.ANYONE))
async def newest(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    return await _page(turn, None)


@router.callback_query(Log.filter(), flags=allow(Access.ANYONE))
async def older(_query: CallbackQuery, callback_data: Log, turn: Turn) -> Screen:
    return await _page(turn, callback_data.before or None)


async def _page(turn: Turn, before: int | None) -> Screen:
    found = await public.latest(turn.tx, turn.city.id, _PAGE + 1, before)
    shown = found[:_PAGE]
    refs = {(event.subject, str(event.subject_id)) for event in shown}
    names = await naming.names(turn.tx, turn.city, refs)
    lines: list[str] = [_("<b>The city’s log</b>"), ""]
    lines += [_line(turn, event, names) for event in shown]
    if not shown:
        lines.append(_("Nothing has happened here yet."))
    rows = []
    if len(found) > _PAGE:
        rows.append([Button(_("Older"), Log(before=shown[-1].number))])
    if before is not None:
        rows.append([Button(_("Newest"), Log(before=0))])
    heads = await log.heads(turn.tx, turn.city.id, 1)
    if heads and before is None:
        lines += ["", _head(turn, heads[0])]
        rows.append([Button(_("📋 Copy the seal"), copy=heads[0].hash)])
    return Screen("\n".join(lines), rows)


def _line(turn: Turn, event: PublicEvent, names: Mapping[tuple[str, str], Named]) -> Html:
    name = names.get((event.subject, str(event.subject_id)))
    return _(
        "{when} · {what} {did} ({who})",
        when=day_and_clock(event.at, turn.city.timezone),
        what=named(event.subject, name),
        did=did(event),
        who=_(ACTING.get(event.acting, N_("the city"))),
    )


def did(event: PublicEvent) -> Html:
    """What happened, in words: of the state for reports, of the verb for everything else."""
    if event.after == "done" and event.subject == "project":
        return _("was built")
    if event.subject == "report" and event.before != event.after:
        return _(REPORTS.get(event.after, _NEWS))
    return _(OTHERS.get((event.subject, event.verb), _NEWS))


def _head(turn: Turn, head: Head) -> Html:
    events = _n("{n} event", "{n} events", head.number)
    return _(
        "🔏 The seal of {day}, after {events}:\n<code>{hash}</code>\n"
        "It covers everything up to then. Keep it: if a single word were changed later, the seal "
        "would not fit any more.",
        day=day(head.day, turn.city.timezone, turn.now),
        events=events,
        hash=head.hash,
    )
