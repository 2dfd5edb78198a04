"""The plan at a glance, its measures, indicators, priority projects and open questions."""

from collections import Counter
from collections.abc import Iterable

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.plan.buttons import Indicators, Measures, ShowIndicator, ShowMeasure
from handlers.chat.plan.words import SIGNS, figure, named, shortened, signed
from handlers.chat.projects.buttons import ShowProject
from handlers.chat.projects.words import STAGES
from handlers.screen import Button, Screen
from handlers.texts import Html, _, _n, language, language_name, plain, verbatim
from handlers.turn import Turn
from services.members.roles import Role
from services.plan import discrepancies, measures, overview, walking
from services.plan.discrepancies import Discrepancy, Kind
from services.plan.status import Status

router = Router(name="plan_home")

_PAGE = 8
_QUESTIONS = 12
_PROJECTS = 20
_ORDER = (Status.REACHED, Status.IN_PROGRESS, Status.NEGATIVE, Status.NO_DATA, Status.NO_PLAN)


def back_to_plan() -> Button:
    """The way to the plan's first page."""
    return Button(_("« The plan"), Go(to="plan"))


@router.message(Command("plan"), flags=allow(Access.GUEST))
@router.callback_query(To("plan"), flags=allow(Access.GUEST))
async def home(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    today = turn.now.astimezone(turn.city.timezone).date()
    works = await measures.measures(turn.tx, turn.city.id, today)
    known = await overview.indicators(turn.tx, turn.city.id, today)
    if not works and not known:
        return Screen(_("The city has not published its plan here yet."), _of_team(turn))
    shown = [each.shown(today.year) for each in known]
    lines = [
        _("<b>The city’s plan</b>"),
        *_example(any([each.example for each in works] + [each.example for each in known])),
        *_wording(turn.city.default_language),
        "",
        _("Measures: {n}", n=len(works)),
        _counted(each.light.status for each in works),
        _("Indicators: {n}", n=len(known)),
        _counted(each.status if each else Status.NO_PLAN for each in shown),
    ]
    rows = [
        [
            Button(_("🏗 Measures"), Measures(offset=0)),
            Button(_("📊 Indicators"), Indicators(offset=0)),
        ],
        [
            Button(_("⭐ Priority"), Measures(offset=0, priority=True)),
            Button(_("🚀 Projects"), Go(to="plan_projects")),
        ],
        [Button(_("🔍 What does not fit together"), Go(to="plan_questions"))],
        [Button(_("⬇️ As a table (XLSX)"), Go(to="plan_export"))],
    ]
    return Screen("\n".join(lines), [*rows, *_of_team(turn)])


def _of_team(turn: Turn) -> list[list[Button]]:
    """What officials and operators have besides."""
    rows = []
    if turn.me.units():
        rows.append([Button(_("✍️ Figures of my unit"), Go(to="plan_mine"))])
    if turn.me.has(Role.OPERATOR, Role.ADMIN):
        rows.append([Button(_("⬆️ Take in a table (XLSX)"), Go(to="plan_import"))])
    return rows


def _wording(tongue: str) -> list[str]:
    """The plan is an official paper: its words are shown as the city has written them."""
    if language.get() == tongue:
        return []
    return [
        _("<i>The wording is the city’s own, in: {language}.</i>", language=language_name(tongue))
    ]


def _example(so: bool) -> list[str]:
    return [_("These are examples, until the city puts its own plan here.")] if so else []


def _counted(statuses: Iterable[Status]) -> str:
    counts = Counter(statuses)
    return "\n".join(
        f"   {signed(status)}: {counts[status]}" for status in _ORDER if counts[status]
    )


@router.callback_query(Measures.filter(), flags=allow(Access.GUEST))
async def listed_measures(_query: CallbackQuery, callback_data: Measures, turn: Turn) -> Screen:
    today = turn.now.astimezone(turn.city.timezone).date()
    priority = callback_data.priority
    found = await measures.measures(turn.tx, turn.city.id, today, priority=priority)
    shown = found[callback_data.offset : callback_data.offset + _PAGE]
    head = _("<b>Priority measures</b>") if priority else _("<b>Measures of the plan</b>")
    lines: list[str] = [head]
    section = None
    for each in shown:
        if each.section != section:
            section = each.section
            lines += ["", f"<i>{verbatim(section)}</i>"]
        star = "⭐ " if each.priority and not priority else ""
        lines.append(
            f"{SIGNS[each.light.status]} {each.code} {star}{verbatim(shortened(each.title, 120))}"
        )
    rows = [
        [Button(named(f"{each.code} {each.title}"), ShowMeasure(measure=each.id))] for each in shown
    ]
    pages = _pages(callback_data, len(found))
    if not shown:
        lines.append(_("There is nothing here."))
    return Screen("\n".join(lines), [*rows, *pages, [back_to_plan()]])


@router.callback_query(Indicators.filter(), flags=allow(Access.GUEST))
async def listed_indicators(_query: CallbackQuery, callback_data: Indicators, turn: Turn) -> Screen:
    today = turn.now.astimezone(turn.city.timezone).date()
    found = await overview.indicators(turn.tx, turn.city.id, today)
    shown = found[callback_data.offset : callback_data.offset + _PAGE]
    rows = []
    for each in shown:
        figures = each.shown(today.year)
        sign = SIGNS[figures.status if figures else Status.NO_PLAN]
        rows.append([Button(named(f"{sign} {each.title}"), ShowIndicator(indicator=each.id))])
    text = _("<b>Indicators of the plan</b>\nChoose one to see its years.")
    if not shown:
        text = _("There is nothing here.")
    return Screen(text, [*rows, *_pages(callback_data, len(found)), [back_to_plan()]])


def _pages(here: Measures | Indicators, all_: int) -> list[list[Button]]:
    row = []
    if here.offset:
        back = here.model_copy(update={"offset": max(0, here.offset - _PAGE)})
        row.append(Button(_("‹ Earlier"), back))
    if here.offset + _PAGE < all_:
        row.append(Button(_("More ›"), here.model_copy(update={"offset": here.offset + _PAGE})))
    return [row] if row else []


@router.callback_query(To("plan_projects"), flags=allow(Access.GUEST))
async def projects(_query: CallbackQuery, turn: Turn) -> Screen:
    found = await walking.projects_of_measures(turn.tx, turn.city.id)
    if not found:
        return Screen(_("No project is part of a priority measure yet."), [[back_to_plan()]])
    rows = [
        [
            Button(
                named(f"{each.title} · {plain(_(STAGES[each.stage]))}"),
                ShowProject(project=each.id),
            )
        ]
        for each in found[:_PROJECTS]
    ]
    return Screen(
        _("<b>Priority projects</b>\nThey carry out the measures the city puts first."),
        [*rows, [back_to_plan()]],
    )


@router.callback_query(To("plan_questions"), flags=allow(Access.GUEST))
async def questions(_query: CallbackQuery, turn: Turn) -> Screen:
    found = await discrepancies.found(turn.tx, turn.city, turn.now)
    if not found:
        return Screen(_("Everything fits together today."), [[back_to_plan()]])
    lines = [_("<b>What does not fit together</b>"), ""]
    lines += [Html(f"• {question(each)}") for each in found[:_QUESTIONS]]
    if (more := len(found) - _QUESTIONS) > 0:
        lines.append(_n("… and {n} more", "… and {n} more", more))
    return Screen("\n".join(lines), [[back_to_plan()]])


def question(found: Discrepancy) -> Html:
    """A discrepancy in words."""
    facts = {"title": shortened(found.title, 80), "year": str(found.year)}
    before, after = found.before, found.after
    if found.kind is Kind.UNDOCUMENTED:
        return _("{title}: the figure of {year} has no document.", **facts)
    if found.kind is Kind.JUMP:
        facts |= {"before": figure(before), "after": figure(after)}
        return _("{title}: {before} became {after} in {year}. Why so much?", **facts)
    if found.kind is Kind.MONEY:
        facts |= {"spent": f"{before}", "result": f"{after}"}
        return _(
            "{title}: {spent} percent of the money of {year} is spent, "
            "{result} percent of the result is there.",
            **facts,
        )
    facts |= {"before": f"{before}", "after": f"{after}"}
    return _("{title}: reached, but citizens sent {after} reports, a year ago {before}.", **facts)
