"""Random operations and clocks against a simple model; hypothesis looks for the difference."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from services import ledger
from services.database import Database
from services.errors import Changed
from services.ledger import KeyReusedError, NotEnough
from tests.clock import ManualClock
from tests.services.ledger.book import Book
from tests.services.ledger.model import ModelAccount

members = st.integers(1, 2)
amounts = st.integers(0, 120)
picks = st.integers(0, 1_000)
days = st.integers(1, 12)


class LedgerMachine(RuleBasedStateMachine):
    """Each rule does one thing to the ledger and to the model and compares what came of it."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(prefix="ledger"))
        file = shutil.copy(self.template, self._folder / "ledger.sqlite")
        self._runner = asyncio.Runner()
        self.clock = ManualClock()
        self.book = Book(Database(f"sqlite+aiosqlite:///{file}", pool_size=2), self.clock)
        self.models = {1: ModelAccount(), 2: ModelAccount()}
        self._steps = 0

    def run(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return self._runner.run(awaited())

    def refused(self, error: type[Exception], work: Callable[[], Awaitable[Any]]) -> None:
        before = self.run(self.book.everything())
        with pytest.raises(error):
            self.run(work())
        assert self.run(self.book.everything()) == before

    def name(self, what: str) -> str:
        self._steps += 1
        return f"{what}:{self._steps}"

    def some_hold(self, pick: int) -> tuple[ModelAccount, int] | None:
        known = [(model, id_) for model in self.models.values() for id_ in model.holds]
        return known[pick % len(known)] if known else None

    def some_earning(self, pick: int) -> tuple[ModelAccount, str] | None:
        known = [(model, key) for model in self.models.values() for key in model.earnings]
        return known[pick % len(known)] if known else None

    @initialize()
    def open(self) -> None:
        self.run(self.book.open(1, 2))

    @rule(member=members, now_amount=amounts, later_amount=amounts, later=days, ends=days)
    def earn(self, member: int, now_amount: int, later_amount: int, later: int, ends: int) -> None:
        key = self.name("receipt")
        expires_in = None if ends == 12 else timedelta(days=ends, seconds=self._steps)
        matures_in = timedelta(days=later, seconds=self._steps)
        asked: dict[str, Any] = {
            "member": member,
            "matures_in": matures_in,
            "expires_in": expires_in,
        }
        self.run(self.book.earn(key, now_amount, later_amount, **asked))
        now = self.clock.now()
        expires_at = None if expires_in is None else now + expires_in
        if now_amount or later_amount:
            self.models[member].earn(key, (now_amount, later_amount), now + matures_in, expires_at)
            self.run(self.book.earn(key, now_amount, later_amount, **asked))
            self.refused(
                KeyReusedError,
                lambda: self.book.earn(key, now_amount + 1, later_amount, **asked),
            )

    @rule(member=members, amount=st.integers(1, 150), lasts=days)
    def hold(self, member: int, amount: int, lasts: int) -> None:
        key, model = self.name("redemption"), self.models[member]
        duration = timedelta(days=lasts)

        async def hold() -> int:
            return await self.book.hold(key, amount, member=member, lasts=duration)

        if model.free < amount:
            self.refused(NotEnough, hold)
            return
        hold_id = self.run(hold())
        model.hold(hold_id, amount, self.clock.now() + duration)
        assert self.run(hold()) == hold_id

    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        found = self.some_hold(pick)
        if found is None:
            return
        model, hold_id = found
        hold = model.holds[hold_id]
        if hold.state == "pending" and hold.due_at > self.clock.now():
            self.run(self.book.confirm(hold_id))
            model.confirm(hold_id)
        else:
            self.refused(Changed, lambda: self.book.confirm(hold_id))

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        found = self.some_hold(pick)
        if found is None:
            return
        model, hold_id = found
        if model.holds[hold_id].state == "pending":
            self.run(self.book.release(hold_id))
            model.release(hold_id, self.clock.now(), ledger.GRACE)
        else:
            self.refused(Changed, lambda: self.book.release(hold_id))

    @rule(pick=picks)
    def refund(self, pick: int) -> None:
        found = self.some_hold(pick)
        if found is None:
            return
        model, hold_id = found
        hold = model.holds[hold_id]
        key = self.name("undo")
        if hold.state == "posted" and not hold.refunded:
            self.run(self.book.refund(hold_id, key))
            model.refund(hold_id, self.clock.now(), ledger.GRACE)
        else:
            self.refused(Changed, lambda: self.book.refund(hold_id, key))

    @rule(pick=picks)
    def reverse(self, pick: int) -> None:
        found = self.some_earning(pick)
        if found is None:
            return
        model, key = found
        earning = model.earnings[key]
        if earning.reversed or not (earning.posted or earning.later):
            self.refused(Changed, lambda: self.book.reverse(key))
        else:
            self.run(self.book.reverse(key))
            model.reverse(key)

    @rule(hours=st.integers(1, 100))
    def pass_time(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    @rule()
    def mature(self) -> None:
        now = self.clock.now()
        expected = sum(model.mature(now) for model in self.models.values())
        assert len(self.run(self.book.mature(limit=1_000))) == expected

    @rule()
    def expire(self) -> None:
        now = self.clock.now()
        expected = sum(model.expire(now) for model in self.models.values())
        lost = self.run(self.book.expire(limit=1_000))
        assert sum(part.amount for part in lost) == expected

    @rule(member=members)
    def forfeit(self, member: int) -> None:
        model = self.models[member]

        async def forfeit() -> Any:
            return await self.book.run(ledger.forfeit, member, self.clock.now())

        if model.held:
            self.refused(Changed, forfeit)
        else:
            assert self.run(forfeit()) == {"points": model.forfeit(), "merits": 0}

    @invariant()
    def balances_and_lots_are_those_of_the_model(self) -> None:
        if not self._steps:
            return
        for member, model in self.models.items():
            assert self.run(self.book.balance(member)) == model.balance()
            assert self.run(self.book.lots(member)) == model.in_lots()

    def teardown(self) -> None:
        try:
            report = self.run(self.book.look(ledger.audit, self.clock.now()))
            assert {finding.check for finding in report.findings} <= {"nothing_overdue"}
        finally:
            self.run(self.book.database.close())
            self._runner.close()
            shutil.rmtree(self._folder)


def test_the_ledger_does_what_the_model_does(sqlite_template: Path) -> None:
    machine = type("Machine", (LedgerMachine,), {"template": sqlite_template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
