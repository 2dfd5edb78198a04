"""Changes to what was sent: for some minutes anything, personal data at any time, photos later."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.civic.places import Spot
from services.errors import NotFound, Refusal
from services.reports import acting, deadlines, notes, own, photos, spots, themes
from services.reports.acting import Facts
from services.reports.models import Report, ReportPhoto
from services.reports.moves import Moved, NoSuchMove, move
from services.reports.photos import Kept, Picture
from services.reports.states import ENDS, Acting, State, Verb
from services.reports.texts import TEXT, clean


class TooLateToEdit(Refusal):
    """The minutes in which everything can be changed are over, or a moderator has opened it."""


async def edit(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    report_id: int,
    now: datetime,
    text: str | None = None,
    spot: Spot | None = None,
    category_id: int | None = None,
) -> None:
    """The author changes what was sent; what is None stays.

    Raises `TooLateToEdit` (see `own.editable_until`), `spots.OutsideCity` and `NotFound`.
    """
    report = await _own(tx, city, member_id, report_id)
    if own.editable_until(city, report, now) is None:
        raise TooLateToEdit
    values: dict[str, Any] = {"updated_at": now}
    if text is not None:
        values["text"] = clean(text, TEXT)
    if spot is not None:
        values |= spots.columns(spots.within(city, spot))
    if category_id is not None:
        values |= await _of_theme(tx, city, report, category_id)
    await _write(tx, report_id, values)


async def _of_theme(
    tx: AsyncConnection, city: CityFacts, report: Facts, category_id: int
) -> dict[str, Any]:
    theme = await themes.one(tx, city.id, category_id)
    values = {"category_id": theme.id, "group": theme.group, "unit_id": theme.unit_id}
    since = await deadlines.running_since(tx, report.id) or report.submitted_at
    if since is None:
        return values
    due_at = deadlines.promised(city, theme.sla_days, since)
    if due_at != report.due_at:
        await deadlines.rearm(tx, report.id)
    return {**values, "due_at": due_at}


async def _own(tx: AsyncConnection, city: CityFacts, member_id: int, report_id: int) -> Facts:
    (report,) = await acting.hold(tx, city, report_id)
    if report.author_id != member_id:
        raise NotFound
    return report


async def _write(tx: AsyncConnection, report_id: int, values: dict[str, Any]) -> None:
    await tx.execute(update(Report).where(Report.id == report_id).values(**values))


async def set_anonymous(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    report_id: int,
    anonymous: bool,
    now: datetime,
) -> None:
    """Whether everybody sees the author's first name; at any time."""
    await _own(tx, city, member_id, report_id)
    await _write(tx, report_id, {"anonymous": anonymous, "updated_at": now})


async def remove_words(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    by: int,
    report_id: int,
    words: str | None,
    now: datetime,
) -> None:
    """The author, or a moderator, takes words out of the text, or (None) all of it; at any time.

    Raises `NotFound` when the text has no such words.
    """
    (report,) = await acting.hold(tx, city, report_id)
    role = await acting.require(tx, report, by, Acting.AUTHOR, Acting.MODERATOR)
    text = await tx.scalar(select(Report.text).where(Report.id == report_id)) or ""
    if words is not None and (not words.strip() or words not in text):
        raise NotFound
    left = "" if words is None else " ".join(text.replace(words, " ").split(" "))
    await _write(tx, report_id, {"text": clean(left, TEXT), "updated_at": now})
    if report.is_published:
        await _record(tx, city, report, "redact", role, by, now)


async def add_photo(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    report_id: int,
    picture: Picture,
    now: datetime,
) -> Kept | None:
    """The author adds a photo to what was sent, while it is not over.

    Everybody sees it once a moderator has looked. None when there are as many as the city takes.
    """
    report = await _own(tx, city, member_id, report_id)
    if report.state in ENDS or report.submitted_at is None:
        raise NoSuchMove(report.state, "add_photo")
    await _write(tx, report_id, {"updated_at": now})
    return await photos.add(
        tx, report_id=report_id, member_id=member_id, kind=photos.BEFORE, jpeg=picture.jpeg,
        source_key=picture.source_key, most=city.rules.civic.photos, now=now,
    )  # fmt: skip


