"""The city's log as everybody may read it: the same moves that other systems hear of."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.log import PublicEvent
from services.civic.models import CivicEvent
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
