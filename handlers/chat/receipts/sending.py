"""A photo, a file or pasted text arrives: its receipt is submitted, or the guest is helped."""

import re
from dataclasses import dataclass
from datetime import datetime

from aiogram import Bot, F, Router
from aiogram.filters import Filter
from aiogram.types import Message
from aiogram.utils.chat_action import ChatActionSender
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.access import Access, Eyes, allow
from handlers.buttons import Go
from handlers.chat import counter
from handlers.chat.receipts import advice
from handlers.chat.receipts.otherwise import perhaps_a_report
from handlers.chat.receipts.outcome import shown
from handlers.chat.receipts.states import OURS, Sending
from handlers.chat.receipts.words import told_apart
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Person, Turn
from services.cities import CityFacts
from services.images.contract import MAX_BYTES, ImageFault
from services.members import attempts
from services.members.roles import Role
from services.receipts import photos, submit, summary
from services.receipts.codes import CodeKind, kind
from services.receipts.forms import FORMS, understand
from services.receipts.qr import NotReadable, QrFault
from services.receipts.slip import Slip

router = Router(name="sending")

_UNREADABLE = "unreadable_receipt"
_SEVERAL = "several"
_REDEMPTION_LINK = re.compile(r"[?&]start=r_([A-Za-z0-9_-]{10,64})\b")
_CARD_LINK = re.compile(r"[?&]start=c_([0-9]{10})\b", re.ASCII)
_FIELDS = re.compile(r"fn(?:=|%3d)", re.IGNORECASE)
_TYPING_SECONDS = 4.0
"""Telegram shows "typing" for five seconds, the web chat for six."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture gave: the texts of its codes, or why there are none.

    `jpeg` is the picture as it may be kept; None where it could not be opened.
    """

    texts: tuple[str, ...] = ()
    problem: str | None = None
    hint: str | None = None
    jpeg: bytes | None = None


async def patience(reading: AsyncConnection, who: Person, city: CityFacts, now: datetime) -> None:
    """Nobody's picture is fetched during their pause; but staff may be scanning a guest's code."""
    if not who.has(Role.CASHIER, Role.OWNER):
        await attempts.check(reading, who.id, _UNREADABLE, city.rules.limits.unreadable, now)


async def look(message: Message, bot: Bot, eyes: Eyes) -> Seen:
    """Fetch the picture and find its codes; all the while the guest sees that it is being read."""
    source = message.photo[-1] if message.photo else message.document
    assert source is not None
    if (source.file_size or 0) > MAX_BYTES:
        return Seen(problem="too_large")
    async with ChatActionSender.typing(message.chat.id, bot, interval=_TYPING_SECONDS):
        fetched = await bot.download(source)
        assert fetched is not None
        try:
            reading, jpeg = await eyes.read_and_keep(fetched.read())
        except ImageFault as fault:
            return Seen(problem="busy" if fault.reason == "busy" else advice.UNREADABLE)
    texts = tuple(code.text for code in reading.codes)
    return Seen(texts, reading.problem, reading.hint, jpeg)


class LooksLikeReceipt(Filter):
    """A text with the fields of a fiscal code, or that is itself some known code or a link."""

    async def __call__(self, message: Message) -> bool:
        text = message.text or ""
        return bool(_FIELDS.search(text)) or _is_receipt(text) or _is_code(text)


def _is_receipt(text: str) -> bool:
    try:
        understand(text, tuple(FORMS))
    except NotReadable as refusal:
        return refusal.code is not QrFault.ERR_NOT_RECEIPT
    return True


def _is_code(text: str) -> bool:
    """One word, such as an address; others only begin with one."""
    return len(text.split()) == 1 and kind(text) is not CodeKind.UNKNOWN


@router.message(LooksLikeReceipt(), flags=allow(Access.GUEST))
async def pasted(message: Message, turn: Turn, raw_state: str | None = None) -> Screen:
    return await _receive(turn, Seen((message.text or "",)), "text", raw_state)


@router.message(F.photo, flags=allow(Access.GUEST, first=patience, prepare=look))
async def photo(message: Message, turn: Turn, raw_state: str | None = None) -> Screen:
    return await _receive(turn, turn.prepared, "photo", raw_state, message)


@router.message(F.document, flags=allow(Access.GUEST, first=patience, prepare=look))
async def image_file(message: Message, turn: Turn, raw_state: str | None = None) -> Screen:
    return await _receive(turn, turn.prepared, "file", raw_state, message)


