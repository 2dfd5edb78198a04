"""An operator makes a project part of a measure, from either side."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.plan.buttons import (
    ChooseMeasure,
    ChooseProject,
    Link,
    ProjectPlan,
    ShowMeasure,
)
from handlers.chat.plan.measure import of_measure
from handlers.chat.plan.words import named
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn
from services.plan import linking

router = Router(name="plan_linking")

_PAGE = 8


@router.callback_query(ChooseProject.filter(), flags=allow(Access.OPERATOR))
async def choose_project(_query: CallbackQuery, callback_data: ChooseProject, turn: Turn) -> Screen:
    measure, offset = callback_data.measure, callback_data.offset
    found = await linking.linkable_projects(turn.tx, turn.city.id, measure, _PAGE + 1, offset)
    rows = [
        [
            Button(
                named(f"🚀 {each.title}"),
                Link(project=each.id, measure=measure, together=True),
            )
        ]
        for each in found[:_PAGE]
    ]
    rows += _pages(callback_data, len(found))
    text = _("Which project carries out this measure?")
    if not found:
        text = _("There is no project that could be added.")
    return Screen(text, [*rows, [Button(_("« Back"), ShowMeasure(measure=measure))]])


@router.callback_query(ChooseMeasure.filter(), flags=allow(Access.OPERATOR))
async def choose_measure(_query: CallbackQuery, callback_data: ChooseMeasure, turn: Turn) -> Screen:
    project, offset = callback_data.project, callback_data.offset
    found = await linking.linkable_measures(turn.tx, turn.city.id, project, _PAGE + 1, offset)
    rows = [
        [
            Button(
                named(f"🏗 {each.code} {each.title}"),
                Link(project=project, measure=each.id, together=True),
            )
        ]
        for each in found[:_PAGE]
    ]
    rows += _pages(callback_data, len(found))
    text = _("Which measure does this project carry out?")
    if not found:
        text = _("There is no measure that it could be added to.")
    return Screen(text, [*rows, [Button(_("« Back"), ProjectPlan(project=project))]])


def _pages(here: ChooseProject | ChooseMeasure, found: int) -> list[list[Button]]:
    row = []
    if here.offset:
        back = here.model_copy(update={"offset": max(0, here.offset - _PAGE)})
        row.append(Button(_("‹ Earlier"), back))
    if found > _PAGE:
        row.append(Button(_("More ›"), here.model_copy(update={"offset": here.offset + _PAGE})))
    return [row] if row else []


@router.callback_query(Link.filter(), flags=allow(Access.OPERATOR))
async def link(_query: CallbackQuery, callback_data: Link, turn: Turn) -> Screen:
    pair = {"project_id": callback_data.project, "measure_id": callback_data.measure}
    if not callback_data.sure:
        sure = callback_data.model_copy(update={"sure": True})
        return Screen(
            _("Take the project out of this measure? Everybody sees that in the log."),
            [
                [Button(_("Yes, take it out"), sure)],
                [Button(_("« Back"), ShowMeasure(measure=callback_data.measure))],
            ],
        )
    if callback_data.together:
        await linking.link(turn.tx, turn.city, **pair, by=turn.me.id, now=turn.now)
        return await of_measure(
            turn, callback_data.measure, _("✅ The project is part of this measure now.")
        )
    await linking.unlink(turn.tx, turn.city, **pair, by=turn.me.id, now=turn.now)
    return await of_measure(
        turn, callback_data.measure, _("The project is not part of this measure any more.")
    )
