"""Everybody does anything to anything; what must hold, holds.

A long walk: REPORT_MOVES=10000 pytest tests/services/reports/test_walk.py
"""

import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import CivicEvent, Follow
from services.errors import Refusal
from services.ledger.models import Transfer
from services.reports import (
    drafts,
    editing,
    flags,
    moves,
    queues,
    supporting,
    timers,
    undoing,
    views,
)
from services.reports.models import Report, ReportPhoto
from services.reports.states import (
    ACTIVE,
    ENDS,
    NEVER_SHOWN,
    ROWS,
    Acting,
    State,
    Verb,
    row_of,
)
from tests.services.reports.street import Street

ACCEPTED = int(os.environ.get("REPORT_MOVES", "1000"))
ALIVE = 15


class Walk:
    """A street on which something happens at every step."""

    def __init__(self, street: Street, seed: int) -> None:
        self.street, self.town = street, street.town
        self.chance = random.Random(seed)
        self.edges: Counter[tuple[str, str]] = Counter()
        self.accepted = self.refused = 0
        self.alive: list[int] = []

    async def begin(self) -> None:
        street = self.street
        self.authors = [street.author, *[await self.town.member() for _ in range(5)]]
        self.people: list[int | None] = [
            *(*self.authors, street.supporter, street.moderator, street.admin),
            *(street.official, street.foreign, None),
        ]
        self.project = await street.project()
        self.events = await self.count_events()

    async def count_events(self, tx: AsyncConnection | None = None) -> int:
        count = select(func.count()).select_from(CivicEvent)
        if tx is not None:
            return int(await tx.scalar(count) or 0)
        ((found,),) = await self.town.rows(count)
        return int(found)

    async def step(self) -> None:
        """One act, in a transaction of its own: done and written down once, or not at all."""
        self.town.clock.advance(minutes=self.chance.choice((0, 1, 20, 600, 3000)))
        acts = (self.move, self.move, self.move, self.move, self.move, self.guess, self.other)
        act = self.chance.choice(acts)
        if len(self.alive) < ALIVE:
            self.alive.append(await self.street.draft(self.chance.choice(self.authors), photos=0))
        try:
            async with self.town.database.transaction() as tx:
                moved = await act(tx)
        except Refusal:
            self.refused += 1
            assert await self.count_events() == self.events
            return
        events = await self.count_events()
        assert events - self.events <= 1 + (act == self.other)
        if moved is not None:
            assert events == self.events + 1
            self.accepted += 1
            self.edges[moved.before, moved.after] += 1
        self.events = events

    async def move(self, tx: AsyncConnection) -> Any:
        """Something the table knows, by somebody who often may."""
        report_id = self.chance.choice(self.alive)
        report = await self.facts(tx, report_id)
        rows = [row for row in ROWS if row.before == report.state]
        if not rows:
            self.alive.remove(report_id)
            return None
        row = self.chance.choice(rows)
        role = self.chance.choice(row.roles)
        by = report.author_id if role is Acting.AUTHOR else self.street.mover(role)
        return await self.make(tx, report_id, row.verb, by)

    async def guess(self, tx: AsyncConnection) -> Any:
        """Anything by anybody."""
        report_id = self.chance.choice(self.alive)
        by, verb = self.chance.choice(self.people), self.chance.choice(list(Verb))
        return await self.make(tx, report_id, verb, by)

    async def make(self, tx: AsyncConnection, report_id: int, verb: Verb, by: int | None) -> Any:
        before = await self.facts(tx, report_id)
        chance, now = self.chance, self.town.now
        moved = await moves.move(
            tx, self.town.city, report_id, verb, by=by, now=now,
            reason=chance.choice((None, "abuse", "So it is", "region")),
            picture=chance.choice((None, self.street.picture())),
            original_id=chance.choice((None, *self.alive)),
            project_id=chance.choice((None, self.project)),
            until=chance.choice((None, now + timedelta(days=9))),
            unit_id=chance.choice((None, None, None, before.unit_id)),
        )  # fmt: skip
        row = row_of(before.state, verb)
        assert row is not None
        assert (moved.before, moved.after) == (row.before, row.after)
        assert moved.acting in row.roles
        return moved

    async def facts(self, tx: AsyncConnection, report_id: int) -> Any:
        columns = (Report.state, Report.author_id, Report.unit_id)
        found = await tx.execute(select(*columns).where(Report.id == report_id))
        return found.one()

    async def other(self, tx: AsyncConnection) -> None:
        """What is not a move of the table: time, voices, flags, second thoughts."""
        city, chance, now = self.town.city, self.chance, self.town.now
        report_id, member_id = chance.choice(self.alive), chance.choice(self.authors)
        match chance.randrange(9):
            case 0:
                await timers.move_next(tx, city, now)
            case 1:
                await supporting.support(
                    tx, city, member_id=member_id, report_id=report_id, now=now,
                    picture=self.street.picture(),
                )  # fmt: skip
            case 2:
                await flags.flag(tx, city, member_id=member_id, report_id=report_id, now=now)
            case 3:
                await flags.settle(
                    tx, city, report_id=report_id, by=self.street.admin,
                    show=chance.random() < 0.8, now=now,
                )  # fmt: skip
            case 4:
                await undoing.undo(tx, city, report_id, by=self.street.moderator, now=now)
            case 5:
                await queues.next_submitted(tx, city, by=self.street.moderator, now=now)
            case 6:
                await timers.warn_next(tx, city, now)
            case 7:
                await editing.remove_words(
                    tx, city, by=member_id, report_id=report_id, words=None, now=now
                )
            case _:
                await drafts.set_anonymous(
                    tx, member_id=member_id, draft_id=report_id, anonymous=True, now=now
                )


