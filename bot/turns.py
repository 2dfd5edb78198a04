"""Whose turn it is to be asked about a receipt, within what each service still allows."""

from collections.abc import Iterable
from datetime import datetime

from services.receipts import queue
from services.receipts.accounts import Account
from services.receipts.chain import Chain
from services.receipts.queue import Check
from services.receipts.verifiers.contract import Allowance


class Budget:
    """What one service may be asked in one round.

    Whatever is begun is counted, so that a round never begins more than can be paid for.
    """

    def __init__(self, account: Account, allowance: Allowance, now: datetime) -> None:
        self.name = account.name
        self.is_open = account.is_open(now)
        self._left = account.remaining
        self._allowance = allowance

    def begin(self, priority: int) -> bool:
        """Whether one more question of this priority is begun.

        Calls are left for fetching what is under way, and what is kept in reserve goes to receipts
        of known tills and to disputes.
        """
        if not self.is_open or self._left is None:
            return self.is_open
        reserve = self._allowance.reserve if priority > queue.DISPUTED else 0
        if self._left <= reserve + self._allowance.fetching:
            return False
        self._left -= 1
        return True


def turns_of(
    checks: Iterable[Check], chain: Chain, budgets: Iterable[Budget]
) -> list[tuple[Check, str | None]]:
    """Each with the service to be asked: whoever has the question already, else the first who can
    answer now. None: nobody can."""
    known = {budget.name: budget for budget in budgets}
    return [(check, _turn(check, chain, known)) for check in checks]


def _turn(check: Check, chain: Chain, budgets: dict[str, Budget]) -> str | None:
    asked = budgets.get(check.verifier or "")
    if asked is not None and check.handle:
        return asked.name if asked.is_open else None
    names = chain.services(check.adapter)
    if asked is not None and asked.name in names:
        # Handed on by those before it, who could not tell: they would not the next time.
        names = names[names.index(asked.name) :]
    return next((name for name in names if budgets[name].begin(check.priority)), None)
