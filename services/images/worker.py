"""One worker process: reads requests from its standard input, answers on its standard output.

Started by `services.images.workers` as `python -m services.images.worker TRADE MEGABYTES SECONDS
NICENESS CPU_SECONDS`; the trade is `read` or `draw`. A message is a line of JSON, which names the
length of the bytes that follow it. Nothing is ever unpickled, so a process taken over by a hostile
picture can only give a wrong answer.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, BinaryIO

from services.images.contract import Unopenable

try:
    import resource
except ImportError:  # Not on Windows: there the limits are absent.
    resource = None  # type: ignore[assignment]

Answer = Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]


def main() -> None:
    """Serve until the input ends; leave at once when the memory limit was hit."""
    trade = sys.argv[1]
    megabytes, seconds, niceness = map(int, sys.argv[2:5])
    cpu_seconds = float(sys.argv[5])
    answers = _private_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for our parent
    _limit(megabytes, niceness)
    answer = _reader() if trade == "read" else _drawer()
    _write(answers, {"ready": True})
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        body = sys.stdin.buffer.read(request["length"])
        _allow(seconds, cpu_seconds)
        head, blob = _attempt(answer, request, body)
        _allow(0, 0)
        _write(answers, head, blob)
        if head.get("reason") == "memory":
            return


def _private_output() -> BinaryIO:
    """Keep the answers to ourselves: native libraries print to the standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _limit(megabytes: int, niceness: int) -> None:
    if hasattr(os, "nice"):
        os.nice(niceness)
    if resource is not None:
        size = megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: float, cpu_seconds: float) -> None:
    """End this process when it takes longer; zeros lift the limits.

    Native code cannot be interrupted, only ended. The processor's time is the honest measure on a
    busy machine; the other limit outlives a parent that died before it could end us.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)


def _reader() -> Answer:
    import cv2  # noqa: PLC0415 - not before the limits

    from services.images.keeping import keep  # noqa: PLC0415
    from services.images.reading import read_codes  # noqa: PLC0415
    from services.images.redacting import board, redact  # noqa: PLC0415
    from services.images.whereabouts import whereabouts  # noqa: PLC0415

    cv2.setNumThreads(1)
    changed = {"redact": redact, "board": board}

    def answer(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        head: dict[str, Any] = {"reading": None, "problem": None}
        if "read" in request["do"]:
            head["reading"] = asdict(read_codes(body))
        if "place" in request["do"]:
            head["place"] = whereabouts(body)
        try:
            if change := next((changed[what] for what in request["do"] if what in changed), None):
                return head, change(body, request["rectangles"])
            return head, keep(body) if "keep" in request["do"] else b""
        except Unopenable as error:
            return {**head, "problem": error.problem}, b""

    return answer


def _drawer() -> Answer:
    from services.images.drawing import draw  # noqa: PLC0415 - not before the limits

    return lambda request, body: ({}, draw(request["kind"], json.loads(body)))


def _attempt(answer: Answer, request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        return answer(request, body)
    except MemoryError:
        return {"reason": "memory"}, b""
    except Exception as error:  # Any failure is the answer; the words of it may be personal.
        return {"reason": "failed", "detail": _place(error)}, b""


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} in {where}"


def _write(answers: BinaryIO, head: dict[str, Any], blob: bytes = b"") -> None:
    answers.write(json.dumps({**head, "length": len(blob)}).encode() + b"\n" + blob)
    answers.flush()


if __name__ == "__main__":
    main()
