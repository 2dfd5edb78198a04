"""Reading the fields of an answer from outside: typed, bounded, clean, or refused."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn

LARGEST_SUM = 2**48 - 1
"""Kopecks; tag 1020 has six bytes."""
_LARGEST_EPOCH = 2**32
_YEARS = range(2015, 2101)
"""Before them no till reported to anybody; far outside, a time cannot even change its zone."""
_LONGEST_TEXT = 1000
_MOST_ITEMS = 10_000

_DIGITS = re.compile(r"[0-9]{1,20}")
_SPACES = re.compile(r"[\s\x00-\x1f\x7f]+")
_PADDED_INN = re.compile(r"00[0-9]{10}")
_LOCAL_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?"
)


class BadTicket(ValueError):  # noqa: N818 - says what the answer is
    """The answer lacks something, or has it in a form that cannot be understood."""


Fields = Mapping[str, object]


def parse_json(body: str | bytes) -> object:
    """The value of a JSON text; numbers with a point are Decimals. Raises BadTicket."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError):
        raise BadTicket("not JSON") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def fields(value: object, name: str) -> Fields:
    """A JSON object."""
    if not isinstance(value, dict):
        raise BadTicket(f"no object: {name}")
    return value


def rows(value: object, name: str) -> list[Fields]:
    """A list of JSON objects; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _MOST_ITEMS:
        raise BadTicket(f"no list: {name}")
    return [fields(item, name) for item in value]


def text(value: object) -> str | None:
    """A text that any database stores: no control signs, single spaces; None when empty.

    Other values than texts and whole numbers are nothing.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    clean = str(value).encode("utf-8", "replace").decode("utf-8")
    return _SPACES.sub(" ", clean).strip()[:_LONGEST_TEXT].strip() or None


def whole(value: object, name: str, low: int, high: int) -> int:
    """A whole number in these bounds, also written as text or as `1.189168989e+09`."""
    number: int | Decimal | None = None
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        number = int(value)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = value
    # Compared before converted: a Decimal may claim a billion digits.
    if number is None or not low <= number <= high or number != int(number):
        raise BadTicket(f"no number: {name}")
    return int(number)


def whole_or_none(value: object, name: str, low: int, high: int) -> int | None:
    """The same, for what may be absent."""
    return None if value is None else whole(value, name, low, high)


def kopecks(value: object, name: str) -> int:
    """A sum that is given in kopecks; an absent one is nothing."""
    return 0 if value is None else whole(value, name, 0, LARGEST_SUM)


def kopecks_of_rubles(value: object, name: str) -> int:
    """A sum that is given in rubles, with up to two decimals."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,4})?", value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadTicket(f"no sum: {name}")
    if not 0 <= value <= LARGEST_SUM // 100:
        raise BadTicket(f"no sum: {name}")
    return whole(Decimal(value) * 100, name, 0, LARGEST_SUM)


def inn(value: object) -> str | None:
    """A taxpayer's number; some services pad it with spaces or with zeros to twelve digits."""
    found = text(value)
    # No region has the code 00, so these zeros belong to no number.
    return found[2:] if found and _PADDED_INN.fullmatch(found) else found


def registration(value: object) -> str | None:
    """A till's registration number (РН ККТ), sixteen digits; a number loses its zeros."""
    found = text(value)
    return found.zfill(16) if found and _DIGITS.fullmatch(found) else found


def local_time(value: object) -> datetime | None:
    """A local time without a zone, to the minute; None for every other way to tell a time, and
    for a year in which no receipt was issued."""
    match = _LOCAL_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) not in _YEARS:
        return None
    try:
        return datetime(*map(int, match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def local_epoch(value: object) -> datetime | None:
    """A local time that was encoded as if it were UTC (tag 1012), to the minute."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    if not 0 <= value <= _LARGEST_EPOCH:
        return None
    moment = datetime.fromtimestamp(value, UTC).replace(second=0, tzinfo=None)
    return moment if moment.year in _YEARS else None


def instant(value: object) -> datetime | None:
    """A moment with its zone, aware; None for every other way to tell a time."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if moment.tzinfo is None or moment.year not in _YEARS else moment
