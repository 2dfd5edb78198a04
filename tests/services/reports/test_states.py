"""The rows say what was agreed, and make a life that always goes on or ends."""

import re

import pytest

from services.reports.reasons import KEYS, TEMPLATES
from services.reports.states import (
    ENDS,
    ROWS,
    TIMED,
    Acting,
    Audience,
    Clock,
    State,
    Verb,
    row_of,
    rows_from,
)

AGREED = """
draft: submitted a, withdrawn a/s
submitted: open m/s, clarify m!, declined m!, duplicate m!, withdrawn a
clarify: submitted a, declined s/m!, withdrawn a
open: assigned m/o, referred o/m!, duplicate m/o!, declined m!, promoted m!, withdrawn a
assigned: in_progress o, scheduled o!, referred o!, fixed o, unfixable o!, promoted o/m!,
  duplicate m/o!, open m!
in_progress: scheduled o!, fixed o, unfixable o!, assigned o/m!, promoted o/m!
scheduled: in_progress o, fixed o, unfixable o!
fixed: confirmed a/p/s, reopened a/p!
reopened: assigned m/o, in_progress o, fixed o, unfixable o!
referred: assigned o, declined m!
declined: submitted a!
unfixable: reopened m!, promoted m/a!
duplicate: open m!
confirmed: reopened a/p!
"""
LETTERS = {"author": "a", "supporter": "p", "moderator": "m", "official": "o", "system": "s"}


def agreed() -> set[tuple[str, str, frozenset[str], bool]]:
    """Edge, roles and whether a reason is obligatory, as they were agreed on."""
    found = set()
    for line in AGREED.strip().replace("\n  ", " ").splitlines():
        before, _, edges = line.partition(": ")
        for edge in edges.split(", "):
            after, roles, mark = re.fullmatch(r"(\w+) ([a-z/]+)(!?)", edge.strip()).groups()  # type: ignore[union-attr]
            found.add((before, after, frozenset(roles.split("/")), bool(mark)))
    return found


def test_the_rows_are_what_was_agreed() -> None:
    rows = {
        (row.before, row.after, frozenset(LETTERS[role] for role in row.roles), row.reason)
        for row in ROWS
    }
    assert rows == agreed()
    assert len(ROWS) == 45


def test_a_verb_and_a_state_name_one_row() -> None:
    for row in ROWS:
        assert row_of(row.before, row.verb) is row
        assert row in rows_from(row.before)
    assert len({(row.before, row.verb) for row in ROWS}) == len(ROWS)
    assert sum(len(rows_from(state)) for state in State) == len(ROWS)
    assert row_of(State.OPEN, Verb.CONFIRM) is None


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_and_can_end(state: State) -> None:
    assert state in closure({State.DRAFT}, forward=True)
    assert state in closure(set(ENDS), forward=False)
    assert bool(rows_from(state)) is (state not in ENDS)


def closure(found: set[State], *, forward: bool) -> set[State]:
    while True:
        more = {
            row.after if forward else row.before
            for row in ROWS
            if (row.before if forward else row.after) in found
        }
        if more <= found:
            return found
        found |= more


def test_only_the_official_owes_a_photo() -> None:
    with_photo = {row for row in ROWS if row.photo}
    assert with_photo == {row for row in ROWS if row.after is State.FIXED}
    assert all(row.roles == (Acting.OFFICIAL,) for row in with_photo)


def test_the_clocks() -> None:
    assert [(row.before, row.after, row.clock) for row in TIMED] == [
        (State.DRAFT, State.WITHDRAWN, Clock.DRAFT),
        (State.CLARIFY, State.DECLINED, Clock.CLARIFY),
        (State.FIXED, State.CONFIRMED, Clock.CONFIRM),
    ]
    assert all(Acting.SYSTEM in row.roles for row in TIMED)


def test_the_promise_runs_anew_when_it_is_made_again() -> None:
    assert {(row.before, row.after) for row in ROWS if row.restarts} == {
        (State.DRAFT, State.SUBMITTED),
        (State.CLARIFY, State.SUBMITTED),
        (State.DECLINED, State.SUBMITTED),
        (State.FIXED, State.REOPENED),
        (State.CONFIRMED, State.REOPENED),
        (State.UNFIXABLE, State.REOPENED),
    }


def test_who_is_told() -> None:
    told = {(row.before, row.after): row.told for row in ROWS}
    author, followers = Audience.AUTHOR, Audience.FOLLOWERS
    officials, moderators = Audience.OFFICIALS, Audience.MODERATORS
    after = {
        State.CLARIFY: (author,),
        State.DECLINED: (author,),
        State.DUPLICATE: (author, followers),
        State.ASSIGNED: (author, officials),
        State.REFERRED: (author, officials),
        State.PROMOTED: (author, followers),
        State.SCHEDULED: (author,),
        State.FIXED: (author, followers),
        State.UNFIXABLE: (author, followers),
        State.CONFIRMED: (author, followers, officials),
        State.REOPENED: (author, followers, officials),
        State.IN_PROGRESS: (),
        State.WITHDRAWN: (),
    }
    special = {
        (State.OPEN, State.WITHDRAWN): (followers,),
        (State.DRAFT, State.SUBMITTED): (),
        (State.CLARIFY, State.SUBMITTED): (),
        (State.DECLINED, State.SUBMITTED): (moderators,),
        (State.SUBMITTED, State.OPEN): (),
        (State.ASSIGNED, State.OPEN): (),
        (State.DUPLICATE, State.OPEN): (author,),
    }
    assert told == {edge: special.get(edge) or after.get(edge[1], ()) for edge in told}


def test_a_moderator_can_take_back_what_nobody_has_acted_upon() -> None:
    assert {(row.before, row.after) for row in ROWS if row.undo} == {
        (State.SUBMITTED, State.OPEN),
        (State.SUBMITTED, State.CLARIFY),
        (State.SUBMITTED, State.DECLINED),
        (State.SUBMITTED, State.DUPLICATE),
        (State.CLARIFY, State.DECLINED),
        (State.OPEN, State.DECLINED),
        (State.OPEN, State.DUPLICATE),
        (State.ASSIGNED, State.DUPLICATE),
        (State.REFERRED, State.DECLINED),
    }
    assert all(Acting.MODERATOR in row.roles for row in ROWS if row.undo)


def test_there_are_ready_reasons_for_every_obligatory_one() -> None:
    for row in ROWS:
        if row.reason:
            assert TEMPLATES[row.verb]
    assert all(re.fullmatch(r"[a-z_]+", key) for key in KEYS)
