"""What reading and drawing pictures answer, without loading any image library."""

from dataclasses import dataclass
from typing import Literal

Problem = Literal["not_an_image", "too_large", "no_code"]
Hint = Literal["small", "blurred", "glare", "dark", "cut_off", "none"]
Reason = Literal["timeout", "memory", "died", "failed", "closed"]
Point = tuple[int, int]

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 40_000_000


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
    or BMP, or a broken one. `too_large`: over MAX_BYTES or MAX_PIXELS. `ms`: time taken.

    `hint` is given with `no_code` only and says what the next photo should do better: come nearer
    (`small`), hold still (`blurred`), turn away from the lamp (`glare`), find light (`dark`), show
    all of the code (`cut_off`). `none`: nothing like a code was seen.
    """

    codes: tuple[Code, ...]
    ms: float
    problem: Problem | None
    hint: Hint | None = None


class ImageFault(Exception):  # noqa: N818 - named for what it is, not for being raised
    """A picture could not be worked on; the workers themselves are well again.

    `reason`: `timeout`, `memory`, `died` (the process was killed or crashed), `failed` (the
    work raised: `detail` names the error and its place, never a value) or `closed`.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
