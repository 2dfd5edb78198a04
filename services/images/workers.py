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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import services
from services.images.contract import (
    MAX_BYTES,
    Code,
    ImageFault,
    Reading,
    Shares,
    Taken,
    Unopenable,
)
from services.images.line import Line, Room

_STARTING = 60.0
_LONGEST_LINE = 4 * 1024 * 1024
_OUT_OF_TIME = ("SIGALRM", "SIGPROF")
_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "HOME", "TMPDIR", "SYSTEMROOT")


class ImageWorkers:
    """Up to `processes` workers that read pictures and one that draws, each begun when needed.

    Who has cards to draw never waits for strangers' photos, and a process that a hostile picture
    has taken over never draws. Pictures to be read wait in a `Line`: members by turns. A call then
    has `seconds`, of which `cpu_seconds` of work; one worker may hold `memory_mb` of data, some
    70 of which are the libraries'. A call that fails raises ImageFault and costs at most its
    worker, never the next call. Cancelling a call leaves the line, or ends the worker at work.
    """

    def __init__(
        self,
        *,
        processes: int = 1,
        seconds: float = 8.0,
        cpu_seconds: float = 3.0,
        memory_mb: int = 300,
        room: Room | None = None,
    ) -> None:
        limits = _Limits(memory_mb, math.ceil(seconds) + 2, cpu_seconds)
        readers = [_Worker("read", seconds, limits, _READING) for _ in range(processes)]
        drawer = _Worker("draw", seconds, limits, _DRAWING)
        self._reading = Line(readers, room or Room())
        self._drawing = Line([drawer], Room(each=1000, everybody=1000))
        self._workers = [*readers, drawer]
        self._closed = False

    async def read_codes(self, data: bytes, *, of: int | None = None) -> Reading:
        """The codes in a picture of the member `of`: see `services.images.reading.read_codes`.

        Pictures of nobody in particular are served as those of one person. Raises
        ImageFault("busy") where too many wait already.
        """
        if len(data) > MAX_BYTES:
            return Reading((), 0.0, "too_large")
        head, _ = await self._ask(self._reading, of, {"do": ["read"]}, data)
        return _reading(head["reading"])

    async def read_and_keep(
        self, data: bytes, *, of: int | None = None
    ) -> tuple[Reading, bytes | None]:
        """The same, and what `keep` gives; None where the picture cannot be opened."""
        if len(data) > MAX_BYTES:
            return Reading((), 0.0, "too_large"), None
        head, kept = await self._ask(self._reading, of, {"do": ["read", "keep"]}, data)
        return _reading(head["reading"]), None if head["problem"] else kept

    async def keep(self, data: bytes, *, of: int | None = None) -> bytes:
        """The picture to be stored and shown: see `services.images.keeping.keep`.

        Raises Unopenable with the `Problem`, and ImageFault as reading does.
        """
        if len(data) > MAX_BYTES:
            raise Unopenable("too_large")
        head, kept = await self._ask(self._reading, of, {"do": ["keep"]}, data)
        if head["problem"]:
            raise Unopenable(head["problem"])
        return kept

    async def take(self, data: bytes, *, of: int | None = None) -> Taken:
        """The same, and where the camera says it was taken; raises as `keep` does."""
        if len(data) > MAX_BYTES:
            raise Unopenable("too_large")
        head, kept = await self._ask(self._reading, of, {"do": ["keep", "place"]}, data)
        if head["problem"]:
            raise Unopenable(head["problem"])
        place = head["place"]
        return Taken(kept, (place[0], place[1]) if place else None)

    async def redact(
        self, jpeg: bytes, rectangles: Sequence[Shares], *, of: int | None = None
    ) -> bytes:
        """A kept photo with rectangles black: see `services.images.redacting.redact`.

        It was a stranger's, so it is opened where strangers' photos are. Raises as `keep` does.
        """
        return await self._changed("redact", jpeg, rectangles, of)

    async def board(
        self, jpeg: bytes, rectangles: Sequence[Shares], *, of: int | None = None
    ) -> bytes:
        """The same under a board that names its cells: see `services.images.redacting.board`."""
        return await self._changed("board", jpeg, rectangles, of)

    async def _changed(
        self, how: str, jpeg: bytes, rectangles: Sequence[Shares], of: int | None
    ) -> bytes:
        request = {"do": [how], "rectangles": [list(each) for each in rectangles]}
        head, changed = await self._ask(self._reading, of, request, jpeg)
        if head["problem"]:
            raise Unopenable(head["problem"])
        return changed

    def of(self, member_id: int) -> "EyesOf":
        """The same for one member's pictures."""
        return EyesOf(self, member_id)

    async def draw(self, kind: str, facts: Mapping[str, Any]) -> bytes:
        """A PNG: see `services.images.drawing.draw` for the kinds and their facts (JSON)."""
        body = json.dumps(dict(facts), ensure_ascii=True).encode()
        _, picture = await self._ask(self._drawing, None, {"kind": kind}, body)
        return picture

    async def close(self) -> None:
        """End the workers. Calls under way and later ones raise ImageFault("closed")."""
        self._closed = True
        for worker in self._workers:
            await worker.end()

    async def _ask(
        self, line: "Line[_Worker]", of: int | None, head: dict[str, Any], body: bytes
    ) -> tuple[dict[str, Any], bytes]:
        if self._closed:
            raise ImageFault("closed")
        async with line.place(of, len(body)) as worker:
            try:
                if not self._closed:
                    return await worker.ask(head, body)
            except ImageFault:
                if not self._closed:
                    raise
        raise ImageFault("closed")


class EyesOf:
    """`ImageWorkers` for the pictures of one member, who waits in line as one person."""

    def __init__(self, workers: ImageWorkers, member_id: int) -> None:
        self._workers = workers
        self._member_id = member_id

    async def read_codes(self, data: bytes) -> Reading:
        """See `ImageWorkers.read_codes`."""
        return await self._workers.read_codes(data, of=self._member_id)

    async def read_and_keep(self, data: bytes) -> tuple[Reading, bytes | None]:
        """See `ImageWorkers.read_and_keep`."""
        return await self._workers.read_and_keep(data, of=self._member_id)

    async def take(self, data: bytes) -> Taken:
        """See `ImageWorkers.take`."""
        return await self._workers.take(data, of=self._member_id)

    async def redact(self, jpeg: bytes, rectangles: Sequence[Shares]) -> bytes:
        """See `ImageWorkers.redact`."""
        return await self._workers.redact(jpeg, rectangles, of=self._member_id)


@dataclass(frozen=True, slots=True)
class _Limits:
    """What a worker process holds itself to; `seconds` is more than its parent's patience."""

    memory_mb: int
    seconds: int
    cpu_seconds: float


# How far behind the event loop the system puts them; of the two somebody waits longer for a photo.
_READING = 10
_DRAWING = 5


class _Worker:
    """A process that is begun on demand and replaced when it ended or went out of step."""

    def __init__(self, trade: str, seconds: float, limits: _Limits, niceness: int) -> None:
        self._trade = trade
        self._seconds = seconds
        self._limits = limits
        self._niceness = niceness
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
            how = await self._end_of(error)
            if how in _OUT_OF_TIME:
                raise ImageFault("timeout", how) from error
            raise ImageFault("died", how) from error
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
            self._trade,
            str(self._limits.memory_mb),
            str(self._limits.seconds),
            str(self._niceness),
            str(self._limits.cpu_seconds),
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
