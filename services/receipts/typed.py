"""The numbers of a fiscal receipt as a person types them, for a code that no camera can read."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.receipts.qr import LARGEST_TOTAL, FiscalQr, known_drive_prefix
from services.receipts.slip import Slip

SOURCE = "typed"
"""The `source` of a receipt that came so; others are photo, file and text."""

_LONGEST = 400
_LARGEST_NUMBER = 2**32 - 1
_FIRST_YEAR = 2015
_DRIVE_DIGITS = 16
_LABEL = re.compile(r"[^\W\d_]+[.:=№#\s]*|[№#=≡:\s]+")
_UNIT = re.compile(r"\s*(?:₽|rub|руб(?:л[а-я]*|\.)?|р\.?)\s*\Z", re.IGNORECASE)
_SUM = re.compile(r"([0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]+)(?:[.,]([0-9]{1,2}))?")
_TIME = r"([0-9]{1,2})([:.-])([0-9]{2})(?::[0-9]{2})?"
_DATE = (
    r"([0-9]{1,2})[./-]([0-9]{1,2})(?:[./-]([0-9]{4}|[0-9]{2}))?|([0-9]{4})-([0-9]{2})-([0-9]{2})"
)
_MOMENT = re.compile(rf"(?:(?:{_DATE})[\s,Tt]+)?{_TIME}")
_INSIDE = re.compile(
    rf"(?<![0-9.,:/-])(?:(?:{_DATE})[\s,Tt]+{_TIME}|[0-9]{{1,2}}:[0-9]{{2}})(?![0-9:])"
)
_LABELLED = {
    "drive": re.compile(r"(?<!\w)(?:ФН|FN)\D{0,6}?([0-9]{4}(?: ?[0-9]{4}){3})(?![0-9])", re.I),
    "document": re.compile(r"(?<!\w)(?:ФД|FD)\D{0,6}?([0-9]{1,10})(?![0-9])", re.I),
    "sign": re.compile(r"(?<!\w)(?:ФПД?|FPD?)\D{0,6}?([0-9]{1,10})(?![0-9])", re.I),
}
_BARE_DRIVE = re.compile(r"(?<![0-9])[0-9]{4}(?: ?[0-9]{4}){3}(?![0-9])")
_BARE = re.compile(r"(?<![0-9.,])[0-9]+(?:[.,][0-9]{1,2})?(?![0-9]|[.,][0-9])")


class Field(StrEnum):
    """What has to be typed, in the order in which it is asked."""

    DRIVE = "drive"
    DOCUMENT = "document"
    SIGN = "sign"
    TOTAL = "total"
    MOMENT = "moment"


PRINTED = {Field.DRIVE: "ФН", Field.DOCUMENT: "ФД", Field.SIGN: "ФП", Field.TOTAL: "ИТОГ"}
"""How a receipt calls it (54-ФЗ); the date and time stand there without a name."""


class Fault(StrEnum):
    """Why an answer cannot be taken."""

    FOREIGN_DIGITS = "foreign_digits"
    NOT_A_NUMBER = "not_a_number"
    LENGTH = "length"
    TOO_LARGE = "too_large"
    NO_SUM = "no_sum"
    NO_MOMENT = "no_moment"
    NO_SUCH_DAY = "no_such_day"


class Mistyped(ValueError):  # noqa: N818 - says what the answer is not
    """The answer is not what was asked for; `digits` is how many there were."""

    def __init__(self, fault: Fault, digits: int = 0) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.digits = digits


def read(field: Field, text: str, now: datetime) -> str | int:
    """One answer as a plain value for `slip_of`. Raises Mistyped, and nothing else.

    `now` is the city's local time without a zone: a time alone is today's, a date without a year
    the latest such day. Sums are read as rubles, as on the paper.
    """
    if len(text) > _LONGEST:
        raise Mistyped(Fault.NOT_A_NUMBER)
    if _has_foreign_digits(text):
        raise Mistyped(Fault.FOREIGN_DIGITS)
    if field is Field.TOTAL:
        return _total(text)
    if field is Field.MOMENT:
        return _moment(text.strip(), now).isoformat(timespec="minutes")
    digits = "".join(_after_label(text).split())
    if not (digits.isascii() and digits.isdigit()):
        raise Mistyped(Fault.NOT_A_NUMBER)
    return _drive(digits) if field is Field.DRIVE else _number(digits)


def whole(text: str, now: datetime) -> dict[str, str | int] | None:
    """All the values, when one message has them all; None when it does not or is unclear.

    The numbers may be named as on the receipt, else they are in the order of Field. The only
    one with kopecks is the sum.
    """
    if len(text) > _LONGEST or _has_foreign_digits(text):
        return None
    named, rest = _labelled(text)
    moment = _INSIDE.search(rest)
    if moment is None:
        return None
    rest = f"{rest[: moment.start()]}\n{rest[moment.end() :]}"
    if Field.DRIVE not in named and (drive := _BARE_DRIVE.search(rest)):
        named[Field.DRIVE] = drive[0]
        rest = f"{rest[: drive.start()]}\n{rest[drive.end() :]}"
    left = [found[0] for line in rest.splitlines() for found in _BARE.finditer(line)]
    sums = [number for number in left if not number.isdigit()] or left[-1:]
    if len(sums) != 1:
        return None
    left.remove(sums[0])
    missing = [field for field in Field if field not in named][:-2]
    if len(left) != len(missing):
        return None
    said: dict[str, str] = {
        **named,
        **dict(zip(missing, left, strict=True)),
        "total": sums[0],
        "moment": moment[0],
    }
    try:
        return {field.value: read(field, said[field], now) for field in Field}
    except Mistyped:
        return None


def drive_in(text: str) -> str | None:
    """The number of a drive of a known series that stands in the text.

    Of a known series only: sixteen other digits may be those of a bank card.
    """
    for found in _BARE_DRIVE.finditer(text[:_LONGEST]):
        drive = found[0].replace(" ", "")
        if known_drive_prefix(drive):
            return drive
    return None


def slip_of(values: Mapping[str, Any]) -> Slip:
    """The receipt with these values, which are those of `read`; taken for a sale."""
    return FiscalQr(
        purchased=datetime.fromisoformat(values[Field.MOMENT]),
        total=values[Field.TOTAL],
        drive=values[Field.DRIVE],
        document=values[Field.DOCUMENT],
        sign=values[Field.SIGN],
        operation=1,
        operation_assumed=True,
    ).slip


def _has_foreign_digits(text: str) -> bool:
    return any(not char.isascii() and unicodedata.category(char) == "Nd" for char in text)


def _labelled(text: str) -> tuple[dict[str, str], str]:
    """The numbers that are named, and the text without them."""
    named: dict[str, str] = {}
    for field, pattern in _LABELLED.items():
        if found := pattern.search(text):
            named[field] = found[1]
            text = f"{text[: found.start()]}\n{text[found.end() :]}"
    return named, text


def _after_label(text: str) -> str:
    text = text.strip()
    label = _LABEL.match(text)
    return text[label.end() :].strip() if label else text


def _drive(digits: str) -> str:
    if len(digits) != _DRIVE_DIGITS:
        raise Mistyped(Fault.LENGTH, len(digits))
    return digits


def _number(digits: str) -> int:
    if len(digits) > _DRIVE_DIGITS or not 1 <= int(digits) <= _LARGEST_NUMBER:
        raise Mistyped(Fault.TOO_LARGE, len(digits))
    return int(digits)


def _total(text: str) -> int:
    match = _SUM.fullmatch(_UNIT.sub("", _after_label(text)))
    if match is None:
        raise Mistyped(Fault.NO_SUM)
    rubles = "".join(match[1].split())
    total = int(rubles) * 100 + int((match[2] or "0").ljust(2, "0"))
    if not 1 <= total <= LARGEST_TOTAL:
        raise Mistyped(Fault.NO_SUM)
    return total


def _moment(text: str, now: datetime) -> datetime:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise Mistyped(Fault.NO_MOMENT)
    day, month, year, iso_year, iso_month, iso_day, hour, joint, minute = match.groups()
    if (day or iso_day) is None and joint != ":":
        raise Mistyped(Fault.NO_MOMENT)
    try:
        if (day or iso_day) is None:
            return now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        moment = datetime(  # noqa: DTZ001 - the till's own clock
            _year(year or iso_year, now),
            int(month or iso_month),
            int(day or iso_day),
            int(hour),
            int(minute),
        )
    except ValueError:
        raise Mistyped(Fault.NO_SUCH_DAY) from None
    if (year or iso_year) is None and moment > now + timedelta(days=1):
        moment = _a_year_before(moment)
    if moment.year < _FIRST_YEAR:
        raise Mistyped(Fault.NO_SUCH_DAY)
    return moment


def _year(typed: str | None, now: datetime) -> int:
    if typed is None:
        return now.year
    return int(typed) if len(typed) == 4 else 2000 + int(typed)


def _a_year_before(moment: datetime) -> datetime:
    try:
        return moment.replace(year=moment.year - 1)
    except ValueError:
        raise Mistyped(Fault.NO_SUCH_DAY) from None
