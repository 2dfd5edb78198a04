"""The stage, and the process that forges crashes."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.stage import Stage

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def forge() -> Iterator[Callable[[list[str]], int]]:
    """One process that forks the victims: to start it takes longer than to kill them all."""
    command = [sys.executable, "-m", "tests.faults.forge"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def series(order: list[str]) -> int:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield series


@pytest.fixture
def stage(tmp_path: Path, sqlite_template: Path, forge: Callable[[list[str]], int]) -> Stage:
    return Stage(tmp_path, sqlite_template, forge)
