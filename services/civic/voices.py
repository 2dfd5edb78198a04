"""Voices for and against a report or a project: one a member, and only verified ones count.

Both totals are public, a single voice never is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import Support, Verification
from services.database import insert_new


@dataclass(frozen=True, slots=True)
class Totals:
    """Voices for and against, and how many of them are those of verified members."""

    up: int = 0
    down: int = 0
    verified_up: int = 0
    verified_down: int = 0


async def give(
    tx: AsyncConnection, *, subject: str, subject_id: int, member_id: int, value: int, now: datetime
) -> bool:
    """Say yes (1) or no (-1). True: the voice is new or another than before.

    The unique key decides between two taps.
    """
    if value not in {1, -1}:
        raise ValueError("a voice is 1 or -1")
    voice = {
        "subject": subject,
        "subject_id": subject_id,
        "member_id": member_id,
        "value": value,
        "at": now,
    }
    if await insert_new(tx, Support, voice) is not None:
        return True
    changed = await tx.execute(
        update(Support)
        .where(
            Support.subject == subject,
            Support.subject_id == subject_id,
            Support.member_id == member_id,
            Support.value != value,
        )
        .values(value=value, at=now)
    )
    return changed.rowcount == 1


async def withdraw(tx: AsyncConnection, *, subject: str, subject_id: int, member_id: int) -> bool:
    """Take one's voice back; False when there was none."""
    gone = await tx.execute(
        delete(Support).where(
            Support.subject == subject,
            Support.subject_id == subject_id,
            Support.member_id == member_id,
        )
    )
    return gone.rowcount == 1


async def totals(tx: AsyncConnection, subject: str, ids: Sequence[int]) -> dict[int, Totals]:
    """The totals of these subjects, all of them, in one query."""
    rows = await tx.execute(_TOTALS, {"subject": subject, "ids": list(ids)})
    found = {row[0]: Totals(*row[1:]) for row in rows}
    return {id_: found.get(id_, Totals()) for id_ in ids}


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _totals() -> Any:
    verified = Verification.member_id.is_not(None)
    return (
        select(
            Support.subject_id,
            _how_many(Support.value == 1),
            _how_many(Support.value == -1),
            _how_many((Support.value == 1) & verified),
            _how_many((Support.value == -1) & verified),
        )
        .outerjoin(Verification, Verification.member_id == Support.member_id)
        .where(
            Support.subject == bindparam("subject"),
            Support.subject_id.in_(bindparam("ids", expanding=True)),
        )
        .group_by(Support.subject_id)
    )


_TOTALS = _totals()
"""Made once: building it takes longer than running it."""


async def mine(tx: AsyncConnection, subject: str, subject_id: int, member_id: int) -> int | None:
    """What the member said: 1, -1, or None for nothing."""
    return await tx.scalar(
        select(Support.value).where(
            Support.subject == subject,
            Support.subject_id == subject_id,
            Support.member_id == member_id,
        )
    )


async def supporters(tx: AsyncConnection, subject: str, subject_id: int) -> list[int]:
    """Who is for it, by id."""
    found = await tx.scalars(
        select(Support.member_id)
        .where(Support.subject == subject, Support.subject_id == subject_id, Support.value == 1)
        .order_by(Support.member_id)
    )
    return list(found)
