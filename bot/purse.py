"""What the services that know receipts are paid with, shared by all processes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from services.clock import Clock
from services.database import Database
from services.receipts import accounts
from services.receipts.verifiers.contract import Allowance


class DatabasePurse:
    """A `Purse` kept in the database, so that all processes pay from one account."""

    def __init__(self, database: Database, clock: Clock, name: str, allowance: Allowance) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._allowance = allowance

    async def spend(self, calls: int) -> bool:
        """See `Purse.spend`."""
        async with self._database.transaction() as tx:
            now = self._clock.now()
            return await accounts.spend(tx, self._name, self._allowance, calls, now)

    async def leave(self, calls: int) -> None:
        """See `Purse.leave`."""
        async with self._database.transaction() as tx:
            await accounts.leave(tx, self._name, self._allowance, calls, self._clock.now())


class DatabaseVault:
    """A `Vault` kept in the database: one process at a time fetches a token for all."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        name: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._sleep = sleep

    async def token(self, renew: Callable[[], Awaitable[tuple[str, datetime]]]) -> str:
        """See `Vault.token`."""
        while True:
            async with self._database.transaction() as tx:
                now = self._clock.now()
                kept = await accounts.token(tx, self._name, now)
                mine = kept is None and await accounts.begin_renewal(tx, self._name, now)
            if kept is not None:
                return kept
            if mine:
                return await self._renewed(renew)
            await self._sleep(0.2)

    async def _renewed(self, renew: Callable[[], Awaitable[tuple[str, datetime]]]) -> str:
        fetched = None
        try:
            fetched = await renew()
        finally:
            async with self._database.transaction() as tx:
                await accounts.end_renewal(tx, self._name, fetched)
        return fetched[0]

    async def drop(self, token: str) -> None:
        """See `Vault.drop`."""
        async with self._database.transaction() as tx:
            await accounts.drop_token(tx, self._name, token)