async def test_a_walk(sqlite_street: Street) -> None:
    street = sqlite_street
    street.town.rules("civic", reports_per_day=1000)
    walk = Walk(street, seed=1)
    await walk.begin()
    for until in range(ACCEPTED // 10, ACCEPTED + 1, ACCEPTED // 10):
        while walk.accepted < until:
            await walk.step()
        await assert_invariants(street)
    await street.assert_whole()
    assert walk.refused > ACCEPTED / 10
    if ACCEPTED >= 10_000:
        assert set(walk.edges) == {(row.before, row.after) for row in ROWS}


async def assert_invariants(street: Street) -> None:
    table = Report.__table__
    async with street.town.database.reading() as tx:
        reports = [dict(row._mapping) for row in await tx.execute(select(table))]
        by_id = {report["id"]: report for report in reports}
        for report in reports:
            assert_report(report, by_id)
        numbers = sorted(each["number"] for each in reports if each["number"])
        assert numbers == list(range(1, len(numbers) + 1))
        await assert_public(tx, street, by_id)
        await assert_log(tx, by_id)
        await assert_once(tx, street)


def assert_report(report: dict[str, Any], by_id: dict[int, dict[str, Any]]) -> None:
    state = report["state"]
    sent = report["submitted_at"] is not None
    assert (report["number"] is not None) is sent
    assert sent or state in {State.DRAFT, State.WITHDRAWN}
    if sent:
        assert report["due_at"] is not None
        assert report["unit_id"] is not None
    if state in {*ACTIVE, State.FIXED, State.CONFIRMED, State.REFERRED, State.UNFIXABLE}:
        assert report["published_at"] is not None
    if state in {State.DRAFT, *ENDS} and not sent:
        assert report["published_at"] is None
    assert (state == State.DUPLICATE) <= (report["duplicate_of"] is not None)
    if state == State.DUPLICATE:
        original = by_id[report["duplicate_of"]]
        assert original["id"] != report["id"]
        assert original["published_at"] is not None
        assert original["state"] != State.DUPLICATE
    assert (state == State.PROMOTED) <= (report["project_id"] is not None)


async def assert_public(
    tx: AsyncConnection, street: Street, by_id: dict[int, dict[str, Any]]
) -> None:
    """Everybody sees what was published and is not hidden, and nothing else."""
    shown = await views.public(tx, street.town.city, list(by_id), street.town.now)
    assert set(shown) == {
        id_
        for id_, report in by_id.items()
        if report["published_at"] is not None
        and not report["hidden"]
        and report["state"] not in NEVER_SHOWN
    }
    hidden = await tx.execute(select(ReportPhoto.token).where(ReportPhoto.shown.is_(False)))
    tokens = {token for each in shown.values() for token in (*each.photos, *each.after)}
    assert not tokens & {token for (token,) in hidden}


async def assert_log(tx: AsyncConnection, by_id: dict[int, dict[str, Any]]) -> None:
    """Every report stands where its last event has led it, one step from the one before."""
    events = await tx.execute(
        select(CivicEvent.subject_id, CivicEvent.verb, CivicEvent.before, CivicEvent.after)
        .where(CivicEvent.subject == "report")
        .order_by(CivicEvent.number)
    )
    at: dict[int, str] = {}
    for event in events:
        assert event.before == at.get(event.subject_id, State.DRAFT)
        at[event.subject_id] = event.after
        row = row_of(event.before, event.verb)
        if event.verb not in {"hide", "show", "redact", "undo"}:
            assert row is not None
            assert row.after == event.after
    assert {id_: report["state"] for id_, report in by_id.items()} == {
        id_: at.get(id_, State.DRAFT) for id_ in by_id
    }


async def assert_once(tx: AsyncConnection, street: Street) -> None:
    """Nobody is thanked twice for one thing, and who follows does so once."""
    keys: Sequence[str] = (
        await tx.scalars(select(Transfer.key).where(Transfer.kind == "merit"))
    ).all()
    assert len(keys) == len(set(keys))
    follows = (await tx.execute(select(Follow.member_id, Follow.subject, Follow.key))).all()
    assert len(follows) == len({tuple(follow) for follow in follows})
