"""The page docs/pipeline.md, written from the rows of the ten stages.

python .ci/pipeline_page.py check     ends with status 1 when the page is not what the rows say
python .ci/pipeline_page.py update    writes it
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from services.projects.adopting import SILENCE  # noqa: E402
from services.projects.stages import (  # noqa: E402
    BY_STAGE,
    OVERRIDES,
    ROWS,
    Kind,
    Limit,
    Need,
    Row,
    Skip,
    path,
)

PAGE = ROOT / "docs" / "pipeline.md"
HEAD = """# The ten stages

Written from the rows of `services/projects/stages.py` by `.ci/pipeline_page.py`; edit those, then
run `python .ci/pipeline_page.py update`.

A project goes through its stages by six verbs: forward, back, close, pause, resume, appeal. It
goes forward when everything its gate asks for is there; what is not is the refusal's text, the
list in its passport and its readiness. `system` moves it by itself. Names in `rules.` are numbers
of the city's `rules.yaml` (`civic`). Merits are given once a rule and project.

What three verified members have flagged (`flags_hide`) is hidden and rests: its clock stands, and a
moderator either keeps it or closes it, whatever its stage.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, _table(), *(_stage(row) for row in ROWS), _kinds()]
    return "\n".join(parts)


def _table() -> str:
    lines = ["| n | stage | forward | back | close | days | then | public |", "|---" * 8 + "|"]
    for row in ROWS:
        cells = (
            str(row.n), row.stage, _names(row.forward), _names(row.back), _names(row.close),
            "by its dates" if row.days is None else str(row.days), row.on_timeout, row.public,
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "–"


def _stage(row: Row) -> str:
    lines = [f"## {row.n}. {row.stage}", "", "To leave it:", ""]
    lines += [f"- {_need(need)}" for need in row.gate]
    told = [("Called when it begins", row.calls), ("Told when it ends", row.notify)]
    lines += ["", *(f"{title}: {_names(names)}." for title, names in told if names)]
    if row.pause:
        lines.append(f"May be paused by: {_names(row.pause)}.")
    if row.adoptable:
        lines.append(
            "When its time runs out, any verified member may adopt it if nobody leads it, or its "
            f"lead, who is asked, is silent for {SILENCE.days} days; its author stays the author."
        )
    if row.thanks:
        thanked = (
            f"{thanks.rule} to {thanks.to}" + " (also back or closed)" * thanks.any_way
            for thanks in row.thanks
        )
        lines.append(f"Merits: {', '.join(thanked)}.")
    return "\n".join(lines) + "\n"


def _need(need: Need) -> str:
    value = f"`rules.{need.value.value}`" if isinstance(need.value, Limit) else str(need.value)
    helped = f" (helped by {need.resource})" if need.resource else ""
    return f"`{need.fact}` {need.op} {value}{helped}"


def _kinds() -> str:
    lines = ["## How kinds differ", ""]
    for (kind, stage), other in OVERRIDES.items():
        if isinstance(other, Skip):
            lines.append(f"- {kind}: skips {stage}.")
            continue
        needs = ", ".join(_need(need) for need in other)
        lines.append(f"- {kind}: at {stage} needs {needs}.")
    plain = [kind for kind in Kind if not any(kind is other for other, _ in OVERRIDES)]
    ways = {len(path(kind)) for kind in plain}
    assert ways == {len(BY_STAGE) - 1}
    lines.append(f"- {', '.join(plain)}: as above.")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Check the page, or write it."""
    if sys.argv[1:] == ["update"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        print("docs/pipeline.md is not what the rows say: python .ci/pipeline_page.py update")
        return 1
    print("docs/pipeline.md is what the rows say")
    return 0


if __name__ == "__main__":
    sys.exit(main())
