"""Who is speaking: identity, member, roles, consent, dialogue state and whether the update is
known already, in one statement."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import DialogueState, ProcessedUpdate
from handlers.turn import Person
from services.members.consents import ConsentKind
from services.members.models import Consent, Identity, Member, RoleGrant
from services.members.roles import Grant, Role

_GRANTS = (
    select(
        func.aggregate_strings(
            RoleGrant.role.concat(":")
            .concat(func.coalesce(RoleGrant.venue_id, 0))
            .concat(":")
            .concat(func.coalesce(RoleGrant.unit_id, 0)),
            ",",
        )
    )
    .where(RoleGrant.member_id == Member.id, RoleGrant.revoked_at.is_(None))
    .correlate(Member)
    .scalar_subquery()
)
_CONSENTED = (
    select(Consent.given)
    .where(Consent.member_id == Member.id, Consent.kind == ConsentKind.PERSONAL_DATA)
    .order_by(Consent.id.desc())
    .limit(1)
    .correlate(Member)
    .scalar_subquery()
)
_RECOGNISE = (
    select(
        Member.id,
        Identity.id.label("identity_id"),
        Identity.channel,
        Identity.external_id,
        Member.name,
        Member.language,
        Member.card,
        Member.created_at,
        Member.notify,
        _CONSENTED.label("consented"),
        _GRANTS.label("grants"),
        DialogueState.state.label("dialogue"),
        ProcessedUpdate.screen.label("screen"),
        Identity.seen_at,
        Identity.blocked_at,
    )
    .join(Member, Member.id == Identity.member_id)
    .outerjoin(DialogueState, DialogueState.key == bindparam("dialogue_key"))
    .outerjoin(ProcessedUpdate, ProcessedUpdate.key == bindparam("update_key"))
    .where(
        Identity.channel == bindparam("channel"),
        Identity.external_id == bindparam("external_id"),
    )
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """`screen` is the stored answer of an update that was processed before, else None."""

    person: Person
    dialogue: str | None
    screen: dict[str, Any] | None
    seen_at: Any
    blocked: bool


async def recognise(
    reading: AsyncConnection, channel: str, external_id: str, dialogue_key: str, update_key: str
) -> Recognised | None:
    """The person behind an update, or None for somebody new."""
    row = (
        await reading.execute(
            _RECOGNISE,
            {
                "channel": channel,
                "external_id": external_id,
                "dialogue_key": dialogue_key,
                "update_key": update_key,
            },
        )
    ).first()
    if row is None:
        return None
    facts = dict(row._mapping)
    dialogue, screen = facts.pop("dialogue"), facts.pop("screen")
    seen_at, blocked_at = facts.pop("seen_at"), facts.pop("blocked_at")
    facts |= {"consented": bool(row.consented), "grants": _grants(row.grants)}
    return Recognised(Person(**facts), dialogue, screen, seen_at, blocked_at is not None)


def _grants(text: str | None) -> tuple[Grant, ...]:
    if not text:
        return ()
    parts = sorted(part.split(":") for part in text.split(","))
    return tuple(
        Grant(Role(role), int(venue) or None, int(unit) or None) for role, venue, unit in parts
    )
