"""The ten stages as rows: what leads out of each, who moves it, how long it may take, who is told.

Everything else is read from here: what is legal and what a refusal lists (`legality`), what the
passport says is missing and how ready a project is (`passport`), what happens when time runs out
(`timers`), who hears of a move (`telling`), who is thanked for it (`thanking`), the buttons, and
the page `docs/pipeline.md`. Kinds differ by `OVERRIDES` only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from services.cities.rules import CivicRules


class Stage(StrEnum):
    CHALLENGE = "challenge"
    IDEA = "idea"
    PREMODERATION = "premoderation"
    EVALUATION = "evaluation"
    EXPERTISE = "expertise"
    TEAM = "team"
    DESIGN = "design"
    ACCELERATION = "acceleration"
    FINANCING = "financing"
    IMPLEMENTATION = "implementation"


class Kind(StrEnum):
    INVENTION = "invention"
    STARTUP = "startup"
    INVESTMENT = "investment"
    BUSINESS = "business"
    PPP = "ppp"
    UNIVERSITY = "university"
    SOCIAL = "social"
    DEVELOPMENT = "development"
    URBAN = "urban"
    CHARITY = "charity"
    CREATIVE = "creative"


class Verb(StrEnum):
    FORWARD = "forward"
    BACK = "back"
    CLOSE = "close"
    PAUSE = "pause"
    RESUME = "resume"
    APPEAL = "appeal"


class Status(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"
    DONE = "done"


class Timeout(StrEnum):
    REMIND = "remind"
    PAUSE = "pause"
    CLOSE = "close"


class Limit(StrEnum):
    """A number that the city sets: a field of its `CivicRules`."""

    LETTERS = "idea_letters"
    SUPPORT = "support"
    PERCENT = "support_percent"
    OPINIONS = "opinions"
    MEAN = "opinion_mean"
    TEAM = "team_roles"
    RESIDENTS = "residents"


@dataclass(frozen=True, slots=True)
class Need:
    """One condition of a gate: what `fact` must be.

    `label` is the key of its words, `resource` what would help: money, people, land, material,
    expertise, or None where only the person themselves can do it.
    """

    fact: str
    op: Literal[">=", "="]
    value: int | Limit
    label: str
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Thanks:
    """Merits by `rule` for everybody whom `to` names, once a project.

    `any_way`: also when the project goes back or is closed, as their work does not depend on it.
    """

    rule: str
    to: Literal["author", "experts", "team", "mentor", "supporters", "adopter"]
    any_way: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A stage. `forward`, `back`, `close` and `pause` name roles; `system` moves it by itself.

    `days` None: the clock runs by other dates (the end of the call, the milestones). `public`:
    nothing, or everything; `commercial` documents are never public. `notify` and `thanks` are for
    the move forward out of the stage, some `thanks` for every other end of it, too; `calls` are
    told when a project comes in.
    """

    n: int
    stage: Stage
    gate: tuple[Need, ...]
    forward: tuple[str, ...]
    back: tuple[str, ...]
    close: tuple[str, ...]
    days: int | None
    on_timeout: Timeout
    public: Literal["none", "full"]
    notify: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    thanks: tuple[Thanks, ...] = ()
    pause: tuple[str, ...] = ("moderator", "operator")
    adoptable: bool = False


_LEAD = Need("lead", ">=", 1, "lead", "people")
_BUDGET = Need("budget", ">=", 1, "budget", None)
_FUNDED = Need("funding_gap", "=", 0, "funding_gap", "money")

