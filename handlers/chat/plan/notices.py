"""Messages about the plan to people who are not in the conversation."""

from collections.abc import Callable
from datetime import date
from typing import Any

from handlers.buttons import Go
from handlers.screen import Button, Screen
from handlers.texts import _, _n, day
from services.cities import CityFacts


def _due(facts: dict[str, Any], city: CityFacts) -> Screen:
    return Screen(
        _n(
            "The quarter ends on {day}. {n} figure of your unit waits to be written.",
            "The quarter ends on {day}. {n} figures of your unit wait to be written.",
            facts["figures"],
            day=day(date.fromisoformat(facts["until"]), city.timezone),
        ),
        [[Button(_("✍️ Figures of my unit"), Go(to="plan_mine"))]],
    )


KINDS: dict[str, Callable[[dict[str, Any], CityFacts], Screen]] = {"plan_figures_due": _due}
