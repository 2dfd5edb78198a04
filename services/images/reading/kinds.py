"""What a text is, as far as the order of reading depends on it. The parser decides for good."""

import re

_FISCAL = re.compile(
    r"t=[0-9]{8}T[0-9]{4}(?:[0-9]{2})?&s=[0-9]{1,10}(?:[.,][0-9]{1,2})?&fn=[0-9]{16}"
    r"&i=[0-9]{1,10}&fp=[0-9]{1,10}(?:&n=[1-4])?",
    re.ASCII,
)
_PAYMENT = re.compile(r"https?://(?:qr|sub)\.nspk\.ru/|ST0001[0-9]|https?://[a-z.]*sbp", re.I)


def is_fiscal(text: str) -> bool:
    """Whether it means to be a Russian fiscal receipt, be it well written or not."""
    lowered = text.lower()
    return "fn=" in lowered and "fp=" in lowered


def is_receipt(text: str) -> bool:
    """Whether it has the form of a fiscal receipt to the letter: nobody reads that by chance."""
    return _FISCAL.fullmatch(text) is not None


def goes_with_receipts(text: str) -> bool:
    """Whether it is a code to pay by, which tills print beside the receipt's own."""
    return _PAYMENT.match(text) is not None
