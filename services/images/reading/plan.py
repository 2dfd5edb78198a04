"""What is tried on each crop of a code, in the order in which it pays off."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from services.images.contract import Code
from services.images.reading import readers, variants
from services.images.reading.variants import Variant
from services.images.reading.views import View

Reader = Literal["zxing", "histogram", "pyzbar"]


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt on a crop of `side` pixels with a `margin`, a share of the code's side."""

    side: int
    variant: Variant
    reader: Reader = "zxing"
    margin: float = 0.12

    def read(self, view: View) -> Iterable[Code]:
        worked = view.with_grey(self.variant(view.grey))
        way = f"crop-{self.variant.__name__.replace('_', '-')}-{self.side}"
        if self.reader == "pyzbar":
            return readers.zbar(worked, way)
        binarizer: Any = readers.GLOBAL if self.reader == "histogram" else readers.LOCAL
        return readers.zxing(worked, way, binarizer)[0]


PLAN: tuple[Try, ...] = (
    Try(280, variants.plain),
    Try(380, variants.opened, margin=0.2),
    Try(280, variants.upright_bars),
    Try(280, variants.lying_bars),
    Try(200, variants.sharp),
    Try(200, variants.refocused),
    Try(280, variants.median),
    Try(280, variants.clahe),
    Try(380, variants.opened, "histogram", margin=0.2),
    Try(520, variants.upright_bars),
    Try(200, variants.median),
    Try(380, variants.refocused),
    Try(520, variants.lit_sharp),
    Try(380, variants.lit_soft),
    Try(520, variants.soft),
    Try(520, variants.clahe),
    Try(380, variants.lit, "histogram"),
    Try(520, variants.evened, "histogram"),
    Try(280, variants.refocused, "pyzbar"),
    Try(380, variants.opened, "pyzbar"),
    Try(520, variants.lit_soft, "pyzbar"),
)
