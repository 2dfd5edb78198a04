"""The first words: what this is, and how it works."""

from aiogram import Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import To
from handlers.chat.arriving import opened
from handlers.chat.consenting import ask_for_data
from handlers.screen import Screen
from handlers.texts import _, days, local
from handlers.turn import Turn

router = Router(name="guest")


@router.message(CommandStart(), flags=allow(Access.ANYONE))
async def start(_message: Message, command: CommandObject, turn: Turn) -> Screen:
    payload = command.args or ""
    if not turn.me.consented:
        await turn.state.set_data({"payload": payload})
        return welcome(turn)
    return await opened(turn, payload)


def welcome(turn: Turn) -> Screen:
    return Screen(
        _(
            "<b>Welcome to {city}!</b>\n\n"
            "🧾 Photograph your receipts and collect points.\n"
            "🎁 Spend them on treats in cafés and museums.\n"
            "💳 Your guest card is always here, in this chat.",
            city=local(turn.city.name),
        ),
        also=[ask_for_data(turn)],
    )


@router.message(Command("help"), flags=allow(Access.ANYONE))
@router.callback_query(To("help"), flags=allow(Access.ANYONE))
async def show_help(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    return Screen(
        _(
            "<b>How it works</b>\n"
            "1. Pay at a partner venue and photograph the QR code on the receipt.\n"
            "2. Some of your points arrive at once, the rest in {days}.\n"
            "3. Choose a reward, show the code at the counter and enjoy.\n\n"
            "/card your card and points\n"
            "/receipt your receipts\n"
            "/rewards what points buy\n"
            "/report a problem in the city\n"
            "/idea your idea for the city\n"
            "/projects what the city builds together\n"
            "/plan what the city has promised, and how it goes\n"
            "/settings language and messages\n"
            "/privacy your data",
            days=days(turn.city.rules.earning.matures_after_days),
        ),
    )
