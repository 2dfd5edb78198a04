"""What reading and drawing pictures answer, without loading any image library."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Problem = Literal["not_an_image", "heic", "pdf", "too_large", "no_code"]
Hint = Literal["small", "blurred", "glare", "dark", "cut_off", "creased", "none"]
Reason = Literal["timeout", "memory", "died", "failed", "closed", "busy"]
Point = tuple[int, int]
Shares = Sequence[float]
"""A rectangle as shares of a picture's sides: left, top, right, bottom."""

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = {
    "JPEG": 120_000_000,
    "PNG": 24_000_000,
    "GIF": 24_000_000,
    "BMP": 24_000_000,
    "WEBP": 16_000_000,
}
"""A JPEG is reduced while it is decoded; the others are decoded whole, WebP at the highest cost."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code found in a picture.

    `corners` are four pixel positions in the upright picture, clockwise from the code's own top
    left corner. `engine` names the reader and the way it took, such as `zxing-cpp/whole`.
    """

    text: str
    symbology: str
    engine: str
    corners: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All codes of one picture, each once, best engine first.

    `problem` is None if and only if there is a code. `not_an_image`: not a JPEG, PNG, WebP, GIF
    or BMP, or a broken one. `heic`: a HEIC or AVIF file, as phones store photos. `pdf`: a PDF.
    `too_large`: over MAX_BYTES or MAX_PIXELS, or far more work than its size needs. `ms`: time
    taken.

    `hint` is given with `no_code` only and says what the next photo should do better: come nearer
    (`small`), hold still (`blurred`), turn away from the lamp (`glare`), find light (`dark`), show
    all of the code (`cut_off`), smooth the paper (`creased`). `none`: nothing like a code was seen.
    """

    codes: tuple[Code, ...]
    ms: float
    problem: Problem | None
    hint: Hint | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A photo to be stored and shown, and where its camera says it was taken.

    The place is its sender's own: it is offered to them and kept only if they say so.
    """

    jpeg: bytes
    place: tuple[float, float] | None = None


class Unopenable(Exception):  # noqa: N818 - an answer about the picture
    """The bytes are not a picture we take; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class ImageFault(Exception):  # noqa: N818 - named for what it is, not for being raised
    """A picture could not be worked on; the workers themselves are well again.

    `reason`: `timeout`, `memory`, `died` (the process was killed or crashed), `failed` (the
    work raised: `detail` names the error and its place, never a value), `closed`, or `busy` (too
    many pictures wait already; nothing was begun).
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
