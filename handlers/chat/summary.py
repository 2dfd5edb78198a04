"""Why receipts failed: the week in counts, for the city's team and for a venue's owner."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, day, local, number
from handlers.turn import Turn
from services import cities
from services.cities import CityFacts
from services.cities.models import Localized
from services.members import roles
from services.members.roles import Role
from services.receipts.codes import CodeKind
from services.receipts.qr import QrFault
from services.receipts.summary import Count, Counts, Summary, week
from services.receipts.verdict import Reason

router = Router(name="summary")

_MOST = 8
"""Reasons that are named; the rest are added up."""

REASONS: dict[str, str] = {
    Reason.TEST_DRIVE: N_("a training till"),
    Reason.REFUND: N_("a refund"),
    Reason.NOT_A_SALE: N_("not a purchase"),
    Reason.SMALL: N_("a small purchase"),
    Reason.FUTURE: N_("a time in the future"),
    Reason.OLD: N_("too old"),
    Reason.BEFORE_CARD: N_("bought before the guest had a card"),
    Reason.BEFORE_VENUE: N_("bought before the venue joined"),
    Reason.TAKEN: N_("sent before by somebody else"),
    Reason.MISMATCH: N_("not what the tax service knows"),
    Reason.TILL_CLOSED: N_("the city has closed the till"),
    Reason.NOT_A_PARTNER: N_("the seller does not take part"),
    Reason.NOTHING_COUNTS: N_("only goods that earn nothing"),
    Reason.VENUE_CLOSED: N_("the venue does not take part at the moment"),
    Reason.DAY_LIMIT: N_("over the guest's daily limit"),
    Reason.VENUE_LIMIT: N_("over the daily limit for one venue"),
    Reason.TOO_SOON: N_("too soon after another receipt"),
    Reason.MONTH_LIMIT: N_("over the guest's monthly limit"),
    Reason.NOT_FOUND: N_("not found by the tax service"),
    Reason.FORGED: N_("forged"),
    Reason.NEVER_KNOWN: N_("nobody knows the till"),
    Reason.NOT_GENUINE: N_("not genuine, says the team"),
    Reason.STAFF_PURCHASE: N_("a purchase of the venue's own team"),
    Reason.REFUNDED: N_("the purchase was returned"),
}

_PROBLEMS: dict[str, str] = {
    "not_an_image": N_("not a picture"),
    "heic": N_("a photo in a format we cannot read"),
    "pdf": N_("a PDF file"),
    "too_large": N_("a photo that is too large"),
    "no_code": N_("a photo without a readable code"),
    "unread_none": N_("a photo without a code"),
    "unread_small": N_("a code too small in the photo"),
    "unread_blurred": N_("a blurred photo"),
    "unread_glare": N_("a photo with reflected light"),
    "unread_dark": N_("a dark photo"),
    "unread_cut_off": N_("a code cut off by the photo's edge"),
    "unread_creased": N_("a creased receipt"),
    "unreadable": N_("a photo that could not be opened"),
    "busy": N_("more photos at once than we could read"),
    "several": N_("several receipts in one photo"),
}
_KINDS = {
    CodeKind.PAYMENT: N_("a payment code"),
    CodeKind.TIPS: N_("a code for tips"),
    CodeKind.OFD_LINK: N_("a link to a receipt"),
    CodeKind.SELF_EMPLOYED: N_("a receipt of a self-employed seller"),
    CodeKind.FOREIGN_RECEIPT: N_("a receipt from another country"),
    CodeKind.MARKING: N_("a code from a product"),
    CodeKind.ALCOHOL: N_("the code for alcohol"),
}
FAILURES: dict[str, str] = {
    **_PROBLEMS,
    **{kind.value: _KINDS.get(kind, N_("some other code")) for kind in CodeKind},
    **{fault.value: N_("a damaged receipt code") for fault in QrFault},
}

CITY_ADVICE: dict[str, str] = {
    "no_code": N_("Ask the venues to print their receipts darker and to change worn paper."),
    CodeKind.PAYMENT.value: N_("Ask the venues to say which of their codes is the receipt's."),
    CodeKind.OFD_LINK.value: N_("Ask the venues to print receipts, or to show their own code."),
    Reason.OLD: N_("Ask the venues to remind guests to send the receipt on the same day."),
    Reason.TAKEN: N_("Ask the venues to hand every receipt to its guest and leave none lying."),
    Reason.NOT_A_PARTNER: N_("Guests buy at places that do not take part yet: invite them."),
    Reason.NEVER_KNOWN: N_("Ask the partners whether all of their tills are registered."),
    Reason.NOT_FOUND: N_("Ask the venues whether their tills send receipts in time."),
    Reason.FUTURE: N_("Ask the venues to set the clocks of their tills."),
}
VENUE_ADVICE: dict[str, str] = {
    Reason.OLD: N_("Remind guests at the till to send the receipt on the same day."),
    Reason.TAKEN: N_("Hand every receipt to its guest and leave none lying at the till."),
    Reason.NOT_FOUND: N_("Check whether your till sends its receipts in time."),
    Reason.MISMATCH: N_("Check whether your till sends its receipts in time."),
    Reason.FUTURE: N_("Please set the clock of your till."),
    Reason.TILL_CLOSED: N_("Receipts come from a closed till: please talk to the city's team."),
    Reason.VENUE_CLOSED: N_("Your venue is paused: please talk to the city's team."),
    Reason.STAFF_PURCHASE: N_("Tell your team that their own purchases earn no points here."),
    Reason.REFUND: N_("Tell guests to send the receipt of the purchase, not of the refund."),
}


@router.callback_query(To("failures"), flags=allow(Access.CITY))
async def of_city(_query: CallbackQuery, turn: Turn) -> Screen:
    summary = await week(turn.tx, turn.city, until=turn.now)
    return Screen(told(turn.city, summary, None), [[Button(_("« Back"), Go(to="staff"))]])


async def of_venue(turn: Turn, venue_id: int) -> Screen:
    """For the owner's desk; anybody else is refused."""
    await roles.require(turn.tx, turn.me.id, (Role.OWNER,), venue_id)
    summary = await week(turn.tx, turn.city, venue_id=venue_id, until=turn.now)
    names = await cities.venue_names(turn.tx, [venue_id])
    back = [[Button(_("« Back"), Go(to="partner"))]]
    return Screen(told(turn.city, summary, names[venue_id]), back)


