"""What a dialogue at the desk waits for, and what it keeps meanwhile."""

from datetime import datetime, timedelta
from typing import Any

from aiogram.fsm.state import State, StatesGroup

from handlers.buttons import Go
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn

_PATIENCE = timedelta(hours=1)
"""After that a text or a photo is no answer to our question any more."""


class Desk(StatesGroup):
    """Waiting for a reason in one's own words, a day, the number of the original, a photo of what
    was done, a word about the report, the cells to be black, the name of a project, words to be
    taken out, a number."""

    reason = State()
    day = State()
    original = State()
    after = State()
    word = State()
    cells = State()
    title = State()
    trim = State()
    number = State()


async def ask(turn: Turn, state: State, words: str, **data: Any) -> Screen:
    """Ask, and remember what is asked about."""
    await turn.state.set_state(state)
    await turn.state.set_data({**data, "since": turn.now.isoformat()})
    return Screen(words, [[Button(_("Cancel"), Go(to="desk_cancel"))]], fresh=True)


async def recall(turn: Turn) -> dict[str, Any] | None:
    """What was asked about; None, and the dialogue is over, when that was too long ago."""
    data = await turn.state.get_data()
    since = data.get("since")
    if since and turn.now - datetime.fromisoformat(since) <= _PATIENCE:
        return data
    await turn.state.clear()
    return None


def too_late() -> Screen:
    """The answer came when nobody remembered the question."""
    return Screen(
        _("That was a while ago, so nothing has been done. Please open the report once more."),
        [[Button(_("« Desk"), Go(to="desk"))]],
    )
