"""Photos that everybody may see."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reports.models import Report, ReportPhoto
from services.sharing.public import REPORTS


async def public_photo(tx: AsyncConnection, token: str) -> bytes | None:
    """The public copy of a photo that was let be seen, while its report is public; never the
    original."""
    found = (
        select(ReportPhoto.public)
        .join(Report, Report.id == ReportPhoto.report_id)
        .where(
            ReportPhoto.token == token,
            ReportPhoto.removed.is_(False),
            ReportPhoto.shown.is_(True),
            REPORTS,
        )
    )
    jpeg: bytes | None = await tx.scalar(found)
    return jpeg or None
