"""Becoming a voice that counts, by one's own phone; `clerk` is the other way."""

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.home import home, menu
from handlers.screen import Ask, Button, Keyboard, Screen
from handlers.texts import _, plain
from handlers.turn import Turn
from services.civic import verifying
from services.civic.verifying import phone_hash

router = Router(name="verifying")


@router.callback_query(To("verify"), flags=allow(Access.GUEST))
async def ask(_query: CallbackQuery, turn: Turn) -> Screen:
    if await verifying.is_verified(turn.tx, turn.me.id):
        return Screen(_("Your voice counts already. Thank you!"), fresh=True)
    key = Ask(plain(_("📱 Share my phone")), "contact")
    return Screen(
        _(
            "<b>One person, one voice</b>\n"
            "Everybody can support reports and ideas. To count towards a decision, a voice must "
            "be that of a real person, so please share your own phone with the key below. The "
            "number itself is not kept, only a fingerprint that cannot be read back; nobody will "
            "call you.\n\n"
            "There is no such key, or you would rather not? Show your card (/card) to somebody "
            "of the city’s team: they confirm you on the spot."
        ),
        keyboard=Keyboard([[key], *menu().rows]),
        fresh=True,
    )


@router.message(F.contact, flags=allow(Access.GUEST))
async def shared(message: Message, turn: Turn) -> Screen:
    contact, sender = message.contact, message.from_user
    assert contact is not None
    if sender is None or contact.user_id != sender.id:
        return Screen(
            _(
                "This is somebody else’s contact, and I have not kept it. To make your own voice "
                "count, use the key “📱 Share my phone”."
            ),
            [[Button(_("✅ Make my voice count"), Go(to="verify"))]],
        )
    await verifying.verify(
        turn.tx,
        member_id=turn.me.id,
        city_id=turn.city.id,
        phone_hash=phone_hash(turn.phone_key, turn.city.id, contact.phone_number),
        by_id=None,
        now=turn.now,
    )
    return home(
        turn, _("✅ Thank you! Your voice counts now, also where you have given it before.")
    )
