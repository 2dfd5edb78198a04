"""A member's rights over their data: a copy of it, and the end of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events, ledger
from services.cities.models import Unit, Venue
from services.civic import leaving
from services.database import lock_row
from services.delivery.models import OutboxMessage
from services.events import Event
from services.ledger.models import HAS_POINTS, Account, Lot
from services.members import roles
from services.members.models import Attempt, Consent, Identity, Invitation, Member, RoleGrant
from services.receipts.models import Receipt
from services.receipts.submit import anonymise
from services.rewards.models import Redemption, Reward
from services.rewards.redeem import release_all

_FORGET_AFTER = timedelta(seconds=3)
_NOBODY = "—"
_ALL = 2**31 - 1

_Query = Select[*tuple[Any, ...]]


async def export(tx: AsyncConnection, member_id: int) -> dict[str, Any]:
    """What the card keeps about the member, as plain JSON-able values with readable keys.

    A conversation is kept by its channel and is not in here. Other people are not in here either,
    nor what is a key to something: hashes and tokens.
    """
    kept = {name: await _table(tx, query) for name, query in _records(member_id).items()}
    return {
        "member": kept.pop("member")[0],
        **kept,
        "points": await _entries(tx, member_id, "points"),
        "merits": await _entries(tx, member_id, "merits"),
    }


def _records(member_id: int) -> dict[str, _Query]:
    """Name of a part → its query, the oldest row first."""
    return {
        **_of_person(member_id),
        **_of_guest(member_id),
        **_of_staff(member_id),
        **leaving.records(member_id),
        "events": _events(member_id),
    }


def _of_person(member_id: int) -> dict[str, _Query]:
    return {
        "member": select(
            Member.name, Member.language, Member.card, Member.notify, Member.created_at,
            Member.joined_via.label("came_from"),
        ).where(Member.id == member_id),
        "channels": select(
            Identity.channel, Identity.external_id, Identity.seen_at, Identity.blocked_at
        )
        .where(Identity.member_id == member_id)
        .order_by(Identity.id),
        "consents": select(
            Consent.kind, Consent.given, Consent.text_version, Consent.language, Consent.channel,
            Consent.at,
        )
        .where(Consent.member_id == member_id)
        .order_by(Consent.id),
        "failed_tries": select(Attempt.kind, Attempt.at)
        .where(Attempt.member_id == member_id)
        .order_by(Attempt.id),
        "messages": select(
            OutboxMessage.kind, OutboxMessage.facts, OutboxMessage.state,
            OutboxMessage.created_at, OutboxMessage.settled_at,
        )
        .where(OutboxMessage.member_id == member_id)
        .order_by(OutboxMessage.id),
    }  # fmt: skip


def _of_guest(member_id: int) -> dict[str, _Query]:
    return {
        "receipts": select(
            Receipt.number, Receipt.sign, Receipt.total.label("total_kopecks"),
            Receipt.purchased_at, Receipt.submitted_at, Receipt.source, Venue.name.label("venue"),
            Receipt.state, Receipt.reason, Receipt.points,
            Receipt.points_now.label("points_at_once"), Receipt.fields,
        )
        .outerjoin(Venue, Venue.id == Receipt.venue_id)
        .where(Receipt.member_id == member_id)
        .order_by(Receipt.id),
        "rewards": _REDEMPTIONS.add_columns(
            Redemption.price, Redemption.currency, Redemption.created_at, Redemption.expires_at
        ).where(Redemption.member_id == member_id),
        "expiring": select(
            Account.currency, Lot.remaining.label("amount"), Lot.expires_at
        )
        .join(Account, Account.id == Lot.account_id)
        .where(Account.kind == "member", Account.owner == member_id, HAS_POINTS)
        .order_by(Lot.id),
    }  # fmt: skip


def _of_staff(member_id: int) -> dict[str, _Query]:
    return {
        "roles": select(
            RoleGrant.role, Venue.name.label("venue"), Unit.name.label("unit"),
            RoleGrant.granted_at, RoleGrant.revoked_at,
        )
        .outerjoin(Venue, Venue.id == RoleGrant.venue_id)
        .outerjoin(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.member_id == member_id)
        .order_by(RoleGrant.id),
        "invitations_made": select(
            Invitation.role, Venue.name.label("venue"), Invitation.created_at,
            Invitation.expires_at, Invitation.used_at,
        )
        .outerjoin(Venue, Venue.id == Invitation.venue_id)
        .where(Invitation.created_by == member_id)
        .order_by(Invitation.id),
        "rewards_settled_for_guests": _REDEMPTIONS.where(
            Redemption.settled_by == member_id, Redemption.member_id != member_id
        ),
    }  # fmt: skip


_REDEMPTIONS = (
    select(
        Reward.title, Venue.name.label("venue"), Redemption.state, Redemption.reason,
        Redemption.settled_at,
    )
    .join(Reward, Reward.id == Redemption.reward_id)
    .join(Venue, Venue.id == Redemption.venue_id)
    .order_by(Redemption.id)
)  # fmt: skip


def _events(member_id: int) -> _Query:
    """What the member did, and what was done with what is theirs."""
    theirs = [
        (Event.subject == subject) & Event.subject_id.in_(ids)
        for subject, ids in (
            ("member", [member_id]),
            ("receipt", select(Receipt.id).where(Receipt.member_id == member_id)),
            ("redemption", select(Redemption.id).where(Redemption.member_id == member_id)),
            ("role", select(RoleGrant.id).where(RoleGrant.member_id == member_id)),
        )
    ]
    return (
        select(Event.at, Event.subject, Event.verb, Event.state, Event.reason)
        .where(or_(Event.actor_id == member_id, *theirs))
        .order_by(Event.id)
    )


async def _table(tx: AsyncConnection, query: _Query) -> list[dict[str, Any]]:
    return [
        {name: _json(value) for name, value in row._mapping.items()}
        for row in await tx.execute(query)
    ]


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


async def _entries(tx: AsyncConnection, member_id: int, currency: str) -> list[dict[str, Any]]:
    entries = await ledger.history(tx, member_id, currency, _ALL, None)
    return [
        {
            "at": e.at.isoformat(), "what": e.kind, "amount": e.amount, "state": e.state,
            "due_at": _json(e.due_at),
        }
        for e in reversed(entries)
    ]  # fmt: skip


async def delete_member(tx: AsyncConnection, member_id: int, now: datetime) -> None:
    """Void the points and remove what is personal; the ledger stays whole, without a name.

    The channels forget their own copies (transcripts, sessions) a little later, through the
    outbox, so that a crash cannot leave them behind.
    """
    # A reward taken at this moment is there before, and let go, or comes after and finds nothing.
    await lock_row(tx, Member, member_id)
    await leaving.leave(tx, member_id, now)
    await anonymise(tx, member_id)
    await release_all(tx, member_id, now)
    await ledger.forfeit(tx, member_id, now)
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
    await roles.end_invitations(tx, member_id, now)
    await tx.execute(
        update(Member)
        .where(Member.id == member_id)
        .values(name=_NOBODY, joined_via=None, card=f"deleted-{member_id}", deleted_at=now)
    )
    await events.record(tx, "member", member_id, "delete", "deleted", actor_id=member_id, at=now)
