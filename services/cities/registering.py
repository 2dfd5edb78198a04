"""An owner adds a till: a receipt of it shows the drive, its numbers prove whose it is.

The end of a registration number (РН ККТ) is computed from the owner's INN and the till's factory
number, so one that fits the partner's INN is the partner's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts, alerts, registry
from services.cities.alerts import Kind
from services.cities.checksums import is_digits, is_registration
from services.cities.models import FiscalDrive, Localized, Partner, Till, Venue
from services.cities.registry import Registered
from services.errors import NotFound
from services.events import Event
from services.members.roles import Role, require
from services.receipts.models import VerifiedTicket

PRINTED = {"registration": "РН ККТ", "serial": "ЗН ККТ", "drive": "ФН", "inn": "ИНН"}
"""What receipts call the numbers, whatever language the reader speaks."""
_LONGEST_SERIAL = 20


class Step(StrEnum):
    """How far adding a till has come."""

    NUMBERS = "numbers"
    """The receipt will do; the two numbers of its till are needed."""
    ADDED = "added"
    HERE = "here"
    """It belongs to this venue already."""
    TAKEN = "taken"
    """It is registered at another place; the city has been told."""
    STRANGERS = "strangers"
    """The tax service knows that somebody else printed such receipts."""
    TRAINING = "training"
    UNFIT = "unfit"
    """The numbers do not go with each other and with the partner's INN."""


@dataclass(frozen=True, slots=True)
class Asking:
    """An owner, `by`, who wants to add a till to a venue of this INN."""

    city: CityFacts
    venue_id: int
    venue: Localized
    inn: str
    by: int
    now: datetime


@dataclass(frozen=True, slots=True)
class TillRow:
    """A till of a venue in use. `drives` are (number, state) of those that are not closed.

    `since` is when it was learned; None for what came with the pack.
    """

    registration: str
    serial: str
    drives: Sequence[tuple[str, str]]
    since: datetime | None


async def asking(
    tx: AsyncConnection, *, city: CityFacts, venue_id: int, by: int, now: datetime
) -> Asking:
    """Nobody else registers tills of this owner until the transaction ends.

    Raises `NotAllowed` to whoever does not own the venue, `NotFound` when it takes no part.
    """
    await require(tx, by, (Role.OWNER,), venue_id)
    row = (
        await tx.execute(
            select(Venue.name, Partner.inn)
            .join(Partner, Partner.id == Venue.partner_id)
            .where(
                Venue.id == venue_id,
                Venue.city_id == city.id,
                Venue.state != "closed",
                Partner.active,
            )
        )
    ).first()
    if row is None:
        raise NotFound
    await registry.hold_owner(tx, city.id, row.inn)
    return Asking(city, venue_id, row.name, row.inn, by, now)


async def look_at(tx: AsyncConnection, owner: Asking, drive: str) -> Step:
    """A receipt of this drive was shown. A ticket of it that says all adds the till at once."""
    step = await _against(tx, owner, drive)
    if step is not None:
        return step
    told = await _told(tx, drive)
    if told is None or told.registration is None:
        return Step.NUMBERS
    return await _register(tx, owner, drive, told.registration, told.serial or "")


async def add(
    tx: AsyncConnection, owner: Asking, *, drive: str, registration: str, serial: str
) -> Step:
    """The two numbers were typed: if they fit, the till and its drive are the venue's at once."""
    step = await _against(tx, owner, drive)
    if step is not None:
        return step
    fitting = fitted(registration, owner.inn, serial)
    told = await _told(tx, drive)
    if fitting is None or (told and told.registration not in (None, registration)):
        return Step.UNFIT
    return await _register(tx, owner, drive, registration, fitting)


def fitted(registration: str, inn: str, serial: str) -> str | None:
    """The serial number in the case in which it fits, else None."""
    if not (is_digits(registration, 16) and serial.isascii() and serial.isalnum()):
        return None
    spelled = (serial, serial.upper()) if len(serial) <= _LONGEST_SERIAL else ()
    return next((each for each in spelled if is_registration(registration, inn, each)), None)


async def _against(tx: AsyncConnection, owner: Asking, drive: str) -> Step | None:
    """Why the drive cannot be added here; None when nothing stands against it."""
    if drive.startswith(tuple(owner.city.rules.test_drives)):
        return Step.TRAINING
    known = await registry.of_drive(tx, drive)
    if known is not None:
        if known.venue_id == owner.venue_id:
            return Step.HERE
        await _tell_city(tx, owner, drive, known)
        return Step.TAKEN
    told = await _told(tx, drive)
    return Step.STRANGERS if told is not None and told.seller_inn != owner.inn else None


async def _told(tx: AsyncConnection, drive: str) -> Any:
    """(seller_inn, registration, serial) by the newest ticket of this drive, if any."""
    found = await tx.execute(
        select(VerifiedTicket.seller_inn, VerifiedTicket.registration, VerifiedTicket.serial)
        .where(VerifiedTicket.drive == drive)
        .order_by(VerifiedTicket.found_at.desc(), VerifiedTicket.number)
        .limit(1)
    )
    return found.first()


async def _register(
    tx: AsyncConnection, owner: Asking, drive: str, registration: str, serial: str
) -> Step:
    till = await registry.of_registration(tx, registration)
    if till is None or till.venue_id == owner.venue_id:
        await registry.register(
            tx,
            venue_id=owner.venue_id,
            registration=registration,
            serial=serial,
            drives=[drive],
            origin="owner",
            by=owner.by,
            now=owner.now,
        )
        till = await registry.of_drive(tx, drive)
        assert till is not None
    if till.venue_id == owner.venue_id:
        return Step.ADDED
    await _tell_city(tx, owner, drive, till)
    return Step.TAKEN


async def _tell_city(tx: AsyncConnection, owner: Asking, drive: str, known: Registered) -> None:
    seen = {
        "registered": alerts.registered_side(known),
        "claim": {"venue": owner.venue, "inn": owner.inn},
    }
    await alerts.contradict(
        tx, city_id=owner.city.id, kind=Kind.CLAIMED, drive=drive, seen=seen, now=owner.now
    )


async def tills_of(tx: AsyncConnection, *, venue_id: int, by: int) -> list[TillRow]:
    """The tills of a venue, for its owner."""
    await require(tx, by, (Role.OWNER,), venue_id)
    since = (
        select(func.min(Event.at))
        .where(Event.subject == "till", Event.subject_id == Till.id, Event.verb == "register")
        .scalar_subquery()
    )
    rows = await tx.execute(
        select(Till.registration, Till.serial, since, FiscalDrive.fn, FiscalDrive.state)
        .outerjoin(FiscalDrive, (FiscalDrive.till_id == Till.id) & (FiscalDrive.state != "closed"))
        .where(Till.venue_id == venue_id, Till.active)
        .order_by(Till.id, FiscalDrive.fn)
    )
    tills: dict[tuple[str, str, datetime | None], list[tuple[str, str]]] = {}
    for registration, serial, learned, fn, state in rows:
        drives = tills.setdefault((registration, serial, learned), [])
        if fn is not None:
            drives.append((fn, state))
    return [
        TillRow(registration, serial, drives, learned)
        for (registration, serial, learned), drives in tills.items()
    ]
