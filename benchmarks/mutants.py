"""Breaks the rules of stages and of report states one at a time, and counts which tests notice.

    python -m benchmarks.mutants [--show] [MODULE…]

Each mutant is one change of one module, run in a process of its own against the tests that need no
database. `--show` names the survivors: what no test noticed.
"""

import argparse
import ast
import importlib
import importlib.abc
import importlib.machinery
import inspect
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.table import table

# What the modules under test import, read once and not in every process. It must import none of
# the modules that are broken.
PRELOADED = ("services.cities", "services.civic.models", "services.tables", "services.errors")
TARGETS = {
    "services.projects.stages": (
        "tests.services.projects.test_stages",
        "tests.services.projects.test_legality",
    ),
    "services.projects.legality": ("tests.services.projects.test_legality",),
    "services.projects.matching": ("tests.services.projects.test_lists",),
    "services.reports.states": (
        "tests.services.reports.test_states",
        "tests.services.reports.test_state_groups",
    ),
}
_SECONDS = 30

_COMPARED = {
    ast.GtE: ast.Gt, ast.Gt: ast.GtE, ast.LtE: ast.Lt, ast.Lt: ast.LtE, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COUNTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult}


@dataclass(frozen=True)
class Mutant:
    """One change: the node's number in the tree, what is done to it, and how it is called."""

    line: int
    what: str
    node: int
    change: Callable[[Any], None]


def mutants(source: str) -> list[Mutant]:
    """Every change we know how to make in the source, but in annotations and decorators."""
    tree = ast.parse(source)
    enums, spared = _enums(tree), _spared(tree)
    found = []
    for number, node in enumerate(ast.walk(tree)):
        if node in spared:
            continue
        for what, change in _changes(node, enums):
            found.append(Mutant(getattr(node, "lineno", 0), what, number, change))
    return found


def _spared(tree: ast.Module) -> set[ast.AST]:
    """Annotations and decorators, which say nothing of what the rules do."""
    found: list[ast.AST | None] = []
    for node in ast.walk(tree):
        found += [getattr(node, "annotation", None), getattr(node, "returns", None)]
        found += getattr(node, "decorator_list", [])
    return {inner for each in found if each is not None for inner in ast.walk(each)}


def _enums(tree: ast.Module) -> dict[str, list[str]]:
    """The members of every enumeration of the module."""
    return {
        each.name: [
            target.id
            for line in each.body
            if isinstance(line, ast.Assign)
            for target in line.targets
            if isinstance(target, ast.Name)
        ]
        for each in tree.body
        if isinstance(each, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "StrEnum" for base in each.bases)
    }


Change = tuple[str, Callable[[Any], None]]


def _changes(node: ast.AST, enums: dict[str, list[str]]) -> Iterator[Change]:
    yield from _of_operators(node)
    yield from _of_values(node, enums)
    if isinstance(node, ast.If | ast.IfExp):
        yield "condition turned", _turn
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        for place in range(len(node.elts)):
            yield f"entry {place + 1} dropped", _drop("elts", place)
    if isinstance(node, ast.Call):
        for place, keyword in enumerate(node.keywords):
            yield f"{keyword.arg}= dropped", _drop("keywords", place)


