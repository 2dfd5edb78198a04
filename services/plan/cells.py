"""The cells of one sheet, read strictly: each value is what its column says, or a fault."""

import re
from collections.abc import Mapping
from typing import Any

from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter

from services.plan.draft import CellFault, Fault, Spot, Words, tidy

_CODE = re.compile(r"[A-Za-z0-9._-]{1,40}")
_SHOWN = 40
_MOST = 10**15
YEARS = range(2000, 2101)


class Row:
    """One row of a sheet. What cannot be read is added to `faults` and is None, or its likeness.

    `columns` leads from a column's key to its number in the sheet.
    """

    def __init__(
        self,
        sheet: Any,
        number: int,
        *,
        columns: Mapping[str, int],
        words: Words,
        faults: list[CellFault],
    ) -> None:
        self.number = number
        self.sheet = str(sheet.title)
        self._sheet = sheet
        self._columns = columns
        self._words = words
        self._faults = faults

    def is_empty(self) -> bool:
        """Whether nothing is written in any of the columns."""
        return all(_is_blank(self._cell(key)) for key in self._columns)

    def spot(self) -> Spot:
        """The line's cells, for faults that show later."""
        return Spot(self.sheet, {key: self._name(key) for key in self._columns})

    def _name(self, key: str) -> str:
        """The cell of a column, such as C5."""
        return f"{get_column_letter(self._columns[key])}{self.number}"

    def fault(self, key: str, fault: Fault, value: object = "") -> None:
        """Note what is wrong with a cell."""
        shown = str(value)
        shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
        self._faults.append(CellFault(fault, self.sheet, self._name(key), shown))

    def text(self, key: str, longest: int = 200, *, needed: bool = True) -> str:
        """A text on one line; "" where there is none."""
        known = len(self._faults)
        value = self._value(key)
        if value is None or (isinstance(value, str) and not tidy(value)):
            if needed and len(self._faults) == known:
                self.fault(key, Fault.EMPTY)
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.fault(key, Fault.NOT_TEXT, value)
            return ""
        value = tidy(value)
        if len(value) > longest:
            self.fault(key, Fault.TOO_LONG, value)
        return value

    def code(self, key: str = "code") -> str:
        """A code such as 1.2 or repair-days, written as text."""
        text = self.text(key)
        if text and not _CODE.fullmatch(text):
            self.fault(key, Fault.NOT_A_CODE, text)
        return text

    def number_of(self, key: str, scale: int) -> int | None:
        """A number times `scale`, exactly; None where the cell is empty."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(key, Fault.NOT_A_NUMBER, value)
            return None
        if abs(value) > _MOST / scale:
            self.fault(key, Fault.OUT_OF_REACH, value)
            return None
        scaled = value * scale
        whole = round(scaled)
        if abs(scaled - whole) > max(1e-6, abs(scaled) * 1e-15):
            self.fault(key, Fault.DECIMALS, value)
            return None
        return whole

    def amount(self, key: str, scale: int) -> int | None:
        """A number that is not below zero."""
        value = self.number_of(key, scale)
        if value is not None and value < 0:
            self.fault(key, Fault.OUT_OF_REACH, value // scale)
            return None
        return value

    def year(self, key: str = "year", *, needed: bool = True) -> int:
        """A year; 0 where there is none."""
        known = len(self._faults)
        value = self._value(key)
        if value is None:
            if needed and len(self._faults) == known:
                self.fault(key, Fault.EMPTY)
            return 0
        if isinstance(value, bool) or not isinstance(value, int | float) or value not in YEARS:
            self.fault(key, Fault.NOT_A_YEAR, value)
            return 0
        return int(value)

    def word(self, key: str, kind: str) -> str:
        """The key of a word of the workbook, such as a direction; "" for any other."""
        text = self.text(key)
        found = self._words.known[kind].get(text.casefold(), "")
        if text and not found:
            self.fault(key, Fault.NOT_A_WORD, text)
        return found

    def is_so(self, key: str) -> bool:
        """Yes or no, in words or as the program's own."""
        cell = self._cell(key)
        if isinstance(cell.value, bool):
            return cell.value
        return self.word(key, "answer") == "yes"

    def list_of(self, key: str) -> list[str]:
        """Codes with commas or semicolons between them."""
        text = self.text(key, 1000, needed=False)
        return [part for part in (tidy(each) for each in re.split("[,;]", text)) if part]

    def _value(self, key: str) -> Any:
        cell = self._cell(key)
        if cell.data_type == "f":
            self.fault(key, Fault.FORMULA, cell.value if isinstance(cell.value, str) else "")
            return None
        if cell.data_type == "e":
            self.fault(key, Fault.NOT_A_NUMBER, cell.value)
            return None
        return None if _is_blank(cell) else cell.value

    def _cell(self, key: str) -> Cell:
        cell: Cell = self._sheet.cell(self.number, self._columns[key])
        return cell


def _is_blank(cell: Any) -> bool:
    value = cell.value
    return value is None or (isinstance(value, str) and not value.strip())
