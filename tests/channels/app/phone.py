"""People on either channel, told apart by nothing but how they are reached."""

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select

from handlers import texts
from services.members.models import Identity
from tests.channels.app.process import Process, until
from tests.fake_telegram import FakeTelegram, Person
from tests.house import AGREES
from tests.visitor import Visitor, speaking

ENTITIES = {"bold", "italic", "code", "text_link"}
RANDOM = (
    (re.compile(r"\b\d\d ?\d\d\b(?=\n|$)"), "<code>"),
    (re.compile(r"\b[0-9A-F]{6}\b"), "<reference>"),
    (re.compile(r"([?&]start=[a-z]_)[\w-]+"), r"\1<token>"),
)


@dataclass(frozen=True)
class Seen:
    """One message of the bot as it stands on the screen; `id` is the channel's own."""

    id: int
    text: str
    buttons: tuple[tuple[str, ...], ...]
    marks: tuple[tuple[str, int, int], ...]
    picture: bool

    @property
    def shape(self) -> tuple[Any, ...]:
        """What two channels must agree on: everything but ids and what is random."""
        text = self.text
        for pattern, word in RANDOM:
            text = pattern.sub(word, text)
        return text, self.buttons, self.marks, self.picture


class Channel(Protocol):
    """A person on one channel."""

    language: str

    async def sees(self) -> list[Seen]: ...
    async def keyboard(self) -> list[str]: ...
    def toasts(self) -> list[tuple[str, bool]]: ...
    async def says(self, text: str) -> object: ...
    async def photographs(self, picture: bytes) -> object: ...
    async def presses(self, label: str) -> object: ...
    async def presses_data(self, message_id: int, data: str) -> object: ...


class OnTelegram:
    """A person of the fake Telegram."""

    def __init__(self, fake: FakeTelegram, person: Person, language: str = "ru") -> None:
        self.fake = fake
        self.person = person
        self.language = language

    async def sees(self) -> list[Seen]:
        return [
            Seen(
                shown.message_id,
                shown.text or shown.caption or "",
                tuple(map(tuple, shown.buttons)),
                _marks(shown.entities),
                shown.photo is not None,
            )
            for shown in self.person.sees
        ]

    async def keyboard(self) -> list[str]:
        return [label for row in self.person.keyboard for label in row]

    def toasts(self) -> list[tuple[str, bool]]:
        return list(self.person.toasts)

    @property
    def texts(self) -> list[str]:
        """The words of all messages, oldest first."""
        return [shown.text or shown.caption or "" for shown in self.person.sees]

    @property
    def last(self) -> str:
        """The words of the newest message."""
        return self.texts[-1] if self.texts else ""

    async def says(self, text: str, *, wait: bool = True) -> int:
        return await self.person.says(text, wait=wait)

    async def photographs(self, picture: bytes, *, wait: bool = True) -> int:
        return await self.person.sends_photo(picture, wait=wait)

    async def shows(self, code: str, *, wait: bool = True) -> int:
        """Send a file that `ReadAsText` reads as this code."""
        return await self.person.sends_file(b"|" + code.encode(), "receipt.png", wait=wait)

    async def presses(self, label: str, *, wait: bool = True) -> int:
        """Press the newest button whose label begins with these English words, translated."""
        with speaking(self.language):
            words = texts.plain(texts._(label)) if "{" not in label else label
        for start in (label, words):
            for message, button in self._buttons():
                if button["text"].startswith(start) and "callback_data" in button:
                    data = button["callback_data"]
                    return await self.person.presses_data(message, data, wait=wait)
        raise AssertionError(f"no button {label!r} among {self.person.labels}")

    async def presses_data(self, message_id: int, data: str, *, wait: bool = True) -> int:
        message = self.fake.world.message(self.person.id, message_id)
        return await self.person.presses_data(message, data, wait=wait)

    def _buttons(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        return [
            (message, button)
            for message in reversed(self.person._messages())
            for row in message.get("reply_markup", {}).get("inline_keyboard", [])
            for button in row
        ]

    async def joins(self, payload: str = "", *, name: str = "") -> None:
        """Open the bot by a link, agree, and give a name or none."""
        await self.says(f"/start {payload}".strip())
        for label in AGREES[:2]:
            await self.presses(label)
        await (self.says(name) if name else self.presses(AGREES[2]))

    async def member_id(self, process: Process) -> int:
        """The member behind this person."""
        async with process.house.database.reading() as reading:
            found = await reading.scalar(
                select(Identity.member_id).where(
                    Identity.channel == "telegram", Identity.external_id == str(self.person.id)
                )
            )
        assert found is not None
        return int(found)

    async def hears(self, words: str) -> None:
        """Wait for a message that nobody asked for."""
        await until(lambda: any(words in text for text in self.texts))


class OnTheWeb:
    """A visitor of the web chat."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self._toasts: list[tuple[str, bool]] = []

    @property
    def language(self) -> str:
        return self.visitor.language

    @language.setter
    def language(self, tongue: str) -> None:
        self.visitor.language = tongue

    async def sees(self) -> list[Seen]:
        return [
            Seen(
                shown.id,
                shown.text,
                _rows(shown.raw),
                _marks(shown.raw.get("entities") or shown.raw.get("caption_entities") or []),
                "photo" in shown.raw,
            )
            for shown in await self.visitor.sees()
        ]

    async def keyboard(self) -> list[str]:
        return await self.visitor.keyboard()

    def toasts(self) -> list[tuple[str, bool]]:
        return list(self._toasts)

    async def says(self, text: str) -> None:
        if text.startswith("/start"):
            await self._done(self.visitor.comes_by(text.removeprefix("/start").strip()))
        else:
            await self._done(self.visitor.says(text))

    async def photographs(self, picture: bytes) -> None:
        await self._done(self.visitor.sends_file(picture, picture=True))

    async def presses(self, label: str) -> None:
        await self._done(self.visitor.presses(label))

    async def presses_data(self, message_id: int, data: str) -> None:
        await self._done(self.visitor.forges(data, message_id))

    async def _done(self, action: Awaitable[object]) -> None:
        await action
        self._toasts += [
            (frame["text"], frame["t"] == "alert")
            for frame in self.visitor._line.frames
            if frame["t"] in {"toast", "alert"} and frame["text"]
        ]


def _rows(raw: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    rows = raw.get("reply_markup", {}).get("inline_keyboard", [])
    return tuple(tuple(button["text"] for button in row) for row in rows)


def _marks(entities: list[dict[str, Any]]) -> tuple[tuple[str, int, int], ...]:
    """Bold and the like; what a client finds by itself, such as links, differs by channel."""
    return tuple(
        (entity["type"], entity["offset"], entity["length"])
        for entity in entities
        if entity["type"] in ENTITIES
    )