def told(city: CityFacts, summary: Summary, venue: Localized | None) -> Html:
    """The week in words; `venue` is None for the whole city."""
    title = _(
        "<b>Receipts from {first} to {last}</b>",
        first=day(summary.first, city.timezone),
        last=day(summary.last, city.timezone),
    )
    lines = [
        *([Html(f"<b>{local(venue)}</b>")] if venue else []),
        title,
        _("In brackets: the week before."),
        "",
        _("Credited: {count}", count=_trend(summary.credited)),
        _("Waiting: {count}", count=_trend(summary.waiting)),
        _("Refused: {count}", count=_trend(summary.refused)),
        *_listed(summary.reasons, REASONS),
    ]
    if summary.reversed != Count():
        lines.append(_("Taken back: {count}", count=_trend(summary.reversed)))
    if summary.failures:
        lines += ["", _("Never became a receipt:"), *_listed(summary.failures, FAILURES)]
    if advice := _advice(summary, CITY_ADVICE if venue is None else VENUE_ADVICE):
        lines += ["", Html("💡 " + advice)]
    return Html("\n".join(lines))


def _trend(count: Count) -> Html:
    arrow = "→"
    if count.now != count.before:
        arrow = "↑" if count.now > count.before else "↓"
    return Html(f"{number(count.now)} {arrow} ({number(count.before)})")


def _listed(counts: Counts, words: dict[str, str]) -> list[Html]:
    merged: dict[str, Count] = {}
    for position, (key, count) in enumerate(counts):
        known = words.get(key) if position < _MOST else None
        text = _(known or N_("other reasons"))
        merged[text] = merged.get(text, Count()) + count
    return [Html(f"• {text}: {_trend(count)}") for text, count in merged.items()]


def _advice(summary: Summary, advice: dict[str, str]) -> Html | None:
    """One sentence for what failed most often."""
    failed = dict(summary.reasons)
    for key, count in summary.failures:
        # Darker print helps against all of them.
        cause = "no_code" if key.startswith("unread_") else key
        failed[cause] = failed.get(cause, Count()) + count
    often = max(failed, key=lambda cause: failed[cause].now, default="")
    return _(advice[often]) if often in advice else None
