"""`.env.example` shows every setting there is, and no other."""

import re
from pathlib import Path

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
ASSIGNMENT = re.compile(r"^(?:# ?)?([A-Z][A-Z0-9_]*)=", re.M)


def test_the_example_lists_exactly_the_settings() -> None:
    shown = ASSIGNMENT.findall((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(name.upper() for name in Settings.model_fields)
