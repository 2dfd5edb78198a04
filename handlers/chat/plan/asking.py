"""What the plan's forms share: going on for an hour, asking, and taking a paper."""

from datetime import datetime, timedelta
from typing import Any

from aiogram.fsm.state import State
from aiogram.types import Message

from handlers.buttons import Go
from handlers.chat.plan.home import back_to_plan
from handlers.chat.projects.files import Brought, trouble
from handlers.screen import Attachment, Button, Picture, Screen
from handlers.texts import Html, _
from handlers.turn import Turn
from services.plan.papers import Proof

_PATIENCE = timedelta(hours=1)


async def goes_on(turn: Turn, state: State, data: dict[str, Any]) -> None:
    """Wait for the next answer, with the answers so far."""
    await turn.state.set_state(state)
    await turn.state.set_data(data | {"since": turn.now.isoformat()})


async def under_way(turn: Turn) -> dict[str, Any] | None:
    """The answers so far; None, and the dialogue is over, when it was left for an hour."""
    data = await turn.state.get_data()
    if "since" in data and turn.now - datetime.fromisoformat(data["since"]) <= _PATIENCE:
        return data
    await turn.state.clear()
    return None


def seen_in(data: dict[str, Any]) -> datetime | None:
    """When what the official saw had been written."""
    return datetime.fromisoformat(data["seen"]) if data["seen"] else None


def ask(words: str) -> Screen:
    """A question, with a way out."""
    return Screen(words, [[Button(_("Cancel"), Go(to="plan_cancel"))]], fresh=True)


def too_late() -> Screen:
    """The form was left for too long."""
    said: Html = _(
        "That was a while ago, so I have put the figure aside. You can begin again any time."
    )
    return Screen(said, [[back_to_plan()]])


def paper(message: Message, brought: Brought) -> Proof | Html:
    """The document that was sent, a photo or a PDF, or why it is none."""
    if brought.problem is not None:
        return trouble(brought.problem)
    assert brought.data is not None
    document = message.document
    if document is None or (document.mime_type or "").startswith("image/"):
        return Proof(brought.data, brought.name)
    found = Proof(brought.data, "document.pdf")
    return (
        found
        if found.is_pdf
        else _("Please send it as a photo or a PDF, so that everybody of the team can open it.")
    )


def waits_for_paper() -> Screen:
    """Something else came instead of the document."""
    return ask(
        _("I am waiting for the document, a photo or a PDF. Without it a figure proves nothing.")
    )


def shown(proof: Proof, said: Html, back: Button, facts: dict[str, Any]) -> Screen:
    """A document on its own screen; `facts` say of what it is, and for whom."""
    if proof.is_pdf:
        file = Attachment(proof.name, kind="plan_paper", facts=facts)
        return Screen(said, [[back]], attachment=file, fresh=True)
    return Screen(said, [[back]], picture=Picture("figure_photo", facts), fresh=True)
