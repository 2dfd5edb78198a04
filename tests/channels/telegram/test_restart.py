"""A stop or a kill in the middle of an update loses nothing, in either mode."""

import asyncio
import sys
from pathlib import Path

from tests.channels.telegram.conftest import Site, until
from tests.fake_telegram import FakeTelegram

ROOT = Path(__file__).parents[3]


async def test_a_stop_waits_for_the_update_in_hand(fake: FakeTelegram, mode: str) -> None:
    anna = fake.person(12)
    async with Site(fake, mode) as site:
        update_id = await anna.says("slow", wait=False)
        await site.echo.at_gate.wait()
        stopping = asyncio.create_task(site.stop())
        await until(lambda: not site.runner.sites)
        await until(lambda: mode == "webhook" or site.channel.stopping)
        site.echo.gate.set()
        await stopping
        assert site.echo.handled == [update_id]
    await fake.updates.acknowledged(update_id)
    assert [shown.text for shown in anna.sees] == ["You said: slow"]
    assert fake.updates.pending == {}

    async with Site(fake, mode) as again:
        await anna.says("next")
    assert update_id not in again.echo.began, "confirmed, so not sent again"


async def test_what_could_not_be_finished_comes_again(fake: FakeTelegram, mode: str) -> None:
    anna, ivan = fake.person(12), fake.person(13)
    async with Site(fake, mode, drain_seconds=0.05) as site:
        stuck = await anna.says("slow", wait=False)
        await site.echo.at_gate.wait()
        waiting = await anna.says("after it", wait=False)
        other = await ivan.says("hello", wait=False)
        await site.echo.until_handled(other)
    assert site.echo.handled == [other]
    assert stuck in fake.updates.pending
    async with Site(fake, mode) as again:
        again.echo.gate.set()
        await fake.updates.acknowledged(stuck)
        await fake.updates.acknowledged(waiting)
    assert again.echo.handled[:1] == [stuck]
    assert waiting in again.echo.handled


async def test_a_poller_restarts_in_the_same_process(fake: FakeTelegram) -> None:
    anna = fake.person(12)
    async with Site(fake, "polling") as site:
        await anna.says("one")
        fake.updates.pending[-5] = {"no": "update_id"}  # a server gone mad breaks the loop
        await anna.says("two", wait=False)
        await until(lambda: site.background.crashes["telegram"])
        fake.updates.pending.pop(-5, None)
        await anna.says("three")
    assert [shown.text for shown in anna.sees][-2:] == ["You said: two", "You said: three"]


async def begin(fake: FakeTelegram, *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.channels.telegram.echo_process",
        fake.url,
        *options,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


async def test_kill_in_the_middle_of_an_update(fake: FakeTelegram) -> None:
    anna, ivan = fake.person(12), fake.person(13)
    update_id = await anna.says("slow", wait=False)
    process = await begin(fake, "--hang")
    try:
        assert process.stdout
        assert await process.stdout.readline() == b"began slow\n"
        await ivan.says("hello", wait=False)
        assert await process.stdout.readline() == b"began hello\n"
    finally:
        process.kill()
        await process.wait()
    assert update_id in fake.updates.pending
    assert anna.sees == []

    process = await begin(fake)
    try:
        await fake.updates.acknowledged(update_id, 60)
    finally:
        process.kill()
        await process.wait()
    assert [shown.text for shown in anna.sees] == ["You said: slow"]
