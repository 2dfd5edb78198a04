"""Whose receipt it is: a verified ticket leads to a till and its venue, and teaches new ones.

A fiscal drive (ФН) is changed every year or three, a till's registration (РН ККТ) stays, an INN
stays with its owner. So a known drive decides; a new drive in a known till is learned at once; a
new till of a partner is offered to its owner; and what contradicts the registry freezes the drive
until the city has looked into it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery
from services.cities import CityFacts, alerts, candidates, registry
from services.cities.alerts import Decision, Kind
from services.cities.candidates import Sighting
from services.cities.checksums import is_digits
from services.cities.models import Partner
from services.cities.registry import Registered
from services.members.models import Member
from services.receipts.models import Receipt, VerifiedTicket
from services.receipts.ticket import Ticket
from services.receipts.whereabouts import Place, near, on_the_internet, place_of, places_of


@dataclass(frozen=True, slots=True)
class Attribution:
    """`partner`: the seller takes part in this city. `awaited`: its till waits for the partner's
    word. `contradicted`: its drive is in question, so the city looks first."""

    partner: bool
    awaited: bool = False
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Stranger:
    """A seller that guests bought from and that takes no part. `receipts` are different ones."""

    inn: str
    name: str | None
    receipts: int


@dataclass(frozen=True, slots=True)
class _Look:
    """A ticket beside what the city knows of its seller."""

    city: CityFacts
    ticket: Ticket
    sighting: Sighting
    partners: list[int]
    places: list[Place]


async def attribute(
    tx: AsyncConnection, city: CityFacts, ticket: Ticket, now: datetime
) -> Attribution:
    """Compare a verified ticket with the registry and learn from it.

    Doing it again with the same ticket changes nothing and tells nobody.
    """
    look = await _beside(tx, city, ticket)
    known = await registry.of_drive(tx, look.sighting.drive)
    if known is None and look.partners:
        await registry.hold_owner(tx, city.id, ticket.seller_inn)
        known = await registry.of_drive(tx, look.sighting.drive)
    if known is not None:
        return await _known_drive(tx, look, known, now)
    if ticket.provider_inn not in (None, ticket.seller_inn):
        # An agent's till: what it sells is the provider's, but the till never is.
        assert ticket.provider_inn is not None
        return Attribution(bool(await registry.partners_of(tx, city.id, ticket.provider_inn)))
    registration = look.sighting.registration
    if registration is None:
        return Attribution(bool(look.partners))
    till = await registry.of_registration(tx, registration)
    if till is not None:
        return await _known_till(tx, look, till, now)
    return await _new_till(tx, look, now) if look.partners else Attribution(partner=False)


async def _beside(tx: AsyncConnection, city: CityFacts, ticket: Ticket) -> _Look:
    partners = await registry.partners_of(tx, city.id, ticket.seller_inn)
    places = await places_of(tx, city.id, ticket.seller_inn) if partners else []
    return _Look(city, ticket, _sighting(ticket), partners, places)


def _sighting(ticket: Ticket) -> Sighting:
    registration = ticket.registration
    if registration is not None and not is_digits(registration, 16):
        registration = None
    return Sighting(
        # A self-employed seller has neither till nor drive.
        drive=ticket.drive or ticket.seller_inn,
        registration=registration if ticket.drive else ticket.seller_inn,
        serial=ticket.serial,
        inn=ticket.seller_inn,
        seller=ticket.seller_name,
        place=ticket.place,
        address=ticket.address,
        internet=on_the_internet(ticket),
    )


async def _known_drive(
    tx: AsyncConnection, look: _Look, known: Registered, now: datetime
) -> Attribution:
    if known.city_id != look.city.id:
        return Attribution(bool(look.partners))
    drive = look.sighting.drive
    if known.drive_state == "closed" and Decision.CLOSE in await alerts.decisions(tx, drive):
        return Attribution(bool(look.partners))
    kind = _contradiction(look, known)
    disputed = kind is not None and await _disputed(tx, look, kind, known, now)
    if disputed or known.drive_state == "frozen":
        return Attribution(partner=True, contradicted=True)
    if kind is None:
        await registry.vouch(tx, drive)
    return Attribution(known.partner_active)


def _contradiction(look: _Look, known: Registered) -> Kind | None:
    """What of the registry the ticket disagrees with, the gravest first."""
    sighting = look.sighting
    if known.inn != sighting.inn:
        return Kind.OTHER_OWNER
    if sighting.registration not in (None, known.registration):
        return Kind.OTHER_TILL
    if known.partner_active and _out_of_use(known):
        return Kind.CLOSED
    if not sighting.internet and _stands_elsewhere(look, known):
        return Kind.MOVED
    return None


def _out_of_use(known: Registered) -> bool:
    return known.drive_state == "closed" or not known.till_active or known.venue_state == "closed"


def _stands_elsewhere(look: _Look, known: Registered) -> bool:
    """Its point is at exactly one venue of its owner, and that is another one."""
    found = near(look.ticket, look.places)
    return known.lat is not None and len(found) == 1 and found[0].id != known.venue_id


async def _known_till(
    tx: AsyncConnection, look: _Look, till: Registered, now: datetime
) -> Attribution:
    """A new drive in a till that is registered: the drive was replaced."""
    if till.city_id != look.city.id or (not till.partner_active and till.inn == look.sighting.inn):
        return Attribution(bool(look.partners))
    kind = _contradiction(look, till) or await _history(tx, look)
    fn = look.sighting.drive
    state = "confirmed" if kind is None else "frozen"
    new = await registry.attach(
        tx, till_id=till.till_id, fn=fn, origin="receipt", by=None, now=now, state=state
    )
    known = await registry.of_drive(tx, fn)
    assert known is not None
    if kind is not None:
        await _contradict(tx, look, kind, await _both_sides(tx, look, kind, till), now)
        return Attribution(partner=True, contradicted=True)
    if not new:
        return await _known_drive(tx, look, known, now)
    facts = {"venue": till.venue, "registration": till.registration, "drive": fn}
    for member_id in await registry.owners(tx, [till.venue_id]):
        await delivery.tell(tx, member_id, "till_drive", facts, now)
    return Attribution(partner=True, contradicted=known.drive_state == "frozen")


async def _new_till(tx: AsyncConnection, look: _Look, now: datetime) -> Attribution:
    """A partner's till that nobody registered: never believed by itself, only offered."""
    place = await place_of(tx, look.ticket, look.places)
    offered = await candidates.offer(
        tx,
        city_id=look.city.id,
        sighting=look.sighting,
        partner_id=place.partner_id if place else look.partners[0],
        venue_id=place.id if place else None,
        now=now,
    )
    kind = await _history(tx, look) if offered.same_owner else Kind.OTHER_OWNER
    disputed = kind is not None and await _disputed(tx, look, kind, None, now)
    return Attribution(partner=True, awaited=offered.state == "open", contradicted=disputed)


