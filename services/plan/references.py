"""What no single cell of a plan can know: codes used twice, and codes that lead nowhere."""

from collections.abc import Iterable, Mapping, Sequence

from services.plan.cells import Row
from services.plan.draft import Draft, Fault


def check(draft: Draft, rows: Mapping[str, Sequence[Row]]) -> None:
    """Note on the rows what does not fit together inside the file."""
    known = {
        "indicators": {each.code for each in draft.indicators},
        "measures": {each.code for each in draft.measures},
    }
    _once(rows["indicators"], [(each.code,) for each in draft.indicators])
    _once(rows["measures"], [(each.code,) for each in draft.measures])
    _once(rows["figures"], [(each.code, each.year) for each in draft.figures])
    _once(rows["money"], [(each.code, each.year, each.source) for each in draft.money])
    for row, figure in zip(rows["figures"], draft.figures, strict=True):
        if figure.code not in known["indicators"]:
            row.fault("code", Fault.UNKNOWN_INDICATOR, figure.code)
    for row, money in zip(rows["money"], draft.money, strict=True):
        if money.code not in known["measures"]:
            row.fault("code", Fault.UNKNOWN_MEASURE, money.code)
    for row, measure in zip(rows["measures"], draft.measures, strict=True):
        codes = [code for code, _weight in measure.works_on]
        for code in codes:
            if code not in known["indicators"]:
                row.fault("works_on", Fault.UNKNOWN_INDICATOR, code)
        _no_twins(row, "works_on", codes)
    for row, indicator in zip(rows["indicators"], draft.indicators, strict=True):
        _no_twins(row, "themes", indicator.themes)


def _once(rows: Iterable[Row], keys: Iterable[tuple[object, ...]]) -> None:
    seen: set[tuple[object, ...]] = set()
    for row, key in zip(rows, keys, strict=True):
        if key in seen:
            row.fault("code", Fault.TWICE, " ".join(map(str, key)))
        seen.add(key)


def _no_twins(row: Row, key: str, codes: Sequence[str]) -> None:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        row.fault(key, Fault.TWICE, code)
