"""Points and merits: accounts, transfers between them, and proof that nothing is lost.

The functions take the connection of an open transaction, write what they decide by conditional
statements, and never commit.
"""

from services.ledger.accounts import (
    CURRENCIES,
    MERITS,
    POINTS,
    Balance,
    LedgerBrokenError,
    NoAccountError,
    balance,
    ensure_city_accounts,
    open_accounts,
)
from services.ledger.auditing import AuditReport, Finding, audit
from services.ledger.due import Expiring, Matured, expire_lots, mature, warn_expiring
from services.ledger.earning import Earning, Reversal, earn, matures_at, reverse
from services.ledger.leaving import forfeit
from services.ledger.lots import GRACE
from services.ledger.spending import NotEnough, confirm_hold, hold, refund, release_hold
from services.ledger.transfers import KeyReusedError
from services.ledger.views import Due, Entry, Upcoming, history, upcoming

__all__ = [
    "CURRENCIES",
    "GRACE",
    "MERITS",
    "POINTS",
    "AuditReport",
    "Balance",
    "Due",
    "Earning",
    "Entry",
    "Expiring",
    "Finding",
    "KeyReusedError",
    "LedgerBrokenError",
    "Matured",
    "NoAccountError",
    "NotEnough",
    "Reversal",
    "Upcoming",
    "audit",
    "balance",
    "confirm_hold",
    "earn",
    "ensure_city_accounts",
    "expire_lots",
    "forfeit",
    "history",
    "hold",
    "mature",
    "matures_at",
    "open_accounts",
    "refund",
    "release_hold",
    "reverse",
    "upcoming",
    "warn_expiring",
]
