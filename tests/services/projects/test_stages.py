"""The rows against the table they were written from, copied here by hand."""

from itertools import pairwise

import pytest

from services.projects import stages
from services.projects.stages import (
    BY_ITSELF,
    BY_STAGE,
    OVERRIDES,
    PUBLIC,
    ROWS,
    Kind,
    Need,
    Skip,
    Stage,
    Thanks,
)
from tests.services.projects.paper import CIVIC, project

ORDER = (
    *("challenge", "idea", "premoderation", "evaluation", "expertise"),
    *("team", "design", "acceleration", "financing", "implementation"),
)
KINDS = (
    *("invention", "startup", "investment", "business", "ppp", "university"),
    *("social", "development", "urban", "charity", "creative"),
)

# stage: forward, back, close, pause
ROLES = {
    "challenge": ("official business operator", "", "moderator", ""),
    "idea": ("author", "", "author moderator", ""),
    "premoderation": ("moderator", "moderator", "moderator", ""),
    "evaluation": ("system moderator", "moderator", "moderator", "moderator operator"),
    "expertise": (
        *("moderator operator", "moderator"),
        *("moderator operator", "moderator operator"),
    ),
    "team": ("lead", "moderator", "moderator", "moderator operator"),
    "design": (
        *("lead operator", "operator moderator"),
        *("operator moderator", "moderator operator"),
    ),
    "acceleration": (
        *("mentor operator", "mentor operator"),
        *("mentor operator", "moderator operator"),
    ),
    "financing": ("system operator investor", "operator", "operator", "moderator operator"),
    "implementation": ("official operator", "operator", "operator", "moderator operator"),
}

# stage: days, what happens then, public
CLOCKS = {
    "challenge": (None, "close", "full"),
    "idea": (30, "close", "none"),
    "premoderation": (3, "remind", "none"),
    "evaluation": (30, "pause", "full"),
    "expertise": (21, "remind", "full"),
    "team": (60, "pause", "full"),
    "design": (90, "pause", "full"),
    "acceleration": (60, "remind", "full"),
    "financing": (180, "pause", "full"),
    "implementation": (None, "remind", "full"),
}

# stage: (fact, op, the number in a city without numbers of its own, key of its words, resource)
GATES = {
    "challenge": [
        ("owner", ">=", 1, "owner", None),
        ("term", ">=", 1, "term", None),
        ("criteria", ">=", 1, "criteria", None),
        ("approved", ">=", 1, "approved", None),
    ],
    "idea": [
        ("letters", ">=", 80, "letters", None),
        ("placed", ">=", 1, "placed", None),
        ("similar_seen", ">=", 1, "similar_seen", None),
    ],
    "premoderation": [
        ("approved", ">=", 1, "verdict", None),
        ("personal_data", "=", 0, "personal_data", None),
    ],
    "evaluation": [
        ("verified_up", ">=", 30, "support", "people"),
        ("percent_up", ">=", 60, "percent_up", "people"),
    ],
    "expertise": [
        ("opinions", ">=", 2, "opinions", "expertise"),
        ("opinion_mean", ">=", 3, "opinion_mean", "expertise"),
        ("vetoes", "=", 0, "vetoes", "expertise"),
    ],
    "team": [("lead", ">=", 1, "lead", "people"), ("team", ">=", 3, "team", "people")],
    "design": [
        ("estimate", ">=", 1, "estimate", "expertise"),
        ("schedule", ">=", 1, "schedule", "expertise"),
        ("legal_scheme", ">=", 1, "legal_scheme", "expertise"),
        ("owner_consent", ">=", 1, "owner_consent", "land"),
    ],
    "acceleration": [
        ("mentor", ">=", 1, "mentor", "expertise"),
        ("checklist", ">=", 1, "checklist", "expertise"),
    ],
    "financing": [
        ("budget", ">=", 1, "budget", None),
        ("funding_gap", "=", 0, "funding_gap", "money"),
    ],
    "implementation": [
        ("milestones", ">=", 1, "milestones", None),
        ("open_milestones", "=", 0, "open_milestones", "material"),
        ("photo_after", ">=", 1, "photo_after", None),
        ("residents", ">=", 5, "residents", "people"),
    ],
}
OTHER_GATES = {
    ("charity", "team"): [("lead", ">=", 1, "lead", "people")],
    ("ppp", "financing"): [
        ("budget", ">=", 1, "budget", None),
        ("funding_gap", "=", 0, "funding_gap", "money"),
        ("agreement", ">=", 1, "agreement", None),
    ],
    ("social", "acceleration"): [],
    ("charity", "acceleration"): [],
}
SKIPPED = {("social", "acceleration"), ("charity", "acceleration")}

# stage: who hears of the move out of it, who is called when one comes in
TOLD = {
    "challenge": ("subscribers", ""),
    "idea": ("author", ""),
    "premoderation": ("author followers subscribers", "moderators"),
    "evaluation": ("author followers", ""),
    "expertise": ("author experts followers", "experts"),
    "team": ("author followers", "skills"),
    "design": ("author followers", "unit"),
    "acceleration": ("author followers", "mentors"),
    "financing": ("author followers", "funders"),
    "implementation": ("author followers", ""),
}
THANKS = {
    "premoderation": [("idea_published", "author")],
    "evaluation": [("idea_supported", "author")],
    "expertise": [("opinion", "experts", True), ("idea_approved", "author")],
    "team": [("team_member", "team")],
    "acceleration": [("mentoring", "mentor")],
    "implementation": [
        ("project_team", "team"),
        ("idea_implemented", "author"),
        ("project_supporter", "supporters"),
        ("practice_adopted", "adopter"),
    ],
}


