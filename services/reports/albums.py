"""Photos that come with a move: the first makes it, the rest of its album belongs to it."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic.models import CivicEvent
from services.errors import NotFound
from services.reports import acting, photos
from services.reports.models import Report
from services.reports.photos import Kept, Picture
from services.reports.states import Acting, Verb

_ASK_FOR_PHOTOS = (Verb.FIX, Verb.CONFIRM, Verb.REOPEN)
_TOGETHER = timedelta(minutes=10)
"""How long after the move its other photos may arrive."""


async def keep(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    report_id: int,
    verb: str,
    role: str,
    by: int | None,
    picture: Picture,
    at: datetime,
    makes_it: bool = False,
) -> Kept | None:
    """Keep a photo of the move that was made at this moment in this role; None: there are as many
    as the city takes from one person. That which makes the move is kept always. An official's is
    seen by everybody at once."""
    kind = photos.BEFORE if verb == Verb.REOPEN else photos.AFTER
    return await photos.add_shown(
        tx, report_id=report_id, member_id=by, kind=kind, picture=picture,
        shown=role == Acting.OFFICIAL, now=at,
        most=None if makes_it else city.rules.civic.photos * 2,
    )  # fmt: skip


async def add(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    report_id: int,
    by: int,
    picture: Picture,
    now: datetime,
) -> Kept | None:
    """One more photo of the album that came with the member's last move of the report.

    Raises `NotFound` unless they have just made a move that takes photos.
    """
    await acting.hold(tx, city, report_id)
    found = await tx.execute(
        select(CivicEvent.verb, CivicEvent.acting, CivicEvent.at)
        .where(
            CivicEvent.subject == "report",
            CivicEvent.subject_id == report_id,
            CivicEvent.actor_id == by,
            CivicEvent.verb.in_(_ASK_FOR_PHOTOS),
            CivicEvent.at >= now - _TOGETHER,
        )
        .order_by(CivicEvent.id.desc())
        .limit(1)
    )
    move = found.first()
    if move is None:
        raise NotFound
    await tx.execute(update(Report).where(Report.id == report_id).values(updated_at=now))
    return await keep(
        tx, city, report_id=report_id, verb=move.verb, role=move.acting, by=by, picture=picture,
        at=move.at,
    )  # fmt: skip
