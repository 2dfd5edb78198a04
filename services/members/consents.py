"""Two separate consents: to process personal data, and to receive advertising.

152-ФЗ and 38-ФЗ art. 18: each is a question and a record of its own, with the version of the
text, the time and the channel; a withdrawal is one more record.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ScalarSelect, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from services.members.models import Consent


class ConsentKind(StrEnum):
    PERSONAL_DATA = "personal_data"
    ADVERTISING = "advertising"


@dataclass(frozen=True, slots=True)
class Answer:
    given: bool
    text_version: str
    at: datetime


async def answer(
    tx: AsyncConnection,
    *,
    member_id: int,
    kind: ConsentKind,
    given: bool,
    text_version: str,
    language: str,
    channel: str,
    now: datetime,
) -> None:
    """Append an answer; saying the same thing again about the same text adds nothing."""
    latest = (await answers(tx, member_id)).get(kind)
    if latest and (latest.given, latest.text_version) == (given, text_version):
        return
    await tx.execute(
        insert(Consent).values(
            member_id=member_id,
            kind=kind,
            given=given,
            text_version=text_version,
            language=language,
            channel=channel,
            at=now,
        )
    )


def latest(member_id: InstrumentedAttribute[int], kind: ConsentKind) -> ScalarSelect[bool]:
    """For a query about members: their latest answer of one kind, NULL when never asked."""
    return (
        select(Consent.given)
        .where(Consent.member_id == member_id, Consent.kind == kind)
        .order_by(Consent.id.desc())
        .limit(1)
        .scalar_subquery()
    )


async def answers(tx: AsyncConnection, member_id: int) -> dict[ConsentKind, Answer]:
    """The latest answer of each kind that was asked."""
    rows = await tx.execute(
        select(Consent.kind, Consent.given, Consent.text_version, Consent.at)
        .where(Consent.member_id == member_id)
        .order_by(Consent.id)
    )
    return {ConsentKind(r.kind): Answer(r.given, r.text_version, r.at) for r in rows}
