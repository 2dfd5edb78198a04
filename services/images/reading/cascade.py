"""The order in which a picture is tried: what is quick and reads most comes first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from time import process_time
from typing import Any

import numpy as np

from services.images.contract import Code
from services.images.grid import read_grid
from services.images.reading import readers, variants
from services.images.reading.boxes import SIDES, Texture, distinct, is_square, overlap
from services.images.reading.finders import Finder, find_finders, quads, quads_of_two
from services.images.reading.kinds import goes_with_receipts, is_fiscal, is_receipt
from services.images.reading.plan import PLAN
from services.images.reading.views import Photo, Quad, View, cut, moved

_MOST_BOXES = 4
_NEAR, _FAR = 480, 1280
# Receipts without a code stay below the second, and seen from afar below the third.
_LIKE_WITH_FINDERS, _LIKE_ALONE, _LIKE_FAR = 0.12, 0.33, 0.7
# Photos of receipts stay below a third; noise and patterns made to keep readers busy begin at three
# quarters.
_NOISE = 0.5
_GRID_SIDE, _GRID_MARGIN = 420, 0.2


class _OutOfTime(Exception):  # noqa: N818 - the end of a hunt, not a fault
    pass


@dataclass
class Hunt:
    """One picture being read: what was found, and where something was seen but not read.

    `deadline` is in seconds of process_time, `extra` what is added to it for a picture that could
    be a photo of a receipt; `dearest` is what an attempt has cost at most.
    """

    photo: Photo
    deadline: float
    extra: float = 0.0
    dearest: float = 0.0
    codes: dict[str, Code] = field(default_factory=dict)
    unread: list[Quad] = field(default_factory=list)
    far: bool = False

    def run(self) -> list[Code]:
        """Every code that was found, the first found first."""
        try:
            for stage in (self._whole, self._crops, self._slow, self._grids):
                stage()
                if self._is_enough():
                    break
        except _OutOfTime:
            pass
        return list(self.codes.values())

    @cached_property
    def evened(self) -> View:
        """The whole picture, its local contrast evened out."""
        return self.photo.whole.with_grey(variants.evened(self.photo.whole.grey))

    @cached_property
    def finders(self) -> list[Finder]:
        """Finder patterns, in the pixels of `photo.small`."""
        return find_finders(self.photo.small.grey)

    @cached_property
    def texture(self) -> Texture:
        """Which places look like the inside of a code."""
        return Texture(self.photo.whole, _NEAR)

    @cached_property
    def boxes(self) -> list[Quad]:
        """Where codes may be that are not read yet, the likeliest first."""
        back = self.photo.small.back
        sure = [moved(quad, back) for quad in quads(self.finders)] + self.unread
        likeness = self.texture.within
        guessed = [moved(quad, back) for quad in quads_of_two(self.finders)]
        guessed += self.texture.boxes(3)
        least = _LIKE_WITH_FINDERS if self.finders else _LIKE_ALONE
        guessed = [quad for quad in guessed if likeness(quad) > least] or self._far_boxes()
        ranked = sorted(filter(is_square, sure), key=likeness, reverse=True)
        ranked += sorted(filter(is_square, guessed), key=likeness, reverse=True)
        return distinct(self._apart(ranked))[:_MOST_BOXES]

    def _far_boxes(self) -> list[Quad]:
        """Codes so small that the first look at the texture saw only grey."""
        if self.codes or self.finders or self.unread or max(self.photo.whole.grey.shape) <= _NEAR:
            return []
        texture = Texture(self.photo.whole, _FAR, SIDES[2:8])
        boxes = [box for box in texture.boxes(2) if texture.within(box) > _LIKE_FAR]
        self.far = bool(boxes)
        return boxes

    def _whole(self) -> None:
        """Quick attempts; a code that never goes with a receipt ends them at once."""
        photo = self.photo
        if self._at_a_glance():
            return
        ways: tuple[Callable[[], Iterable[Code]], ...] = (
            lambda: self._zxing(photo.whole, "whole"),
            lambda: self._zxing(photo.whole, "global", readers.GLOBAL),
            lambda: self._zxing(photo.enlarged, "enlarged"),
            lambda: self._zxing(self.evened, "evened"),
            lambda: readers.zxing(photo.whole, "whole", formats=readers.MATRIX)[0],
        )
        for way in ways:
            self._take(way())
            if self._is_enough():
                return

    def _at_a_glance(self) -> bool:
        """A fifth of the price of the first look at all pixels, and often enough.

        Not where something else was seen: two receipts on a photo are two, and small codes end in
        errors here that say nothing about the picture.
        """
        if self.photo.half is None:
            return False
        codes, unread = readers.zxing(self.photo.half, "half")
        self._take(codes)
        return not self._apart(unread) and self._is_enough()

    def _is_enough(self) -> bool:
        """Whether to stop: not while a receipt's code may be beside one that is easier to read."""
        if not self.codes or any(is_fiscal(text) for text in self.codes):
            return bool(self.codes)
        beside = any(goes_with_receipts(text) for text in self.codes)
        return not beside and not self._apart(self.unread)

    def _crops(self) -> None:
        while self._reads_a_crop() and not self._is_enough():
            del self.boxes  # those that are left, now that one is known

    def _reads_a_crop(self) -> bool:
        cuts: dict[tuple[int, int, float], View] = {}
        for attempt in PLAN:
            for number, box in enumerate(self.boxes):
                key = (number, attempt.side, attempt.margin)
                if key not in cuts:
                    cuts[key] = cut(self.photo.original, box, attempt.side, attempt.margin)
                if self._take(attempt.read(cuts[key])):
                    return True
        return False

    def _slow(self) -> None:
        if self.codes:
            return
        if self.boxes:
            self._take(readers.zbar(self.evened, "evened"))
        if self.photo.reduced and not self.codes:
            self._take(self._zxing(self.photo.original, "original"))

    def _grids(self) -> None:
        """The last resort, and a slow one: only where a code is large enough to be bent.

        Beside a payment code only what zxing-cpp has seen and not read is worth it.
        """
        if self.far or (self.codes and not self._apart(self.unread)):
            return
        for box in self.boxes[:3]:
            if self._take(self._grid(box)):
                return

    def _grid(self, box: Quad) -> Iterator[Code]:
        view = cut(self.photo.original, box, _GRID_SIDE, _GRID_MARGIN)
        low = _GRID_SIDE * _GRID_MARGIN / (1 + 2 * _GRID_MARGIN)
        high = _GRID_SIDE - low
        outline = ((low, low), (high, low), (high, high), (low, high))
        found = read_grid(view.grey, accept=is_receipt, deadline=self.deadline, corners=outline)
        if found is not None:
            yield readers.code(found.text, "QR Code", "grid", found.corners, view)

    def _zxing(self, view: View | None, way: str, binarizer: Any = readers.LOCAL) -> Iterator[Code]:
        if view is None:
            return
        codes, unread = readers.zxing(view, way, binarizer)
        self.unread += [quad for quad in unread if is_square(quad)][:_MOST_BOXES]
        yield from codes

    def _take(self, attempt: Iterable[Code]) -> bool:
        """Run it, if there is time for one like the dearest so far; whether it read something."""
        started = process_time()
        if started + self.dearest > self.deadline:
            if not self.extra or self.texture.everywhere > _NOISE:
                raise _OutOfTime
            self.deadline, self.extra = self.deadline + self.extra, 0.0
            return self._take(attempt)
        before = len(self.codes)
        for code in attempt:
            self.codes.setdefault(code.text, code)
        self.dearest = max(self.dearest, process_time() - started)
        return len(self.codes) > before

    def _apart(self, boxes: Iterable[Quad]) -> list[Quad]:
        """Those that are not about a code already found."""
        known = [np.array(code.corners, np.float32) for code in self.codes.values()]
        return [box for box in boxes if not any(overlap(box, other) for other in known)]
