"""A town hall: people with every role, and projects planted at any stage."""

import itertools
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from services.cities.models import Unit
from services.civic import log, merits, voices
from services.civic.models import CivicEvent, Verification
from services.ledger.models import Transfer
from services.members.models import RoleGrant
from services.projects import acting, clocks, facts, moving, stages
from services.projects.facts import Facts
from services.projects.models import (
    Artefact,
    Commitment,
    Confirmation,
    Milestone,
    Opinion,
    Project,
    ResourceLine,
    TeamMember,
)
from services.projects.moving import Moved
from services.projects.stages import PUBLIC, Verb
from tests.services.town import Town

TEXT = "Benches under the lime trees along the river, so that one can rest on the way up the hill."
CITY_ROLES = ("moderator", "operator", "official", "expert", "mentor", "funder")


class Hall:
    """What tests of projects ask of a town."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._numbers = itertools.count(1)
        self.people: dict[str, int] = {}

    async def person(self, role: str | None = None) -> int:
        """Somebody new, who holds the city's role; who judges or mentors is known to it."""
        member_id = await self.town.member(f"{(role or 'citizen').title()} Petrov")
        if role in {"expert", "mentor"}:
            await self.verify(member_id)
        if role is not None:
            await self.grant(member_id, role)
        return member_id

    async def grant(self, member_id: int, role: str) -> None:
        unit_id = None
        if role == "official":
            ((unit_id,),) = await self.town.rows(select(Unit.id).order_by(Unit.id).limit(1))
        await self.town.write(
            insert(RoleGrant).values(
                member_id=member_id, role=role, unit_id=unit_id, granted_at=self.town.now
            )
        )

    async def staff(self, role: str) -> int:
        """The one with this role, the same each time."""
        if role not in self.people:
            self.people[role] = await self.person(role)
        return self.people[role]

    async def verified(self, name: str = "Vera Petrova") -> int:
        """A citizen whose voice counts."""
        member_id = await self.town.member(name)
        await self.verify(member_id)
        return member_id

    async def verify(self, member_id: int) -> None:
        await self.town.write(
            insert(Verification).values(
                member_id=member_id,
                city_id=self.town.city.id,
                phone=f"hash{next(self._numbers)}",
                at=self.town.now,
            )
        )

    async def unverify(self, member_id: int) -> None:
        await self.town.write(delete(Verification).where(Verification.member_id == member_id))

    async def thank(self, member_id: int, rule: str, project_id: int) -> None:
        town = self.town
        await town.run(merits.award, town.city, member_id, rule, "project", project_id, town.now)

    async def plant(self, stage: str = "evaluation", kind: str = "social", **columns: Any) -> int:
        """A project that came to the stage, by an author of its own; returns its id."""
        now = self.town.now
        if "author_id" not in columns:
            columns["author_id"] = await self.verified("Anna Avtor")
        due = await self.town.look(clocks.due_at, self.town.city, 0, stage, now)
        values = {
            "city_id": self.town.city.id,
            "kind": kind,
            "stage": stage,
            "status": "active",
            "title": f"Benches by the river {next(self._numbers)}",
            "text": TEXT,
            "origin": "idea",
            "citywide": True,
            "similar_shown": True,
            "verdict": "ok" if stage not in {"idea", "premoderation"} else None,
            "created_at": now,
            "updated_at": now,
            "stage_at": now,
            "published_at": now if stage in PUBLIC else None,
            "due_at": due if columns.get("status", "active") == "active" else None,
        }
        async with self.town.database.transaction() as tx:
            project_id = await tx.scalar(
                insert(Project).values({**values, **columns}).returning(Project.id)
            )
        return int(project_id)

    async def change(self, project_id: int, **columns: Any) -> None:
        await self.town.write(update(Project).where(Project.id == project_id).values(**columns))

    async def facts(self, project_id: int) -> Facts:
        found: Facts = await self.town.look(facts.one, project_id)
        return found

    async def state(self, project_id: int) -> str:
        return moving.state(await self.facts(project_id))

    async def move(
        self, project_id: int, verb: str, by: int | None, reason: str | None = None, **more: Any
    ) -> Moved:
        """Move it as it stands now."""
        more.setdefault("seen", await self.state(project_id))
        moved: Moved = await self.town.run(
            moving.move, city=self.town.city, project_id=project_id, verb=Verb(verb), by=by,
            now=self.town.now, reason=reason, **more,
        )  # fmt: skip
        return moved

    async def roles(self, project_id: int, member_id: int) -> frozenset[str]:
        found: frozenset[str] = await self.town.look(
            acting.roles_of, await self.facts(project_id), member_id
        )
        return found

    # what gates ask for

    async def support(self, project_id: int, up: int, down: int = 0) -> list[int]:
        """Verified voices."""
        given = []
        for value in (*([1] * up), *([-1] * down)):
            member_id = await self.verified()
            await self.town.run(
                voices.give, subject="project", subject_id=project_id, member_id=member_id,
                value=value, now=self.town.now,
            )  # fmt: skip
            given.append(member_id)
        return given

    async def opinion(self, project_id: int, mean: int = 4, **columns: Any) -> int:
        expert_id = columns.pop("expert_id", None) or await self.person("expert")
        values = {
            "project_id": project_id,
            "expert_id": expert_id,
            "scores": [mean] * 5,
            "total": mean * 5,
            "text": "Good",
            "conflict": False,
            "veto": False,
            "at": self.town.now,
        }
        await self.town.write(insert(Opinion).values({**values, **columns}))
        return int(expert_id)

    async def teammate(self, project_id: int, skill: str = "design") -> int:
        member_id = await self.verified("Timur Team")
        await self.town.write(
            insert(TeamMember).values(
                project_id=project_id, skill=skill, member_id=member_id, state="accepted",
                at=self.town.now,
            )
        )  # fmt: skip
        return member_id

    async def document(self, project_id: int, kind: str, *, accepted: bool = True) -> int:
        by = await self.staff("operator") if accepted else None
        async with self.town.database.transaction() as tx:
            document_id = await tx.scalar(
                insert(Artefact)
                .values(
                    project_id=project_id, kind=kind, title=kind, visibility="public",
                    accepted_by=by, added_at=self.town.now,
                )
                .returning(Artefact.id)
            )  # fmt: skip
        return int(document_id)

    async def line(self, project_id: int, amount: int = 1000, kind: str = "money") -> int:
        async with self.town.database.transaction() as tx:
            line_id = await tx.scalar(
                insert(ResourceLine)
                .values(
                    project_id=project_id, kind=kind, label="Benches", amount=amount, unit="kop"
                )
                .returning(ResourceLine.id)
            )
        return int(line_id)

    async def commitment(self, line_id: int, amount: int = 1000, state: str = "signed") -> int:
        async with self.town.database.transaction() as tx:
            commitment_id = await tx.scalar(
                insert(Commitment)
                .values(
                    line_id=line_id, source="fund", org="Fund", public=False, amount=amount,
                    state=state, at=self.town.now,
                )
                .returning(Commitment.id)
            )  # fmt: skip
        return int(commitment_id)

    async def milestone(self, project_id: int, *, done: bool = True, days: int = 10) -> int:
        async with self.town.database.transaction() as tx:
            milestone_id = await tx.scalar(
                insert(Milestone)
                .values(
                    project_id=project_id, position=next(self._numbers), title="Dig",
                    due_on=self.town.now.date() + timedelta(days=days),
                    photo=b"jpeg" if done else None, done_at=self.town.now if done else None,
                )
                .returning(Milestone.id)
            )  # fmt: skip
        return int(milestone_id)

    async def resident(self, project_id: int) -> int:
        member_id = await self.verified()
        await self.town.write(
            insert(Confirmation).values(
                project_id=project_id, member_id=member_id, at=self.town.now
            )
        )
        return member_id

    async def fill(self, project_id: int) -> None:
        """Whatever the gate ahead asks for."""
        project = await self.facts(project_id)
        filler = getattr(self, f"_fill_{project.stage}", None)
        if filler is not None:
            await filler(project)

    async def _fill_premoderation(self, project: Facts) -> None:
        await self.change(project.id, verdict="ok")

    async def _fill_evaluation(self, project: Facts) -> None:
        civic = self.town.city.rules.civic
        needed = stages.support_needed(project.kind, project.city_voices, civic)
        await self.support(project.id, needed - project.verified_up)

    async def _fill_expertise(self, project: Facts) -> None:
        for _ in range(self.town.city.rules.civic.opinions):
            await self.opinion(project.id)

    async def _fill_team(self, project: Facts) -> None:
        if project.lead_id is None:
            await self.change(project.id, lead_id=await self.verified("Lev Lead"))
        for _ in range(self.town.city.rules.civic.team_roles):
            await self.teammate(project.id)

    async def _fill_design(self, project: Facts) -> None:
        for kind in ("estimate", "schedule", "legal_scheme", "owner_consent"):
            await self.document(project.id, kind)

    async def _fill_acceleration(self, project: Facts) -> None:
        await self.change(project.id, mentor_id=await self.staff("mentor"))
        await self.document(project.id, "mentor_checklist")

    async def _fill_financing(self, project: Facts) -> None:
        await self.commitment(await self.line(project.id))
        await self.document(project.id, "agreement")

    async def _fill_implementation(self, project: Facts) -> None:
        await self.milestone(project.id)
        await self.document(project.id, "photo_after")
        for _ in range(self.town.city.rules.civic.residents):
            await self.resident(project.id)

    async def mover(self, project_id: int) -> int:
        """Somebody who may move the project on from where it is."""
        project = await self.facts(project_id)
        row = stages.BY_STAGE[project.stage]
        if row.forward[0] == "author":
            assert project.author_id is not None
            return project.author_id
        if row.forward[0] == "lead" and project.lead_id is not None:
            return project.lead_id
        role = next(r for r in row.forward if r in CITY_ROLES)
        if role == "mentor" and project.mentor_id:
            return project.mentor_id
        return await self.staff(role)

    # what has been written

    async def events(self, project_id: int) -> list[tuple[str, str | None, str, str]]:
        """(verb, before, after, acting) of every event of the project, oldest first."""
        event = CivicEvent
        return await self.town.rows(  # type: ignore[return-value]
            select(event.verb, event.before, event.after, event.acting)
            .where(event.subject == "project", event.subject_id == project_id)
            .order_by(event.number)
        )

    async def merits(self, project_id: int) -> list[tuple[str, int]]:
        """(rule, merits) of everything given for the project, by rule."""
        found = await self.town.rows(
            select(Transfer.reason, Transfer.amount).where(Transfer.kind == "merit")
        )
        return sorted(
            (reason.split(":")[0], amount)
            for reason, amount in found
            if reason.endswith(f":project:{project_id}")
        )

    async def told(self, kind: str) -> list[int]:
        """Who was told something of this kind, by id."""
        return sorted(who for who, what in await self.town.outbox() if what == kind)

    async def assert_whole(self) -> None:
        """The log's chain and the ledger are."""
        verdict = await self.town.look(log.verify, self.town.city.id)
        assert verdict.is_whole, verdict.broken
        await self.town.assert_clean()
