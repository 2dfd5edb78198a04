"""Codes out of photographs: an ordered cascade of readers that stops at the first success.

Pure and synchronous; it runs in a worker process (see `services.images.workers`), because the
libraries are large, native and fed with strangers' bytes.
"""

from collections.abc import Sequence
from time import perf_counter, process_time

from services.images.contract import Code, Hint, Problem, Reading
from services.images.opening import Unopenable
from services.images.reading.advice import hint_of
from services.images.reading.cascade import Hunt
from services.images.reading.readers import engines
from services.images.reading.views import Photo

__all__ = ["BUDGET", "engines", "read_codes"]

BUDGET = 0.8
"""Seconds. Of 368 generated pictures one more is read with six times as many."""
_EXTRA = 0.75
"""The share of them that is added for what could be a receipt: slow machines need it."""


def read_codes(data: bytes, *, seconds: float = BUDGET) -> Reading:
    """Every code in the picture. Raises nothing for any bytes, short of MemoryError.

    No attempt begins that would cost more than `seconds` of processor time in all, opening
    included, if it were as dear as the dearest before it: on a busy machine a picture gets the same
    attempts. Where a code may be in a few places only, it gets three quarters more. Textures made
    to confuse the readers can prolong a single attempt, so the caller needs a limit of its own.
    """
    started, deadline = perf_counter(), process_time() + seconds

    def answer(
        codes: Sequence[Code], problem: Problem | None, advice: Hint | None = None
    ) -> Reading:
        return Reading(tuple(codes), round((perf_counter() - started) * 1000, 1), problem, advice)

    try:
        hunt = Hunt(Photo(data), deadline, seconds * _EXTRA)
        codes = hunt.run()
    except Unopenable as error:
        return answer((), error.problem)
    return answer(codes, None) if codes else answer((), "no_code", hint_of(hunt))
