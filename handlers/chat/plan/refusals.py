"""Refusals of the plan, in words."""

from collections.abc import Callable
from typing import Any

from handlers.buttons import Go
from handlers.chat.plan.faults import lines
from handlers.screen import Button
from handlers.texts import _
from services.cities import CityFacts
from services.errors import Refusal
from services.plan.draft import Unfit
from services.plan.figures import ReasonNeeded, YearAhead
from services.plan.papers import DocumentNeeded


def _unfit(refusal: Unfit, _city: CityFacts) -> str:
    told = "\n".join(f"• {line}" for line in lines(refusal))
    return _("I could not take this file in, and nothing was changed.") + f"\n\n{told}"


WORDS: dict[type[Refusal], Callable[[Any, CityFacts], str]] = {
    Unfit: _unfit,
    ReasonNeeded: lambda r, c: _(
        "This figure is behind the plan by now. Please begin again and say why."
    ),
    DocumentNeeded: lambda r, c: _("A figure needs its document, a photo or a PDF."),
    YearAhead: lambda r, c: _("This year cannot be written now."),
}

WAYS: dict[type[Refusal], Callable[[], list[list[Button]]]] = {
    Unfit: lambda: [[Button(_("Cancel"), Go(to="plan_cancel"))]],
    ReasonNeeded: lambda: [[Button(_("✍️ Figures of my unit"), Go(to="plan_mine"))]],
    YearAhead: lambda: [[Button(_("✍️ Figures of my unit"), Go(to="plan_mine"))]],
}
