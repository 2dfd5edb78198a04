"""Every need of every kind and stage, and every role with every verb in every state."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from services.projects import legality
from services.projects.facts import Facts
from services.projects.legality import Lack, Target
from services.projects.stages import Stage, Verb
from tests.services.projects.paper import CIVIC, NOW, challenge, project
from tests.services.projects.test_stages import CLOCKS, KINDS, ORDER, ROLES, SKIPPED, gate_of

ALL_ROLES = (
    *("author", "lead", "team", "mentor", "expert", "moderator", "operator", "official"),
    *("investor", "business", "system", "adopter", "stranger"),
)
STAGES = ORDER[1:]

# fact: what of a project must be changed for it to be one short, and what it then is
SHORT = {
    "letters": ({"text": "x" * 79}, 79),
    "placed": ({"citywide": False}, 0),
    "similar_seen": ({"similar_shown": False}, 0),
    "approved": ({"verdict": None}, 0),
    "personal_data": ({"text": "Call +7 910 123-45-67"}, 1),
    "percent_up": ({"verified_up": 597, "verified_down": 403}, 59),
    "opinions": ({"opinions": 1, "opinion_total": 20}, 1),
    "opinion_mean": ({"opinion_total": 29}, 2.9),
    "vetoes": ({"vetoes": 1}, 1),
    "lead": ({"lead_id": None}, 0),
    "team": ({"team": 2}, 2),
    "estimate": ({"estimate": 0}, 0),
    "schedule": ({"schedule": 0}, 0),
    "legal_scheme": ({"legal_scheme": 0}, 0),
    "owner_consent": ({"owner_consent": 0}, 0),
    "agreement": ({"agreement": 0}, 0),
    "mentor": ({"mentor_id": None}, 0),
    "checklist": ({"mentor_checklist": 0}, 0),
    "budget": ({"budget": 0}, 0),
    "funding_gap": ({"funding_gap": 1}, 1),
    "milestones": ({"milestones": 0}, 0),
    "open_milestones": ({"open_milestones": 1}, 1),
    "photo_after": ({"photo_after": 0}, 0),
    "residents": ({"residents": 4}, 4),
}


def short_of(facts: Facts, fact: str) -> tuple[Facts, float]:
    if fact == "verified_up":
        have = 99 if facts.kind == "urban" else 29
        return replace(facts, verified_up=have), have
    changes, have = SHORT[fact]
    return replace(facts, **changes), have


@pytest.mark.parametrize(("kind", "stage"), [*product(KINDS, STAGES)])
def test_a_gate_opens_when_everything_is_there(kind: str, stage: str) -> None:
    assert legality.lacks(project(stage, kind), CIVIC) == ()


@pytest.mark.parametrize(("kind", "stage"), [*product(KINDS, STAGES)])
def test_each_need_alone_shuts_the_gate_and_is_named(kind: str, stage: str) -> None:
    for fact, _op, want, label, resource in gate_of(kind, stage):
        number = 100 if (kind, fact) == ("urban", "verified_up") else want
        facts, have = short_of(project(stage, kind), str(fact))
        assert legality.lacks(facts, CIVIC) == (Lack(str(label), have, number, resource),)


def test_everything_missing_is_named_in_the_order_of_the_row() -> None:
    empty = project("design", estimate=0, schedule=0, legal_scheme=0, owner_consent=0)
    labels = [lack.label for lack in legality.lacks(empty, CIVIC)]
    assert labels == ["estimate", "schedule", "legal_scheme", "owner_consent"]


@pytest.mark.parametrize("fact", ["owner", "term", "criteria", "approved"])
def test_each_need_of_a_request_shuts_its_gate(fact: str) -> None:
    assert legality.lacks(challenge(), CIVIC) == ()
    (lack,) = legality.lacks(challenge(**{fact: 0}), CIVIC)
    assert lack == Lack(fact, 0, 1, None)


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({"lat": 54.5, "lon": 36.2, "citywide": False}, True),
        ({"address": "Lenina 1", "citywide": False}, True),
        ({"address": "", "citywide": False}, False),
        ({"citywide": True}, True),
    ],
)
def test_a_place_is_a_point_an_address_or_the_whole_city(changes: dict, holds: bool) -> None:
    labels = {lack.label for lack in legality.lacks(project("idea", **changes), CIVIC)}
    assert ("placed" not in labels) is holds


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Call 8 (910) 123-45-67 or +79101234567", 2),
        ("Write to anna.petrova@mail.example.ru", 1),
        ("Built in 1961, 89101 roubles, house 8-910", 0),
    ],
)
def test_personal_data_is_seen_in_the_words(words: str, found: int) -> None:
    assert project(text=words).personal_data == found
    assert project(title=words, text="").personal_data == found


def test_nobody_voted_is_nobody_for_it() -> None:
    assert project(verified_up=0, verified_down=0).percent_up == 0
    assert project(opinions=0, opinion_total=0).opinion_mean == 0.0


def roles_for(facts: Facts, verb: str) -> set[str]:
    """Who may do it, by the table and the words beneath it."""
    forward, back, close, pause = (set(names.split()) for names in ROLES[facts.stage])
    timeout = CLOCKS[facts.stage][1]
    if facts.status == "active":
        return {
            "forward": forward,
            "back": back,
            "close": close | ({"system"} if timeout == "close" else set()),
            "pause": pause | ({"system"} if timeout == "pause" else set()),
        }.get(verb, set())
    if facts.status == "paused":
        own = {"author", "lead"} if facts.paused_by == "system" else set()
        adopter = {"adopter"} if facts.adoptable else set()
        return {"close": close, "resume": {"moderator", "operator"} | own | adopter}.get(
            verb, set()
        )
    if facts.status == "closed" and facts.appeal_until is not None:
        if facts.appealed:
            return {"moderator"} if verb in {"resume", "close"} else set()
        return {"author"} if verb == "appeal" else set()
    return set()


STATES = (
    {"status": "active"},
    {"status": "paused", "paused_by": "system"},
    {"status": "paused", "paused_by": "moderator"},
    {"status": "paused", "paused_by": "system", "adoptable": True},
    {"status": "closed", "appeal_until": NOW},
    {"status": "closed", "appeal_until": NOW, "appealed": True},
    {"status": "closed", "appeal_until": None},
    {"status": "closed", "appeal_until": None, "appealed": True},
    {"status": "done"},
)


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize(("stage", "kind"), [*product(STAGES, ("social", "startup"))])
def test_who_may_do_what_where(stage: str, kind: str, state: dict) -> None:
    facts = project(stage, kind, **state)
    for verb, role in product(Verb, ALL_ROLES):
        allowed = role in roles_for(facts, verb)
        found = legality.acting(facts, verb, frozenset({role}), NOW)
        assert found == (role if allowed else None), (verb, role)


def test_with_several_roles_the_first_of_the_row_acts() -> None:
    both = frozenset({"operator", "moderator"})
    assert legality.acting(project("expertise"), Verb.FORWARD, both, NOW) == "moderator"
    assert legality.acting(project("design"), Verb.BACK, both, NOW) == "operator"


def test_an_appeal_has_its_last_moment() -> None:
    facts = project(status="closed", appeal_until=NOW)
    author = frozenset({"author"})
    assert legality.acting(facts, Verb.APPEAL, author, NOW) == "author"
    late = NOW + timedelta(microseconds=1)
    assert legality.acting(facts, Verb.APPEAL, author, late) is None


def test_an_appeal_that_was_made_in_time_is_decided_late() -> None:
    facts = project(status="closed", appeal_until=NOW, appealed=True)
    late = NOW + timedelta(days=5)
    moderator = frozenset({"moderator"})
    assert legality.acting(facts, Verb.RESUME, moderator, late) == "moderator"
    assert legality.acting(facts, Verb.CLOSE, moderator, late) == "moderator"


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_move_leads(kind: str) -> None:
    way = [stage for stage in STAGES if (kind, stage) not in SKIPPED]
    for place, stage in enumerate(way):
        facts = project(stage, kind)
        onward = Target(way[place + 1], "active") if stage != way[-1] else Target(stage, "done")
        back = Target(way[max(place - 1, 0)], "active")
        assert legality.target(facts, Verb.FORWARD) == onward
        assert legality.target(facts, Verb.BACK) == back
        assert legality.target(facts, Verb.PAUSE) == Target(stage, "paused")
        assert legality.target(facts, Verb.RESUME) == Target(stage, "active")
        assert legality.target(facts, Verb.CLOSE) == Target(stage, "closed")
        assert legality.target(facts, Verb.APPEAL) == Target(stage, "closed")


def test_who_must_say_why() -> None:
    explained = {
        (verb, role) for verb, role in product(Verb, ALL_ROLES) if legality.needs_reason(verb, role)
    }
    others = set(ALL_ROLES) - {"author", "system"}
    assert explained == set(product(("back", "close"), others))


@pytest.mark.parametrize(
    ("status", "name"),
    [("active", "team"), ("paused", "paused"), ("closed", "closed"), ("done", "done")],
)
def test_the_log_calls_a_state_by_one_word(status: str, name: str) -> None:
    assert legality.state(Stage.TEAM, status) == name
