"""A plan as it stands in a file: rows that know their cells, and what may be wrong with them."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.errors import Refusal

SOURCES = ("municipal", "regional", "investor", "fund", "citizens")
DIRECTIONS = ("up", "down", "keep")

COLUMNS: dict[str, tuple[str, ...]] = {
    "indicators": (
        *("code", "title", "unit", "direction", "base", "base_year", "tolerance"),
        *("responsible", "themes", "in_force", "example"),
    ),
    "figures": ("code", "year", "plan", "fact", "reason"),
    "measures": (
        *("code", "section", "title", "result", "responsible", "priority", "works_on"),
        *("in_force", "example"),
    ),
    "money": ("code", "year", "source", "planned", "spent"),
}
"""The sheets of a workbook and their columns, in this order. Their names are words of a language,
which the caller brings: see `Words`."""


class Fault(StrEnum):
    """What can be wrong with a file, or with one cell of it."""

    NOT_A_WORKBOOK = "not_a_workbook"
    TOO_LARGE = "too_large"
    MACROS = "macros"
    SHEET_MISSING = "sheet_missing"
    SHEET_UNKNOWN = "sheet_unknown"
    COLUMN_MISSING = "column_missing"
    COLUMN_UNKNOWN = "column_unknown"
    COLUMN_TWICE = "column_twice"
    OUTSIDE = "outside"
    FORMULA = "formula"
    EMPTY = "empty"
    NOT_TEXT = "not_text"
    TOO_LONG = "too_long"
    NOT_A_CODE = "not_a_code"
    NOT_A_NUMBER = "not_a_number"
    DECIMALS = "decimals"
    OUT_OF_REACH = "out_of_reach"
    NOT_A_YEAR = "not_a_year"
    NOT_A_WORD = "not_a_word"
    TWICE = "twice"
    UNKNOWN_INDICATOR = "unknown_indicator"
    UNKNOWN_MEASURE = "unknown_measure"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_THEME = "unknown_theme"
    WEIGHT = "weight"
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class CellFault:
    """One fault. `sheet` and `cell` ("C5") are empty where it is of the file or the sheet;
    `value` is what stands there or what is meant, shortened."""

    fault: Fault
    sheet: str = ""
    cell: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the workbook in one language, and all that are understood when reading.

    `shown` has a word for every sheet, column, direction and source, and for yes and no, by keys
    such as `sheet.money`, `column.code`, `direction.up`, `source.fund`, `yes`.
    `known` leads from every accepted spelling, by kind (`sheet`, `column`, …), to its key.
    """

    shown: dict[str, str]
    known: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a line stands in its file: the sheet, and the cell of each column."""

    sheet: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)

    def fault(self, fault: Fault, column: str, value: str = "") -> CellFault:
        """What is wrong with one cell of the line."""
        return CellFault(fault, self.sheet, self.cells.get(column, ""), value)


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    code: str
    title: str
    unit: str
    direction: str
    base: int | None
    base_year: int | None
    tolerance: int
    responsible: str | None
    themes: tuple[str, ...]
    in_force: bool
    example: bool
    at: Spot = field(default=Spot(), compare=False)


@dataclass(frozen=True, slots=True)
class FigureLine:
    """`None` leaves what is there."""

    code: str
    year: int
    plan: int | None
    fact: int | None
    reason: str | None
    at: Spot = field(default=Spot(), compare=False)


@dataclass(frozen=True, slots=True)
class MeasureLine:
    code: str
    section: str
    title: str
    result: str
    responsible: str | None
    priority: bool
    works_on: tuple[tuple[str, int], ...]
    in_force: bool
    example: bool
    at: Spot = field(default=Spot(), compare=False)


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """In kopecks; `None` leaves what is there."""

    code: str
    year: int
    source: str
    planned: int | None
    spent: int | None
    at: Spot = field(default=Spot(), compare=False)


@dataclass(slots=True)
class Draft:
    """The whole plan of a file."""

    indicators: list[IndicatorLine] = field(default_factory=list)
    figures: list[FigureLine] = field(default_factory=list)
    measures: list[MeasureLine] = field(default_factory=list)
    money: list[MoneyLine] = field(default_factory=list)


class Unfit(Refusal):
    """The file is no plan; nothing of it is used. Every fault found, in order."""

    def __init__(self, faults: list[CellFault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def tidy(text: str) -> str:
    """A text on one line without control characters, as it is compared and stored."""
    return " ".join("".join(char if _is_plain(char) else " " for char in text).split())


def _is_plain(char: str) -> bool:
    return char not in "\ufffe\uffff" and unicodedata.category(char) not in {"Cc", "Cs"}
