"""Serbian receipts: the layout byte by byte, and what must not pass for one."""

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.receipts.qr import NotReadable
from services.receipts.rs import read
from services.receipts.slip import Slip
from tests.services.receipts.strategies import serbian_address, serbian_bytes, serbian_contents

CONTENT = serbian_bytes()
REFERENCE = serbian_address(CONTENT)
SIGN = CONTENT[-16:].hex()
NUMBER = f"rs:AB12CD34-EF56GH78-1234 {SIGN}"


def outcome(text: str) -> str:
    try:
        slip = read(text)
    except NotReadable as error:
        return error.code.value
    return f"{slip.number} {slip.sign}"


def test_fields() -> None:
    assert read(REFERENCE) == Slip(
        adapter="rs",
        number="rs:AB12CD34-EF56GH78-1234",
        sign=SIGN,
        device="EF56GH78",
        purchased=datetime.fromisoformat("2025-03-05T16:33"),
        total=123_456,
        currency="RSD",
        operation=1,
        operation_assumed=False,
    )


def test_the_layout_written_out() -> None:
    """The bytes one by one, so that the maker of the other tests is held to them as well."""
    head = bytes.fromhex(
        "0341423132434433344546353647483738d2040000e80300000061bc00000000000000019566f0d4af000000"
    )
    assert CONTENT.startswith(head)
    assert len(CONTENT) == 44 + 256 + 256 + 16


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"transaction": 1}, {"operation": 2}),
        ({"buyer": b"10:123456789"}, {}),
        ({"buyer": bytes(255)}, {}),
        ({"internal": bytes(512)}, {}),
        ({"total": 100}, {"total": 1}),
        ({"total": (2**48 - 1) * 100}, {"total": 2**48 - 1}),
        ({"counter": 2**32 - 1}, {"number": "rs:AB12CD34-EF56GH78-4294967295"}),
        # Winter and summer, the turn of a year, and the hour that the clocks repeat.
        ({"moment": 1_735_686_000_000}, {"purchased": datetime.fromisoformat("2025-01-01T00:00")}),
        ({"moment": 1_751_328_059_999}, {"purchased": datetime.fromisoformat("2025-07-01T02:00")}),
        ({"moment": 1_761_438_600_000}, {"purchased": datetime.fromisoformat("2025-10-26T02:30")}),
        ({"moment": 1_761_442_200_000}, {"purchased": datetime.fromisoformat("2025-10-26T02:30")}),
    ],
)
def test_other_receipts(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    slip = read(serbian_address(serbian_bytes(**fields)))
    for name, value in expected.items():
        assert getattr(slip, name) == value


@pytest.mark.parametrize(
    "text",
    [
        REFERENCE.replace("https", "http"),
        REFERENCE.replace("https://suf.purs.gov.rs", "HTTPS://WWW.SUF.Purs.gov.RS"),
        REFERENCE.replace("/v/?", "/v?"),
        REFERENCE.replace("vl=", "lang=sr&vl="),
        f"{REFERENCE}&x=1#top",
        REFERENCE.rstrip("="),
        REFERENCE.split("vl=")[0] + "vl=" + quote(REFERENCE.split("vl=")[1], safe=""),
        REFERENCE.split("vl=")[0] + "vl=" + REFERENCE.split("vl=")[1].translate({43: 45, 47: 95}),
        f"Račun: {REFERENCE}.",
        f"«{REFERENCE}», hvala!",
        f"{REFERENCE}\n{REFERENCE}",
    ],
)
def test_the_same_receipt_in_other_words(text: str) -> None:
    assert outcome(text) == NUMBER


def with_value(value: str) -> str:
    return "https://suf.purs.gov.rs/v/?vl=" + value


LETTERS = REFERENCE.split("vl=")[1]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "ERR_NOT_RECEIPT"),
        (LETTERS, "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("rs/v/", "rs.evil.example/v/"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("purs", "purſ"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("vl=", "VL="), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("https://", "https://user@"), "ERR_NOT_RECEIPT"),
        (REFERENCE + "&" * 2048, "ERR_NOT_RECEIPT"),
        (with_value(""), "ERR_FP"),
        (with_value("A1ZCTUhY"), "ERR_FP"),
        (with_value("="), "ERR_FP"),
        (with_value(LETTERS[:-4]), "ERR_FP"),
        (with_value(LETTERS + "===="), "ERR_FP"),
        (with_value("А" + LETTERS[1:]), "ERR_FP"),
        (with_value(LETTERS[:40] + "-_" + LETTERS[42:]), "ERR_FP"),
        (with_value(LETTERS[:40] + " " + LETTERS[40:]), "ERR_FP"),
        (with_value(quote(quote(LETTERS, safe=""), safe="")), "ERR_FP"),
        (with_value("A"), "ERR_FP"),
        (f"{REFERENCE}&vl=A1ZCTUhY", "ERR_DUP_KEY"),
        (f"{REFERENCE} {serbian_address(serbian_bytes(counter=1))}", "ERR_DUP_KEY"),
    ],
)
def test_nothing_is_repaired(text: str, fault: str) -> None:
    assert outcome(text) == fault


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"version": 2}, "ERR_NOT_RECEIPT"),
        ({"version": 4}, "ERR_NOT_RECEIPT"),
        ({"internal": bytes(255)}, "ERR_NOT_RECEIPT"),
        ({"internal": b"", "signature": b""}, "ERR_NOT_RECEIPT"),
        ({"signature": bytes(255)}, "ERR_NOT_RECEIPT"),
        ({"invoice": 1}, "ERR_COPY"),
        ({"invoice": 2}, "ERR_COPY"),
        ({"invoice": 3}, "ERR_TEST_FN"),
        ({"invoice": 4}, "ERR_COPY"),
        ({"invoice": 5}, "ERR_NOT_RECEIPT"),
        ({"requested_by": "AB12cd34"}, "ERR_FN"),
        ({"signed_by": "EF56-H78"}, "ERR_FN"),
        ({"signed_by": "EF56"}, "ERR_FN"),
        ({"counter": 0}, "ERR_I"),
        ({"transaction": 2}, "ERR_N"),
        ({"total": 0}, "ERR_S"),
        ({"total": 50}, "ERR_S"),
        ({"total": 12_345_678}, "ERR_S"),
        ({"total": 2**48 * 100}, "ERR_S"),
        ({"total": 2**64 - 1}, "ERR_S"),
        ({"moment": 0}, "ERR_T"),
        ({"moment": 1_741_188_813}, "ERR_T"),
        ({"moment": 2**64 - 1}, "ERR_T"),
    ],
)
def test_a_whole_code_with_a_wrong_field(fields: dict[str, Any], fault: str) -> None:
    assert outcome(serbian_address(serbian_bytes(**fields))) == fault


