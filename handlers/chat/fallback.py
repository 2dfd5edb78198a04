"""The last router: nothing a person does stays without an answer."""

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go
from handlers.chat.guest import welcome
from handlers.chat.home import home
from handlers.chat.reports.placing import offer_here
from handlers.chat.unasked import perhaps
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn

router = Router(name="fallback")


@router.callback_query(flags=allow(Access.ANYONE))
async def stale_button(_query: CallbackQuery, turn: Turn) -> Screen:
    return Screen(toast=_("This button has expired. Please use a more recent message."), alert=True)


@router.edited_message(flags=allow(Access.ANYONE))
async def reworded(_message: Message, turn: Turn) -> Screen:
    """What was answered already is not answered once more."""
    return Screen()


@router.message(F.text.startswith("/"), flags=allow(Access.ANYONE))
async def unknown_command(_message: Message, turn: Turn) -> Screen:
    return Screen(
        _("I do not know this command."), [[Button(_("What can you do?"), Go(to="help"))]]
    )


@router.message(F.location | F.venue, flags=allow(Access.GUEST))
async def where(message: Message, turn: Turn) -> Screen:
    location = message.venue.location if message.venue else message.location
    assert location is not None
    await turn.state.set_data({"point": [location.latitude, location.longitude]})
    return Screen(
        _("Thank you! What about this place?"),
        [*offer_here(), [Button(_("🏛 What to see"), Go(to="sights"))]],
    )


@router.message(flags=allow(Access.ANYONE))
async def anything(message: Message, turn: Turn) -> Screen:
    if not turn.me.consented:
        return welcome(turn)
    if message.text and message.text.strip().isdigit():
        return home(
            turn,
            _("To pay with points, show your code at the counter; only the staff type it in."),
        )
    return await perhaps(turn, message) or home(turn, _("I did not quite get that."))
