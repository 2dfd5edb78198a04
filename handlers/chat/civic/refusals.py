"""Refusals that reports and projects share, in words."""

from collections.abc import Callable
from typing import Any

from handlers.buttons import Go
from handlers.screen import Button
from handlers.texts import _
from services.cities import CityFacts
from services.civic.verifying import PhoneTaken
from services.errors import Refusal

WORDS: dict[type[Refusal], Callable[[Any, CityFacts], str]] = {
    PhoneTaken: lambda r, c: _(
        "Somebody in this city is confirmed by this phone already, and one phone is one voice. If "
        "it is yours on another card, use that card, or ask the city’s team."
    ),
}

WAYS: dict[type[Refusal], Callable[[], list[list[Button]]]] = {
    PhoneTaken: lambda: [[Button(_("💳 My card"), Go(to="card"))]],
}
