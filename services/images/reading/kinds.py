"""What a text is, as far as the order of reading depends on it. The parser decides for good."""

import re

_FISCAL = re.compile(
    r"t=[0-9]{8}T[0-9]{4}(?:[0-9]{2})?&s=[0-9]{1,10}(?:[.,][0-9]{1,2})?&fn=[0-9]{16}"
    r"&i=[0-9]{1,10}&fp=[0-9]{1,10}(?:&n=[1-4])?",
    re.ASCII,
)
_BESIDE = re.compile(
    r"ST0001[0-9]|https?://(?:(?:qr|sub|pay)\.nspk\.ru/|[a-z.]*sbp|check\.egais\.ru"
    r"|[a-z0-9.-]*(?:ofd|taxcom|kkt|netmonet|cloudtips|tips|chek|check|receipt|nalog))",
    re.I,
)


def is_fiscal(text: str) -> bool:
    """Whether it means to be a Russian fiscal receipt, be it well written or not."""
    lowered = text.lower()
    return "fn=" in lowered and "fp=" in lowered


def is_receipt(text: str) -> bool:
    """Whether it has the form of a fiscal receipt to the letter: nobody reads that by chance."""
    return _FISCAL.fullmatch(text) is not None


def goes_with_receipts(text: str) -> bool:
    """Whether tills print such a code beside the receipt's own: to pay by, to leave a tip by, of
    the register of alcohol, of the operator's page."""
    return _BESIDE.match(text) is not None
