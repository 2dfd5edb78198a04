"""The city's team decides whose a receipt is, and which purchase a refund takes back."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import DecideClaim, Go, ReviewClaims, ReviewRefunds, TakeBack
from handlers.chat import dossier
from handlers.chat.receipts import told_apart
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, day_and_clock, local, money, plain, points
from handlers.turn import Turn
from services.receipts import claims, refunds
from services.receipts.claims import Claim
from services.receipts.dossier import Side
from services.receipts.refunds import Candidate, Refund

router = Router(name="cases")

STATES = {
    "credited": N_("It has earned its points."),
    "pending": N_("It is still being checked."),
    "rejected": N_("It was refused, because it was registered before."),
}


@router.callback_query(ReviewClaims.filter(), flags=allow(Access.CITY))
async def next_claim(_query: CallbackQuery, callback_data: ReviewClaims, turn: Turn) -> Screen:
    claim = await claims.next_after(
        turn.tx,
        city_id=turn.city.id,
        member_id=turn.me.id,
        after=callback_data.after,
        now=turn.now,
    )
    if claim is None:
        return Screen(_("No claims wait for a decision. Thank you!"), [[_back()]])
    sides = [(claim.other, _("The first guest's photo"))] if claim.other else []
    photos = [
        (side.id, caption)
        for side, caption in (*sides, (claim.claimant, _("The second guest's photo")))
        if side.photo
    ]
    buttons = [*_verdicts(claim), [_after(ReviewClaims(after=claim.id)), _back()]]
    return dossier.with_photos(Screen(_shown_claim(turn, claim), buttons), photos)


def _verdicts(claim: Claim) -> list[list[Button]]:
    other = claim.other.id if claim.other else 0
    give = Button(
        _("✅ Give it to the second guest"), DecideClaim(case=claim.id, against=other, give=True)
    )
    leave = Button(_("✖️ Leave it"), DecideClaim(case=claim.id, against=other, give=False))
    return [[leave]] if claim.refunded else [[give], [leave]]


def _shown_claim(turn: Turn, claim: Claim) -> str:
    where = local(claim.venue) if claim.venue else _("place not known yet")
    sum_ = _("sum not known yet") if claim.paper.total is None else money(claim.paper.total)
    lines: list[str] = [
        _("<b>Whose receipt is it?</b>"),
        f"{sum_} · {where}",
        dossier.numbers(claim.paper, turn.city.timezone),
        _("Claimed: {when}", when=day_and_clock(claim.opened_at, turn.city.timezone)),
    ]
    if claim.other is not None:
        title = _("<b>1. Registered by {guest}</b>", guest=dossier.name_of(claim.other))
        lines += ["", title, *_side(turn, claim.other)]
        if claim.other.sign != claim.claimant.sign:
            lines.append(_("⚠️ Its sign is another: {sign}", sign=claim.other.sign))
    elif claim.refunded:
        lines += ["", _("The purchase was returned, so that nobody can have its points.")]
    else:
        lines += ["", _("Nobody else has this receipt any more.")]
    title = _("<b>2. Claimed by {guest}</b>", guest=dossier.name_of(claim.claimant))
    lines += [
        "",
        title,
        *_side(turn, claim.claimant),
        _paid(turn, claim),
        *dossier.ticket(claim.found, turn.city.timezone),
    ]
    return "\n".join(lines)


def _side(turn: Turn, side: Side) -> list[str]:
    lines: list[str] = [
        dossier.sent(turn, side.source, side.purchased_at, side.submitted_at),
        _(STATES.get(side.state, STATES["rejected"])),
        *dossier.fared(side.history),
    ]
    if side.works_here:
        lines.append(_("⚠️ Works at this venue."))
    if side.photo is None:
        lines.append(_("No photo."))
    return lines


def _paid(turn: Turn, claim: Claim) -> Html:
    """What the claimant says of the payment, beside what the receipt says."""
    if claim.paid_at is None:
        return _("Has not said when they paid.")
    said = day_and_clock(claim.paid_at, turn.city.timezone)
    if claim.paper.purchased_at is None:
        return _("Paid, they say: {said}", said=said)
    printed = day_and_clock(claim.paper.purchased_at, turn.city.timezone)
    return _("Paid, they say: {said} · on the receipt: {printed}", said=said, printed=printed)


@router.callback_query(DecideClaim.filter(), flags=allow(Access.CITY))
async def decide_claim(_query: CallbackQuery, callback_data: DecideClaim, turn: Turn) -> Screen:
    case, by = callback_data.case, turn.me.id
    if callback_data.give:
        against = callback_data.against or None
        await claims.give(
            turn.tx, city=turn.city, case_id=case, against=against, by=by, now=turn.now
        )
        text = _(
            "Done: the second guest gets the points within a minute. Both have been told, and "
            "neither knows who the other is."
        )
    else:
        await claims.leave(turn.tx, city=turn.city, case_id=case, by=by, now=turn.now)
        text = _("Done: all stays as it is. Both have been told, and neither knows the other.")
    return Screen(text, [[_after(ReviewClaims(after=case)), _back()]])


@router.callback_query(ReviewRefunds.filter(), flags=allow(Access.CITY))
async def next_refund(_query: CallbackQuery, callback_data: ReviewRefunds, turn: Turn) -> Screen:
    refund = await refunds.next_after(
        turn.tx, city_id=turn.city.id, member_id=turn.me.id, after=callback_data.after
    )
    if refund is None:
        return Screen(_("No refunds wait for a decision. Thank you!"), [[_back()]])
    choices = [
        [
            Button(
                _taking(refund, candidate, plain(_named(turn, n, candidate))),
                TakeBack(case=refund.id, receipt=candidate.id),
            )
        ]
        for n, candidate in enumerate(refund.candidates, 1)
    ]
    nothing = TakeBack(case=refund.id, receipt=0)
    none = [[Button(_("✖️ Not one of these"), nothing)]]
    if any(candidate.part(refund.paper) for candidate in refund.candidates):
        none = [[Button(_("🤝 Only a part was returned: keep the points"), nothing)], *none]
    screen = Screen(
        _shown_refund(turn, refund),
        [*choices, *none, [_after(ReviewRefunds(after=refund.id)), _back()]],
    )
    photos = [(refund.photo_of, _("The refund's photo"))] if refund.photo_of else []
    return dossier.with_photos(screen, photos)


def _taking(refund: Refund, candidate: Candidate, receipt: str) -> str:
    if candidate.part(refund.paper):
        return _("↩️ Take all of its points back: {receipt}", receipt=receipt)
    return _("↩️ Take back: {receipt}", receipt=receipt)


def _shown_refund(turn: Turn, refund: Refund) -> str:
    title = _("<b>A refund was sent in. Which purchase does it take back?</b>")
    if refund.reported:
        title = _("<b>The venue says that this purchase was returned.</b>")
    lines: list[str] = [title, dossier.numbers(refund.paper, turn.city.timezone)]
    if refund.venue:
        lines.append(local(refund.venue))
    if not refund.reported:
        lines.append(_("Sent by: {guest}", guest=refund.guest or _("no name on the card")))
        lines.append(
            _("No service has checked this refund: compare it with the photo.")
            if refund.photo_of
            else _("⚠️ No service has checked this refund, and there is no photo of it.")
        )
    for n, candidate in enumerate(refund.candidates, 1):
        lines += ["", _named(turn, n, candidate), *_candidate(refund, candidate)]
    if not refund.candidates:
        lines += ["", _("No receipt that earns points fits any more.")]
    return "\n".join(lines)


def _named(turn: Turn, n: int, candidate: Candidate) -> Html:
    known = told_apart(turn.city, candidate.purchased_at, candidate.total)
    return Html(f"{n}. " + " · ".join(known))


def _candidate(refund: Refund, candidate: Candidate) -> list[str]:
    whose = _("Guest: {guest}", guest=candidate.guest or _("no name on the card"))
    if candidate.same_guest:
        whose = _("Of the guest who has sent the refund.")
    earned = (
        _("It waits and has earned nothing yet.")
        if candidate.waits
        else _("It has earned {points}.", points=points(candidate.points))
    )
    part = candidate.part(refund.paper)
    if part is None or candidate.total is None:
        return [whose, earned]
    sums = _(
        "⚠️ Returned: {part} of {total}. Points can only be taken back all together.",
        part=money(part),
        total=money(candidate.total),
    )
    return [whose, earned, sums]


@router.callback_query(TakeBack.filter(), flags=allow(Access.CITY))
async def take_back(_query: CallbackQuery, callback_data: TakeBack, turn: Turn) -> Screen:
    case, receipt, by = callback_data.case, callback_data.receipt, turn.me.id
    buttons = [[_after(ReviewRefunds(after=case)), _back()]]
    if not receipt:
        await refunds.none_of_these(turn.tx, city=turn.city, case_id=case, by=by, now=turn.now)
        return Screen(_("Done: no points were taken back."), buttons)
    done = await refunds.take_back(
        turn.tx, city=turn.city, case_id=case, receipt_id=receipt, by=by, now=turn.now
    )
    if done.points:
        text = _(
            "Done: {points} were taken back. The guest has been told.", points=points(done.points)
        )
    else:
        text = _("Done: this purchase earns no points. The guest has been told.")
    return Screen(text, buttons)


def _after(press: ReviewClaims | ReviewRefunds) -> Button:
    return Button(_("Next"), press)


def _back() -> Button:
    return Button(_("« Back"), Go(to="staff"))
