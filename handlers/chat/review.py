"""The city's team decides on receipts that wait for a person."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import CreditReceipt, Go, RefuseReceipt, Review
from handlers.chat.receipts import explained
from handlers.screen import Button, Screen
from handlers.texts import N_, _, day_and_clock, local, money, points
from handlers.turn import Turn
from services.receipts import review
from services.receipts.review import Queued
from services.receipts.verdict import Reason

router = Router(name="review")

WHY = {
    Reason.LARGE: N_("A large purchase."),
    Reason.OWN_VENUE: N_("The guest works at this venue."),
    Reason.DISPUTED_NUMBER: N_("A receipt with this number and another code was sent as well."),
}

REFUSALS = {
    Reason.NOT_GENUINE: N_("It does not look genuine"),
    Reason.STAFF_PURCHASE: N_("A purchase of the venue's own team"),
    Reason.TAKEN: N_("Registered before"),
    Reason.NEVER_KNOWN: N_("The venue cannot be found"),
}


@router.callback_query(Review.filter(), flags=allow(Access.CITY))
async def queue(_query: CallbackQuery, callback_data: Review, turn: Turn) -> Screen:
    waits = await review.next_after(
        turn.tx,
        city_id=turn.city.id,
        member_id=turn.me.id,
        after=callback_data.after,
        now=turn.now,
    )
    if waits is None:
        return Screen(_("No receipts wait for a check. Thank you!"), [[_back()]])
    decide = [Button(_("Refuse…"), RefuseReceipt(receipt=waits.id))]
    if waits.venue and not waits.earned_before:
        decide.insert(0, Button(_("✅ Credit"), CreditReceipt(receipt=waits.id)))
    return Screen(_shown(turn, waits), [decide, [_next(waits.id), _back()]])


def _shown(turn: Turn, waits: Queued) -> str:
    zone = turn.city.timezone
    lines = [
        _(
            "<b>{sum}</b> · {venue}\n"
            "Bought: {bought}\nSent: {sent}\n"
            "Guest: {guest}\n"
            "Other receipts of this guest in 30 days: {credited} credited, {pending} waiting, "
            "{rejected} refused",
            sum=money(waits.total),
            venue=local(waits.venue) if waits.venue else _("place not known yet"),
            bought=day_and_clock(waits.purchased_at, zone),
            sent=day_and_clock(waits.submitted_at, zone),
            guest=waits.guest or _("no name on the card"),
            credited=waits.credited,
            pending=waits.pending,
            rejected=waits.rejected,
        ),
        "\n" + _(WHY[waits.reason]),
    ]
    if waits.earned_before:
        lines.append(_("The other one has earned its points, so this one can only be refused."))
    return "\n".join(lines)


def _next(after: int) -> Button:
    return Button(_("Next"), Review(after=after))


def _back() -> Button:
    return Button(_("« Back"), Go(to="staff"))


@router.callback_query(CreditReceipt.filter(), flags=allow(Access.CITY))
async def credit(_query: CallbackQuery, callback_data: CreditReceipt, turn: Turn) -> Screen:
    receipt = callback_data.receipt
    settled = await review.credit(
        turn.tx,
        city=turn.city,
        receipt_id=receipt,
        by=turn.me.id,
        now=turn.now,
        chain=turn.chain,
    )
    if settled.reason is Reason.UNKNOWN_DRIVE:
        text = _("Nobody knows yet which venue this till belongs to. The receipt goes on waiting.")
    elif settled.state == "pending":
        text = _(
            "This receipt cannot be credited now. {reason}",
            reason=explained(turn.city, settled.reason, settled.venue),
        )
    elif settled.state == "credited":
        text = _("✅ Credited: {points}. The guest has been told.", points=points(settled.points))
    else:
        text = _("This number has earned before, so the receipt was refused. The guest was told.")
    return Screen(text, [[_next(receipt), _back()]])


@router.callback_query(RefuseReceipt.filter(), flags=allow(Access.CITY))
async def refuse(_query: CallbackQuery, callback_data: RefuseReceipt, turn: Turn) -> Screen:
    receipt = callback_data.receipt
    if callback_data.reason not in review.REFUSALS:
        reasons = [
            [Button(_(words), RefuseReceipt(receipt=receipt, reason=reason))]
            for reason, words in REFUSALS.items()
        ]
        # Back to this very receipt: it is the next one after its predecessor.
        back = Button(_("« Back"), Review(after=max(0, receipt - 1)))
        return Screen(_("Why should it earn nothing? The guest will be told."), [*reasons, [back]])
    await review.refuse(
        turn.tx,
        city=turn.city,
        receipt_id=receipt,
        reason=Reason(callback_data.reason),
        by=turn.me.id,
        now=turn.now,
        chain=turn.chain,
    )
    return Screen(_("Refused. The guest has been told."), [[_next(receipt), _back()]])
