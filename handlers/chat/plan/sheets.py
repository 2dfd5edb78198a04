"""The words of the plan's workbook: written in one language, read in all of them."""

from functools import cache

from handlers.texts import LANGUAGES, N_, _, language, plain
from services.plan.draft import Words

SHEETS = {
    "indicators": N_("Indicators"),
    "figures": N_("Figures"),
    "measures": N_("Measures"),
    "money": N_("Money"),
}
COLUMNS = {
    "code": N_("Code"),
    "title": N_("Title"),
    "unit": N_("Unit of measure"),
    "direction": N_("What is better"),
    "base": N_("Starting value"),
    "base_year": N_("Starting year"),
    "tolerance": N_("May differ by"),
    "responsible": N_("Responsible unit"),
    "themes": N_("Themes of reports"),
    "in_force": N_("In force"),
    "example": N_("Example"),
    "year": N_("Year"),
    "plan": N_("Plan"),
    "fact": N_("Fact"),
    "reason": N_("Reason"),
    "section": N_("Section"),
    "result": N_("Expected result"),
    "priority": N_("Priority"),
    "works_on": N_("Works on indicators"),
    "source": N_("Source of money"),
    "planned": N_("Planned, ₽"),
    "spent": N_("Spent, ₽"),
}
DIRECTIONS = {
    "up": N_("more is better"),
    "down": N_("less is better"),
    "keep": N_("should stay as it is"),
}
SOURCES = {
    "municipal": N_("city budget"),
    "regional": N_("regional budget"),
    "investor": N_("investor"),
    "fund": N_("fund"),
    "citizens": N_("citizens"),
}
ANSWERS = {"yes": N_("yes"), "no": N_("no")}

_KINDS = {
    "sheet": SHEETS,
    "column": COLUMNS,
    "direction": DIRECTIONS,
    "source": SOURCES,
    "answer": ANSWERS,
}


def words() -> Words:
    """The workbook's words in the language that is set now; every language's are understood."""
    shown = {
        key if kind == "answer" else f"{kind}.{key}": plain(_(text))
        for kind, texts in _KINDS.items()
        for key, text in texts.items()
    }
    return Words(shown, _known())


@cache
def _known() -> dict[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
    for tongue in LANGUAGES:
        token = language.set(tongue)
        for kind, texts in _KINDS.items():
            known[kind] |= {plain(_(text)).casefold(): key for key, text in texts.items()}
        language.reset(token)
    for kind, texts in _KINDS.items():
        # As in the source, so that a file made before a translation is still understood.
        known[kind] = {text.casefold(): key for key, text in texts.items()} | known[kind]
    return known
