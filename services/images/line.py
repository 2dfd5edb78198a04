"""Who is next: one picture of each person in turn, and no more in line than will be served."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.images.contract import ImageFault

Place = TypeVar("Place")


@dataclass(frozen=True, slots=True)
class Room:
    """How many may wait: of one person, of all, and how many bytes their pictures may have."""

    each: int = 6
    everybody: int = 60
    size: int = 120 * 1024 * 1024


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Place]):
    size: int
    given: "asyncio.Future[Place]"


class Line(Generic[Place]):
    """Gives `places` to those who wait: the people by turns, each one's pictures in order."""

    def __init__(self, places: Sequence[Place], room: Room) -> None:
        self._free = list(reversed(places))
        self._room = room
        self._waiting: OrderedDict[Hashable, deque[_Waiting[Place]]] = OrderedDict()

    @asynccontextmanager
    async def place(self, of: Hashable, size: int) -> AsyncIterator[Place]:
        """A place, once it is the turn of `of`, given back at the end of the block.

        Raises ImageFault("busy") at once where there is no room to wait. Who is cancelled leaves.
        """
        place = self._free.pop() if self._free else await self._turn(of, size)
        try:
            yield place
        finally:
            self._give(place)

    async def _turn(self, of: Hashable, size: int) -> Place:
        self._check_room(of, size)
        me = _Waiting[Place](size, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(of, deque()).append(me)
        try:
            return await me.given
        except asyncio.CancelledError:
            if me.given.done() and not me.given.cancelled():
                self._give(me.given.result())
            else:
                self._leave(of, me)
            raise

    def _check_room(self, of: Hashable, size: int) -> None:
        all_waiting = [one for queue in self._waiting.values() for one in queue]
        if (
            len(self._waiting.get(of, ())) >= self._room.each
            or len(all_waiting) >= self._room.everybody
            or sum(one.size for one in all_waiting) + size > self._room.size
        ):
            raise ImageFault("busy")

    def _leave(self, of: Hashable, me: _Waiting[Place]) -> None:
        queue = self._waiting.get(of)
        if queue is None or me not in queue:
            return
        queue.remove(me)
        if not queue:
            del self._waiting[of]

    def _give(self, place: Place) -> None:
        """To the first of who has waited longest for a turn; they join the end of the round."""
        while self._waiting:
            of, queue = self._waiting.popitem(last=False)
            me = queue.popleft()
            if queue:
                self._waiting[of] = queue
            if not me.given.done():  # cancelled, and not yet out of the line
                me.given.set_result(place)
                return
        self._free.append(place)
