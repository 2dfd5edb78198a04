"""One picture through every reader: what was read, what was made up, how long it took."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import process_time

import cv2

from benchmarks.qr import readers
from benchmarks.qr.generator import Order, orders
from benchmarks.qr.truth import OnDisk, Picture, fetch
from services.images.opening import open_grey
from services.images.reading import read_codes

CASCADE = "guestcard"
UNION = "union"


@dataclass
class Outcome:
    """`read` and `ms` by reader, from the bytes to the texts; `made_up` are wrong texts.

    `ms` is processor time on one thread: a busy machine does not stretch it.
    """

    name: str
    kind: str
    level: int
    has_code: bool
    opens: bool = True
    read: dict[str, bool] = field(default_factory=dict)
    ms: dict[str, float] = field(default_factory=dict)
    made_up: dict[str, list[str]] = field(default_factory=dict)
    way: str = ""  # by which the cascade read it


def prepare() -> None:
    """Once per process: one thread each, and every library loaded before the clock runs."""
    cv2.setNumThreads(1)
    measure(fetch(orders(0, 1, ["rotation"], [1])[0]), union=False, seconds=1.5)


def outcome(source: Order | OnDisk, union: bool, seconds: float) -> Outcome:
    """Fetch and measure."""
    return measure(fetch(source), union=union, seconds=seconds)


def measure(picture: Picture, *, union: bool, seconds: float) -> Outcome:
    """Every engine gets all pixels of the picture, decoded once for each of them.

    The cascade has `seconds`. The union stops as soon as the picture is read.
    """
    result = Outcome(picture.name, picture.kind, picture.level, bool(picture.truth))
    try:
        grey = open_grey(picture.data, None).grey
    except Exception:  # A broken file in somebody's folder is an outcome like others.
        result.opens = False
    else:
        for name, reader in readers.ALONE.items():
            _time(result, picture, name, _alone(reader, picture.data))
    _time(result, picture, CASCADE, lambda: _cascade(result, picture, seconds))
    if union and result.has_code:
        result.read[UNION] = any(result.read.values()) or (
            result.opens and any(picture.truth.is_read(found) for found in readers.union(grey))
        )
    return result


def _alone(reader: readers.Reader, data: bytes) -> Callable[[], list[str]]:
    return lambda: reader(open_grey(data, None).grey)


def _cascade(result: Outcome, picture: Picture, seconds: float) -> list[str]:
    codes = read_codes(picture.data, seconds=seconds).codes
    ways = [code.engine for code in codes if picture.truth.is_read([code.text])]
    result.way = ways[0] if ways else ""
    return [code.text for code in codes]


def _time(result: Outcome, picture: Picture, name: str, read: Callable[[], list[str]]) -> None:
    start = process_time()
    found = read()
    result.ms[name] = (process_time() - start) * 1000
    if result.has_code:
        result.read[name] = picture.truth.is_read(found)
    wrong = [text for text in found if not picture.truth.knows(text)]
    if wrong:
        result.made_up[name] = wrong
