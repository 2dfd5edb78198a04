"""Photos that everybody may see."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reports.models import Report, ReportPhoto
from services.reports.publicity import WHOLE


async def public_photo(tx: AsyncConnection, token: str) -> bytes | None:
    """The public copy of a photo that was let be seen, while everybody sees its report whole;
    never the original."""
    found = (
        select(ReportPhoto.public)
        .join(Report, Report.id == ReportPhoto.report_id)
        .where(
            ReportPhoto.token == token,
            ReportPhoto.removed.is_(False),
            ReportPhoto.shown.is_(True),
            WHOLE,
        )
    )
    jpeg: bytes | None = await tx.scalar(found)
    return jpeg or None
