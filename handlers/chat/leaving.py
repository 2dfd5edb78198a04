"""The keys of a question for a place go with the question: the menu is back for whoever leaves."""

from dataclasses import replace

from aiogram.types import CallbackQuery, Message, TelegramObject

from handlers.chat.home import menu
from handlers.chat.projects.asking import Asking
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports.states import IN_DRAFT, Mending, Reporting
from handlers.screen import Screen
from handlers.texts import N_, _
from handlers.turn import Turn

_KEYED = {
    Reporting.place.state: N_("✏️ Your draft is kept. You find it under /report."),
    Asking.idea_place.state: N_("✏️ Your idea is kept. You find it under /idea."),
    Mending.place.state: N_("The place stays as it was."),
}
"""Where keys stand under the field → what is said when they go unanswered."""

_BARE = "bare"
"""In the dialogue: it waits on, but its keys are gone."""


async def with_the_menu(
    turn: Turn, before: str | None, event: TelegramObject, screen: Screen
) -> Screen:
    """The screen, with the menu again where the dialogue was left or a command came between.

    `before` is the state in which the event came. What the question waited for may still be sent
    where the dialogue goes on.
    """
    if before not in _KEYED or _has_keyboard(screen):
        return screen
    after = await turn.state.get_state()
    if after == before:
        data = await turn.state.get_data()
        if data.get(_BARE) or not await _is_aside(event):
            return screen
        await turn.state.set_data({**data, _BARE: True})
    if isinstance(event, Message) and screen.text and not screen.buttons and not screen.picture:
        return replace(screen, keyboard=menu())
    said = _("All right, the place comes later.") if after in IN_DRAFT - {before} else None
    note = Screen(said or _(_KEYED[before]), keyboard=menu(), fresh=True)
    if isinstance(event, CallbackQuery):
        return replace(screen, also=[*screen.also, note])
    return replace(note, also=[screen])


def _has_keyboard(screen: Screen) -> bool:
    return screen.keyboard is not None or any(_has_keyboard(each) for each in screen.also)


async def _is_aside(event: TelegramObject) -> bool:
    """A command or a label of the menu, which answers no question."""
    return isinstance(event, Message) and bool(event.text) and not await Answer()(event)
