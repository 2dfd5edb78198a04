"""Moderators decide what of photos everybody sees: the original stays private and whole."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.errors import Changed, NotFound
from services.reports import acting, photos
from services.reports.models import Report, ReportPhoto
from services.reports.states import Acting


async def original(
    tx: AsyncConnection, city: CityFacts, *, photo_id: int, by: int
) -> tuple[bytes, list[list[float]]]:
    """The private original and the rectangles that are covered now, for a moderator.

    Raises `NotAllowed` and `NotFound`.
    """
    await _look(tx, city, photo_id, by)
    found = await tx.execute(
        select(ReportPhoto.original, ReportPhoto.redactions).where(
            ReportPhoto.id == photo_id, ReportPhoto.removed.is_(False)
        )
    )
    row = found.first()
    if row is None:
        raise NotFound
    return row.original, row.redactions


async def redact(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    photo_id: int,
    by: int,
    rectangles: Sequence[Sequence[float]],
    seen: Sequence[Sequence[float]],
    public: bytes,
    now: datetime,
) -> None:
    """Replace the public copy by one with these rectangles covered, drawn from the original.

    Rectangles are `[left, top, right, bottom]` in shares of the side. Raises `Changed` unless
    those that were `seen` are the ones that are covered now: what a colleague has covered in the
    meantime is never uncovered by chance.
    """
    if not all(_is_rectangle(each) for each in rectangles):
        raise ValueError("a rectangle has four edges between 0 and 1")
    kept = [[float(edge) for edge in each] for each in rectangles]
    report_id = await _look(tx, city, photo_id, by)
    await acting.hold(tx, city, report_id)
    _original, covered = await original(tx, city, photo_id=photo_id, by=by)
    if covered != [[float(edge) for edge in each] for each in seen]:
        raise Changed
    await _write(tx, city, photo_id, by, now, public=public, redactions=kept)


def _is_rectangle(edges: Sequence[float]) -> bool:
    if len(edges) != 4 or not all(0 <= edge <= 1 for edge in edges):
        return False
    left, top, right, bottom = edges
    return left < right and top < bottom


async def show(
    tx: AsyncConnection, city: CityFacts, *, photo_id: int, by: int, now: datetime
) -> None:
    """Let everybody see a photo that came after the report's publication."""
    await _write(tx, city, photo_id, by, now, shown=True)


async def _look(tx: AsyncConnection, city: CityFacts, photo_id: int, by: int) -> int:
    report_id, _sender = await photos.whose(tx, photo_id)
    report = await acting.look(tx, city, report_id)
    await acting.require(tx, report, by, Acting.MODERATOR)
    return report_id


async def _write(
    tx: AsyncConnection,
    city: CityFacts,
    photo_id: int,
    by: int,
    now: datetime,
    **values: object,
) -> None:
    report_id = await _look(tx, city, photo_id, by)
    await acting.hold(tx, city, report_id)
    written = await tx.execute(
        update(ReportPhoto)
        .where(ReportPhoto.id == photo_id, ReportPhoto.removed.is_(False))
        .values(**values)
    )
    if written.rowcount != 1:
        raise NotFound
    await tx.execute(update(Report).where(Report.id == report_id).values(updated_at=now))
