"""The workers answer, survive what happens to them, and keep the libraries out of our process."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import psutil
import pytest

from services.images.contract import MAX_BYTES, ImageFault, Unopenable
from services.images.drawing import draw
from services.images.keeping import keep
from services.images.workers import ImageWorkers
from tests.services.images.pictures import CARD, FACTS, RECEIPT, code_image, encoded, png_bomb

PHOTO = encoded(code_image())
LARGE = encoded(code_image().convert("RGBA").resize((4890, 4890)), compress_level=1)


@pytest.fixture
async def workers() -> AsyncIterator[ImageWorkers]:
    workers = ImageWorkers(seconds=120, cpu_seconds=60)  # a busy machine is not what is tested
    yield workers
    await workers.close()


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if "services.images.worker" in " ".join(child.cmdline())
    ]


async def test_reads(workers: ImageWorkers) -> None:
    assert children() == []
    result = await workers.read_codes(PHOTO)
    assert result.problem is None
    (code,) = result.codes
    assert (code.text, code.engine) == (RECEIPT, "zxing-cpp/whole")
    assert code.corners[0] == (20, 20)
    assert len(children()) == 1


async def test_draws_the_same_bytes(workers: ImageWorkers) -> None:
    for kind, facts in FACTS.items():
        assert await workers.draw(kind, facts) == draw(kind, facts)


async def test_harmful_pictures_are_answers_not_faults(workers: ImageWorkers) -> None:
    await workers.read_codes(PHOTO)
    (before,) = children()
    assert (await workers.read_codes(b"%PDF-1.7")).problem == "pdf"
    assert (await workers.read_codes(b"")).problem == "not_an_image"
    assert (await workers.read_codes(png_bomb())).problem == "too_large"
    assert (await workers.read_codes(bytes(MAX_BYTES + 1))).problem == "too_large"
    assert children() == [before]


async def test_killed_while_idle_is_not_noticed(workers: ImageWorkers) -> None:
    await workers.read_codes(PHOTO)
    (child,) = children()
    child.send_signal(signal.SIGKILL)
    while psutil.pid_exists(child.pid):  # noqa: ASYNC110 - waiting would reap it from the loop
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert (await workers.read_codes(PHOTO)).codes[0].text == RECEIPT


async def test_killed_at_work(workers: ImageWorkers) -> None:
    await workers.read_codes(PHOTO)
    (child,) = children()
    child.suspend()
    call = asyncio.ensure_future(workers.read_codes(PHOTO))
    await asyncio.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    with pytest.raises(ImageFault) as caught:
        await call
    assert (caught.value.reason, caught.value.detail) == ("died", "SIGKILL")
    assert (await workers.read_codes(PHOTO)).codes[0].text == RECEIPT


async def test_timeout() -> None:
    workers = ImageWorkers(seconds=3)
    await workers.read_codes(PHOTO)
    (child,) = children()
    child.suspend()
    with pytest.raises(ImageFault) as caught:
        await workers.read_codes(PHOTO)
    assert caught.value.reason == "timeout"
    assert not child.is_running()
    assert (await workers.read_codes(PHOTO)).codes[0].text == RECEIPT
    await workers.close()


async def test_memory() -> None:
    """A picture within the pixel limit that does not fit into this worker's memory."""
    workers = ImageWorkers(seconds=120, cpu_seconds=60, memory_mb=160)
    with pytest.raises(ImageFault) as caught:
        await workers.read_codes(LARGE)
    assert caught.value.reason in {"memory", "died"}
    assert (await workers.read_codes(PHOTO)).codes[0].text == RECEIPT
    await workers.close()


async def test_the_largest_picture_fits_by_default(workers: ImageWorkers) -> None:
    result, kept = await workers.read_and_keep(LARGE)
    assert [code.text for code in result.codes] == [RECEIPT]
    assert kept is not None
    assert (await workers.read_codes(kept)).codes[0].text == RECEIPT


async def test_a_worker_that_cannot_start() -> None:
    workers = ImageWorkers(memory_mb=5)
    with pytest.raises(ImageFault) as caught:
        await workers.read_codes(PHOTO)
    assert caught.value.reason == "died"
    await workers.close()


async def test_failed_drawing_names_the_place_and_no_fact(workers: ImageWorkers) -> None:
    with pytest.raises(ImageFault) as caught:
        await workers.draw("card", {**CARD, "theme": {"primary": "Анна", "accent": "#fff"}})
    assert caught.value.reason == "failed"
    assert caught.value.detail.startswith("ValueError in ")
    assert "Анна" not in str(caught.value)
    with pytest.raises(ImageFault) as caught:
        await workers.draw("poster", {})
    assert caught.value.detail.startswith("KeyError in draw:")
    assert await workers.draw("card", CARD) == draw("card", CARD)


