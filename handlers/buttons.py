"""Callback data of every button. Values come back from strangers: services check them again.

The screens that need no argument share `Go`; a prefix carries the version of its fields, so a
button drawn by an older release misses and is answered as out of date.
"""

from typing import Annotated

from aiogram.filters import Filter
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Message
from pydantic import Field

from handlers.texts import LANGUAGES, N_, language, plain
from handlers.texts import _ as translate
from services.members.consents import ConsentKind

Number = Annotated[int, Field(ge=0, lt=2**31)]
"""Any other number is no button of ours, and no column would take it."""


class Go(CallbackData, prefix="go"):
    """Open a screen by its name."""

    to: str


class Agree(CallbackData, prefix="ag"):
    """Answer one consent question, as it was asked: about this version of the text."""

    kind: ConsentKind
    given: bool
    version: str


class UseName(CallbackData, prefix="na"):
    """Put the profile's name on the card, or none."""

    profile: bool


class Speak(CallbackData, prefix="sp"):
    """Choose a language."""

    language: str


class History(CallbackData, prefix="hi"):
    """A page of the points history."""

    before: Number


class Receipts(CallbackData, prefix="re"):
    """A page of the receipts."""

    offset: Number


class ShowReceipt(CallbackData, prefix="rd"):
    """One of the guest's own receipts."""

    receipt: Number


class TypeAgain(CallbackData, prefix="ty"):
    """Correct one of the typed numbers: one of `services.receipts.typed.Field`."""

    field: str


class Claim(CallbackData, prefix="cl"):
    """Say that a receipt which another guest has registered is one's own."""

    receipt: Number


class VenueRewards(CallbackData, prefix="ve"):
    venue: Number


class ShowReward(CallbackData, prefix="rw"):
    reward: Number


class TakeReward(CallbackData, prefix="tk"):
    reward: Number


class ShowTicket(CallbackData, prefix="ti"):
    redemption: Number


class CancelTicket(CallbackData, prefix="ca"):
    redemption: Number


class Confirm(CallbackData, prefix="co"):
    """Confirm the redemption whose code was presented: the token cannot be guessed."""

    token: str


class Refuse(CallbackData, prefix="rf"):
    """Refuse a redemption; without a reason the reasons are shown."""

    token: str
    reason: str = ""


class Undo(CallbackData, prefix="un"):
    """Undo a confirmation; without a reason the reasons are shown."""

    redemption: Number
    reason: str = ""


class Desk(CallbackData, prefix="de"):
    """A page of one venue for its staff: `today`, `staff`, `failures`."""

    venue: Number
    page: str


class Invite(CallbackData, prefix="iv"):
    """Make a one-time link for a cashier of the venue."""

    venue: Number


class Dismiss(CallbackData, prefix="di"):
    """Take a role away; asked once before it is done."""

    grant: Number
    sure: bool


class Review(CallbackData, prefix="rv"):
    """A receipt that waits for a decision: the next one after this."""

    after: Number


class CreditReceipt(CallbackData, prefix="cr"):
    receipt: Number


class RefuseReceipt(CallbackData, prefix="rr"):
    """Refuse a waiting receipt for one of `services.receipts.review.REFUSALS`."""

    receipt: Number
    reason: str


class UndoRefusal(CallbackData, prefix="ur"):
    """Let a receipt wait again that one has just refused."""

    receipt: Number


class ChooseReceipt(CallbackData, prefix="ch"):
    """This one is right, and not the one that has earned with its number."""

    receipt: Number


class ReviewClaims(CallbackData, prefix="qc"):
    """A claim that waits for a decision: the next one after this."""

    after: Number


class DecideClaim(CallbackData, prefix="dc"):
    """Give the receipt to the claimant, or leave it; `against` is the other's, 0: there is none."""

    case: Number
    against: Number
    give: bool


class ReviewRefunds(CallbackData, prefix="qr"):
    """A refund that waits for a decision: the next one after this."""

    after: Number


class TakeBack(CallbackData, prefix="tb"):
    """This purchase was refunded; 0: none of those that were shown."""

    case: Number
    receipt: Number


class AddTill(CallbackData, prefix="at"):
    """Begin to add a till to the venue."""

    venue: Number


class ShowCandidate(CallbackData, prefix="tc"):
    """A till that was met on receipts and waits for its owner's word."""

    candidate: Number


class ConfirmTill(CallbackData, prefix="tf"):
    """The candidate stands at this venue."""

    candidate: Number
    venue: Number


class RefuseTill(CallbackData, prefix="tr"):
    """The candidate is none of the partner's; asked once before it is done."""

    candidate: Number
    sure: bool


class ShowAlert(CallbackData, prefix="al"):
    """A till whose receipts contradict the registry."""

    alert: Number


class DecideAlert(CallbackData, prefix="ad"):
    """The city's word on it: one of `services.cities.alerts.Decision`."""

    alert: Number
    decision: str


class ShowSight(CallbackData, prefix="si"):
    sight: Number


MENU = {
    "card": N_("💳 My card"),
    "rewards": N_("🎁 Rewards"),
    "receipts": N_("🧾 My receipts"),
    "sights": N_("🏛 What to see"),
    "reports": N_("🏙 Problems in the city"),
    "projects": N_("💡 Ideas and projects"),
}
"""The reply keyboard: screen name → label."""


def _labels() -> dict[str, str]:
    labels: dict[str, str] = {}
    for tongue in LANGUAGES:
        token = language.set(tongue)
        labels |= {plain(translate(label)): name for name, label in MENU.items()}
        language.reset(token)
    return labels


class Says(Filter):
    """A label of the reply keyboard, typed or tapped, in any language: one look-up."""

    _names: dict[str, str] | None = None

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self, message: Message) -> bool:
        if Says._names is None:
            Says._names = _labels()
        return Says._names.get(message.text or "") == self.name


class To(Filter):
    """A `Go` button to one screen, matched without unpacking."""

    def __init__(self, name: str) -> None:
        self.data = Go(to=name).pack()

    async def __call__(self, query: CallbackQuery) -> bool:
        return query.data == self.data
