"""Documents that a verifier has found, kept once for ever, and what they say about a receipt."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.checksums import is_inn, is_registration
from services.cities.models import Partner, TillCandidate
from services.database import insert_new
from services.receipts.base import base_of
from services.receipts.models import VerifiedTicket
from services.receipts.slip import Slip
from services.receipts.ticket import Ticket
from services.receipts.verdict import Checked

_ORDINARY = (3, 4)
"""A cash receipt and a БСО; 31 and 41 are corrections."""
_ONLY_IN_TICKET = ("npd",)
"""Forms whose code tells nothing that a ticket could disagree with."""


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket, who found it and when."""

    ticket: Ticket
    verifier: str
    at: datetime


def is_of(ticket: Ticket, slip: Slip) -> bool:
    """Whether the ticket is of the document that was asked about, where its form tells."""
    return slip.adapter != "ru54" or (ticket.drive, ticket.document) == (slip.device, slip.document)


async def keep(tx: AsyncConnection, city: CityFacts, slip: Slip, found: Found) -> None:
    """Store what a verifier found, unless another had found it before."""
    ticket = found.ticket
    base = base_of(ticket, city.rules.excluded)
    purchased = ticket.purchased
    if purchased is not None:
        purchased = purchased.replace(tzinfo=city.timezone).astimezone(UTC)
    values = {
        name: getattr(ticket, name)
        for name in (
            *("form", "operation", "total", "seller_inn", "seller_name", "provider_inn"),
            *("registration", "serial", "place", "address", "fias", "lat", "lon", "internet"),
        )
    }
    values |= {
        "number": slip.number,
        "verifier": found.verifier,
        "sign": str(ticket.sign) if slip.sign else "",
        "drive": slip.device,
        "base": base.earning,
        "excluded": base.excluded,
        "unpaid": base.unpaid,
        "purchased_at": purchased,
        "found_at": found.at,
    }
    await insert_new(tx, VerifiedTicket, values, VerifiedTicket.number)


async def stored(tx: AsyncConnection, number: str) -> RowMapping | None:
    """The row of `verified_ticket` for a document, if any verifier has found it."""
    found = await tx.execute(
        select(VerifiedTicket.__table__).where(VerifiedTicket.number == number)
    )
    return found.mappings().first()


async def told_by(
    tx: AsyncConnection, number: str, sent_at: datetime
) -> tuple[int, datetime] | None:
    """The sum of a document and when it was bought; None while nobody has found it.

    One whose service told no time is taken to be bought when it was sent.
    """
    row = await stored(tx, number)
    return None if row is None else (row["total"], row["purchased_at"] or sent_at)


async def completed(tx: AsyncConnection, city: CityFacts, slip: Slip, sent_at: datetime) -> Slip:
    """A slip whose code tells neither sum nor time, with those that were found before, if any."""
    told = await told_by(tx, slip.number, sent_at)
    if told is None:
        return slip
    total, moment = told
    local = moment.astimezone(city.timezone).replace(tzinfo=None)
    return replace(slip, total=total, purchased=local)


async def checked_of(tx: AsyncConnection, city: CityFacts, slip: Slip) -> Checked | None:
    """What the decision table may know of a document; None while nobody has found it."""
    row = await stored(tx, slip.number)
    if row is None:
        return None
    seller = row["provider_inn"] or row["seller_inn"]
    partner, awaited = (
        await tx.execute(
            select(
                exists().where(Partner.city_id == city.id, Partner.inn == seller, Partner.active),
                exists().where(
                    TillCandidate.registration == (row["registration"] or row["drive"]),
                    TillCandidate.state == "open",
                ),
            )
        )
    ).one()
    return Checked(
        base=row["base"],
        excluded=row["excluded"],
        unpaid=row["unpaid"],
        fits=_fits(slip, row, city.timezone),
        sound=_is_sound(slip, row),
        partner=bool(partner),
        awaited=bool(awaited),
        seller_name=row["place"] or row["seller_name"],
    )


def _fits(slip: Slip, row: RowMapping, zone: ZoneInfo) -> bool:
    """The fields of the code are those of the document, and its minute too where that is known."""
    if slip.adapter in _ONLY_IN_TICKET:
        return True
    fields = (slip.sign, slip.total, slip.operation)
    return fields == (row["sign"], row["total"], row["operation"]) and _same_minute(
        slip.purchased, row["purchased_at"], zone
    )


def _same_minute(said: datetime | None, found: datetime | None, zone: ZoneInfo) -> bool:
    # Compared in UTC, as it is kept: an hour that the clock shows twice is one local time.
    if said is None or found is None:
        return True
    moment = said.replace(tzinfo=zone).astimezone(UTC)
    return moment.replace(second=0, microsecond=0) == found.replace(second=0, microsecond=0)


def _is_sound(slip: Slip, row: RowMapping) -> bool:
    """An ordinary receipt whose seller and till have numbers with right check digits."""
    if row["form"] not in _ORDINARY or not is_inn(row["seller_inn"]):
        return False
    registration, serial = row["registration"], row["serial"]
    if slip.adapter != "ru54" or registration is None or serial is None:
        return True
    return is_registration(registration, row["seller_inn"], serial)
