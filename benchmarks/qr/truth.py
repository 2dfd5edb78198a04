"""What a picture's codes say, and pictures of one's own with that in a text file beside each."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.qr.generator import Order, take

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".heic", ".avif", ".tif", ".tiff"}


@dataclass(frozen=True, slots=True)
class Truth:
    """The exact texts of a picture's codes.

    `whole` is the text file as one text, for a code whose text has several lines. A picture
    counts as read when its receipts' texts are found; where none of its texts is a receipt's, any.
    """

    texts: tuple[str, ...] = ()
    whole: str = ""

    def knows(self, text: str) -> bool:
        """Whether the picture says so; line ends and blanks at the end do not matter."""
        return plain(text) in {*self.texts, self.whole} - {""}

    def is_read(self, found: Iterable[str]) -> bool:
        """Whether what was found is enough."""
        seen = {plain(text) for text in found}
        if self.whole and self.whole in seen:
            return True
        receipts = {text for text in self.texts if "fn=" in text and "fp=" in text}
        return receipts <= seen if receipts else bool(seen & set(self.texts))

    def __bool__(self) -> bool:
        return bool(self.texts)


def truth(text: str) -> Truth:
    """The truth of a text file's content."""
    lines = (plain(line) for line in text.removeprefix("\ufeff").splitlines())
    return Truth(tuple(line for line in lines if line), plain(text.removeprefix("\ufeff")))


def plain(text: str) -> str:
    """Without what editors and file systems change."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture to be read; `level` is 0 where nobody graded it."""

    name: str
    kind: str
    level: int
    data: bytes
    truth: Truth


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A picture in the folder `root`; its kind is the folder it is in."""

    root: Path
    path: Path


def on_disk(root: Path) -> list[OnDisk]:
    """Every picture under `root`, in the order of names."""
    found = (path for path in root.rglob("*") if path.suffix.lower() in _SUFFIXES)
    return [OnDisk(root, path) for path in sorted(found) if path.is_file()]


def fetch(source: Order | OnDisk) -> Picture:
    """Draw or load the picture. Without a text file beside it, it has no code."""
    if isinstance(source, Order):
        made = take(source)
        return Picture(made.name, made.kind, made.level, made.data, truth("\n".join(made.texts)))
    inside = source.path.relative_to(source.root)
    beside = (source.path.with_suffix(".txt"), source.path.with_name(source.path.name + ".txt"))
    text = next((each.read_bytes() for each in beside if each.is_file()), b"")
    return Picture(
        str(inside),
        str(inside.parent) if inside.parent.parts else "pictures",
        0,
        source.path.read_bytes(),
        truth(text.decode("utf-8", "replace")),
    )
