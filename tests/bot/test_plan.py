"""The plan on the command line: out into a file, and in again."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot import cli
from tests.bot.test_cli import Operator, operator

__all__ = ["operator"]


def test_the_plan_goes_out_and_in_again(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "plan.xlsx"
    operator.runs("city", "load", "kaluga")
    status, said, _errors = operator.runs("plan", "export", str(file), "--language", "en")
    assert (status, said) == (0, f"5 measures, 7 indicators: {file}\n")
    before = operator.sql("SELECT * FROM indicator"), operator.sql("SELECT * FROM measure")
    status, said, _errors = operator.runs("plan", "import", str(file))
    assert (status, said) == (0, "0 rows new, 0 changed, 0 years of figures changed\n")
    assert (
        operator.sql("SELECT * FROM indicator"),
        operator.sql("SELECT * FROM measure"),
    ) == before
    status, _said, errors = operator.runs("plan", "export", str(file))
    assert status == 1
    assert "exists already" in errors
    change(file, "Indicators", "B2", "Guests of the city")
    change(file, "Figures", "C3", 1.35)
    status, said, _errors = operator.runs("plan", "import", str(file))
    assert (status, said) == (0, "0 rows new, 1 changed, 1 years of figures changed\n")
    assert operator.sql("SELECT title FROM indicator WHERE code = 'tourists'") == [
        ("Guests of the city",)
    ]
    assert operator.sql("SELECT verb, acting FROM civic_event") == [
        ("import", "system"),
        ("figure", "system"),
    ]


def test_a_wrong_file_is_said_by_its_cells(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "plan.xlsx"
    operator.runs("city", "load", "kaluga")
    operator.runs("plan", "export", str(file), "--language", "en")
    change(file, "Indicators", "H2", "nobody")
    before = operator.sql("SELECT * FROM indicator")
    status, said, errors = operator.runs("plan", "import", str(file))
    assert (status, said) == (1, "")
    assert errors == (
        f"{file} was not taken in, nothing was changed:\n"
        "Indicators, H2: the city has no unit nobody\n"
    )
    change(file, "Figures", "B2", "=2020+5")
    _status, _said, errors = operator.runs("plan", "import", str(file))
    assert "Figures, B2: this is a formula; please put its value" in errors
    status, _said, errors = operator.runs("plan", "import", str(tmp_path / "none.xlsx"))
    assert (status, "No such file" in errors) == (1, True)
    assert operator.sql("SELECT * FROM indicator") == before


@pytest.mark.parametrize("arguments", [["plan"], ["plan", "export"], ["plan", "import"]])
def test_half_a_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(arguments)
    assert "usage" in capsys.readouterr().err


def change(file: Path, sheet: str, cell: str, value: object) -> None:
    book = load_workbook(BytesIO(file.read_bytes()))
    book[sheet][cell].value = value
    book.save(file)
