"""OFD.ru QR Cash: a commercial service that reads the tax service's base and answers at once.

Each answer says how many calls are left this month, and where the till stands.
"""

import re

from services.receipts.ticket import Item, Ticket
from services.receipts.verifiers import tickets
from services.receipts.verifiers.contract import (
    Allowance,
    Answer,
    NotYet,
    Period,
    Question,
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
    kopecks,
    local_time,
    parse_json,
    registration,
    rows,
    text,
    whole,
    whole_or_none,
)
from services.receipts.verifiers.one_by_one import OneByOne
from services.receipts.verifiers.slips import fiscal
from services.receipts.verifiers.tickets import LARGEST_NUMBER, LARGEST_TYPE, required
from services.receipts.verifiers.wire import NotAnswered

NAME = "ofdru"
URL = "https://ofd.ru"
ADAPTERS = frozenset({"ru54"})
ALLOWANCE = Allowance(calls=None, period=Period.MONTH, reserve=0, per_receipt=1.0)
"""As many as were bought: the service tells with each answer."""

_PATH = "/api/partner/v3/receipts/GetReceipt"
_LATITUDES, _LONGITUDES = 90.0, 180.0
_POINT = re.compile(r"\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)[,;\s]+(-?[0-9]{1,3}(?:\.[0-9]+)?)\s*")


class OfdRu(OneByOne):
    """Client of QR Cash."""

    name = NAME
    adapters = ADAPTERS
    at_once = 5
    own_url = URL
    gap = 0.5

    async def _ask(self, question: Question) -> Answer:
        qr = fiscal(question.slip)
        if qr is None:
            return Undecided("not a fiscal receipt")
        asked = {
            "TotalSum": qr.total,
            "DocDateTime": f"{qr.purchased:%Y-%m-%dT%H:%M}:00.000",
            "FnNumber": qr.drive,
            "ReceiptOperationType": str(qr.operation),
            "DocNumber": str(qr.document),
            "DocFiscalSign": str(qr.sign),
            "tokenSecret": self._token,
        }
        reply = await self._call("POST", _PATH, json=asked)
        _check_status(reply.status)
        try:
            answer = fields(parse_json(reply.body), "answer")
        except BadTicket:
            raise NotAnswered(Trouble.DOWN, f"HTTP {reply.status}, not JSON") from None
        left = answer.get("AvailableRequests")
        if isinstance(left, int) and left >= 0:
            await self._purse.leave(left)
        if answer.get("Success") is not True:
            return _refusal(answer)
        try:
            return Verified(ticket(answer.get("Data")))
        except BadTicket as error:
            return Undecided(f"ticket: {error}")


def _check_status(status: int) -> None:
    if status in (401, 403):
        raise NotAnswered(Trouble.DENIED, f"HTTP {status}")
    if status == 402:
        raise NotAnswered(Trouble.QUOTA, f"HTTP {status}")
    if status == 429:
        raise NotAnswered(Trouble.SLOW_DOWN, f"HTTP {status}", 60.0)


_NAMES_TOKEN = re.compile("token|токен", re.IGNORECASE)
"""Nothing else is called so, neither as a field nor in a sentence."""
_SAYS_ACCESS = re.compile(
    r"\b(?:ключ(?:а|у|ом|е|и)?|доступ(?:а|у|ом|е)?|авториз\w+)\b", re.IGNORECASE
)
"""Whole words: "недоступен" and "исключение" are said of a receipt."""
_SAYS_QUOTA = re.compile(r"лимит|исчерпан|недостаточно", re.IGNORECASE)
_SAYS_LATER = re.compile(r"не найден|отсутству|повторите|позже|заблокирован", re.IGNORECASE)


