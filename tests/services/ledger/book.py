"""A ledger under test: every call is one transaction at the clock's moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from services import ledger
from services.database import Base, Database
from services.ledger import POINTS
from services.ledger.models import Account, Lot
from tests.clock import ManualClock


@dataclass
class Book:
    """The operations of the ledger with the arguments most tests do not care about."""

    database: Database
    clock: ManualClock

    async def run(self, operation: Any, /, *args: Any, **kwargs: Any) -> Any:
        async with self.database.transaction() as tx:
            return await operation(tx, *args, **kwargs)

    async def look(self, operation: Any, /, *args: Any, **kwargs: Any) -> Any:
        async with self.database.reading() as tx:
            return await operation(tx, *args, **kwargs)

    async def open(self, *member_ids: int) -> None:
        for member_id in member_ids:
            await self.run(ledger.open_accounts, member_id)

    async def earn(
        self,
        key: str,
        now_amount: int,
        later_amount: int = 0,
        *,
        member: int = 1,
        currency: str = POINTS,
        matures_in: timedelta | None = timedelta(days=7),
        expires_in: timedelta | None = timedelta(days=365),
        kind: str = "receipt",
        reason: str = "receipt:1",
    ) -> ledger.Earning:
        now = self.clock.now()
        earning: ledger.Earning = await self.run(
            ledger.earn,
            member_id=member,
            currency=currency,
            now_amount=now_amount,
            later_amount=later_amount,
            matures_at=None if matures_in is None else now + matures_in,
            expires_at=None if expires_in is None else now + expires_in,
            key=key,
            kind=kind,
            reason=reason,
            now=now,
        )
        return earning

    async def hold(
        self,
        key: str,
        amount: int,
        *,
        member: int = 1,
        currency: str = POINTS,
        reason: str = "redemption:1",
        lasts: timedelta | None = timedelta(minutes=15),
    ) -> int:
        now = self.clock.now()
        transfer_id: int = await self.run(
            ledger.hold,
            member_id=member,
            currency=currency,
            amount=amount,
            key=key,
            reason=reason,
            now=now,
            expires_at=None if lasts is None else now + lasts,
        )
        return transfer_id

    async def confirm(self, transfer_id: int) -> None:
        await self.run(ledger.confirm_hold, transfer_id, self.clock.now())

    async def release(self, transfer_id: int, state: str = "voided") -> None:
        await self.run(ledger.release_hold, transfer_id, self.clock.now(), state)

    async def refund(self, transfer_id: int, key: str = "undo", reason: str = "cold") -> int:
        now = self.clock.now()
        refund_id: int = await self.run(
            ledger.refund, transfer_id=transfer_id, key=key, reason=reason, now=now
        )
        return refund_id

    async def spend(self, key: str, amount: int, **kwargs: Any) -> int:
        """Hold and confirm."""
        transfer_id = await self.hold(key, amount, **kwargs)
        await self.confirm(transfer_id)
        return transfer_id

    async def reverse(self, key: str, reason: str = "forged") -> ledger.Reversal:
        now = self.clock.now()
        reversal: ledger.Reversal = await self.run(
            ledger.reverse, key_of_earning=key, reason=reason, now=now
        )
        return reversal

    async def mature(self, limit: int = 100) -> list[ledger.Matured]:
        matured: list[ledger.Matured] = await self.run(ledger.mature, self.clock.now(), limit)
        return matured

    async def expire(self, limit: int = 100) -> list[ledger.Expiring]:
        expired: list[ledger.Expiring] = await self.run(ledger.expire_lots, self.clock.now(), limit)
        return expired

    async def warn(self, days: int = 7) -> list[ledger.Expiring]:
        now = self.clock.now()
        claimed: list[ledger.Expiring] = await self.run(
            ledger.warn_expiring, now, now + timedelta(days=days)
        )
        return claimed

    async def balance(self, member: int = 1, currency: str = POINTS) -> tuple[int, int, int, int]:
        """available, held, maturing, debt."""
        found = await self.look(ledger.balance, member, currency)
        return found.available, found.held, found.maturing, found.debt

    async def lots(self, member: int = 1) -> Sequence[tuple[int, datetime | None]]:
        """What is in each lot of a member that holds anything, and its end; by age."""
        statement = (
            select(Lot.remaining, Lot.expires_at)
            .join(Account, Account.id == Lot.account_id)
            .where(Account.kind == "member", Account.owner == member, Lot.remaining > 0)
            .order_by(Lot.id)
        )
        async with self.database.reading() as tx:
            return [(row.remaining, row.expires_at) for row in await tx.execute(statement)]

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of the ledger, to show that a refused action changed nothing."""
        names = ("account", "transfer", "lot", "lot_use")
        async with self.database.reading() as tx:
            return {
                name: sorted(
                    map(tuple, await tx.execute(select(Base.metadata.tables[name]))), key=repr
                )
                for name in names
            }

    async def count(self, table: type[Base]) -> int:
        async with self.database.reading() as tx:
            statement = select(func.count()).select_from(table)
            return int((await tx.execute(statement)).scalar_one())

    async def assert_clean(self) -> None:
        report = await self.look(ledger.audit, self.clock.now())
        assert list(report.findings) == []
