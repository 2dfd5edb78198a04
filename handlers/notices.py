"""Messages to people who are not in the conversation: outbox kinds → screens."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from handlers.buttons import Go
from handlers.chat import alerts, receipts, summary, tills
from handlers.chat.civic import week
from handlers.chat.counter import REFUSALS, UNDOS
from handlers.chat.desk import notices as desk
from handlers.chat.plan import notices as plan
from handlers.chat.projects import notices as projects
from handlers.chat.reports import notices as reports
from handlers.screen import Button, Screen
from handlers.texts import Html, _, day, local, money, points, price
from services.cities import CityFacts
from services.receipts.summary import Summary
from services.receipts.verdict import Reason
from services.rewards.counter import RefusalReason, UndoReason

REMINDERS = frozenset({"points_ready", "points_expiring", "receipts_week", "week_news"})
"""Kinds a member can switch off; they also rest while the data consent is withdrawn."""


def notice(kind: str, facts: dict[str, Any], city: CityFacts) -> Screen:
    """The screen of an outbox message, in the language that is set now."""
    return _KINDS[kind](facts, city)


def _rewards() -> list[Button]:
    return [Button(_("🎁 Rewards"), Go(to="rewards")), Button(_("💳 My card"), Go(to="card"))]


def _confirmed(facts: dict[str, Any], _city: CityFacts) -> Screen:
    return Screen(
        _(
            "{emoji} Enjoy! {title} at {venue} is confirmed. You spent {price}.",
            emoji=facts["emoji"],
            title=local(facts["title"]),
            venue=local(facts["venue"]),
            price=price(facts["price"], facts["currency"]),
        ),
        [_rewards()],
    )


def _refused(facts: dict[str, Any], _city: CityFacts) -> Screen:
    return Screen(
        _(
            "{venue} could not give you {title}: {reason}. We have returned {price} to your card.",
            venue=local(facts["venue"]),
            title=local(facts["title"]),
            reason=_(REFUSALS[RefusalReason(facts["reason"])]).lower(),
            price=price(facts["price"], facts["currency"]),
        ),
        [_rewards()],
    )


def _undone(facts: dict[str, Any], _city: CityFacts) -> Screen:
    return Screen(
        _(
            "{venue} undid the confirmation of {title}: {reason}. "
            "We have returned {price} to your card.",
            venue=local(facts["venue"]),
            title=local(facts["title"]),
            reason=_(UNDOS[UndoReason(facts["reason"])]).lower(),
            price=price(facts["price"], facts["currency"]),
        ),
        [_rewards()],
    )


def _expired(facts: dict[str, Any], _city: CityFacts) -> Screen:
    return Screen(
        _(
            "The code for {title} has expired. We have returned {price} to your card; take it "
            "again whenever you like.",
            title=local(facts["title"]),
            price=price(facts["price"], facts["currency"]),
        ),
        [_rewards()],
    )


def _ready(facts: dict[str, Any], _city: CityFacts) -> Screen:
    return Screen(
        _("✨ Ready to spend: {points}.", points=points(facts["amount"])),
        [_rewards()],
    )


def _expiring(facts: dict[str, Any], city: CityFacts) -> Screen:
    return Screen(
        _(
            "⌛ Expiring on {day}: {points}. You can spend them until then.",
            points=points(facts["amount"]),
            day=day(datetime.fromisoformat(facts["expires_at"]), city.timezone),
        ),
        [_rewards()],
    )


def _receipt_credited(facts: dict[str, Any], city: CityFacts) -> Screen:
    matures_at = facts["matures_at"]
    brought = receipts.earned(
        city,
        venue=facts["venue"],
        total=facts["total"],
        base=facts.get("base"),
        points_now=facts["points_now"],
        points_later=facts["points_later"],
        debt_paid=facts.get("debt_paid", 0),
        debt=facts.get("debt", 0),
        matures_at=datetime.fromisoformat(matures_at) if matures_at else None,
        now=datetime.fromisoformat(facts["at"]),
    )
    return Screen(_("Good news about your receipt!") + "\n" + brought, [_rewards()])


def _receipt_rejected(facts: dict[str, Any], city: CityFacts) -> Screen:
    reason = _why(facts, city)
    return _about(facts, city, _("We have checked your receipt. {reason}", reason=reason))


def _why(facts: dict[str, Any], city: CityFacts) -> Html:
    """Why a receipt earns nothing; of a purchase that was returned in part, that it was a part."""
    if facts.get("part"):
        return _(
            "{part} of this purchase was returned. A receipt earns all of its points or none, so "
            "this one earns none now.",
            part=money(facts["part"]),
        )
    return receipts.explained(city, Reason(facts["reason"]), facts["venue"], facts.get("seller"))


def _about(facts: dict[str, Any], city: CityFacts, *lines: str) -> Screen:
    """What is said of a receipt, below what the guest knows it by."""
    bought = facts["purchased_at"]
    known = receipts.told_apart(
        city, datetime.fromisoformat(bought) if bought else None, facts["total"]
    )
    return Screen("\n".join([*(["🧾 " + " · ".join(known)] if known else []), *lines]))


def _receipt_slow(facts: dict[str, Any], city: CityFacts) -> Screen:
    return _about(
        facts,
        city,
        _(
            "We are still checking this receipt. The till has not reported it yet, which can take "
            "some days. You need not do anything: I will write as soon as it is there."
        ),
    )


def _receipt_service_silent(facts: dict[str, Any], city: CityFacts) -> Screen:
    return _about(
        facts,
        city,
        _(
            "The tax service does not answer at the moment. Your receipt is saved, and I will "
            "write as soon as it is checked."
        ),
    )


def _receipt_needs_photo(facts: dict[str, Any], city: CityFacts) -> Screen:
    return _about(
        facts,
        city,
        _(
            "The tax service does not know this receipt yet. Please send me a photo of the whole "
            "receipt, smoothed flat: one of our team will look at it."
        ),
    )


def _receipt_reversed(facts: dict[str, Any], city: CityFacts) -> Screen:
    lines: list[str] = [
        _why(facts, city),
        _("Taken back: {points}.", points=points(facts["points"])),
    ]
    if facts["debt"]:
        debt = points(facts["debt"])
        lines.append(_("You owe {points} now; your next receipts will cover them.", points=debt))
    return _about(facts, city, *lines)


def _receipt_reopened(facts: dict[str, Any], city: CityFacts) -> Screen:
    return _about(
        facts,
        city,
        _("We refused this receipt by mistake and are looking at it again. I will write to you."),
    )


def _claim_won(facts: dict[str, Any], city: CityFacts) -> Screen:
    return _about(
        facts,
        city,
        _("You were right: this receipt is yours. Its points follow in a moment. Thank you!"),
    )


def _claim_lost(facts: dict[str, Any], city: CityFacts) -> Screen:
    return _about(
        facts,
        city,
        _(
            "We have looked into this receipt and could not see that it is yours, so it stays as "
            "it was. Next time send a receipt right at the till, then nobody is faster."
        ),
    )


def _claim_kept(facts: dict[str, Any], city: CityFacts) -> Screen:
    return _about(
        facts,
        city,
        _(
            "Another guest thought that this receipt was theirs. We have looked into it: it stays "
            "yours, and you need not do anything."
        ),
    )


def _receipts_week(facts: dict[str, Any], city: CityFacts) -> Screen:
    return Screen(summary.told(city, Summary.of_facts(facts), facts.get("venue")))


_KINDS: dict[str, Callable[[dict[str, Any], CityFacts], Screen]] = {
    "redemption_confirmed": _confirmed,
    "redemption_refused": _refused,
    "redemption_undone": _undone,
    "redemption_expired": _expired,
    "receipt_credited": _receipt_credited,
    "receipt_rejected": _receipt_rejected,
    "receipt_slow": _receipt_slow,
    "receipt_service_silent": _receipt_service_silent,
    "receipt_needs_photo": _receipt_needs_photo,
    "receipt_reversed": _receipt_reversed,
    "receipt_reopened": _receipt_reopened,
    "claim_won": _claim_won,
    "claim_lost": _claim_lost,
    "claim_kept": _claim_kept,
    "receipts_week": _receipts_week,
    "till_met": lambda facts, _city: tills.met(facts),
    "till_drive": lambda facts, _city: tills.new_drive(facts),
    "till_alert": lambda facts, _city: alerts.raised(facts),
    "points_ready": _ready,
    "points_expiring": _expiring,
    **projects.KINDS,
    **reports.KINDS,
    **desk.KINDS,
    **plan.KINDS,
    **week.KINDS,
}
