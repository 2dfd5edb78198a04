"""One measure: its light, its money, its indicators and projects."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.plan.buttons import (
    ChooseProject,
    Link,
    Measures,
    ShowIndicator,
    ShowMeasure,
    ShowReceipt,
    WriteSpent,
)
from handlers.chat.plan.home import back_to_plan
from handlers.chat.plan.sheets import SOURCES
from handlers.chat.plan.words import named, responsible, signed
from handlers.chat.projects.buttons import ShowProject
from handlers.screen import Button, Screen
from handlers.texts import Html, _, money, verbatim
from handlers.turn import Turn
from services.members.roles import Role
from services.plan import measures, overview, spending, walking
from services.plan.measures import MeasureFacts, SourceMoney

router = Router(name="plan_measure")

_TEAM = (Role.MODERATOR, Role.ADMIN, Role.OPERATOR)
_LINKED = 8
_PAPERS = 6


@router.callback_query(ShowMeasure.filter(), flags=allow(Access.GUEST))
async def measure(_query: CallbackQuery, callback_data: ShowMeasure, turn: Turn) -> Screen:
    return await of_measure(turn, callback_data.measure)


async def of_measure(turn: Turn, measure_id: int, said: str = "") -> Screen:
    """A measure with its light, money, indicators and projects."""
    today = turn.now.astimezone(turn.city.timezone).date()
    shown = await measures.measure(turn.tx, turn.city.id, measure_id, today)
    projects = await walking.projects_of_measures(turn.tx, turn.city.id, measure_id=shown.id)
    known = await overview.indicators(turn.tx, turn.city.id, today, list(shown.weights))
    lines = [said, ""] if said else []
    lines += _described(shown)
    rows = [
        [Button(named(f"📊 {each.title}"), ShowIndicator(indicator=each.id))]
        for each in known[:_LINKED]
    ]
    may_link = turn.me.has(Role.OPERATOR, Role.ADMIN)
    for each in projects[:_LINKED]:
        row = [Button(named(f"🚀 {each.title}"), ShowProject(project=each.id))]
        if may_link:
            out = Link(project=each.id, measure=shown.id, together=False, sure=False)
            row.append(Button(_("✂️ Take out"), out))
        rows.append(row)
    if may_link:
        rows.append([Button(_("➕ Add a project"), ChooseProject(measure=shown.id, offset=0))])
    rows += _for_unit(turn, shown, today.year)
    rows.append([Button(_("« Measures"), Measures(offset=0)), back_to_plan()])
    return Screen("\n".join(lines), rows)


def _for_unit(turn: Turn, shown: MeasureFacts, year: int) -> list[list[Button]]:
    """The form for the responsible unit, the documents for those who may see them."""
    own = shown.unit_id in turn.me.units()
    rows = []
    if own and spending.writable(shown, year):
        rows.append([Button(_("✍️ Write what was spent"), WriteSpent(measure=shown.id, year=0))])
    if own or turn.me.has(*_TEAM):
        proven = [each for each in reversed(shown.money) if each.documented]
        rows += [
            [
                Button(
                    _("📎 {year}, {source}", year=str(each.year), source=_(SOURCES[each.source])),
                    ShowReceipt(measure=shown.id, year=each.year, source=each.source),
                )
            ]
            for each in proven[:_PAPERS]
        ]
    return rows


def _described(shown: MeasureFacts) -> list[str]:
    star = "⭐ " if shown.priority else ""
    lines: list[str] = [
        f"{star}<b>{shown.code} {verbatim(shown.title)}</b>",
        signed(shown.light.status),
        "",
        _("What it should bring: {result}", result=shown.result),
        responsible(shown.responsible),
        "",
        *_light(shown),
    ]
    lines += _money(shown)
    if shown.example:
        lines += ["", _("This is an example, not the city’s own measure.")]
    return lines


def _light(shown: MeasureFacts) -> list[str]:
    """The three parts of the light; the worst of them decides."""
    parts = (
        (_("Money"), shown.light.money),
        (_("Milestones of projects"), shown.light.steps),
        (_("Indicators"), shown.light.indicators),
    )
    none = _("▫️ nothing to say yet")
    return [f"{part}: {none if status is None else signed(status)}" for part, status in parts]


def _money(shown: MeasureFacts) -> list[str]:
    lines: list[str] = []
    for year in shown.year_money():
        lines += [
            "",
            _(
                "<b>{year}</b>: {planned} planned, {spent} spent",
                year=str(year.year),
                planned=money(year.planned),
                spent=money(year.spent),
            ),
        ]
        lines += [_from_source(each) for each in shown.money if each.year == year.year]
    return lines


def _from_source(each: SourceMoney) -> Html:
    line = f"   {_(SOURCES[each.source])}: {money(each.planned)}"
    if each.spent or each.documented:
        spent = _("spent {sum}", sum=money(each.spent))
        line += f", {spent}" + (" 📎" if each.documented else "")
    return Html(line)
