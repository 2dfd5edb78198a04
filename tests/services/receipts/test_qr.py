"""Every way of writing a receipt's code that is known, and what must not pass for one."""

from dataclasses import FrozenInstanceError, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.receipts.qr import (
    FiscalQr,
    NotReadable,
    QrFault,
    fiscal_qr,
    known_drive_prefix,
    parse,
)
from services.receipts.slip import Slip
from tests.services.receipts.strategies import receipts

REFERENCE = "t=20200727T1117&s=4850.00&fn=9287440300634471&i=13571&fp=3730902192&n=1"
TEXTS = [
    line.split("\t")
    for line in (Path(__file__).parent / "qr_texts.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def outcome(text: str) -> str:
    try:
        return parse(text).canonical
    except NotReadable as error:
        return error.code.value


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_known_texts(text: str, expected: str) -> None:
    assert outcome(text) == expected


def test_all_known_texts_are_here() -> None:
    assert len(TEXTS) == 44


def test_fields() -> None:
    qr = parse(REFERENCE)
    assert qr == FiscalQr(
        purchased=datetime.fromisoformat("2020-07-27T11:17"),
        total=485_000,
        drive="9287440300634471",
        document=13571,
        sign=3730902192,
        operation=1,
        operation_assumed=False,
    )
    assert qr.number == "ru54:9287440300634471:13571"
    assert qr.slip == Slip(
        adapter="ru54",
        number="ru54:9287440300634471:13571",
        sign="3730902192",
        device="9287440300634471",
        purchased=datetime.fromisoformat("2020-07-27T11:17"),
        total=485_000,
        currency="RUB",
        operation=1,
        operation_assumed=False,
    )
    with pytest.raises(FrozenInstanceError):
        qr.total = 1  # type: ignore[misc]


def test_an_absent_operation_is_a_sale_and_says_so() -> None:
    qr = parse(REFERENCE.removesuffix("&n=1"))
    assert (qr.operation, qr.operation_assumed) == (1, True)


@pytest.mark.parametrize(
    "text",
    [
        f"«{REFERENCE}»",
        f"Мой чек {REFERENCE}.",
        f"QR:{REFERENCE}\nСпасибо!",
        f"{REFERENCE}&utm_source=sms#top",
        f"https://check.example/?lang=ru&{REFERENCE}",
        f"{REFERENCE}\n{REFERENCE}",
        REFERENCE.replace("&", "&AMP;"),
        REFERENCE.replace("T1117", "T111759"),
        REFERENCE.replace("20200727T1117", "2020-07-27T11:17"),
        REFERENCE.replace("20200727T1117", "2020-07-27T11%3A17"),
        REFERENCE.replace("&n=1", "&n=1&n=1"),
    ],
)
def test_the_same_receipt_in_other_words(text: str) -> None:
    assert outcome(text) == REFERENCE


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("20200727T1117", "20200727T1638Z", "ERR_T"),
        ("20200727T1117", "2020-07-27T08:17:00.000Z", "ERR_T"),
        ("20200727T1117", "20200727T163", "ERR_T"),
        ("20200727T1117", "20200727T16380", "ERR_T"),
        ("20200727T1117", "20200230T1117", "ERR_T"),
        ("20200727T1117", "00000727T1117", "ERR_T"),
        ("20200727T1117", "20200727T111760", "ERR_T"),
        ("20200727T1117", "٢٠٢٠0727T1117", "ERR_T"),
        ("4850.00", "4850.", "ERR_S"),
        ("4850.00", ".50", "ERR_S"),
        ("4850.00", "-4850.00", "ERR_S"),
        ("4850.00", "4 850.00", "ERR_NOT_RECEIPT"),
        ("4850.00", "4850.0000", "ERR_S"),
        ("4850.00", "4.850,00", "ERR_S"),
        ("4850.00", "1e3", "ERR_S"),
        ("4850.00", "４８５０.00", "ERR_S"),
        ("4850.00", "2814749767106.56", "ERR_S"),
        ("9287440300634471", "928744030063447", "ERR_FN"),
        ("9287440300634471", "92874403006344711", "ERR_FN"),
        ("9287440300634471", "928744030063447l", "ERR_FN"),
        ("=13571", "=4294967296", "ERR_I"),
        ("=13571", "=-1", "ERR_I"),
        ("=13571", "=", "ERR_I"),
        ("=13571", "=135=71", "ERR_I"),
        ("3730902192", "0", "ERR_FP"),
        ("3730902192", "+3730902192", "ERR_FP"),
        ("n=1", "n=0", "ERR_N"),
        ("n=1", "n=5", "ERR_N"),
        ("n=1", "n=11", "ERR_N"),
        ("n=1", "n=²", "ERR_N"),
        ("n=1", "n=", "ERR_N"),
        ("n=1", "n", "ERR_N"),
        ("n=1", "n =1", "ERR_N"),
        ("n=1", "n\t= 1", "ERR_N"),
        ("n=1", "n=1&n=2", "ERR_DUP_KEY"),
        ("n=1", "n=1 s=1.00", "ERR_DUP_KEY"),
        ("3730902192", "37309 02192", "ERR_NOT_RECEIPT"),
        ("3730902192&n=1", "37309\n02192", "ERR_NOT_RECEIPT"),
        ("3730902192&n=1", "37309(02192", "ERR_NOT_RECEIPT"),
        ("n=1", "n=1 2", "ERR_NOT_RECEIPT"),
        ("n=1", "n=1 .2", "ERR_NOT_RECEIPT"),
        ("3730902192", "37309&02192", "ERR_NOT_RECEIPT"),
        ("3730902192", "37309?02192", "ERR_NOT_RECEIPT"),
        ("3730902192", "37309#02192", "ERR_NOT_RECEIPT"),
        ("4850.00", "4850&.00", "ERR_NOT_RECEIPT"),
        ("4850.00", "48&50.00", "ERR_NOT_RECEIPT"),
        ("t=", "чекt=", "ERR_NOT_RECEIPT"),
        ("&s=", "&ſ=", "ERR_NOT_RECEIPT"),
        ("&i=", "&x-i=", "ERR_NOT_RECEIPT"),
        ("&", "7", "ERR_NOT_RECEIPT"),
        ("&", "%2526", "ERR_NOT_RECEIPT"),
    ],
)
def test_nothing_is_repaired(old: str, new: str, fault: str) -> None:
    assert outcome(REFERENCE.replace(old, new)) == fault


