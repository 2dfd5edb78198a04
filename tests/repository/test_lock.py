"""The lock files pin and hash everything that pyproject.toml asks for, and name no index."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
GROUPS = PYPROJECT["dependency-groups"]
LOCKS = {
    "requirements.txt": [*PYPROJECT["project"]["dependencies"], *GROUPS["build"]],
    "requirements-dev.txt": GROUPS["dev"],
}
_EXTRAS = r"(?:\[[a-z0-9,-]+\])?"
_HASHES = r"((?:    --hash=\S+(?: \\)?\n)+)"
PIN = re.compile(rf"^([A-Za-z0-9._-]+){_EXTRAS}==([^ ;\\]+)(?: *;[^\\]*)? \\\n{_HASHES}", re.M)


def pins(name: str) -> dict[str, list[str]]:
    """The versions a lock file pins for each package."""
    found: dict[str, list[str]] = {}
    for package, version, _ in PIN.findall((ROOT / name).read_text()):
        found.setdefault(canonicalize_name(package), []).append(version)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_within_its_range(name: str) -> None:
    pinned = pins(name)
    for requirement in map(Requirement, LOCKS[name]):
        versions = pinned.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not locked; run make lock"
        assert all(version in requirement.specifier for version in versions), requirement


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_nothing_else_is_there(name: str) -> None:
    rest = PIN.sub("", (ROOT / name).read_text())
    assert [line for line in rest.splitlines() if not line.lstrip().startswith("#")] == []
    assert [line for line in rest.splitlines() if "://" in line] == []


def test_both_locks_agree() -> None:
    run_time, tools = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: tools[name] for name in run_time.keys() & tools.keys()} == {
        name: run_time[name] for name in run_time.keys() & tools.keys()
    }
