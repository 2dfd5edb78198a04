"""Before a quarter ends, the responsible units hear which figures they still owe."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Unit
from services.civic import notifying
from services.members.models import RoleGrant
from services.members.roles import Role
from services.plan.models import Indicator, IndicatorYear


def quarter(day: date) -> tuple[date, date]:
    """The first and the last day of the quarter in which a day is."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    inside_the_next = first + timedelta(days=95)
    return first, inside_the_next.replace(day=1) - timedelta(days=1)


async def remind(tx: AsyncConnection, city: CityFacts, now: datetime) -> int:
    """Remind the officials of units that owe figures; returns how many messages that made.

    Only in the last `plan_remind_days` of a quarter, and each official once a quarter. A figure is
    owed while nobody has written it since the quarter began; one that was planned for last year
    while there is none.
    """
    today = now.astimezone(city.timezone).date()
    first, last = quarter(today)
    if (last - today).days > city.rules.civic.plan_remind_days:
        return 0
    told = 0
    for unit_id, owed in (await _owed(tx, city, today, first)).items():
        for member_id in await _officials(tx, unit_id):
            key = f"plan:{last.isoformat()}:{unit_id}:{member_id}"
            if not await notifying.once(tx, key, now):
                continue
            facts = {"figures": owed, "until": last.isoformat()}
            await notifying.tell(
                tx, city, member_id, "plan_figures_due", facts, now,
                subject="plan", subject_id=unit_id, urgent=True,
            )  # fmt: skip
            told += 1
    return told


async def _owed(tx: AsyncConnection, city: CityFacts, today: date, first: date) -> dict[int, int]:
    """Unit → how many figures it has not written."""
    this = IndicatorYear.year == today.year
    last = IndicatorYear.year == today.year - 1
    begins = datetime.combine(first, time(), city.timezone)
    rows = await tx.execute(
        select(Indicator.unit_id, func.count())
        .join(IndicatorYear, IndicatorYear.indicator_id == Indicator.id)
        .join(Unit, Unit.id == Indicator.unit_id)
        .where(
            Indicator.city_id == city.id,
            Indicator.active,
            Unit.active,
            or_(
                this & or_(IndicatorYear.at.is_(None), IndicatorYear.at < begins),
                last & IndicatorYear.plan.is_not(None) & IndicatorYear.fact.is_(None),
            ),
        )
        .group_by(Indicator.unit_id)
        .order_by(Indicator.unit_id)
    )
    return {unit_id: count for unit_id, count in rows if unit_id is not None}


async def _officials(tx: AsyncConnection, unit_id: int) -> list[int]:
    grants = select(RoleGrant.member_id).where(
        RoleGrant.unit_id == unit_id,
        RoleGrant.role == Role.OFFICIAL,
        RoleGrant.revoked_at.is_(None),
    )
    return list(await tx.scalars(grants.distinct().order_by(RoleGrant.member_id)))
