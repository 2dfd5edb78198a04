"""What the documentation lists is what there is."""

import re
from pathlib import Path

from services.receipts.verdict import TABLE

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| ([a-z_]+) \| (credited|pending|rejected) \|", re.M)


def test_the_decision_table_is_written_down_in_order() -> None:
    written = ROW.findall((DOCS / "receipts.md").read_text(encoding="utf-8"))
    assert written == [(row.reason, row.state) for row in TABLE]
