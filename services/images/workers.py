"""Reading and drawing pictures in processes of their own, so that a bad picture ends only them.

The main process loads none of the image libraries: it stays small, and whatever they do with a
stranger's bytes happens behind limits of time and memory, without the settings and the tokens
of the environment.
"""

import asyncio
import json
import math
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import services
from services.images.contract import MAX_BYTES, Code, ImageFault, Reading

_STARTING = 60.0
_LONGEST_LINE = 4 * 1024 * 1024
_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "HOME", "TMPDIR", "SYSTEMROOT")


class ImageWorkers:
    """Up to `processes` workers, each begun when it is first needed.

    A call waits for a free worker, then has `seconds`; one worker may hold `memory_mb` of data.
    A call that fails raises ImageFault and costs at most its worker, never the next call.
    Cancelling a call ends its worker too.
    """

    def __init__(self, *, processes: int = 1, seconds: float = 8.0, memory_mb: int = 700) -> None:
        self._workers = [_Worker(seconds, memory_mb) for _ in range(processes)]
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for worker in reversed(self._workers):
            self._idle.put_nowait(worker)
        self._closed = False

    async def read_codes(self, data: bytes) -> Reading:
        """The codes in a picture: see `services.images.reading.read_codes`."""
        if len(data) > MAX_BYTES:
            return Reading((), 0.0, "too_large")
        head, _ = await self._ask({"do": "read"}, data)
        return _reading(head["reading"])

    async def draw(self, kind: str, facts: Mapping[str, Any]) -> bytes:
        """A PNG: see `services.images.drawing.draw` for the kinds and their facts (JSON)."""
        body = json.dumps(dict(facts), ensure_ascii=True).encode()
        _, picture = await self._ask({"do": "draw", "kind": kind}, body)
        return picture

    async def close(self) -> None:
        """End the workers. Calls under way and later ones raise ImageFault("closed")."""
        self._closed = True
        for worker in self._workers:
            await worker.end()

    async def _ask(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        worker = await self._idle.get()
        try:
            if not self._closed:
                return await worker.ask(head, body)
        except ImageFault:
            if not self._closed:
                raise
        finally:
            self._idle.put_nowait(worker)
        raise ImageFault("closed")


class _Worker:
    """A process that is begun on demand and replaced when it ended or went out of step."""

    def __init__(self, seconds: float, memory_mb: int) -> None:
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._process: Process | None = None

    async def ask(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        answered = False
        try:
            process = await self._running()
            async with asyncio.timeout(self._seconds):
                answer, blob = await _exchange(process, head, body)
            answered = answer.get("reason") != "memory"
        except TimeoutError:
            raise ImageFault("timeout") from None
        except (OSError, EOFError, ValueError) as error:
            raise ImageFault("died", await self._end_of(error)) from error
        finally:
            if not answered:
                await self.end()
        if "reason" in answer:
            raise ImageFault(answer["reason"], answer.get("detail", ""))
        return answer, blob

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def _running(self) -> Process:
        process = self._process
        if process is not None and (process.returncode is not None or _at_end(process)):
            await self.end()
        if self._process is None:
            self._process = await self._begin()
            async with asyncio.timeout(_STARTING):
                await _read(self._process)
        return self._process

    async def _begin(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "services.images.worker",
            str(self._memory_mb),
            str(math.ceil(self._seconds) + 2),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_environment(),
            limit=_LONGEST_LINE,
        )

    async def _end_of(self, error: Exception) -> str:
        """How the process ended, for the log."""
        if self._process is None:
            return type(error).__name__
        try:
            async with asyncio.timeout(1):
                code = await self._process.wait()
        except TimeoutError:
            return type(error).__name__
        return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _environment() -> dict[str, str]:
    """No secrets; the same modules as ours; one thread in the numeric libraries."""
    root = str(Path(services.__file__).parent.parent)
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "PYTHONPATH": os.pathsep.join([root, *(path for path in sys.path if path)]),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


async def _exchange(
    process: Process, head: dict[str, Any], body: bytes
) -> tuple[dict[str, Any], bytes]:
    assert process.stdin is not None
    process.stdin.write(json.dumps({**head, "length": len(body)}).encode() + b"\n")
    process.stdin.write(body)
    await process.stdin.drain()
    return await _read(process)


async def _read(process: Process) -> tuple[dict[str, Any], bytes]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    head: dict[str, Any] = json.loads(line)
    return head, await process.stdout.readexactly(head["length"])


def _at_end(process: Process) -> bool:
    return process.stdout is None or process.stdout.at_eof()


def _reading(facts: dict[str, Any]) -> Reading:
    codes = tuple(
        Code(
            text=code["text"],
            symbology=code["symbology"],
            engine=code["engine"],
            corners=tuple((x, y) for x, y in code["corners"]),
        )
        for code in facts["codes"]
    )
    return Reading(codes, facts["ms"], facts["problem"], facts["hint"])
