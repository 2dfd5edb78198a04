"""What a slip's number holds."""

import re

from services.receipts.qr import FiscalQr, fiscal_qr
from services.receipts.slip import Slip

_SELF_EMPLOYED = re.compile(r"npd:([0-9]{12}):([0-9A-Za-z]{1,32})")


def fiscal(slip: Slip) -> FiscalQr | None:
    """The fields of a Russian fiscal receipt's code; None for another slip."""
    try:
        return fiscal_qr(slip)
    except ValueError:
        return None


def self_employed(slip: Slip) -> tuple[str, str] | None:
    """The seller's INN and the receipt's id; None for another slip."""
    match = _SELF_EMPLOYED.fullmatch(slip.number)
    return None if match is None else (match[1], match[2])
