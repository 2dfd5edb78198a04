"""A PostgreSQL server of the tests' own, from the binaries of the machine.

It listens on a unix socket in its own data directory, so there is no port to collide on, and a
watching shell stops it and removes its files as soon as the process that started it is gone,
however that ended.
"""

import asyncio
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import asyncpg
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

Result = TypeVar("Result")

_USER = "guestcard"
_TEMPLATE = "guestcard_template"
_SOCKET_PATH_LIMIT = 90
_WATCH = """
data=$1; shift
"$@" </dev/null &
server=$!
read -r _
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$data"
"""
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "120",
    "deadlock_timeout": "200ms",
}


class UnavailableError(Exception):
    """This machine has no PostgreSQL server to start; the message is the line to show."""


def find_binaries() -> Path:
    """The directory with `initdb` and `postgres`; raises `UnavailableError`."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(installed, key=_version, reverse=True)
    folders += [Path("/usr/local/bin"), Path("/usr/local/pgsql/bin")]
    for folder in folders:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise UnavailableError("no PostgreSQL server is installed (initdb and postgres were not found)")


def _version(folder: Path) -> int:
    digits = re.match(r"\d+", folder.parent.name)
    return int(digits.group()) if digits else 0


class Server:
    """A running server with a template database; `create` clones it."""

    def __init__(self, metadata: MetaData) -> None:
        """Start the server and make `metadata`'s tables once; raises `UnavailableError`."""
        binaries = find_binaries()
        self._identity = _unprivileged()
        self._data = _private_directory(self._identity)
        self._last = 0
        self._copying = ""
        self._watcher: subprocess.Popen[bytes] | None = None
        try:
            self._initialise(binaries)
            self._start(binaries)
            run_apart(self._prepare(metadata))
        except BaseException:
            self.stop()
            raise

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of a database of this server."""
        return f"postgresql+asyncpg://{_USER}@/{name}?host={quote(str(self._data), safe='')}"

    async def create(self) -> str:
        """A new database with every table, empty; returns its name."""
        self._last += 1
        name = f"guestcard_{self._last}"
        await self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{_TEMPLATE}" {self._copying}')
        return name

    async def drop(self, name: str) -> None:
        """Remove a database made by `create`, whoever is still connected to it."""
        await self._admin(f'DROP DATABASE "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Stop the server and remove its files; safe to call twice."""
        if self._watcher is not None:
            self._watcher.communicate(b"stop\n", timeout=30)
            self._watcher = None
        shutil.rmtree(self._data, ignore_errors=True)

    def _initialise(self, binaries: Path) -> None:
        command = [str(binaries / "initdb"), "-D", str(self._data), "-U", _USER, "--auth=trust"]
        result = subprocess.run(
            [*command, "--no-sync", "--locale=C", "--encoding=UTF8"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **self._identity,
        )
        if result.returncode:
            raise UnavailableError(f"initdb failed: {result.stderr.strip().splitlines()[-1:]}")

    def _start(self, binaries: Path) -> None:
        options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
        server = [str(binaries / "postgres"), "-D", str(self._data), "-k", str(self._data)]
        log = (self._data / "server.log").open("wb")
        with log:
            self._watcher = subprocess.Popen(
                ["/bin/sh", "-c", _WATCH, "sh", str(self._data), *server, *options],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                **self._identity,
            )

    async def _prepare(self, metadata: MetaData) -> None:
        for attempt in range(300):
            try:
                await self._admin("SELECT 1")
                break
            except (OSError, asyncpg.CannotConnectNowError):
                if attempt == 299:
                    log = (self._data / "server.log").read_text(errors="replace")
                    raise UnavailableError(f"PostgreSQL did not start: {log[-500:]}") from None
                await asyncio.sleep(0.1)
        if await self._version() >= 150_000:
            # A third of the time that writing each page into the log takes.
            self._copying = "STRATEGY FILE_COPY"
        await self._admin(f'CREATE DATABASE "{_TEMPLATE}"')
        engine = create_async_engine(self.url(_TEMPLATE))
        try:
            async with engine.begin() as tx:
                await tx.run_sync(metadata.create_all)
        finally:
            await engine.dispose()

    async def _version(self) -> int:
        return int(await self._admin("SHOW server_version_num"))

    async def _admin(self, sql: str) -> Any:
        connection = await asyncpg.connect(
            host=str(self._data), user=_USER, database="postgres", ssl=False
        )
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()


def run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end on a loop of its own thread, whatever loops the caller has."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(asyncio.run, work).result()


def _unprivileged() -> dict[str, Any]:
    """Arguments for `subprocess` that leave root, as which PostgreSQL refuses to run."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise UnavailableError("PostgreSQL does not run as root, and there is no user nobody")


def _private_directory(identity: dict[str, Any]) -> Path:
    base = tempfile.gettempdir()
    path = Path(tempfile.mkdtemp(prefix="pg", dir=base if len(base) < _SOCKET_PATH_LIMIT else None))
    if identity:
        os.chown(path, identity["user"], identity["group"])
    return path