def _refusal(answer: Fields) -> Answer:
    """The codes of errors are not published: the field and the sentence tell. Raises NotAnswered.

    A receipt asked about too often is blocked for a day, so it is `NotYet` too.
    """
    try:
        errors = rows(answer.get("Errors"), "errors")
    except BadTicket:
        errors = []
    said = "; ".join(filter(None, (text(error.get("Message")) for error in errors)))
    named = " ".join(filter(None, (text(error.get("Field")) for error in errors)))
    if _NAMES_TOKEN.search(f"{named} {said}"):
        raise NotAnswered(Trouble.DENIED, "the token is refused")
    # Before what may shut the service for everybody: a sentence about one receipt has many words.
    if _SAYS_LATER.search(said) and not _SAYS_QUOTA.search(said):
        return NotYet()
    if _SAYS_ACCESS.search(said):
        raise NotAnswered(Trouble.DENIED, "access is refused")
    if answer.get("AvailableRequests") == 0 or _SAYS_QUOTA.search(said):
        raise NotAnswered(Trouble.QUOTA, "no calls left")
    return Undecided(f"error {named}: {said}"[:300])


def ticket(value: object) -> Ticket:
    """The ticket of an answer's `Data`. Raises BadTicket."""
    data = fields(value, "Data")
    document = fields(data.get("Document"), "Document")
    place = text(document.get("Calculation_Place"))
    lat, lon = _point(data.get("GeoPoint"))
    seller = required(inn(data.get("UserInn")) or inn(document.get("UserInn")), "UserInn")
    lines = rows(document.get("Items"), "Items")
    providers = {_provider(line, seller) for line in lines}
    return Ticket(
        drive=required(text(data.get("FnNumber")), "FnNumber"),
        document=whole(data.get("DocNumber"), "DocNumber", 1, LARGEST_NUMBER),
        # `DocFiscalSign` is the same in another byte order.
        sign=whole(data.get("DecimalFiscalSign"), "DecimalFiscalSign", 1, LARGEST_NUMBER),
        operation=whole(document.get("OperationType"), "OperationType", 1, 4),
        total=whole(document.get("Amount_Total"), "Amount_Total", 0, LARGEST_SUM),
        purchased=local_time(data.get("DocDateTime")),
        # `Data.Tag` is 0 where the document's own says what it is.
        form=whole(document.get("Tag"), "Tag", 0, LARGEST_TYPE),
        seller_inn=seller,
        seller_name=text(document.get("User")),
        registration=registration(data.get("KktRegNumber")),
        serial=text(document.get("KKT_FactoryNumber")),
        place=place,
        address=text(document.get("RetailPlaceAddress")) or text(data.get("RegAddresss")),
        fias=text(data.get("FiasId")),
        lat=lat,
        lon=lon,
        internet=tickets.without_a_place(document.get("InternetSign"), place),
        cash=kopecks(document.get("Amount_Cash"), "Amount_Cash"),
        ecash=kopecks(document.get("Amount_ECash"), "Amount_ECash"),
        prepaid=kopecks(document.get("Amount_Advance"), "Amount_Advance"),
        credit=kopecks(document.get("Amount_Loan"), "Amount_Loan"),
        provision=kopecks(document.get("Amount_Granting"), "Amount_Granting"),
        provider_inn=providers.pop() if len(providers) == 1 else None,
        items=tuple(_item(line, seller) for line in lines),
    )


def _provider(line: Fields, seller: str) -> str | None:
    """Whom a line was sold for, if not for the seller themselves."""
    provider = inn(line.get("ProviderInn"))
    return None if provider == seller else provider


def _item(line: Fields, seller: str) -> Item:
    return Item(
        name=text(line.get("Name")) or "",
        total=whole(line.get("Total"), "item", 0, LARGEST_SUM),
        product_type=whole_or_none(line.get("SubjectType"), "SubjectType", 0, LARGEST_TYPE),
        payment_type=whole_or_none(
            line.get("CalculationMethod"), "CalculationMethod", 0, LARGEST_TYPE
        ),
        agent=_provider(line, seller) is not None,
    )


def _point(value: object) -> tuple[float, float] | tuple[None, None]:
    """Degrees, of an object or of a text "latitude,longitude"; nothing when they are nowhere."""
    if isinstance(value, dict):
        value = f"{value.get('Latitude')},{value.get('Longitude')}"
    match = _POINT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None, None
    lat, lon = float(match[1]), float(match[2])
    # The middle of the ocean is where geocoders put what they did not find.
    if abs(lat) > _LATITUDES or abs(lon) > _LONGITUDES or lat == lon == 0:
        return None, None
    return lat, lon
