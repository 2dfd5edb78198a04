"""From the command to the first answer, and memory at rest.

    python -m benchmarks.start [--rounds 3]

The second start counts: the first makes the database and loads the city.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import psutil

from benchmarks.table import table
from benchmarks.updates import free_port

_IMAGE_LIBRARIES = ("cv2", "PIL", "zxingcpp", "libzbar")


def start(folder: str) -> tuple[float, float, list[str]]:
    """Seconds to the first page, MiB at rest two seconds later, image libraries mapped."""
    port = free_port()
    environment = {**os.environ, "DATA_DIR": folder, "WEB_PORT": str(port), "BOT_TOKEN": ""}
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "bot.cli", "run"], env=environment)
    try:
        _first_answer(f"http://127.0.0.1:{port}/")
        seconds = time.perf_counter() - began
        time.sleep(2)
        process = psutil.Process(child.pid)
        mapped = " ".join(part.path for part in process.memory_maps())
        loaded = [name for name in _IMAGE_LIBRARIES if name in mapped]
        return seconds, process.memory_info().rss / 2**20, loaded
    finally:
        child.terminate()
        child.wait(timeout=30)


def _first_answer(url: str) -> None:
    for _ in range(1200):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise TimeoutError("no answer within a minute")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        first = start(folder)
        later = [start(folder) for _ in range(chosen.rounds)]
    best = min(later)
    print(
        table(
            ("start", "seconds to the first answer", "MiB at rest", "image libraries loaded"),
            [
                (name, f"{found[0]:.1f}", f"{found[1]:.0f}", ", ".join(found[2]) or "none")
                for name, found in (("first", first), (f"later, best of {chosen.rounds}", best))
            ],
        )
    )


if __name__ == "__main__":
    main()
