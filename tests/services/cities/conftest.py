"""City packs to load and copies of them to break."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.cities.pack import PACKS

TINYVILLE = Path(__file__).parents[2] / "packs" / "tinyville"


class PackFolder:
    """A copy of a pack that a test edits."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def replace(self, file: str, old: str, new: str) -> int:
        """Replace the one place where `old` stands; returns the line on which it began."""
        text = (self.path / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{text.count(old)} times in {file}: {old}"
        (self.path / file).write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def append(self, file: str, text: str) -> int:
        """Add text at the end; returns the line on which it begins."""
        path = self.path / file
        before = path.read_text(encoding="utf-8")
        path.write_text(before + text, encoding="utf-8")
        return before.count("\n") + 1


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], PackFolder]:
    def copy(source: Path) -> PackFolder:
        return PackFolder(Path(shutil.copytree(source, tmp_path / source.name)))

    return copy


@pytest.fixture
def kaluga(copy_of: Callable[[Path], PackFolder]) -> PackFolder:
    return copy_of(PACKS / "kaluga")


@pytest.fixture
def tinyville(copy_of: Callable[[Path], PackFolder]) -> PackFolder:
    return copy_of(TINYVILLE)
