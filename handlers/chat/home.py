"""Home, and where a link into the conversation leads."""

from handlers.buttons import MENU
from handlers.chat import counter, partner
from handlers.chat.civic import clerk
from handlers.refusals import refused
from handlers.screen import Keyboard, Screen
from handlers.texts import _, plain
from handlers.turn import Turn
from services.civic.verifying import CLERKS
from services.errors import Refusal

INVITATION, REDEMPTION, CARD = "s_", "r_", "c_"


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


async def opened(turn: Turn, payload: str) -> Screen:
    """Where a link leads a member: a role, a guest's reward or card, or home."""
    if payload.startswith(INVITATION):
        return await partner.accept(turn, payload.removeprefix(INVITATION))
    if payload.startswith(REDEMPTION):
        return await counter.present(turn, payload.removeprefix(REDEMPTION))
    if payload.startswith(CARD):
        return await _carded(turn, payload.removeprefix(CARD)) or home(turn)
    return home(turn)


async def _carded(turn: Turn, card: str) -> Screen | None:
    """A guest's card: for the city's clerks who they are, for a venue's staff their level."""
    if turn.me.has(*CLERKS):
        return await clerk.meet(turn, card)
    return await counter.greet(turn, card)


async def opened_late(turn: Turn) -> Screen | None:
    """What the link leads to that brought a person here before they had agreed; None without one.

    A link that is no good any more is said, and does not undo the agreement.
    """
    payload = (await turn.state.get_data()).get("payload", "")
    await turn.state.set_data({})
    if not payload.startswith((INVITATION, REDEMPTION, CARD)):
        return None
    try:
        return await opened(turn, payload)
    except Refusal as refusal:
        return refused(refusal, turn.city)
