"""An operator links a project and a measure, or a theme and an indicator, from either side."""

from collections.abc import Sequence
from typing import Any

from aiogram import Router
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.plan.buttons import (
    ChooseIndicator,
    ChooseMeasure,
    ChooseProject,
    ChooseTheme,
    Link,
    LinkTheme,
    ProjectPlan,
    ShowIndicator,
    ShowMeasure,
    ShowTheme,
)
from handlers.chat.plan.measure import of_measure
from handlers.chat.plan.pages import of_indicator
from handlers.chat.plan.words import named
from handlers.screen import Button, Screen
from handlers.texts import Html, _, local
from handlers.turn import Turn
from services.plan import linking

router = Router(name="plan_linking")

_PAGE = 8
_Choice = ChooseProject | ChooseMeasure | ChooseTheme | ChooseIndicator


@router.callback_query(ChooseProject.filter(), flags=allow(Access.OPERATOR))
async def choose_project(_query: CallbackQuery, callback_data: ChooseProject, turn: Turn) -> Screen:
    measure = callback_data.measure
    found = await _offered(turn, linking.linkable_projects, measure, callback_data)
    rows = [
        _press(f"🚀 {each.title}", Link(project=each.id, measure=measure, together=True))
        for each in found
    ]
    text = _("Which project carries out this measure?")
    if not found:
        text = _("There is no project that could be added.")
    return _choice(text, rows, callback_data, ShowMeasure(measure=measure))


@router.callback_query(ChooseMeasure.filter(), flags=allow(Access.OPERATOR))
async def choose_measure(_query: CallbackQuery, callback_data: ChooseMeasure, turn: Turn) -> Screen:
    project = callback_data.project
    found = await _offered(turn, linking.linkable_measures, project, callback_data)
    rows = [
        _press(f"🏗 {each.code} {each.title}", Link(project=project, measure=each.id, together=True))
        for each in found
    ]
    text = _("Which measure does this project carry out?")
    if not found:
        text = _("There is no measure that it could be added to.")
    return _choice(text, rows, callback_data, ProjectPlan(project=project))


@router.callback_query(ChooseTheme.filter(), flags=allow(Access.OPERATOR))
async def choose_theme(_query: CallbackQuery, callback_data: ChooseTheme, turn: Turn) -> Screen:
    indicator = callback_data.indicator
    found = await _offered(turn, linking.linkable_themes, indicator, callback_data)
    rows = [
        [
            Button(
                f"{each.emoji} {local(each.name)}",
                LinkTheme(category=each.id, indicator=indicator, together=True),
            )
        ]
        for each in found
    ]
    text = _("Reports of which theme speak of this indicator?")
    if not found:
        text = _("There is no theme that could be added.")
    return _choice(text, rows, callback_data, ShowIndicator(indicator=indicator))


@router.callback_query(ChooseIndicator.filter(), flags=allow(Access.OPERATOR))
async def choose_indicator(
    _query: CallbackQuery, callback_data: ChooseIndicator, turn: Turn
) -> Screen:
    category = callback_data.category
    found = await _offered(turn, linking.linkable_indicators, category, callback_data)
    rows = [
        _press(f"📊 {each.title}", LinkTheme(category=category, indicator=each.id, together=True))
        for each in found
    ]
    text = _("Which indicator do reports of this theme speak of?")
    if not found:
        text = _("There is no indicator that could be added.")
    return _choice(text, rows, callback_data, ShowTheme(category=category))


async def _offered(turn: Turn, linkable: Any, of: int, here: _Choice) -> Sequence[Any]:
    """What could be linked, one more than a page shows."""
    found: Sequence[Any] = await linkable(turn.tx, turn.city.id, of, _PAGE + 1, here.offset)
    return found


def _press(label: str, press: CallbackData) -> list[Button]:
    return [Button(named(label), press)]


def _choice(text: Html, rows: list[list[Button]], here: _Choice, back: CallbackData) -> Screen:
    """A page of what can be chosen; a row more than it shows means that there is more."""
    ends = []
    if here.offset:
        earlier = here.model_copy(update={"offset": max(0, here.offset - _PAGE)})
        ends.append(Button(_("‹ Earlier"), earlier))
    if len(rows) > _PAGE:
        ends.append(Button(_("More ›"), here.model_copy(update={"offset": here.offset + _PAGE})))
    pages = [ends] if ends else []
    return Screen(text, [*rows[:_PAGE], *pages, [Button(_("« Back"), back)]])


def _sure(text: Html, pressed: Link | LinkTheme, back: CallbackData) -> Screen:
    """Asked once before something is taken out of the plan."""
    sure = pressed.model_copy(update={"sure": True})
    return Screen(text, [[Button(_("Yes, take it out"), sure)], [Button(_("« Back"), back)]])


@router.callback_query(Link.filter(), flags=allow(Access.OPERATOR))
async def link(_query: CallbackQuery, callback_data: Link, turn: Turn) -> Screen:
    measure = callback_data.measure
    if not callback_data.sure:
        return _sure(
            _("Take the project out of this measure? Everybody sees that in the log."),
            callback_data,
            ShowMeasure(measure=measure),
        )
    await linking.link(
        turn.tx, turn.city, project_id=callback_data.project, measure_id=measure,
        together=callback_data.together, by=turn.me.id, now=turn.now,
    )  # fmt: skip
    said = _("The project is not part of this measure any more.")
    if callback_data.together:
        said = _("✅ The project is part of this measure now.")
    return await of_measure(turn, measure, said)


@router.callback_query(LinkTheme.filter(), flags=allow(Access.OPERATOR))
async def link_theme(_query: CallbackQuery, callback_data: LinkTheme, turn: Turn) -> Screen:
    indicator = callback_data.indicator
    if not callback_data.sure:
        return _sure(
            _("Take the theme away from this indicator? Everybody sees that in the log."),
            callback_data,
            ShowIndicator(indicator=indicator),
        )
    await linking.link_theme(
        turn.tx, turn.city, category_id=callback_data.category, indicator_id=indicator,
        together=callback_data.together, by=turn.me.id, now=turn.now,
    )  # fmt: skip
    said = _("Reports of this theme do not stand beside the indicator any more.")
    if callback_data.together:
        said = _("✅ Reports of this theme stand beside the indicator now.")
    return await of_indicator(turn, indicator, said)
