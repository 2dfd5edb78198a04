"""The six verbs as buttons: at once, for a ready reason, or in one's own words."""

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.projects import words
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import Move, ShowProject
from handlers.chat.projects.page import project_page
from handlers.chat.projects.reasons import OWN_WORDS, is_ready, reasons
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _
from handlers.turn import Turn
from services.projects import facts, moving
from services.projects.moving import Moved
from services.projects.stages import Status, Verb

router = Router(name="project_moves")

_WHY = {
    Verb.BACK: N_("Why does it go back? Everybody will read the reason."),
    Verb.CLOSE: N_("Why is it closed? Everybody will read the reason."),
    Verb.PAUSE: N_("Why does it rest? Everybody will read the reason."),
}


@router.callback_query(Move.filter(), flags=allow(Access.GUEST))
async def pressed(_query: CallbackQuery, callback_data: Move, turn: Turn) -> Screen:
    project_id, reason = callback_data.project, callback_data.reason
    if callback_data.verb not in set(Verb):
        return await project_page(turn, project_id)
    verb = Verb(callback_data.verb)
    if verb is Verb.APPEAL:
        return await ask(
            turn, Asking.reason,
            _("Why should it be opened again? A moderator reads your words."),
            project=project_id, verb=verb, seen=callback_data.seen,
        )  # fmt: skip
    if reason == OWN_WORDS:
        return await ask(
            turn, Asking.reason, _("Please write the reason in a sentence or two."),
            project=project_id, verb=verb, seen=callback_data.seen,
        )  # fmt: skip
    if reason or verb not in _WHY:
        ready = reason if is_ready(verb, reason) else None
        return await _moved(turn, project_id, verb, callback_data.seen, ready)
    return why(project_id, verb, callback_data.seen)


def why(project_id: int, verb: Verb, seen: str) -> Screen:
    """The ready reasons for the verb."""

    def button(label: str, reason: str) -> list[Button]:
        return [Button(label, Move(project=project_id, verb=verb, seen=seen, reason=reason))]

    return Screen(
        _(_WHY[verb]),
        [
            *(button(_(text), key) for key, text in reasons(verb).items()),
            button(_("✍️ In my own words"), OWN_WORDS),
            [Button(_("« Leave it as it is"), ShowProject(project=project_id))],
        ],
        fresh=True,
    )


@router.message(StateFilter(Asking.reason), Answer(), flags=allow(Access.GUEST))
async def worded(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    return await _moved(
        turn, kept["project"], Verb(kept["verb"]), kept["seen"], (message.text or "").strip()
    )


async def _moved(turn: Turn, project_id: int, verb: Verb, seen: str, reason: str | None) -> Screen:
    moved = await moving.move(
        turn.tx, city=turn.city, project_id=project_id, verb=verb, seen=seen, by=turn.me.id,
        now=turn.now, reason=reason,
    )  # fmt: skip
    return await after(turn, moved)


async def after(turn: Turn, moved: Moved) -> Screen:
    """The project where it stands now; what its mover may not see any more is only told."""
    project = await facts.one(turn.tx, moved.project_id)
    if facts.is_public(project):
        return await project_page(turn, moved.project_id, toast=told(moved))
    return Screen(
        _("“{title}”: {what}.", title=moved.title, what=words.done(moved.verb, moved.after)),
        toast=told(moved),
    )


def told(moved: Moved) -> Html:
    """What became of the move, in a short word."""
    if moved.after == Status.DONE:
        return _("🎉 It is done!")
    if moved.verb is Verb.FORWARD:
        return _("On to: {stage}", stage=words.stage_of(moved.stage))
    return _("Done")


def state_of(project: facts.Facts) -> str:
    """What a button has to carry as `seen`."""
    return moving.state(project)
