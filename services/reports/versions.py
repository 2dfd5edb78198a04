"""What somebody has looked at before they decide: a mark that changes with what they see."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reports.acting import Facts
from services.reports.models import Report, ReportPhoto
from services.reports.states import PRIVATE

LETTERS = 11
"""As many as a button has room for, and too many to find another text with the same mark."""

_CONTENT = select(
    *(Report.text, Report.lat, Report.lon, Report.address, Report.district, Report.citywide),
    *(Report.category_id, Report.anonymous),
)


async def mark(tx: AsyncConnection, report: Facts) -> str:
    """The state, and before publication all that publication would show: text, place, theme,
    name or none, and photos. A moderator's move is about what had this mark, see `moves.move`."""
    if report.state not in PRIVATE:
        return report.state
    content = (await tx.execute(_CONTENT.where(Report.id == report.id))).one()
    photos = await tx.scalars(
        select(ReportPhoto.id)
        .where(ReportPhoto.report_id == report.id, ReportPhoto.removed.is_(False))
        .order_by(ReportPhoto.id)
    )
    written = json.dumps([report.state, *content, list(photos)]).encode()
    return urlsafe_b64encode(sha256(written).digest())[:LETTERS].decode()
