"""Home: the way to everything."""

from handlers.buttons import MENU
from handlers.screen import Keyboard, Screen
from handlers.texts import _, plain
from handlers.turn import Turn


def home(turn: Turn, greeting: str = "") -> Screen:
    """The way to everything, with the reply keyboard."""
    text = _("Send me a photo of a receipt, or choose below.")
    return Screen(
        f"{greeting}\n\n{text}" if greeting else text,
        keyboard=menu(),
        fresh=True,
    )


def menu() -> Keyboard:
    """The reply keyboard: the labels of `MENU`, two in a row."""
    labels = [plain(_(label)) for label in MENU.values()]
    return Keyboard([labels[i : i + 2] for i in range(0, len(labels), 2)])
