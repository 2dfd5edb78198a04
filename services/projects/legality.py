"""What may be done with a project by whom: pure rules over the rows of `stages`."""

from dataclasses import dataclass
from datetime import datetime

from services.cities.rules import CivicRules
from services.errors import Refusal
from services.projects import stages
from services.projects.facts import ChallengeFacts, Facts
from services.projects.stages import BY_STAGE, Row, Stage, Status, Timeout, Verb

RESUMERS = ("moderator", "operator")
OWNERS = ("author", "lead")
"""Who may also wake up what time alone has paused."""
UNEXPLAINED = ("author", "system")
"""Who needs to give no reason: the author for what is theirs, and the clock."""


@dataclass(frozen=True, slots=True)
class Lack:
    """A need that does not hold: `label` keys its words; `have` of `want`."""

    label: str
    have: float
    want: int
    resource: str | None


@dataclass
class GateShut(Refusal):
    """The project cannot go on yet: what it lacks, as its passport says it."""

    missing: tuple[Lack, ...]


class ReasonNeeded(Refusal):
    """This move needs a reason, which everybody will see."""


class UnderReview(Refusal):
    """The project was flagged away: it rests, and only a moderator decides on it."""


@dataclass
class Illegal(Refusal):
    """The project is in a state in which this cannot be done."""

    verb: str
    stage: str
    status: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where a move leads."""

    stage: str
    status: str


def lacks(facts: Facts | ChallengeFacts, civic: CivicRules) -> tuple[Lack, ...]:
    """The needs of the gate ahead that do not hold."""
    kind, stage = _where(facts)
    found = []
    for need in stages.gate(kind, stage):
        have, want = getattr(facts, need.fact), stages.wanted(need, facts, civic)
        if not stages.holds(need, have, want):
            found.append(Lack(need.label, have, want, need.resource))
    return tuple(found)


def _where(facts: Facts | ChallengeFacts) -> tuple[str, str]:
    if isinstance(facts, ChallengeFacts):
        return stages.Kind.URBAN, Stage.CHALLENGE
    return facts.kind, facts.stage


def movers(facts: Facts, verb: Verb) -> tuple[str, ...]:
    """The roles that may do this to the project as it stands; empty: nobody may.

    What was flagged away rests; whatever its stage, a moderator may close it.
    """
    if rests(facts):
        return ("moderator",) if verb is Verb.CLOSE else ()
    row = BY_STAGE[facts.stage]
    match facts.status:
        case Status.ACTIVE:
            return _active(row, facts, verb)
        case Status.PAUSED:
            return _paused(row, facts, verb)
        case Status.CLOSED:
            return _closed(facts, verb)
        case _:
            return ()


def rests(facts: Facts) -> bool:
    """Whether nothing happens to it because it is hidden."""
    return facts.hidden and facts.status != Status.CLOSED


def _active(row: Row, facts: Facts, verb: Verb) -> tuple[str, ...]:
    clock = ("system",)
    match verb:
        case Verb.FORWARD:
            return row.forward
        case Verb.BACK:
            before = stages.before(facts.kind, row.stage)
            # Only its author could move an idea on again.
            stuck = before is Stage.IDEA and facts.author_id is None
            return row.back if before and not stuck else ()
        case Verb.CLOSE:
            return row.close + (clock if row.on_timeout is Timeout.CLOSE else ())
        case Verb.PAUSE:
            return row.pause + (clock if row.on_timeout is Timeout.PAUSE else ())
        case _:
            return ()


def _paused(row: Row, facts: Facts, verb: Verb) -> tuple[str, ...]:
    match verb:
        case Verb.RESUME:
            own = OWNERS if facts.paused_by == "system" else ()
            adopter = ("adopter",) if facts.adoptable else ()
            return RESUMERS + adopter + own
        case Verb.CLOSE:
            return row.close
        case _:
            return ()


def _closed(facts: Facts, verb: Verb) -> tuple[str, ...]:
    if facts.appeal_until is None:
        return ()
    if facts.appealed:
        return ("moderator",) if verb in {Verb.RESUME, Verb.CLOSE} else ()
    return ("author",) if verb is Verb.APPEAL else ()


def acting(facts: Facts, verb: Verb, roles: frozenset[str], now: datetime) -> str | None:
    """The role in which somebody with these roles does this, or None when they may not."""
    if verb is Verb.APPEAL and (facts.appeal_until is None or now > facts.appeal_until):
        return None
    return next((role for role in movers(facts, verb) if role in roles), None)


def target(facts: Facts, verb: Verb) -> Target:
    """Where the project will stand after the move."""
    match verb:
        case Verb.FORWARD:
            following = stages.after(facts.kind, facts.stage)
            if following is None:
                return Target(facts.stage, Status.DONE)
            return Target(following, Status.ACTIVE)
        case Verb.BACK:
            return Target(stages.before(facts.kind, facts.stage) or facts.stage, Status.ACTIVE)
        case Verb.PAUSE:
            return Target(facts.stage, Status.PAUSED)
        case Verb.RESUME:
            return Target(facts.stage, Status.ACTIVE)
        case _:
            return Target(facts.stage, Status.CLOSED)


def needs_reason(verb: Verb, role: str) -> bool:
    """Whether the mover must say why."""
    return verb in {Verb.BACK, Verb.CLOSE} and role not in UNEXPLAINED


def state(stage: str, status: str) -> str:
    """How the public log calls it: the stage while the project is under way, else its status."""
    return str(stage if status == Status.ACTIVE else status)
