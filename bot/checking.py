"""The services that know receipts are asked beside the conversation, each in a loop of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bot.background import wait_for_event
from bot.city import CitySource
from bot.metrics import Metrics
from bot.turns import Budget, turns_of
from services.cities import CityFacts
from services.clock import Clock
from services.database import Database
from services.errors import Changed
from services.receipts import accounts, answers, queue
from services.receipts.chain import Chain
from services.receipts.queue import Check
from services.receipts.verifiers.contract import (
    Allowance,
    Answer,
    Question,
    Trouble,
    Unavailable,
    Verifier,
)

log = logging.getLogger(__name__)

_LOOKED_AT = 200
_LONGEST_SLEEP = timedelta(seconds=30)
_SHORTEST_SLEEP = timedelta(seconds=1)
_GATHERING = 0.25
"""Seconds in which receipts come together that are asked about together."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Service:
    """A verifier and what it allows."""

    verifier: Verifier
    allowance: Allowance


class Checking:
    """Takes due questions from the queue, asks them and writes down what follows."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        city: CitySource,
        chain: Chain,
        services: Mapping[str, Service],
        metrics: Metrics,
        told: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._city = city
        self._chain = chain
        self._services = services
        self._allowances = {name: each.allowance for name, each in services.items()}
        self._metrics = metrics
        self._told = told
        self._due = {name: asyncio.Event() for name in services}

    @property
    def names(self) -> tuple[str, ...]:
        """The services that are asked, each in its own loop."""
        return tuple(self._services)

    def wake(self) -> None:
        """A question may be due."""
        for event in self._due.values():
            event.set()

    async def run(self, name: str, stopping: asyncio.Event) -> None:
        """Ask one service until stopped."""
        while not stopping.is_set():
            self._due[name].clear()
            if not await self.ask_some(name):
                await wait_for_event(self._due[name], await self._until_next())
                await wait_for_event(stopping, _GATHERING)

    async def close(self) -> None:
        """Give back connections."""
        for each in self._services.values():
            await each.verifier.close()

    async def ask_some(self, name: str) -> int:
        """One round with one service; returns how many receipts were worked on."""
        city = await self._city.get()
        checks, neglected = await self._taken(name, city)
        for check in neglected:
            silence = Unavailable(Trouble.DOWN, handle=check.handle)
            await self._alone(check, city, self._follow(name, city, check, silence))
        if not checks:
            return 0
        asked = [
            each
            for check in checks
            if (each := await self._alone(check, city, self._question(check, city))) is not None
        ]
        if asked:
            found = await self._services[name].verifier.ask([question for _, question in asked])
            for check, question in asked:
                await self._alone(check, city, self._follow(name, city, check, found[question.key]))
            await self._note(name, list(found.values()))
        self._told()
        return len(checks)

    async def _note(self, name: str, found: list[Answer]) -> None:
        """What one call with many questions says of the service, once."""
        said = accounts.of_the_service(found)
        if isinstance(said, Unavailable) and said.trouble is Trouble.DENIED:
            log.error("%s refuses us: its token or our address is not accepted", name)
        if said is not None:
            async with self._database.transaction() as tx:
                await accounts.note(tx, name, said, self._clock.now())

    async def _taken(self, name: str, city: CityFacts) -> tuple[list[Check], list[Check]]:
        """What is this service's to answer, and what waits for it in vain; both reserved."""
        now = self._clock.now()
        verifier = self._services[name].verifier
        async with self._database.reading() as reading:
            state = await accounts.accounts(reading, self._allowances, now)
            due = await queue.due(reading, city.id, now, _LOOKED_AT, verifier.adapters)
        budgets = [Budget(state[each], self._allowances[each], now) for each in self._services]
        turns = turns_of(due, self._chain, budgets)
        mine = [check for check, turn in turns if turn == name]
        under_way = [check for check in mine if check.handle]
        begun = [check for check in mine if not check.handle][: verifier.at_once]
        neglected = [
            check
            for check, turn in turns
            if turn is None
            and self._chain.services(check.adapter)[:1] == (name,)
            and answers.is_overdue(check, now)
        ]
        return await self._reserved(under_way + begun), await self._reserved(neglected)

    async def _reserved(self, checks: list[Check]) -> list[Check]:
        if not checks:
            return []
        async with self._database.transaction() as tx:
            taken = await queue.take(tx, checks, self._clock.now())
        return [check for check in checks if check.receipt_id in taken]

    async def _alone(self, check: Check, city: CityFacts, work: Awaitable[T]) -> T | None:
        """A receipt that cannot be worked on must not cost the others their answers."""
        try:
            return await work
        except Exception:
            log.exception("The question about receipt %d is put off", check.receipt_id)
        async with self._database.transaction() as tx:
            await answers.stumbled(tx, city, self._chain, check, self._clock.now())
        return None

    async def _question(self, check: Check, city: CityFacts) -> tuple[Check, Question] | None:
        """What to ask, and the check as it stands; None when the answer is known already or no
        longer wanted."""
        await self._make_way(check)
        async with self._database.transaction() as tx:
            now = self._clock.now()
            matter = await answers.take_up(tx, city, self._chain, check, now=now)
            if matter is None or not await answers.still_open(matter):
                return None
            if not await queue.may_ask(tx, matter.check, city.timezone, now):
                return None
        check = matter.check
        return check, Question(str(check.receipt_id), matter.held.slip(city), check.handle)

    async def _make_way(self, check: Check) -> None:
        """What earned with a false sign is taken back before the true one earns."""
        async with self._database.reading() as reading:
            false = await answers.in_the_way(reading, check.receipt_id)
        if false is not None:
            with suppress(Changed):
                async with self._database.transaction() as tx:
                    await answers.take_away(tx, false, self._clock.now())

    async def _follow(self, name: str, city: CityFacts, check: Check, answer: Answer) -> None:
        async with self._database.transaction() as tx:
            now = self._clock.now()
            matter = await answers.take_up(tx, city, self._chain, check, now=now)
            if matter is not None:
                await answers.follow(matter, name, answer)
        self._metrics.asked(name, type(answer).__name__.lower())

    async def _until_next(self) -> float:
        """Seconds to sleep. What is due but waits for another service, or for this one's pause to
        end, is looked at once a second."""
        async with self._database.reading() as reading:
            due = await queue.next_due(reading)
        wait = _LONGEST_SLEEP if due is None else due - self._clock.now()
        return max(_SHORTEST_SLEEP, min(wait, _LONGEST_SLEEP)).total_seconds()
