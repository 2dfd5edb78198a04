"""A photo, a file or the text of a QR code becomes a receipt; each outcome has its sentence."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiogram import Bot, F, Router
from aiogram.enums import ChatAction
from aiogram.filters import Command, Filter
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.access import Access, Eyes, allow
from handlers.buttons import Go, Receipts, Says
from handlers.chat import counter
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, day, day_and_clock, days, local, money, points
from handlers.turn import Person, Turn
from services.cities import CityFacts
from services.cities.models import Localized
from services.images.contract import MAX_BYTES, ImageFault
from services.members import attempts
from services.members.roles import Role
from services.receipts import submit
from services.receipts.codes import CodeKind, kind
from services.receipts.forms import understand
from services.receipts.qr import NotReadable, QrFault
from services.receipts.slip import Slip
from services.receipts.submit import Submitted
from services.receipts.verdict import Reason

router = Router(name="receipts")

_PAGE = 8
_UNREADABLE = "unreadable_receipt"
_REDEMPTION_LINK = re.compile(r"[?&]start=r_([A-Za-z0-9_-]{10,64})\b")
_CARD_LINK = re.compile(r"[?&]start=c_([0-9]{10})\b", re.ASCII)

STATES = {"credited": "✅", "pending": "⏳", "rejected": "✖️", "reversed": "↩️"}

REASONS = {
    Reason.TEST_DRIVE: N_("This is a training receipt; it earns no points."),
    Reason.REFUND: N_("This is a refund receipt. Only purchases earn points."),
    Reason.NOT_A_SALE: N_("This receipt is not for a purchase, so it earns no points."),
    Reason.SMALL: N_("Purchases of {min} or more earn points."),
    Reason.FUTURE: N_("The time on this receipt is in the future. Please check it."),
    Reason.OLD: N_("This receipt is older than {age}. Send receipts right after a purchase."),
    Reason.BEFORE_VENUE: N_("This purchase was made before {venue} joined the programme."),
    Reason.TAKEN: N_(
        "This receipt has already been registered. Each receipt earns points only once."
    ),
    Reason.VENUE_CLOSED: N_(
        "{venue} is not taking part at the moment, so this receipt earns no points."
    ),
    Reason.DAY_LIMIT: N_("This one earns nothing: the day's limit for receipts was reached."),
    Reason.VENUE_LIMIT: N_(
        "This one earns nothing: points from {venue} come once a day. Try another place!"
    ),
    Reason.TOO_SOON: N_("Receipts from the same place must be at least {gap} apart."),
    Reason.DISPUTED_NUMBER: N_("The receipt is accepted and is being checked."),
    Reason.OWN_VENUE: N_("You work at {venue}, so one of our team will check this receipt."),
    Reason.LARGE: N_("That is a large purchase! One of our team will check it within two days."),
    Reason.UNKNOWN_DRIVE: N_(
        "Receipt saved. I do not recognise this till yet. As soon as the venue joins, the points "
        "are yours."
    ),
    Reason.CREDITED: N_("Credited."),
    Reason.NEVER_KNOWN: N_(
        "We could not find out where this receipt was issued, so it earns no points."
    ),
    Reason.BEFORE_CARD: N_(
        "This purchase was made before you had a card. Receipts from now on earn points."
    ),
    Reason.MISMATCH: N_("This receipt does not agree with the tax service's record of it."),
    Reason.CORRECTION: N_("This is not an ordinary receipt, so one of our team will look at it."),
    Reason.NOT_A_PARTNER: N_(
        "The receipt is genuine, but {seller} does not take part yet. We will tell them that you "
        "were there."
    ),
    Reason.NOTHING_COUNTS: N_(
        "What was bought here earns no points: tobacco, alcohol, certificates and the like do not "
        "count."
    ),
    Reason.MONTH_LIMIT: N_("This one earns nothing: the month's limit for points was reached."),
    Reason.FROZEN_TILL: N_("The receipt is saved. We are checking which venue this till is at."),
    Reason.SUSPICIOUS: N_("The receipt is accepted. One of our team will have a look at it first."),
    Reason.UNCONFIRMED_TILL: N_(
        "The receipt is genuine. As soon as the venue confirms its till, the points are yours."
    ),
    Reason.CHECKING: N_("The receipt is accepted and is being checked."),
    Reason.NOT_FOUND: N_(
        "The tax service does not know this receipt. Please send a photo of the whole receipt, "
        "and one of our team will check it."
    ),
    Reason.UNDECIDED: N_("One of our team will check this receipt."),
    Reason.FORGED: N_("The tax service does not confirm this receipt, so it earns no points."),
    Reason.CANCELLED: N_("The seller has annulled this receipt, so it earns no points."),
    Reason.REFUNDED: N_("This purchase was returned, so its points were taken back."),
    Reason.CLAIMED: N_("Another guest has shown that this purchase was theirs."),
    Reason.LEFT: N_("The card was deleted."),
    Reason.NOT_GENUINE: N_("We could not confirm this receipt, so it earns no points."),
    Reason.STAFF_PURCHASE: N_("Purchases of a venue's own team earn no points."),
}

PROBLEMS = {
    "not_an_image": N_("I can only read pictures. Please send a photo of the receipt."),
    "too_large": N_("This picture is too large for me. Please send a smaller photo."),
    "no_code": N_(
        "I cannot see a QR code. Flatten the receipt, hold your phone steady and fill the frame "
        "with the code, without glare. You can also send an image file."
    ),
    "heic": N_(
        "This file is in the format HEIC, which I cannot open. Please send it as a photo, not as a "
        "file."
    ),
    "pdf": N_(
        "This is a PDF. Please open it and send me a screenshot with the QR code of the receipt."
    ),
    "busy": N_(
        "So many photos are being read right now that I could not take this one. Please send it "
        "again in a minute."
    ),
    "unreadable": N_("I could not read this picture. Please take another photo of the receipt."),
}

OTHER_CODES = {
    CodeKind.PAYMENT: N_(
        "This is a payment code. I need the code printed at the bottom of the receipt."
    ),
    CodeKind.OFD_LINK: N_(
        "This is a link to the receipt. Please open it and send me the QR code from the page."
    ),
    CodeKind.SELF_EMPLOYED: N_("Receipts from self-employed sellers do not earn points yet."),
    CodeKind.FOREIGN_RECEIPT: N_(
        "This receipt is from another country, so it earns no points here."
    ),
    CodeKind.MARKING: N_("This code is from a product. The receipt's own code is at the bottom."),
    CodeKind.WIFI: N_("This is a Wi-Fi code. I need the code from the receipt."),
    CodeKind.CONTACT: N_("This is a contact card. I need the code from the receipt."),
    CodeKind.LINK: N_("This code is a link. I need the QR code from the bottom of the receipt."),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture gave: the texts of its codes, or why it could not be opened."""

    texts: tuple[str, ...] = ()
    problem: str | None = None


