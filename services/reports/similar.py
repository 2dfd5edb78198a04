"""Whether a report is there already: by place and theme, and by words where there is no place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic.places import Spot
from services.reports.themes import Theme


@dataclass(frozen=True, slots=True)
class Similar:
    """A published report that may be the same problem.

    `metres` away, None for one of the whole city; `photo` the token of its first shown photo;
    `up` voices. `again`: it was fixed lately, so it is reopened and not supported. `mine`: the
    member wrote it; `supported`: the member has given it their voice.
    """

    id: int
    number: int
    category_id: int
    state: str
    text: str
    address: str | None
    metres: int | None
    since: datetime
    up: int
    photo: str | None
    again: bool
    mine: bool
    supported: bool
    score: float


async def near(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    theme: Theme,
    spot: Spot,
    text: str,
    member_id: int | None,
    now: datetime,
    limit: int = 3,
) -> Sequence[Similar]:
    """The likeliest first: of the theme's group, within its radius and days, still open or fixed
    not long ago. A theme with radius 0 and a report of the whole city are compared by words."""
    raise NotImplementedError
