"""The tables and the goals."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import median

from benchmarks.qr.measure import CASCADE, UNION, Outcome
from benchmarks.qr.readers import ALONE
from benchmarks.table import table

FIRST = "zxing-cpp"


def share(outcomes: Sequence[Outcome], reader: str) -> float:
    """Percent read, of pictures with a code."""
    return 100 * sum(each.read.get(reader, False) for each in outcomes) / max(1, len(outcomes))


def hard(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Levels 2 and 3; of ungraded pictures those that not every engine alone reads."""
    return [
        each
        for each in outcomes
        if each.level > 1
        or (each.level == 0 and not all(each.read.get(reader, False) for reader in ALONE))
    ]


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))] if values else 0.0


def show(outcomes: Sequence[Outcome], out: Callable[[str], None] = print) -> None:
    """Everything there is to say about a run."""
    coded = [each for each in outcomes if each.has_code]
    empty = [each for each in outcomes if not each.has_code]
    names = [*ALONE, CASCADE, *([UNION] if any(UNION in each.read for each in coded) else [])]
    out(_by_kind(coded, names))
    out("")
    out(_by_reader(outcomes, coded, empty, names))
    out("")
    ways = Counter(each.way for each in coded if each.way)
    reads = ", ".join(f"{way} {count}" for way, count in ways.most_common())
    out(f"{CASCADE} read by: {reads or 'nothing'}")
    broken = [each.name for each in outcomes if not each.opens]
    if broken:
        out(f"not opened: {len(broken)} ({', '.join(broken[:5])})")
    for each in outcomes:
        for reader, texts in each.made_up.items():
            out(f"made up by {reader} in {each.name}: {texts[0][:100]!r}")
    out("")
    _goals(outcomes, coded, names, out)


def _by_kind(coded: Sequence[Outcome], names: Sequence[str]) -> str:
    """Percent read; a cell shows the levels one after another."""
    rows = []
    levels = sorted({each.level for each in coded})
    for kind in dict.fromkeys(each.kind for each in coded):
        those = [each for each in coded if each.kind == kind]
        rows.append((kind, str(len(those)), *(_levels(those, name, levels) for name in names)))
    rows.append(("all", str(len(coded)), *(_levels(coded, name, levels) for name in names)))
    graded = "/".join(str(level) for level in levels) if levels != [0] else ""
    return table((f"% read {graded}", "pictures", *names), rows)


def _levels(those: Sequence[Outcome], name: str, levels: Sequence[int]) -> str:
    parts = [[each for each in those if each.level == level] for level in levels]
    return " / ".join(f"{share(part, name):3.0f}" if part else "  –" for part in parts)


def _by_reader(
    outcomes: Sequence[Outcome],
    coded: Sequence[Outcome],
    empty: Sequence[Outcome],
    names: Sequence[str],
) -> str:
    first = median([each.ms[FIRST] for each in outcomes if FIRST in each.ms] or [1.0])
    rows = []
    for name in names:
        took = [each.ms[name] for each in outcomes if name in each.ms]
        no = [each.ms[name] for each in empty if name in each.ms]
        wrong = sum(len(each.made_up.get(name, ())) for each in outcomes)
        rows.append(
            (
                name,
                f"{share(coded, name):.1f}",
                f"{share(hard(coded), name):.1f}",
                *(
                    (
                        f"{median(took) / first:.2f}×",
                        f"{median(took):.1f}",
                        f"{p95(took):.0f}",
                        f"{median(no):.0f} / {p95(no):.0f}" if no else "–",
                        str(wrong),
                    )
                    if took
                    else ("–",) * 5
                ),
            )
        )
    head = ("reader", "% read", "% hard", "median", "ms", "p95 ms", "ms to say no", "made up")
    return table(head, rows)


def _goals(
    outcomes: Sequence[Outcome],
    coded: Sequence[Outcome],
    names: Sequence[str],
    out: Callable[[str], None],
) -> None:
    took = [each.ms[CASCADE] for each in outcomes]
    first = [each.ms[FIRST] for each in outcomes if FIRST in each.ms]
    difficult = hard(coded)
    best = max(share(difficult, name) for name in ALONE)
    ahead = share(difficult, CASCADE) - best
    wrong = sum(len(each.made_up.get(CASCADE, ())) for each in outcomes)
    ratio = median(took) / median(first) if first else 0.0
    goals = [
        (f"{ahead:.1f} points above the best engine alone on hard pictures", "≥ 12", ahead >= 12),
        (f"{wrong} texts made up", "0", wrong == 0),
        (f"median {ratio:.2f}× {FIRST} alone", "≤ 1.3×", ratio <= 1.3),
        (f"p95 {p95(took):.0f} ms", "≤ 1,500 ms", p95(took) <= 1500),
    ]
    if UNION in names:
        part = 100 * share(coded, CASCADE) / max(1e-9, share(coded, UNION))
        goals.insert(0, (f"{part:.1f} % of what the union reads", "≥ 97 %", part >= 97))
    for what, goal, met in goals:
        out(f"{'met   ' if met else 'MISSED'}  {what} (goal {goal})")
