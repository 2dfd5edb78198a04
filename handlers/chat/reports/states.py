"""What a dialogue about a report waits for, and what it keeps meanwhile."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from aiogram.filters import Filter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from handlers.chat.reports.buttons import MyReports
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn


class Reporting(StatesGroup):
    """A draft is being made: a photo or words, its place, its theme, or the last look at it.

    Whatever is sent meanwhile goes into the draft, in whatever order.
    """

    content = State()
    place = State()
    theme = State()
    similar = State()
    sure = State()
    words = State()


class Mending(StatesGroup):
    """Of a report that was sent: other words, another place, one more photo, an answer, an
    objection, what to leave out; whether it is fixed; or a number that somebody looks for."""

    text = State()
    place = State()
    photo = State()
    answer = State()
    appeal = State()
    erase = State()
    fixed = State()
    not_fixed = State()
    number = State()


IN_DRAFT = frozenset(Reporting.__all_states_names__)

_ALBUM = "report_album:"


async def draft_id(turn: Turn) -> int | None:
    """The draft this dialogue is about, if there is one already."""
    found: int | None = (await turn.state.get_data()).get("draft")
    return found


async def keep(turn: Turn, state: State, **data: Any) -> None:
    """Wait for this; what the dialogue knows stays, with these facts."""
    await turn.state.set_state(state)
    await turn.state.set_data({**await turn.state.get_data(), **data})


_PATIENCE = timedelta(days=1)


async def wait(turn: Turn, state: State, report: int) -> None:
    """Wait for this about a report that was sent; an earlier dialogue is over."""
    await turn.state.clear()
    await keep(turn, state, report=report, since=turn.now.isoformat())


async def awaited(turn: Turn) -> int | None:
    """Which report the dialogue is about; None when it was left so long ago that what comes now
    is most likely meant for something else."""
    data = await turn.state.get_data()
    since = data.get("since")
    if since is not None and turn.now - datetime.fromisoformat(since) > _PATIENCE:
        await turn.state.clear()
        return None
    report: int | None = data.get("report")
    return report


Asked = Callable[[Message, Turn], Awaitable[Screen]]


def about_awaited(answer: Callable[[Message, Turn, int], Awaitable[Screen]]) -> Asked:
    """A handler that is told which report the dialogue is about, or says that it is too late."""

    @wraps(answer)
    async def asked(message: Message, turn: Turn) -> Screen:
        report = await awaited(turn)
        return put_aside() if report is None else await answer(message, turn, report)

    return asked


def put_aside() -> Screen:
    """The answer to what comes so late that it is most likely meant for something else."""
    return Screen(
        _("That was a while ago, so I have put it aside. Please send it once more."),
        [[Button(_("📋 My reports"), MyReports(offset=0))]],
    )


async def done_but_album(
    turn: Turn, album: str | None, report: int, *, moved: bool = False
) -> None:
    """The dialogue is over, but the rest of the album that ended it still belongs to it, or to the
    move that it `moved` the report by."""
    await turn.state.clear()
    if album is not None:
        await turn.state.set_state(_ALBUM + album)
        await turn.state.set_data({"report": report, "moved": moved})


class RestOfAlbum(Filter):
    """One more photo of the album whose first one was answered last."""

    async def __call__(self, message: Message, raw_state: str | None = None) -> bool:
        return bool(message.media_group_id) and raw_state == f"{_ALBUM}{message.media_group_id}"