async def _history(tx: AsyncConnection, look: _Look) -> Kind | None:
    """What earlier tickets said otherwise: the same till of another owner, the drive elsewhere.

    Nothing when the city has looked into this drive before.
    """
    sighting = look.sighting
    if await alerts.decisions(tx, sighting.drive):
        return None
    same_till = exists().where(
        VerifiedTicket.registration == sighting.registration,
        VerifiedTicket.seller_inn != sighting.inn,
    )
    same_drive = exists().where(
        VerifiedTicket.drive == sighting.drive,
        VerifiedTicket.registration != sighting.registration,
    )
    other_owner, other_till = (await tx.execute(select(same_till, same_drive))).one()
    if other_owner:
        return Kind.OTHER_OWNER
    return Kind.OTHER_TILL if other_till else None


async def _disputed(
    tx: AsyncConnection, look: _Look, kind: Kind, known: Registered | None, now: datetime
) -> bool:
    """Put the drive in question; False: the city has said before that the registry is right."""
    seen = await _both_sides(tx, look, kind, known)
    if await alerts.kept(tx, look.sighting.drive, kind, seen):
        return False
    await _contradict(tx, look, kind, seen, now)
    return True


async def _contradict(
    tx: AsyncConnection, look: _Look, kind: Kind, seen: Mapping[str, Any], now: datetime
) -> None:
    drive = look.sighting.drive
    await alerts.contradict(tx, city_id=look.city.id, kind=kind, drive=drive, seen=seen, now=now)


async def _both_sides(
    tx: AsyncConnection, look: _Look, kind: Kind, known: Registered | None
) -> Mapping[str, Any]:
    """See `services.cities.alerts.Alert`."""
    sighting = look.sighting
    target = await _target(tx, look, kind, known)
    names = {place.id: place.name for place in look.places}
    return {
        "registered": known and alerts.registered_side(known),
        "receipt": {
            "registration": sighting.registration or (known.registration if known else None),
            "serial": sighting.serial,
            "inn": sighting.inn,
            "owner": sighting.seller,
            "place": sighting.place,
            "address": sighting.address,
            "venue": names.get(target) if target is not None else None,
        },
        "venue_id": target,
    }


async def _target(
    tx: AsyncConnection, look: _Look, kind: Kind, known: Registered | None
) -> int | None:
    """The venue where the receipt's till stands, if it is right; it must be its owner's."""
    ours = {place.id for place in look.places}
    if kind is Kind.MOVED:
        return near(look.ticket, look.places)[0].id
    if look.sighting.registration is None and kind is Kind.OTHER_OWNER:
        return None
    if look.sighting.registration is not None:
        till = await registry.of_registration(tx, look.sighting.registration)
        if till is not None and till.venue_id in ours:
            return till.venue_id
    place = await place_of(tx, look.ticket, look.places)
    if place is not None:
        return place.id
    return known.venue_id if known is not None and known.venue_id in ours else None


async def strangers(
    tx: AsyncConnection, city_id: int, *, since: datetime | None = None, limit: int = 20
) -> list[Stranger]:
    """Sellers that take no part, by how many receipts of theirs guests have sent."""
    owner = func.coalesce(VerifiedTicket.provider_inn, VerifiedTicket.seller_inn)
    theirs = or_(
        VerifiedTicket.provider_inn.is_(None),
        VerifiedTicket.provider_inn == VerifiedTicket.seller_inn,
    )
    name = func.max(VerifiedTicket.seller_name).filter(theirs)
    sent = (
        exists()
        .where(Receipt.number == VerifiedTicket.number, Member.id == Receipt.member_id)
        .where(Member.city_id == city_id)
    )
    partner = exists().where(Partner.city_id == city_id, Partner.inn == owner, Partner.active)
    query = (
        select(owner.label("inn"), name.label("name"), func.count().label("receipts"))
        .where(sent, ~partner)
        .group_by(owner)
        .order_by(func.count().desc(), owner)
        .limit(limit)
    )
    if since is not None:
        query = query.where(VerifiedTicket.found_at >= since)
    return [Stranger(*row) for row in await tx.execute(query)]
