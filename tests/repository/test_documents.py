"""What the documentation lists is what there is."""

import re
from pathlib import Path

from services.receipts.verdict import TABLE
from services.sharing.words import WORDS

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| ([a-z_]+) \| (credited|pending|rejected) \|", re.M)


def test_the_decision_table_is_written_down_in_order() -> None:
    written = ROW.findall((DOCS / "receipts.md").read_text(encoding="utf-8"))
    assert written == [(row.reason, row.state) for row in TABLE]


def test_the_words_of_states_are_written_down() -> None:
    text = (DOCS / "open-api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z_, ]+) \| (open|closed) \| ([a-z_]+) \|$", text, re.M)
    written = {
        state: (status, extended)
        for states, status, extended in rows
        for state in states.split(", ")
    }
    assert written == {state: (word.status, word.extended) for state, word in WORDS.items()}
