"""Random traffic on a ledger by many tasks at once."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

from services.errors import Refusal
from services.ledger import KeyReusedError
from tests.services.ledger.book import Book


class _Guest:
    """One task: picks an operation, remembers what it may come back to."""

    def __init__(self, book: Book, members: int, shared: "_Shared", seed: int) -> None:
        self._book = book
        self._members = members
        self._shared = shared
        self._random = random.Random(seed)

    async def act(self) -> str:
        """One operation; returns "done" or what refused it."""
        operation = self._random.choices(_OPERATIONS, _WEIGHTS)[0]
        try:
            await operation(self)
        except Refusal as refusal:
            return type(refusal).__name__
        except KeyReusedError:
            return "KeyReusedError"
        return "done"

    async def _earn(self) -> None:
        key = f"receipt:{self._random.randrange(self._shared.step())}"
        member = self._random.randint(1, self._members)
        await self._book.earn(
            key,
            self._random.randint(0, 60),
            self._random.randint(0, 60),
            member=member,
            matures_in=timedelta(minutes=self._random.randint(1, 90)),
            expires_in=timedelta(minutes=self._random.randint(30, 300)),
        )
        self._shared.keys.append(key)

    async def _hold(self) -> None:
        key = f"redemption:{self._random.randrange(self._shared.step())}"
        member, amount = self._random.randint(1, self._members), self._random.randint(1, 80)
        self._shared.holds.append(await self._book.hold(key, amount, member=member))

    async def _confirm(self) -> None:
        await self._book.confirm(self._some_hold())

    async def _release(self) -> None:
        await self._book.release(self._some_hold())

    async def _refund(self) -> None:
        await self._book.refund(self._some_hold(), f"undo:{self._shared.step()}")

    async def _reverse(self) -> None:
        await self._book.reverse(self._random.choice(self._shared.keys or ["none"]))

    async def _pass_time(self) -> None:
        self._book.clock.advance(minutes=1)
        await self._random.choice((self._book.mature, self._book.expire, self._book.warn))()

    def _some_hold(self) -> int:
        return self._random.choice(self._shared.holds[-20:] or [0])


class _Shared:
    """What the tasks know of each other."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.holds: list[int] = []
        self._steps = 0

    def step(self) -> int:
        self._steps += 1
        return self._steps


_Operation = Callable[[_Guest], Awaitable[None]]
_MIX: dict[_Operation, int] = {
    _Guest._earn: 30,
    _Guest._hold: 30,
    _Guest._confirm: 15,
    _Guest._release: 8,
    _Guest._refund: 5,
    _Guest._reverse: 4,
    _Guest._pass_time: 8,
}
_OPERATIONS, _WEIGHTS = list(_MIX), list(_MIX.values())


async def random_traffic(
    book: Book, *, operations: int, tasks: int, members: int, seed: int
) -> Counter[str]:
    """Run `operations` by `tasks` at once over `members`; how each ended, counted.

    In the end what is due has been settled, so that an audit has no reason to find anything.
    """
    await book.open(*range(1, members + 1))
    shared = _Shared()
    left = iter(range(operations))
    tally: Counter[str] = Counter()

    async def work(guest: _Guest) -> None:
        for _ in left:
            tally[await guest.act()] += 1

    await asyncio.gather(
        *(work(_Guest(book, members, shared, seed * 1_000 + task)) for task in range(tasks))
    )
    for transfer_id in shared.holds:
        try:
            await book.release(transfer_id, "expired")
        except Refusal:
            continue
    while await book.mature():
        pass
    return tally
