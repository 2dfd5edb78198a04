"""The city's team decides on receipts that wait for a person."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import (
    ChooseReceipt,
    CreditReceipt,
    Go,
    RefuseReceipt,
    Review,
    UndoRefusal,
)
from handlers.chat import dossier
from handlers.chat.receipts import explained
from handlers.screen import Button, Screen
from handlers.texts import N_, _, _n, local, money, points
from handlers.turn import Turn
from services.errors import NotFound
from services.receipts import review
from services.receipts.review import Queued
from services.receipts.verdict import Reason

router = Router(name="review")

WHY = {
    Reason.LARGE: N_("A large purchase."),
    Reason.OWN_VENUE: N_("The guest works at this venue."),
    Reason.DISPUTED_NUMBER: N_("A receipt with this number and another code was sent as well."),
    Reason.SUSPICIOUS: N_("Something about it looked odd; that alone proves nothing."),
    Reason.CORRECTION: N_(
        "A correction receipt, or the till's numbers do not fit the seller's tax number."
    ),
    Reason.TYPED: N_("Its numbers were typed by hand: compare them with the photo."),
    Reason.NOT_FOUND: N_("The tax service does not know it. The till may be without a connection."),
    Reason.UNDECIDED: N_("No service had an answer about it."),
}

REFUSALS = {
    Reason.NOT_GENUINE: N_("✖️ It does not look genuine"),
    Reason.STAFF_PURCHASE: N_("✖️ A purchase of the venue's own team"),
    Reason.TAKEN: N_("✖️ Registered before"),
    Reason.NEVER_KNOWN: N_("✖️ The venue cannot be found"),
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
    verdicts = [
        [Button(_(words), RefuseReceipt(receipt=waits.id, reason=reason))]
        for reason, words in REFUSALS.items()
    ]
    if waits.venue and waits.earned_before:
        verdicts.insert(0, [Button(_("✅ This one is right"), ChooseReceipt(receipt=waits.id))])
    elif waits.venue:
        verdicts.insert(0, [Button(_("✅ Credit"), CreditReceipt(receipt=waits.id))])
    screen = Screen(_shown(turn, waits), [*verdicts, [_next(waits.id), _back()]])
    photo = [(waits.id, _("The photo of the receipt below."))] if waits.photo else []
    return dossier.with_photos(screen, photo)


def _shown(turn: Turn, waits: Queued) -> str:
    paper = waits.paper
    sum_ = _("sum not known yet") if paper.total is None else money(paper.total)
    where = local(waits.venue) if waits.venue else _("place not known yet")
    lines = [
        f"<b>{sum_}</b> · {where}",
        dossier.numbers(paper, turn.city.timezone),
        dossier.sent(turn, waits.source, paper.purchased_at, waits.submitted_at),
        _("It waits for: {age}", age=dossier.span(turn.now - waits.submitted_at)),
        _("Guest: {guest}", guest=waits.guest or _("no name on the card")),
        *dossier.fared(waits.history),
        "\n" + _(WHY[waits.reason]),
    ]
    if waits.earned_before:
        lines.append(
            _("The other one has earned its points. If this one is right, they are taken back.")
        )
    lines += [*dossier.odd(waits.signals), *dossier.ticket(waits.found, turn.city.timezone)]
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


@router.callback_query(ChooseReceipt.filter(), flags=allow(Access.CITY))
async def choose(_query: CallbackQuery, callback_data: ChooseReceipt, turn: Turn) -> Screen:
    receipt = callback_data.receipt
    await review.choose(turn.tx, city=turn.city, receipt_id=receipt, by=turn.me.id, now=turn.now)
    return Screen(
        _(
            "The points of the other receipt were taken back, and its guest was told. This one "
            "gets its points within a minute."
        ),
        [
            [Button(_("✅ Credit it now"), CreditReceipt(receipt=receipt))],
            [_next(receipt), _back()],
        ],
    )


@router.callback_query(RefuseReceipt.filter(), flags=allow(Access.CITY))
async def refuse(_query: CallbackQuery, callback_data: RefuseReceipt, turn: Turn) -> Screen:
    receipt = callback_data.receipt
    if callback_data.reason not in review.REFUSALS:
        raise NotFound
    reason = Reason(callback_data.reason)
    await review.refuse(
        turn.tx,
        city=turn.city,
        receipt_id=receipt,
        reason=reason,
        by=turn.me.id,
        now=turn.now,
        chain=turn.chain,
    )
    minutes = int(review.UNDO.total_seconds()) // 60
    return Screen(
        _(
            "{reason}: refused. The guest has been told. A mistake can be undone for {time}.",
            reason=_(REFUSALS[reason]),
            time=_n("{n} minute", "{n} minutes", minutes),
        ),
        [[Button(_("↩️ Undo"), UndoRefusal(receipt=receipt))], [_next(receipt), _back()]],
    )


@router.callback_query(UndoRefusal.filter(), flags=allow(Access.CITY))
async def undo(_query: CallbackQuery, callback_data: UndoRefusal, turn: Turn) -> Screen:
    receipt = callback_data.receipt
    await review.undo(turn.tx, city=turn.city, receipt_id=receipt, by=turn.me.id, now=turn.now)
    # The one after its predecessor is this very receipt.
    again = Button(_("Look at it again"), Review(after=max(0, receipt - 1)))
    return Screen(
        _("Done: the receipt waits again, and the guest has been told."), [[again], [_back()]]
    )
