"""What people write: trimmed, and no longer than somebody reads."""

from dataclasses import dataclass

from services.errors import Refusal

TEXT = 4_000
"""Letters of a report; other systems take as many."""
WORDS = 1_000
"""Letters of a reason, a question or an answer."""


@dataclass
class TextTooLong(Refusal):
    """More letters than there may be."""

    limit: int


def clean(text: str, limit: int = WORDS) -> str:
    """The text without blank edges; raises `TextTooLong`."""
    trimmed = text.strip()
    if len(trimmed) > limit:
        raise TextTooLong(limit)
    return trimmed
