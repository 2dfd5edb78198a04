"""The address in the QR code of a Serbian fiscal receipt: the whole receipt in base64.

`https://suf.purs.gov.rs/v/?vl=…`, by the rules of TaxCore, which other countries use too:

    0   u8      version, 3
    1   8       requestedBy: the card that asked for the signature, as printed
    9   8       signedBy: the card that signed
    17  u32le   counter of all documents of the signing card
    21  u32le   counter of those of the same kind
    25  u64le   total, in 1/10000 of a dinar
    33  u64be   moment, milliseconds since 1970 UTC
    41  u8      document: 0 normal, 1 pro forma, 2 copy, 3 training, 4 advance
    42  u8      transaction: 0 sale, 1 refund
    43  u8      length of the buyer's id, which follows
    …   256/512 data only the tax office can read
    …   256     signature
    …   16      MD5 of all before

The MD5 proves that nothing was lost on the way. It does not prove that the receipt is real: anybody
can compute it, and the signing card's public key is not in the code.
"""

import base64
import binascii
import hashlib
import re
import struct
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from services.receipts.qr import BREAK, LARGEST_TOTAL, NotReadable, QrFault
from services.receipts.slip import Slip

ADAPTER = "rs"

_LONGEST = 2048
"""With 512 bytes of internal data and percent-encoding an address has about 1250 characters."""
_ADDRESS = re.compile(r"(?<!\w)(?i:https?://(?:www\.)?suf\.purs\.gov\.rs)/v/?\?([^#]*)", re.ASCII)
_STANDARD = re.compile(r"([A-Za-z0-9+/]+)={0,2}")
_URL_SAFE = re.compile(r"([A-Za-z0-9_-]+)={0,2}")
_CARD = re.compile(rb"[0-9A-Z]{8}")

_HEAD = struct.Struct("<B8s8sIIQ")
_TAIL = struct.Struct(">QBBB")
_FIXED = _HEAD.size + _TAIL.size
_SIGNATURE, _CHECK_SUM = 256, 16
_INTERNAL = (256, 512)
_VERSION = 3
_NORMAL = 0
_NO_PURCHASE = {
    1: QrFault.ERR_COPY,
    2: QrFault.ERR_COPY,
    3: QrFault.ERR_TEST_FN,
    4: QrFault.ERR_COPY,
}
_OPERATIONS = {0: 1, 1: 2}
_PLACE = ZoneInfo("Europe/Belgrade")
# Fiscal receipts of this kind began in November 2021; the far end keeps dates computable.
_FIRST, _LAST = 1_635_700_000_000, 4_102_444_800_000


@dataclass(frozen=True, slots=True)
class _Content:
    version: int
    requested_by: bytes
    signed_by: bytes
    counter: int
    same_kind: int
    total: int
    moment: int
    document: int
    transaction: int
    buyer: int
    """Length of the buyer's id. The id itself, a person's or a company's, is not kept."""


def read(text: str) -> Slip:
    """The receipt whose address the text is or contains. Raises NotReadable, and nothing else.

    `number` is the one printed on the receipt, `requestedBy-signedBy-counter`. `sign` is the MD5
    (32 hexadecimal digits): it stands for everything else in the code, the signature included.
    """
    if len(text) > _LONGEST:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    slips = {
        _slip(_bytes(address[1]))
        for piece in BREAK.split(text)
        for address in _ADDRESS.finditer(piece.rstrip(".,;:!"))
    }
    if not slips:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    if len(slips) > 1:
        raise NotReadable(QrFault.ERR_DUP_KEY)
    return slips.pop()


def _bytes(query: str) -> bytes:
    values = {part[3:] for part in query.split("&") if part.startswith("vl=")}
    if len(values) != 1:
        raise NotReadable(QrFault.ERR_DUP_KEY if values else QrFault.ERR_NOT_RECEIPT)
    value = unquote(values.pop())
    if match := _STANDARD.fullmatch(value):
        letters = match[1]
    elif match := _URL_SAFE.fullmatch(value):
        letters = match[1].translate(str.maketrans("-_", "+/"))
    else:
        raise NotReadable(QrFault.ERR_FP)
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    except binascii.Error:
        raise NotReadable(QrFault.ERR_FP) from None


def _slip(content: bytes) -> Slip:
    """The fields, once the check sum says that all of them are there."""
    whole, check_sum = content[:-_CHECK_SUM], content[-_CHECK_SUM:]
    if len(whole) < _FIXED or hashlib.md5(whole, usedforsecurity=False).digest() != check_sum:
        raise NotReadable(QrFault.ERR_FP)
    said = _Content(*_HEAD.unpack_from(whole), *_TAIL.unpack_from(whole, _HEAD.size))
    if said.version != _VERSION or len(whole) - _FIXED - said.buyer - _SIGNATURE not in _INTERNAL:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    if said.document != _NORMAL:
        raise NotReadable(_NO_PURCHASE.get(said.document, QrFault.ERR_NOT_RECEIPT))
    if said.counter == 0:
        raise NotReadable(QrFault.ERR_I)
    if said.transaction not in _OPERATIONS:
        raise NotReadable(QrFault.ERR_N)
    signed_by = _card(said.signed_by)
    return Slip(
        adapter=ADAPTER,
        number=f"{ADAPTER}:{_card(said.requested_by)}-{signed_by}-{said.counter}",
        sign=check_sum.hex(),
        device=signed_by,
        purchased=_time(said.moment),
        total=_total(said.total),
        currency="RSD",
        operation=_OPERATIONS[said.transaction],
        operation_assumed=False,
    )


def _card(name: bytes) -> str:
    if _CARD.fullmatch(name) is None:
        raise NotReadable(QrFault.ERR_FN)
    return name.decode("ascii")


def _time(moment: int) -> datetime:
    """The place's local time to the minute, seconds dropped as the Russian form does."""
    if not _FIRST <= moment < _LAST:
        raise NotReadable(QrFault.ERR_T)
    local = datetime.fromtimestamp(moment // 1000, _PLACE)
    return local.replace(second=0, tzinfo=None, fold=0)


def _total(parts: int) -> int:
    """Ten-thousandths of a dinar to para; a rest below one para is refused."""
    para, rest = divmod(parts, 100)
    if rest or not 1 <= para <= LARGEST_TOTAL:
        raise NotReadable(QrFault.ERR_S)
    return para
