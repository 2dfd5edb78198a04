"""Proof that nothing was lost, doubled or altered: `guestcard ledger audit`.

Each check is one statement, so it sees one state of the database even while guests are served.
Whoever keeps rows beside the ledger adds checks of his own:
`audit(tx, now, checks=(*CHECKS, mine))`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.auditing import rows, sums
from services.ledger.auditing.finding import Check, Finding
from services.ledger.models import Account, Lot, Transfer

__all__ = ["CHECKS", "AuditReport", "Check", "Finding", "audit"]

CHECKS: tuple[Check, ...] = (
    sums.kept_balances,
    sums.zero_sum,
    sums.lots_hold_the_balance,
    sums.spends_have_used_lots,
    rows.lots_belong,
    rows.earnings_have_lots,
    rows.arguments_unaltered,
    rows.ends_fit,
    rows.accounts_fit,
    rows.states_fit,
    rows.nothing_overdue,
    rows.undone_exactly,
)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """How many rows an audit looked at, and what it found wrong with them."""

    accounts: int
    transfers: int
    lots: int
    findings: Sequence[Finding]

    @property
    def is_clean(self) -> bool:
        """Nothing is wrong."""
        return not self.findings


async def audit(
    tx: AsyncConnection, now: datetime, checks: Iterable[Check] = CHECKS
) -> AuditReport:
    """Run every check over the whole ledger; writes nothing."""
    accounts, transfers, lots = [
        (await tx.execute(select(func.count()).select_from(table))).scalar_one()
        for table in (Account, Transfer, Lot)
    ]
    findings = [finding for check in checks for finding in await check(tx, now)]
    return AuditReport(accounts, transfers, lots, findings)
