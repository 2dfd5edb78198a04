"""Photos of reports: the private original, and the copy that everybody may see."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import insert_new, lock_row
from services.errors import NotFound
from services.reports.models import Report, ReportPhoto

BEFORE, SUPPORT, AFTER = "before", "support", "after"
"""Whose photo it is: the reporter's, another person's, the official's (and who confirms it)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo to be kept: pixels alone (`services.images.keeping`) and the message it came with."""

    jpeg: bytes
    source_key: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo as it is named: `token` shows it and cannot be guessed."""

    id: int
    report_id: int
    kind: str
    token: str


KEPT = (ReportPhoto.id, ReportPhoto.report_id, ReportPhoto.kind, ReportPhoto.token)


async def add(
    tx: AsyncConnection,
    *,
    report_id: int,
    member_id: int | None,
    kind: str,
    jpeg: bytes,
    source_key: str,
    most: int | None,
    now: datetime,
    each: bool = False,
) -> Kept | None:
    """Keep a photo of a report; None when it has `most` of this kind already, with `each` from
    this member. Without `most` it is kept however many there are.

    `jpeg` is pixels alone (`services.images.keeping`). `source_key` names the message it came
    with: the same one again gives the photo that is there, also two at once.
    """
    await lock_row(tx, Report, report_id)
    if source_key and (there := await _from(tx, report_id, source_key)):
        return there
    ours = [ReportPhoto.report_id == report_id, ReportPhoto.kind == kind]
    if each:
        ours.append(ReportPhoto.member_id == member_id)
    count = select(func.count()).where(*ours, ReportPhoto.removed.is_(False))
    if most is not None and ((await tx.scalar(count)) or 0) >= most:
        return None
    new: dict[str, Any] = {
        "report_id": report_id,
        "member_id": member_id,
        "kind": kind,
        "source_key": source_key,
        "original": jpeg,
        "public": jpeg,
        "redactions": [],
        "removed": False,
        "token": secrets.token_urlsafe(16),
        "at": now,
    }
    row = await insert_new(tx, ReportPhoto, new, *KEPT)
    return await _from(tx, report_id, source_key) if row is None else Kept(*row)


async def _from(tx: AsyncConnection, report_id: int, source_key: str) -> Kept | None:
    found = select(*KEPT).where(
        ReportPhoto.report_id == report_id, ReportPhoto.source_key == source_key
    )
    row = (await tx.execute(found)).first()
    return Kept(*row) if row else None


async def of(tx: AsyncConnection, token: str, *, original: bool = False) -> bytes | None:
    """The JPEG that the token shows: the public copy, or what was sent. None when it is gone."""
    column = ReportPhoto.original if original else ReportPhoto.public
    found = select(column).where(ReportPhoto.token == token, ReportPhoto.removed.is_(False))
    jpeg: bytes | None = await tx.scalar(found)
    return jpeg


async def listed(
    tx: AsyncConnection, report_ids: Sequence[int], *, shown_only: bool = False
) -> dict[int, list[Kept]]:
    """The photos of these reports, in the order in which they came; `shown_only` leaves out
    those that no moderator has let be seen by everybody."""
    where = [ReportPhoto.report_id.in_(report_ids), ReportPhoto.removed.is_(False)]
    if shown_only:
        where.append(ReportPhoto.shown.is_(True))
    rows = await tx.execute(select(*KEPT).where(*where).order_by(ReportPhoto.id))
    found: dict[int, list[Kept]] = {}
    for row in rows:
        found.setdefault(row.report_id, []).append(Kept(*row))
    return found


async def of_message(tx: AsyncConnection, member_id: int, source_key: str) -> Kept | None:
    """The photo that came with this message of the member."""
    found = select(*KEPT).where(
        ReportPhoto.member_id == member_id,
        ReportPhoto.source_key == source_key,
        ReportPhoto.removed.is_(False),
    )
    row = (await tx.execute(found.order_by(ReportPhoto.id.desc()).limit(1))).first()
    return Kept(*row) if row else None


async def remove(tx: AsyncConnection, report_id: int, kind: str | None = None) -> int:
    """Take photos of a report away for everybody, bytes and all; returns how many there were."""
    ours = [ReportPhoto.report_id == report_id, ReportPhoto.removed.is_(False)]
    if kind is not None:
        ours.append(ReportPhoto.kind == kind)
    gone = await tx.execute(
        update(ReportPhoto).where(*ours).values(original=b"", public=b"", removed=True)
    )
    return int(gone.rowcount)


async def add_shown(
    tx: AsyncConnection,
    *,
    report_id: int,
    member_id: int | None,
    kind: str,
    picture: Picture,
    shown: bool,
    most: int | None,
    now: datetime,
) -> Kept | None:
    """`add` with a limit for each member; seen by everybody at once, or not before a moderator
    has looked."""
    kept = await add(
        tx,
        report_id=report_id,
        member_id=member_id,
        kind=kind,
        jpeg=picture.jpeg,
        source_key=picture.source_key,
        most=most,
        now=now,
        each=True,
    )
    if kept is not None and shown:
        await tx.execute(update(ReportPhoto).where(ReportPhoto.id == kept.id).values(shown=True))
    return kept


async def show_all(tx: AsyncConnection, report_id: int) -> None:
    """The report is published with the photos that it has."""
    await tx.execute(
        update(ReportPhoto)
        .where(ReportPhoto.report_id == report_id, ReportPhoto.removed.is_(False))
        .values(shown=True)
    )


async def hide_all(tx: AsyncConnection, report_id: int) -> None:
    """The report is not public after all."""
    await tx.execute(
        update(ReportPhoto).where(ReportPhoto.report_id == report_id).values(shown=False)
    )


async def sent_by(tx: AsyncConnection, report_id: int, member_id: int) -> int:
    """How many photos of the report this member sent."""
    found = await tx.scalar(
        select(func.count()).where(
            ReportPhoto.report_id == report_id,
            ReportPhoto.member_id == member_id,
            ReportPhoto.removed.is_(False),
        )
    )
    return found or 0


async def whose(tx: AsyncConnection, photo_id: int) -> tuple[int, int | None]:
    """The report of a photo and who sent it; raises `NotFound` for one that is gone."""
    found = await tx.execute(
        select(ReportPhoto.report_id, ReportPhoto.member_id).where(
            ReportPhoto.id == photo_id, ReportPhoto.removed.is_(False)
        )
    )
    row = found.first()
    if row is None:
        raise NotFound
    return row.report_id, row.member_id
