"""Each morning everybody of the city's team hears what waits for them, once a day."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import notifying
from services.projects import waiting
from services.receipts import cases, review
from services.receipts.cases import Kind
from services.reports import acting, queues, telling


async def tell_next(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Tell one of the team; False when all know by now, or nothing waits."""
    day = now.astimezone(city.timezone).date().isoformat()
    for member_id in await acting.moderators(tx, city.id):
        waits = await of(tx, city, member_id, now)
        if not any(waits.values()):
            continue
        if await notifying.once(tx, f"desk:{day}:{member_id}", now):
            await notifying.tell(
                tx, city, member_id, telling.QUEUE, waits, now, subject="desk", subject_id=city.id
            )
            return True
    return False


async def of(tx: AsyncConnection, city: CityFacts, member_id: int, now: datetime) -> dict[str, int]:
    """How much waits for this member's decision, by its queue."""
    reports = await queues.counts(tx, city, member_id, now)
    return {
        "submitted": reports.submitted,
        "flagged": reports.flagged,
        "photos": reports.photos,
        **await beside_reports(tx, city.id, member_id),
    }


async def beside_reports(tx: AsyncConnection, city_id: int, member_id: int) -> dict[str, int]:
    """Receipts, claims and refunds that this member may decide on, and what projects wait for."""
    return {
        "receipts": await review.waiting_for(tx, city_id, member_id),
        "claims": await cases.how_many(tx, Kind.CLAIM, city_id, member_id),
        "projects": (await waiting.how_much(tx, city_id)).all,
        "refunds": await cases.how_many(tx, Kind.REFUND, city_id, member_id),
    }
