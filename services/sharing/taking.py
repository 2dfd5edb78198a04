"""A report that another system sends: taken once, and then on the same way as everybody's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import places
from services.civic.places import Spot
from services.database import insert_new
from services.reports import moves, photos, spots
from services.reports.models import Report
from services.reports.photos import Picture
from services.reports.states import Acting, State, Verb
from services.reports.texts import TEXT, clean
from services.sharing.clients import Client
from services.sharing.public import REPORTS

SOURCE = "open311"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A report as it arrived. Nothing in it says who wrote it: that stays where it came from.

    `foreign_id` is its number there; sent again under the same number, it is the same report.
    """

    category_id: int
    text: str
    spot: Spot
    attributes: Mapping[str, Any]
    foreign_id: str | None
    pictures: Sequence[Picture] = ()


async def known(tx: AsyncConnection, client: Client, foreign_id: str | None) -> int | None:
    """The number of the report that the client sent under this number of its own."""
    if foreign_id is None:
        return None
    number: int | None = await tx.scalar(
        select(Report.number).where(Report.client_id == client.id, Report.ext_id == foreign_id)
    )
    return number


async def exists(tx: AsyncConnection, city: CityFacts, number: int) -> bool:
    """Whether the report is published, or came from another system and waits for that."""
    found = select(Report.id).where(
        Report.city_id == city.id, Report.number == number, REPORTS | (Report.source == SOURCE)
    )
    return await tx.scalar(found) is not None


async def take(
    tx: AsyncConnection, city: CityFacts, client: Client, incoming: Incoming, now: datetime
) -> int:
    """The number of the report, which now waits for a moderator; the same one for a repeat.

    Raises `OutsideCity`, `TextTooLong`, and `Incomplete` for one without words and photos.
    """
    row = await insert_new(tx, Report, _draft(city, client, incoming, now))
    if row is None:
        number = await known(tx, client, incoming.foreign_id)
        assert number is not None
        return number
    for picture in incoming.pictures:
        await photos.add(
            tx,
            report_id=row.id,
            member_id=None,
            kind=photos.BEFORE,
            jpeg=picture.jpeg,
            source_key=picture.source_key,
            most=city.rules.civic.photos,
            now=now,
        )
    moved = await moves.move(tx, city, row.id, Verb.SUBMIT, by=None, acting=Acting.AUTHOR, now=now)
    assert moved.number is not None
    return moved.number


def _draft(city: CityFacts, client: Client, incoming: Incoming, now: datetime) -> dict[str, Any]:
    """The row of a report that only has to be submitted."""
    return {
        "city_id": city.id,
        "author_id": None,
        "state": State.DRAFT,
        "state_at": now,
        "created_at": now,
        "updated_at": now,
        "text": clean(incoming.text, TEXT),
        "category_id": incoming.category_id,
        **spots.columns(_spot(city, incoming.spot)),
        "anonymous": True,
        "hidden": False,
        "source": SOURCE,
        "client_id": client.id,
        "ext_id": incoming.foreign_id,
        "attributes": dict(incoming.attributes),
    }


def _spot(city: CityFacts, spot: Spot) -> Spot:
    """With its district; words alone get a point where they can mean only one."""
    if spot.lat is None or spot.lon is None:
        meant = places.candidates(city, spot.address or "")
        if len(meant) != 1 or meant[0].lat is None or meant[0].lon is None:
            return spot
        spot = Spot(meant[0].lat, meant[0].lon, spot.address)
    return spots.within(city, spot)
