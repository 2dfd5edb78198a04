"""A mentor takes a project on, and goes through the checklist with its team."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.projects.buttons import Check, Part, ShowProject, StepDown, TakeOn
from handlers.chat.projects.page import project_page
from handlers.screen import Button, Screen
from handlers.texts import N_, _
from handlers.turn import Turn
from services.projects import documents, ideas

router = Router(name="project_mentoring")

LINES = (
    N_("Everybody understands for whom it is and what gets better."),
    N_("The sums in the estimate are real ones."),
    N_("The schedule has a name at every step."),
    N_("The law allows it, and the owner of the place agrees."),
    N_("It is known who looks after it when it is built."),
    N_("There is a plan for what may go wrong."),
)
_ALL = 2 ** len(LINES) - 1


@router.callback_query(TakeOn.filter(), flags=allow(Access.MENTOR))
async def take_on(_query: CallbackQuery, callback_data: TakeOn, turn: Turn) -> Screen:
    await documents.take_on(
        turn.tx, project_id=callback_data.project, mentor_id=turn.me.id, now=turn.now
    )
    return await project_page(
        turn, callback_data.project, toast=_("You are its mentor. Thank you!")
    )


@router.callback_query(StepDown.filter(), flags=allow(Access.GUEST))
async def step_down(_query: CallbackQuery, callback_data: StepDown, turn: Turn) -> Screen:
    project_id = callback_data.project
    if not callback_data.sure:
        return Screen(
            _("The project will look for another mentor, who goes through the checklist anew."),
            [[Button(_("Yes, look for another"), StepDown(project=project_id, sure=True))],
             [Button(_("« Leave it as it is"), ShowProject(project=project_id))]],
        )  # fmt: skip
    await documents.step_down(
        turn.tx, city=turn.city, project_id=project_id, by=turn.me.id, now=turn.now
    )
    return await project_page(turn, project_id, toast=_("We are looking"))


@router.callback_query(Part.filter(F.part == "checklist"), flags=allow(Access.MENTOR))
async def checklist(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    return await _checklist(turn, callback_data.project, 0)


async def _checklist(turn: Turn, project_id: int, ticked: int) -> Screen:
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    rows = [
        [
            Button(
                f"{'✅' if ticked >> number & 1 else '▫️'} {_(line)}",
                Check(project=project_id, ticked=ticked ^ 1 << number),
            )
        ]
        for number, line in enumerate(LINES)
    ]
    if ticked == _ALL:
        done = Check(project=project_id, ticked=ticked, send=True)
        rows.append([Button(_("🧭 It is ready: accept"), done)])
    rows.append([Button(_("« The project"), ShowProject(project=project_id))])
    return Screen(
        _("🧭 <b>{title}</b>\nTick what holds. When all of it does, accept.", title=project.title),
        rows,
    )


@router.callback_query(Check.filter(), flags=allow(Access.MENTOR))
async def check(_query: CallbackQuery, callback_data: Check, turn: Turn) -> Screen:
    project_id, ticked = callback_data.project, callback_data.ticked & _ALL
    if not callback_data.send or ticked != _ALL:
        return await _checklist(turn, project_id, ticked)
    document = await documents.add(
        turn.tx, project_id=project_id, by=turn.me.id, kind="mentor_checklist",
        title=str(_("Mentor’s checklist")), text="\n".join(f"✅ {_(line)}" for line in LINES),
        now=turn.now,
    )  # fmt: skip
    await documents.accept(turn.tx, document_id=document, by=turn.me.id, now=turn.now)
    return await project_page(turn, project_id, toast=_("Accepted"))
