"""Addresses of self-employed sellers' receipts, and what must not pass for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.receipts.npd import read
from services.receipts.qr import NotReadable
from services.receipts.slip import Slip
from tests.services.receipts.strategies import inns, npd_addresses, receipt_ids

REFERENCE = "https://lknpd.nalog.ru/api/v1/receipt/500100732259/200abcd123/print"
BARE = REFERENCE.removesuffix("/print")
SLIP = Slip(
    adapter="npd",
    number="npd:500100732259:200abcd123",
    sign="",
    device="500100732259",
    purchased=None,
    total=None,
    currency="RUB",
    operation=1,
    operation_assumed=False,
)


def outcome(text: str) -> str:
    try:
        return read(text).number
    except NotReadable as error:
        return error.code.value


@pytest.mark.parametrize(
    "text",
    [
        REFERENCE,
        REFERENCE.replace("/print", "/json"),
        REFERENCE.replace("https", "http"),
        REFERENCE.replace("https://lknpd.nalog.ru", "HTTPS://WWW.LkNPD.Nalog.RU"),
        f"{REFERENCE}?utm_source=qr&x=/#top",
        f"{REFERENCE}#top",
        f" {REFERENCE}\n",
        f"Чек: {REFERENCE}.",
        f"Мой чек ({REFERENCE}), спасибо!",
        f"{REFERENCE} {REFERENCE}",
        BARE,
        f"{BARE}/",
        f"{BARE}?x=1",
    ],
)
def test_the_same_receipt_in_other_words(text: str) -> None:
    assert read(text) == SLIP


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("https://", ""), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("https://", "ftp://"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("lknpd.", ""), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("lknpd", "l\u212anpd"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("nalog.ru", "nalog.ru.evil.example"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("lknpd.nalog", "lknpd-nalog"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("https://", "https://user@"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace(".ru/", ".ru:8443/"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("/v1/", "/v2/"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("/print", "/print/more"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("/print", "/PRINT"), "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("/", "%2F"), "ERR_NOT_RECEIPT"),
        ("https://lknpd.nalog.ru/auth/login", "ERR_NOT_RECEIPT"),
        ("https://lknpd.nalog.ru/api/v1/receipt/500100732259", "ERR_NOT_RECEIPT"),
        (f"{REFERENCE}{' ' * 1024}", "ERR_NOT_RECEIPT"),
        (REFERENCE.replace("500100732259", "500100732258"), "ERR_FN"),
        (REFERENCE.replace("500100732259", "7602099286"), "ERR_FN"),
        (REFERENCE.replace("500100732259", "５00100732259"), "ERR_FN"),
        (REFERENCE.replace("500100732259", "000000000001"), "ERR_FN"),
        (REFERENCE.replace("500100732259", ""), "ERR_FN"),
        (REFERENCE.replace("200abcd123", "200abcd12"), "ERR_I"),
        (REFERENCE.replace("200abcd123", "200abcd1234"), "ERR_I"),
        (REFERENCE.replace("200abcd123", "200ABCD123"), "ERR_I"),
        (REFERENCE.replace("200abcd123", "200аbcd123"), "ERR_I"),
        (REFERENCE.replace("200abcd123", "٢00abcd123"), "ERR_I"),
        (REFERENCE.replace("200abcd123", "200%61bcd123"), "ERR_I"),
        (REFERENCE.replace("200abcd123", "200abcd123\x00"), "ERR_I"),
        (f"{BARE} спасибо", "ERR_I"),
        (f"Чек: {BARE}", "ERR_I"),
        (REFERENCE.replace("abcd123", "abcd123 4"), "ERR_I"),
        (f"{REFERENCE} {REFERENCE.replace('123/', '124/')}", "ERR_DUP_KEY"),
    ],
)
def test_nothing_is_repaired(text: str, fault: str) -> None:
    assert outcome(text) == fault


@given(inns, receipt_ids, st.sampled_from(["", "/", "/print", "/json", "/print?a=1#b"]))
def test_round_trip(inn: str, receipt: str, tail: str) -> None:
    slip = read(f"https://lknpd.nalog.ru/api/v1/receipt/{inn}/{receipt}{tail}")
    assert (slip.number, slip.device) == (f"npd:{inn}:{receipt}", inn)


@given(npd_addresses, st.data())
def test_a_lost_piece_never_yields_another_receipt(text: str, data: st.DataObject) -> None:
    """What a space cut off must not matter: the address is whole without it, or is none."""
    at = data.draw(st.integers(0, len(text)))
    broken = text[:at] + data.draw(st.sampled_from(' \n\t"<(')) + text[at:]
    assert outcome(broken).startswith("ERR_") or outcome(broken) == outcome(text)
