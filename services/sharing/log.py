"""The city's log as everybody may read it: the same moves that other systems hear of, and the
chain to be followed by whoever does not take our word for it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic import log
from services.civic.log import PublicEvent
from services.civic.models import CivicEvent
from services.reports.states import NEVER_SHOWN, State
from services.sharing.public import MOVES

_SHOWN = tuple(CivicEvent.__table__.c[name] for name in PublicEvent.__dataclass_fields__)


async def latest(
    tx: AsyncConnection, city_id: int, limit: int = 10, before: int | None = None
) -> list[PublicEvent]:
    """The city's latest public moves; `before` continues below this number."""
    wanted = select(*_SHOWN).where(CivicEvent.city_id == city_id, MOVES)
    if before is not None:
        wanted = wanted.where(CivicEvent.number < before)
    rows = await tx.execute(wanted.order_by(CivicEvent.number.desc()).limit(limit))
    return [PublicEvent(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class Link:
    """An event of the chain. What it says and the `salt` stand only there where that is public;
    the `digest` of the two does not tell them."""

    number: int
    prev: str
    hash: str
    digest: str
    salt: str | None
    content: str | None


_TOLD = and_(
    MOVES,
    # Every report was sent before it was opened; that one was refused in between is not told.
    or_(
        CivicEvent.subject != "report",
        CivicEvent.before.is_(None),
        CivicEvent.before.not_in([each for each in NEVER_SHOWN if each != State.SUBMITTED]),
    ),
)


async def chain(tx: AsyncConnection, city_id: int, *, after: int, limit: int) -> list[Link]:
    """The events after this number, in order, with the words of public moves.

    Those from before there were salts are left out: their words could be guessed by the hash.
    """
    rows = await tx.execute(
        select(CivicEvent.__table__, _TOLD.label("told"))
        .where(
            CivicEvent.city_id == city_id, CivicEvent.number > after, CivicEvent.salt.is_not(None)
        )
        .order_by(CivicEvent.number)
        .limit(limit)
    )
    return [_link(dict(row._mapping)) for row in rows]


def _link(row: dict[str, Any]) -> Link:
    words = (row["salt"], log.content(row)) if row["told"] else (None, None)
    return Link(row["number"], row["prev"], row["hash"], log.digest(row), *words)
