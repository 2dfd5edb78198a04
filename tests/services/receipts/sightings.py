"""Verified tickets of the town, stored and attributed as a check would do it."""

from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import FiscalDrive, Partner, Till, TillAlert, TillCandidate, Venue
from services.database import insert_new
from services.receipts.attribution import Attribution, attribute
from services.receipts.models import VerifiedTicket
from services.receipts.ticket import Ticket
from tests.services.town import ORBIT_DRIVE, Town

ORBIT_INN = "0040000014"
ORBIT_TILL = "0000400101044251"
STAGE_INN = "0040000021"
STAGE_TILL = "0000400201022769"
STAGE_DRIVE = "7386400000020001"
STRANGER = "7704340310"
NEW_TILL, NEW_SERIAL = "0000400103034560", "DEMO0103"
"""It belongs to the Orbit, as its check digits say."""
NEW_DRIVE, OTHER_DRIVE = "7386400000010003", "7386400000010004"

ORBIT = Ticket(
    drive=ORBIT_DRIVE,
    document=1,
    sign=12345,
    operation=1,
    total=100_000,
    purchased=None,
    form=3,
    seller_inn=ORBIT_INN,
    seller_name="ИП ОРБИТОВ",
    registration=ORBIT_TILL,
    serial="DEMO0101",
    place="Кофейня",
    address="248000, г. Калуга, ул. Театральная, д. 4",
    fias=None,
    lat=None,
    lon=None,
    internet=False,
    cash=0,
    ecash=100_000,
    prepaid=0,
    credit=0,
    provision=0,
    provider_inn=None,
    items=(),
)
UNSEEN = replace(ORBIT, drive=NEW_DRIVE, registration=NEW_TILL, serial=NEW_SERIAL)
"""A till of the Orbit that nobody registered."""


async def _learn(
    tx: AsyncConnection, city: CityFacts, ticket: Ticket, number: str, now: Any
) -> Attribution:
    kept = {
        name: getattr(ticket, name)
        for name in VerifiedTicket.__table__.columns.keys()  # noqa: SIM118 - not a mapping
        if hasattr(ticket, name)
    }
    kept |= {"number": number, "verifier": "test", "sign": str(ticket.sign), "found_at": now}
    kept |= {"base": ticket.total, "excluded": 0, "unpaid": 0, "purchased_at": None}
    kept["drive"] = ticket.drive or ticket.seller_inn
    await insert_new(tx, VerifiedTicket, kept)
    return await attribute(tx, city, ticket, now)


async def verified(town: Town, ticket: Ticket, document: int | None = None) -> Attribution:
    """One ticket comes back from a service."""
    issuer = ticket.drive or ticket.seller_inn
    number = f"ru54:{issuer}:{document or next(town._numbers)}"
    done: Attribution = await town.run(_learn, town.city, ticket, number, town.now)
    return done


async def second_venue(town: Town, **changes: Any) -> int:
    """The Orbit opens another place, in Kirova street."""
    ((partner,),) = await town.rows(select(Partner.id).where(Partner.inn == ORBIT_INN))
    values = {
        "city_id": town.city.id, "partner_id": partner, "slug": "orbita-2", "kind": "cafe",
        "name": {"ru": "Орбита-2", "en": "Orbit 2", "zh": "轨道2"},
        "address": {"ru": "ул. Кирова, 9", "en": "9 Kirova St", "zh": "基洛夫街 9 号"},
        "lat": 54.52, "lon": 36.27, "hours": {"ru": "-", "en": "-", "zh": "-"},
        "joined_on": town.now.date(), "state": "active",
    }  # fmt: skip
    await town.write(insert(Venue).values(values | changes))
    return await town.venue("orbita-2")


async def standing(town: Town) -> dict[str, tuple[str, str, str]]:
    """Drive → (venue, till, state), of what is not in the pack."""
    rows = await town.rows(
        select(FiscalDrive.fn, Venue.slug, Till.registration, FiscalDrive.state)
        .join(Till, Till.id == FiscalDrive.till_id)
        .join(Venue, Venue.id == Till.venue_id)
        .where(FiscalDrive.origin != "pack")
    )
    return {fn: (slug, registration, state) for fn, slug, registration, state in rows}


async def found(town: Town) -> list[tuple[Any, ...]]:
    """(id, venue, drives, state) of every candidate."""
    query = select(
        TillCandidate.id, TillCandidate.venue_id, TillCandidate.drives, TillCandidate.state
    )
    return await town.rows(query.order_by(TillCandidate.id))


async def alerted(town: Town) -> list[tuple[Any, ...]]:
    """(kind, drive, state) of every alert."""
    query = select(TillAlert.kind, TillAlert.drive, TillAlert.state)
    return await town.rows(query.order_by(TillAlert.id))
