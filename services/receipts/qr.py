"""The text of the QR code on a Russian fiscal receipt (54-ФЗ).

The form is set by the tax service's order ЕД-7-20/662@ of 14.09.2020: six fields joined by `&`,
no address. Tills in the field write it in many ways; every way that says the same thing is read,
and nothing that says something else is repaired.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from urllib.parse import unquote

from services.receipts.slip import Slip

LONGEST = 1024
"""No code's text is longer, in characters; what is longer is not looked at."""
LARGEST_TOTAL = 2**48 - 1
"""Of the currency's minor unit: what the field for it holds (tag 1020)."""
ADAPTER = "ru54"
_LARGEST_NUMBER = 2**32 - 1
_TEST_DRIVE = "9999"
_KEYS = frozenset({"t", "s", "fn", "i", "fp", "n"})
_DEMANDED = _KEYS - {"n"}

_AMPERSAND = re.compile(r"&amp;", re.IGNORECASE)
BREAK = re.compile(r"[\s\"'<>«»„“”()\[\]{}]+")
"""What parts a code from the words around it and never stands inside one."""
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
_LOST_TAIL = re.compile(r"[.,]?[0-9]")
_SLIP_NUMBER = re.compile(ADAPTER + r":([0-9]{16}):([1-9][0-9]{0,9})")
_DRIVES = re.compile(r"(?:871[02]|925[12]|928[0-9]|996[01]|728[0-4]|738[0-6])[0-9]{12}")


class QrFault(Enum):
    """Why a text is not a receipt's code. The values are stable: they are stored and counted.

    They are named after the fields of the Russian form; another form's fault goes by the field
    of the same meaning: what issued it is FN, the document's number I, what confirms it FP.
    """

    ERR_T = "ERR_T"
    ERR_S = "ERR_S"
    ERR_FN = "ERR_FN"
    ERR_I = "ERR_I"
    ERR_FP = "ERR_FP"
    ERR_N = "ERR_N"
    ERR_DUP_KEY = "ERR_DUP_KEY"
    ERR_NOT_RECEIPT = "ERR_NOT_RECEIPT"
    ERR_TEST_FN = "ERR_TEST_FN"
    ERR_COPY = "ERR_COPY"
    """A copy, a pro-forma bill or an advance: the receipt is another document."""


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
        return f"{ADAPTER}:{self.drive}:{self.document}"

    @property
    def slip(self) -> Slip:
        """The same in the shape that all forms of receipts share."""
        return Slip(
            adapter=ADAPTER,
            number=self.number,
            sign=str(self.sign),
            device=self.drive,
            purchased=self.purchased,
            total=self.total,
            currency="RUB",
            operation=self.operation,
            operation_assumed=self.operation_assumed,
        )


def fiscal_qr(slip: Slip) -> FiscalQr:
    """The way back from `FiscalQr.slip`; ValueError for a slip that is of no Russian receipt."""
    number = _SLIP_NUMBER.fullmatch(slip.number)
    if number is None or slip.purchased is None or slip.total is None:
        raise ValueError(f"{slip.number} is not a Russian fiscal receipt")
    qr = FiscalQr(
        purchased=slip.purchased,
        total=slip.total,
        drive=number[1],
        document=int(number[2]),
        sign=int(slip.sign) if _NUMBER.fullmatch(slip.sign) else 0,
        operation=slip.operation,
        operation_assumed=slip.operation_assumed,
    )
    if qr.slip != slip:
        raise ValueError(f"{slip.number} contradicts itself")
    return qr


def known_drive_prefix(drive: str) -> bool:
    """Whether fiscal drives of this series are known. New series appear: a signal, no refusal."""
    return _DRIVES.fullmatch(drive) is not None


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
    the piece, or a number right after it or between its fields, is refused.
    """
    if len(text) > LONGEST:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    pieces = BREAK.split(_AMPERSAND.sub("&", unquote(text)))
    whole = [_pairs(piece) for piece in pieces]
    at = next((n for n, pairs in enumerate(whole) if _DEMANDED.issubset(dict(pairs))), None)
    if at is None:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    fields = dict(whole[at])
    strays = [pair for pairs in whole for pair in pairs if fields.get(pair[0]) != pair[1]]
    if any(key in fields for key, _ in strays):
        raise NotReadable(QrFault.ERR_DUP_KEY)
    after = [*_JOINT.split(pieces[at])[1:], *pieces[at + 1 : at + 2]]
    if strays or any(_LOST_TAIL.match(part) for part in after):
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
    if not 1 <= total <= LARGEST_TOTAL:
        raise NotReadable(QrFault.ERR_S)
    return total


def _number(value: str, fault: QrFault) -> int:
    number = int(_matched(_NUMBER, value, fault))
    if not 1 <= number <= _LARGEST_NUMBER:
        raise NotReadable(fault)
    return number
