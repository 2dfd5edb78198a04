"""The plan as a workbook: a round trip changes nothing, and what is wrong is named by its cell."""

import contextlib
import random
import re
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from handlers.chat.plan.sheets import words
from services.plan import workbook
from services.plan.container import MAX_BYTES
from services.plan.draft import (
    COLUMNS,
    DIRECTIONS,
    SOURCES,
    CellFault,
    Draft,
    Fault,
    FigureLine,
    IndicatorLine,
    MeasureLine,
    MoneyLine,
    Unfit,
    tidy,
)
from tests.visitor import speaking

WORDS = words()


def a_draft() -> Draft:
    return Draft(
        [
            IndicatorLine(
                "tourists", "Guests of the city", "million", "up", 1_200, 2024, 0, "culture",
                ("pothole", "tree"), True, True,
            ),
            IndicatorLine(
                "days", "=SUM(A1)", "days", "down", None, None, 0, None, (), False, False
            ),
        ],
        [
            FigureLine("tourists", 2025, 1_250, 1_270, None),
            FigureLine("tourists", 2026, 1_300, None, "Not counted yet"),
        ],
        [
            MeasureLine(
                "1.10", "Guests", "A card", "They stay longer", "culture", True,
                (("tourists", 40), ("days", 60)), True, False,
            )
        ],
        [MoneyLine("1.10", 2026, "municipal", 200_000_050, 0)],
    )  # fmt: skip


def faults(data: bytes) -> list[CellFault]:
    with pytest.raises(Unfit) as caught:
        workbook.read(data, WORDS)
    return caught.value.faults


def changed(change: Callable[[Workbook], Any], draft: Draft | None = None) -> bytes:
    """The workbook of a plan, changed by hand."""
    book = load_workbook(BytesIO(workbook.write(draft or a_draft(), WORDS)))
    change(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def put(sheet: str, cell: str, value: Any) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book[sheet][cell].value = value

    return change


def test_a_round_trip_changes_nothing() -> None:
    assert workbook.read(workbook.write(a_draft(), WORDS), WORDS) == a_draft()


def test_a_file_opened_and_saved_by_another_program_is_the_same() -> None:
    assert workbook.read(changed(lambda book: None), WORDS) == a_draft()


@pytest.mark.parametrize("tongue", ["ru", "en", "zh"])
def test_a_file_in_any_language_is_understood_in_any(tongue: str) -> None:
    with speaking(tongue):
        written = workbook.write(a_draft(), words())
    for reader in ("ru", "en", "zh"):
        with speaking(reader):
            assert workbook.read(written, words()) == a_draft()


def test_it_is_made_for_people() -> None:
    book = load_workbook(BytesIO(workbook.write(a_draft(), WORDS)))
    assert book.sheetnames == ["Indicators", "Figures", "Measures", "Money"]
    for sheet, name in zip(book, COLUMNS, strict=True):
        head = [cell.value for cell in next(sheet.iter_rows(max_row=1))]
        assert len(head) == len(COLUMNS[name])
        assert sheet.freeze_panes == "B2"
        assert all(cell.font.bold for cell in next(sheet.iter_rows(max_row=1)))
    assert book["Figures"]["D2"].value == 1.27
    assert book["Money"]["D2"].value == 2_000_000.5
    assert book["Indicators"]["D2"].value == "more is better"


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    book = load_workbook(BytesIO(workbook.write(a_draft(), WORDS)))
    cell = book["Indicators"]["B3"]
    assert (cell.value, cell.data_type) == ("=SUM(A1)", "s")


_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda text: bool(tidy(text)) and "x005F_" not in text
)
_codes = st.from_regex(re.compile(r"[A-Za-z0-9._-]{1,12}"), fullmatch=True)
_thousandths = st.integers(-(10**12), 10**12)
_kopecks = st.integers(0, 10**12)
_years = st.integers(2000, 2100)


def _some(of: Any) -> Any:
    return st.just([]) if of is None else st.lists(of, max_size=4, unique=True)


@st.composite
def plans(draw: st.DrawFn) -> Draft:
    """Any plan that a database may hold."""
    known = draw(st.lists(_codes, max_size=4, unique=True))
    maybe = st.none() | _thousandths
    indicators = [
        IndicatorLine(
            code, tidy(draw(_texts)), tidy(draw(_texts)), draw(st.sampled_from(DIRECTIONS)),
            draw(maybe), draw(st.none() | _years), draw(_kopecks), draw(st.none() | _codes),
            tuple(draw(st.lists(_codes, max_size=3, unique=True))),
            draw(st.booleans()), draw(st.booleans()),
        )
        for code in known
    ]  # fmt: skip
    pairs = st.tuples(st.sampled_from(known), _years) if known else None
    figures = [
        FigureLine(code, year, draw(maybe), draw(maybe), draw(st.none() | _texts.map(tidy)))
        for code, year in draw(_some(pairs))
    ]
    named = draw(st.lists(_codes, max_size=3, unique=True))
    measures = [
        MeasureLine(
            code, tidy(draw(_texts)), tidy(draw(_texts)), tidy(draw(_texts)),
            draw(st.none() | _codes), draw(st.booleans()),
            tuple((other, draw(st.integers(1, 100))) for other in known),
            draw(st.booleans()), draw(st.booleans()),
        )
        for code in named
    ]  # fmt: skip
    sums = st.tuples(st.sampled_from(named), _years, st.sampled_from(SOURCES)) if named else None
    money = [
        MoneyLine(code, year, source, draw(_kopecks), draw(st.none() | _kopecks))
        for code, year, source in draw(_some(sums))
    ]
    return Draft(indicators, figures, measures, money)


