"""The address in the QR code of a self-employed seller's receipt (НПД, 422-ФЗ).

`https://lknpd.nalog.ru/api/v1/receipt/{inn}/{id}/print`. It says who sold, and neither when nor
for how much: the service at the address knows.
"""

import re

from services.cities.checksums import is_digits, is_inn
from services.receipts.qr import BREAK, LONGEST, NotReadable, QrFault
from services.receipts.slip import Slip

ADAPTER = "npd"

_STEM = re.compile(r"(?<!\w)(?i:https?://(?:www\.)?lknpd\.nalog\.ru)/api/v1/receipt/", re.ASCII)
_NAMED = re.compile(r"([^/?#]*)/([^/?#]*?)(?:/((?:print|json)[.,;:!]*)?)?(?:[?#].*)?", re.DOTALL)
_ID = re.compile(r"[0-9a-z]{10}")
"""Nobody documents the id's form; every published one is like this. Upper case is refused: it
could be the same receipt under another number."""


def read(text: str) -> Slip:
    """The receipt whose address the text is or contains. Raises NotReadable, and nothing else.

    The id has no check digit. So inside other text an address counts only up to `/print` or
    `/json`; without them its end may have been lost.
    """
    if len(text) > LONGEST:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    pieces = [piece for piece in BREAK.split(text) if piece]
    slips = {
        _named(piece[stem.end() :], alone=len(pieces) == 1 and stem.start() == 0)
        for piece in pieces
        for stem in _STEM.finditer(piece)
    }
    if not slips:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    if len(slips) > 1:
        raise NotReadable(QrFault.ERR_DUP_KEY)
    return slips.pop()


def _named(path: str, *, alone: bool) -> Slip:
    named = _NAMED.fullmatch(path)
    if named is None:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    inn, receipt, whole = named.groups()
    if not (is_digits(inn, 12) and is_inn(inn)):
        raise NotReadable(QrFault.ERR_FN)
    if _ID.fullmatch(receipt) is None or not (whole or alone):
        raise NotReadable(QrFault.ERR_I)
    return Slip(
        adapter=ADAPTER,
        number=f"{ADAPTER}:{inn}:{receipt}",
        sign="",
        device=inn,
        purchased=None,
        total=None,
        currency="RUB",
        operation=1,
        operation_assumed=False,
    )
