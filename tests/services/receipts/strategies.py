"""Receipts of every form, as hypothesis draws them."""

import base64
import hashlib
import struct
from datetime import datetime

from hypothesis import strategies as st

from services.receipts.qr import FiscalQr

receipts = st.builds(
    FiscalQr,
    purchased=st.datetimes(
        min_value=datetime.fromisoformat("2015-01-01"),
        max_value=datetime.fromisoformat("2100-12-31"),
    ).map(lambda moment: moment.replace(second=0, microsecond=0)),
    total=st.integers(1, 2**48 - 1),
    drive=st.from_regex(r"[0-8][0-9]{15}", fullmatch=True, alphabet="0123456789"),
    document=st.integers(1, 2**32 - 1),
    sign=st.integers(1, 2**32 - 1),
    operation=st.integers(1, 4),
    operation_assumed=st.just(value=False),
)


def person_inn(head: str) -> str:
    """A person's INN of these ten digits and its two check digits."""
    first = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    head += str(sum(int(d) * w for d, w in zip(head, first, strict=True)) % 11 % 10)
    second = (3, *first)
    return head + str(sum(int(d) * w for d, w in zip(head, second, strict=True)) % 11 % 10)


inns = st.text("0123456789", min_size=10, max_size=10).map(person_inn)
receipt_ids = st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=10, max_size=10)
npd_addresses = st.builds(
    "https://lknpd.nalog.ru/api/v1/receipt/{}/{}/{}".format,
    inns,
    receipt_ids,
    st.sampled_from(["print", "json"]),
)


def serbian_bytes(
    *,
    version: int = 3,
    requested_by: str = "AB12CD34",
    signed_by: str = "EF56GH78",
    counter: int = 1234,
    same_kind: int = 1000,
    total: int = 12_345_600,
    moment: int = 1_741_188_813_999,
    invoice: int = 0,
    transaction: int = 0,
    buyer: bytes = b"",
    internal: bytes = bytes(range(256)),
    signature: bytes = bytes(255 - n for n in range(256)),
) -> bytes:
    """What a Serbian code carries, with a right check sum; `total` in 1/10000 dinar."""
    body = (
        struct.pack("B8s8s", version, requested_by.encode(), signed_by.encode())
        + struct.pack("<IIQ", counter, same_kind, total)
        + struct.pack(">QBBB", moment, invoice, transaction, len(buyer))
        + buyer
        + internal
        + signature
    )
    return body + hashlib.md5(body, usedforsecurity=False).digest()


def serbian_address(content: bytes) -> str:
    return "https://suf.purs.gov.rs/v/?vl=" + base64.b64encode(content).decode()


_UIDS = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8)
serbian_contents = st.builds(
    serbian_bytes,
    requested_by=_UIDS,
    signed_by=_UIDS,
    counter=st.integers(1, 2**32 - 1),
    same_kind=st.integers(1, 2**32 - 1),
    total=st.integers(1, 2**48 - 1).map(lambda para: para * 100),
    moment=st.integers(1_640_995_200_000, 4_102_444_799_999),
    transaction=st.integers(0, 1),
    buyer=st.binary(max_size=20),
    internal=st.binary(min_size=256, max_size=256),
)
