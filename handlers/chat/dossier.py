"""What the team is shown of a receipt: its numbers, what is known of it, how its guest fared."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.screen import Picture, Screen
from handlers.texts import N_, Html, _, _n, day_and_clock, days, money, verbatim
from handlers.turn import Turn
from services.cities.registering import PRINTED as OF_TILL
from services.receipts.dossier import Found, History, Paper, Side
from services.receipts.evidence import Signal
from services.receipts.typed import PRINTED, Field

SIGNALS = {
    Signal.ORDER: N_(
        "Its number does not fit between the receipts before and after it. Innocent if the till's "
        "clock was set."
    ),
    Signal.SPEED: N_(
        "The till would have had to print very fast. Innocent if one fiscal drive serves many "
        "terminals."
    ),
    Signal.HOURS: N_(
        "Bought while the venue is closed. Innocent on a long evening, or if its hours have "
        "changed."
    ),
    Signal.NEIGHBOURS: N_(
        "The guest sent another receipt of this till from nearly the same moment: picked up, or a "
        "split bill. Innocent if somebody ordered a second coffee."
    ),
    Signal.EVEN_INTERVALS: N_(
        "The guest sends receipts as regularly as a clock does. Hardly ever innocent."
    ),
    Signal.SAME_SUM: N_(
        "The guest has often sent the same sum from here. Innocent if they always have the same."
    ),
    Signal.CONCENTRATION: N_(
        "Nearly all receipts of the guest are from this venue. Innocent if they work next door."
    ),
    Signal.ONE_TILL: N_(
        "The guest sends many receipts of this very till within a week. Innocent if they have "
        "breakfast here every day."
    ),
    Signal.QUICK: N_(
        "Often sent within seconds of the purchase, as if at the till itself. Innocent if the till "
        "shows the code on a screen."
    ),
    Signal.UNUSUAL_DRIVE: N_(
        "The number of the fiscal drive begins in an unusual way. Innocent if the series is new."
    ),
    Signal.STAFF_NEAR: N_(
        "The guest works at another venue of this company. Innocent if they had lunch with a "
        "colleague."
    ),
}
"""What looked odd, and what else it may mean."""

SOURCES = {
    "photo": N_("as a photo"),
    "file": N_("as a file"),
    "text": N_("as a text"),
    "typed": N_("typed by hand"),
}

_ORDINARY = (3, 4)


def numbers(paper: Paper, zone: ZoneInfo) -> Html:
    """The receipt's numbers as they stand on it, to be copied and looked up."""
    adapter, _colon, rest = paper.number.partition(":")
    lines = [rest.replace(":", " ")]
    if adapter == "ru54":
        drive, _colon, document = rest.partition(":")
        named = {Field.DRIVE: drive, Field.DOCUMENT: document, Field.SIGN: paper.sign}
        lines = [f"{PRINTED[field]} {value}" for field, value in named.items()]
    if paper.total is not None:
        lines.append(f"{PRINTED[Field.TOTAL]} {paper.total // 100}.{paper.total % 100:02}")
    if paper.purchased_at is not None:
        lines.append(f"{paper.purchased_at.astimezone(zone):%d.%m.%Y %H:%M}")
    return Html("<pre>" + verbatim("\n".join(lines)) + "</pre>")


def ticket(found: Found | None, zone: ZoneInfo) -> list[str]:
    """What a verifier found, line by line."""
    if found is None:
        return []
    lines: list[str] = ["", _("<b>The tax service knows this receipt</b>")]
    seller = _("Tax number {number} ({mark})", number=found.seller_inn, mark=OF_TILL["inn"])
    lines.append(
        _("Seller: {name}", name=found.seller_name) + f" · {seller}"
        if found.seller_name
        else seller
    )
    if found.place:
        lines.append(_("Place: {place}", place=found.place))
    if found.address:
        lines.append(_("Address: {address}", address=found.address))
    lines.append(_sum(found))
    if found.purchased_at is not None:
        lines.append(_("Bought: {when}", when=day_and_clock(found.purchased_at, zone)))
    lines.append(_("Its sign: {sign}", sign=verbatim(found.sign)))
    if found.form not in _ORDINARY:
        lines.append(_("It is no ordinary receipt but a correction or the like."))
    return lines


def _sum(found: Found) -> Html:
    if found.base == found.total:
        return _("Sum: {value}", value=money(found.total))
    return _(
        "Sum: {total}, of which {base} earn points, {excluded} are left out and {unpaid} were "
        "paid earlier or are owed",
        total=money(found.total),
        base=money(found.base),
        excluded=money(found.excluded),
        unpaid=money(found.unpaid),
    )


def fared(history: History) -> list[str]:
    """How the guest's other receipts have fared."""
    lines: list[str] = [
        _(
            "Other receipts of this guest in 30 days: {credited} credited, {pending} waiting, "
            "{rejected} refused, {reversed} taken back",
            credited=history.credited,
            pending=history.pending,
            rejected=history.rejected,
            reversed=history.reversed,
        )
    ]
    if history.forged:
        lines.append(_n("⚠️ {n} forged in 90 days", "⚠️ {n} forged in 90 days", history.forged))
    return lines


def odd(signals: Iterable[str]) -> list[str]:
    """What looked odd, with the innocent explanation of each."""
    known = [SIGNALS[Signal(name)] for name in signals if name in set(Signal)]
    if not known:
        return []
    return ["", _("<b>What looked odd</b>"), *("• " + _(words) for words in known)]


def sent(turn: Turn, source: str, purchased_at: datetime | None, sent_at: datetime) -> Html:
    """When and how it was sent, and how long after the purchase."""
    when = day_and_clock(sent_at, turn.city.timezone)
    how = _(SOURCES.get(source, SOURCES["text"]))
    if purchased_at is None or sent_at < purchased_at:
        return _("Sent: {when}, {how}", when=when, how=how)
    lag = span(sent_at - purchased_at)
    return _("Sent: {when}, {lag} after the purchase, {how}", when=when, lag=lag, how=how)


def span(length: timedelta) -> Html:
    """Minutes, hours or days, whichever says enough."""
    minutes = max(0, int(length.total_seconds())) // 60
    if minutes < 120:
        return _n("{n} minute", "{n} minutes", minutes)
    if minutes < 48 * 60:
        return _n("{n} hour", "{n} hours", minutes // 60)
    return days(minutes // (24 * 60))


def name_of(side: Side) -> str:
    """The guest's mask."""
    return side.guest or _("no name on the card")


def with_photos(screen: Screen, photos: Iterable[tuple[int, str]]) -> Screen:
    """The screen below the kept pictures of these (receipt, caption), in a new message.

    A caption is too short for all there is to say.
    """
    shown = [
        Screen(caption, picture=Picture("photo", {"receipt": receipt}), fresh=True)
        for receipt, caption in photos
    ]
    if not shown:
        return screen
    first, *others = shown
    return Screen(first.text, picture=first.picture, fresh=True, also=(*others, screen))
