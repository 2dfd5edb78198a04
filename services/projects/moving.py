"""The one function that moves a project, by six verbs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import bars, log
from services.database import lock_row
from services.errors import Changed, NotAllowed, NotFound
from services.projects import (
    acting,
    audience,
    clocks,
    facts,
    flags,
    legality,
    practices,
    returning,
    telling,
    thanking,
)
from services.projects.acting import NotYours
from services.projects.facts import Facts
from services.projects.legality import (
    GateShut,
    Illegal,
    ReasonNeeded,
    Target,
    UnderReview,
    lacks,
)
from services.projects.models import Project
from services.projects.stages import BY_STAGE, PUBLIC, Stage, Status, Verb


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made. `before` and `after` are stages, or paused, closed, done."""

    project_id: int
    title: str
    verb: Verb
    before: str
    after: str
    stage: str
    acting: str
    reason: str | None
    event_id: int


@dataclass(frozen=True, slots=True)
class Possible:
    """A move somebody may make: a button. `open`: nothing stands in its way now."""

    verb: Verb
    open: bool
    needs_reason: bool


def state(project: Facts) -> str:
    """Where the project stands, in one word: what a button has to carry as `seen`."""
    return "hidden" if legality.rests(project) else legality.state(project.stage, project.status)


def possible(
    city: CityFacts, project: Facts, roles: frozenset[str], now: datetime
) -> list[Possible]:
    """The moves that somebody in these roles may make on it now, in the order of the verbs."""
    found = []
    for verb in Verb:
        role = legality.acting(project, verb, roles, now)
        if role is not None and role != "adopter":
            shut = verb is Verb.FORWARD and lacks(project, city.rules.civic)
            found.append(Possible(verb, not shut, legality.needs_reason(verb, role)))
    return found


async def move(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    project_id: int,
    verb: Verb,
    seen: str,
    by: int | None,
    now: datetime,
    reason: str | None = None,
    also: frozenset[str] = frozenset(),
) -> Moved:
    """Move the project by the verb, once: log it, tell who hears of it, thank who helped.

    `seen` is the `state` that the mover saw; when the project stands elsewhere by now, `Changed`.
    `by` None is the system; `also` are roles that the caller has made sure of. Raises `NotFound`,
    `NotAllowed` (not by this member), `Illegal` (by nobody now), `UnderReview` (it was flagged
    away), `bars.MayNotSend` (an idea, by who was asked to pause), `ReasonNeeded` or `GateShut` with
    what is missing. A refusal of an appeal is `CLOSE` by a moderator, a granted one `RESUME`.
    """
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    if project.city_id != city.id:
        raise NotFound
    roles = await acting.roles_of(tx, project, by) | also
    role = _role(project, verb, seen, roles, now)
    if verb is Verb.FORWARD and project.stage == Stage.IDEA and by is not None:
        await bars.check(tx, by, now)
    if legality.needs_reason(verb, role) and not (reason or "").strip():
        raise ReasonNeeded
    if verb is Verb.FORWARD and (missing := lacks(project, city.rules.civic)):
        raise GateShut(missing)
    act = _Act(city, project, verb, legality.target(project, verb), role, by, reason, now)
    await _write(tx, act)
    if verb is Verb.BACK:
        await returning.unaccept(tx, project, act.target.stage)
    if verb is Verb.CLOSE:
        await flags.looked_at(tx, project_id)
    if verb is Verb.CLOSE and project.status == Status.DONE:
        await thanking.take_back(tx, project_id, now)
    await _tell(tx, act)
    await thanking.decided(tx, city, project, verb, now)
    if act.target.status == Status.DONE:
        await practices.keep(tx, project, now)
    return await _log(tx, act)


@dataclass(frozen=True, slots=True)
class _Act:
    """A move that is allowed; `project` is as it was before."""

    city: CityFacts
    project: Facts
    verb: Verb
    target: Target
    role: str
    by: int | None
    reason: str | None
    now: datetime

    @property
    def before(self) -> str:
        return legality.state(self.project.stage, self.project.status)

    @property
    def after(self) -> str:
        return legality.state(self.target.stage, self.target.status)


