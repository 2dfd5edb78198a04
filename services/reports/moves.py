"""One function leads a report from state to state, by the rows of `states`."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import following, log, merits, verifying, voices
from services.database import lock_row
from services.errors import Changed, NotAllowed
from services.members.models import Member
from services.reports import acting as roles
from services.reports import (
    albums,
    barring,
    deadlines,
    duplicates,
    effects,
    notes,
    photos,
    reasons,
    telling,
    versions,
)
from services.reports.acting import Facts
from services.reports.effects import Step
from services.reports.models import Report
from services.reports.outcome import (
    Claimed,
    Edited,
    Moved,
    NoSuchMove,
    OwnReport,
    PhotoNeeded,
    ReasonNeeded,
)
from services.reports.photos import Picture
from services.reports.states import Acting, Row, State, Verb, row_of, rows_from
from services.reports.texts import clean
from services.reports.undoing import TooLateToUndo, can_undo, undo

__all__ = [
    "Claimed",
    "Edited",
    "Moved",
    "NoSuchMove",
    "OwnReport",
    "PhotoNeeded",
    "ReasonNeeded",
    "TooLateToUndo",
    "allowed",
    "can_undo",
    "may",
    "move",
    "undo",
]


async def move(
    tx: AsyncConnection,
    city: CityFacts,
    report_id: int,
    verb: Verb,
    *,
    by: int | None,
    now: datetime,
    acting: Acting | None = None,
    reason: str | None = None,
    picture: Picture | None = None,
    unit_id: int | None = None,
    original_id: int | None = None,
    project_id: int | None = None,
    until: datetime | None = None,
    spared: Collection[int] = (),
    seen: str | None = None,
) -> Moved:
    """Make the move, or raise a refusal and change nothing.

    `by` None is the system, or another system that acts as `acting`. `acting` chooses among the
    roles the member has; the first of the row's by default. `reason` is a key of `reasons` or
    the mover's own words: those of citizens, and all before publication, are kept as a private
    note. With `assign` and `refer` comes `unit_id` where another unit is to do it, with `duplicate`
    `original_id`, with `promote` `project_id` (see `promoting`), with `schedule` `until`, and
    with `fix`, and if there is one with `confirm` and `reopen`, a `picture`. `spared` members hear
    of the move otherwise. `seen` is the `versions.mark` of what the mover has looked at; None is
    for who does not look.

    Raises `NotFound`, `NotAllowed`, `OwnReport`, `NoSuchMove`, `ReasonNeeded`, `PhotoNeeded`,
    `Claimed`, `duplicates.NoOriginal`, `Edited` when it is not what was `seen`, and `Changed` when
    somebody was first.
    """
    words = clean(reason or "")
    if verb is Verb.SUBMIT and by is not None:
        await lock_row(tx, Member, by)
    others = [await duplicates.root_of(tx, original_id)] if original_id is not None else []
    report, *originals = await roles.hold(tx, city, report_id, *others)
    if seen is not None and await versions.mark(tx, report) != seen:
        raise Edited
    row = row_of(report.state, verb)
    if row is None:
        raise NoSuchMove(report.state, verb)
    role = await _role(tx, report, row, by, acting)
    _check_claims(report, role, by, now)
    _check_given(row, words, picture)
    step = Step(
        report, row, role, by, now, unit_id=unit_id, original=next(iter(originals), None),
        project_id=project_id, until=until,
    )  # fmt: skip
    await effects.prepare(tx, city, step)
    return await _make(tx, city, step, words, picture, spared)


async def _make(  # noqa: PLR0917 - one move
    tx: AsyncConnection,
    city: CityFacts,
    step: Step,
    words: str,
    picture: Picture | None,
    spared: Collection[int],
) -> Moved:
    """Write the move that nothing stands against any more, and tell of it."""
    report, row, by = step.report, step.row, step.by
    await _write(tx, step)
    if "due_at" in step.values:
        await deadlines.rearm(tx, report.id)
    public_words = await _keep_words(tx, step, words)
    await _carry_out(tx, city, step, picture)
    thanked = await _thank(tx, city, step, with_photo=picture is not None)
    after = replace(report, **_known(step.values))
    await telling.moved(
        tx, city, after, row, by=by, spared=spared, private_reason=words or None,
        more={**step.public, "reason": public_words}, now=step.now,
    )  # fmt: skip
    event_id = await _record(tx, step, row.verb, public_words)
    return Moved(
        report.id, after.number, row.before, row.after, step.acting, event_id, thanked.get(by, 0)
    )


def _check_given(row: Row, words: str, picture: Picture | None) -> None:
    if row.reason and not words:
        raise ReasonNeeded
    if row.photo and picture is None:
        raise PhotoNeeded


async def _role(
    tx: AsyncConnection, report: Facts, row: Row, by: int | None, acting: Acting | None
) -> Acting:
    """In which of the row's roles the move is made."""
    if by is None:
        role = acting or Acting.SYSTEM
        if role not in row.roles:
            raise NotAllowed
        return role
    held = await roles.roles_of(tx, report, by)
    for each in row.roles if acting is None else (acting,):
        if each in held and each in row.roles:
            return each
    if report.author_id == by:
        raise OwnReport
    raise NotAllowed


