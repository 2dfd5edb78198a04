"""An owner reports a refund by the document number of the purchase; the city decides."""

from datetime import datetime, timedelta
from typing import Any

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Desk, Go, To
from handlers.chat.adding import Answer
from handlers.screen import Button, Screen
from handlers.texts import N_, _, local
from handlers.turn import Turn
from services.cities import venue_names
from services.members.roles import Role, require
from services.receipts import refunds
from services.receipts.refunds import Reported
from services.receipts.typed import PRINTED, Field, Mistyped, read

router = Router(name="refunding")

_PATIENCE = timedelta(hours=1)
"""After that a number is no answer to our question any more."""


_SAID = {
    Reported.ASKED: N_("Thank you! The city's team will look at it and take the points back."),
    Reported.KEPT: N_(
        "Thank you, I have noted it. Nobody has sent a receipt with this number from the last 30 "
        "days, so there is nothing to take back now. If somebody does, the city's team looks at it "
        "before it earns points. Was the number wrong? Then report the right one as well."
    ),
    Reported.KNOWN: N_("The city's team knows of this refund already. Thank you!"),
}


class Refunding(StatesGroup):
    """Waiting for the number of the purchase's document."""

    document = State()


async def begin(turn: Turn, venue_id: int) -> Screen:
    """Ask the owner of the venue for the number."""
    await require(turn.tx, turn.me.id, (Role.OWNER,), venue_id)
    names = await venue_names(turn.tx, [venue_id])
    await turn.state.set_state(Refunding.document)
    await turn.state.set_data({"refund_venue": venue_id, "since": turn.now.isoformat()})
    return _ask(
        _(
            "You have refunded a purchase at {venue}? Type the document number of the purchase: "
            "on its receipt after “{mark}”. The city's team takes the points back.",
            venue=local(names[venue_id]),
            mark=PRINTED[Field.DOCUMENT],
        )
    )


@router.callback_query(To("refund_cancel"), flags=allow(Access.OWNER))
async def cancel(_query: CallbackQuery, turn: Turn) -> Screen:
    await turn.state.clear()
    return Screen(
        _("All right, no refund was reported."), [[Button(_("« Back"), Go(to="partner"))]]
    )


@router.message(StateFilter(Refunding.document), Answer(), flags=allow(Access.GUEST))
async def typed(message: Message, turn: Turn) -> Screen:
    data: dict[str, Any] = await turn.state.get_data()
    back = [[Button(_("« Back"), Go(to="partner"))]]
    owns = data["refund_venue"] in turn.me.venues(Role.OWNER)
    if not owns or turn.now - datetime.fromisoformat(data["since"]) > _PATIENCE:
        await turn.state.clear()
        return Screen(_("That was a while ago. You can begin again any time."), back)
    try:
        document = int(read(Field.DOCUMENT, message.text or "", turn.now))
    except Mistyped:
        return _ask(_("That is not it: the number has up to 10 digits and nothing else."))
    said = await refunds.report(
        turn.tx,
        venue_id=data["refund_venue"],
        document=document,
        by=turn.me.id,
        now=turn.now,
    )
    await turn.state.clear()
    if said is Reported.KEPT:
        again = Desk(venue=data["refund_venue"], page="refund")
        back = [[Button(_("↩️ Report another number"), again)], *back]
    return Screen(_(_SAID[said]), back)


def _ask(words: str) -> Screen:
    return Screen(words, [[Button(_("Cancel"), Go(to="refund_cancel"))]])
