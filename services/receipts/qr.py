"""The text of the QR code on a fiscal receipt, and the names of other well-known codes.

The form is set by the tax service's order ЕД-7-20/662@ of 14.09.2020: six fields joined by `&`,
no address. Tills in the field write it in many ways; every way that says the same thing is read,
and nothing that says something else is repaired.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from urllib.parse import unquote

_LONGEST = 1024
_LARGEST_TOTAL = 2**48 - 1
_LARGEST_NUMBER = 2**32 - 1
_TEST_DRIVE = "9999"
_KEYS = frozenset({"t", "s", "fn", "i", "fp", "n"})
_DEMANDED = _KEYS - {"n"}

_AMPERSAND = re.compile(r"&amp;", re.IGNORECASE)
_BREAK = re.compile(r"[\s\"'<>«»„“”()\[\]{}]+")
_JOINT = re.compile(r"[&?#]")
_LAST_WORD = re.compile(r"(?<!\w)([A-Za-z]+)\Z")
_COMPACT_TIME = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})[Tt]([0-9]{2})([0-9]{2})([0-9]{2})?", re.ASCII
)
_ISO_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII
)
_FIRST_YEAR, _LAST_YEAR = 2015, 2100
"""Fiscal drives were tried out from 2015 on (54-ФЗ); the far end keeps dates computable."""
_TOTAL = re.compile(r"([0-9]+)(?:[.,]([0-9]{1,2})0?)?")
_DRIVE = re.compile(r"[0-9]{16}")
_NUMBER = re.compile(r"[0-9]+")
_OPERATION = re.compile(r"[1-4]")


class QrFault(Enum):
    """Why a text is not a receipt's code. The values are stable: they are stored and counted."""

    ERR_T = "ERR_T"
    ERR_S = "ERR_S"
    ERR_FN = "ERR_FN"
    ERR_I = "ERR_I"
    ERR_FP = "ERR_FP"
    ERR_N = "ERR_N"
    ERR_DUP_KEY = "ERR_DUP_KEY"
    ERR_NOT_RECEIPT = "ERR_NOT_RECEIPT"
    ERR_TEST_FN = "ERR_TEST_FN"


class NotReadable(ValueError):  # noqa: N818 - says what the text is not
    """The text is not a receipt's code; `code` says which field is wrong."""

    def __init__(self, code: QrFault) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class FiscalQr:
    """What the code says, nothing of it verified.

    `purchased` is the till's local time to the minute, without a zone. `total` is in kopecks.
    `operation` (1054): 1 sale, 2 sale returned, 3 payout, 4 payout returned; when the code did
    not say, it is 1 and `operation_assumed`.
    """

    purchased: datetime
    total: int
    drive: str
    document: int
    sign: int
    operation: int
    operation_assumed: bool

    @property
    def canonical(self) -> str:
        """The reference form: equal for every way of writing the same receipt."""
        time = self.purchased.isoformat(timespec="minutes").replace("-", "").replace(":", "")
        return (
            f"t={time}&s={self.total // 100}.{self.total % 100:02d}"
            f"&fn={self.drive}&i={self.document}&fp={self.sign}&n={self.operation}"
        )

    @property
    def number(self) -> str:
        """The document's key: a drive (ФН) numbers its documents, so it is unique for ever."""
        return f"ru54:{self.drive}:{self.document}"


def parse(text: str) -> FiscalQr:
    """Read the code's text, bare or inside an address or a sentence.

    Raises NotReadable, and nothing else, for any other text.
    """
    fields = _fields(text)
    qr = FiscalQr(
        purchased=_time(fields["t"]),
        total=_total(fields["s"]),
        drive=_matched(_DRIVE, fields["fn"], QrFault.ERR_FN),
        document=_number(fields["i"], QrFault.ERR_I),
        sign=_number(fields["fp"], QrFault.ERR_FP),
        operation=int(_matched(_OPERATION, fields.get("n", "1"), QrFault.ERR_N)),
        operation_assumed="n" not in fields,
    )
    if qr.drive.startswith(_TEST_DRIVE):
        raise NotReadable(QrFault.ERR_TEST_FN)
    return qr


def _fields(text: str) -> dict[str, str]:
    """The receipt's fields, which must stand together in one unbroken piece of the text.

    A piece broken off inside a value would still parse, as another receipt. So a field outside
    the piece, or a digit right after it, is refused.
    """
    if len(text) > _LONGEST:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    pieces = _BREAK.split(_AMPERSAND.sub("&", unquote(text)))
    whole = [_pairs(piece) for piece in pieces]
    at = next((n for n, pairs in enumerate(whole) if _DEMANDED.issubset(dict(pairs))), None)
    if at is None:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    fields = dict(whole[at])
    strays = [pair for pairs in whole for pair in pairs if fields.get(pair[0]) != pair[1]]
    if any(key in fields for key, _ in strays):
        raise NotReadable(QrFault.ERR_DUP_KEY)
    if strays or (at + 1 < len(pieces) and _NUMBER.match(pieces[at + 1])):
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    return fields


