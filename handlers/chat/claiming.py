"""A guest says that a receipt which another has registered is theirs, and may show the paper."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Claim, Go, To
from handlers.chat import receipts
from handlers.chat.receipts.sending import Seen, look, patience
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn
from services.receipts import claims, photos
from services.receipts.codes import CodeKind, kind
from services.receipts.forms import FORMS, understand
from services.receipts.qr import NotReadable

router = Router(name="claiming")

_PATIENCE = timedelta(hours=1)
"""After that a photo is a receipt again, not an answer to our question."""


class Claiming(StatesGroup):
    """Waiting for a photo of the whole receipt."""

    photo = State()


@router.callback_query(Claim.filter(), flags=allow(Access.GUEST))
async def begin(_query: CallbackQuery, callback_data: Claim, turn: Turn) -> Screen:
    receipt = callback_data.receipt
    await claims.claim(turn.tx, turn.city, turn.me.id, receipt, turn.now)
    await turn.state.set_state(Claiming.photo)
    await turn.state.set_data({"claimed": receipt, "since": turn.now.isoformat()})
    return Screen(
        _(
            "Thank you, one of our team will look into it within two days and I will write to "
            "you.\n\nIt helps a lot to see the paper: please send me a photo of the whole receipt, "
            "from its first line to the last."
        ),
        [[Button(_("I have no paper"), Go(to="claim_skip"))]],
    )


@router.callback_query(To("claim_skip"), flags=allow(Access.GUEST))
async def skip(_query: CallbackQuery, turn: Turn) -> Screen:
    await turn.state.clear()
    return Screen(_("That is all right. I will write to you when it is decided."))


@router.message(
    StateFilter(Claiming.photo), F.photo, flags=allow(Access.GUEST, first=patience, prepare=look)
)
async def photo(message: Message, turn: Turn, raw_state: str | None = None) -> Screen:
    if (kept := await _kept(turn)) is not None:
        return kept
    answer: Screen = await receipts.photo(message, turn, raw_state)
    return answer


@router.message(
    StateFilter(Claiming.photo), F.document, flags=allow(Access.GUEST, first=patience, prepare=look)
)
async def image_file(message: Message, turn: Turn, raw_state: str | None = None) -> Screen:
    if (kept := await _kept(turn)) is not None:
        return kept
    answer: Screen = await receipts.image_file(message, turn, raw_state)
    return answer


async def _kept(turn: Turn) -> Screen | None:
    """The photo belongs to the claim now; None when it is something else.

    That is: a picture that cannot be opened, another receipt, a guest's code at the counter, or
    any picture after the claim was left or decided, which ends the dialogue.
    """
    data: dict[str, Any] = await turn.state.get_data()
    number = await claims.number_of_open(turn.tx, turn.me.id, data["claimed"])
    if number is None or turn.now - datetime.fromisoformat(data["since"]) > _PATIENCE:
        await turn.state.clear()
        return None
    seen: Seen = turn.prepared
    if seen.jpeg is None or _of_another(seen.texts, number):
        return None
    await turn.state.clear()
    await photos.keep(turn.tx, data["claimed"], seen.jpeg, turn.now)
    return Screen(_("Thank you! Our team sees this photo beside your claim. I will write to you."))


def _of_another(texts: tuple[str, ...], number: str) -> bool:
    """Whether the codes are those of another receipt, or of a guest's card."""
    found = set()
    for text in texts:
        if kind(text) is CodeKind.OURS:
            return True
        with suppress(NotReadable):
            found.add(understand(text, tuple(FORMS)).number)
    return bool(found) and number not in found
