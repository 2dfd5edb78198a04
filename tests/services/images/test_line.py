"""Whose turn it is, and who has no room to wait."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from services.images.contract import ImageFault
from services.images.line import Line, Room


class Queue:
    """One place, taken until `free`; everybody who gets it is noted and leaves at once."""

    def __init__(self, room: Room, places: Sequence[str] = ("only",)) -> None:
        self.line = Line(places, room)
        self.served: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._free = asyncio.Event()

    async def _wait(self, name: str, size: int) -> None:
        async with self.line.place(name[0], size):
            self.served.append(name)
            await self._free.wait()

    async def join(self, *names: str, size: int = 1) -> None:
        """The first letter of a name is the person."""
        for name in names:
            self.tasks[name] = asyncio.create_task(self._wait(name, size))
            await asyncio.sleep(0)

    async def leave(self, name: str) -> None:
        self.tasks[name].cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.tasks[name]

    async def refused(self, name: str, size: int = 1) -> bool:
        try:
            async with asyncio.timeout(0.01), self.line.place(name, size):
                return False
        except ImageFault as fault:
            return fault.reason == "busy"
        except TimeoutError:
            return False

    async def all_served(self) -> list[str]:
        self._free.set()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        return self.served


@pytest.fixture
async def queue() -> AsyncIterator[Queue]:
    queue = Queue(Room(each=3, everybody=5, size=100))
    await queue.join("x")
    yield queue
    assert await queue.all_served()
    assert queue.line._free == ["only"]
    assert not queue.line._waiting


async def test_by_turns_and_each_in_order(queue: Queue) -> None:
    await queue.join("a1", "a2", "a3", "b1", "c1")
    assert await queue.all_served() == ["x", "a1", "b1", "c1", "a2", "a3"]


async def test_one_person_has_a_part_of_the_room(queue: Queue) -> None:
    await queue.join("a1", "a2", "a3")
    assert await queue.refused("a")
    assert not await queue.refused("b")


async def test_all_have_the_room_and_no_more(queue: Queue) -> None:
    await queue.join("a1", "a2", "b1", "b2", "c1")
    assert await queue.refused("d")
    await queue.leave("b1")
    assert not await queue.refused("d")


async def test_bytes_take_room_too(queue: Queue) -> None:
    await queue.join("a1", size=60)
    assert await queue.refused("b", size=41)
    assert not await queue.refused("b", size=40)


async def test_who_leaves_is_not_served(queue: Queue) -> None:
    await queue.join("a1", "a2", "b1")
    await queue.leave("a1")
    assert await queue.all_served() == ["x", "a2", "b1"]


async def test_who_is_cancelled_when_their_turn_comes_passes_the_place_on(queue: Queue) -> None:
    await queue.join("a1", "b1")
    queue._free.set()
    while not any(one.given.done() for q in queue.line._waiting.values() for one in q):
        await asyncio.sleep(0)
        if "a1" not in queue.served and not queue.line._waiting.get("a"):
            break
    queue.tasks["a1"].cancel()
    await asyncio.gather(*queue.tasks.values(), return_exceptions=True)
    assert queue.served == ["x", "b1"]


async def test_several_places() -> None:
    queue = Queue(Room(), ["one", "two"])
    await queue.join("a1", "a2", "a3")
    assert queue.served == ["a1", "a2"]
    assert await queue.all_served() == ["a1", "a2", "a3"]
