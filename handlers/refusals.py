"""Every refusal of a service, in words: what happened and what to do next."""

from collections.abc import Callable
from functools import cache
from typing import Any

from handlers.buttons import Go, Review
from handlers.screen import Button, Screen
from handlers.texts import _, _n, clock, day_and_clock, price, window
from handlers.turn import Person
from services import ledger
from services.cities import CityFacts
from services.cities.alerts import CannotAccept, TillDecided
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.members.attempts import TooMany
from services.members.roles import InvitationSpent, LastOwner
from services.receipts.cases import CaseDecided
from services.receipts.claims import ClaimDecided, TooManyClaims
from services.receipts.review import AlreadyDecided, TooLateToUndo
from services.rewards.counter import CodeExpired, OtherVenue, Settled, TooLate
from services.rewards.redeem import Ended, GuestLimit, OutsideWindow, OwnVenue, SoldOut

_Words = Callable[[Any, CityFacts], str]
_Ways = Callable[[], list[list[Button]]]


def refused(refusal: Refusal, city: CityFacts) -> Screen:
    """The screen for a refusal: a new message, so that what was on the screen stays."""
    words, ways = _everything()
    for kind in type(refusal).__mro__:
        if kind in words:
            return Screen(words[kind](refusal, city), ways.get(kind, list)(), fresh=True)
    return Screen(_("That did not work. Please start again: /start"), fresh=True)


@cache
def _everything() -> tuple[dict[type[Refusal], _Words], dict[type[Refusal], _Ways]]:
    """The words of every package, and the buttons under them."""
    # Not before the chat is there: its modules need this one.
    from handlers.chat.civic import refusals as civic  # noqa: PLC0415
    from handlers.chat.desk import refusals as desk  # noqa: PLC0415
    from handlers.chat.plan import refusals as plan  # noqa: PLC0415
    from handlers.chat.projects import refusals as projects  # noqa: PLC0415
    from handlers.chat.reports import refusals as reports  # noqa: PLC0415

    parts = (civic, desk, plan, projects, reports)
    words = {kind: said for part in parts for kind, said in part.WORDS.items()}
    ways = {kind: way for part in parts for kind, way in part.WAYS.items()}
    return {**_WORDS, **words}, {**_WAYS, **ways}


def denied(person: Person) -> Screen:
    """The screen for somebody who may not come here."""
    if not person.consented:
        return Screen(_("First we need your agreement. Please press /start"), fresh=True)
    return Screen(
        _("This part is for the staff of partners and the city. Ask for an invitation link."),
        fresh=True,
    )


def _settled(refusal: Settled, city: CityFacts) -> str:
    time = clock(refusal.at, city.timezone)
    if refusal.state == "confirmed":
        return _("This reward was already confirmed at {time}. Nothing more to do.", time=time)
    if refusal.state == "undone":
        return _("This confirmation was undone at {time}.", time=time)
    return _("This code was closed at {time}; the points are back with the guest.", time=time)


def _ended(refusal: Ended, city: CityFacts) -> str:
    time = day_and_clock(refusal.at, city.timezone)
    if refusal.state == "confirmed":
        return _("This reward was handed over ({time}), so it cannot be cancelled.", time=time)
    return _("This code was closed ({time}); the points are back on your card.", time=time)


def _decided(refusal: AlreadyDecided, city: CityFacts) -> str:
    time = day_and_clock(refusal.at, city.timezone)
    if refusal.state == "credited":
        return _("This receipt was already credited ({time}). Nothing more to do.", time=time)
    return _("This receipt was already refused ({time}). Nothing more to do.", time=time)


def _case_decided(refusal: CaseDecided, city: CityFacts) -> str:
    time = day_and_clock(refusal.at, city.timezone)
    return _("A colleague has decided on this already ({time}). Nothing more to do.", time=time)


def _claim_decided(refusal: ClaimDecided, _city: CityFacts) -> str:
    if refusal.state == "won":
        return _("We have decided already: this receipt is yours.")
    return _("We have looked into this receipt already, and it stays as it is.")


def _till_decided(refusal: TillDecided, _city: CityFacts) -> str:
    if refusal.state == "confirmed":
        return _("This till is registered already. Nothing more to do.")
    if refusal.state == "refused":
        return _("It was said already that this till does not belong here.")
    return _("A colleague has already decided on this. Nothing more to do.")


def _not_enough(refusal: ledger.NotEnough, _city: CityFacts) -> str:
    missing = refusal.needed - max(0, refusal.available)
    return _("You need {more} more for this.", more=price(missing, refusal.currency))


def _too_many(refusal: TooMany, city: CityFacts) -> str:
    return _(
        "Too many attempts. Please try again after {time}.",
        time=clock(refusal.until, city.timezone),
    )


_WORDS: dict[type[Refusal], _Words] = {
    NotAllowed: lambda r, c: _("Only the people in charge of this can do that."),
    NotFound: lambda r, c: _("I cannot find that any more. It may be gone."),
    Changed: lambda r, c: _("Something has just changed. Please take another look."),
    SoldOut: lambda r, c: _("The last one has just gone. Nothing was taken from your points."),
    OwnVenue: lambda r, c: _("Rewards of your own venue are for guests only."),
    GuestLimit: lambda r, c: _n(
        "You have already had this one; it is limited to one per guest.",
        "You have already had this one {n} times, the limit per guest.",
        r.limit,
    ),
    OutsideWindow: lambda r, c: _(
        "This one is not available right now. It is served: {hours}.", hours=window(r.window)
    ),
    ledger.NotEnough: _not_enough,
    TooMany: _too_many,
    InvitationSpent: lambda r, c: _(
        "This link has been used already or has expired. Ask for a new one."
    ),
    LastOwner: lambda r, c: _("A venue needs at least one owner."),
    CodeExpired: lambda r, c: _(
        "This code has expired; the points are back with the guest. They can take the reward again."
    ),
    OtherVenue: lambda r, c: _("This code is for another venue."),
    Settled: _settled,
    Ended: _ended,
    AlreadyDecided: _decided,
    TooLateToUndo: lambda r, c: _(
        "It is too late to undo this refusal. The guest can send the receipt again."
    ),
    CaseDecided: _case_decided,
    ClaimDecided: _claim_decided,
    TooManyClaims: lambda r, c: _n(
        "We are looking into a receipt of yours already. Please wait until it is decided.",
        "We are looking into {n} receipts of yours already. Please wait until one is decided.",
        r.limit,
    ),
    TillDecided: _till_decided,
    CannotAccept: lambda r, c: _(
        "The seller on the receipt has no venue here that this till could stand in."
    ),
    TooLate: lambda r, c: _(
        "It is too late to undo this here. The venue's owner can contact the city's team."
    ),
}

_WAYS: dict[type[Refusal], _Ways] = {
    AlreadyDecided: lambda: [[Button(_("Next"), Review(after=0))]],
    SoldOut: lambda: [[Button(_("🎁 Rewards"), Go(to="rewards"))]],
    ledger.NotEnough: lambda: [[Button(_("🎁 Rewards"), Go(to="rewards"))]],
}
