"""What was sent back stays there, until somebody moves it or something new speaks for it."""

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import CivicEvent, Support, Verification
from services.projects import facts, stages
from services.projects.facts import Facts
from services.projects.models import Artefact
from services.projects.stages import Stage, Verb

_MOVES = (Verb.FORWARD, Verb.BACK)
_MONEY = ("signed", "paid")
_DOCUMENT = {"checklist": "mentor_checklist"}
"""Facts of gates that are called otherwise than their document."""


async def is_held(tx: AsyncConnection, project: Facts) -> bool:
    """Whether a person sent it back to where it is, and nothing new speaks for it since.

    New is a voice for it that counts, or money that was signed or paid.
    """
    last = await tx.scalar(
        select(CivicEvent.verb)
        .where(
            CivicEvent.subject == "project",
            CivicEvent.subject_id == project.id,
            CivicEvent.verb.in_((*_MOVES, *_MONEY)),
        )
        .order_by(CivicEvent.number.desc())
        .limit(1)
    )
    if last != Verb.BACK:
        return False
    return project.stage != Stage.EVALUATION or not await _has_new_voice(tx, project)


async def _has_new_voice(tx: AsyncConnection, project: Facts) -> bool:
    found = await tx.scalar(
        select(Support.id)
        .join(Verification, Verification.member_id == Support.member_id)
        .where(
            Support.subject == "project",
            Support.subject_id == project.id,
            Support.value == 1,
            or_(Support.at > project.stage_at, Verification.at > project.stage_at),
        )
        .limit(1)
    )
    return found is not None


async def unaccept(tx: AsyncConnection, project: Facts, stage: str) -> None:
    """The documents that the gate of this stage asks for need to be accepted again."""
    asked = {_DOCUMENT.get(need.fact, need.fact) for need in stages.gate(project.kind, stage)}
    await tx.execute(
        update(Artefact)
        .where(
            Artefact.project_id == project.id,
            Artefact.kind.in_(asked.intersection(facts.DOCUMENTS)),
            Artefact.accepted_by.is_not(None),
        )
        .values(accepted_by=None, accepted_at=None)
    )
