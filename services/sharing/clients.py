"""Systems that have a key: made, found by it, revoked."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sharing.models import ApiClient

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Client:
    """A system that calls: `may_update` lets it say what the city has done."""

    id: int
    name: str
    per_minute: int
    may_update: bool


@dataclass(frozen=True, slots=True)
class Listed:
    name: str
    per_minute: int
    may_update: bool
    created_at: datetime
    revoked_at: datetime | None


_BY_KEY = select(
    ApiClient.id, ApiClient.name, ApiClient.per_minute, ApiClient.may_update
).where(
    ApiClient.city_id == bindparam("of_city"),
    ApiClient.key_hash == bindparam("hashed"),
    ApiClient.revoked_at.is_(None),
)  # fmt: skip


async def add(
    tx: AsyncConnection,
    *,
    city_id: int,
    name: str,
    per_minute: int,
    may_update: bool,
    now: datetime,
) -> str | None:
    """A new key, shown only now; None when a live client of the city has this name."""
    live = select(ApiClient.id).where(
        ApiClient.city_id == city_id, ApiClient.name == name, ApiClient.revoked_at.is_(None)
    )
    if await tx.scalar(live) is not None:
        return None
    key = _new_key()
    await tx.execute(
        insert(ApiClient).values(
            city_id=city_id,
            name=name,
            key_hash=hashed(key),
            per_minute=per_minute,
            may_update=may_update,
            created_at=now,
        )
    )
    return key


async def rekey(tx: AsyncConnection, city_id: int, name: str) -> str | None:
    """A new key for a client, shown only now; the one it had opens nothing from now on.

    It stays the same client: its reports, updates and questions are still its own. None: there is
    no such client.
    """
    key = _new_key()
    changed = await tx.execute(
        update(ApiClient)
        .where(ApiClient.city_id == city_id, ApiClient.name == name, ApiClient.revoked_at.is_(None))
        .values(key_hash=hashed(key))
    )
    return key if changed.rowcount else None


async def revoke(tx: AsyncConnection, city_id: int, name: str, now: datetime) -> bool:
    """The key opens nothing any more; what it sent stays. False: there is no such client."""
    gone = await tx.execute(
        update(ApiClient)
        .where(ApiClient.city_id == city_id, ApiClient.name == name, ApiClient.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return gone.rowcount > 0


async def of_city(tx: AsyncConnection, city_id: int) -> Sequence[Listed]:
    """Every client there ever was, the oldest first."""
    columns = [getattr(ApiClient, name) for name in Listed.__dataclass_fields__]
    rows = await tx.execute(
        select(*columns).where(ApiClient.city_id == city_id).order_by(ApiClient.id)
    )
    return [Listed(*row) for row in rows]


async def by_key(tx: AsyncConnection, city_id: int, key: str) -> Client | None:
    """Whose key this is; None for one that is unknown or revoked."""
    found = await tx.execute(_BY_KEY, {"of_city": city_id, "hashed": hashed(key)})
    row = found.first()
    return Client(*row) if row else None


def _new_key() -> str:
    return secrets.token_urlsafe(_KEY_BYTES)


def hashed(key: str) -> str:
    """What is kept of a key. It is 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(key.encode()).hexdigest()
