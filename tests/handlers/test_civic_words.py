"""The tables of words for the log and for good deeds say something about everything there is."""

import pytest

from handlers.chat.civic import deeds, log
from handlers.chat.civic.names import SUBJECTS, named
from handlers.texts import plain
from services.civic.log import PublicEvent
from services.civic.merits import LEVELS, RULES
from services.civic.naming import Named
from services.projects.stages import Verb
from services.reports.states import Acting, State
from tests.clock import START
from tests.house import speaking


def event(subject: str, verb: str, before: str, after: str) -> PublicEvent:
    return PublicEvent(1, subject, 1, verb, before, after, "system", None, {}, START, "")


def test_every_rule_and_level_has_words() -> None:
    assert set(deeds.RULES) == set(RULES)
    assert len(deeds.LEVELS) == len(LEVELS) + 1
    assert len(set(deeds.LEVELS)) == len(deeds.LEVELS)


def test_every_state_of_a_report_has_words() -> None:
    assert set(log.REPORTS) == set(State) - {State.DRAFT}
    assert set(Acting) - {Acting.AUTHOR} <= set(log.ACTING)


@pytest.mark.parametrize("verb", Verb)
def test_every_verb_of_a_project_has_words(verb: Verb) -> None:
    with speaking("en"):
        assert log.did(event("project", verb, "team", "design")) != "has news"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (event("report", "fix", "assigned", "fixed"), "was fixed"),
        (event("report", "say", "fixed", "fixed"), "has news"),
        (event("project", "forward", "team", "design"), "moved on to the next stage"),
        (event("project", "forward", "implementation", "done"), "was built"),
        (event("project", "pledged", "financing", "financing"), "has news"),
        (
            event("project", "appeal", "closed", "closed"),
            "is closed, and its author asks to open it again",
        ),
        (event("challenge", "forward", "draft", "open"), "asks everybody for ideas"),
        (event("measure", "planned", "planned", "planned"), "has a new sum that is planned"),
        (event("indicator", "figure", "reached", "negative"), "has a new figure"),
    ],
)
def test_what_happened(told: PublicEvent, words: str) -> None:
    with speaking("en"):
        assert log.did(told) == words


@pytest.mark.parametrize(
    ("subject", "name", "words"),
    [
        ("report", Named(1, {"en": "Pothole"}, number=1234), "№ 1234, Pothole"),
        ("report", Named(1, None, number=7), "№ 7, Report"),
        ("report", None, "Report"),
        ("project", Named(1, text="A <i>park</i>"), "Project: A <i>park</i>"),
        ("kind", Named(text="urban"), "Projects: Streets and yards"),
        ("district", Named(local={"en": "West"}), "District: West"),
        ("measure", Named(1, text="Lights"), "Measure of the plan: Lights"),
    ],
)
def test_names(subject: str, name: Named | None, words: str) -> None:
    with speaking("en"):
        assert plain(named(subject, name)) == words


def test_whatever_is_gone_is_called_by_what_it_was() -> None:
    with speaking("en"):
        assert all(named(subject, None) for subject in SUBJECTS)