def _of_operators(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            other = _COMPARED[type(op)]
            yield f"{type(op).__name__} → {other.__name__}", _set("ops", lambda: [other()])
        case ast.BinOp(op=op) if type(op) in _COUNTED:
            counted = _COUNTED[type(op)]
            yield f"{type(op).__name__} → {counted.__name__}", _set("op", counted)
        case ast.BoolOp(op=ast.And()):
            yield "and → or", _set("op", ast.Or)
        case ast.BoolOp(op=ast.Or()):
            yield "or → and", _set("op", ast.And)


def _of_values(node: ast.AST, enums: dict[str, list[str]]) -> Iterator[Change]:
    match node:
        case ast.Constant(value=bool() as value):
            yield f"{value} → {not value}", _set("value", lambda: not value)
        case ast.Constant(value=int() as value):
            yield f"{value} → {value + 1}", _set("value", lambda: value + 1)
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in enums.get(name, ()):
            members = enums[name]
            another = members[(members.index(attr) + 1) % len(members)]
            if another != attr:
                yield f"{name}.{attr} → {another}", _set("attr", lambda: another)


def _set(field: str, value: Callable[[], Any]) -> Callable[[Any], None]:
    return lambda node: setattr(node, field, value())


def _drop(field: str, place: int) -> Callable[[Any], None]:
    return lambda node: getattr(node, field).pop(place)


def _turn(node: Any) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


class _Broken(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the broken module to whoever imports it."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self._name, self._path, self._tree = name, path, tree

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self._name:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin=str(self._path))

    def create_module(self, spec: Any) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, str(self._path), "exec"), module.__dict__)


def run_tests(names: Sequence[str]) -> None:
    """Every test of the modules that needs nothing but its parameters; raises what fails."""
    for name in names:
        module = importlib.import_module(name)
        for test in vars(module).values():
            if getattr(test, "__name__", "").startswith("test_"):
                for arguments in _cases(test):
                    test(**arguments)


def _cases(test: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    tables = []
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            names = mark.args[0]
            keys = [names] if isinstance(names, str) and "," not in names else names
            keys = [key.strip() for key in keys.split(",")] if isinstance(keys, str) else list(keys)
            tables.append([_bound(keys, row) for row in mark.args[1]])
    for rows in itertools.product(*tables):
        case = {key: value for row in rows for key, value in row.items()}
        if set(case) == set(inspect.signature(test).parameters) and not inspect.iscoroutinefunction(
            test
        ):
            yield case


def _bound(keys: Sequence[str], row: Any) -> dict[str, Any]:
    values = getattr(row, "values", row) if type(row).__name__ == "ParameterSet" else row
    return dict(zip(keys, [values] if len(keys) == 1 else values, strict=True))


def survives(module: str, path: Path, source: str, mutant: Mutant | None) -> bool:
    """Whether the tests pass with the mutant in place; None: with the module as it is."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    signal.alarm(_SECONDS)
    try:
        tree = ast.parse(source)
        if mutant is not None:
            mutant.change(list(ast.walk(tree))[mutant.node])
            ast.fix_missing_locations(tree)
        sys.meta_path.insert(0, _Broken(module, path, tree))
        run_tests(TARGETS[module])
    except BaseException as error:
        if mutant is None:
            print(f"{module}: {error!r}", flush=True)
        os._exit(1)
    os._exit(0)


def main() -> int:
    """Break what was asked for; the exit status is 1 when tests fail without a mutant."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--show", action="store_true", help="name every survivor")
    parser.add_argument("modules", nargs="*", default=list(TARGETS), metavar="MODULE")
    options = parser.parse_args()
    assert pytest.raises
    for name in PRELOADED:
        importlib.import_module(name)
    rows, survivors = [], []
    for module in options.modules:
        assert module not in sys.modules, f"{module} is loaded before it can be broken"
        path = Path(*module.split(".")).with_suffix(".py")
        source = path.read_text(encoding="utf-8")
        if not survives(module, path, source, None):
            return 1
        start = time.perf_counter()
        made = mutants(source)
        alive = [each for each in made if survives(module, path, source, each)]
        survivors += [f"{path}:{each.line}: {each.what}" for each in alive]
        killed = len(made) - len(alive)
        rows.append(
            (module, str(len(made)), str(killed), f"{killed / len(made):.1%}",
             f"{time.perf_counter() - start:.0f}")
        )  # fmt: skip
    print(table(("module", "mutants", "killed", "rate", "seconds"), rows))
    if options.show:
        print("\n" + "\n".join(survivors))
    return 0


if __name__ == "__main__":
    sys.exit(main())
