"""Everything that projects say has words: needs, stages, refusals, and every message of theirs."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.chat.projects import needs, notices, reasons, refusals, words
from handlers.refusals import _everything
from handlers.texts import plain
from services import delivery
from services.cities import CityFacts
from services.civic import merits
from services.errors import Refusal
from services.projects import (
    budget,
    challenges,
    documents,
    experts,
    matching,
    money,
    skills,
    stages,
)
from services.projects.acting import NotYours
from services.projects.building import NotVerified
from services.projects.legality import GateShut, Illegal, Lack
from services.projects.stages import Kind, Stage, Status, Verb
from services.projects.wording import Unsuitable
from tests.handlers.projects.people import published, somebody
from tests.house import House, speaking

ROOT = Path(__file__).parents[3]
MOVES = [
    *({"verb": Verb.FORWARD, "before": stage, "after": stage} for stage in Stage),
    {"verb": Verb.FORWARD, "before": Stage.IMPLEMENTATION, "after": Status.DONE},
    {"verb": Verb.BACK, "before": Stage.PREMODERATION, "after": Stage.IDEA, "reason": "clearer"},
    {"verb": Verb.CLOSE, "before": Stage.IDEA, "after": Status.CLOSED, "reason": "<b>mine</b>"},
    {"verb": Verb.CLOSE, "before": Status.CLOSED, "after": Status.CLOSED, "reason": "law"},
    {"verb": Verb.PAUSE, "before": Stage.TEAM, "after": Status.PAUSED, "reason": None},
    {"verb": Verb.RESUME, "before": Status.PAUSED, "after": Stage.TEAM, "reason": None},
    {"verb": Verb.APPEAL, "before": Status.CLOSED, "after": Status.CLOSED, "reason": None},
]
FACTS: dict[str, list[dict[str, Any]]] = {
    "project_moved": MOVES,
    "project_new": [
        {"kind": "urban", "district": "right-bank"},
        {"kind": "urban", "district": None},
    ],
    "project_call": [{"stage": "team", "audience": name} for name in notices._CALLS],
    "project_half": [{"percent": 50}],
    "project_reminder": [{"stage": stage} for stage in Stage],
    "project_appeal": [{"reason": None}, {"reason": "It is ours now"}],
    "project_milestone": [{"milestone": "The paths", "done": 1, "of": 3}],
    "project_asked": [{"co_author": True}, {"co_author": False}],
    "project_applied": [{"skill": skill} for skill in skills.SKILLS],
    "project_application": [{"skill": "law", "accepted": yes} for yes in (True, False)],
    "project_orphan": [{}],
    "project_lead_asked": [{}],
    "project_led_on": [{}],
    "project_pledged": [{"amount": 500_000}, {"amount": 12, "unit": "people"}],
    "project_flagged": [{"flags": 3}],
    "project_hidden": [{}],
    "project_kept": [{}],
    "challenge_new": [{"challenge": 1}],
    "challenge_approved": [{"challenge": 1}],
}


@pytest.mark.parametrize("kind", notices.KINDS)
async def test_every_message_arrives(house: House, kind: str) -> None:
    author = await somebody(house)
    idea = await published(house, author)
    member_id, now = await author.member_id(), house.clock.now() + timedelta(minutes=1)
    house.clock.advance(minutes=2)
    await house.deliver()
    author.hushed()
    for facts in FACTS[kind]:
        message = {"project": idea["id"], "title": "A & B", **facts}
        async with house.database.transaction() as tx:
            await delivery.tell(tx, member_id, kind, message, now)
    await house.deliver()
    assert len(author.news) == len(FACTS[kind])
    for _new, text in author.news:
        assert "A & B" in text
        assert "{" not in text


def test_messages_of_the_services_are_those_that_have_words() -> None:
    told = {kind for path in (ROOT / "services/projects").glob("*.py") for kind in _told(path)}
    assert told == set(notices.KINDS)
    assert set(FACTS) == set(notices.KINDS)


def _told(path: Path) -> Iterator[str]:
    """Names of messages among the texts of a module, outside its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for each in call.args:
            for part in ast.walk(each):
                if isinstance(part, ast.Constant) and part.value in notices.KINDS:
                    yield str(part.value)
    for each in (node for node in ast.walk(tree) if isinstance(node, ast.IfExp)):
        for part in ast.walk(each):
            if isinstance(part, ast.Constant) and part.value in notices.KINDS:
                yield str(part.value)


def test_every_row_has_its_words() -> None:
    assert set(words.STAGES) == set(words.STAGE_SIGNS) == set(words.NEXT) == set(Stage)
    assert set(words.KINDS) == set(words.KIND_SIGNS) == set(Kind)
    assert set(words.VERBS) == set(Verb)
    assert set(words.STATUSES) == set(Status) - {Status.ACTIVE}
    assert set(words.SKILLS) == set(skills.SKILLS)
    assert set(words.DOCUMENTS) == set(documents.KINDS)
    assert set(words.SOURCES) == set(budget.SOURCES)
    assert set(words.RESOURCES) == set(words.RESOURCE_SIGNS) == set(money.RESOURCES)
    assert len(words.SCORES) == len(experts.CRITERIA)
    assert set(words.FAILS) == {*matching.CONDITIONS, "until"}
    gates = [need for row in stages.ROWS for need in row.gate]
    gates += [
        need for gate in stages.OVERRIDES.values() if isinstance(gate, tuple) for need in gate
    ]
    assert {need.label for need in gates} == set(needs.NEEDS)
    roles = {role for row in stages.ROWS for role in (*row.forward, *row.back, *row.close)}
    assert roles <= set(words.ROLES)
    assert merits.RULES["idea_published"] == 5


@pytest.mark.parametrize("label", needs.NEEDS)
def test_every_need_is_told_in_numbers(label: str) -> None:
    with speaking("en"):
        for have, want in ((0, 1), (0, 30), (3.4, 4), (54, 60)):
            text = needs.needed(label, have, want)
            assert text
            assert "{" not in text


REFUSALS: list[Refusal] = [
    GateShut((Lack("support", 12, 30, "people"), Lack("percent_up", 54, 60, "people"))),
    *(Illegal("forward", "team", status) for status in Status),
    *(Unsuitable(field, 3, 120) for field in (*refusals._FIELDS, "something")),
    NotYours(), NotYours(("moderator", "system", "nobody")), NotVerified(),
    challenges.TooManyCriteria(7),
]  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
def test_refusals_say_what_to_do(house: House, refusal: Refusal) -> None:
    said = _said(refusal, house.city)
    assert said
    assert "{" not in said
    assert "None" not in said


def _said(refusal: Refusal, city: CityFacts) -> str:
    words_, _ways = _everything()
    with speaking("en"):
        return plain(words_[type(refusal)](refusal, city))


def test_ready_reasons_belong_to_verbs() -> None:
    assert set(reasons._REASONS) == {Verb.BACK, Verb.CLOSE, Verb.PAUSE}
    assert not reasons.is_ready(Verb.BACK, "law")
    with speaking("en"):
        assert reasons.said("law") == "The law does not allow it."
        assert reasons.said("<b>") == "&lt;b&gt;"
