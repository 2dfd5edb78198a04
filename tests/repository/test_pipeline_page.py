"""The page of the stages is what the rows say, and says when it is not."""

from pathlib import Path

import pytest

import pipeline_page


def test_the_page_is_up_to_date() -> None:
    assert pipeline_page.PAGE.read_text(encoding="utf-8") == pipeline_page.page()


def test_every_stage_and_override_is_on_it() -> None:
    page = pipeline_page.page()
    assert page.count("\n## ") == 11
    assert (
        "| 4 | evaluation | system, moderator | moderator | moderator | 30 | pause | full |" in page
    )
    assert "- `verified_up` >= `rules.support` (helped by people)" in page
    assert "- social: skips acceleration." in page


def test_a_page_that_is_behind_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "pipeline.md"
    monkeypatch.setattr(pipeline_page, "PAGE", page)
    monkeypatch.setattr("sys.argv", ["pipeline_page.py", "check"])
    assert pipeline_page.main() == 1
    page.write_text("old", encoding="utf-8")
    assert pipeline_page.main() == 1
    assert "pipeline_page.py update" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["pipeline_page.py", "update"])
    assert pipeline_page.main() == 0
    monkeypatch.setattr("sys.argv", ["pipeline_page.py", "check"])
    assert pipeline_page.main() == 0
