"""Who hears of a report, and what: every kind of message that reports leave for delivery.

Facts of all of them: `report` (id), `number`, `emoji`, `theme` (localized), `place` (an address or
None; of a private theme only for the author and the staff); more is said at each kind.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import notifying
from services.reports import acting
from services.reports.acting import Facts
from services.reports.states import Audience, Row, State

MOVED: Mapping[State, str] = {
    state: f"report_{state}"
    for state in (
        *(State.CLARIFY, State.OPEN, State.ASSIGNED, State.SCHEDULED, State.FIXED),
        *(State.CONFIRMED, State.REOPENED, State.REFERRED, State.DECLINED, State.UNFIXABLE),
        *(State.DUPLICATE, State.PROMOTED, State.WITHDRAWN),
    )
}
"""To the author (`mine` true) and to followers, with `reason` (a key of `reasons`, words or None),
`until` (ISO, for scheduled), `original` and `original_number` (for duplicate), `project`."""
TO_DESK: Mapping[State, str] = {
    State.ASSIGNED: "desk_assigned",
    State.REFERRED: "desk_assigned",
    State.REOPENED: "desk_reopened",
    State.CONFIRMED: "desk_confirmed",
    State.SUBMITTED: "desk_submitted",
}
"""To officials and moderators, with `reason` and `due` (ISO or None)."""
UNDONE = "report_undone"
"""To the author: a moderator has taken a decision back; with `state` (where it is again)."""
DRAFT = "report_draft"
"""To the author: a draft waits to be sent; with `draft` (id), `number` is None."""
LATE = "report_late"
"""To the author: the city has not kept its promise; with `due`."""
DUE_SOON, OVERDUE, HEAD = "desk_due", "desk_overdue", "desk_head"
"""To officials, and to the head of the unit; with `due`."""
BARRED, FREED = "report_barred", "report_freed"
"""To the author: they may not send anything `until` (ISO) then, with `reason`; and they may."""
FLAGGED = "desk_flagged"
"""To moderators: members have flagged it away."""
QUEUE = "desk_queue"
"""To moderators, once a day: what waits; with `submitted`, `flagged` and `photos`, no report."""
POPULAR = "desk_supported"
"""To officials: ten more voices; with `up`."""

_URGENT = (State.CLARIFY, State.FIXED)
"""What the author is asked to answer."""


def of(report: Facts, **more: Any) -> dict[str, Any]:
    """The facts that every message about this report has, and these."""
    return {
        "report": report.id,
        "number": report.number,
        "emoji": report.emoji,
        "theme": report.theme,
        "place": report.address,
        **more,
    }


async def moved(
    tx: AsyncConnection,
    city: CityFacts,
    report: Facts,
    row: Row,
    *,
    by: int | None,
    spared: Collection[int],
    private_reason: str | None,
    more: Mapping[str, Any],
    now: datetime,
) -> None:
    """Tell everybody whom the row names. `private_reason` is for the author and the staff."""
    private = {**more, "reason": private_reason}
    due = report.due_at.isoformat() if report.due_at else None
    knows = {*spared, *(each for each in (by, report.author_id) if each is not None)}
    for audience in row.told:
        match audience:
            case Audience.AUTHOR:
                if report.author_id not in spared:
                    await tell(
                        tx, city, report, audience, MOVED[row.after], private, now,
                        by=by, urgent=row.after in _URGENT,
                    )  # fmt: skip
            case Audience.FOLLOWERS:
                gone = report.private or row.after is State.WITHDRAWN
                public = {"place": None} if gone else {}
                facts = {**of(report), **more, **public, "mine": False}
                await notifying.tell_followers(
                    tx, city, "report", report.id, MOVED[row.after], facts, now, but=[*knows]
                )
            case Audience.OFFICIALS if row.after is State.REFERRED and "unit" not in more:
                pass  # To somebody outside the city's services.
            case _:
                told = {**private, "due": due} if audience is Audience.OFFICIALS else private
                await tell(tx, city, report, audience, TO_DESK[row.after], told, now, by=by)


async def tell(  # noqa: PLR0917 - of one report
    tx: AsyncConnection,
    city: CityFacts,
    report: Facts,
    audience: Audience,
    kind: str,
    more: Mapping[str, Any],
    now: datetime,
    *,
    by: int | None = None,
    urgent: bool = False,
) -> None:
    """Tell the author, or the city's people whose work it is, but nobody what they did themselves.

    The author hears that it is about something of theirs.
    """
    facts = of(report, **more)
    if audience is Audience.AUTHOR:
        facts["mine"] = True
    for member_id in await _whom(tx, city, report, audience):
        if member_id != by:
            await notifying.tell(
                tx, city, member_id, kind, facts, now,
                subject="report", subject_id=report.id, urgent=urgent,
            )  # fmt: skip


async def _whom(
    tx: AsyncConnection, city: CityFacts, report: Facts, audience: Audience
) -> list[int]:
    if audience is Audience.AUTHOR:
        return [] if report.author_id is None else [report.author_id]
    if audience is Audience.MODERATORS:
        team = await acting.moderators(tx, city.id)
        return [each for each in team if each != report.author_id]
    staff = await acting.officials(tx, report.unit_id)
    if audience is Audience.HEAD:
        return staff[:1]
    return [report.official_id] if report.official_id in staff else staff


KINDS = frozenset(
    {*MOVED.values(), *TO_DESK.values(), UNDONE, DRAFT, LATE, DUE_SOON, OVERDUE, HEAD}
    | {FLAGGED, POPULAR, QUEUE, BARRED, FREED}
)
"""Every kind: the chat has a notice for each."""
