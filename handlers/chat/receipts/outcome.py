"""What became of a receipt that was just sent, as a screen."""

from handlers.buttons import Claim, Go
from handlers.chat.receipts.brought import earned, expected
from handlers.chat.receipts.words import explained
from handlers.screen import Button, Screen
from handlers.texts import _, points
from handlers.turn import Turn
from services.receipts.submit import Submitted
from services.receipts.verdict import Reason


def shown(turn: Turn, outcome: Submitted, *, photo_added: bool) -> Screen:
    """`photo_added`: the receipt was there already, and a person wanted its picture."""
    card = [Button(_("💳 My card"), Go(to="card")), Button(_("🎁 Rewards"), Go(to="rewards"))]
    if outcome.again:
        state = _again(turn, outcome, photo_added=photo_added)
        return Screen(_("I already have this receipt. {state}", state=state), [card])
    if outcome.state == "credited":
        return Screen(_credited(turn, outcome), [card])
    if outcome.state == "pending":
        return Screen(_waits(turn, outcome))
    why = explained(turn.city, outcome.reason, outcome.venue, outcome.seller)
    return Screen(why, claimable(outcome.id, outcome.reason))


def claimable(receipt_id: int | None, reason: Reason) -> list[list[Button]]:
    """To say that a receipt refused as another's is one's own."""
    if receipt_id is None or reason is not Reason.TAKEN:
        return []
    return [[Button(_("🙋 This is my receipt"), Claim(receipt=receipt_id))]]


def _again(turn: Turn, outcome: Submitted, *, photo_added: bool) -> str:
    if photo_added:
        return _("Thank you for the photo! One of our team will look at it.")
    if outcome.state == "credited":
        return _("You earned {points} for it.", points=points(outcome.points_now))
    return explained(turn.city, outcome.reason, outcome.venue, asked=outcome.asked)


def _credited(turn: Turn, outcome: Submitted) -> str:
    assert outcome.venue is not None
    assert outcome.total is not None
    return earned(
        turn.city,
        venue=outcome.venue,
        total=outcome.total,
        base=outcome.base,
        points_now=outcome.points_now,
        points_later=outcome.points_later,
        debt_paid=outcome.debt_paid,
        debt=outcome.debt,
        matures_at=outcome.matures_at,
        now=turn.now,
    )


def _waits(turn: Turn, outcome: Submitted) -> str:
    if outcome.total is None and outcome.reason is Reason.CHECKING:
        return _("Receipt accepted. I am asking the tax service for the sum.")
    why = explained(turn.city, outcome.reason, outcome.venue, asked=outcome.asked)
    if outcome.venue is None or outcome.total is None or not outcome.expected:
        return why
    return expected(outcome.venue, outcome.total, outcome.expected) + "\n" + why
