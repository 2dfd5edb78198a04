"""What is wrong with a file of the plan, cell by cell, in words."""

from collections.abc import Callable

from handlers.texts import Html, _, _n
from services.plan.container import MAX_BYTES
from services.plan.draft import CellFault, Fault, Unfit

_SHOWN = 8

_SAYS: dict[Fault, Callable[[str], Html]] = {
    Fault.NOT_A_WORKBOOK: lambda v: _("This is no XLSX workbook, or it is damaged."),
    Fault.TOO_LARGE: lambda v: _(
        "There is too much in it. A plan has at most {n} MB and 5,000 rows a sheet.",
        n=MAX_BYTES // 2**20,
    ),
    Fault.MACROS: lambda v: _("It has macros in it. Please save it as a plain .xlsx workbook."),
    Fault.SHEET_MISSING: lambda v: _("this sheet is missing"),
    Fault.SHEET_UNKNOWN: lambda v: _("a plan has no such sheet"),
    Fault.COLUMN_MISSING: lambda v: _("the column “{name}” is missing", name=v),
    Fault.COLUMN_UNKNOWN: lambda v: _("a plan has no column “{name}”", name=v),
    Fault.COLUMN_TWICE: lambda v: _("the column “{name}” is there twice", name=v),
    Fault.OUTSIDE: lambda v: _("something stands outside of the columns"),
    Fault.FORMULA: lambda v: _("this is a formula; please put its value"),
    Fault.EMPTY: lambda v: _("this must not be empty"),
    Fault.NOT_TEXT: lambda v: _("{value} is not written as a text", value=v),
    Fault.TOO_LONG: lambda v: _("this text is too long: {value}", value=v),
    Fault.NOT_A_CODE: lambda v: _(
        "“{value}” is no code: Latin letters, digits, dots and dashes", value=v
    ),
    Fault.NOT_A_NUMBER: lambda v: _("“{value}” is not a number", value=v),
    Fault.DECIMALS: lambda v: _("{value} has too many decimals", value=v),
    Fault.OUT_OF_REACH: lambda v: _("{value} cannot be right here", value=v),
    Fault.NOT_A_YEAR: lambda v: _("“{value}” is not a year", value=v),
    Fault.NOT_A_WORD: lambda v: _("“{value}” is none of the words that fit here", value=v),
    Fault.TWICE: lambda v: _("{value} is there twice", value=v),
    Fault.UNKNOWN_INDICATOR: lambda v: _("there is no indicator {value} in the file", value=v),
    Fault.UNKNOWN_MEASURE: lambda v: _("there is no measure {value} in the file", value=v),
    Fault.UNKNOWN_UNIT: lambda v: _("the city has no unit {value}", value=v),
    Fault.UNKNOWN_THEME: lambda v: _("the city has no theme {value}", value=v),
    Fault.WEIGHT: lambda v: _(
        "“{value}” is not a code with a weight from 1 to 100, like tourists: 40", value=v
    ),
    Fault.PROVEN: lambda v: _(
        "this figure has its document, so only the responsible unit changes it"
    ),
}


def sentence(fault: CellFault) -> Html:
    """One fault with its sheet and cell."""
    says = _SAYS[fault.fault](fault.value)
    if not fault.sheet:
        return says
    if not fault.cell:
        return _("{sheet}: {what}", sheet=fault.sheet, what=says)
    return _("{sheet}, {cell}: {what}", sheet=fault.sheet, cell=fault.cell, what=says)


def lines(unfit: Unfit, shown: int = _SHOWN) -> list[Html]:
    """The first faults, and how many more there are."""
    found = [sentence(fault) for fault in unfit.faults[:shown]]
    if (more := len(unfit.faults) - shown) > 0:
        found.append(_n("… and {n} more", "… and {n} more", more))
    return found
