"""Two reports of one problem: the later one leads to the original, and takes its followers along.

Voices are never moved: whoever wants theirs to count for the original gives it there.
"""

from datetime import datetime

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import Follow
from services.errors import Refusal
from services.reports.acting import Facts
from services.reports.models import Report
from services.reports.states import DONE, SUPPORTABLE, State

_VIA = "duplicate"
ORIGINALS = (*SUPPORTABLE, *DONE, State.UNFIXABLE, State.PROMOTED)
"""In which state a report may be another's original."""


class NoOriginal(Refusal):
    """That report cannot be the original: it is this one, or not (any more) a public one."""


def check(report: Facts, original: Facts) -> None:
    """Raise `NoOriginal` unless the one may lead to the other. Both are held."""
    unlike = original.id == report.id or original.state not in ORIGINALS
    if unlike or not original.is_published:
        raise NoOriginal


async def root_of(tx: AsyncConnection, report_id: int) -> int:
    """The report itself, or the original that it leads to."""
    original = await tx.scalar(
        select(Report.duplicate_of).where(Report.id == report_id, Report.state == State.DUPLICATE)
    )
    return original or report_id


async def lead_on(tx: AsyncConnection, report_id: int, original_id: int, now: datetime) -> None:
    """What led to the report leads to the original, and its followers hear of the original."""
    await tx.execute(
        update(Report).where(Report.duplicate_of == report_id).values(duplicate_of=original_id)
    )
    already = select(Follow.member_id).where(
        Follow.subject == "report", Follow.key == str(original_id)
    )
    theirs = select(
        Follow.member_id,
        literal("report"),
        literal(str(original_id)),
        literal(_VIA),
        literal(now, Follow.at.type),
    ).where(
        Follow.subject == "report",
        Follow.key == str(report_id),
        Follow.member_id.not_in(already),
    )
    await tx.execute(
        insert(Follow).from_select(["member_id", "subject", "key", "via", "at"], theirs)
    )


async def part(tx: AsyncConnection, report_id: int, original_id: int) -> None:
    """They are two problems after all: who followed the original only for this one's sake stops."""
    theirs = select(Follow.member_id).where(
        Follow.subject == "report", Follow.key == str(report_id)
    )
    await tx.execute(
        delete(Follow).where(
            Follow.subject == "report",
            Follow.key == str(original_id),
            Follow.via == _VIA,
            Follow.member_id.in_(theirs),
        )
    )