def _check_claims(report: Facts, role: Acting, by: int | None, now: datetime) -> None:
    if by is None:
        return
    until = report.claimed_until
    colleague = report.moderator_id not in {None, by} and until is not None and until > now
    if role is Acting.MODERATOR and colleague:
        raise Claimed(until)
    if role is Acting.OFFICIAL and report.official_id not in {None, by}:
        raise Claimed(None)


async def _write(tx: AsyncConnection, step: Step) -> None:
    written = await tx.execute(
        update(Report)
        .where(Report.id == step.report.id, Report.state == step.row.before)
        .values(**step.values)
    )
    if written.rowcount != 1:
        raise Changed


_MATTERS = ("state", "number", "unit_id", "official_id", "due_at")


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """Of the columns that were written, those that decide who is told what."""
    return {name: values[name] for name in _MATTERS if name in values}


async def _keep_words(tx: AsyncConnection, step: Step, words: str) -> str | None:
    """What of the mover's words is for everybody; words that are not are kept as a note."""
    if not words or reasons.is_key(words):
        return words or None
    staff = step.acting not in {Acting.AUTHOR, Acting.SUPPORTER}
    if staff and (step.report.is_published or step.row.after is State.OPEN):
        return words
    await notes.keep(
        tx, report_id=step.report.id, member_id=step.by, acting=step.acting, text=words,
        public=False, now=step.now,
    )  # fmt: skip
    return reasons.OWN_WORDS


async def _carry_out(
    tx: AsyncConnection, city: CityFacts, step: Step, picture: Picture | None
) -> None:
    """What the move does beside the report's own row."""
    report, verb = step.report, step.row.verb
    if picture is not None:
        await albums.keep(
            tx, city, report_id=report.id, verb=verb, role=step.acting, by=step.by,
            picture=picture, at=step.now, makes_it=step.row.photo,
        )  # fmt: skip
    if report.state == State.DRAFT and verb is Verb.SUBMIT and report.author_id is not None:
        await following.follow(
            tx, member_id=report.author_id, subject="report", key=str(report.id), via="author",
            now=step.now,
        )  # fmt: skip
    if verb is Verb.OPEN:
        await barring.end_with(tx, city, report, by=step.by, now=step.now)
    if verb is Verb.OPEN and report.published_at is None:
        await photos.show_all(tx, report.id)
    if step.original is not None and verb is Verb.DUPLICATE:
        await duplicates.lead_on(tx, report.id, step.original.id, step.now)
    if verb is Verb.OPEN and report.duplicate_of is not None:
        await duplicates.part(tx, report.id, report.duplicate_of)
    if report.state == State.DRAFT and verb is Verb.WITHDRAW:
        await photos.remove(tx, report.id)


async def _thank(
    tx: AsyncConnection, city: CityFacts, step: Step, *, with_photo: bool
) -> dict[int | None, int]:
    """Member → merits, when a problem is confirmed to be solved; they are taken back when it is
    there again. Of supporters only those are thanked whose voice counts."""
    if step.report.state == State.CONFIRMED:
        await merits.revoke(tx, "report", step.report.id, "reopened", step.now)
    if step.row.verb is not Verb.CONFIRM:
        return {}
    whom: list[tuple[int, str]] = []
    if step.report.author_id is not None:
        whom.append((step.report.author_id, "report_confirmed"))
    supporters = await voices.supporters(tx, "report", step.report.id)
    counted = await verifying.among(tx, supporters)
    whom += [(member_id, "report_supported") for member_id in counted]
    if step.by is not None and with_photo:
        whom.append((step.by, "fix_confirmed"))
    given = await merits.award_all(tx, city, whom, "report", step.report.id, step.now)
    return _sums(given.items())


def _sums(given: Any) -> dict[int | None, int]:
    sums: dict[int | None, int] = {}
    for (member_id, _rule), points in given:
        sums[member_id] = sums.get(member_id, 0) + points
    return sums


async def _record(tx: AsyncConnection, step: Step, verb: str, reason: str | None) -> int:
    report, row = step.report, step.row
    facts = {name: value for name, value in step.public.items() if name != "original"}
    return await log.record(
        tx, city_id=report.city_id, subject="report", subject_id=report.id, verb=verb,
        before=row.before, after=row.after, acting=step.acting, actor_id=step.by, at=step.now,
        reason=reason, facts=facts,
    )  # fmt: skip


async def allowed(
    tx: AsyncConnection, city: CityFacts, report_id: int, by: int, now: datetime
) -> list[tuple[Row, Acting]]:
    """What the member may do with the report as it stands, and in which role: the buttons."""
    report = await roles.look(tx, city, report_id)
    return may(report, await roles.roles_of(tx, report, by), by, now)


def may(report: Facts, held: frozenset[Acting], by: int, now: datetime) -> list[tuple[Row, Acting]]:
    """The same for somebody with these roles."""
    found = []
    for row in rows_from(report.state):
        role = next((each for each in row.roles if each in held), None)
        if role is None:
            continue
        try:
            _check_claims(report, role, by, now)
        except Claimed:
            continue
        found.append((row, role))
    return found
