"""What became of receipts, read from the database of a bot that may be running."""

import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.receipts.qr import parse

_FINAL = {"credited", "rejected"}


@dataclass(frozen=True, slots=True)
class Sending:
    """A guest hands in the code of a receipt; `forged`: no till has printed it."""

    guest: int
    text: str
    forged: bool = False


def rows(folder: Path, query: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(folder / "guestcard.db", timeout=30)) as database:
        return database.execute(query, values).fetchall()


def waiting(folder: Path) -> int:
    """Receipts that are still to be asked about."""
    ((left,),) = rows(folder, "SELECT count(*) FROM receipt_check")
    return int(left)


def settled(folder: Path, seconds: float) -> float:
    """Wait until no receipt is asked about any more; returns how long that took."""
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        if not waiting(folder):
            return time.perf_counter() - started
        time.sleep(1)
    raise SystemExit(f"{waiting(folder)} receipts are still asked about")


def fates(folder: Path) -> Counter[tuple[str, str]]:
    """(state, reason) of every receipt."""
    found = rows(folder, "SELECT state, reason, count(*) FROM receipt GROUP BY 1, 2")
    return Counter({(state, reason): count for state, reason, count in found})


def audit(folder: Path) -> tuple[bool, str]:
    """Whether the ledger is whole, and what the command said last."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "ledger", "audit"],
        env={"DATA_DIR": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode == 0, done.stdout.strip().splitlines()[-1]


def wrongs(folder: Path, sent: Sequence[Sending]) -> list[str]:
    """What is not as it must be after all has been asked; empty when all is well.

    A genuine receipt has earned exactly once, for one of its senders; a forged one has not, and
    nothing waits. The guests' points are those of their receipts.
    """
    senders: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    forged: dict[tuple[str, str], bool] = {}
    for each in sent:
        senders[_key(each.text)].add(each.guest)
        forged[_key(each.text)] = each.forged
    found: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for number, sign, guest, state in rows(folder, _RECEIPTS):
        found[number, sign].append((int(guest), state))
    said = [f"{key} was never sent" for key in found.keys() - senders.keys()]
    for key, guests in senders.items():
        said += _wrong(key, guests, found[key], forged[key])
    return said + _unpaid(folder)


_RECEIPTS = """
SELECT r.number, r.sign, i.external_id, r.state
FROM receipt r JOIN identity i ON i.member_id = r.member_id AND i.channel = 'telegram'
"""
_POINTS = """
SELECT a.owner, a.posted + a.maturing, coalesce(sum(r.points), 0) AS due
FROM account a LEFT JOIN receipt r ON r.member_id = a.owner AND r.state = 'credited'
WHERE a.kind = 'member' AND a.currency = 'points'
GROUP BY 1, 2 HAVING a.posted + a.maturing <> due
"""


def _key(text: str) -> tuple[str, str]:
    qr = parse(text)
    return f"ru54:{qr.drive}:{qr.document}", str(qr.sign)


def _wrong(
    key: tuple[str, str], guests: set[int], found: Iterable[tuple[int, str]], forged: bool
) -> list[str]:
    states = Counter(state for _, state in found)
    said = [f"{key} is {state}" for state in states.keys() - _FINAL]
    if states["credited"] != (0 if forged else 1):
        said.append(f"{key} has earned {states['credited']} times")
    if not guests >= {guest for guest, _ in found}:
        said.append(f"{key} belongs to somebody else")
    if len(set(found)) != len(list(found)):
        said.append(f"{key} is kept twice for one guest")
    return said


def _unpaid(folder: Path) -> list[str]:
    return [f"member {m} has {has} points, not {due}" for m, has, due in rows(folder, _POINTS)]
