"""Random walks: everybody tries everything, on projects of every kind at every stage.

`PROJECT_WALKS=10000 pytest tests/services/projects/test_walks.py` counts accepted moves.
"""

import os
import random
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from services.civic.models import CivicEvent
from services.errors import Changed, Refusal
from services.ledger.models import Transfer
from services.projects import facts, legality, moving, stages
from services.projects.facts import Facts
from services.projects.legality import GateShut
from services.projects.models import Practice
from services.projects.stages import PUBLIC, Kind, Status, Verb
from tests.services.projects.hall import Hall

ACCEPTED = int(os.environ.get("PROJECT_WALKS", "300"))
STAFF = ("moderator", "operator", "official", "expert", "mentor", "funder")


class Walk:
    """One project of a kind, its people, and what may never happen to it."""

    def __init__(self, hall: Hall, rng: random.Random, kind: str) -> None:
        self.hall, self.rng, self.kind = hall, rng, kind
        self.accepted = Counter[str]()

    async def begin(self, staff: dict[str, int]) -> None:
        self.staff = staff
        self.author = await self.hall.town.member("Anna Avtor")
        stage = self.rng.choice(stages.path(self.kind))
        self.project_id = await self.hall.plant(stage, self.kind, author_id=self.author)
        self.people = [*staff.values(), self.author, None]

    async def step(self) -> None:
        """Somebody fills the gate, waits, or tries a verb."""
        chance = self.rng.random()
        if chance < 0.2:
            await self.hall.fill(self.project_id)
        elif chance < 0.25:
            self.hall.town.clock.advance(days=self.rng.choice([1, 20, 40]))
        else:
            await self.attempt()

    async def attempt(self) -> None:
        before = await self.hall.facts(self.project_id)
        verb, by = self.choose(before)
        reason = self.rng.choice(["Because", "Because", "Because", None])
        events = await self.events()
        try:
            moved = await self.hall.move(self.project_id, verb, by, reason)
        except Refusal as refusal:
            await self.refused(before, refusal, events)
        else:
            await self.moved(before, moved, events, by)

    def choose(self, before: Facts) -> tuple[Verb, int | None]:
        """Mostly what somebody may, sometimes anything by anybody."""
        if self.rng.random() < 0.25:
            return self.rng.choice([*Verb]), self.rng.choice([*self.people, before.lead_id])
        own = {"author": self.author, "lead": before.lead_id, "system": None}
        people = {**self.staff, "investor": self.staff["funder"], **own}
        if before.mentor_id is not None:
            people["mentor"] = before.mentor_id
        may = [
            (verb, people[role])
            for verb in (*Verb, Verb.FORWARD, Verb.FORWARD)
            for role in legality.movers(before, verb)
            if role != "adopter"
        ]
        return self.rng.choice(may or [(Verb.FORWARD, self.author)])

    async def is_over(self) -> bool:
        """Whether nobody may do anything any more."""
        project = await self.hall.facts(self.project_id)
        return not any(legality.movers(project, verb) for verb in Verb)

    async def refused(self, before: Facts, refusal: Refusal, events: int) -> None:
        assert await self.hall.facts(self.project_id) == before
        assert await self.events() == events
        assert not isinstance(refusal, Changed)
        if isinstance(refusal, GateShut):
            assert refusal.missing == legality.lacks(before, self.hall.town.city.rules.civic)

    async def moved(self, before: Facts, moved: moving.Moved, events: int, by: int | None) -> None:
        after, civic = await self.hall.facts(self.project_id), self.hall.town.city.rules.civic
        self.accepted[moved.verb] += 1
        assert await self.events() == events + 1, "one event an act"
        assert (moved.before, moved.after) == (moving.state(before), moving.state(after))
        assert before.status != Status.DONE, "what is built stays"
        assert moved.acting in legality.movers(before, moved.verb) or by is None
        if moved.verb is Verb.FORWARD:
            assert legality.lacks(before, civic) == (), "no move without its gate"
        if before.status == Status.CLOSED:
            assert moved.verb is Verb.APPEAL or before.appealed, "closed but for an appeal"
        assert (after.published_at is not None) == (after.stage in PUBLIC)
        assert (after.due_at is not None) == (after.status == Status.ACTIVE)
        assert (after.paused_by is not None) == (after.status == Status.PAUSED)
        assert after.author_id == self.author
        assert after.stage in stages.path(self.kind)

    async def events(self) -> int:
        return await self.hall.town.count(
            CivicEvent,
            CivicEvent.subject == "project",
            CivicEvent.subject_id == self.project_id,
        )


async def test_random_walks_break_no_rule(sqlite_hall: Hall) -> None:
    hall, rng = sqlite_hall, random.Random(20261122)
    civic = {"support": 2, "support_by_kind": {"urban": 3}, "residents": 1}
    hall.town.rules("civic", **civic)
    staff = {role: await hall.staff(role) for role in STAFF}
    accepted, projects = Counter[str](), 0
    while accepted.total() < ACCEPTED or projects < len(Kind):
        kind = list(Kind)[projects % len(Kind)]
        walk = Walk(hall, rng, kind)
        projects += 1
        await walk.begin(staff)
        for _ in range(60):
            await walk.step()
            if await walk.is_over():
                break
        accepted += walk.accepted
    assert set(accepted) == set(Verb)
    await _once(hall)
    await hall.assert_whole()
    print(f"{accepted.total()} accepted moves on {projects} projects: {dict(accepted)}")


async def _once(hall: Hall) -> None:
    """Merits once a rule, project and member; a practice once a project that is done."""
    query: Any = select(func.count(), func.count(Transfer.key.distinct()))
    ((given, keys),) = await hall.town.rows(query.where(Transfer.kind == "merit"))
    assert given == keys
    done = await hall.town.count(facts.Project, facts.Project.status == Status.DONE)
    assert await hall.town.count(Practice) == done
