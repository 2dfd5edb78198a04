"""The decoder of modules undoes what an encoder of another hand has done."""

from time import process_time

import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from services.images.grid.codewords import Soft, decode
from services.images.grid.segments import Malformed, text_of
from services.images.grid.symbol import LEVELS, VERSIONS, blocks, symbol
from tests.services.images.pictures import RECEIPT

LINK = "https://city.example/a/page/that/no/receipt/would/ever/carry?x=1"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def modules(code: segno.QRCode) -> Soft:
    return np.array([[1 if dark else -1 for dark in row] for row in code.matrix], np.float32)


def made(text: str, version: int | None = None, level: str = "M", mask: int | None = None) -> Soft:
    code = segno.make_qr(
        text, version=version, error=level, mask=mask, boost_error=False, encoding="utf-8"
    )
    return modules(code)


def read(soft: Soft) -> str | None:
    return decode(soft, lambda text: True, process_time() + 30)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_version_level_and_mask(version: int, level: str) -> None:
    text = ("7" * 15 + RECEIPT)[: 4 * version + 3]
    for mask in range(8):
        soft = made(text, version, level, mask)
        known = symbol(version).known
        assert (known[known != 0] == soft[known != 0]).all()
        assert read(soft) == text


def spoilt(soft: Soft, level: str, wrong: int, unsure: int) -> Soft:
    """The last words of each block turned over: `wrong` of them surely, `unsure` of them not."""
    version = (len(soft) - 17) // 4
    changed = soft.copy()
    for row in blocks(version, level).rows:
        for place, word in enumerate(row[::-1][: wrong + unsure]):
            bits = symbol(version).data[word * 8 : word * 8 + 8]
            changed.flat[bits] *= -1 if place < wrong else -0.01
    return changed


@pytest.mark.parametrize("level", LEVELS)
def test_errors_up_to_capacity(level: str) -> None:
    soft = made(LINK, 8, level)
    most = blocks(8, level).checks // 2
    assert read(spoilt(soft, level, most, 0)) == LINK
    assert read(spoilt(soft, level, most + 1, 0)) is None


@pytest.mark.parametrize("level", LEVELS)
def test_erasures_beyond_half(level: str) -> None:
    """Words known to be unsure cost one check symbol each instead of two."""
    soft = made(LINK, 8, level)
    checks = blocks(8, level).checks
    assert read(spoilt(soft, level, 0, checks - 3)) == LINK


def test_no_text_where_nothing_is_left_to_check_it() -> None:
    """With every check symbol spent on erasures, any words at all make a code word."""
    soft = made(LINK, 8, "M")
    assert read(spoilt(soft, "M", 0, blocks(8, "M").checks)) is None
    assert read(spoilt(soft, "M", 1, blocks(8, "M").checks - 3)) is None


@pytest.mark.parametrize("level", ["L", "M"])
def test_a_receipt_survives_more_than_the_code_was_made_for(level: str) -> None:
    """Padding and the letters that every receipt has need no check words."""
    checks = blocks(8, level).checks
    for text, expected in ((RECEIPT, RECEIPT), (LINK, None)):
        soft = made(text, 8, level)
        for row in blocks(8, level).rows:
            for word in row[:-checks][-checks // 2 - 1 :]:
                soft.flat[symbol(8).data[word * 8 : word * 8 + 2]] *= -1
        assert read(soft) == expected


def test_only_what_is_accepted() -> None:
    soft = made(RECEIPT)
    seen: list[str] = []
    assert decode(soft, lambda text: bool(seen.append(text)), process_time() + 30) is None
    assert set(seen) == {RECEIPT}


def test_no_attempt_after_the_deadline() -> None:
    assert decode(made(RECEIPT), lambda text: True, process_time() - 1) is None


@pytest.mark.parametrize("copy", [0, 1])
def test_one_copy_of_the_format_is_lost(copy: int) -> None:
    soft = made(RECEIPT)
    soft.flat[symbol((len(soft) - 17) // 4).formats[copy]] = 0
    assert read(soft) == RECEIPT


@pytest.mark.parametrize(
    "text",
    ["1", "12", "123", "0" * 40, "A", "AB", "HTTPS://A.RU/$%*+-. :", "Привет, Калуга", "é", "旅"],
)
def test_kinds_of_segments(text: str) -> None:
    for version in (5, 10):
        assert read(made(text, version)) == text


def test_declared_character_sets() -> None:
    for encoding in ("utf-8", "iso-8859-1"):
        code = segno.make_qr("né 1", encoding=encoding, eci=True, boost_error=False)
        assert read(modules(code)) == "né 1"


def test_segments_that_are_not_read() -> None:
    kanji, structured, endless = b"\x80\x00\x00", b"\x30\x00\x00", b"\x4f\xff\x00"
    digits_over_999, letters_over_45 = b"\x10\x0f\xfc\x00", b"\x20\x17\xff\x00"
    for data in (kanji, structured, endless, digits_over_999, letters_over_45, b"\x7c\x00"):
        with pytest.raises(Malformed):
            text_of(data, 5)
    assert text_of(b"", 5) == ""


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(
        st.text("0123456789", min_size=1, max_size=50),
        st.text(LETTERS, min_size=1, max_size=50),
        st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable()),
    ),
    st.sampled_from(LEVELS),
    st.integers(0, 2**32 - 1),
)
def test_any_text_comes_back(text: str, level: str, seed: int) -> None:
    try:
        code = segno.make_qr(text, error=level, boost_error=False, encoding="utf-8")
    except segno.DataOverflowError:
        return
    soft = modules(code)
    version = (len(soft) - 17) // 4
    if version not in VERSIONS:
        return
    noise = np.random.default_rng(seed)
    row = noise.permutation(blocks(version, level).rows[0])
    for word in row[: blocks(version, level).checks // 2]:
        bits = symbol(version).data[word * 8 : word * 8 + 8]
        soft.flat[bits] *= noise.choice([-1, -0.02, 0.3], 8)
    assert read(soft) == text


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(VERSIONS), st.integers(0, 2**32 - 1))
def test_noise_is_no_code(version: int, seed: int) -> None:
    size = symbol(version).size
    soft = np.random.default_rng(seed).normal(size=(size, size)).astype(np.float32)
    assert decode(soft, lambda text: "fn=" in text, process_time() + 30) is None
