"""Pictures from facts. Runs in a worker process (see `services.images.workers`)."""

from collections.abc import Callable, Mapping
from typing import Any

from services.images.pictures.card import draw_card
from services.images.pictures.passport import draw_passport
from services.images.pictures.plan import draw_plan
from services.images.pictures.sample import draw_sample
from services.images.pictures.voucher import draw_voucher

_PICTURES: dict[str, Callable[[Mapping[str, Any]], bytes]] = {
    "card": draw_card,
    "code": draw_voucher,
    "passport": draw_passport,
    "plan": draw_plan,
    "sample": draw_sample,
}


def draw(kind: str, facts: Mapping[str, Any]) -> bytes:
    """The PNG of a kind: `card`, `code`, `passport`, `plan`, `sample`. Equal facts, equal bytes.

    Each kind's function names its facts. Raises KeyError for an unknown kind or a missing fact,
    ValueError where the text of the code is too long to be drawn readably.
    """
    return _PICTURES[kind](facts)
