"""Merits: what the city thanks its citizens with, for outcomes and never for votes.

They are a currency of the ledger. One rule thanks a member once for one subject; a thank-you that
was not deserved is taken back by a counter-entry, and given again when it is deserved after all.
What can be done often shares the city's limit a day; what takes weeks does not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services import ledger
from services.cities import CityFacts
from services.errors import Changed
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
_MERIT: ColumnElement[bool] = Transfer.kind == literal_column(f"'{_KIND}'")
"""As the index has it; with a parameter, SQLite would not use it."""
_UNDOING = Transfer.__table__.alias()


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
        merits, reason = RULES[rule], f"{rule}:{subject}:{subject_id}"
        times, standing = await _given_before(tx, accounts[member_id], reason)
        if standing:
            continue
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
            key=f"merit:{reason}:{member_id}" + (f":{times + 1}" if times else ""),
            kind=_KIND,
            reason=reason,
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


async def _given_before(tx: AsyncConnection, account: int, reason: str) -> tuple[int, bool]:
    """How often this was given, and whether the last time still stands."""
    rows = await tx.scalars(
        select(_UNDOING.c.id)
        .select_from(Transfer)
        .outerjoin(_UNDOING, _UNDOING.c.undoes_id == Transfer.id)
        .where(Transfer.credit_id == account, _MERIT, Transfer.reason == reason)
    )
    undone = rows.all()
    return len(undone), None in undone


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


async def revoke(  # noqa: PLR0917 - of one subject
    tx: AsyncConnection,
    subject: str,
    subject_id: int,
    reason: str,
    now: datetime,
    spared: Collection[str] = (),
) -> int:
    """Take everything back that was given for a subject, but what the `spared` rules gave.

    Returns the merits taken. Those that were spent meanwhile become a debt that the next ones pay.
    """
    wanted = [f"{rule}:{subject}:{subject_id}" for rule in sorted(RULES.keys() - set(spared))]
    rows = await tx.execute(
        select(Account.owner, Transfer.key)
        .join(Account, Account.id == Transfer.credit_id)
        .outerjoin(_UNDOING, _UNDOING.c.undoes_id == Transfer.id)
        .where(_MERIT, Transfer.reason.in_(wanted), _UNDOING.c.id.is_(None))
        .order_by(Account.id, Transfer.id)
    )
    given = rows.all()
    here = await _take_accounts(tx, {row.owner for row in given})
    taken = 0
    for row in given:
        if row.owner in here:
            taken += await _reverse(tx, row.key, reason, now)
    return taken


async def _reverse(tx: AsyncConnection, key: str, reason: str, now: datetime) -> int:
    try:
        return (await ledger.reverse(tx, key_of_earning=key, reason=reason, now=now)).taken
    except Changed:
        # Somebody took it back while this one waited for the account.
        return 0


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
    count = await tx.scalar(
        select(func.count())
        .select_from(Transfer)
        .join(Account, Account.id == Transfer.credit_id)
        .outerjoin(_UNDOING, _UNDOING.c.undoes_id == Transfer.id)
        .where(*_thanks(member_id), _UNDOING.c.id.is_(None))
    )
    return count or 0