async def answer(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    report_id: int,
    text: str,
    now: datetime,
) -> Moved:
    """The author answers a moderator's question; the words are for the staff, not for everybody.

    Raises as `moves.move`; nothing to say is `texts.clean`'s "" and fine after an edit.
    """
    report = await _own(tx, city, member_id, report_id)
    if report.state != State.CLARIFY:
        raise NoSuchMove(report.state, Verb.SUBMIT)
    words = clean(text)
    if words:
        await notes.keep(
            tx, report_id=report_id, member_id=member_id, acting=Acting.AUTHOR, text=words,
            public=False, now=now,
        )  # fmt: skip
    return await move(tx, city, report_id, Verb.SUBMIT, by=member_id, now=now)


async def retheme(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    by: int,
    report_id: int,
    category_id: int,
    now: datetime,
) -> None:
    """A moderator, or the unit's official, corrects the theme, and with it unit and deadline.

    A report that somebody works on keeps its unit: it is handed over by `assign`.
    """
    (report,) = await acting.hold(tx, city, report_id)
    role = await acting.require(tx, report, by, Acting.MODERATOR, Acting.OFFICIAL)
    if report.state not in {State.SUBMITTED, State.CLARIFY, State.OPEN}:
        raise NoSuchMove(report.state, "retheme")
    values = await _of_theme(tx, city, report, category_id)
    await _write(tx, report_id, {**values, "updated_at": now})
    await _record(tx, city, report, "retheme", role, by, now)


async def remove_photo(
    tx: AsyncConnection, city: CityFacts, *, by: int, photo_id: int, now: datetime
) -> None:
    """Its sender or a moderator takes a photo away for good.

    Raises `NotFound` for a photo that is gone.
    """
    report_id, member_id = await photos.whose(tx, photo_id)
    (report,) = await acting.hold(tx, city, report_id)
    if member_id == by:
        role = Acting.AUTHOR if report.author_id == by else Acting.SUPPORTER
    else:
        role = await acting.require(tx, report, by, Acting.MODERATOR)
    await _remove(tx, city, report, role, by, now, ReportPhoto.id == photo_id)


async def remove_own_photos(
    tx: AsyncConnection, city: CityFacts, *, by: int, report_id: int, now: datetime
) -> None:
    """The author takes all photos away for good that they sent themselves; those of neighbours
    and officials stay. Raises `NotFound` where there are none."""
    report = await _own(tx, city, by, report_id)
    await _remove(tx, city, report, Acting.AUTHOR, by, now, ReportPhoto.member_id == by)


async def _remove(  # noqa: PLR0917 - some photos
    tx: AsyncConnection,
    city: CityFacts,
    report: Facts,
    role: Acting,
    by: int,
    now: datetime,
    which: ColumnElement[bool],
) -> None:
    gone = await tx.execute(
        update(ReportPhoto)
        .where(ReportPhoto.report_id == report.id, which, ReportPhoto.removed.is_(False))
        .values(original=b"", public=b"", removed=True, shown=False)
    )
    if not gone.rowcount:
        raise NotFound
    await _write(tx, report.id, {"updated_at": now})
    if report.is_published:
        await _record(tx, city, report, "remove_photos", role, by, now)


async def _record(  # noqa: PLR0917 - one event
    tx: AsyncConnection,
    city: CityFacts,
    report: Facts,
    verb: str,
    role: Acting,
    by: int,
    now: datetime,
) -> None:
    await log.record(
        tx, city_id=city.id, subject="report", subject_id=report.id, verb=verb,
        before=report.state, after=report.state, acting=role, actor_id=by, at=now,
    )  # fmt: skip
