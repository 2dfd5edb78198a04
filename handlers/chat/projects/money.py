"""What a project needs, line by line, and who gives it: promised, signed, paid."""

import re
from decimal import Decimal, InvalidOperation

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.projects import words
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import (
    Ask,
    Commit,
    Part,
    Pledge,
    RemoveLine,
    ShowLine,
    ShowProject,
)
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, verbatim
from handlers.texts import money as roubles
from handlers.turn import Turn
from services.civic.verifying import is_verified
from services.projects import acting, budget, ideas, money
from services.projects.budget import Given, Line
from services.projects.facts import Facts
from services.projects.stages import Status

router = Router(name="project_money")

STATES = {
    "pledged": N_("promised"),
    "signed": N_("signed"),
    "paid": N_("paid"),
}
_SOURCES_OF = {
    "operator": ("municipal", "regional", "investor", "fund"),
    "investor": ("investor", "fund"),
}


@router.callback_query(Part.filter(F.part == "money"), flags=allow(Access.GUEST))
async def shown(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    return await budget_page(turn, callback_data.project)


async def budget_page(turn: Turn, project_id: int, toast: str | None = None) -> Screen:
    """All that is needed, and the money by its source."""
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    roles = await acting.roles_of(turn.tx, project, turn.me.id)
    found = await budget.lines(turn.tx, project_id)
    sources = await budget.by_source(turn.tx, project_id)
    lines: list[Html] = [_("💰 <b>What is needed</b>"), *map(_listed, found)]
    if not found:
        lines.append(_("Nothing has been written down yet."))
    if sources:
        lines += [Html(""), _("<b>Money by source</b>")]
        lines += [_by_source(source, states) for source, states in sources.items()]
    rows = [[Button(_line_label(line), ShowLine(project=project_id, line=line.id))]
            for line in found]  # fmt: skip
    if project.status == Status.ACTIVE and roles & {"lead", "author", "operator"}:
        rows.append([Button(_("➕ Add a line"), Part(project=project_id, part="resources"))])
    rows.append([Button(_("« The project"), ShowProject(project=project_id))])
    return Screen("\n".join(lines), rows, toast=toast, fresh=True)


def _line_label(line: Line) -> Html:
    return Html(f"{words.RESOURCE_SIGNS[line.kind]} {verbatim(line.label)}")


def _listed(line: Line) -> Html:
    sign = "✅" if line.have >= line.amount else "○"
    return _(
        "{sign} {what}: {have} of {want}",
        sign=sign,
        what=line.label,
        have=words.amount(line.have, line.unit),
        want=words.amount(line.amount, line.unit),
    )


def _by_source(source: str, states: dict[str, int]) -> Html:
    parts = [f"{_(text)} {roubles(states[state])}" for state, text in STATES.items()
             if states.get(state)]  # fmt: skip
    return Html(f"{_(words.SOURCES[source])}: {', '.join(parts)}")


@router.callback_query(Part.filter(F.part == "resources"), flags=allow(Access.GUEST))
async def which(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    rows = [
        [Button(f"{words.RESOURCE_SIGNS[kind]} {_(words.RESOURCES[kind])}",
                Ask(project=callback_data.project, what="line", key=kind))]
        for kind in money.RESOURCES
    ]  # fmt: skip
    back = [Button(_("« What is needed"), Part(project=callback_data.project, part="money"))]
    return Screen(_("What is needed?"), [*rows, back])


@router.callback_query(Ask.filter(F.what == "line"), flags=allow(Access.GUEST))
async def ask_line(_query: CallbackQuery, callback_data: Ask, turn: Turn) -> Screen:
    if callback_data.key not in money.RESOURCES:
        return await budget_page(turn, callback_data.project)
    question = _("What for, and how much in roubles? For example: Benches, 120000")
    if callback_data.key != "money":
        question = _("What, and how much of it? For example: Volunteers, 12 people")
    return await ask(
        turn, Asking.line, question, project=callback_data.project, kind=callback_data.key
    )


@router.message(StateFilter(Asking.line), Answer(), flags=allow(Access.GUEST))
async def line(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    label, _comma, how_much = (message.text or "").rpartition(",")
    amount, unit = amount_in(how_much, in_money=kept["kind"] == "money")
    if not label.strip() or amount is None or not unit:
        return await ask(
            turn, Asking.line,
            _("I could not read that. Please write what it is, a comma, and how much."),
            project=kept["project"], kind=kept["kind"],
        )  # fmt: skip
    await money.add_line(
        turn.tx, project_id=kept["project"], by=turn.me.id, kind=kept["kind"], label=label,
        amount=amount, unit=unit, now=turn.now,
    )  # fmt: skip
    return await budget_page(turn, kept["project"], _("Added"))


_DIGITS = re.compile(r"\d")
_AMOUNT = re.compile(r"([0-9][0-9\s\u00a0\u202f]*(?:[.,][0-9]{1,2})?)\s*(.*)", re.DOTALL)


def amount_in(text: str, *, in_money: bool) -> tuple[int | None, str]:
    """A number and what stands after it; money in kopecks."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return None, ""
    try:
        value = Decimal("".join(found[1].split()).replace(",", "."))
    except InvalidOperation:
        return None, ""
    if in_money:
        return (None if _DIGITS.search(found[2]) else int(value * 100)), words.KOPECKS
    return (int(value) if value == int(value) else None), found[2].strip()


@router.callback_query(ShowLine.filter(), flags=allow(Access.GUEST))
async def one(_query: CallbackQuery, callback_data: ShowLine, turn: Turn) -> Screen:
    return await line_page(turn, callback_data.project, callback_data.line)


async def line_page(turn: Turn, project_id: int, line_id: int, toast: str | None = None) -> Screen:
    """One line, with who has promised what for it."""
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    shown_line = next(
        (each for each in await budget.lines(turn.tx, project_id) if each.id == line_id), None
    )
    if shown_line is None:
        return await budget_page(turn, project_id, toast)
    roles = await acting.roles_of(turn.tx, project, turn.me.id)
    given = [g for g in await _commitments(turn, project_id) if g.line_id == line_id]
    lines = [_listed(shown_line), *(_given(each, shown_line.unit) for each in given)]
    rows = []
    if project.status == Status.ACTIVE:
        rows = [
            *await _pledges(turn, project, roles, line_id),
            *(row for each in given for row in _settles(project_id, each, roles)),
        ]
        if not given and roles & {"lead", "author", "operator"}:
            remove = RemoveLine(project=project_id, line=line_id)
            rows.append([Button(_("✖ Take this line away"), remove)])
    rows.append([Button(_("« What is needed"), Part(project=project_id, part="money"))])
    return Screen("\n".join(lines), rows, toast=toast)


async def _commitments(turn: Turn, project_id: int) -> list[Given]:
    return await budget.commitments(turn.tx, project_id, viewer_id=turn.me.id)


def _given(given: Given, unit: str) -> Html:
    who = verbatim(given.org) if given.org else _(words.SOURCES[given.source])
    return _("• {who}: {what}, {state}", who=who, what=words.amount(given.amount, unit),
             state=_(STATES[given.state]))  # fmt: skip


async def _pledges(
    turn: Turn, project: Facts, roles: frozenset[str], line_id: int
) -> list[list[Button]]:
    """The sources from which this member may promise something."""
    sources = dict.fromkeys(
        source for role, many in _SOURCES_OF.items() if role in roles for source in many
    )
    if not sources or await is_verified(turn.tx, turn.me.id):
        sources["citizens"] = None
    return [
        [
            Button(
                _("🤝 Promise: {source}", source=_(words.SOURCES[source])),
                Pledge(project=project.id, line=line_id, source=source),
            )
        ]
        for source in sources
    ]


def _settles(project_id: int, given: Given, roles: frozenset[str]) -> list[list[Button]]:
    if "operator" not in roles:
        if not (given.mine and given.state == "pledged"):
            return []
        mine = Commit(project=project_id, commitment=given.id, state="withdrawn")
        return [[Button(_("✖ Take my promise back"), mine)]]
    steps = {
        "pledged": [("signed", _("✍️ Signed")), ("withdrawn", _("✖ Withdrawn"))],
        "signed": [("paid", _("✅ Paid")), ("withdrawn", _("✖ Withdrawn"))],
    }
    return (
        [
            [
                Button(label, Commit(project=project_id, commitment=given.id, state=state))
                for state, label in steps[given.state]
            ]
        ]
        if given.state in steps
        else []
    )


@router.callback_query(RemoveLine.filter(), flags=allow(Access.GUEST))
async def remove(_query: CallbackQuery, callback_data: RemoveLine, turn: Turn) -> Screen:
    await money.remove_line(turn.tx, line_id=callback_data.line, by=turn.me.id, now=turn.now)
    return await budget_page(turn, callback_data.project, _("Taken away"))
