"""The plan as an XLSX workbook, written for people and read strictly: whole, or not at all.

Formulas and macros are never run: a formula is a fault of its cell, a file with macros is refused,
and a text that begins with "=" is written as a text.
"""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from services.plan.cells import Row
from services.plan.container import inspect
from services.plan.draft import (
    COLUMNS,
    CellFault,
    Draft,
    Fault,
    FigureLine,
    IndicatorLine,
    MeasureLine,
    MoneyLine,
    Unfit,
    Words,
    tidy,
)
from services.plan.references import check

_MAX_ROWS, _MAX_COLUMNS = 5_000, 50
_WIDE = {"title": 48, "result": 48, "reason": 40, "section": 24, "works_on": 36, "themes": 24}
_HEAD = PatternFill("solid", start_color="FFE8ECF6")
_THOUSANDTHS, _KOPECKS = 1000, 100


def write(draft: Draft, words: Words) -> bytes:
    """The workbook of a plan, in one language."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in _rows(draft, words).items():
        sheet = book.create_sheet(words.shown[f"sheet.{name}"])
        columns = COLUMNS[name]
        _put(sheet, 1, [words.shown[f"column.{column}"] for column in columns])
        for number, row in enumerate(rows, start=2):
            _put(sheet, number, row)
        _style(sheet, columns)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(draft: Draft, words: Words) -> dict[str, Iterable[Sequence[Any]]]:
    def answer(so: bool) -> str:
        return words.shown["yes" if so else "no"]

    return {
        "indicators": (
            (
                each.code, each.title, each.unit, words.shown[f"direction.{each.direction}"],
                _number(each.base, _THOUSANDTHS), each.base_year,
                _number(each.tolerance, _THOUSANDTHS), each.responsible, ", ".join(each.themes),
                answer(each.in_force), answer(each.example),
            )
            for each in draft.indicators
        ),
        "figures": (
            (
                each.code, each.year, _number(each.plan, _THOUSANDTHS),
                _number(each.fact, _THOUSANDTHS), each.reason,
            )
            for each in draft.figures
        ),
        "measures": (
            (
                each.code, each.section, each.title, each.result, each.responsible,
                answer(each.priority), "; ".join(f"{code}: {w}" for code, w in each.works_on),
                answer(each.in_force), answer(each.example),
            )
            for each in draft.measures
        ),
        "money": (
            (
                each.code, each.year, words.shown[f"source.{each.source}"],
                _number(each.planned, _KOPECKS), _number(each.spent, _KOPECKS),
            )
            for each in draft.money
        ),
    }  # fmt: skip


def _number(value: int | None, scale: int) -> int | float | None:
    if value is None:
        return None
    return value // scale if value % scale == 0 else value / scale


def _put(sheet: Any, number: int, values: Sequence[Any]) -> None:
    for column, value in enumerate(values, start=1):
        if value is None or value == "":
            continue
        cell = sheet.cell(number, column)
        cell.value = tidy(value) if isinstance(value, str) else value
        if isinstance(value, str):
            cell.data_type = "s"
            cell.number_format = "@"


def _style(sheet: Any, columns: Sequence[str]) -> None:
    for number, column in enumerate(columns, start=1):
        head = sheet.cell(1, number)
        head.font, head.fill = Font(bold=True), _HEAD
        sheet.column_dimensions[get_column_letter(number)].width = _WIDE.get(column, 16)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.freeze_panes = "B2"


def read(data: bytes, words: Words) -> Draft:
    """The plan in a file; raises `Unfit` with every fault, each with its sheet and cell."""
    inspect(data)
    try:
        book = load_workbook(BytesIO(data), keep_vba=False, keep_links=False)
    except Exception as error:
        # The library has no error of its own for a file that is not what it says.
        raise Unfit([CellFault(Fault.NOT_A_WORKBOOK)]) from error
    faults: list[CellFault] = []
    sheets = _sheets(book, words, faults)
    draft = Draft()
    lines: dict[str, tuple[list[Any], Callable[[Row], Any]]] = {
        "indicators": (draft.indicators, _indicator),
        "figures": (draft.figures, _figure),
        "measures": (draft.measures, _measure),
        "money": (draft.money, _money),
    }
    rows: dict[str, list[Row]] = {}
    for name, (found, parse) in lines.items():
        rows[name] = list(_filled(sheets[name], name, words, faults)) if name in sheets else []
        found.extend(parse(row) for row in rows[name])
    if not faults:
        check(draft, rows)
    if faults:
        raise Unfit(faults)
    return draft


def _sheets(book: Any, words: Words, faults: list[CellFault]) -> dict[str, Any]:
    found = {}
    for sheet in book.sheetnames:
        name = words.known["sheet"].get(tidy(sheet).casefold())
        if name is None or name in found or not hasattr(book[sheet], "iter_rows"):
            faults.append(CellFault(Fault.SHEET_UNKNOWN, sheet))
        else:
            found[name] = book[sheet]
    missing = [words.shown[f"sheet.{name}"] for name in COLUMNS if name not in found]
    faults += [CellFault(Fault.SHEET_MISSING, name) for name in missing]
    return found


def _filled(sheet: Any, name: str, words: Words, faults: list[CellFault]) -> Iterable[Row]:
    """The rows with something in them; none where the head of the sheet is not right."""
    if sheet.max_row > _MAX_ROWS or sheet.max_column > _MAX_COLUMNS:
        faults.append(CellFault(Fault.TOO_LARGE, sheet.title))
        return
    columns = _columns(sheet, name, words, faults)
    if columns is None:
        return
    for line in sheet.iter_rows(min_row=2):
        row = Row(sheet, line[0].row, columns=columns, words=words, faults=faults)
        outside = [c for c in line if c.value is not None and c.column not in columns.values()]
        faults += [CellFault(Fault.OUTSIDE, sheet.title, cell.coordinate) for cell in outside]
        if not row.is_empty():
            yield row


def _columns(sheet: Any, name: str, words: Words, faults: list[CellFault]) -> dict[str, int] | None:
    known = words.known["column"]
    columns: dict[str, int] = {}
    before = len(faults)
    for cell in next(sheet.iter_rows(min_row=1, max_row=1)):
        if cell.value is None:
            continue
        said = tidy(str(cell.value))
        key = known.get(said.casefold(), "")
        if key not in COLUMNS[name]:
            faults.append(CellFault(Fault.COLUMN_UNKNOWN, sheet.title, cell.coordinate, said[:40]))
        elif key in columns:
            faults.append(CellFault(Fault.COLUMN_TWICE, sheet.title, cell.coordinate, said[:40]))
        else:
            columns[key] = cell.column
    for key in COLUMNS[name]:
        if key not in columns:
            shown = words.shown[f"column.{key}"]
            faults.append(CellFault(Fault.COLUMN_MISSING, sheet.title, "", shown))
    return columns if len(faults) == before else None


def _indicator(row: Row) -> IndicatorLine:
    return IndicatorLine(
        code=row.code(),
        title=row.text("title"),
        unit=row.text("unit"),
        direction=row.word("direction", "direction"),
        base=row.number_of("base", _THOUSANDTHS),
        base_year=row.year("base_year", needed=False) or None,
        tolerance=row.amount("tolerance", _THOUSANDTHS) or 0,
        responsible=row.text("responsible", needed=False) or None,
        themes=tuple(row.list_of("themes")),
        in_force=row.is_so("in_force"),
        example=row.is_so("example"),
        at=row.spot(),
    )


def _figure(row: Row) -> FigureLine:
    return FigureLine(
        code=row.code(),
        year=row.year(),
        plan=row.number_of("plan", _THOUSANDTHS),
        fact=row.number_of("fact", _THOUSANDTHS),
        reason=row.text("reason", 500, needed=False) or None,
        at=row.spot(),
    )


def _measure(row: Row) -> MeasureLine:
    return MeasureLine(
        code=row.code(),
        section=row.text("section"),
        title=row.text("title"),
        result=row.text("result"),
        responsible=row.text("responsible", needed=False) or None,
        priority=row.is_so("priority"),
        works_on=_weights(row),
        in_force=row.is_so("in_force"),
        example=row.is_so("example"),
        at=row.spot(),
    )


def _weights(row: Row) -> tuple[tuple[str, int], ...]:
    """`tourists: 40; guest-spending: 60`: indicators with their weights in percent."""
    found = []
    for part in row.list_of("works_on"):
        code, colon, weight = (each.strip() for each in part.partition(":"))
        if not colon or not (weight.isascii() and weight.isdecimal() and 1 <= int(weight) <= 100):
            row.fault("works_on", Fault.WEIGHT, part)
        else:
            found.append((code, int(weight)))
    return tuple(found)


def _money(row: Row) -> MoneyLine:
    return MoneyLine(
        code=row.code(),
        year=row.year(),
        source=row.word("source", "source"),
        planned=row.amount("planned", _KOPECKS),
        spent=row.amount("spent", _KOPECKS),
        at=row.spot(),
    )