async def patience(reading: AsyncConnection, who: Person, city: CityFacts, now: datetime) -> None:
    """Nobody's picture is fetched during their pause; but staff may be scanning a guest's code."""
    if not who.has(Role.CASHIER, Role.OWNER):
        await attempts.check(reading, who.id, _UNREADABLE, city.rules.limits.unreadable, now)


async def look(message: Message, bot: Bot, eyes: Eyes) -> Seen:
    """Fetch the picture and find its codes; the guest sees that something is happening."""
    await bot.send_chat_action(message.chat.id, ChatAction.TYPING)
    source = message.photo[-1] if message.photo else message.document
    assert source is not None
    if (source.file_size or 0) > MAX_BYTES:
        return Seen(problem="too_large")
    fetched = await bot.download(source)
    assert fetched is not None
    try:
        reading = await eyes.read_codes(fetched.read())
    except ImageFault as fault:
        return Seen(problem=fault.reason)
    return Seen(tuple(code.text for code in reading.codes), reading.problem)


class LooksLikeReceipt(Filter):
    """Text that carries the keys of a fiscal QR."""

    async def __call__(self, message: Message) -> bool:
        text = (message.text or "").lower()
        return "fn=" in text or "fn%3d" in text


@router.message(LooksLikeReceipt(), flags=allow(Access.GUEST))
async def pasted(message: Message, turn: Turn) -> Screen:
    return await _receive(turn, Seen((message.text or "",)), "text")


@router.message(F.photo, flags=allow(Access.GUEST, first=patience, prepare=look))
async def photo(_message: Message, turn: Turn) -> Screen:
    return await _receive(turn, turn.prepared, "photo")


@router.message(F.document, flags=allow(Access.GUEST, first=patience, prepare=look))
async def image_file(_message: Message, turn: Turn) -> Screen:
    return await _receive(turn, turn.prepared, "file")


async def _receive(turn: Turn, seen: Seen, source: str) -> Screen:
    for text in seen.texts:
        if link := _REDEMPTION_LINK.search(text):
            return await counter.present(turn, link[1])
        card = _CARD_LINK.search(text)
        if card and (greeting := await counter.greet(turn, card[1])):
            return greeting
    strikes = turn.city.rules.limits.unreadable
    await attempts.check(turn.tx, turn.me.id, _UNREADABLE, strikes, turn.now)
    found, fault = _receipts(seen.texts, turn.chain.forms(turn.city.rules.receipt_forms))
    if len(found) > 1:
        return Screen(
            _("I see {n} receipts in the photo. Please send them one by one.", n=len(found))
        )
    if found:
        outcome = await submit.submit(
            turn.tx,
            city=turn.city,
            member_id=turn.me.id,
            slip=found[0],
            source=source,
            now=turn.now,
            chain=turn.chain,
        )
        turn.noted.append(("receipt", outcome.reason))
        return _outcome(turn, outcome)
    if seen.texts and fault is None:
        await attempts.record(turn.tx, turn.me.id, _UNREADABLE, turn.now)
    turn.noted.append(("receipt", fault.value.lower() if fault else seen.problem or "other_code"))
    return Screen(_not_a_receipt(seen, fault))


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


