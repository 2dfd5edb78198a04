"""Who is sent the news of the week, and who does not want them.

Each member is looked at once a week, whether there are news for them or not; that they were is
written together with their message, so that no crash can send it twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import String, and_, cast, delete, literal, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import naming, notifying
from services.civic.models import Follow, Told, Unwanted
from services.database import delete_some, insert_new, insert_some_new
from services.members.models import Member, RoleGrant
from services.week import news, work
from services.week.news import News, Ref
from services.week.work import Work

KIND = "week_news"
WHAT = "week"
_AT_ONCE = 50
_SHOWN = 6
"""So many followed districts and themes stand in one message, those with most news first."""
_MARK = "week:"


async def tell_next(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Tell some of those who were not looked at this week; False when all were.

    The week ends with its Sunday: who began to follow or got a role after that waits for the next.
    """
    monday = _monday(city, now)
    members = await _due(tx, city, monday)
    if not members:
        return False
    marks = {_mark(city, monday) + str(member): member for member in members}
    rows = [{"key": key, "at": now} for key in marks]
    fresh = [marks[key] for key in await insert_some_new(tx, Told, rows, Told.key)]
    works = await work.of_members(tx, city.id, fresh)
    found = await news.of_week(tx, city.id, monday - timedelta(days=7), monday)
    followed = await _followed(tx, fresh, monday)
    names = await naming.names(tx, city, found)
    for member in sorted(fresh):
        message = _message(works.get(member, []), followed.get(member, []), found, names)
        if message is not None:
            first = (monday - timedelta(days=7)).astimezone(city.timezone).date()
            said = {"first": first.isoformat(), **message}
            await notifying.tell(
                tx, city, member, KIND, said, now, subject=WHAT, subject_id=city.id
            )
    return True


def _monday(city: CityFacts, now: datetime) -> datetime:
    """When the running week began in the city, in the zone of `now`."""
    today = now.astimezone(city.timezone).date()
    first = today - timedelta(days=today.weekday())
    return datetime.combine(first, time(), city.timezone).astimezone(now.tzinfo)


def _mark(city: CityFacts, monday: datetime) -> str:
    return f"{_MARK}{monday.astimezone(city.timezone).date().isoformat()}:"


async def _due(tx: AsyncConnection, city: CityFacts, monday: datetime) -> Sequence[int]:
    follow = select(Follow.member_id).where(Follow.subject.in_(news.SUBJECTS), Follow.at < monday)
    holds = select(RoleGrant.member_id).where(
        RoleGrant.role.in_(work.ROLES),
        RoleGrant.revoked_at.is_(None),
        RoleGrant.granted_at < monday,
    )
    looked_at = select(Told.key).where(
        Told.key == literal(_mark(city, monday)) + cast(Member.id, String)
    )
    unwanted = select(Unwanted.what).where(Unwanted.member_id == Member.id, Unwanted.what == WHAT)
    found = await tx.scalars(
        select(Member.id)
        .where(
            Member.id.in_(union(follow, holds)),
            Member.city_id == city.id,
            Member.deleted_at.is_(None),
            ~looked_at.exists(),
            ~unwanted.exists(),
        )
        .order_by(Member.id)
        .limit(_AT_ONCE)
    )
    return found.all()


async def _followed(
    tx: AsyncConnection, members: Sequence[int], before: datetime
) -> Mapping[int, list[Ref]]:
    rows = await tx.execute(
        select(Follow.member_id, Follow.subject, Follow.key)
        .where(Follow.member_id.in_(members), Follow.subject.in_(news.SUBJECTS), Follow.at < before)
        .order_by(Follow.id)
    )
    found: dict[int, list[Ref]] = {}
    for row in rows:
        found.setdefault(row.member_id, []).append((row.subject, row.key))
    return found


def _message(
    works: Sequence[Work],
    followed: Sequence[Ref],
    found: Mapping[Ref, News],
    names: Mapping[Ref, naming.Named],
) -> dict[str, Any] | None:
    """What is said to somebody; None when there is nothing to say."""
    about = [ref for ref in followed if ref in found and ref in names]
    if not works and not about:
        return None
    about.sort(key=lambda ref: -found[ref].counts.total())
    return {
        "work": [each.facts() for each in works],
        "news": [
            {
                "subject": ref[0], "name": {"local": names[ref].local, "text": names[ref].text},
                **found[ref].facts(),
            }
            for ref in about[:_SHOWN]
        ],
        "more": max(0, len(about) - _SHOWN),
    }  # fmt: skip


async def wanted(tx: AsyncConnection, member_id: int) -> bool:
    """Whether the member wants the news of the week."""
    mine = select(Unwanted.what).where(Unwanted.member_id == member_id, Unwanted.what == WHAT)
    return await tx.scalar(mine) is None


async def want(tx: AsyncConnection, member_id: int, *, yes: bool, now: datetime) -> None:
    """Begin to want them again, or want them no more; doing so twice changes nothing."""
    if not yes:
        await insert_new(tx, Unwanted, {"member_id": member_id, "what": WHAT, "at": now})
        return
    await tx.execute(delete(Unwanted).where(Unwanted.member_id == member_id, Unwanted.what == WHAT))


async def forget(tx: AsyncConnection, now: datetime, limit: int) -> int:
    """Drop some of the marks of weeks that are over."""
    over = and_(Told.key.startswith(_MARK), Told.at < now - timedelta(days=15))
    return await delete_some(tx, Told, over, limit)
