"""When a message may leave: Telegram's limits as a queue of waiting calls and one timer."""

import asyncio
from bisect import insort
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from operator import itemgetter

OVERALL = 30
"""Messages and edits in any one second (Bot API FAQ: about 30)."""
PRIVATE_SECONDS = 1.0
"""One message a second to one person (the same FAQ), after a burst."""
GROUP_SECONDS = 3.0
"""Twenty messages a minute to one group."""
BURST = 3
"""A screen with its extras leaves at once; only a stream of messages is slowed down."""
SWEEP_AT = 512

Chat = int | str
Ticket = tuple[bool, int]
Waiting = tuple[Ticket, Chat, asyncio.Future[None]]

_bulk: ContextVar[bool] = ContextVar("telegram_bulk", default=False)


@contextmanager
def bulk() -> Iterator[None]:
    """Calls made inside give way to answers people are waiting for (broadcasts, reminders)."""
    token = _bulk.set(True)
    try:
        yield
    finally:
        _bulk.reset(token)


class Pacer:
    """Admits calls in order of arrival, answers before bulk, within Telegram's limits.

    The overall limit is exact: no window of one second holds more than `overall` admissions.
    All times are those of the running event loop, in seconds.
    """

    def __init__(
        self,
        overall: int = OVERALL,
        private_seconds: float = PRIVATE_SECONDS,
        group_seconds: float = GROUP_SECONDS,
    ) -> None:
        self._private_seconds = private_seconds
        self._group_seconds = group_seconds
        self._left: deque[float] = deque(maxlen=overall)
        # Per chat: the moment at which its whole burst is available again. A chat whose moment
        # has passed equals a chat never seen, so it can be forgotten.
        self._full_at: dict[Chat, float] = {}
        self._closed: dict[Chat, float] = {}
        self._all_closed_until = 0.0
        self._waiting: list[Waiting] = []
        self._arrivals = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Calls that are queued now."""
        return len(self._waiting)

    @property
    def chats(self) -> int:
        """Chats remembered now."""
        return len(self._full_at)

    def ticket(self) -> Ticket:
        """A place in the queue. A call keeps its ticket when it has to queue again."""
        self._arrivals += 1
        return _bulk.get(), self._arrivals

    async def admit(self, chat: Chat, ticket: Ticket) -> None:
        """Return when a message to this chat may leave; it then counts as having left."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        insort(self._waiting, (ticket, chat, turn), key=itemgetter(0))
        self._let_go()
        try:
            await turn
        except asyncio.CancelledError:
            self._let_go()
            raise

    def push_back(self, chat: Chat, seconds: float) -> None:
        """Telegram said "too many requests": hold this chat, with its waiting calls, for a while.

        When another chat is being held already, the limit that was hit is the overall one, and
        everything is held.
        """
        now = asyncio.get_running_loop().time()
        self._closed = {one: until for one, until in self._closed.items() if until > now}
        if self._closed.keys() - {chat}:
            self._all_closed_until = max(self._all_closed_until, now + seconds)
        self._closed[chat] = now + seconds
        self._let_go()

    def delay(self, chat: Chat) -> float:
        """Seconds until a message to this chat could leave, were nobody else waiting."""
        now = asyncio.get_running_loop().time()
        return max(0.0, self._opens(now) - now, self._opens_for(chat) - now)

    def _opens(self, now: float) -> float:
        full = len(self._left) == self._left.maxlen
        return max(self._all_closed_until, self._left[0] + 1.0 if full else now)

    def _opens_for(self, chat: Chat) -> float:
        step = self._step(chat)
        burst_at = self._full_at.get(chat, 0.0) - step * (BURST - 1)
        return max(self._closed.get(chat, 0.0), burst_at)

    def _let_go(self) -> None:
        """Admit every waiting call whose time has come, and set the timer for the next one."""
        now = asyncio.get_running_loop().time()
        kept: list[Waiting] = []
        next_at = float("inf")
        queue = iter(self._waiting)
        for entry in queue:
            _, chat, turn = entry
            if turn.done():
                continue
            opens = self._opens(now)
            if opens > now:
                next_at = min(next_at, opens)
                kept.append(entry)
                kept.extend(queue)
                break
            chat_opens = self._opens_for(chat)
            if chat_opens > now:
                next_at = min(next_at, chat_opens)
                kept.append(entry)
                continue
            self._left.append(now)
            self._full_at[chat] = max(self._full_at.get(chat, 0.0), now) + self._step(chat)
            turn.set_result(None)
        self._waiting = kept
        self._sweep(now)
        self._set_timer(next_at)

    def _set_timer(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_at(at, self._let_go)

    def _sweep(self, now: float) -> None:
        if len(self._full_at) > SWEEP_AT:
            self._full_at = {chat: at for chat, at in self._full_at.items() if at > now}

    def _step(self, chat: Chat) -> float:
        """Groups and channels have negative ids or names."""
        private = isinstance(chat, int) and chat > 0
        return self._private_seconds if private else self._group_seconds
