"""Messages to people who are not in the conversation: outbox kinds → screens."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from handlers.buttons import Go
from handlers.chat import alerts, receipts, summary, tills
from handlers.chat.counter import REFUSALS, UNDOS
from handlers.screen import Button, Screen
from handlers.texts import _, day, day_and_clock, local, money, points, price
from services.cities import CityFacts
from services.receipts.summary import Summary
from services.receipts.verdict import Reason
from services.rewards.counter import RefusalReason, UndoReason

REMINDERS = frozenset({"points_ready", "points_expiring", "receipts_week"})
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
        points_now=facts["points_now"],
        points_later=facts["points_later"],
        matures_at=datetime.fromisoformat(matures_at) if matures_at else None,
        now=datetime.fromisoformat(facts["at"]),
    )
    return Screen(_("Good news about your receipt!") + "\n" + brought, [_rewards()])


def _receipt_rejected(facts: dict[str, Any], city: CityFacts) -> Screen:
    bought = datetime.fromisoformat(facts["purchased_at"])
    return Screen(
        _(
            "We have checked your receipt: {when}, {sum}. {reason}",
            when=day_and_clock(bought, city.timezone),
            sum=money(facts["total"]),
            reason=receipts.explained(city, Reason(facts["reason"]), facts["venue"]),
        )
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
    "receipts_week": _receipts_week,
    "till_met": lambda facts, _city: tills.met(facts),
    "till_drive": lambda facts, _city: tills.new_drive(facts),
    "till_alert": lambda facts, _city: alerts.raised(facts),
    "points_ready": _ready,
    "points_expiring": _expiring,
}
