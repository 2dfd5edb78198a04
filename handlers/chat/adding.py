"""An owner adds a till: a receipt of it, then the two numbers that prove whose it is."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

from aiogram import F, Router
from aiogram.filters import Filter, StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import MENU, AddTill, Desk, Go, Says, To
from handlers.chat import receipts
from handlers.chat.counter import StaffCode
from handlers.chat.receipts import LooksLikeReceipt, look, patience
from handlers.chat.tills import of_venue
from handlers.screen import Button, Screen
from handlers.texts import N_, _, local
from handlers.turn import Person, Turn
from services.cities import registering
from services.cities.checksums import is_digits
from services.cities.registering import PRINTED, Asking, Step
from services.members.roles import Role
from services.receipts.qr import FiscalQr, NotReadable, parse

router = Router(name="adding")

_PATIENCE = timedelta(hours=1)
"""After that a photo is a guest's receipt again, not an answer to our question."""

SAYS = {
    Step.ADDED: N_("✅ The till belongs to {venue} now, and its receipts earn points at once."),
    Step.HERE: N_("This till belongs to {venue} already. There is nothing to do."),
    Step.TAKEN: N_(
        "This till is registered already, so I cannot add it here. If that is a mistake: the "
        "city's team has been told and will look into it."
    ),
    Step.STRANGERS: N_(
        "The tax service knows this receipt as another company's. Please send a receipt of your "
        "own till."
    ),
    Step.TRAINING: N_("This is a training receipt. Please send a real one."),
    Step.UNFIT: N_(
        "These numbers do not fit together with your company's tax number. One digit may be wrong: "
        "please type the number after “{registration}” once more."
    ),
}
_ENDS = {Step.ADDED, Step.HERE, Step.TAKEN}


class AddingTill(StatesGroup):
    """Waiting for a receipt of the till, its registration number, its factory number."""

    receipt = State()
    registration = State()
    serial = State()


class Answer(Filter):
    """A text that is meant for the dialogue: no command, no menu label, no guest's code."""

    async def __call__(self, message: Message, person: Person) -> bool:
        if not message.text or message.text.startswith("/"):
            return False
        if await StaffCode()(message, person):
            return False
        return not any([await Says(name)(message) for name in MENU])


@router.callback_query(AddTill.filter(), flags=allow(Access.OWNER))
async def begin(_query: CallbackQuery, callback_data: AddTill, turn: Turn) -> Screen:
    owner = await _owner(turn, callback_data.venue)
    await _goes_on(turn, AddingTill.receipt, {"till_venue": owner.venue_id})
    return _ask(
        _(
            "Let us add a till of {venue}. Photograph a fresh receipt of it, or paste the text of "
            "the receipt's QR code.",
            venue=local(owner.venue),
        )
    )


@router.callback_query(To("till_cancel"), flags=allow(Access.OWNER))
async def cancel(_query: CallbackQuery, turn: Turn) -> Screen:
    venue = (await turn.state.get_data()).get("till_venue")
    await turn.state.clear()
    if venue is None:
        return Screen(_("Nothing was changed."), [[Button(_("« Back"), Go(to="partner"))]])
    return await of_venue(turn, venue)


@router.message(StateFilter(AddingTill.receipt), LooksLikeReceipt(), flags=allow(Access.GUEST))
async def pasted_till(message: Message, turn: Turn) -> Screen:
    found = _receipts((message.text or "",))
    data = await _under_way(turn)
    if not found or data is None:
        return await _as_always(turn, data, receipts.pasted(message, turn))
    return await _shown(turn, data, found)


@router.message(
    StateFilter(AddingTill.receipt),
    F.photo,
    flags=allow(Access.GUEST, first=patience, prepare=look),
)
async def photographed_till(message: Message, turn: Turn) -> Screen:
    found = _receipts(turn.prepared.texts)
    data = await _under_way(turn)
    if not found or data is None:
        return await _as_always(turn, data, receipts.photo(message, turn))
    return await _shown(turn, data, found)


@router.message(
    StateFilter(AddingTill.receipt),
    F.document,
    flags=allow(Access.GUEST, first=patience, prepare=look),
)
async def file_of_till(message: Message, turn: Turn) -> Screen:
    found = _receipts(turn.prepared.texts)
    data = await _under_way(turn)
    if not found or data is None:
        return await _as_always(turn, data, receipts.image_file(message, turn))
    return await _shown(turn, data, found)


