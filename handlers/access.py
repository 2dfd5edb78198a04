"""Permission is declared on the handler; what declares nothing is denied."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from aiogram import Bot
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.turn import Person
from services.cities import CityFacts
from services.civic.verifying import CLERKS
from services.images.contract import Reading, Shares, Taken
from services.members.roles import Role


class Access(Enum):
    """Who may come to a handler; a caller asks the city for ideas."""

    ANYONE = "anyone"
    GUEST = "guest"
    STAFF = "staff"
    OWNER = "owner"
    CITY = "city"
    OFFICIAL = "official"
    DESK = "desk"
    EXPERT = "expert"
    MENTOR = "mentor"
    FUNDER = "funder"
    OPERATOR = "operator"
    CALLER = "caller"
    CLERK = "clerk"


_ROLES = {
    Access.STAFF: (Role.CASHIER, Role.OWNER),
    Access.OWNER: (Role.OWNER,),
    Access.CITY: (Role.MODERATOR, Role.ADMIN),
    Access.OFFICIAL: (Role.OFFICIAL,),
    Access.DESK: (Role.MODERATOR, Role.ADMIN, Role.OFFICIAL),
    Access.EXPERT: (Role.EXPERT,),
    Access.MENTOR: (Role.MENTOR,),
    Access.FUNDER: (Role.FUNDER,),
    Access.OPERATOR: (Role.OPERATOR, Role.ADMIN),
    Access.CALLER: (Role.OFFICIAL, Role.OPERATOR, Role.OWNER),
    Access.CLERK: CLERKS,
}


class Eyes(Protocol):
    """Finds the codes in one member's pictures, outside the event loop, members by turns."""

    async def read_codes(self, data: bytes) -> Reading:
        """See `services.images.workers.ImageWorkers.read_codes`."""

    async def read_and_keep(self, data: bytes) -> tuple[Reading, bytes | None]:
        """See `services.images.workers.ImageWorkers.read_and_keep`."""

    async def take(self, data: bytes) -> Taken:
        """See `services.images.workers.ImageWorkers.take`."""

    async def redact(self, jpeg: bytes, rectangles: Sequence[Shares]) -> bytes:
        """See `services.images.workers.ImageWorkers.redact`."""


Prepare = Callable[[Message, Bot, Eyes], Awaitable[Any]]
"""Slow work for a message, done before any transaction is open."""


Recall = Callable[[CallbackQuery, Mapping[str, Any], Bot, Eyes], Awaitable[Any]]
"""The same for a press: it is given what the dialogue has kept, such as the file of a photo."""


Gather = Callable[
    [AsyncConnection, Person, CityFacts, CallbackQuery, Mapping[str, Any]],
    Awaitable[Mapping[str, Any]],
]
"""What the slow work of a press needs besides what the dialogue has kept: read before it, such as
the photo that is to be changed. Raises a `Refusal` when it is not worth beginning."""


First = Callable[[AsyncConnection, Person, CityFacts, datetime], Awaitable[None]]
"""A look before the slow work: raises a `Refusal` when it is not worth beginning."""


def allow(
    access: Access,
    *,
    first: First | None = None,
    prepare: Prepare | None = None,
    recall: Recall | None = None,
    gather: Gather | None = None,
) -> dict[str, Any]:
    """Flags of a handler: who may come, and what slow work comes before it, after which look."""
    return {
        "access": access,
        "first": first,
        "prepare": prepare,
        "recall": recall,
        "gather": gather,
    }


def may_enter(person: Person, access: Access | None) -> bool:
    """Whether the person may come to a handler that declared `access`; never without one."""
    if access is None:
        return False
    if access is Access.ANYONE:
        return True
    if not person.consented:
        return False
    return access is Access.GUEST or person.has(*_ROLES[access])
