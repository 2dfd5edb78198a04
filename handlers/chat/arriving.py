"""Where a link into the conversation leads."""

from handlers.chat import counter, partner
from handlers.chat.civic import clerk
from handlers.chat.home import home
from handlers.chat.projects.page import project_page
from handlers.chat.reports import looking
from handlers.links import CARD, INVITATION, PROJECT, REDEMPTION, REPORT
from handlers.refusals import refused
from handlers.screen import Screen
from handlers.turn import Turn
from services.civic.verifying import CLERKS
from services.errors import NotFound, Refusal

_LED = (INVITATION, REDEMPTION, CARD, REPORT, PROJECT)


async def opened(turn: Turn, payload: str) -> Screen:
    """Where a link leads a member: a role, a guest's reward or card, a public report or project,
    or home."""
    if payload.startswith(INVITATION):
        return await partner.accept(turn, payload.removeprefix(INVITATION))
    if payload.startswith(REDEMPTION):
        return await counter.present(turn, payload.removeprefix(REDEMPTION))
    if payload.startswith(CARD):
        return await _carded(turn, payload.removeprefix(CARD)) or home(turn)
    if payload.startswith(REPORT):
        return await looking.numbered(turn, payload.removeprefix(REPORT))
    if payload.startswith(PROJECT):
        return await _project(turn, payload.removeprefix(PROJECT))
    return home(turn)


async def _project(turn: Turn, number: str) -> Screen:
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise NotFound
    return await project_page(turn, int(number))


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
    if not payload.startswith(_LED):
        return None
    try:
        return await opened(turn, payload)
    except Refusal as refusal:
        return refused(refusal, turn.city)
