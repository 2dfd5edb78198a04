"""Who hears what of a project.

Kinds of messages, with their facts besides `project` (its id) and `title`:
`project_moved` (verb, before, after, reason), `project_new` (kind, district: to subscribers),
`project_call` (stage, audience: somebody's work begins), `project_half` (half of the voices),
`project_reminder` (stage: the clock ran out), `project_appeal` (a moderator decides),
`project_milestone` (milestone, done, of), `project_asked` (co_author: become one, else: support
what your report became), `project_applied` (skill: to the lead), `project_application` (skill,
accepted: to the applicant), `project_orphan` (adopt it), `project_lead_asked` (go on, or somebody
else may), `project_led_on` (somebody else leads it now), `challenge_new` (challenge instead of
project), `challenge_approved`, `project_pledged` (amount, unit: to the lead), `project_flagged`
(flags: to moderators), `project_hidden` and `project_kept` (to authors).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import notifying
from services.projects import audience
from services.projects.facts import Facts
from services.projects.stages import BY_STAGE, PUBLIC, Verb


@dataclass(frozen=True, slots=True)
class Telling:
    """Messages about one project, as it was when something happened to it.

    `but` has done it and hears nothing of it.
    """

    city: CityFacts
    project: Facts
    now: datetime
    but: int | None = None

    async def tell(
        self,
        tx: AsyncConnection,
        members: Iterable[int],
        kind: str,
        facts: Mapping[str, Any] | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        """Leave the message for each of the members, once."""
        message = {"project": self.project.id, "title": self.project.title, **(facts or {})}
        for member in sorted(set(members) - {self.but}):
            await notifying.tell(
                tx, self.city, member, kind, message, self.now,
                subject="project", subject_id=self.project.id, urgent=urgent,
            )  # fmt: skip

    async def circle(
        self, tx: AsyncConnection, name: str, kind: str, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Leave the message for everybody whom the name means; see `audience.of`."""
        await self.tell(tx, await audience.of(tx, self.project, name), kind, facts)

    async def moved(self, tx: AsyncConnection, verb: Verb, facts: Mapping[str, Any]) -> None:
        """Tell of a move; each hears of it once, in the nearest of their roles."""
        authors = await audience.authors(tx, self.project)
        await self.tell(tx, authors, "project_moved", facts, urgent=True)
        heard = set(authors)
        for name in self._circles(verb):
            members = set(await audience.of(tx, self.project, name)) - heard
            heard |= members
            if name == "subscribers":
                about = {"kind": self.project.kind, "district": self.project.district}
                await self.tell(tx, members, "project_new", about)
            else:
                await self.tell(tx, members, "project_moved", facts)

    def _circles(self, verb: Verb) -> tuple[str, ...]:
        if verb is Verb.FORWARD:
            return tuple(n for n in BY_STAGE[self.project.stage].notify if n != "author")
        return ("followers",) if self.project.stage in PUBLIC else ()

    async def arrived(self, tx: AsyncConnection, stage: str) -> None:
        """Call those whose work begins now that the project has come to the stage."""
        for name in BY_STAGE[stage].calls:
            members = await audience.called(tx, self.project, name)
            await self.tell(tx, members, "project_call", {"stage": stage, "audience": name})
