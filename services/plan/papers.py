"""The documents of figures and of money: for the city's team and the responsible unit.

They are not public: signatures and names may stand on them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.errors import NotAllowed, NotFound, Refusal
from services.members.models import RoleGrant
from services.members.roles import Role
from services.plan.models import Indicator, IndicatorYear, Measure, MeasureYear

_MAY_READ = (Role.MODERATOR, Role.ADMIN, Role.OPERATOR)
_PDF = b"%PDF-"


class DocumentNeeded(Refusal):
    """A figure comes with its document."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A document as it was sent: a photo, or a PDF."""

    data: bytes
    name: str

    @property
    def is_pdf(self) -> bool:
        return self.data.startswith(_PDF)


async def of_figure(
    tx: AsyncConnection, *, member_id: int, indicator_id: int, year: int
) -> Proof | None:
    """The document of an indicator's year; None without one. Raises `NotFound`, `NotAllowed`."""
    unit = select(Indicator.unit_id).where(Indicator.id == indicator_id)
    row = select(IndicatorYear.document, IndicatorYear.document_name).where(
        IndicatorYear.indicator_id == indicator_id, IndicatorYear.year == year
    )
    return await _proof(tx, member_id, unit, row)


async def of_spending(
    tx: AsyncConnection, *, member_id: int, measure_id: int, year: int, source: str
) -> Proof | None:
    """The same for what was spent on a measure in a year from a source."""
    unit = select(Measure.unit_id).where(Measure.id == measure_id)
    row = select(MeasureYear.document, MeasureYear.document_name).where(
        MeasureYear.measure_id == measure_id,
        MeasureYear.year == year,
        MeasureYear.source == source,
    )
    return await _proof(tx, member_id, unit, row)


async def _proof(
    tx: AsyncConnection, member_id: int, unit: Select[Any], row: Executable
) -> Proof | None:
    unit_id = await tx.scalar(unit)
    if not await _holds(tx, member_id, _MAY_READ) and not await may_write(tx, member_id, unit_id):
        raise NotAllowed
    found = (await tx.execute(row)).first()
    if found is None:
        raise NotFound
    return Proof(found.document, found.document_name or "document.jpg") if found.document else None


async def may_write(tx: AsyncConnection, member_id: int, unit_id: int | None) -> bool:
    """Whether the member is an official of this unit right now."""
    if unit_id is None:
        return False
    return await _holds(tx, member_id, (Role.OFFICIAL,), unit_id)


async def _holds(
    tx: AsyncConnection, member_id: int, wanted: Sequence[Role], unit_id: int | None = None
) -> bool:
    grant = select(RoleGrant.id).where(
        RoleGrant.member_id == member_id,
        RoleGrant.role.in_(wanted),
        RoleGrant.revoked_at.is_(None),
    )
    if unit_id is not None:
        grant = grant.where(RoleGrant.unit_id == unit_id)
    return await tx.scalar(grant.limit(1)) is not None