@router.message(StateFilter(AddingTill.receipt), Answer(), flags=allow(Access.GUEST))
async def no_receipt_yet(_message: Message, turn: Turn) -> Screen:
    if await _under_way(turn) is None:
        return _too_late()
    return _ask(_("I am waiting for a photo of a receipt of the till."))


@router.message(StateFilter(AddingTill.registration), Answer(), flags=allow(Access.GUEST))
async def typed_registration(message: Message, turn: Turn) -> Screen:
    data = await _under_way(turn)
    if data is None:
        return _too_late()
    number = "".join((message.text or "").split())
    if not is_digits(number, 16):
        return _ask(
            _(
                "That is not it: the number has 16 digits. Look for “{mark}” on the receipt and "
                "type what stands after it.",
                mark=PRINTED["registration"],
            )
        )
    await _goes_on(turn, AddingTill.serial, data | {"registration": number})
    return _ask(
        _(
            "Thank you. The last one: the till's factory number. It stands on the till's label, "
            "and on many receipts after “{mark}”.",
            mark=PRINTED["serial"],
        )
    )


@router.message(StateFilter(AddingTill.serial), Answer(), flags=allow(Access.GUEST))
async def typed_serial(message: Message, turn: Turn) -> Screen:
    data = await _under_way(turn)
    if data is None:
        return _too_late()
    owner = await _owner(turn, data["till_venue"])
    step = await registering.add(
        turn.tx,
        owner,
        drive=data["drive"],
        registration=data["registration"],
        serial="".join((message.text or "").split()),
    )
    return await _after(turn, owner, step, data, AddingTill.registration)


async def _as_always(turn: Turn, data: dict[str, Any] | None, answer: Awaitable[Screen]) -> Screen:
    """A guest's code at the counter, a picture to take again: then the till goes on."""
    screen = await answer
    if data is not None:
        await _goes_on(turn, AddingTill.receipt, data)
    return screen


async def _shown(turn: Turn, data: dict[str, Any], found: list[FiscalQr]) -> Screen:
    drives = {qr.drive for qr in found}
    if len(drives) > 1:
        return _ask(_("I see receipts of several tills. Please send one of them."))
    drive = drives.pop()
    owner = await _owner(turn, data["till_venue"])
    step = await registering.look_at(turn.tx, owner, drive)
    if step is not Step.NUMBERS:
        return await _after(turn, owner, step, data, AddingTill.receipt)
    await _goes_on(turn, AddingTill.registration, data | {"drive": drive})
    return _ask(
        _(
            "I see the fiscal drive {number} ({mark}). Now type the till's registration number: "
            "16 digits, on the receipt after “{registration}”.",
            number=drive,
            mark=PRINTED["drive"],
            registration=PRINTED["registration"],
        )
    )


async def _after(
    turn: Turn, owner: Asking, step: Step, data: dict[str, Any], again: State
) -> Screen:
    """What came of it: the end, or the question once more."""
    words = _(SAYS[step], venue=local(owner.venue), registration=PRINTED["registration"])
    if step not in _ENDS:
        # Only a receipt leads elsewhere when the drive itself is wrong.
        await _goes_on(turn, again if step is Step.UNFIT else AddingTill.receipt, data)
        return _ask(words)
    await turn.state.clear()
    return Screen(words, [[Button(_("Tills"), Desk(venue=owner.venue_id, page="tills"))]])


def _receipts(texts: tuple[str, ...]) -> list[FiscalQr]:
    found = []
    for text in texts:
        try:
            found.append(parse(text))
        except NotReadable:
            continue
    return found


async def _owner(turn: Turn, venue_id: int) -> Asking:
    return await registering.asking(
        turn.tx, city=turn.city, venue_id=venue_id, by=turn.me.id, now=turn.now
    )


async def _goes_on(turn: Turn, state: State, data: dict[str, Any]) -> None:
    await turn.state.set_state(state)
    await turn.state.set_data(data | {"since": turn.now.isoformat()})


async def _under_way(turn: Turn) -> dict[str, Any] | None:
    """The answers so far; None, and the dialogue is over, when it was left or the role is gone."""
    data = await turn.state.get_data()
    owns = data.get("till_venue") in turn.me.venues(Role.OWNER)
    if owns and turn.now - datetime.fromisoformat(data["since"]) <= _PATIENCE:
        return data
    await turn.state.clear()
    return None


def _ask(words: str) -> Screen:
    return Screen(words, [[Button(_("Cancel"), Go(to="till_cancel"))]])


def _too_late() -> Screen:
    return Screen(
        _("That was a while ago, so I have put the till aside. You can begin again any time."),
        [[Button(_("« Back"), Go(to="partner"))]],
    )
