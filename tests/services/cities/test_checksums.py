"""Check digits, against published examples and against an own bitwise CRC."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities.checksums import is_digits, is_inn, is_registration, registration_tail

DIGIT = st.sampled_from("0123456789")


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text(DIGIT, min_size=length, max_size=length)


def bitwise_crc(data: bytes) -> int:
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ (0x1021 if register & 0x8000 else 0)
        register &= 0xFFFF
    return register


def test_crc_is_the_published_variant() -> None:
    assert bitwise_crc(b"123456789") == 0x29B1


# The first three are common textbook examples; no tax office has the code of the last.
@pytest.mark.parametrize("inn", ["1234567894", "123456789047", "500100732259", "0040000014"])
def test_right_inn(inn: str) -> None:
    assert is_inn(inn)


@pytest.mark.parametrize(
    "inn",
    ["1234567890", "123456789046", "123456789037", "", "123456789", "12345678940", "١٢٣٤٥٦٧٨٩٤"],
)
def test_wrong_inn(inn: str) -> None:
    assert not is_inn(inn)


@pytest.mark.parametrize(
    ("registration", "inn", "serial"),
    [
        ("0000705127011954", "7602099286", "0128025647"),
        ("0006518874019229", "990000000115", "0494011062"),
        ("0002128807030338", "500100732259", "0065770006054530"),
    ],
)
def test_registrations_printed_on_receipts(registration: str, inn: str, serial: str) -> None:
    assert is_registration(registration, inn, serial)
    assert not is_registration(registration, inn, serial + "1")
    assert not is_registration(registration[:-1], inn, serial)


@given(digits(10), digits(10), st.text(DIGIT, min_size=1, max_size=20))
def test_registration_tail_is_the_crc(head: str, inn: str, serial: str) -> None:
    data = head + "00" + inn + "0" * (20 - len(serial)) + serial
    assert registration_tail(head, inn, serial) == str(bitwise_crc(data.encode())).zfill(6)
    assert is_registration(head + registration_tail(head, inn, serial), inn, serial)


@given(digits(9))
def test_nine_digits_have_one_right_last_digit(nine: str) -> None:
    assert sum(is_inn(nine + last) for last in "0123456789") == 1


@given(digits(10))
def test_ten_digits_have_one_right_pair(ten: str) -> None:
    assert sum(is_inn(f"{ten}{pair:02d}") for pair in range(100)) == 1


@given(digits(10), digits(10), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_of_a_registration_is_found(
    head: str, inn: str, position: int, shift: int
) -> None:
    number = head + registration_tail(head, inn, "1")
    changed = str((int(number[position]) + shift) % 10)
    assert not is_registration(number[:position] + changed + number[position + 1 :], inn, "1")


@given(st.text(min_size=1, max_size=20))
def test_only_ascii_digits_are_digits(text: str) -> None:
    assert is_digits(text, len(text)) == all(character in "0123456789" for character in text)
