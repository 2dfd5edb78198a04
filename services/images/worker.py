"""One worker process: reads requests from its standard input, answers on its standard output.

Started by `services.images.workers` as `python -m services.images.worker MEGABYTES SECONDS`.
A message is a line of JSON, which names the length of the bytes that follow it. Nothing is ever
unpickled, so a process taken over by a hostile picture can only give a wrong answer.
"""

import json
import os
import signal
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

try:
    import resource
except ImportError:  # Not on Windows: there the limits are absent.
    resource = None  # type: ignore[assignment]


def main() -> None:
    """Serve until the input ends; leave at once when the memory limit was hit."""
    megabytes, seconds = int(sys.argv[1]), int(sys.argv[2])
    answers = _private_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for our parent
    _limit(megabytes)
    _load()
    _write(answers, {"ready": True})
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        body = sys.stdin.buffer.read(request["length"])
        if hasattr(signal, "alarm"):
            signal.alarm(seconds)  # outlives a parent that died before it could end us
        head, blob = _answer(request, body)
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        _write(answers, head, blob)
        if head.get("reason") == "memory":
            return


def _private_output() -> BinaryIO:
    """Keep the answers to ourselves: native libraries print to the standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _limit(megabytes: int) -> None:
    if resource is not None:
        size = megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _load() -> None:
    """Import everything slow before the first request's clock starts."""
    import cv2  # noqa: PLC0415

    import services.images.drawing  # noqa: PLC0415
    import services.images.reading  # noqa: F401, PLC0415

    cv2.setNumThreads(1)


def _answer(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    from services.images.drawing import draw  # noqa: PLC0415
    from services.images.reading import read_codes  # noqa: PLC0415

    try:
        if request["do"] == "read":
            return {"reading": asdict(read_codes(body))}, b""
        return {}, draw(request["kind"], json.loads(body))
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