@given(serbian_contents)
def test_round_trip(content: bytes) -> None:
    slip = read(serbian_address(content))
    requested_by, signed_by = content[1:9].decode(), content[9:17].decode()
    counter = int.from_bytes(content[17:21], "little")
    moment = datetime.fromtimestamp(int.from_bytes(content[33:41], "big") // 1000, UTC)
    assert slip.number == f"rs:{requested_by}-{signed_by}-{counter}"
    assert slip.device == signed_by
    assert slip.total is not None
    assert slip.total * 100 == int.from_bytes(content[25:33], "little")
    assert slip.operation == content[42] + 1
    assert slip.sign == content[-16:].hex()
    local = moment.astimezone(ZoneInfo("Europe/Belgrade"))
    assert slip.purchased == local.replace(second=0, tzinfo=None)


@given(serbian_contents, st.data())
def test_a_changed_byte_is_noticed(content: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    assert outcome(serbian_address(content[:at] + bytes([other]) + content[at + 1 :])) == "ERR_FP"


@given(st.integers(30, len(REFERENCE) - 1), st.characters(), st.sampled_from([0, 1]))
def test_a_changed_character_is_noticed(at: int, char: str, taken: int) -> None:
    result = outcome(REFERENCE[:at] + char + REFERENCE[at + taken :])
    assert result.startswith("ERR_") or result == NUMBER


def test_letters_that_say_the_same_bytes() -> None:
    """The last letter before the padding has bits that mean nothing."""
    assert LETTERS.endswith("=")
    last = LETTERS.rstrip("=")[-1]
    twin = chr(ord(last) + 1)
    text = with_value(LETTERS.rstrip("=")[:-1] + twin)
    assert base64.b64decode(LETTERS) == base64.b64decode(LETTERS.rstrip("=")[:-1] + twin + "==")
    assert outcome(text) == NUMBER
