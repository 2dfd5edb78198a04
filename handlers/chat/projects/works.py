"""The work itself: steps with their dates and photos, and residents who have seen it."""

import re
from datetime import date

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import Ask, Milestone, Part, Seen, ShowProject
from handlers.chat.projects.files import bring, trouble
from handlers.chat.projects.page import project_page
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Picture, Screen
from handlers.texts import Html, _, _n, day, verbatim
from handlers.turn import Turn
from services.projects import acting, building, ideas
from services.projects.building import Step
from services.projects.stages import Stage, Status

router = Router(name="project_works")

_BUILDERS = frozenset({"lead", "official", "operator"})
_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}))?")


@router.callback_query(Part.filter(F.part == "works"), flags=allow(Access.GUEST))
async def shown(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    return await _works(turn, callback_data.project)


async def _works(turn: Turn, project_id: int, toast: str | None = None) -> Screen:
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    roles = await acting.roles_of(turn.tx, project, turn.me.id)
    steps = await building.milestones(turn.tx, project_id)
    lines: list[Html] = [_("🏗 <b>Steps of the work</b>")]
    lines += [_listed(turn, step) for step in steps] or [_("There is no plan of the work yet.")]
    builds = project.status == Status.ACTIVE and bool(roles & _BUILDERS)
    rows = [
        [Button(f"{'📷' if step.has_photo else '🔧'} {verbatim(step.title)}",
                Milestone(project=project_id, milestone=step.id, what="show"))]
        for step in steps
        if step.has_photo or builds
    ]  # fmt: skip
    if builds:
        rows.append([Button(_("➕ Add a step"), Ask(project=project_id, what="milestone"))])
    if builds and project.stage == Stage.IMPLEMENTATION:
        add = Ask(project=project_id, what="document", key="photo_after")
        rows.append([Button(_("📷 Add the photo of the result"), add)])
    rows.append([Button(_("« The project"), ShowProject(project=project_id))])
    return Screen("\n".join(lines), rows, toast=toast, fresh=True)


def _listed(turn: Turn, step: Step) -> Html:
    if step.done_at is not None:
        done = day(step.done_at, turn.city.timezone, turn.now)
        return _("✅ {step} · done {day}", step=step.title, day=done)
    due = day(step.due_on, turn.city.timezone)
    late = step.due_on < turn.now.astimezone(turn.city.timezone).date()
    if late:
        return _("⏰ {step} · was due {day}", step=step.title, day=due)
    return _("○ {step} · by {day}", step=step.title, day=due)


@router.callback_query(Ask.filter(F.what == "milestone"), flags=allow(Access.GUEST))
async def ask_step(_query: CallbackQuery, callback_data: Ask, turn: Turn) -> Screen:
    return await ask(
        turn,
        Asking.milestone,
        _("What is done, and by when? For example: The paths are laid, 15.09.2027"),
        project=callback_data.project,
    )


@router.message(StateFilter(Asking.milestone), Answer(), flags=allow(Access.GUEST))
async def add(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    today = turn.now.astimezone(turn.city.timezone).date()
    title, due = step_in(message.text or "", today)
    if due is None:
        return await ask(
            turn, Asking.milestone,
            _("I could not find a date. Please write what is done, a comma, and the day."),
            project=kept["project"],
        )  # fmt: skip
    await building.add_milestone(
        turn.tx, city=turn.city, project_id=kept["project"], by=turn.me.id, title=title,
        due_on=due, now=turn.now,
    )  # fmt: skip
    return await _works(turn, kept["project"], _("Added"))


def step_in(text: str, today: date) -> tuple[str, date | None]:
    """What is done, and the day that stands last; without a year the next such day."""
    found = list(_DATE.finditer(text))
    if not found:
        return text, None
    match = found[-1]
    title = (text[: match.start()] + text[match.end() :]).strip(" ,;:—–-\n")
    return title, day_of(match[0], today)


def day_of(text: str, today: date) -> date | None:
    """A day written as 15.09.2027 or 15.09; None for one that does not exist."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    number, month, year = int(match[1]), int(match[2]), match[3]
    try:
        if year:
            return date(int(year), month, number)
        this = date(today.year, month, number)
        return this if this >= today else date(today.year + 1, month, number)
    except ValueError:
        return None


@router.callback_query(Milestone.filter(), flags=allow(Access.GUEST))
async def step(_query: CallbackQuery, callback_data: Milestone, turn: Turn) -> Screen:
    project_id, step_id = callback_data.project, callback_data.milestone
    if callback_data.what == "remove":
        await building.remove_milestone(
            turn.tx, city=turn.city, milestone_id=step_id, by=turn.me.id, now=turn.now
        )
        return await _works(turn, project_id, _("Taken away"))
    if callback_data.what == "done":
        return await ask(
            turn, Asking.milestone_photo, _("📷 Please send a photo of what was done."),
            project=project_id, milestone=step_id,
        )  # fmt: skip
    return await _step(turn, project_id, step_id)


async def _step(turn: Turn, project_id: int, step_id: int) -> Screen:
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    roles = await acting.roles_of(turn.tx, project, turn.me.id)
    steps = {each.id: each for each in await building.milestones(turn.tx, project_id)}
    if step_id not in steps:
        return await _works(turn, project_id)
    shown_step = steps[step_id]
    rows = []
    if shown_step.done_at is None and roles & _BUILDERS and project.status == Status.ACTIVE:

        def button(label: str, what: str) -> list[Button]:
            return [Button(label, Milestone(project=project_id, milestone=step_id, what=what))]

        if project.stage == Stage.IMPLEMENTATION:
            rows.append(button(_("✅ It is done (with a photo)"), "done"))
        if roles.intersection(building.removers(project.stage)):
            rows.append(button(_("✖ Take this step away"), "remove"))
    rows.append([Button(_("« Steps of the work"), Part(project=project_id, part="works"))])
    picture = None
    if shown_step.has_photo:
        picture = Picture("project_photo", {"milestone": step_id})
    return Screen(_listed(turn, shown_step), rows, picture=picture, fresh=True)


@router.message(
    StateFilter(Asking.milestone_photo),
    F.photo | F.document,
    flags=allow(Access.GUEST, prepare=bring),
)
async def done(_message: Message, turn: Turn) -> Screen:
    if turn.prepared.problem or turn.prepared.name != "photo.jpg":
        return Screen(trouble(turn.prepared.problem or "unreadable"))
    kept = await asked(turn)
    if kept is None:
        return left()
    await building.close_milestone(
        turn.tx, city=turn.city, milestone_id=kept["milestone"], by=turn.me.id,
        photo=turn.prepared.data, now=turn.now,
    )  # fmt: skip
    return await _works(turn, kept["project"], _("Done!"))


@router.message(StateFilter(Asking.milestone_photo), Answer(), flags=allow(Access.GUEST))
async def no_photo(_message: Message, turn: Turn) -> Screen:
    return Screen(
        _("I am waiting for a photo of what was done."),
        [[Button(_("Cancel"), Go(to="project_cancel"))]],
    )


@router.callback_query(Seen.filter(), flags=allow(Access.GUEST))
async def seen(_query: CallbackQuery, callback_data: Seen, turn: Turn) -> Screen:
    confirmed = await building.confirm(
        turn.tx, city=turn.city, project_id=callback_data.project, member_id=turn.me.id,
        now=turn.now,
    )  # fmt: skip
    toast = _("You have said so already. Thank you!")
    if confirmed.new:
        toast = _n(
            "Thank you! {n} resident has seen it.",
            "Thank you! {n} residents have seen it.",
            confirmed.residents,
        )
    return await project_page(turn, callback_data.project, toast=toast)
