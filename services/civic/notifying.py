"""News of reports and projects for the people they concern: by day only, and not too often.

A member gets at most one message a day about one subject, unless it is urgent. What comes on top
takes the place of the message that has not gone out yet; after that it waits for the next morning.
So nobody is flooded, and the newest news is what arrives.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery
from services.cities import CityFacts
from services.civic import following
from services.civic.models import Told
from services.database import delete_some, insert_new, insert_some_new

Facts = Mapping[str, Any]

_MARK = "push:"


async def tell(  # noqa: PLR0917 - of one subject
    tx: AsyncConnection,
    city: CityFacts,
    member_id: int,
    kind: str,
    facts: Facts,
    now: datetime,
    *,
    subject: str,
    subject_id: int,
    urgent: bool = False,
) -> None:
    """Leave news of a subject for a member, to be delivered at a civil hour.

    `urgent` is what the member should do or has been waiting for: it is always sent, though not
    at night either.
    """
    at = civil(city, now)
    topic = f"{subject}:{subject_id}"
    if urgent:
        # Without a topic: nothing takes its place.
        await delivery.tell(tx, member_id, kind, facts, now, after=at - now)
        return
    if await once(tx, _key(city, member_id, topic, at), now):
        await delivery.tell(tx, member_id, kind, facts, now, after=at - now, topic=topic)
        return
    if await delivery.replace(tx, member_id, topic, kind, facts, now):
        return
    tomorrow = _morning(city, at + timedelta(days=1))
    if await once(tx, _key(city, member_id, topic, tomorrow), now):
        after = tomorrow - now
        await delivery.tell(tx, member_id, kind, facts, now, after=after, topic=topic)


async def tell_followers(  # noqa: PLR0917 - of one subject
    tx: AsyncConnection,
    city: CityFacts,
    subject: str,
    subject_id: int,
    kind: str,
    facts: Facts,
    now: datetime,
    *,
    but: Sequence[int] = (),
) -> None:
    """Leave the news for everybody who follows the subject, except some who know already."""
    at, topic = civil(city, now), f"{subject}:{subject_id}"
    followers = await following.followers(tx, subject, str(subject_id))
    keys = {_key(city, who, topic, at): who for who in followers if who not in set(but)}
    first = await insert_some_new(tx, Told, [{"key": key, "at": now} for key in keys], Told.key)
    fresh = [keys.pop(key) for key in sorted(first)]
    await delivery.tell_all(tx, sorted(fresh), kind, facts, now, after=at - now, topic=topic)
    for member_id in keys.values():
        await tell(tx, city, member_id, kind, facts, now, subject=subject, subject_id=subject_id)


async def speak_again(
    tx: AsyncConnection,
    city: CityFacts,
    member_id: int,
    now: datetime,
    *,
    subject: str,
    subject_id: int,
) -> None:
    """Let the next news of the subject reach the member today: what was said was taken back."""
    key = _key(city, member_id, f"{subject}:{subject_id}", civil(city, now))
    await tx.execute(delete(Told).where(Told.key == key))


async def once(tx: AsyncConnection, key: str, now: datetime) -> bool:
    """True the first time it is asked for this key: for reminders that are given once."""
    return await insert_new(tx, Told, {"key": key, "at": now}) is not None


async def forget(tx: AsyncConnection, before: datetime, limit: int) -> int:
    """Drop some of the marks of days before that moment; what is told once for ever stays."""
    marks = and_(Told.key.startswith(_MARK), Told.at < before)
    return await delete_some(tx, Told, marks, limit)


def _key(city: CityFacts, member_id: int, topic: str, at: datetime) -> str:
    day = at.astimezone(city.timezone).date()
    return f"{_MARK}{day.isoformat()}:{member_id}:{topic}"


def civil(city: CityFacts, now: datetime) -> datetime:
    """This moment, or the end of the quiet hours it falls into."""
    quiet_from, quiet_until = city.rules.civic.quiet_from, city.rules.civic.quiet_until
    hour = now.astimezone(city.timezone).hour
    if quiet_from < quiet_until:
        return _morning(city, now) if quiet_from <= hour < quiet_until else now
    if quiet_until <= hour < quiet_from or quiet_from == quiet_until:
        return now
    return _morning(city, now if hour < quiet_until else now + timedelta(days=1))


def _morning(city: CityFacts, moment: datetime) -> datetime:
    """When the quiet hours end on the local day of this moment, in the zone of `moment`."""
    day = moment.astimezone(city.timezone).date()
    ends = datetime.combine(day, time(city.rules.civic.quiet_until), city.timezone)
    return ends.astimezone(moment.tzinfo)
