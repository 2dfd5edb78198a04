"""A long random walk: guests, verifiers, the team and the clock, in any order.

After every step the books are right, and every receipt has moved only where it may.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import func, select

from services import ledger
from services.cities import alerts, candidates
from services.cities.models import TillAlert, TillCandidate
from services.database import Database
from services.delivery.models import OutboxMessage
from services.errors import Refusal
from services.events import Event
from services.ledger.models import Account
from services.members import privacy
from services.members.models import Member
from services.members.roles import Role
from services.receipts import claims, refunds, review, settle
from services.receipts.models import Receipt, ReceiptCase, ReceiptCheck
from services.receipts.qr import FiscalQr
from services.receipts.verifiers.contract import (
    Answer,
    Because,
    NotYet,
    Question,
    Rejected,
    Trouble,
    Unavailable,
    Undecided,
    Verified,
    Working,
)
from tests.bot.test_checking import Desk
from tests.clock import ManualClock
from tests.services.receipts.scripted import Scripted, ticket_of
from tests.services.receipts.sightings import NEW_DRIVE, NEW_SERIAL, NEW_TILL, STAGE_TILL
from tests.services.town import ORBIT_DRIVE, UNKNOWN_DRIVE, Town, town_of

STEPS = 300
EDGES = {
    ("pending", "credited"),
    ("pending", "rejected"),
    ("credited", "reversed"),
    # Only when a person takes a refusal back or gives a receipt to who claimed it.
    ("rejected", "pending"),
}
BACK = ("undo", "give")
TILLS: dict[str, dict[str, str]] = {
    ORBIT_DRIVE: {},
    NEW_DRIVE: {"registration": NEW_TILL, "serial": NEW_SERIAL},
    UNKNOWN_DRIVE: {"seller_inn": "7707083893", "registration": "0001234567012345"},
}


@dataclass
class Walk:
    """Whoever acts is chosen by `dice`; `papers` are the true receipts by number."""

    town: Town
    desk: Desk
    dice: random.Random
    moderator: int
    owner: int
    guests: list[int]
    papers: dict[str, FiscalQr] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    # what happens

    async def buy(self) -> None:
        drive = self.dice.choices(list(TILLS), (6, 2, 1))[0]
        rubles = self.dice.choice((200, 1000, 3000, 20_000))
        qr = self.town.qr(rubles, drive=drive, sign=self.dice.randrange(10**6))
        self.papers[qr.slip.number] = qr
        await self._send(qr)

    async def copy(self) -> None:
        await self._send(self._paper())

    async def forge(self) -> None:
        qr = self._paper()
        false = replace(qr, sign=qr.sign + 1)
        await self._send(false if self.dice.random() < 0.7 else replace(qr, total=qr.total * 2))

    async def invent(self) -> None:
        """A document that was never printed."""
        await self._send(self.town.qr(1000, sign=7))

    async def give_back(self) -> None:
        qr = self._paper()
        again = self.town.qr(qr.total // 100, drive=qr.drive, operation=2)
        self.papers[again.slip.number] = again
        await self._send(again)

    async def ask(self) -> None:
        await self.desk.checking().ask_some("fns")

    async def wait(self) -> None:
        self.town.clock.advance(minutes=self.dice.choice((1, 3, 20, 60, 180, 1440)))
        await self.mature()

    async def settle(self) -> None:
        while await self.town.run(
            settle.settle_next, self.town.city, self.town.chain, self.town.now
        ):
            pass

    async def mature(self) -> None:
        await self.town.run(ledger.mature, self.town.now, 100)

    async def credit(self) -> None:
        await self._review(review.credit, Receipt.state == "pending", chain=self.town.chain)

    async def refuse(self) -> None:
        reason = self.dice.choice(review.REFUSALS)
        await self._review(
            review.refuse, Receipt.state == "pending", reason=reason, chain=self.town.chain
        )

    async def choose(self) -> None:
        await self._review(review.choose, Receipt.state == "pending")

    async def undo(self) -> None:
        await self._review(review.undo, Receipt.state == "rejected")

    async def claim(self) -> None:
        query = select(Receipt.member_id, Receipt.id).where(Receipt.reason == "taken")
        if found := await self._one(query):
            await self.town.run(claims.claim, self.town.city, *found, self.town.now)

    async def give(self) -> None:
        if case := await self._case("claim"):
            seen = await self.town.look(
                claims.next_after, city_id=self.town.city.id, member_id=self.moderator,
                after=case - 1, now=self.town.now,
            )  # fmt: skip
            other = seen and seen.other
            await self._decide(claims.give, seen.id, against=other.id if other else None)

    async def leave(self) -> None:
        if case := await self._case("claim"):
            await self._decide(claims.leave, case)

    async def report(self) -> None:
        query = select(Receipt.document).where(Receipt.state == "credited")
        if found := await self._one(query):
            await self.town.run(
                refunds.report, venue_id=await self.town.venue(), document=found[0],
                by=self.owner, now=self.town.now,
            )  # fmt: skip

    async def take_back(self) -> None:
        purchase = await self._one(select(Receipt.id).where(Receipt.state == "credited"))
        case = await self._one(
            select(ReceiptCase.id, ReceiptCase.against_id).where(
                ReceiptCase.state == "open", ReceiptCase.kind == "refund"
            )
        )
        if case and purchase:
            await self._decide(refunds.take_back, case[0], receipt_id=case[1] or purchase[0])

    async def keep(self) -> None:
        if case := await self._case("refund"):
            await self._decide(refunds.none_of_these, case)

    async def learn(self) -> None:
        if found := await self._one(select(TillCandidate.id).where(TillCandidate.state == "open")):
            await self.town.run(
                candidates.confirm_candidate, city_id=self.town.city.id, candidate_id=found[0],
                venue_id=await self.town.venue(), by=self.owner, now=self.town.now,
            )  # fmt: skip

    async def look_into(self) -> None:
        if found := await self._one(select(TillAlert.id).where(TillAlert.state == "open")):
            await self.town.run(
                alerts.decide, city_id=self.town.city.id, alert_id=found[0],
                decision=alerts.Decision.KEEP, by=self.moderator, now=self.town.now,
            )  # fmt: skip

    async def go(self) -> None:
        leaving = self.guests.pop(self.dice.randrange(len(self.guests)))
        await self.town.run(privacy.delete_member, leaving, self.town.now)
        self.guests.append(await self.town.guest())

    # how

    def _paper(self) -> FiscalQr:
        return self.dice.choice(list(self.papers.values()) or [self.town.qr()])

    async def _send(self, qr: FiscalQr) -> None:
        await self.town.submit(self.dice.choice(self.guests), qr)

    async def _one(self, query: Any) -> tuple[Any, ...] | None:
        rows = await self.town.rows(query)
        return self.dice.choice(rows) if rows else None

    async def _case(self, kind: str) -> int | None:
        found = await self._one(
            select(ReceiptCase.id).where(ReceiptCase.state == "open", ReceiptCase.kind == kind)
        )
        return int(found[0]) if found else None

    async def _review(self, operation: Any, *where: Any, **more: Any) -> None:
        if found := await self._one(select(Receipt.id).where(*where)):
            await self.town.run(
                operation, city=self.town.city, receipt_id=found[0], by=self.moderator,
                now=self.town.now, **more,
            )  # fmt: skip

    async def _decide(self, operation: Any, case: int, **more: Any) -> None:
        await self.town.run(
            operation, city=self.town.city, case_id=case, by=self.moderator, now=self.town.now,
            **more,
        )  # fmt: skip

    def answer(self, question: Question) -> Answer:
        """The truth, sooner or later."""
        paper = self.papers.get(question.slip.number)
        if self.dice.random() < 0.4:
            return self.dice.choice(
                (
                    NotYet(),
                    Working(f"h{self.dice.randrange(9)}", self.dice.choice((2.0, 600.0))),
                    Unavailable(Trouble.DOWN),
                    Unavailable(Trouble.SLOW_DOWN, 5),
                    Undecided("452"),
                )
            )
        if paper is None:
            return NotYet()
        if question.slip.sign != paper.slip.sign and self.dice.random() < 0.5:
            return Rejected(Because.FORGED)
        changes: dict[str, Any] = dict(TILLS[paper.drive])
        if self.dice.random() < 0.02:
            changes["registration"] = STAGE_TILL
        return Verified(ticket_of(paper.slip, **changes))

    async def step(self) -> str:
        actions: dict[Callable[[], Awaitable[None]], int] = {
            self.buy: 20, self.copy: 8, self.forge: 8, self.invent: 2, self.give_back: 3,
            self.ask: 25, self.wait: 15, self.settle: 8, self.mature: 2,
            self.credit: 4, self.refuse: 3, self.choose: 3, self.undo: 3,
            self.claim: 5, self.give: 4, self.leave: 1, self.report: 2, self.take_back: 3,
            self.keep: 1, self.learn: 2, self.look_into: 2, self.go: 1,
        }  # fmt: skip
        action = self.dice.choices(list(actions), list(actions.values()))[0]
        name = action.__name__
        try:
            await action()
        except Refusal:
            return name
        self.done[name] += 1
        return name

    # what must hold

    async def check(self, step: str) -> None:
        await self._moves(step)
        await self._points()
        await self._words()
        await self.town.assert_clean()

    async def _moves(self, step: str) -> None:
        rows = await self.town.rows(
            select(Receipt.id, Receipt.number, Receipt.sign, Receipt.state, ReceiptCheck.receipt_id)
            .outerjoin(ReceiptCheck, ReceiptCheck.receipt_id == Receipt.id)
            .order_by(Receipt.id)
        )
        credited = Counter(number for _, number, _, state, _ in rows if state == "credited")
        assert credited.most_common(1) == [] or credited.most_common(1)[0][1] == 1
        live = Counter(
            (number, sign) for _, number, sign, state, _ in rows if state in ("pending", "credited")
        )
        assert live.most_common(1) == [] or live.most_common(1)[0][1] == 1
        for receipt, _number, _sign, state, asked in rows:
            assert asked is None or state == "pending"
            before = self.states.get(receipt)
            if before is None:
                assert state in ("pending", "credited", "rejected")
            elif before != state:
                assert (before, state) in EDGES
                assert state != "pending" or step in BACK
        self.states = {row[0]: row[3] for row in rows}

    async def _points(self) -> None:
        """What guests have is what their credited receipts brought: nobody spends here."""
        earned = (
            select(Receipt.member_id, func.sum(Receipt.points).label("points"))
            .where(Receipt.state == "credited")
            .group_by(Receipt.member_id)
            .subquery()
        )
        rows = await self.town.rows(
            select(Account.posted + Account.maturing, func.coalesce(earned.c.points, 0))
            .join(Member, Member.id == Account.owner)
            .outerjoin(earned, earned.c.member_id == Member.id)
            .where(
                Account.kind == "member", Account.currency == "points", Member.deleted_at.is_(None)
            )
        )
        assert [has for has, _ in rows] == [brought for _, brought in rows]

    async def _words(self) -> None:
        """Every decision after the sending was told once."""
        decided = Counter(
            state
            for (state,) in await self.town.rows(
                select(Event.state).where(Event.subject == "receipt", Event.verb != "submit")
            )
        )
        told = Counter(
            kind.removeprefix("receipt_")
            for (kind,) in await self.town.rows(select(OutboxMessage.kind))
        )
        for state in ("credited", "rejected", "reversed"):
            assert told[state] == decided[state], state


@pytest.fixture
async def town(sqlite_database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    async with town_of(sqlite_database, clock) as town:
        town.rules("limits", per_day_per_guest=50, per_venue_per_day=50, minutes_between=0)
        yield town


@pytest.mark.parametrize(
    ("names", "seed"),
    [(("tills", "fns"), 1), (("tills", "fns"), 2), (("fns", "tills"), 3), (("fns",), 4)],
)
async def test_a_random_walk(town: Town, names: tuple[str, ...], seed: int) -> None:
    service = Scripted()
    walk = Walk(
        town=town,
        desk=Desk(town, names, service),
        dice=random.Random(seed),
        moderator=await town.staff(Role.MODERATOR, None),
        owner=await town.staff(Role.OWNER),
        guests=[await town.guest() for _ in range(5)],
    )
    service.answer = walk.answer
    for number in range(STEPS):
        step = await walk.step()
        try:
            await walk.check(step)
        except AssertionError as error:
            error.add_note(f"after step {number}, {step}")
            raise
    assert set(walk.states.values()) == {"pending", "credited", "rejected", "reversed"}
    assert len(walk.done) >= 15
