"""Which part of a receipt's sum earns points."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from services.cities.rules import Exclusions
from services.receipts.ticket import Item, Ticket

_ADVANCE = 3
"""Tag 1214: money left for later, such as a gift certificate. What it buys earns nothing later,
for that is paid with a prepayment; so each rouble is looked at once, when goods are bought."""

_YO = re.compile("[её]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Base:
    """In kopecks: `earning` counts, `excluded` was left out of it, `unpaid` was paid earlier or
    is owed."""

    earning: int
    excluded: int
    unpaid: int


def base_of(ticket: Ticket, exclusions: Exclusions) -> Base:
    """What was paid now, in cash or by card, less what the city excludes.

    Left out are goods by type and by name, what is sold for somebody else, and advances. The
    total is no base: it holds what was paid before (1215) or will be paid later (1216, 1217).
    """
    paid = ticket.cash + ticket.ecash
    excluded = sum(item.total for item in ticket.items if _is_excluded(item, exclusions))
    excluded = max(0, min(excluded, paid))
    return Base(paid - excluded, excluded, ticket.prepaid + ticket.credit + ticket.provision)


def _is_excluded(item: Item, exclusions: Exclusions) -> bool:
    if item.agent or item.payment_type == _ADVANCE:
        return True
    if item.product_type in exclusions.product_types:
        return True
    return bool(exclusions.words) and _named(exclusions.words).search(item.name) is not None


@lru_cache(maxsize=8)
def _named(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words at the beginning of a word, with ё and е alike."""
    forms = "|".join(_YO.sub("[её]", re.escape(word)) for word in words)
    return re.compile(rf"(?<!\w)(?:{forms})", re.IGNORECASE)
