"""Groups of reports that together may be a project: suggested to moderators, never made alone."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import notifying, places
from services.civic.models import Told
from services.reports import acting
from services.reports.models import Report
from services.reports.publicity import PUBLISHED
from services.reports.states import ACTIVE, Acting, Verb, row_of
from services.reports.units import not_mine

_PROMOTABLE = tuple(
    state
    for state in ACTIVE
    if (row := row_of(state, Verb.PROMOTE)) is not None and Acting.MODERATOR in row.roles
)
"""What a moderator may still make a project of."""
_MOST = 3_000
_DEGREE = 111_195


@dataclass(frozen=True, slots=True)
class Cluster:
    """Open reports of one group of themes close together, the oldest first; `key` names it."""

    key: str
    group: str
    report_ids: tuple[int, ...]
    lat: float
    lon: float


async def suggested(
    tx: AsyncConnection, city: CityFacts, *, by: int, now: datetime, limit: int = 5
) -> list[Cluster]:
    """Groups that this moderator can make a project of, the largest first; nothing of their own.

    One that a moderator has put aside comes back when it has grown.
    """
    await acting.require_team(tx, city, by)
    rows = await tx.execute(
        select(Report.id, Report.group, Report.lat, Report.lon)
        .where(
            Report.city_id == city.id,
            Report.state.in_(_PROMOTABLE),
            not_mine(by),
            PUBLISHED,
            Report.published_at >= now - timedelta(days=city.rules.civic.cluster_days),
            Report.lat.is_not(None),
        )
        .order_by(Report.published_at.desc(), Report.id.desc())
        .limit(_MOST)
    )
    found = clustered(rows.all(), city.rules.civic.cluster_metres, city.rules.civic.cluster_count)
    aside = set(await tx.scalars(select(Told.key).where(Told.key.in_([c.key for c in found]))))
    return [cluster for cluster in found if cluster.key not in aside][:limit]


def clustered(reports: Sequence[Any], metres: int, count: int) -> list[Cluster]:
    """Groups of at least `count`, each within `metres` of one of its own, none in two groups."""
    around = _neighbours(reports, metres)
    by_id = {report.id: report for report in reports}
    free = set(by_id)
    found = []
    for report_id in sorted(around, key=lambda id_: (-len(around[id_]), id_)):
        members = sorted(around[report_id] & free)
        if report_id in free and len(members) >= count:
            centre = by_id[report_id]
            found.append(
                Cluster(_key(members), centre.group, tuple(members), centre.lat, centre.lon)
            )
            free -= set(members)
    return sorted(found, key=lambda cluster: (-len(cluster.report_ids), cluster.report_ids))


def _neighbours(reports: Sequence[Any], metres: int) -> dict[int, set[int]]:
    """Report → itself and those of its group within so many metres."""
    tall = metres / _DEGREE
    squares: dict[tuple[str, int], list[Any]] = {}
    for report in reports:
        squares.setdefault((report.group, int(report.lat // tall)), []).append(report)
    around: dict[int, set[int]] = {}
    for report in reports:
        band = int(report.lat // tall)
        near = [
            other for step in (-1, 0, 1) for other in squares.get((report.group, band + step), ())
        ]
        around[report.id] = {
            other.id
            for other in near
            if places.metres(report.lat, report.lon, other.lat, other.lon) <= metres
        }
    return around


def _key(members: Sequence[int]) -> str:
    ids = ",".join(map(str, members))
    return f"cluster:{hashlib.sha256(ids.encode()).hexdigest()[:32]}"


async def put_aside(
    tx: AsyncConnection, city: CityFacts, *, by: int, key: str, now: datetime
) -> None:
    """A moderator does not want to be shown this cluster as it is again."""
    await acting.require_team(tx, city, by)
    await notifying.once(tx, key, now)