@given(plans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_plan_survives_a_round_trip(plan: Draft) -> None:
    assert workbook.read(workbook.write(plan, WORDS), WORDS) == plan


def _damaged(seed: int) -> bytes:
    chance = random.Random(seed)
    data = bytearray(workbook.write(a_draft(), WORDS))
    for _ in range(chance.randint(1, 20)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.randint(1, len(data))] if chance.random() < 0.2 else data)


@given(st.binary(max_size=400) | st.integers().map(_damaged))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_file_is_refused_and_never_a_fault_of_ours(data: bytes) -> None:
    with contextlib.suppress(Unfit):
        workbook.read(data, WORDS)


CELLS: list[tuple[str, str, Any, Fault, str]] = [
    ("Indicators", "A2", None, Fault.EMPTY, ""),
    ("Indicators", "A2", "Ямы", Fault.NOT_A_CODE, "Ямы"),
    ("Indicators", "A2", 1.5, Fault.NOT_TEXT, "1.5"),
    ("Indicators", "B2", "x" * 201, Fault.TOO_LONG, "x" * 40 + "…"),
    ("Indicators", "B2", '=HYPERLINK("http://x")', Fault.FORMULA, '=HYPERLINK("http://x")'),
    ("Indicators", "D2", "upwards", Fault.NOT_A_WORD, "upwards"),
    ("Indicators", "E2", "1,2", Fault.NOT_A_NUMBER, "1,2"),
    ("Indicators", "E2", True, Fault.NOT_A_NUMBER, "True"),
    ("Indicators", "E2", date(2026, 1, 1), Fault.NOT_A_NUMBER, "2026-01-01 00:00:00"),
    ("Indicators", "E2", 1.23456, Fault.DECIMALS, "1.23456"),
    ("Indicators", "E2", 1e15, Fault.OUT_OF_REACH, "1000000000000000"),
    ("Indicators", "F2", 24, Fault.NOT_A_YEAR, "24"),
    ("Indicators", "G2", -1, Fault.OUT_OF_REACH, "-1"),
    ("Indicators", "J2", "maybe", Fault.NOT_A_WORD, "maybe"),
    ("Indicators", "A3", "tourists", Fault.UNKNOWN_INDICATOR, "days"),
    ("Indicators", "I2", "tree, tree", Fault.TWICE, "tree"),
    ("Indicators", "Z9", "a note", Fault.OUTSIDE, ""),
    ("Figures", "A3", "nobody", Fault.UNKNOWN_INDICATOR, "nobody"),
    ("Figures", "B3", 2025, Fault.TWICE, "tourists 2025"),
    ("Figures", "B2", "2025", Fault.NOT_A_YEAR, "2025"),
    ("Figures", "B2", 2025.5, Fault.NOT_A_YEAR, "2025.5"),
    ("Figures", "B2", None, Fault.EMPTY, ""),
    ("Figures", "D2", "=1+1", Fault.FORMULA, "=1+1"),
    ("Figures", "D2", "#REF!", Fault.NOT_A_NUMBER, "#REF!"),
    ("Measures", "G2", "tourists 40", Fault.WEIGHT, "tourists 40"),
    ("Measures", "G2", "tourists: 0", Fault.WEIGHT, "tourists: 0"),
    ("Measures", "G2", "nobody: 5", Fault.UNKNOWN_INDICATOR, "nobody"),
    ("Measures", "C2", "   ", Fault.EMPTY, ""),
    ("Money", "A2", "9.9", Fault.UNKNOWN_MEASURE, "9.9"),
    ("Money", "C2", "my pocket", Fault.NOT_A_WORD, "my pocket"),
    ("Money", "D2", -5, Fault.OUT_OF_REACH, "-5"),
    ("Money", "D2", 5.001, Fault.DECIMALS, "5.001"),
]


