"""Who hears of what: members follow a report, a project, a theme, a kind or a district."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import Follow
from services.database import insert_new

Via = Literal["author", "support", "asked", "chosen"]


@dataclass(frozen=True, slots=True)
class Followed:
    """One thing a member follows."""

    id: int
    subject: str
    key: str
    via: str
    at: datetime


async def follow(
    tx: AsyncConnection, *, member_id: int, subject: str, key: str, via: Via, now: datetime
) -> bool:
    """Begin to follow; False when the member did already, for whatever reason."""
    values = {"member_id": member_id, "subject": subject, "key": key, "via": via, "at": now}
    return await insert_new(tx, Follow, values) is not None


async def unfollow(tx: AsyncConnection, *, member_id: int, subject: str, key: str) -> bool:
    """Hear no more of it; False when the member did not follow it."""
    gone = await tx.execute(
        delete(Follow).where(
            Follow.member_id == member_id, Follow.subject == subject, Follow.key == key
        )
    )
    return gone.rowcount == 1


async def follows(tx: AsyncConnection, member_id: int, subject: str, key: str) -> bool:
    """Whether the member follows it."""
    found = await tx.scalar(
        select(Follow.id).where(
            Follow.member_id == member_id, Follow.subject == subject, Follow.key == key
        )
    )
    return found is not None


async def followers(tx: AsyncConnection, subject: str, key: str) -> list[int]:
    """Who follows it, by id."""
    found = await tx.scalars(
        select(Follow.member_id)
        .where(Follow.subject == subject, Follow.key == key)
        .order_by(Follow.member_id)
    )
    return list(found)


async def of_member(
    tx: AsyncConnection, member_id: int, limit: int = 10, offset: int = 0
) -> list[Followed]:
    """What the member follows, the latest first."""
    rows = await tx.execute(
        select(Follow.id, Follow.subject, Follow.key, Follow.via, Follow.at)
        .where(Follow.member_id == member_id)
        .order_by(Follow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Followed(*row) for row in rows]


async def how_many(tx: AsyncConnection, member_id: int) -> int:
    """How many things the member follows."""
    count = await tx.scalar(
        select(func.count()).select_from(Follow).where(Follow.member_id == member_id)
    )
    return count or 0


async def end(tx: AsyncConnection, *, member_id: int, follow_id: int) -> Followed | None:
    """Stop following by the entry's id; None when it is gone, or another's."""
    gone = await tx.execute(
        delete(Follow)
        .where(Follow.id == follow_id, Follow.member_id == member_id)
        .returning(Follow.id, Follow.subject, Follow.key, Follow.via, Follow.at)
    )
    row = gone.first()
    return Followed(*row) if row else None
