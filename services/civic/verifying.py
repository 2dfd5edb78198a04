"""Who is a real person, once: by a phone that is theirs, or by a clerk who sees their card.

Only verified voices count towards thresholds. Of a phone nothing but a keyed hash is kept,
unique in the city: one phone, one voice.
"""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services import events
from services.civic.models import Verification
from services.database import insert_new, lock_row
from services.errors import NotAllowed, NotFound, Refusal
from services.members.models import Member
from services.members.roles import Role, require

CLERKS = (Role.MODERATOR, Role.OPERATOR, Role.ADMIN)
"""Who may confirm a person by their card."""

_SEEN = "seen:"
_RUSSIAN_DIGITS = 11
_KEY_BYTES = 16


@dataclass
class PhoneTaken(Refusal):
    """Another member of the city is verified by this phone."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A member whose card a clerk looks at. `by_clerk`: verified so, and not by a phone."""

    member_id: int
    name: str
    verified: bool
    by_clerk: bool


def phone_hash(key: bytes, city_id: int, phone: str) -> str:
    """A keyed hash of the number, the same however it is written."""
    if len(key) < _KEY_BYTES:
        raise ValueError("phones are hashed with a real key only")
    digits = "".join(c for c in phone if c.isdecimal() and c.isascii())
    if len(digits) == _RUSSIAN_DIGITS and digits.startswith("8"):
        digits = f"7{digits[1:]}"
    return hmac.new(key, f"{city_id}:{digits}".encode(), hashlib.sha256).hexdigest()


async def is_verified(tx: AsyncConnection, member_id: int) -> bool:
    """Whether this member's voice counts."""
    found = select(Verification.member_id).where(Verification.member_id == member_id)
    return await tx.scalar(found) is not None


async def among(tx: AsyncConnection, member_ids: Collection[int]) -> list[int]:
    """Those of the members whose voice counts, by id."""
    found = select(Verification.member_id).where(Verification.member_id.in_(member_ids))
    return list(await tx.scalars(found.order_by(Verification.member_id)))


async def verify(
    tx: AsyncConnection,
    *,
    member_id: int,
    city_id: int,
    phone_hash: str,
    by_id: int | None,
    now: datetime,
) -> None:
    """The member is verified from now on; raises `PhoneTaken` for a phone that is another's.

    Doing it again changes nothing, except that a phone takes the place of a clerk's word.
    """
    await lock_row(tx, Member, member_id)
    known = await tx.scalar(select(Verification.phone).where(Verification.member_id == member_id))
    if known is not None and (by_id is not None or not known.startswith(_SEEN)):
        return
    if known is not None:
        await tx.execute(delete(Verification).where(Verification.member_id == member_id))
    values = {
        "member_id": member_id,
        "city_id": city_id,
        "phone": phone_hash,
        "by_id": by_id,
        "at": now,
    }
    if await insert_new(tx, Verification, values) is None:
        raise PhoneTaken
    await events.record(
        tx, "member", member_id, "verify", "verified", actor_id=by_id or member_id, at=now
    )


async def holder_of(tx: AsyncConnection, *, city_id: int, clerk_id: int, card: str) -> Holder:
    """Whose card this is; raises `NotAllowed` for anybody but a clerk, `NotFound` for no card."""
    await require(tx, clerk_id, CLERKS, None)
    row = (
        await tx.execute(
            select(Member.id, Member.name, Verification.phone)
            .outerjoin(Verification, Verification.member_id == Member.id)
            .where(Member.card == card, Member.city_id == city_id, Member.deleted_at.is_(None))
        )
    ).first()
    if row is None:
        raise NotFound
    by_clerk = row.phone is not None and row.phone.startswith(_SEEN)
    return Holder(row.id, row.name, row.phone is not None, by_clerk)


async def vouch(
    tx: AsyncConnection, *, city_id: int, clerk_id: int, card: str, now: datetime
) -> Holder:
    """A clerk has the person and their card in front of them. Nobody does so for themselves."""
    holder = await holder_of(tx, city_id=city_id, clerk_id=clerk_id, card=card)
    if holder.member_id == clerk_id:
        raise NotAllowed
    await verify(
        tx,
        member_id=holder.member_id,
        city_id=city_id,
        phone_hash=f"{_SEEN}{holder.member_id}",
        by_id=clerk_id,
        now=now,
    )
    return await holder_of(tx, city_id=city_id, clerk_id=clerk_id, card=card)


async def take_back(
    tx: AsyncConnection, *, city_id: int, clerk_id: int, card: str, now: datetime
) -> Holder:
    """Undo what a clerk's word gave; a phone's verification stays."""
    holder = await holder_of(tx, city_id=city_id, clerk_id=clerk_id, card=card)
    gone = await tx.execute(
        delete(Verification).where(
            Verification.member_id == holder.member_id, Verification.phone.startswith(_SEEN)
        )
    )
    if gone.rowcount == 1:
        await events.record(
            tx, "member", holder.member_id, "unverify", "unverified", actor_id=clerk_id, at=now
        )
    return await holder_of(tx, city_id=city_id, clerk_id=clerk_id, card=card)
