"""Merits: what the city thanks its citizens with, for outcomes and never for votes.

They are a currency of the ledger. One rule thanks a member once for one subject; a thank-you that
was not deserved is taken back by a counter-entry. What can be done often shares the city's limit
a day; what takes weeks does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services import ledger
from services.cities import CityFacts
from services.errors import Changed, NotFound
from services.ledger.models import Account, Transfer
from services.members.models import Member

RULES: Mapping[str, int] = MappingProxyType(
    {
        "report_confirmed": 5,
        "report_supported": 2,
        "fix_confirmed": 3,
        "idea_published": 5,
        "idea_supported": 20,
        "idea_approved": 30,
        "idea_implemented": 100,
        "opinion": 15,
        "team_member": 10,
        "mentoring": 15,
        "project_team": 100,
        "project_supporter": 3,
        "practice_adopted": 50,
    }
)
"""Rule → merits."""

DAILY = frozenset(
    {
        "report_confirmed",
        "report_supported",
        "fix_confirmed",
        "idea_published",
        "project_supporter",
    }
)
"""What somebody could do often: these share the city's `merits_per_day`."""

LEVELS = (1, 5, 10, 30, 50)
"""From how many good deeds each level begins. Deeds, not merits: one built idea is worth as much
as twenty reports, but a level tells how faithfully somebody helps."""

_KIND = "merit"


@dataclass(frozen=True, slots=True)
class Level:
    """Number 0 to 5, the deeds it begins from, and those of the next (None: it is the last)."""

    number: int
    since: int
    next: int | None


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing a member was thanked for; `revoked` when that was taken back."""

    rule: str
    subject: str
    subject_id: int
    merits: int
    at: datetime
    revoked: bool


def level(deeds: int) -> Level:
    """The level of somebody who was thanked for so many deeds."""
    reached = [since for since in LEVELS if since <= deeds]
    following = next((since for since in LEVELS if since > deeds), None)
    return Level(len(reached), reached[-1] if reached else 0, following)


def _key(rule: str, subject: str, subject_id: int, member_id: int) -> str:
    return f"merit:{rule}:{subject}:{subject_id}:{member_id}"


async def award(  # noqa: PLR0917 - of one subject
    tx: AsyncConnection,
    city: CityFacts,
    member_id: int,
    rule: str,
    subject: str,
    subject_id: int,
    now: datetime,
) -> int:
    """Thank a member; returns the merits given.

    0 when this was given before, when the day's limit is reached (its rest is given where some is
    left), and for somebody who is gone. Where several are thanked in one transaction use
    `award_all`.
    """
    given = await award_all(tx, city, [(member_id, rule)], subject, subject_id, now)
    return given[member_id, rule]


async def award_all(  # noqa: PLR0917 - of one subject
    tx: AsyncConnection,
    city: CityFacts,
    whom: Sequence[tuple[int, str]],
    subject: str,
    subject_id: int,
    now: datetime,
) -> dict[tuple[int, str], int]:
    """Thank several members, each by a rule, for one subject; see `award`.

    Their accounts are taken in the one order that cannot deadlock.
    """
    given = dict.fromkeys(whom, 0)
    accounts = await _take_accounts(tx, {member_id for member_id, _rule in whom})
    for member_id, rule in given:
        if member_id not in accounts:
            continue
        key = _key(rule, subject, subject_id, member_id)
        if await tx.scalar(select(Transfer.id).where(Transfer.key == key)) is not None:
            continue
        merits = RULES[rule]
        if rule in DAILY:
            merits = min(merits, await _left_today(tx, city, accounts[member_id], now))
        if merits <= 0:
            continue
        await ledger.earn(
            tx,
            member_id=member_id,
            currency=ledger.MERITS,
            now_amount=merits,
            later_amount=0,
            matures_at=None,
            expires_at=None,
            key=key,
            kind=_KIND,
            reason=f"{rule}:{subject}:{subject_id}",
            now=now,
        )
        given[member_id, rule] = merits
    return given


async def _take_accounts(tx: AsyncConnection, member_ids: set[int]) -> dict[int, int]:
    """Member → account of merits, of those who are still here; the rows stay taken."""
    rows = await tx.execute(
        select(Account.owner, Account.id)
        .join(Member, Member.id == Account.owner)
        .where(
            Account.kind == "member",
            Account.owner.in_(member_ids),
            Account.currency == ledger.MERITS,
            Member.deleted_at.is_(None),
        )
        .order_by(Account.id)
        .with_for_update(of=Account)
    )
    return {row.owner: row.id for row in rows}


async def _left_today(tx: AsyncConnection, city: CityFacts, account: int, now: datetime) -> int:
    """How much of the day's limit is left, by the city's clock."""
    local = now.astimezone(city.timezone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await tx.execute(
        select(Transfer.amount, Transfer.reason).where(
            Transfer.credit_id == account,
            Transfer.kind == _KIND,
            Transfer.created_at >= midnight,
        )
    )
    given: int = sum(row.amount for row in rows if row.reason.partition(":")[0] in DAILY)
    return city.rules.civic.merits_per_day - given


async def revoke(
    tx: AsyncConnection,
    *,
    member_id: int,
    rule: str,
    subject: str,
    subject_id: int,
    reason: str,
    now: datetime,
) -> int:
    """Take a thank-you back whole, once; returns the merits taken, 0 when there were none.

    Merits that were spent meanwhile become a debt that the next ones pay.
    """
    key = _key(rule, subject, subject_id, member_id)
    try:
        reversal = await ledger.reverse(tx, key_of_earning=key, reason=reason, now=now)
    except (NotFound, Changed):
        return 0
    return reversal.taken


def _thanks(member_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Account.kind == "member",
        Account.owner == member_id,
        Account.currency == ledger.MERITS,
        Transfer.kind == _KIND,
    )


async def deeds(
    tx: AsyncConnection, member_id: int, limit: int = 10, offset: int = 0
) -> list[Deed]:
    """What the member was thanked for, the latest first."""
    rows = await tx.execute(
        select(Transfer.id, Transfer.reason, Transfer.amount, Transfer.created_at)
        .join(Account, Account.id == Transfer.credit_id)
        .where(*_thanks(member_id))
        .order_by(Transfer.id.desc())
        .limit(limit)
        .offset(offset)
    )
    found = rows.all()
    undone = set(
        await tx.scalars(
            select(Transfer.undoes_id).where(Transfer.undoes_id.in_([row.id for row in found]))
        )
    )
    shown = []
    for row in found:
        rule, subject, subject_id = row.reason.split(":")
        deed = Deed(rule, subject, int(subject_id), row.amount, row.created_at, row.id in undone)
        shown.append(deed)
    return shown


async def how_many(tx: AsyncConnection, member_id: int) -> int:
    """For how many deeds the member was thanked, those taken back left out."""
    undoing = Transfer.__table__.alias()
    count = await tx.scalar(
        select(func.count())
        .select_from(Transfer)
        .join(Account, Account.id == Transfer.credit_id)
        .outerjoin(undoing, undoing.c.undoes_id == Transfer.id)
        .where(*_thanks(member_id), undoing.c.id.is_(None))
    )
    return count or 0
