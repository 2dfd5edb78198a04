"""Receipts of self-employed sellers (НПД): public, by the seller's INN and the receipt's id."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from services.receipts.ticket import Item, Ticket
from services.receipts.verifiers.contract import (
    Allowance,
    Answer,
    Because,
    NotYet,
    Period,
    Question,
    Rejected,
    Trouble,
    Undecided,
    Verified,
)
from services.receipts.verifiers.fields import (
    LARGEST_SUM,
    BadTicket,
    Fields,
    fields,
    inn,
    instant,
    kopecks_of_rubles,
    local_time,
    parse_json,
    rows,
    text,
    whole,
)
from services.receipts.verifiers.one_by_one import OneByOne
from services.receipts.verifiers.slips import self_employed
from services.receipts.verifiers.wire import NotAnswered

NAME = "npd"
URL = "https://lknpd.nalog.ru"
ADAPTERS = frozenset({"npd"})
ALLOWANCE = Allowance(calls=None, period=Period.DAY, reserve=0, per_receipt=1.0)

_RECEIPT = 3
_SALE = 1


class Npd(OneByOne):
    """Client of the public page. It answers Russian addresses only."""

    name = NAME
    adapters = ADAPTERS
    at_once = 5
    own_url = URL
    gap = 1.0

    async def _ask(self, question: Question) -> Answer:
        named = self_employed(question.slip)
        if named is None:
            return Undecided("not a receipt of a self-employed seller")
        seller, receipt = named
        reply = await self._call("GET", f"/api/v1/receipt/{seller}/{receipt}/json")
        if reply.status in (401, 403, 451):
            raise NotAnswered(Trouble.DENIED, f"HTTP {reply.status}, a foreign address?")
        if reply.status == 429:
            raise NotAnswered(Trouble.SLOW_DOWN, "HTTP 429", 60.0)
        if reply.status == 404:
            return NotYet()
        if reply.status in (400, 422):
            return Rejected(Because.MALFORMED)
        try:
            answer = fields(parse_json(reply.body), "answer")
        except BadTicket:
            raise NotAnswered(Trouble.DOWN, f"HTTP {reply.status}, not JSON") from None
        return _answer(answer, seller, receipt, self._zone)


def _answer(answer: Fields, seller: str, receipt: str, zone: ZoneInfo) -> Answer:
    if text(answer.get("receiptId")) not in (None, receipt):
        return Undecided("another receipt's answer")
    if answer.get("cancellationInfo"):
        return Rejected(Because.CANCELLED)
    try:
        return Verified(ticket(answer, seller, zone))
    except BadTicket as error:
        return Undecided(f"ticket: {error}")


def ticket(answer: Fields, seller: str, zone: ZoneInfo) -> Ticket:
    """The ticket of `seller`'s receipt, whose time is told in `zone`. Raises BadTicket."""
    total = kopecks_of_rubles(answer.get("totalAmount"), "totalAmount")
    in_cash = answer.get("paymentType") == "CASH"
    return Ticket(
        drive="",
        document=0,
        sign=0,
        operation=_SALE,
        total=total,
        purchased=_time(answer.get("operationTime"), zone),
        form=_RECEIPT,
        seller_inn=inn(answer.get("inn")) or seller,
        seller_name=None,
        registration=None,
        serial=None,
        place=None,
        address=None,
        fias=None,
        lat=None,
        lon=None,
        internet=False,
        cash=total if in_cash else 0,
        ecash=0 if in_cash else total,
        prepaid=0,
        credit=0,
        provision=0,
        provider_inn=None,
        items=tuple(map(_item, rows(answer.get("services"), "services"))),
    )


def _time(value: object, zone: ZoneInfo) -> datetime | None:
    moment = instant(value)
    if moment is None:
        return local_time(value)
    try:
        return moment.astimezone(zone).replace(second=0, microsecond=0, tzinfo=None)
    except OverflowError:
        return None


def _item(service: Fields) -> Item:
    """A service: `amount` is the price of one."""
    price = kopecks_of_rubles(service.get("amount"), "amount")
    count = service.get("quantity", 1)
    if isinstance(count, bool) or not isinstance(count, int | Decimal) or not 0 < count <= 10**6:
        raise BadTicket("no number: quantity")
    total = (price * Decimal(count)).quantize(Decimal(1), ROUND_HALF_UP)
    return Item(
        name=text(service.get("name")) or "",
        total=whole(total, "amount", 0, LARGEST_SUM),
        product_type=None,
        payment_type=None,
        agent=False,
    )
