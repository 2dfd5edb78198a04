"""What a handler is given: who speaks, when, in which city, and the open transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiogram.fsm.context import FSMContext
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.links import Links
from services.cities import CityFacts
from services.members.roles import Grant, Role
from services.receipts.chain import OFFLINE, Chain

NAMELESS = "Guest"
"""The first name of a profile on a channel that knows no names."""


@dataclass(frozen=True, slots=True)
class Person:
    """The member behind an update, read in one query before any handler is chosen."""

    id: int
    identity_id: int
    channel: str
    external_id: str
    name: str
    language: str
    card: str
    created_at: datetime
    notify: bool
    consented: bool
    grants: tuple[Grant, ...] = ()

    def venues(self, *roles: Role) -> list[int]:
        """Venues where the member holds one of the roles, each once, in order of the grants."""
        found = (g.venue_id for g in self.grants if g.role in roles and g.venue_id is not None)
        return list(dict.fromkeys(found))

    def units(self) -> list[int]:
        """Units in which the member is an official."""
        return [g.unit_id for g in self.grants if g.unit_id is not None]

    def has(self, *roles: Role) -> bool:
        """Whether the member holds one of the roles anywhere."""
        return any(grant.role in roles for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation.

    `chain` says who is asked about receipts, `phone_key` what phones are hashed with. `prepared` is
    what the handler's slow work brought; `noted` collects (name, outcome) pairs that are counted
    once the transaction has been committed.
    """

    tx: AsyncConnection
    me: Person
    now: datetime
    city: CityFacts
    state: FSMContext
    links: Links
    chain: Chain = OFFLINE
    phone_key: bytes = b""
    prepared: Any = None
    noted: list[tuple[str, str]] = field(default_factory=list)