def _pairs(piece: str) -> list[tuple[str, str]]:
    """Known keys, lower-cased, with their values; only the first may follow other text.

    A key that lost its value has an empty one: taken for absent, `n` would become a sale.
    """
    pairs = []
    for position, part in enumerate(_JOINT.split(piece.rstrip(".,;:!"))):
        left, equals, value = part.partition("=")
        word = _LAST_WORD.search(left)
        if word is None or (word.start() if position else not equals):
            continue
        if (key := word[1].lower()) in _KEYS:
            pairs.append((key, value))
    return pairs


def _matched(pattern: re.Pattern[str], value: str, fault: QrFault) -> str:
    if pattern.fullmatch(value) is None:
        raise NotReadable(fault)
    return value


def _time(value: str) -> datetime:
    match = _COMPACT_TIME.fullmatch(value) or _ISO_TIME.fullmatch(value)
    if match is None:
        raise NotReadable(QrFault.ERR_T)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - till's own clock
    except ValueError:
        raise NotReadable(QrFault.ERR_T) from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise NotReadable(QrFault.ERR_T)
    return moment.replace(second=0)


def _total(value: str) -> int:
    """Rubles and kopecks to kopecks. Without decimals these are rubles, never kopecks."""
    match = _TOTAL.fullmatch(value)
    if match is None:
        raise NotReadable(QrFault.ERR_S)
    total = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    if not 1 <= total <= _LARGEST_TOTAL:
        raise NotReadable(QrFault.ERR_S)
    return total


def _number(value: str, fault: QrFault) -> int:
    number = int(_matched(_NUMBER, value, fault))
    if not 1 <= number <= _LARGEST_NUMBER:
        raise NotReadable(fault)
    return number


class CodeKind(Enum):
    """What a code is, as far as its text tells without asking anybody."""

    RECEIPT = "receipt"
    PAYMENT = "payment"
    OFD_LINK = "ofd_link"
    SELF_EMPLOYED = "self_employed"
    FOREIGN_RECEIPT = "foreign_receipt"
    MARKING = "marking"
    WIFI = "wifi"
    CONTACT = "contact"
    LINK = "link"
    UNKNOWN = "unknown"


_HOST = re.compile(r"\s*https?://(?:www\.)?([^/?#:\s]+)", re.IGNORECASE)
_HOSTS = {
    CodeKind.PAYMENT: ("qr.nspk.ru", "sub.nspk.ru", "pay.nspk.ru"),
    CodeKind.SELF_EMPLOYED: ("lknpd.nalog.ru",),
    CodeKind.OFD_LINK: (
        "1-ofd.ru",
        "taxcom.ru",
        "ofd.ru",
        "platformaofd.ru",
        "ofd.yandex.ru",
        "ofd-ya.ru",
        "ofd.sbis.ru",
        "ofd.kontur.ru",
        "cash.kontur.ru",
        "ofd.beeline.ru",
        "ofd.astralnalog.ru",
        "ofd-initpro.ru",
        "e-ofd.ru",
        "kkt-online.nalog.ru",
    ),
    CodeKind.FOREIGN_RECEIPT: (
        "suf.purs.gov.rs",
        "mapr.tax.gov.me",
        "oofd.kz",
        "ofd.soliq.uz",
        "tax.salyk.kg",
    ),
    CodeKind.MARKING: ("честныйзнак.рф", "xn--80ajghhoc2aj1c8b.xn--p1ai"),
}
_BARE = {
    CodeKind.WIFI: re.compile(r"\s*WIFI:", re.IGNORECASE),
    CodeKind.CONTACT: re.compile(r"\s*(?:BEGIN:VCARD|MECARD:)", re.IGNORECASE),
    # A payment order by GOST R 56042, or an EMV merchant code.
    CodeKind.PAYMENT: re.compile(r"ST0001[12]\||000201(?:01|2[6-9])"),
    # Честный знак: GTIN and serial by GS1, a cigarette pack, an alcohol stamp.
    CodeKind.MARKING: re.compile(
        r"(?:(?:\]d2|\x1d)?(?:\(01\)|01)[0-9]{14}(?:\(21\)|21).{5,}"
        r"|[0-9]{14}[!-z]{15}|[0-9A-Z]{150})\Z",
        re.DOTALL,
    ),
}


def kind(text: str) -> CodeKind:
    """Name the code, so that the guest can be told what they photographed. Never raises.

    RECEIPT means that the fields of a receipt are there, right or wrong: `parse` says which.
    """
    try:
        parse(text)
    except NotReadable as error:
        if error.code is not QrFault.ERR_NOT_RECEIPT:
            return CodeKind.RECEIPT
    else:
        return CodeKind.RECEIPT
    if host := _HOST.match(text):
        return _kind_of_host(host[1].lower().rstrip("."))
    return next((name for name, form in _BARE.items() if form.match(text)), CodeKind.UNKNOWN)


def _kind_of_host(host: str) -> CodeKind:
    for name, hosts in _HOSTS.items():
        if any(host == known or host.endswith("." + known) for known in hosts):
            return name
    return CodeKind.LINK
