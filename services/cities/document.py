"""A YAML file read into plain values, remembering on which line each of them stands."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Place = tuple[str | int, ...]
"""The way to a value inside a file: keys and list positions."""

_TAG = "tag:yaml.org,2002:"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a pack. `line` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return (
            f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"
        )


@dataclass(frozen=True, slots=True)
class Document:
    """`data` holds dicts, tuples, strings, numbers, booleans, dates and None."""

    file: str
    data: Any
    lines: dict[Place, int]

    def problem(self, place: Place, message: str, line: int = 0) -> Problem:
        """A fault at this place, or at the nearest one around it that the file has."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(self.file, line or self.lines.get(known, 0), self._field(place), message)

    def each(self, *pattern: str) -> Iterator[tuple[Place, Any]]:
        """The values at a pattern of keys, "*" standing for every item; what is not there, or is
        of another shape, is passed over."""
        found: list[tuple[Place, Any]] = [((), self.data)]
        for step in pattern:
            found = [pair for place, value in found for pair in _inside(place, value, step)]
        yield from found

    def _field(self, place: Place) -> str:
        names: list[str] = []
        value = self.data
        for step in place:
            value = _child(value, step)
            slug = value.get("slug") if isinstance(value, dict) else None
            named = isinstance(step, int) and isinstance(slug, str) and slug
            names.append(str(slug) if named else str(step + 1 if isinstance(step, int) else step))
        return ".".join(names)


def _child(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, tuple) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _inside(place: Place, value: Any, step: str) -> Iterator[tuple[Place, Any]]:
    if step == "*" and isinstance(value, tuple):
        yield from (((*place, index), item) for index, item in enumerate(value))
    elif step == "*" and isinstance(value, dict):
        yield from (((*place, key), item) for key, item in value.items())
    elif isinstance(value, dict) and step in value:
        yield (*place, step), value[step]


def read_document(path: Path, problems: list[Problem]) -> Document:
    """Read one file; what is wrong with it is added to `problems`.

    Only plain YAML: no tags, no anchors, no key twice. Nothing in the file is ever executed.
    """
    document = Document(path.name, None, {})
    try:
        node = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(document.problem((), "the file is missing"))
    except UnicodeDecodeError:
        problems.append(document.problem((), "the file is not UTF-8 text"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        said = " ".join(str(part) for part in (error.context, error.problem) if part)
        problems.append(Problem(path.name, line, "", f"this is not readable as YAML: {said}"))
    except YAMLError as error:
        problems.append(document.problem((), f"this is not readable as YAML: {error}"))
    else:
        reading = _Reading()
        data = reading.value(node, ()) if node is not None else None
        document = Document(path.name, data, reading.lines)
        problems += [document.problem(*fault) for fault in reading.faults]
        if data is None and not reading.faults:
            problems.append(Problem(path.name, 0, "", "the file is empty"))
    return document


class _Reading:
    """Turns nodes into values; `faults` are (place, message, line)."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.faults: list[tuple[Place, str, int]] = []
        self._seen: set[int] = set()

    def value(self, node: Node, place: Place) -> Any:
        line = self.lines.setdefault(place, node.start_mark.line + 1)
        seen = id(node) in self._seen
        self._seen.add(id(node))
        if seen:
            message = "anchors and aliases (& and *) are not used in a pack"
        elif isinstance(node, MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, place)
        elif isinstance(node, SequenceNode) and node.tag == f"{_TAG}seq":
            return tuple(self.value(item, (*place, i)) for i, item in enumerate(node.value))
        elif isinstance(node, ScalarNode) and node.tag in _SCALARS:
            try:
                return _SCALARS[node.tag](node.value)
            except ValueError:
                message = f"{node.value} is not a number or a date that exists"
        else:
            message = f"the tag {node.tag} is not used in a pack"
        self.faults.append((place, message, line))
        return None

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, item in node.value:
            name = key.value if isinstance(key, ScalarNode) else "?"
            line = key.start_mark.line + 1
            if name in result:
                self.faults.append(((*place, name), "is there twice", line))
                continue
            self.lines[(*place, name)] = line
            result[name] = self.value(item, (*place, name))
        return result


def _date(text: str) -> date | str:
    return date.fromisoformat(text) if _DATE.fullmatch(text) else text


_SCALARS: dict[str, Callable[[str], Any]] = {
    f"{_TAG}str": str,
    f"{_TAG}int": int,
    f"{_TAG}float": float,
    f"{_TAG}bool": lambda text: text.lower() == "true",
    f"{_TAG}null": lambda _: None,
    f"{_TAG}timestamp": _date,
}