async def test_cancelled_call_leaves_nothing_out_of_step(workers: ImageWorkers) -> None:
    await workers.read_codes(PHOTO)
    call = asyncio.ensure_future(workers.draw("card", CARD))
    await asyncio.sleep(0.02)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await workers.read_codes(PHOTO)).codes[0].text == RECEIPT


async def test_many_callers_two_workers() -> None:
    workers = ImageWorkers(processes=2, seconds=120)
    results = await asyncio.gather(*(workers.read_codes(PHOTO, of=n) for n in range(12)))
    assert [result.codes[0].text for result in results] == [RECEIPT] * 12
    assert len(children()) == 2
    await workers.close()
    assert children() == []


async def test_people_are_served_by_turns_and_nobody_fills_the_line(
    workers: ImageWorkers,
) -> None:
    """A first picture is at work, then one guest sends seven and another two."""
    await workers.read_codes(PHOTO)
    (child,) = children()
    child.suspend()
    served: list[str] = []

    async def send(name: str, of: int) -> None:
        await workers.of(of).read_codes(PHOTO)
        served.append(name)

    names = [("first", 0), *((f"a{n}", 1) for n in range(6)), ("b0", 2), ("b1", 2)]
    calls = [asyncio.ensure_future(send(*name)) for name in names]
    await asyncio.sleep(0)
    with pytest.raises(ImageFault) as caught:
        await workers.read_codes(PHOTO, of=1)
    assert caught.value.reason == "busy"
    child.resume()
    await asyncio.gather(*calls)
    assert served == ["first", "a0", "b0", "a1", "b1", "a2", "a3", "a4", "a5"]
    assert children() == [child]


async def test_a_card_is_drawn_while_a_photo_is_read(workers: ImageWorkers) -> None:
    await workers.read_codes(PHOTO)
    (child,) = children()
    child.suspend()
    call = asyncio.ensure_future(workers.read_codes(PHOTO))
    assert await workers.draw("card", CARD) == draw("card", CARD)
    assert not call.done()
    child.resume()
    assert (await call).codes[0].text == RECEIPT


async def test_readers_let_the_conversation_go_first(workers: ImageWorkers) -> None:
    await workers.read_codes(PHOTO)
    (reader,) = children()
    await workers.draw("card", CARD)
    (drawer,) = (child for child in children() if child != reader)
    own = psutil.Process().nice()
    assert min(own + 10, 19) == reader.nice() > drawer.nice() >= min(own + 5, 18)


async def test_keeping(workers: ImageWorkers) -> None:
    kept = await workers.keep(PHOTO, of=1)
    assert kept == keep(PHOTO)
    reading, also = await workers.of(1).read_and_keep(PHOTO)
    assert (reading.codes[0].text, also) == (RECEIPT, kept)
    for data, problem in ((b"%PDF-1.7", "pdf"), (bytes(MAX_BYTES + 1), "too_large")):
        with pytest.raises(Unopenable) as caught:
            await workers.keep(data)
        assert caught.value.problem == problem
        reading, nothing = await workers.read_and_keep(data)
        assert (reading.problem, nothing) == (problem, None)


async def test_closed() -> None:
    workers = ImageWorkers()
    await workers.read_codes(PHOTO)
    (child,) = children()
    child.suspend()
    calls = [asyncio.ensure_future(workers.read_codes(PHOTO)) for _ in range(2)]
    await asyncio.sleep(0.05)
    await workers.close()
    for call in calls:
        with pytest.raises(ImageFault) as caught:
            await call
        assert caught.value.reason == "closed"
    assert children() == []


async def test_the_worker_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123:secret")
    workers = ImageWorkers()
    await workers.read_codes(PHOTO)
    (child,) = children()
    assert "BOT_TOKEN" not in child.environ()
    assert "BOT_TOKEN" in os.environ
    await workers.close()


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program of its own, so that what the tests imported does not count."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], check=False, capture_output=True, text=True
    )


def test_the_main_process_loads_no_image_library() -> None:
    script = """
import asyncio, json, sys
from services.images.workers import ImageWorkers

async def main():
    workers = ImageWorkers(seconds=120)
    photo, facts = bytes.fromhex(sys.argv[1]), json.loads(sys.argv[2])
    assert len((await workers.read_codes(photo)).codes) == 1
    assert (await workers.draw("card", facts)).startswith(b"\\x89PNG")
    await workers.close()

asyncio.run(main())
heavy = {"cv2", "zxingcpp", "pyzbar", "PIL", "segno", "numpy"}
print(sorted({name.partition(".")[0] for name in sys.modules} & heavy))
"""
    done = run(script, PHOTO.hex(), json.dumps(CARD))
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_worker_ends_with_its_parent() -> None:
    """However the parent ends, the worker's input closes, and the worker leaves."""
    script = """
import asyncio, os, psutil, signal
from services.images.workers import ImageWorkers

async def main():
    await ImageWorkers().read_codes(b"")
    print(psutil.Process().children()[0].pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
    done = run(script)
    assert done.returncode == -signal.SIGKILL
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int(done.stdout)).wait(timeout=10)
