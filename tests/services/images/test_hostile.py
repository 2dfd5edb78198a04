"""Whatever is sent, the guest gets a sentence, and the worker keeps its time and its memory."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from services.images.contract import ImageFault
from services.images.workers import ImageWorkers
from tests.services.images.hostile import HOSTILE, jpeg, noise
from tests.services.images.pictures import RECEIPT, code_image, encoded

GROWTH_MB = 200
LINUX = sys.platform == "linux"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers() -> AsyncIterator[ImageWorkers]:
    """One worker for all files. Time is not what is tested: other processes are at work."""
    workers = ImageWorkers(seconds=120, cpu_seconds=60)
    yield workers
    await workers.close()


def worker() -> psutil.Process:
    for child in psutil.Process().children():
        if {"services.images.worker", "read"} <= set(child.cmdline()):
            return child
    raise psutil.NoSuchProcess(0)


def counted_anew_mb(process: psutil.Process) -> float:
    """The memory it takes now, from which on its peak is counted."""
    if LINUX:
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    return process.memory_info().rss / 2**20


def peak_mb(process: psutil.Process) -> float:
    if not LINUX:
        return process.memory_info().rss / 2**20
    status = Path(f"/proc/{process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_has_its_problem_and_costs_little_memory(
    workers: ImageWorkers, name: str
) -> None:
    make, problem = HOSTILE[name]
    assert (await workers.read_codes(encoded(code_image()))).codes[0].text == RECEIPT
    child = worker()
    before = counted_anew_mb(child)
    result = await workers.read_codes(make())
    assert (result.problem, result.codes) == (problem, ())
    assert worker() == child
    assert peak_mb(child) - before < GROWTH_MB


async def test_a_picture_that_takes_too_much_work_ends_its_worker() -> None:
    workers = ImageWorkers(seconds=120, cpu_seconds=0.03)
    with pytest.raises(ImageFault) as caught:
        await workers.read_codes(jpeg(noise()))
    assert (caught.value.reason, caught.value.detail) == ("timeout", "SIGPROF")
    small = encoded(code_image(scale=2))
    assert (await workers.read_codes(small)).codes[0].text == RECEIPT
    await workers.close()