def gate_of(kind: str, stage: str) -> list[tuple[object, ...]]:
    return OTHER_GATES.get((kind, stage), GATES[stage])


def test_there_are_ten_stages_and_eleven_kinds() -> None:
    assert tuple(row.stage for row in ROWS) == ORDER
    assert [row.n for row in ROWS] == list(range(1, 11))
    assert tuple(Kind) == KINDS
    assert dict(BY_STAGE) == {row.stage: row for row in ROWS}


@pytest.mark.parametrize("stage", ORDER)
def test_a_row_says_who_may_what(stage: str) -> None:
    row = BY_STAGE[stage]
    assert tuple(" ".join(w) for w in (row.forward, row.back, row.close, row.pause)) == ROLES[stage]


@pytest.mark.parametrize("stage", ORDER)
def test_a_row_says_how_long_and_what_then(stage: str) -> None:
    row = BY_STAGE[stage]
    assert (row.days, row.on_timeout, row.public) == CLOCKS[stage]
    assert row.adoptable == (stage == "team")


@pytest.mark.parametrize("stage", ORDER)
def test_a_row_says_who_hears_and_who_is_thanked(stage: str) -> None:
    row = BY_STAGE[stage]
    assert (" ".join(row.notify), " ".join(row.calls)) == TOLD[stage]
    assert list(row.thanks) == [Thanks(*each) for each in THANKS.get(stage, [])]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", ORDER)
def test_a_gate_asks_of_a_kind_what_the_table_says(kind: str, stage: str) -> None:
    needs = stages.gate(kind, stage)
    facts = project(stage, kind, city_voices=0)
    found = [
        (need.fact, need.op, stages.wanted(need, facts, CIVIC), need.label, need.resource)
        for need in needs
    ]
    wanted = gate_of(kind, stage)
    if (kind, stage) == ("urban", "evaluation"):
        wanted = [("verified_up", ">=", 100, "support", "people"), wanted[1]]
    assert found == wanted


def test_kinds_differ_by_overrides_only() -> None:
    assert set(OVERRIDES) == set(OTHER_GATES)
    assert {key for key, value in OVERRIDES.items() if value is Skip.SKIP} == SKIPPED


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_goes_its_way_there_and_back(kind: str) -> None:
    way = [stage for stage in ORDER[1:] if (kind, stage) not in SKIPPED]
    assert list(stages.path(kind)) == way
    for earlier, later in pairwise(way):
        assert stages.after(kind, earlier) == later
        assert stages.before(kind, later) == earlier
    assert stages.before(kind, "idea") is None
    assert stages.after(kind, "implementation") is None


def test_a_skipped_stage_is_left_for_its_neighbours() -> None:
    assert stages.after("social", "acceleration") == "financing"
    assert stages.before("social", "acceleration") == "design"


def test_what_is_public_and_what_moves_by_itself() -> None:
    assert ORDER[3:] == PUBLIC
    assert BY_ITSELF == (Stage.EVALUATION, Stage.FINANCING)


@pytest.mark.parametrize(
    ("kind", "city_voices", "needed"),
    [
        ("social", 0, 30),
        ("social", 30_999, 30),
        ("social", 31_000, 31),
        ("urban", 99_999, 100),
        ("urban", 101_000, 101),
    ],
)
def test_support_grows_with_the_city(kind: str, city_voices: int, needed: int) -> None:
    assert stages.support_needed(kind, city_voices, CIVIC) == needed
    facts = project(kind=kind, city_voices=city_voices)
    assert stages.wanted(BY_STAGE["evaluation"].gate[0], facts, CIVIC) == needed


def test_a_city_sets_its_own_numbers() -> None:
    civic = CIVIC.model_copy(
        update={
            "idea_letters": 10, "support": 3, "support_by_kind": {}, "support_percent": 51,
            "opinions": 1, "opinion_mean": 2, "team_roles": 0, "residents": 1,
        }
    )  # fmt: skip
    facts = project(kind="urban", city_voices=0)
    found = {need.fact: stages.wanted(need, facts, civic) for row in ROWS for need in row.gate}
    assert found["letters"] == 10
    assert found["verified_up"] == 3
    assert found["percent_up"] == 51
    assert found["opinions"] == 1
    assert found["opinion_mean"] == 2
    assert found["team"] == 0
    assert found["residents"] == 1


@pytest.mark.parametrize(
    ("op", "have", "holds"),
    [
        *((">=", 2, False), (">=", 3, True), (">=", 4, True)),
        *(("=", 2, False), ("=", 3, True), ("=", 4, False)),
    ],
)
def test_a_need_holds_from_its_number_on_or_at_it(op: str, have: int, holds: bool) -> None:
    assert stages.holds(Need("x", op, 3, "x"), have, 3) is holds  # type: ignore[arg-type]
