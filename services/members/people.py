"""Becoming a member, and the small things a member may change."""

import secrets
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import ledger
from services.database import insert_new
from services.errors import Changed
from services.members.models import Identity, Member

NAME_LIMIT = 60
_CARD_DIGITS = 10


async def join(
    tx: AsyncConnection,
    *,
    city_id: int,
    channel: str,
    external_id: str,
    language: str,
    via: str | None,
    now: datetime,
) -> int:
    """The member behind (channel, external id), made if there is none. Returns the member's id.

    A new member has no name: a name is personal data and comes with the consent. Raises `Changed`
    when another transaction made the same person a member a moment before.
    """
    known = await tx.scalar(
        select(Identity.member_id).where(
            Identity.channel == channel, Identity.external_id == external_id
        )
    )
    if known is not None:
        return known
    member_id: int | None = await tx.scalar(
        insert(Member)
        .values(
            city_id=city_id,
            name="",
            language=language,
            card=_card_number(),
            joined_via=via,
            created_at=now,
        )
        .returning(Member.id)
    )
    assert member_id is not None
    await ledger.open_accounts(tx, member_id)
    identity = {
        "member_id": member_id,
        "channel": channel,
        "external_id": external_id,
        "seen_at": now,
    }
    if await insert_new(tx, Identity, identity) is None:
        raise Changed
    return member_id


def _card_number() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(_CARD_DIGITS))


async def rename(tx: AsyncConnection, member_id: int, name: str) -> str:
    """Set the name shown on the card; control characters and surplus length are dropped."""
    clean = " ".join("".join(c for c in name if c.isprintable()).split())[:NAME_LIMIT]
    if clean:
        await tx.execute(update(Member).where(Member.id == member_id).values(name=clean))
    return clean


async def speak(tx: AsyncConnection, member_id: int, language: str) -> None:
    """Set the member's language."""
    await tx.execute(update(Member).where(Member.id == member_id).values(language=language))


async def set_notifications(tx: AsyncConnection, member_id: int, *, on: bool) -> None:
    """Whether reminders and news are wanted; answers about one's own redemptions always come."""
    await tx.execute(update(Member).where(Member.id == member_id).values(notify=on))


async def seen(tx: AsyncConnection, identity_id: int, now: datetime) -> None:
    """The person wrote through this identity: it is where messages to them go, and not blocked."""
    await tx.execute(
        update(Identity).where(Identity.id == identity_id).values(seen_at=now, blocked_at=None)
    )


async def blocked(tx: AsyncConnection, channel: str, external_id: str, now: datetime) -> None:
    """The person cannot be reached through this identity until they write again."""
    await tx.execute(
        update(Identity)
        .where(Identity.channel == channel, Identity.external_id == external_id)
        .values(blocked_at=now)
    )