def _not_a_receipt(seen: Seen, fault: QrFault | None) -> str:
    if seen.problem:
        return _(PROBLEMS.get(seen.problem, PROBLEMS["unreadable"]))
    if fault is QrFault.ERR_TEST_FN:
        return _(REASONS[Reason.TEST_DRIVE])
    if fault is not None:
        return _(
            "I read the code, but it does not look like a fiscal receipt. Please photograph "
            "the receipt once more."
        )
    known = [OTHER_CODES[k] for k in map(kind, seen.texts) if k in OTHER_CODES]
    return _(known[0]) if known else _("This code is not from a receipt.")


def _outcome(turn: Turn, outcome: Submitted) -> Screen:
    buttons = [[Button(_("💳 My card"), Go(to="card")), Button(_("🎁 Rewards"), Go(to="rewards"))]]
    if outcome.again:
        state = explained(turn.city, outcome.reason, outcome.venue)
        if outcome.state == "credited":
            state = _("You earned {points} for it.", points=points(outcome.points_now))
        return Screen(_("I already have this receipt. {state}", state=state), buttons)
    if outcome.state != "credited":
        return Screen(explained(turn.city, outcome.reason, outcome.venue))
    assert outcome.venue is not None
    assert outcome.total is not None
    text = earned(
        turn.city,
        venue=outcome.venue,
        total=outcome.total,
        points_now=outcome.points_now,
        points_later=outcome.points_later,
        matures_at=outcome.matures_at,
        now=turn.now,
    )
    return Screen(text, buttons)


def earned(
    city: CityFacts,
    *,
    venue: Localized,
    total: int,
    points_now: int,
    points_later: int,
    matures_at: datetime | None,
    now: datetime,
) -> str:
    """What a receipt brought and when it can be spent."""
    lines = [
        _(
            "✅ <b>+{points}</b> for {sum} at {venue}.",
            points=points(points_now + points_later),
            sum=money(total),
            venue=local(venue),
        )
    ]
    if points_now:
        lines.append(_("{points} can be spent right away.", points=points(points_now)))
    if matures_at:
        lines.append(
            _(
                "{points} will be ready on {day}.",
                points=points(points_later),
                day=day(matures_at, city.timezone, now),
            )
        )
    return "\n".join(lines)


def explained(
    city: CityFacts, reason: Reason, venue: Localized | None, seller: str | None = None
) -> Html:
    """Why a receipt is where it is, with the city's own limits."""
    rules = city.rules
    facts: dict[str, Any] = {
        "min": money(rules.earning.min_sum_kop),
        "age": _hours(rules.limits.max_age_hours),
        "gap": _n("{n} minute", "{n} minutes", rules.limits.minutes_between),
        "venue": local(venue) if venue else _("this place"),
        "seller": seller or _("the seller"),
    }
    return _(REASONS[reason], **facts)


def told_apart(city: CityFacts, purchased_at: datetime | None, total: int | None) -> list[str]:
    """When and for how much, as far as that is known."""
    when = [day_and_clock(purchased_at, city.timezone)] if purchased_at else []
    return when if total is None else [*when, money(total)]


def _hours(hours: int) -> Html:
    if hours % 24:
        return _n("{n} hour", "{n} hours", hours)
    return days(hours // 24)


@router.message(Command("receipt"), flags=allow(Access.GUEST))
@router.message(Says("receipts"), flags=allow(Access.GUEST))
async def my_receipts(_message: Message, turn: Turn) -> Screen:
    return await _page(turn, 0)


@router.callback_query(Receipts.filter(), flags=allow(Access.GUEST))
async def more_receipts(_query: CallbackQuery, callback_data: Receipts, turn: Turn) -> Screen:
    return await _page(turn, max(0, callback_data.offset))


async def _page(turn: Turn, offset: int) -> Screen:
    listed = await submit.mine(turn.tx, turn.me.id, _PAGE + 1, offset)
    if not listed:
        return Screen(
            _("No receipts yet. Photograph the QR code on a receipt and send it to me here.")
        )
    lines: list[str] = [_("<b>Your receipts</b>")]
    for receipt in listed[:_PAGE]:
        where = local(receipt.venue) if receipt.venue else _("place not known yet")
        known = told_apart(turn.city, receipt.purchased_at, receipt.total)
        lines.append(f"\n{STATES[receipt.state]} " + " · ".join([*known, where]))
        if receipt.state == "credited":
            lines.append(f"<b>+{points(receipt.points)}</b>")
        else:
            lines.append(f"<i>{explained(turn.city, receipt.reason, receipt.venue)}</i>")
    row = []
    if offset:
        row.append(Button(_("Newer"), Receipts(offset=max(0, offset - _PAGE))))
    if len(listed) > _PAGE:
        row.append(Button(_("Older"), Receipts(offset=offset + _PAGE)))
    return Screen("\n".join(lines), [row] if row else [])
