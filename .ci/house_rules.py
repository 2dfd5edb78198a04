"""The house rules that the linter does not know, one small function each.

Run as a program it reads the repository it stands in, prints `file:line: rule` for every breach
and ends with status 1 when there was one.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

FLOORS = ("bot", "handlers", "services")

_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_FOREIGN_TO_SERVICES = (
    "aiogram",
    "aiohttp.web",
    "fastapi",
    "flask",
    "http.server",
    "starlette",
    "uvicorn",
    "bot",
    "handlers",
)
_CLOCKS = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "sqlalchemy.func.current_timestamp",
    "sqlalchemy.func.now",
    "time.gmtime",
    "time.localtime",
    "time.time",
    "time.time_ns",
}
_TASK_MAKERS = {"create_task", "ensure_future"}
_BROAD = {"Exception", "BaseException"}


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the top of the repository, and its text."""

    path: PurePosixPath
    text: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the file's syntax tree."""
        return list(ast.walk(ast.parse(self.text, filename=str(self.path))))

    @cached_property
    def imports(self) -> list[tuple[str, str, int]]:
        """The name each import binds here, what it stands for in full, and the line."""
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name
                    found.append((bound, alias.name, node.lineno))
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    found.append((alias.asname or alias.name, full, node.lineno))
        return found

    @cached_property
    def _meanings(self) -> dict[str, str]:
        return {bound: full for bound, full, _ in self.imports}

    def full_name(self, node: ast.AST) -> str | None:
        """What an expression such as `dt.datetime.now` names, its imports resolved."""
        dotted = _dotted(node)
        if dotted is None:
            return None
        first, _, rest = dotted.partition(".")
        # `import a.b` binds `a`, and `a.b.c` is already the full name.
        meaning = self._meanings.get(first, first if self._binds_parent(first) else None)
        return None if meaning is None else ".".join(filter(None, (meaning, rest)))

    def _binds_parent(self, name: str) -> bool:
        return any(bound.startswith(f"{name}.") for bound in self._meanings)


def _dotted(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return None


@dataclass(frozen=True)
class Rule:
    """A sentence, the floors it holds on, the files it spares, and how to find its breaches."""

    sentence: str
    floors: tuple[str, ...]
    find: Callable[[Source], Iterable[int]]
    spared: tuple[str, ...] = ()

    def holds_in(self, path: PurePosixPath) -> bool:
        """Whether the rule binds the file at `path`."""
        return path.parts[0] in self.floors and str(path) not in self.spared


def foreign_imports(source: Source) -> Iterator[int]:
    """Lines that import a chat library, an HTTP server or a higher floor."""
    for _, full, line in source.imports:
        if any(full == name or full.startswith(f"{name}.") for name in _FOREIGN_TO_SERVICES):
            yield line


def cyrillic_text(source: Source) -> Iterator[int]:
    """Lines with a Cyrillic letter, and literals that spell one by escapes."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if _CYRILLIC.search(line):
            yield number
    for node in source.nodes:
        if isinstance(node, ast.Constant) and _CYRILLIC.search(str(node.value)):
            yield node.lineno


def clock_readings(source: Source) -> Iterator[int]:
    """Lines that read the wall clock or hand its reader on, also as `func.now()` in SQL."""
    for node in source.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and source.full_name(node) in _CLOCKS:
            yield node.lineno


def detached_tasks(source: Source) -> Iterator[int]:
    """Lines that start a task, on whatever object."""
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in _TASK_MAKERS:
            yield node.lineno
    for _, full, line in source.imports:
        if full.removeprefix("asyncio.") in _TASK_MAKERS:
            yield line


def transaction_ends(source: Source) -> Iterator[int]:
    """Lines that call `commit` or `rollback`."""
    for node in source.nodes:
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in {"commit", "rollback"}:
            yield called.lineno


def swallowed_errors(source: Source) -> Iterator[int]:
    """Lines that catch every exception and do nothing about it."""
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and all(map(_does_nothing, node.body)):
            caught = [node.type]
        elif isinstance(node, ast.Call) and source.full_name(node.func) == "contextlib.suppress":
            caught = [*node.args]
        else:
            continue
        if any(map(_is_broad, caught)):
            yield node.lineno


def hidden_texts(source: Source) -> Iterator[int]:
    """Lines with a text to be translated inside an f-string, where no catalogue finds it."""
    for node in source.nodes:
        if isinstance(node, ast.JoinedStr):
            for inner in ast.walk(node):
                if (
                    isinstance(inner, ast.Call)
                    and isinstance(inner.func, ast.Name)
                    and inner.func.id in {"_", "_n", "N_"}
                    and inner.args
                    and isinstance(inner.args[0], ast.Constant)
                ):
                    yield node.lineno


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(_is_broad(part) for part in caught.elts)
    return isinstance(caught, ast.Name) and caught.id in _BROAD


def _does_nothing(statement: ast.stmt) -> bool:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_text or isinstance(statement, ast.Pass | ast.Continue)


RULES = (
    Rule(
        "services know no chat, no HTTP server and no higher floor", ("services",), foreign_imports
    ),
    Rule(
        "handlers are written in English; texts are translated by catalogues",
        ("handlers",),
        cyrillic_text,
    ),
    Rule(
        "a text inside an f-string is in no catalogue; give it a name first",
        ("bot", "handlers"),
        hidden_texts,
    ),
    Rule(
        "time is an argument; only services/clock.py reads it",
        (*FLOORS, "migrations"),
        clock_readings,
        spared=("services/clock.py",),
    ),
    Rule(
        "background work has one owner, bot/background.py",
        FLOORS,
        detached_tasks,
        spared=("bot/background.py",),
    ),
    Rule(
        "services never end a transaction; their caller does",
        ("services",),
        transaction_ends,
        spared=("services/database.py", "services/sqlite.py"),
    ),
    Rule("no error is swallowed", (*FLOORS, "migrations"), swallowed_errors),
)


def breaches(source: Source) -> list[str]:
    """Each breach in a file as `path:line: sentence`, by rule and line."""
    return [
        f"{source.path}:{line}: {rule.sentence}"
        for rule in RULES
        if rule.holds_in(source.path)
        for line in sorted(set(rule.find(source)))
    ]


def sources(root: Path) -> Iterator[Source]:
    """The Python files the rules speak of, in order of their paths."""
    for floor in (*FLOORS, "migrations"):
        for path in sorted((root / floor).rglob("*.py")):
            relative = PurePosixPath(path.relative_to(root).as_posix())
            yield Source(relative, path.read_text(encoding="utf-8"))


def main() -> int:
    """Check the repository this file belongs to."""
    found = [line for source in sources(Path(__file__).parents[1]) for line in breaches(source)]
    print("\n".join(found) or "every house rule is kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
