"""Each house rule lets a good snippet pass and names the line of a bad one."""

from pathlib import Path, PurePosixPath

import pytest

import house_rules

SERVICES_ALONE = "services know no chat, no HTTP server and no higher floor"
ENGLISH = "handlers are written in English; texts are translated by catalogues"
HIDDEN = "a text inside an f-string is in no catalogue; give it a name first"
CLOCK = "time is an argument; only services/clock.py reads it"
TASKS = "background work has one owner, bot/background.py"
TRANSACTIONS = "services never end a transaction; their caller does"
SWALLOWED = "no error is swallowed"


def breaches(path: str, text: str) -> list[str]:
    return house_rules.breaches(house_rules.Source(PurePosixPath(path), text))


@pytest.mark.parametrize(
    "line",
    [
        "import aiogram",
        "import aiogram.types as types",
        "from aiogram.types import Message",
        "import aiohttp.web",
        "from aiohttp import web",
        "from http.server import HTTPServer",
        "from handlers.screen import Screen",
        "import bot.settings",
    ],
)
def test_services_do_not_import_chats_servers_or_higher_floors(line: str) -> None:
    assert breaches("services/ledger/x.py", f"import json\n{line}\n") == [
        f"services/ledger/x.py:2: {SERVICES_ALONE}"
    ]
    assert breaches("bot/x.py", f"import json\n{line}\n") == []


@pytest.mark.parametrize("line", ["import aiohttp", "import http", "from services import bottles"])
def test_services_import_what_is_not_forbidden(line: str) -> None:
    assert breaches("services/x.py", line) == []


@pytest.mark.parametrize(
    "line",
    ["label = 'Получить'", "label = '\\u041f'", "# пояснение", "def f(): '''Экран.'''"],
)
def test_handlers_hold_no_cyrillic(line: str) -> None:
    assert breaches("handlers/chat/x.py", f"import json\n{line}\n") == [
        f"handlers/chat/x.py:2: {ENGLISH}"
    ]
    assert breaches("services/x.py", f"import json\n{line}\n") == []


@pytest.mark.parametrize("line", ["x = f'{_(\"not public\")}'", 'x = f\'{_n("{n}", "{n}s", 1)}!\''])
def test_texts_are_where_the_catalogues_find_them(line: str) -> None:
    assert breaches("handlers/chat/x.py", f"import json\n{line}\n") == [
        f"handlers/chat/x.py:2: {HIDDEN}"
    ]
    assert breaches("handlers/chat/x.py", "x = f'{_(words[1])} {said}'") == []


def test_handlers_hold_other_signs() -> None:
    assert breaches("handlers/x.py", "label = _('Take it · 20 ₽ — été')\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\ndatetime.now(UTC)",
        "import datetime as dt\ndt.datetime.utcnow()",
        "from datetime import date as day\nday.today()",
        "import time\ntime.time()",
        "from time import time as seconds\nseconds()",
        "from datetime import datetime\nfield(default_factory=datetime.now)",
        "from sqlalchemy import func\nselect(func.now())",
        "import sqlalchemy as sa\nsa.func.now()",
    ],
)
def test_only_the_clock_reads_the_time(text: str) -> None:
    assert breaches("handlers/x.py", text) == [f"handlers/x.py:2: {CLOCK}"]
    assert breaches("services/clock.py", text) == []
    assert breaches("tests/x.py", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.monotonic() + time.perf_counter()",
        "from services.clock import Clock\ndef f(clock: Clock): return clock.now()",
        "from datetime import datetime\ndatetime.fromisoformat(text)",
        "now = today = time = 1\nnow + time",
    ],
)
def test_measuring_and_asking_the_clock_are_free(text: str) -> None:
    assert breaches("bot/x.py", text) == []


@pytest.mark.parametrize(
    "line",
    [
        "asyncio.create_task(work())",
        "asyncio.get_running_loop().create_task(work())",
        "group.create_task(work())",
        "from asyncio import create_task",
        "from asyncio import ensure_future as later",
    ],
)
def test_tasks_start_in_one_place(line: str) -> None:
    assert breaches("bot/channels/x.py", f"import asyncio\n{line}") == [
        f"bot/channels/x.py:2: {TASKS}"
    ]
    assert breaches("bot/background.py", f"import asyncio\n{line}") == []


def test_waiting_for_several_things_is_free() -> None:
    assert breaches("bot/x.py", "import asyncio\nasyncio.gather(one(), two())") == []


@pytest.mark.parametrize("line", ["await tx.commit()", "await tx.rollback()"])
def test_services_do_not_end_transactions(line: str) -> None:
    text = f"async def f(tx):\n    {line}"
    assert breaches("services/x.py", text) == [f"services/x.py:2: {TRANSACTIONS}"]
    for spared in ("services/database.py", "services/sqlite.py", "bot/x.py"):
        assert breaches(spared, text) == []


def test_services_may_open_savepoints() -> None:
    assert breaches("services/x.py", "async def f(tx):\n    await tx.begin_nested()") == []


@pytest.mark.parametrize(
    "text",
    [
        "try: f()\nexcept Exception: pass",
        "try: f()\nexcept BaseException: ...",
        "try: f()\nexcept (ValueError, Exception): 'never mind'",
        "try: f()\nexcept: pass",
        "for x in y:\n  try: f()\n  except Exception as e: continue",
        "import contextlib\nwith contextlib.suppress(Exception): f()",
        "from contextlib import suppress\nwith suppress(Exception): f()",
    ],
)
def test_no_error_is_swallowed(text: str) -> None:
    line = 3 if text.startswith("for") else 2
    assert breaches("bot/x.py", text) == [f"bot/x.py:{line}: {SWALLOWED}"]


@pytest.mark.parametrize(
    "text",
    [
        "try: f()\nexcept KeyError: pass",
        "try: f()\nexcept Exception: log.exception('f failed')",
        "try: f()\nexcept Exception as error: raise Refusal from error",
        "from contextlib import suppress\nwith suppress(KeyError): f()",
    ],
)
def test_errors_may_be_expected_or_told(text: str) -> None:
    assert breaches("bot/x.py", text) == []


def test_a_line_is_named_once_for_each_rule() -> None:
    text = "import time\nasyncio.create_task(f(time.time(), time.time()))"
    assert breaches("services/x.py", text) == [
        f"services/x.py:2: {CLOCK}",
        f"services/x.py:2: {TASKS}",
    ]


def test_the_files_of_every_floor_are_read(tmp_path: Path) -> None:
    for name in (
        "services/a.py",
        "handlers/chat/b.py",
        "bot/c.py",
        "migrations/d.py",
        "tests/e.py",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("pass\n")
    assert [str(source.path) for source in house_rules.sources(tmp_path)] == [
        "bot/c.py",
        "handlers/chat/b.py",
        "services/a.py",
        "migrations/d.py",
    ]