@pytest.mark.parametrize(("sheet", "cell", "value", "fault", "shown"), CELLS)
def test_a_wrong_cell_is_named(sheet: str, cell: str, value: Any, fault: Fault, shown: str) -> None:
    found = faults(changed(put(sheet, cell, value)))
    if fault is Fault.UNKNOWN_INDICATOR and sheet == "Indicators":
        assert CellFault(Fault.TWICE, "Indicators", "A3", "tourists") in found
        assert CellFault(Fault.UNKNOWN_INDICATOR, "Measures", "G2", "days") in found
    else:
        where = "A3" if (sheet, cell, fault) == ("Figures", "B3", Fault.TWICE) else cell
        assert found == [CellFault(fault, sheet, where, shown)]


def test_every_fault_is_told_at_once() -> None:
    def change(book: Workbook) -> None:
        book["Indicators"]["A2"].value = None
        book["Money"]["D2"].value = "much"
        book["Figures"]["B2"].value = 3000

    assert [fault.cell for fault in faults(changed(change))] == ["A2", "B2", "D2"]


def test_sheets_and_columns_must_be_those_of_a_plan() -> None:
    def change(book: Workbook) -> None:
        book["Money"].title = "Notes"
        book["Figures"]["C1"].value = "Wish"
        book["Measures"]["B1"].value = "Code"

    assert faults(changed(change)) == [
        CellFault(Fault.SHEET_UNKNOWN, "Notes"),
        CellFault(Fault.SHEET_MISSING, "Money"),
        CellFault(Fault.COLUMN_UNKNOWN, "Figures", "C1", "Wish"),
        CellFault(Fault.COLUMN_MISSING, "Figures", "", "Plan"),
        CellFault(Fault.COLUMN_TWICE, "Measures", "B1", "Code"),
        CellFault(Fault.COLUMN_MISSING, "Measures", "", "Section"),
    ]


def test_columns_may_stand_in_another_order_and_empty_rows_between() -> None:
    def change(book: Workbook) -> None:
        book["Money"].move_range("A1:A2", cols=5)
        book["Figures"].insert_rows(3)

    assert workbook.read(changed(change), WORDS) == a_draft()


def test_too_many_rows_or_columns() -> None:
    assert faults(changed(put("Money", "A5001", "1.10"))) == [CellFault(Fault.TOO_LARGE, "Money")]
    assert faults(changed(put("Money", "XFD1", "x"))) == [CellFault(Fault.TOO_LARGE, "Money")]


def packed(change: Callable[[str, bytes], bytes | None], **more: bytes) -> bytes:
    """The workbook with its parts changed by `change` (None leaves one out), and more of them."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(workbook.write(a_draft(), WORDS))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in more.items():
            new.writestr(name, content)
    return out.getvalue()


def as_it_was(_name: str, content: bytes) -> bytes:
    return content


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = packed(as_it_was, **{"xl/media/big.xml": b"\x20" * (13 * 2**20)})
    assert len(bomb) < 200_000
    assert faults(bomb) == [CellFault(Fault.TOO_LARGE)]
    many = packed(as_it_was, **{f"xl/{number}.xml": b"<a/>" for number in range(300)})
    assert faults(many) == [CellFault(Fault.TOO_LARGE)]
    assert faults(b"\0" * (MAX_BYTES + 1)) == [CellFault(Fault.TOO_LARGE)]


def test_a_bomb_whose_header_lies_is_refused() -> None:
    bomb = bytearray(packed(as_it_was, **{"xl/media/big.xml": b"\x20" * (13 * 2**20)}))
    size = (13 * 2**20).to_bytes(4, "little")
    lie = (100).to_bytes(4, "little")
    assert bomb.count(size) == 2, "in the part's own header and in the list at the end"
    assert faults(bytes(bomb).replace(size, lie)) == [CellFault(Fault.NOT_A_WORKBOOK)]


def test_entities_are_refused_whatever_they_grow_to() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha">]>'

    def change(name: str, content: bytes) -> bytes:
        return content if name != "xl/workbook.xml" else laughs + content

    assert faults(packed(change)) == [CellFault(Fault.NOT_A_WORKBOOK)]

    def hidden(name: str, content: bytes) -> bytes:
        return (
            content if name != "xl/workbook.xml" else (laughs + content).decode().encode("utf-16")
        )

    assert faults(packed(hidden)) == [CellFault(Fault.NOT_A_WORKBOOK)]


def test_macros_are_refused() -> None:
    assert faults(packed(as_it_was, **{"xl/vbaProject.bin": b"MZ"})) == [CellFault(Fault.MACROS)]

    def enabled(name: str, content: bytes) -> bytes:
        return content.replace(
            b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"macroEnabled"
        )

    assert faults(packed(enabled)) == [CellFault(Fault.MACROS)]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"code;title\n1;2", b"%PDF-1.7", b"\0" * 99])
def test_what_is_no_workbook(data: bytes) -> None:
    assert faults(data) == [CellFault(Fault.NOT_A_WORKBOOK)]


def test_a_word_document_is_no_workbook() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    assert faults(out.getvalue()) == [CellFault(Fault.NOT_A_WORKBOOK)]
