"""Check digits of Russian tax numbers, so that a typing mistake is found before a guest meets it.

INN: Σ digit · weight mod 11 mod 10. РН ККТ: ten digits and a six-digit CRC-16/CCITT (polynomial
0x1021, start 0xFFFF) of those ten, the owner's INN and the till's serial number.
"""

from binascii import crc_hqx

_COMPANY = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_PERSON_FIRST = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_PERSON_SECOND = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def is_digits(text: str, length: int) -> bool:
    """Exactly `length` of the characters 0 to 9; digits of other scripts do not count."""
    return len(text) == length and text.isascii() and text.isdigit()


def _check_digit(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(int(d) * w for d, w in zip(digits, weights, strict=False)) % 11 % 10)


def is_inn(text: str) -> bool:
    """A company's INN (10 digits) or a person's (12 digits) with right check digits."""
    if is_digits(text, 10):
        return text[9] == _check_digit(text, _COMPANY)
    return (
        is_digits(text, 12)
        and text[10] == _check_digit(text, _PERSON_FIRST)
        and text[11] == _check_digit(text, _PERSON_SECOND)
    )


def registration_tail(head: str, inn: str, serial: str) -> str:
    """The last six digits of a РН ККТ that begins with the ten digits `head`.

    `serial` is at most 20 ASCII characters, as printed on the till.
    """
    return f"{crc_hqx((head + inn.zfill(12) + serial.zfill(20)).encode('ascii'), 0xFFFF):06d}"


def is_registration(text: str, inn: str, serial: str) -> bool:
    """A РН ККТ (16 digits) that belongs to this owner and this till."""
    return is_digits(text, 16) and text[10:] == registration_tail(text[:10], inn, serial)
