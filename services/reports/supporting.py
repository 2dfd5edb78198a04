"""«Me too»: a voice, a photo and news of a report that is there already."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import following, voices
from services.errors import NotFound
from services.reports import acting, moves, photos, telling
from services.reports.acting import Facts
from services.reports.models import Report, ReportPhoto
from services.reports.moves import Moved, NoSuchMove, OwnReport
from services.reports.photos import Picture
from services.reports.states import DONE, NEVER_SHOWN, SUPPORTABLE, Audience, State, Verb

_STEP = 10
"""Officials hear of every so many voices."""


@dataclass(frozen=True, slots=True)
class Supported:
    """`new`: the voice was not there before. `up` voices there are now. `photos` were added."""

    report_id: int
    number: int
    new: bool
    up: int
    photos: int


async def support(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    report_id: int,
    now: datetime,
    picture: Picture | None = None,
) -> Supported:
    """Give a published report a voice, and a photo if there is one, and follow it.

    The photo is seen by everybody once a moderator has looked at it. Raises `OwnReport`,
    `NotFound`, and `NoSuchMove` for a report that is done: see `again`.
    """
    report = await _take(tx, city, member_id, report_id)
    if report.state not in SUPPORTABLE:
        raise NoSuchMove(report.state, "support")
    added = await _add(tx, city, member_id, report_id, picture, now)
    return await _give(tx, city, report, member_id, added, now)


async def instead(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    draft_id: int,
    report_id: int,
    now: datetime,
) -> Supported:
    """The member's draft is a report that is there already: support that one with the draft's
    photos, and throw the draft away. Raises as `support`, and `NotFound` for no such draft."""
    report = await _take(tx, city, member_id, report_id, draft_id)
    if report.state not in SUPPORTABLE:
        raise NoSuchMove(report.state, "support")
    moved = await _carry_photos(tx, city, draft_id, report_id)
    supported = await _give(tx, city, report, member_id, moved, now)
    await moves.move(tx, city, draft_id, Verb.WITHDRAW, by=member_id, now=now)
    return supported


async def again(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    report_id: int,
    now: datetime,
    reason: str = "again",
    picture: Picture | None = None,
    draft_id: int | None = None,
) -> Moved:
    """It was fixed and is there again: support it and open it again, with the draft's photos.

    Raises as `moves.move`; a report that is not done any more is `NoSuchMove`.
    """
    report = await _take(tx, city, member_id, report_id, draft_id, own=True)
    if report.state not in DONE:
        raise NoSuchMove(report.state, Verb.REOPEN)
    if draft_id is not None:
        await _carry_photos(tx, city, draft_id, report_id)
    if report.author_id != member_id:
        await _voice(tx, report_id, member_id, now)
    if draft_id is not None:
        await moves.move(tx, city, draft_id, Verb.WITHDRAW, by=member_id, now=now)
    return await moves.move(
        tx, city, report_id, Verb.REOPEN, by=member_id, now=now, reason=reason, picture=picture
    )


async def withdraw(tx: AsyncConnection, *, member_id: int, report_id: int) -> bool:
    """Take the voice back and hear no more of it; False when there was none."""
    gone = await voices.withdraw(tx, subject="report", subject_id=report_id, member_id=member_id)
    await following.unfollow(tx, member_id=member_id, subject="report", key=str(report_id))
    return gone


async def _take(
    tx: AsyncConnection,
    city: CityFacts,
    member_id: int,
    report_id: int,
    draft_id: int | None = None,
    *,
    own: bool = False,
) -> Facts:
    """The report, held, with the member's draft if there is one."""
    drafts = [] if draft_id is None else [draft_id]
    report, *held = await acting.hold(tx, city, report_id, *drafts)
    if any(draft.author_id != member_id or draft.state != State.DRAFT for draft in held):
        raise NotFound
    if report.hidden or not report.is_published or report.state in NEVER_SHOWN:
        raise NotFound
    if report.author_id == member_id and not own:
        raise OwnReport
    return report


async def _add(  # noqa: PLR0917 - one photo
    tx: AsyncConnection,
    city: CityFacts,
    member_id: int,
    report_id: int,
    picture: Picture | None,
    now: datetime,
) -> int:
    if picture is None:
        return 0
    kept = await photos.add(
        tx, report_id=report_id, member_id=member_id, kind=photos.SUPPORT, jpeg=picture.jpeg,
        source_key=picture.source_key, most=_most(city), now=now,
    )  # fmt: skip
    return int(kept is not None)


def _most(city: CityFacts) -> int:
    return city.rules.civic.photos * 4


async def _carry_photos(tx: AsyncConnection, city: CityFacts, draft_id: int, report_id: int) -> int:
    """The draft's photos become a supporter's; returns how many, as far as there is room."""
    there = len((await photos.listed(tx, [report_id])).get(report_id, []))
    of_draft = (
        select(ReportPhoto.id)
        .where(ReportPhoto.report_id == draft_id, ReportPhoto.removed.is_(False))
        .order_by(ReportPhoto.id)
        .limit(max(0, _most(city) - there))
    )
    taken = [
        ReportPhoto.report_id == report_id,
        ReportPhoto.source_key != "",
        ReportPhoto.source_key.in_(
            select(ReportPhoto.source_key).where(ReportPhoto.report_id == draft_id)
        ),
    ]
    known = select(ReportPhoto.source_key).where(*taken)
    moved = await tx.execute(
        update(ReportPhoto)
        .where(ReportPhoto.id.in_(of_draft), ReportPhoto.source_key.not_in(known))
        .values(report_id=report_id, kind=photos.SUPPORT, shown=False)
    )
    return int(moved.rowcount)


async def _voice(tx: AsyncConnection, report_id: int, member_id: int, now: datetime) -> bool:
    new = await voices.give(
        tx, subject="report", subject_id=report_id, member_id=member_id, value=1, now=now
    )
    await following.follow(
        tx, member_id=member_id, subject="report", key=str(report_id), via="support", now=now
    )
    return new


async def _give(  # noqa: PLR0917 - one voice
    tx: AsyncConnection,
    city: CityFacts,
    report: Facts,
    member_id: int,
    added: int,
    now: datetime,
) -> Supported:
    new = await _voice(tx, report.id, member_id, now)
    up = (await voices.totals(tx, "report", [report.id]))[report.id].up
    if new or added:
        await tx.execute(update(Report).where(Report.id == report.id).values(updated_at=now))
    if new and up % _STEP == 0:
        await telling.tell(tx, city, report, Audience.OFFICIALS, telling.POPULAR, {"up": up}, now)
    assert report.number is not None
    return Supported(report.id, report.number, new, up, added)
