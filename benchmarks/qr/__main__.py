"""How many photographed receipts each reader reads, and how long it takes.

    python -m benchmarks.qr [--count 1100] [--seed 1] [--kinds blur,curl] [--levels 1,2,3]
    python -m benchmarks.qr --dir DIR      pictures of one's own, a .txt with the texts beside each
    python -m benchmarks.qr --write DIR    only write the generated pictures

Every reader starts from the picture's bytes and gets all its pixels: the times include decoding
the JPEG, and are processor time on one thread, as the cascade's own limit (`--seconds`) is. With
`--union`, pictures that nothing read go through every engine in every preparation, which is slow.
Ends with status 1 when the cascade makes a text up.
"""

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.qr import measure, report
from benchmarks.qr.generator import Order, Photograph, orders, take
from benchmarks.qr.kinds import KINDS
from benchmarks.qr.truth import OnDisk, on_disk
from services.images.reading import BUDGET


def write(folder: Path, photograph: Photograph) -> None:
    """The picture, and beside it a text file with what its codes say, one a line."""
    (folder / f"{photograph.name}.jpg").write_bytes(photograph.data)
    lines = "".join(f"{text}\n" for text in photograph.texts)
    (folder / f"{photograph.name}.txt").write_text(lines, "utf-8")


def run(
    sources: list[Order] | list[OnDisk], processes: int, union: bool, seconds: float
) -> Iterator[measure.Outcome]:
    """Measure each, in order."""
    one = partial(measure.outcome, union=union, seconds=seconds)
    if processes == 1:
        measure.prepare()
        yield from map(one, sources)
        return
    spawning = get_context("spawn")
    with ProcessPoolExecutor(processes, spawning, measure.prepare) as pool:
        yield from pool.map(one, sources, chunksize=4)


def _told(outcomes: Iterator[measure.Outcome], count: int) -> Iterator[measure.Outcome]:
    """The same, counting aloud."""
    for at, each in enumerate(outcomes, 1):
        if at % 50 == 0:
            print(f"{at} of {count}", file=sys.stderr, flush=True)
        yield each


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=1100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS), help="names from the first column")
    parser.add_argument("--levels", default="1,2,3")
    parser.add_argument("--dir", type=Path, help="read these pictures instead")
    parser.add_argument("--write", type=Path, help="write the generated pictures here")
    parser.add_argument("--union", action="store_true", help="compare with all there is")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=BUDGET, help="the cascade's own limit")
    parser.add_argument("--misses", action="store_true", help="name what the cascade missed")
    return parser.parse_args()


def main() -> int:
    """The exit status."""
    chosen = options()
    if chosen.dir is not None:
        sources: list[Order] | list[OnDisk] = on_disk(chosen.dir)
    else:
        levels = [int(level) for level in chosen.levels.split(",")]
        sources = orders(chosen.seed, chosen.count, chosen.kinds.split(","), levels)
    if chosen.write is not None:
        chosen.write.mkdir(parents=True, exist_ok=True)
        for source in sources:
            if isinstance(source, Order):
                write(chosen.write, take(source))
        return 0
    measured = run(sources, chosen.processes, chosen.union, chosen.seconds)
    outcomes = list(_told(measured, len(sources)))
    if not outcomes:
        print("no pictures")
        return 0
    report.show(outcomes)
    if chosen.misses:
        for each in outcomes:
            if each.has_code and not each.read[measure.CASCADE]:
                others = [name for name, read in each.read.items() if read]
                print(f"missed: {each.name}, read by {', '.join(others) or 'none'}")
    return int(any(measure.CASCADE in each.made_up for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
