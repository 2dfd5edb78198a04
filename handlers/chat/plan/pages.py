"""One indicator, one measure, one theme, and a project's place in the plan: each leads on."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.plan import picture
from handlers.chat.plan.asking import shown as paper_page
from handlers.chat.plan.buttons import (
    ChooseIndicator,
    ChooseMeasure,
    ChooseTheme,
    Indicators,
    Link,
    LinkTheme,
    ProjectPlan,
    ShowIndicator,
    ShowMeasure,
    ShowProof,
    ShowTheme,
    WriteFigure,
)
from handlers.chat.plan.home import back_to_plan
from handlers.chat.plan.words import (
    named,
    responsible,
    shortened,
    signed,
    unit_and_direction,
    year_line,
)
from handlers.chat.projects.buttons import ShowProject, Watch
from handlers.screen import Button, Screen
from handlers.texts import _, _n, local, verbatim
from handlers.turn import Turn
from services.civic import following
from services.errors import NotFound
from services.members.roles import Role
from services.plan import discrepancies, figures, overview, papers, walking
from services.plan.overview import IndicatorFacts
from services.plan.status import Status
from services.plan.walking import Signal, ThemeName

router = Router(name="plan_pages")

_LINES = 4
_REASON, _TITLE = 120, 100
_TEAM = (Role.MODERATOR, Role.ADMIN, Role.OPERATOR)
_LINKED = 8
_MAY_LINK = (Role.OPERATOR, Role.ADMIN)


@router.callback_query(ShowIndicator.filter(), flags=allow(Access.GUEST))
async def indicator(_query: CallbackQuery, callback_data: ShowIndicator, turn: Turn) -> Screen:
    return await of_indicator(turn, callback_data.indicator)


async def of_indicator(turn: Turn, indicator_id: int, said: str = "") -> Screen:
    """An indicator with its picture; `said` stands above it."""
    today = turn.now.astimezone(turn.city.timezone).date()
    shown = await overview.indicator(turn.tx, turn.city.id, indicator_id, today)
    signals = await walking.signals(turn.tx, turn.city, [shown.id], turn.now)
    lines = [said, ""] if said else []
    lines += _figures(shown, today.year)
    lines += _signal(signals.get(shown.id), shown, today.year)
    lines += [responsible(shown.responsible)]
    if shown.example:
        lines.append(_("This is an example, not the city’s own figure."))
    rows = [*await _on_from(turn, shown), *_for_team(turn, shown, today.year)]
    rows.append([Button(_("« Indicators"), Indicators(offset=0)), back_to_plan()])
    return Screen("\n".join(lines), rows, picture=picture.drawn(turn.city, shown, today.year))


def _figures(shown: IndicatorFacts, year: int) -> list[str]:
    lines: list[str] = [
        f"<b>{verbatim(shortened(shown.title, _TITLE))}</b>",
        unit_and_direction(shown),
    ]
    current = shown.shown(year)
    if current is not None:
        lines.append(f"{current.year}: {signed(current.status)}")
    lines.append("")
    known = [each for each in shown.years if each.year <= year + 2][-_LINES:]
    lines += [year_line(each) for each in known]
    if not known:
        lines.append(_("There are no figures yet."))
    if current is not None and current.reason:
        lines.append(_("Why: {reason}", reason=shortened(current.reason, _REASON)))
    if current is not None and current.fact is not None:
        lines.append(
            _("📎 The figure has its document.")
            if current.documented
            else _("The figure has no document yet.")
        )
    return lines


def _signal(signal: Signal | None, shown: IndicatorFacts, year: int) -> list[str]:
    """What citizens say, beside the official figure."""
    if signal is None:
        return []
    lines: list[str] = [
        _(
            "🗣 Citizens: {reports} this year, {before} by this day last year; {open} open, "
            "{overdue} of them late.",
            reports=_n("{n} report", "{n} reports", signal.reports),
            before=signal.before,
            open=signal.open,
            overdue=signal.overdue,
        )
    ]
    current = shown.shown(year)
    if current is not None and discrepancies.disagree(signal, current.status):
        lines.append(_("⚠️ The figure says reached, citizens say otherwise."))
    return lines


async def _on_from(turn: Turn, shown: IndicatorFacts) -> list[list[Button]]:
    works = await walking.measures_of_indicator(turn.tx, shown.id)
    themes = await walking.themes_of(turn.tx, shown.id)
    return [
        *(
            [Button(named(f"🏗 {each.code} {each.title}"), ShowMeasure(measure=each.id))]
            for each in works[:_LINKED]
        ),
        *(_theme_row(turn, each, shown.id) for each in themes[:_LINKED]),
        *(
            [[Button(_("➕ Add a theme"), ChooseTheme(indicator=shown.id, offset=0))]]
            if turn.me.has(*_MAY_LINK)
            else []
        ),
    ]


def _theme_row(turn: Turn, theme: ThemeName, indicator_id: int) -> list[Button]:
    row = [Button(f"{theme.emoji} {local(theme.name)}", ShowTheme(category=theme.id))]
    if turn.me.has(*_MAY_LINK):
        out = LinkTheme(category=theme.id, indicator=indicator_id, together=False, sure=False)
        row.append(Button(_("✂️ Take out"), out))
    return row


def _for_team(turn: Turn, shown: IndicatorFacts, year: int) -> list[list[Button]]:
    """The document for those who may see it, the form for the responsible unit."""
    rows = []
    own = shown.unit_id in turn.me.units()
    proven = [each.year for each in shown.years if each.documented]
    if proven and (own or turn.me.has(*_TEAM)):
        of = ShowProof(indicator=shown.id, year=proven[-1])
        rows.append([Button(_("📎 The document of {year}", year=str(proven[-1])), of)])
    if own and figures.writable_years(shown, year):
        rows.append([Button(_("✍️ Write the figure"), WriteFigure(indicator=shown.id, year=0))])
    return rows


@router.callback_query(ShowProof.filter(), flags=allow(Access.GUEST))
async def proof(_query: CallbackQuery, callback_data: ShowProof, turn: Turn) -> Screen:
    indicator_id, year = callback_data.indicator, callback_data.year
    found = await papers.of_figure(
        turn.tx, member_id=turn.me.id, indicator_id=indicator_id, year=year
    )
    if found is None:
        raise NotFound
    return paper_page(
        found,
        _("The document of {year}. It is not public.", year=str(year)),
        Button(_("« Back"), ShowIndicator(indicator=indicator_id)),
        {"indicator": indicator_id, "year": year, "viewer": turn.me.id},
    )


@router.callback_query(ShowTheme.filter(), flags=allow(Access.GUEST))
async def theme(_query: CallbackQuery, callback_data: ShowTheme, turn: Turn) -> Screen:
    shown = await walking.theme(turn.tx, turn.city.id, callback_data.category)
    if shown is None:
        raise NotFound
    today = turn.now.astimezone(turn.city.timezone).date()
    linked = await walking.indicators_of_theme(turn.tx, shown.id)
    found = await overview.indicators(turn.tx, turn.city.id, today, [each.id for each in linked])
    lines: list[str] = [f"{shown.emoji} <b>{local(shown.name)}</b>", ""]
    for each in found:
        current = each.shown(today.year)
        status = current.status if current else Status.NO_PLAN
        lines.append(f"{verbatim(each.title)}: {signed(status)}")
    if not found:
        lines.append(_("The plan has no indicator for this theme yet."))
    rows = [[Button(named(f"📊 {each.title}"), ShowIndicator(indicator=each.id))] for each in found]
    if turn.me.has(*_MAY_LINK):
        add = ChooseIndicator(category=shown.id, offset=0)
        rows.append([Button(_("➕ Add an indicator"), add)])
    return Screen("\n".join(lines), [*rows, await _bell(turn, shown.code), [back_to_plan()]])


async def _bell(turn: Turn, code: str) -> list[Button]:
    """Following the theme: its news come once a week."""
    on = await following.follows(turn.tx, turn.me.id, "category", code)
    label = _("🔕 No more news of this theme") if on else _("🔔 Its news, once a week")
    return [Button(label, Watch(subject="category", key=code, on=not on))]


@router.callback_query(ProjectPlan.filter(), flags=allow(Access.GUEST))
async def project(_query: CallbackQuery, callback_data: ProjectPlan, turn: Turn) -> Screen:
    return await of_project(turn, callback_data.project)


async def of_project(turn: Turn, project_id: int, said: str = "") -> Screen:
    """The measures a project is part of."""
    works = await walking.measures_of_project(turn.tx, project_id)
    may_link = turn.me.has(*_MAY_LINK)
    text = _("This project is part of the city’s plan:")
    if not works:
        text = _("This project is not part of the city’s plan yet.")
    rows = []
    for each in works:
        row = [Button(named(f"🏗 {each.code} {each.title}"), ShowMeasure(measure=each.id))]
        if may_link:
            out = Link(project=project_id, measure=each.id, together=False, sure=False)
            row.append(Button(_("✂️ Take out"), out))
        rows.append(row)
    if may_link:
        rows.append([Button(_("➕ Add to a measure"), ChooseMeasure(project=project_id, offset=0))])
    rows.append([Button(_("« The project"), ShowProject(project=project_id)), back_to_plan()])
    return Screen(f"{said}\n\n{text}" if said else text, rows)