def _role(project: Facts, verb: Verb, seen: str, roles: frozenset[str], now: datetime) -> str:
    role = legality.acting(project, verb, roles, now)
    if state(project) != seen:
        # Who could see it may know that it moved; to others it is as if it were not there.
        raise Changed if project.stage in PUBLIC or role or "author" in roles else NotYours
    if role is None:
        if legality.rests(project) and verb is not Verb.CLOSE:
            raise UnderReview
        allowed = legality.movers(project, verb)
        raise NotYours(allowed) if allowed else Illegal(verb, project.stage, project.status)
    return role


async def _write(tx: AsyncConnection, act: _Act) -> None:
    project, target, now = act.project, act.target, act.now
    values: dict[str, Any] = {
        "stage": target.stage,
        "status": target.status,
        "updated_at": now,
        "due_at": None,
        "reminded_at": None,
        **_marks(act),
    }
    if target.status == Status.ACTIVE:
        values["due_at"] = await clocks.due_at(tx, act.city, project.id, target.stage, now)
    if target.stage != project.stage:
        values["stage_at"] = now
        if target.stage not in PUBLIC:
            values["published_at"] = None
        elif project.published_at is None:
            values["published_at"] = now
        if target.stage in {Stage.IDEA, Stage.PREMODERATION}:
            values["verdict"] = None
    written = await tx.execute(
        update(Project)
        .where(
            Project.id == project.id,
            Project.stage == project.stage,
            Project.status == project.status,
            Project.appealed.is_(project.appealed),
        )
        .values(**values)
    )
    if written.rowcount != 1:
        raise Changed


def _marks(act: _Act) -> dict[str, Any]:
    """What a paused or closed project carries, and what it loses when it wakes up."""
    match act.verb:
        case Verb.PAUSE:
            orphan = BY_STAGE[act.project.stage].adoptable and act.role == "system"
            return {"paused_by": act.role, "adoptable": orphan}
        case Verb.RESUME:
            # What a moderator opens again after an appeal is to be seen, too.
            return {
                "paused_by": None, "adoptable": False, "closed_reason": None,
                "appeal_until": None, "appealed": False, "hidden": False,
            }  # fmt: skip
        case Verb.CLOSE:
            # What its author has let go needs no appeal, and an appeal is answered once.
            final = act.project.status == Status.CLOSED or act.role == "author"
            until = act.now + timedelta(days=act.city.rules.civic.appeal_days)
            return {
                "closed_reason": act.reason, "appeal_until": None if final else until,
                "paused_by": None, "adoptable": False,
            }  # fmt: skip
        case Verb.APPEAL:
            return {"appealed": True}
        case _:
            return {}


async def _tell(tx: AsyncConnection, act: _Act) -> None:
    said = {"verb": act.verb, "before": act.before, "after": act.after, "reason": act.reason}
    told = telling.Telling(act.city, act.project, act.now, but=act.by)
    await told.moved(tx, act.verb, said)
    if act.target.stage != act.project.stage and act.target.status == Status.ACTIVE:
        await told.arrived(tx, act.target.stage)
    if act.verb is Verb.APPEAL:
        moderators = await audience.called(tx, act.project, "moderators")
        await told.tell(tx, moderators, "project_appeal", {"reason": act.reason})


async def _log(tx: AsyncConnection, act: _Act) -> Moved:
    # An author's own words are for the moderator, who is told of them, and not for everybody.
    public = None if act.verb is Verb.APPEAL else act.reason
    # The head of the log is the last lock that anybody takes.
    event_id = await log.record(
        tx, city_id=act.city.id, subject="project", subject_id=act.project.id, verb=act.verb,
        before=act.before, after=act.after, acting=act.role, actor_id=act.by, at=act.now,
        reason=public,
    )  # fmt: skip
    return Moved(
        act.project.id, act.project.title, act.verb, act.before, act.after, act.target.stage,
        act.role, act.reason, event_id,
    )  # fmt: skip


async def advance(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    project_id: int,
    stage: str,
    now: datetime,
    paid: bool = False,
) -> Moved | None:
    """Move the project out of `stage` by the system if its gate holds; None when it does not.

    What a person has sent back stays until a person moves it, or something new speaks for it:
    `paid` says that the caller has just written down money. The caller holds the project's row or
    is about to end its transaction.
    """
    if not paid and await returning.is_held(tx, await facts.one(tx, project_id)):
        return None
    try:
        return await move(
            tx, city=city, project_id=project_id, verb=Verb.FORWARD, seen=stage, by=None, now=now
        )
    except (GateShut, Changed, Illegal, NotAllowed, UnderReview):
        # Each of them is raised before anything is written.
        return None
