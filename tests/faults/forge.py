"""Kills one action after each of its SQL statements.

For every line of its input, `["SCRIPT", "BEFORE", "CRASHES"]`: for n = 1, 2, … a forked process
performs the script on a copy of the folder BEFORE and kills itself with SIGKILL right after its
n-th statement (BEGIN and COMMIT count). CRASHES/n is what the crash has left. The first n that
the action does not reach ends the series and is printed.
"""

import asyncio
import gc
import itertools
import json
import os
import signal
import sqlite3
import sys
from functools import partial
from pathlib import Path
from typing import Any

from tests.faults.script import Script, Theatre, perform


class Doomed(sqlite3.Connection):
    """Dies after so many statements of all connections, once it is told how many."""

    left = 0

    @classmethod
    def strike(cls) -> None:
        cls.left -= 1
        if cls.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def execute(self, *args: Any) -> sqlite3.Cursor:
        done = super().execute(*args)
        self.strike()
        return done

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        done = super().executemany(*args)
        self.strike()
        return done

    def commit(self) -> None:
        super().commit()
        self.strike()

    def rollback(self) -> None:
        super().rollback()
        self.strike()


async def act(theatre: Theatre, script: Script, strikes: int) -> None:
    async with theatre.opened(script) as house:
        Doomed.left = strikes
        await perform(house, script)
        Doomed.left = 0


def is_killed(theatre: Theatre, script: Script, strikes: int) -> bool:
    """Whether the forked process was killed before it had done everything."""
    if (child := os.fork()) == 0:
        try:
            asyncio.run(act(theatre, script, strikes))
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def series(script_file: Path, before: Path, crashes: Path) -> int:
    """Kill after the first statement, the second, …; returns the number nothing was left to."""
    script = Script.read(script_file)
    theatre = Theatre(crashes / "stage")
    theatre.furnish(before)
    asyncio.run(act(theatre, script, 0))
    gc.freeze()
    for number in itertools.count(1):
        theatre.furnish(before)
        if not is_killed(theatre, script, number):
            return number
        theatre.folder.rename(crashes / str(number))
    raise AssertionError


def main() -> None:
    connect: Any = partial(sqlite3.connect, factory=Doomed)
    sqlite3.connect = connect
    for line in sys.stdin:
        print(series(*map(Path, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
