"""No tracked file names a machine's folders or a package index."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# In pieces, so that this file does not name them itself.
FOLDERS = ("wo" + "rk", "t" + "mp", "ro" + "ot", "opt/py" + "pi", "opt/whe" + "els")
HOSTS = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "deb.deb" + "ian.org",
)
NAMED = re.compile(
    rf"(?<![\w.*}}])/(?:{'|'.join(FOLDERS)})(?![\w-])/?|{'|'.join(map(re.escape, HOSTS))}"
)


def tracked_texts() -> list[Path]:
    """Every tracked file that is text."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git repository: nobody knows which files are tracked")
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]


def mentions(text: str) -> list[str]:
    """What a text names of a machine or an index, in order."""
    return [match.group() for match in NAMED.finditer(text)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_machine_folder_is_seen(folder: str) -> None:
    assert mentions(f"cd '/{folder}/x'") == [f"/{folder}/"]


@pytest.mark.parametrize("host", HOSTS)
def test_an_index_is_seen(host: str) -> None:
    assert mentions(f"--index-url https://{host}/simple") == [host]


def test_other_paths_are_free() -> None:
    assert mentions("/workshop ./work/ ${x}/tmp a/root /rooted /srv/guestcard /temp") == []


def test_tracked_files_name_none() -> None:
    found = {
        str(path.relative_to(ROOT)): named
        for path in tracked_texts()
        if (named := mentions(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}
