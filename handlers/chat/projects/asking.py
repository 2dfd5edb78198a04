"""One question at a time, answered in words: kept in the dialogue, so a restart loses nothing."""

from datetime import datetime, timedelta
from typing import Any

from aiogram import Router
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.projects.buttons import ShowProject
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn

router = Router(name="projects_asking")

_PATIENCE = timedelta(days=1)
_KEPT = "project_question"


class Asking(StatesGroup):
    """What a text is waited for."""

    near = State()
    idea = State()
    idea_place = State()
    idea_text = State()
    idea_title = State()
    reason = State()
    marks = State()
    statement = State()
    opinion = State()
    word = State()
    document = State()
    line = State()
    sum = State()
    giver = State()
    paper = State()
    milestone = State()
    milestone_photo = State()
    request = State()
    close_request = State()


async def ask(turn: Turn, state: State, words: str, *rows: list[Button], **facts: Any) -> Screen:
    """Put a question; what it is about is given back by `asked`."""
    await turn.state.set_state(state)
    await turn.state.set_data({_KEPT: {**facts, "since": turn.now.isoformat()}})
    return Screen(words, [*rows, [Button(_("Cancel"), Go(to="project_cancel"))]])


async def asked(turn: Turn) -> dict[str, Any] | None:
    """What the question was about, and the question is over; None when it was left long ago."""
    facts: dict[str, Any] | None = (await turn.state.get_data()).get(_KEPT)
    await turn.state.clear()
    if facts is None or turn.now - datetime.fromisoformat(facts["since"]) > _PATIENCE:
        return None
    return facts


def left() -> Screen:
    """The answer to words that came too late."""
    return Screen(
        _("That was a while ago, so I have put the question aside. Please open it again."),
        [[Button(_("💡 Ideas and projects"), Go(to="projects"))]],
    )


@router.callback_query(To("project_cancel"), flags=allow(Access.GUEST))
async def cancel(_query: CallbackQuery, turn: Turn) -> Screen:
    kept: dict[str, Any] = (await turn.state.get_data()).get(_KEPT) or {}
    await turn.state.clear()
    back = Button(_("💡 Ideas and projects"), Go(to="projects"))
    if "project" in kept:
        back = Button(_("« The project"), ShowProject(project=kept["project"]))
    return Screen(_("All right, nothing was changed."), [[back]])