async def _receive(
    turn: Turn, seen: Seen, source: str, raw_state: str | None, message: Message | None = None
) -> Screen:
    for text in seen.texts:
        if link := _REDEMPTION_LINK.search(text):
            return await counter.present(turn, link[1])
        card = _CARD_LINK.search(text)
        if card and (greeting := await counter.greet(turn, card[1])):
            return greeting
    strikes = turn.city.rules.limits.unreadable
    await attempts.check(turn.tx, turn.me.id, _UNREADABLE, strikes, turn.now)
    forms = turn.chain.forms(turn.city.rules.receipt_forms)
    found, fault = _receipts(seen.texts, forms)
    if len(found) == 1:
        return await received(turn, found[0], source, seen.jpeg, raw_state)
    if seen.problem == "no_code" and (added := await _whole_receipt(turn, seen.jpeg)):
        return added
    if seen.texts and not found and fault is None and source != "text":
        await attempts.record(turn.tx, turn.me.id, _UNREADABLE, turn.now)
    reason, sentence = _help(seen, found, fault, forms)
    await summary.tally(
        turn.tx, turn.city.id, turn.now.astimezone(turn.city.timezone).date(), reason
    )
    turn.noted.append(("receipt", reason.lower()))
    rows = await _offer(turn, seen, source, raw_state)
    return await perhaps_a_report(turn, message, seen.problem, raw_state, Screen(sentence, rows))


def _receipts(texts: tuple[str, ...], forms: tuple[str, ...]) -> tuple[list[Slip], QrFault | None]:
    """The different receipts among the codes, and the fault of a near miss."""
    found: set[Slip] = set()
    fault: QrFault | None = None
    for text in texts:
        try:
            slip = understand(text, forms)
        except NotReadable as refusal:
            if refusal.code is not QrFault.ERR_NOT_RECEIPT:
                fault = refusal.code
        else:
            found.add(slip)
    return list(found), fault


async def received(
    turn: Turn, slip: Slip, source: str, jpeg: bytes | None, raw_state: str | None
) -> Screen:
    """Submit a receipt, keep its picture if a person may have to see it, say what came of it."""
    outcome = await submit.submit(
        turn.tx,
        city=turn.city,
        member_id=turn.me.id,
        slip=slip,
        source=source,
        now=turn.now,
        chain=turn.chain,
    )
    turn.noted.append(("receipt", outcome.reason))
    if raw_state in OURS:
        await turn.state.clear()
    added = False
    if jpeg is not None and outcome.id is not None and outcome.picture_helps:
        await photos.keep(turn.tx, outcome.id, jpeg, turn.now)
        added = outcome.again and outcome.reason in photos.WANTED
    return shown(turn, outcome, photo_added=added)


async def _whole_receipt(turn: Turn, jpeg: bytes | None) -> Screen | None:
    """The picture of a receipt that a person waits for, if there is just one; its code does not
    have to be readable."""
    wanted = await photos.wanted(turn.tx, turn.me.id) if jpeg is not None else None
    if wanted is None or jpeg is None:
        return None
    await photos.keep(turn.tx, wanted.id, jpeg, turn.now)
    turn.noted.append(("receipt", "photo_added"))
    known = told_apart(turn.city, wanted.purchased_at, wanted.total)
    return Screen(
        _(
            "Thank you! I have added this photo to your receipt that we are checking: {receipt}. "
            "If it shows another receipt, please photograph the QR code of that one.",
            receipt=" · ".join(known),
        )
    )


def _help(
    seen: Seen, found: list[Slip], fault: QrFault | None, forms: tuple[str, ...]
) -> tuple[str, str]:
    """What was sent instead of a receipt, as it is counted, and what to do better."""
    if found:
        return _SEVERAL, advice.on_several(len(found))
    if seen.problem:
        counted = f"unread_{seen.hint}" if seen.hint else seen.problem
        return counted, advice.on_picture(seen.problem, seen.hint)
    if fault is not None:
        return fault.value, advice.on_fault(fault)
    other = advice.telling(seen.texts)
    return other.value, advice.on_other(other, forms)


async def _offer(turn: Turn, seen: Seen, source: str, raw_state: str | None) -> list[list[Button]]:
    """To type the numbers: after two photos in a row, or at once where there is no code to see."""
    if source == "text" or seen.problem == "busy":
        return []
    if raw_state is None:
        await turn.state.set_state(Sending.unread)
    again = raw_state == Sending.unread.state
    at_once = seen.hint == "none" and raw_state not in OURS
    if not (again or at_once):
        return []
    return [[Button(_("⌨️ Type the numbers"), Go(to="typing"))]]
