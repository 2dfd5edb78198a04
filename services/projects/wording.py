"""Words that members write: tidied, and neither empty nor endless."""

from dataclasses import dataclass

from services.errors import Refusal


@dataclass
class Unsuitable(Refusal):
    """The words for `field` are shorter than `least` or longer than `most` characters."""

    field: str
    least: int
    most: int


TEXT = 3000
"""How long a text may be."""


def line(text: str, field: str, *, least: int = 3, most: int = 120) -> str:
    """One line without spaces at its ends or in rows; raises `Unsuitable`."""
    return _fit(" ".join(text.split()), field, least, most)


def text(text: str, field: str, *, least: int = 0, most: int = TEXT) -> str:
    """Several lines as they are, without spaces at the ends; raises `Unsuitable`."""
    return _fit(text.strip(), field, least, most)


def _fit(words: str, field: str, least: int, most: int) -> str:
    if not least <= len(words) <= most:
        raise Unsuitable(field, least, most)
    return words
