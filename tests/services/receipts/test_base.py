"""Which part of the sum earns: what a city excludes by a word is found however it is written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities.rules import Exclusions
from services.receipts.base import Base, base_of
from services.receipts.slip import Slip
from services.receipts.ticket import Item
from tests.services.receipts.scripted import item, ticket_of

SLIP = Slip(
    adapter="ru54",
    number="ru54:7386400000010001:1",
    sign="1",
    device="7386400000010001",
    purchased=None,
    total=50_000,
    currency="RUB",
    operation=1,
    operation_assumed=False,
)


def base(items: tuple[Item, ...], *words: str, **changes: Any) -> Base:
    return base_of(ticket_of(SLIP, items=items, **changes), Exclusions(words=words))


@pytest.mark.parametrize(
    ("word", "name", "excluded"),
    [
        ("сигарет", "СИГАРЕТЫ КАЛУГА", True),
        ("сигарет", "Пачка сигарет", True),
        ("сигарет", "Несигаретный", False),
        ("ликёр", "Ликер вишнёвый", True),
        ("ликер", "Ликёр вишнёвый", True),
        ("ликер", "ЛИКЁР", True),
        ("ЛИКЁР", "ликер", True),
        ("ликёр", "Ликёр", True),
        ("мёд", "МЕД ЛИПОВЫЙ", True),
        ("мед", "Мёд липовый", True),
        ("мёд", "Мидии", False),
        ("кофе.", "Кофе эспрессо", False),
    ],
)
def test_a_word_is_found_with_either_letter(word: str, name: str, excluded: bool) -> None:
    left = Base(50_000 - 20_000 * excluded, 20_000 * excluded, 0)
    assert base((item(20_000, name), item(30_000, "Раф")), word) == left


@given(st.text("аеёЕЁ", min_size=3, max_size=8), st.data())
def test_e_and_yo_are_one_letter(word: str, data: st.DataObject) -> None:
    same = {"е": "её", "ё": "её", "Е": "ЕЁ", "Ё": "ЕЁ"}
    name = "".join(data.draw(st.sampled_from(same.get(letter, letter))) for letter in word)
    assert base((item(50_000, name),), word) == Base(0, 50_000, 0)


def test_nothing_is_excluded_where_a_city_names_nothing() -> None:
    assert base((item(50_000, "Сигареты"),)) == Base(50_000, 0, 0)
    assert base((item(20_000, agent=True), item(30_000))) == Base(30_000, 20_000, 0)


def test_what_was_paid_before_earns_nothing_and_takes_nothing_away() -> None:
    assert base((item(50_000, "Ликёр"),), "ликер", ecash=30_000, prepaid=20_000) == Base(
        0, 30_000, 20_000
    )