@given(receipts, st.booleans())
def test_a_slip_leads_back(qr: FiscalQr, assumed: bool) -> None:
    qr = replace(qr, operation_assumed=assumed)
    assert fiscal_qr(qr.slip) == qr


@pytest.mark.parametrize(
    "fields",
    [
        {"adapter": "npd"},
        {"number": "npd:500100732259:200abcd123"},
        {"number": "ru54:9287440300634471:013571"},
        {"number": "ru54:9287440300634472:13571"},
        {"number": "ru54:9287440300634471:13571\n"},
        {"sign": ""},
        {"sign": "03730902192"},
        {"sign": "３７３０９０２１９２"},
        {"device": "9287440300634472"},
        {"purchased": None},
        {"total": None},
        {"currency": "RSD"},
    ],
)
def test_a_slip_of_another_form_leads_nowhere(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^[a-z0-9]+:"):
        fiscal_qr(replace(parse(REFERENCE).slip, **fields))


def test_every_published_drive_is_of_a_known_series() -> None:
    drives = {expected.split("&")[2][3:] for _, expected in TEXTS if expected.startswith("t=")}
    assert len(drives) == 17
    assert all(map(known_drive_prefix, drives))


@pytest.mark.parametrize(
    "drive",
    [
        "9999078900004792",
        "0001100001050000",
        "9290440300634471",
        "928744030063447",
        "９287440300634471",
    ],
)
def test_a_drive_of_no_known_series(drive: str) -> None:
    assert not known_drive_prefix(drive)


def test_two_receipts_in_one_text() -> None:
    other = REFERENCE.replace("i=13571", "i=13572")
    assert outcome(f"{REFERENCE}\n{other}") == "ERR_DUP_KEY"


def test_a_long_text_is_not_looked_at() -> None:
    assert outcome(REFERENCE + " " * (1024 - len(REFERENCE))) == REFERENCE
    assert outcome(REFERENCE + " " * (1025 - len(REFERENCE))) == "ERR_NOT_RECEIPT"


@given(receipts)
def test_round_trip(qr: FiscalQr) -> None:
    assert parse(qr.canonical) == qr


@given(receipts, st.permutations(["t", "s", "fn", "i", "fp", "n"]), st.integers(0, 59))
def test_order_case_and_seconds_do_not_matter(qr: FiscalQr, order: list[str], second: int) -> None:
    fields = dict(part.split("=") for part in qr.canonical.split("&"))
    fields["t"] += f"{second:02d}"
    assert parse("&".join(f"{key.upper()}={fields[key]}" for key in order)) == qr


@given(
    st.text(max_size=1200)
    | st.lists(st.sampled_from([*"tsinfp=&%?0123456789T. ", REFERENCE])).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    outcome(text)


@given(st.integers(0, len(REFERENCE) - 1), st.characters(), st.booleans())
def test_a_damaged_frame_never_yields_another_receipt(at: int, char: str, insert: bool) -> None:
    """One character of the frame (keys, `=`, `&`) is replaced, or one is put before it.

    What still parses is the same receipt, or says that the operation was assumed.
    """
    frame = [n for n, old in enumerate(REFERENCE) if old in "&=" or old.islower()]
    at = frame[at % len(frame)]
    text = REFERENCE[:at] + char + REFERENCE[at + (not insert) :]
    result = outcome(text)
    if result.startswith("ERR_") or result == REFERENCE:
        return
    assert insert  # a digit or a comma put before `&` belongs to the value
    assert REFERENCE[at] == "&"
    assert char.isascii()
    assert char.isdigit() or char in ".,"


@given(receipts, st.data())
def test_a_lost_piece_never_yields_another_receipt(qr: FiscalQr, data: st.DataObject) -> None:
    """White space or a bracket inside a value breaks it; the rest must not pass for a receipt."""
    text = qr.canonical
    at = data.draw(st.integers(1, len(text) - 1))
    broken = text[:at] + data.draw(st.sampled_from(" \n\t\"'<>()[]{}")) + text[at:]
    assert outcome(broken).startswith("ERR_")


def test_faults_are_stable() -> None:
    assert [fault.value for fault in QrFault] == [fault.name for fault in QrFault]
    shown = {expected for _, expected in TEXTS if expected.startswith("ERR")}
    assert {fault.value for fault in QrFault} - shown == {"ERR_COPY"}


@pytest.mark.parametrize("year", ["0001", "2014", "2101", "9999"])
def test_a_year_without_fiscal_drives_is_no_time(year: str) -> None:
    text = f"t={year}0101T0000&s=1.00&fn=9287440300634471&i=1&fp=1&n=1"
    with pytest.raises(NotReadable) as refusal:
        parse(text)
    assert refusal.value.code is QrFault.ERR_T
