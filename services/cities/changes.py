"""What loading a pack changed, as facts and as plain English lines for the command line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`name` is dotted, such as `title.en`."""

    name: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.name}: {_shown(self.old)} → {_shown(self.new)}"


@dataclass(frozen=True, slots=True)
class Change:
    """`what` is city, consent, partner, venue, till, drive, reward or sight; `slug` names it.

    A withdrawn thing stays in the database and is out of use; a restored one is in use again.
    """

    verb: Literal["added", "changed", "restored", "withdrawn"]
    what: str
    slug: str
    fields: tuple[FieldChange, ...] = ()

    def __str__(self) -> str:
        line = f"{self.what} {self.slug}: {self.verb}"
        return f"{line} ({'; '.join(str(field) for field in self.fields)})" if self.fields else line


def describe(changes: Sequence[Change]) -> list[str]:
    """One line a change; a single line saying so when there was none."""
    return [str(change) for change in changes] or ["Nothing changed: all is as in the pack."]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The fields of `new` that are not so in `old`, down to the single text or number."""
    return tuple(
        change for name, value in new.items() for change in _between(name, old[name], value)
    )


def _between(name: str, old: Any, new: Any) -> Iterator[FieldChange]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from _between(f"{name}.{key}", old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True), start=1):
            yield from _between(f"{name}.{index}", before, after)
    else:
        yield FieldChange(name, old, new)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str) and " " in value:
        return f"“{value}”"
    return str(value)
