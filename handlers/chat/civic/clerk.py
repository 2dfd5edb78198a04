"""A clerk of the city sees a guest's card and says that its holder is a real person."""

import re

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.civic.buttons import TakeBackWord, Vouch
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Person, Turn
from services.civic import verifying
from services.civic.verifying import Holder

router = Router(name="clerk")

_CARD = re.compile(r"\s*([0-9]{4})\s?([0-9]{3})\s?([0-9]{3})\s*", re.ASCII)


class ClerkCard(Filter):
    """The ten digits of a card from somebody who may vouch for its holder."""

    async def __call__(self, message: Message, person: Person) -> bool | dict[str, str]:
        match = _CARD.fullmatch(message.text or "")
        if match is None or not person.has(*verifying.CLERKS):
            return False
        return {"card": "".join(match.groups())}


@router.message(ClerkCard(), flags=allow(Access.CLERK))
async def typed(_message: Message, card: str, turn: Turn) -> Screen:
    return await meet(turn, card)


async def meet(turn: Turn, card: str) -> Screen:
    """A clerk looks at a guest's card."""
    holder = await verifying.holder_of(
        turn.tx, city_id=turn.city.id, clerk_id=turn.me.id, card=card
    )
    return _holder(turn, card, holder)


def _holder(turn: Turn, card: str, holder: Holder) -> Screen:
    name = holder.name or _("no name on the card")
    if holder.member_id == turn.me.id:
        return Screen(_("This is your own card. A colleague can confirm you."))
    if holder.verified:
        buttons = [[Button(_("Take it back"), TakeBackWord(card=card))]] if holder.by_clerk else []
        return Screen(_("💳 {guest}: a real person, their voice counts.", guest=name), buttons)
    return Screen(
        _(
            "💳 {guest}\nIs the person in front of you, with their card and a document? Then their "
            "voice will count in votes. Please do this once a person.",
            guest=name,
        ),
        [[Button(_("✅ Yes, confirm"), Vouch(card=card))]],
    )


@router.callback_query(Vouch.filter(), flags=allow(Access.CLERK))
async def vouch(_query: CallbackQuery, callback_data: Vouch, turn: Turn) -> Screen:
    card = callback_data.card
    holder = await verifying.vouch(
        turn.tx, city_id=turn.city.id, clerk_id=turn.me.id, card=card, now=turn.now
    )
    return _holder(turn, card, holder)


@router.callback_query(TakeBackWord.filter(), flags=allow(Access.CLERK))
async def take_back(_query: CallbackQuery, callback_data: TakeBackWord, turn: Turn) -> Screen:
    card = callback_data.card
    holder = await verifying.take_back(
        turn.tx, city_id=turn.city.id, clerk_id=turn.me.id, card=card, now=turn.now
    )
    return _holder(turn, card, holder)
