"""A guest says that a receipt which another has registered is theirs.

They may show the paper and say when they paid: who only has the code does not know either.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Claim, Go, To
from handlers.chat import receipts
from handlers.chat.adding import Answer
from handlers.chat.fallback import anything
from handlers.chat.receipts.sending import LooksLikeReceipt, Seen, look, patience
from handlers.chat.receipts.typing import MISTAKES
from handlers.screen import Button, Screen
from handlers.texts import Html, _
from handlers.turn import Turn
from services.receipts import claims, photos
from services.receipts.codes import CodeKind, kind
from services.receipts.forms import FORMS, understand
from services.receipts.qr import NotReadable
from services.receipts.typed import Field, Mistyped, read

router = Router(name="claiming")

_PATIENCE = timedelta(hours=1)
"""After that a photo is a receipt again, not an answer to our question, and words are words."""

_EXAMPLE = "14:35"


class Claiming(StatesGroup):
    """Waiting for a photo of the whole receipt, then for the time of the payment."""

    photo = State()
    paid = State()


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
async def no_paper(_query: CallbackQuery, turn: Turn) -> Screen:
    if await turn.state.get_state() != Claiming.photo.state:
        return _done()
    return await _ask_when(turn, _("That is all right."))


@router.callback_query(To("claim_unknown"), flags=allow(Access.GUEST))
async def unknown(_query: CallbackQuery, turn: Turn) -> Screen:
    if await turn.state.get_state() == Claiming.paid.state:
        await turn.state.clear()
    return _done()


def _done() -> Screen:
    return Screen(_("That is all right. I will write to you when it is decided."))


@router.message(
    StateFilter(Claiming.paid), Answer(), ~LooksLikeReceipt(), flags=allow(Access.GUEST)
)
async def paid(message: Message, turn: Turn) -> Screen:
    data: dict[str, Any] = await turn.state.get_data()
    zone = turn.city.timezone
    try:
        now = turn.now.astimezone(zone).replace(tzinfo=None)
        said = datetime.fromisoformat(str(read(Field.MOMENT, message.text or "", now)))
    except Mistyped as mistake:
        if _late(turn, data):
            await turn.state.clear()
            answer: Screen = await anything(message, turn)
            return answer
        return _question(_(MISTAKES[mistake.fault]))
    if said > now:
        return _question(_("This time is still to come. Please look once more."))
    kept = await claims.paid(
        turn.tx, turn.me.id, data["claimed"], said.replace(tzinfo=zone).astimezone(UTC)
    )
    await turn.state.clear()
    if not kept:
        return Screen(_("Thank you! It has been decided meanwhile; I have written to you."))
    return Screen(_("Thank you! Our team sees this time beside your claim. I will write to you."))


@router.message(
    StateFilter(Claiming), F.photo, flags=allow(Access.GUEST, first=patience, prepare=look)
)
async def photo(message: Message, turn: Turn, raw_state: str | None = None) -> Screen:
    if (kept := await _kept(turn)) is not None:
        return kept
    answer: Screen = await receipts.photo(message, turn, raw_state)
    return answer


@router.message(
    StateFilter(Claiming), F.document, flags=allow(Access.GUEST, first=patience, prepare=look)
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
    if number is None or _late(turn, data):
        await turn.state.clear()
        return None
    seen: Seen = turn.prepared
    if seen.jpeg is None or _of_another(seen.texts, number):
        return None
    await photos.keep(turn.tx, data["claimed"], seen.jpeg, turn.now)
    return await _ask_when(turn, _("Thank you! Our team sees this photo beside your claim."))


def _late(turn: Turn, data: dict[str, Any]) -> bool:
    return turn.now - datetime.fromisoformat(data["since"]) > _PATIENCE


async def _ask_when(turn: Turn, before: Html) -> Screen:
    await turn.state.set_state(Claiming.paid)
    await turn.state.update_data(since=turn.now.isoformat())
    return _question(before)


def _question(before: Html) -> Screen:
    """When they paid, after a sentence about what came before."""
    asked = _(
        "One question is left: when did you pay? The message from your bank or its app shows it. "
        "For example: {example}; with the date, if it was not today.",
        example=_EXAMPLE,
    )
    return Screen(f"{before}\n\n{asked}", [[Button(_("I do not know"), Go(to="claim_unknown"))]])


def _of_another(texts: tuple[str, ...], number: str) -> bool:
    """Whether the codes are those of another receipt, or of a guest's card."""
    found = set()
    for text in texts:
        if kind(text) is CodeKind.OURS:
            return True
        with suppress(NotReadable):
            found.add(understand(text, tuple(FORMS)).number)
    return bool(found) and number not in found
