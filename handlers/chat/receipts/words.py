"""Why a receipt is where it is: a sentence for every reason."""

from datetime import datetime
from typing import Any

from handlers.texts import N_, Html, _, _n, day_and_clock, days, local, money
from services.cities import CityFacts
from services.cities.models import Localized
from services.receipts.verdict import Reason

STATES = {"credited": "✅", "pending": "⏳", "rejected": "✖️", "reversed": "↩️"}

REASONS = {
    Reason.TEST_DRIVE: N_("This is a training receipt; it earns no points."),
    Reason.REFUND: N_("This is a refund receipt. Only purchases earn points."),
    Reason.NOT_A_SALE: N_("This receipt is not for a purchase, so it earns no points."),
    Reason.SMALL: N_("Purchases of {min} or more earn points."),
    Reason.FUTURE: N_("The time on this receipt is in the future. Please check it."),
    Reason.OLD: N_("This receipt is older than {age}. Send receipts right after a purchase."),
    Reason.BEFORE_CARD: N_(
        "This purchase was made before you had a card. Receipts from now on earn points."
    ),
    Reason.BEFORE_VENUE: N_("This purchase was made before {venue} joined the programme."),
    Reason.TAKEN: N_(
        "This receipt has already been registered. Each receipt earns points only once."
    ),
    Reason.MISMATCH: N_("This receipt does not agree with the tax service's record of it."),
    Reason.TILL_CLOSED: N_(
        "This till does not take part in the programme any more, so its receipts earn no points. "
        "If the place takes part, show the receipt to its team: they can have it put right."
    ),
    Reason.CORRECTION: N_("This is not an ordinary receipt, so one of our team will look at it."),
    Reason.NOT_A_PARTNER: N_(
        "The receipt is genuine, but {seller} does not take part yet. We will tell them that you "
        "were there."
    ),
    Reason.NOTHING_COUNTS: N_(
        "What was bought here earns no points: tobacco, alcohol, certificates and the like do not "
        "count."
    ),
    Reason.VENUE_CLOSED: N_(
        "{venue} is not taking part at the moment, so this receipt earns no points."
    ),
    Reason.DAY_LIMIT: N_("This one earns nothing: the day's limit for receipts was reached."),
    Reason.VENUE_LIMIT: N_(
        "This one earns nothing: points from {venue} come once a day. Try another place!"
    ),
    Reason.TOO_SOON: N_("Receipts from the same place must be at least {gap} apart."),
    Reason.MONTH_LIMIT: N_("This one earns nothing: the month's limit for points was reached."),
    Reason.DISPUTED_NUMBER: N_("The receipt is accepted and is being checked."),
    Reason.FROZEN_TILL: N_("The receipt is saved. We are checking which venue this till is at."),
    Reason.OWN_VENUE: N_("You work at {venue}, so one of our team will check this receipt."),
    Reason.LARGE: N_("That is a large purchase! One of our team will check it within two days."),
    Reason.SUSPICIOUS: N_("The receipt is accepted. One of our team will have a look at it first."),
    Reason.UNCONFIRMED_TILL: N_(
        "The receipt is genuine. As soon as the venue confirms its till, the points are yours."
    ),
    Reason.UNKNOWN_DRIVE: N_(
        "Receipt saved. I do not recognise this till yet. As soon as the venue joins, the points "
        "are yours."
    ),
    Reason.TYPED: N_(
        "One of our team will check the numbers you typed. Please send me a photo of the whole "
        "receipt as well, even if its code cannot be read."
    ),
    Reason.CHECKING: N_("The receipt is accepted and is being checked."),
    Reason.RETURNED: N_(
        "We have heard of a refund that may be of this purchase, so one of our team will look at "
        "it first."
    ),
    Reason.CREDITED: N_("Credited."),
    Reason.NOT_FOUND: N_(
        "The tax service does not know this receipt. Please send a photo of the whole receipt, "
        "and one of our team will check it."
    ),
    Reason.UNDECIDED: N_("One of our team will check this receipt."),
    Reason.CHOSEN: N_("We have looked into it: this receipt is yours, and its points follow."),
    Reason.FORGED: N_("The tax service does not confirm this receipt, so it earns no points."),
    Reason.CANCELLED: N_("The seller has annulled this receipt, so it earns no points."),
    Reason.NEVER_KNOWN: N_(
        "We could not find out where this receipt was issued, so it earns no points."
    ),
    Reason.NOT_GENUINE: N_("We could not confirm this receipt, so it earns no points."),
    Reason.STAFF_PURCHASE: N_("Purchases of a venue's own team earn no points."),
    Reason.REFUNDED: N_("This purchase was returned, so it earns no points."),
    Reason.CLAIMED: N_("Another guest has shown that this purchase was theirs."),
    Reason.LEFT: N_("The card was deleted."),
}


_LOOKED_UP = N_(
    "Receipt accepted. We are finding out where it was issued, which usually takes less than a day."
)
"""Instead of what is said of an unknown drive, while a service is asked whose it is."""


def explained(
    city: CityFacts,
    reason: Reason,
    venue: Localized | None,
    seller: str | None = None,
    *,
    asked: bool = False,
) -> Html:
    """Why a receipt is where it is, with the city's own limits; `asked` as in `Submitted`."""
    if asked and reason is Reason.UNKNOWN_DRIVE:
        return _(_LOOKED_UP)
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