ROWS: tuple[Row, ...] = (
    Row(
        1, Stage.CHALLENGE,
        gate=(
            Need("owner", ">=", 1, "owner"),
            Need("term", ">=", 1, "term"),
            Need("criteria", ">=", 1, "criteria"),
            Need("approved", ">=", 1, "approved"),
        ),
        forward=("official", "business", "operator"), back=(), close=("moderator",),
        days=None, on_timeout=Timeout.CLOSE, public="full",
        notify=("subscribers",), pause=(),
    ),
    Row(
        2, Stage.IDEA,
        gate=(
            Need("letters", ">=", Limit.LETTERS, "letters"),
            Need("placed", ">=", 1, "placed"),
            Need("similar_seen", ">=", 1, "similar_seen"),
        ),
        forward=("author",), back=(), close=("author", "moderator"),
        days=30, on_timeout=Timeout.CLOSE, public="none",
        notify=("author",), pause=(),
    ),
    Row(
        3, Stage.PREMODERATION,
        gate=(
            Need("approved", ">=", 1, "verdict"),
            Need("personal_data", "=", 0, "personal_data"),
        ),
        forward=("moderator",), back=("moderator",), close=("moderator",),
        days=3, on_timeout=Timeout.REMIND, public="none",
        notify=("author", "followers", "subscribers"), calls=("moderators",),
        thanks=(Thanks("idea_published", "author"),), pause=(),
    ),
    Row(
        4, Stage.EVALUATION,
        gate=(
            Need("verified_up", ">=", Limit.SUPPORT, "support", "people"),
            Need("percent_up", ">=", Limit.PERCENT, "percent_up", "people"),
        ),
        forward=("system", "moderator"), back=("moderator",), close=("moderator",),
        days=30, on_timeout=Timeout.PAUSE, public="full",
        notify=("author", "followers"),
        thanks=(Thanks("idea_supported", "author"),),
    ),
    Row(
        5, Stage.EXPERTISE,
        gate=(
            Need("opinions", ">=", Limit.OPINIONS, "opinions", "expertise"),
            Need("opinion_mean", ">=", Limit.MEAN, "opinion_mean", "expertise"),
            Need("vetoes", "=", 0, "vetoes", "expertise"),
        ),
        forward=("moderator", "operator"), back=("moderator",), close=("moderator", "operator"),
        days=21, on_timeout=Timeout.REMIND, public="full",
        notify=("author", "experts", "followers"), calls=("experts",),
        thanks=(Thanks("opinion", "experts", any_way=True), Thanks("idea_approved", "author")),
    ),
    Row(
        6, Stage.TEAM,
        gate=(_LEAD, Need("team", ">=", Limit.TEAM, "team", "people")),
        forward=("lead",), back=("moderator",), close=("moderator",),
        days=60, on_timeout=Timeout.PAUSE, public="full",
        notify=("author", "followers"), calls=("skills",),
        thanks=(Thanks("team_member", "team"),), adoptable=True,
    ),
    Row(
        7, Stage.DESIGN,
        gate=(
            Need("estimate", ">=", 1, "estimate", "expertise"),
            Need("schedule", ">=", 1, "schedule", "expertise"),
            Need("legal_scheme", ">=", 1, "legal_scheme", "expertise"),
            Need("owner_consent", ">=", 1, "owner_consent", "land"),
        ),
        forward=("lead", "operator"),
        back=("operator", "moderator"), close=("operator", "moderator"),
        days=90, on_timeout=Timeout.PAUSE, public="full",
        notify=("author", "followers"), calls=("unit",),
    ),
    Row(
        8, Stage.ACCELERATION,
        gate=(
            Need("mentor", ">=", 1, "mentor", "expertise"),
            Need("checklist", ">=", 1, "checklist", "expertise"),
        ),
        forward=("mentor", "operator"), back=("mentor", "operator"), close=("mentor", "operator"),
        days=60, on_timeout=Timeout.REMIND, public="full",
        notify=("author", "followers"), calls=("mentors",),
        thanks=(Thanks("mentoring", "mentor"),),
    ),
    Row(
        9, Stage.FINANCING,
        gate=(_BUDGET, _FUNDED),
        forward=("system", "operator", "investor"), back=("operator",), close=("operator",),
        days=180, on_timeout=Timeout.PAUSE, public="full",
        notify=("author", "followers"), calls=("funders",),
    ),
    Row(
        10, Stage.IMPLEMENTATION,
        gate=(
            Need("milestones", ">=", 1, "milestones"),
            Need("open_milestones", "=", 0, "open_milestones", "material"),
            Need("photo_after", ">=", 1, "photo_after"),
            Need("residents", ">=", Limit.RESIDENTS, "residents", "people"),
        ),
        forward=("official", "operator"), back=("operator",), close=("operator",),
        days=None, on_timeout=Timeout.REMIND, public="full",
        notify=("author", "followers"),
        thanks=(
            Thanks("project_team", "team"),
            Thanks("idea_implemented", "author"),
            Thanks("project_supporter", "supporters"),
            Thanks("practice_adopted", "adopter"),
        ),
    ),
)  # fmt: skip


class Skip(StrEnum):
    SKIP = "skip"


OVERRIDES: Mapping[tuple[Kind, Stage], Skip | tuple[Need, ...]] = {
    (Kind.SOCIAL, Stage.ACCELERATION): Skip.SKIP,
    (Kind.CHARITY, Stage.ACCELERATION): Skip.SKIP,
    (Kind.CHARITY, Stage.TEAM): (_LEAD,),
    (Kind.PPP, Stage.FINANCING): (_BUDGET, _FUNDED, Need("agreement", ">=", 1, "agreement")),
}

BY_STAGE: Mapping[str, Row] = {row.stage: row for row in ROWS}
PUBLIC: tuple[Stage, ...] = tuple(
    row.stage for row in ROWS if row.public == "full" and row.stage is not Stage.CHALLENGE
)
"""Where a project is seen by everybody. A request is not a project, but a row of its own."""
BY_ITSELF: tuple[Stage, ...] = tuple(row.stage for row in ROWS if "system" in row.forward)


def gate(kind: str, stage: str) -> tuple[Need, ...]:
    """What this kind needs to leave the stage; nothing for one it skips."""
    other = OVERRIDES.get((Kind(kind), Stage(stage)))
    if other is None:
        return BY_STAGE[stage].gate
    return () if isinstance(other, Skip) else other


def path(kind: str) -> tuple[Stage, ...]:
    """The stages a project of this kind goes through, from the idea on."""
    return tuple(
        row.stage
        for row in ROWS
        if row.stage is not Stage.CHALLENGE
        and OVERRIDES.get((Kind(kind), row.stage)) is not Skip.SKIP
    )


def after(kind: str, stage: str) -> Stage | None:
    """The stage that follows; None after the last."""
    return next((s for s in path(kind) if BY_STAGE[s].n > BY_STAGE[stage].n), None)


def before(kind: str, stage: str) -> Stage | None:
    """The stage that came before; None before the first."""
    return next((s for s in reversed(path(kind)) if BY_STAGE[s].n < BY_STAGE[stage].n), None)


def wanted(need: Need, facts: Any, civic: CivicRules) -> int:
    """The number that the need asks of these facts in this city."""
    if not isinstance(need.value, Limit):
        return need.value
    if need.value is Limit.SUPPORT:
        return support_needed(facts.kind, facts.city_voices, civic)
    number: int = getattr(civic, need.value)
    return number


def support_needed(kind: str, city_voices: int, civic: CivicRules) -> int:
    """Verified voices that carry an idea: the city's number, or 0.1 % of all who could give one."""
    return max(civic.support_by_kind.get(kind, civic.support), city_voices // 1000)


def holds(need: Need, have: float, want: int) -> bool:
    """Whether the need is met."""
    return have >= want if need.op == ">=" else have == want
