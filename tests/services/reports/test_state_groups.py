"""How states are grouped, and by which verb each edge is gone, copied here by hand."""

import pytest

from services.reports import states
from services.reports.states import ROWS

GROUPS = {
    "PRIVATE": "draft submitted clarify",
    "NEVER_SHOWN": "draft submitted clarify declined",
    "ACTIVE": "open assigned in_progress scheduled reopened",
    "SUPPORTABLE": "open assigned in_progress scheduled reopened referred",
    "DONE": "fixed confirmed",
    "ENDS": "promoted withdrawn",
}
BY_TARGET = {
    "submitted": "submit",
    "withdrawn": "withdraw",
    "open": "open",
    "clarify": "clarify",
    "declined": "decline",
    "duplicate": "duplicate",
    "assigned": "assign",
    "referred": "refer",
    "promoted": "promote",
    "in_progress": "start",
    "scheduled": "schedule",
    "fixed": "fix",
    "unfixable": "give_up",
    "confirmed": "confirm",
    "reopened": "reopen",
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_holds_these_states(name: str) -> None:
    assert " ".join(getattr(states, name)) == GROUPS[name]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.before}-{row.after}")
def test_an_edge_is_gone_by_the_verb_of_where_it_leads(row: states.Row) -> None:
    assert row.verb == BY_TARGET[row.after]
    assert states.row_of(row.before, row.verb) is row
