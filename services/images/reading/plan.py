"""What is tried on each crop of a code, in the order in which it pays off."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.images.contract import Code
from services.images.reading import readers, variants
from services.images.reading.variants import Variant
from services.images.reading.views import View

MARGIN = 0.12


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt on a crop of `side` pixels."""

    side: int
    variant: Variant
    reader: str = "zxing"

    def read(self, view: View) -> Iterable[Code]:
        worked = view.with_grey(self.variant(view.grey))
        way = f"crop-{self.variant.__name__.replace('_', '-')}-{self.side}"
        if self.reader == "pyzbar":
            return readers.zbar(worked, way)
        binarizer: Any = readers.GLOBAL if self.reader == "histogram" else readers.LOCAL
        return readers.zxing(worked, way, binarizer, qr_only=True)[0]


PLAN: tuple[Try, ...] = (
    Try(280, variants.plain),
    Try(280, variants.upright_bars),
    Try(280, variants.lying_bars),
    Try(200, variants.refocused),
    Try(280, variants.median),
    Try(520, variants.upright_bars),
    Try(280, variants.clahe),
    Try(380, variants.refocused),
    Try(520, variants.lit_sharp),
    Try(380, variants.lit_soft),
    Try(520, variants.soft),
    Try(380, variants.opened, "histogram"),
    Try(280, variants.refocused, "pyzbar"),
    Try(380, variants.opened, "pyzbar"),
    Try(520, variants.lit_soft, "pyzbar"),
)
