"""A member's rights over their data: a copy of it, and the end of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events, ledger
from services.database import lock_row
from services.members.models import Attempt, Consent, Identity, Member, RoleGrant
from services.receipts.models import Receipt
from services.receipts.submit import anonymise
from services.rewards.models import Redemption, Reward
from services.rewards.redeem import release_all

_FORGET_AFTER = timedelta(seconds=3)
_NOBODY = "—"


async def export(tx: AsyncConnection, member_id: int) -> dict[str, Any]:
    """Everything kept about the member, as plain JSON-able values with readable keys."""
    member = await _table(
        tx,
        select(
            Member.name, Member.language, Member.card, Member.notify, Member.created_at,
            Member.joined_via.label("came_from"),
        ).where(Member.id == member_id),
    )  # fmt: skip
    mine = Identity.member_id == member_id
    return {
        "member": member[0],
        "channels": await _table(
            tx, select(Identity.channel, Identity.external_id, Identity.seen_at).where(mine)
        ),
        "consents": await _table(
            tx,
            select(Consent.kind, Consent.given, Consent.text_version, Consent.channel, Consent.at)
            .where(Consent.member_id == member_id)
            .order_by(Consent.id),
        ),
        "roles": await _table(
            tx,
            select(RoleGrant.role, RoleGrant.granted_at, RoleGrant.revoked_at).where(
                RoleGrant.member_id == member_id
            ),
        ),
        "receipts": await _table(
            tx,
            select(
                Receipt.number, Receipt.sign, Receipt.total.label("total_kopecks"),
                Receipt.purchased_at, Receipt.submitted_at, Receipt.state, Receipt.reason,
                Receipt.points,
            )
            .where(Receipt.member_id == member_id)
            .order_by(Receipt.id),
        ),
        "rewards": await _table(
            tx,
            select(
                Reward.title, Redemption.price, Redemption.currency, Redemption.state,
                Redemption.created_at, Redemption.settled_at,
            )
            .join(Reward, Reward.id == Redemption.reward_id)
            .where(Redemption.member_id == member_id)
            .order_by(Redemption.id),
        ),
        "points": await _entries(tx, member_id, "points"),
        "merits": await _entries(tx, member_id, "merits"),
    }  # fmt: skip


async def _table(tx: AsyncConnection, query: Any) -> list[dict[str, Any]]:
    return [
        {name: _json(value) for name, value in row._mapping.items()}
        for row in await tx.execute(query)
    ]


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


async def _entries(tx: AsyncConnection, member_id: int, currency: str) -> list[dict[str, Any]]:
    entries = await ledger.history(tx, member_id, currency, 10_000, None)
    return [
        {"at": e.at.isoformat(), "what": e.kind, "amount": e.amount, "state": e.state}
        for e in reversed(entries)
    ]


async def delete_member(tx: AsyncConnection, member_id: int, now: datetime) -> None:
    """Void the points and remove what is personal; the ledger stays whole, without a name.

    The channels forget their own copies (transcripts, sessions) a little later, through the
    outbox, so that a crash cannot leave them behind.
    """
    # A reward taken at this moment is there before, and let go, or comes after and finds nothing.
    await lock_row(tx, Member, member_id)
    await release_all(tx, member_id, now)
    await ledger.forfeit(tx, member_id, now)
    await anonymise(tx, member_id)
    identities = await tx.execute(
        select(Identity.channel, Identity.external_id).where(Identity.member_id == member_id)
    )
    for channel, external_id in identities.all():
        facts = {"channel": channel, "external_id": external_id}
        await delivery.tell(tx, member_id, "forget", facts, now, after=_FORGET_AFTER)
    await tx.execute(delete(Identity).where(Identity.member_id == member_id))
    await tx.execute(delete(Attempt).where(Attempt.member_id == member_id))
    await tx.execute(
        update(RoleGrant)
        .where(RoleGrant.member_id == member_id, RoleGrant.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=member_id)
    )
    await tx.execute(
        update(Member)
        .where(Member.id == member_id)
        .values(name=_NOBODY, joined_via=None, card=f"deleted-{member_id}", deleted_at=now)
    )
    await events.record(tx, "member", member_id, "delete", "deleted", actor_id=member_id, at=now)
