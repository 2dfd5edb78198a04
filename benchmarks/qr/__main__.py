"""Photographed receipts: write them as files.

python -m benchmarks.qr --write DIR [--count 1100] [--seed 1] [--kinds a,b] [--levels 1,2,3]
"""

import argparse
import sys
from pathlib import Path

from benchmarks.qr.generator import Photograph, photographs
from benchmarks.qr.kinds import KINDS


def write(folder: Path, photograph: Photograph) -> None:
    """The picture, and beside it a text file with what its codes say, one a line."""
    (folder / f"{photograph.name}.jpg").write_bytes(photograph.data)
    lines = "".join(f"{text}\n" for text in photograph.texts)
    (folder / f"{photograph.name}.txt").write_text(lines, "utf-8")


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--write", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--levels", default="1,2,3")
    options = parser.parse_args()
    options.write.mkdir(parents=True, exist_ok=True)
    levels = [int(level) for level in options.levels.split(",")]
    for each in photographs(options.seed, options.count, options.kinds.split(","), levels):
        write(options.write, each)
    return 0


if __name__ == "__main__":
    sys.exit(main())
