"""Somebody with the web chat open: writes, presses buttons by their words, sees what is shown."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.channels.web import intake, pictures
from bot.channels.web.accounts import Account
from bot.channels.web.frames import Action, Frame, Place, Press, Say, Start
from bot.channels.web.lines import PollLine
from bot.channels.web.methods import as_message
from handlers import texts
from services.members.card import CardFacts, card_facts
from services.members.models import Identity

if TYPE_CHECKING:
    from tests.house import House


@contextmanager
def speaking(tongue: str) -> Iterator[None]:
    """Texts made inside are in this language."""
    token = texts.language.set(tongue)
    try:
        yield
    finally:
        texts.language.reset(token)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it stands in the chat now; `buttons` are label → callback data."""

    id: int
    text: str
    buttons: dict[str, str]
    raw: dict[str, Any]


class Visitor:
    """Every action returns the text shown last because of it, "" when none was.

    `news` is all that was shown: ("new" or "edited", text); `toast` the short word over the
    chat; `answer` the frame that closed the action. Labels are given in English and pressed in
    the language of the visitor.
    """

    _cids = itertools.count(1)

    def __init__(self, house: "House", account: Account) -> None:
        self.house = house
        self.account = account
        self.language = account.language
        self.answer: Frame = {}
        self._line = PollLine("")
        house.app.web.lines.open(account.chat_id, self._line)

    @property
    def news(self) -> list[tuple[str, str]]:
        kinds = {"message": "new", "edit": "edited"}
        return [
            (kinds[frame["t"]], _text(frame["body"]))
            for frame in self._line.frames
            if frame["t"] in kinds and not frame["mine"]
        ]

    @property
    def shown(self) -> list[Shown]:
        """The messages behind the news."""
        return [
            Shown(frame["id"], _text(frame["body"]), _buttons(frame["body"]), frame["body"])
            for frame in self._line.frames
            if frame["t"] in {"message", "edit"} and not frame["mine"]
        ]

    @property
    def menu(self) -> list[str]:
        """The labels of the reply keyboard, if this action set one."""
        keyboards = [frame["keyboard"] or {} for frame in self._line.frames if "keyboard" in frame]
        rows = [row for keyboard in keyboards for row in keyboard.get("rows", [])]
        return [button["text"] for row in rows for button in row]

    @property
    def toast(self) -> str:
        return next((f["text"] for f in self._line.frames if f["t"] in {"toast", "alert"}), "")

    @property
    def answered_presses(self) -> int:
        """How often the press was answered; Telegram shows a spinner until it is."""
        return sum(frame["t"] in {"toast", "alert"} for frame in self._line.frames)

    def word(self, message: str, /, **facts: object) -> str:
        """An English text in this visitor's language."""
        with speaking(self.language):
            return texts.plain(texts._(message, **facts))

    async def says(self, text: str, cid: str | None = None) -> str:
        """Write a text."""
        return await self._does(Say(t="say", cid=cid or self.cid(), text=text))

    async def comes_by(self, payload: str) -> str:
        """Open a link with a payload."""
        return await self._does(Start(t="start", cid=self.cid(), payload=payload))

    async def stands_at(self, lat: float, lon: float) -> str:
        """Send a place on the map."""
        return await self._does(Place(t="place", cid=self.cid(), lat=lat, lon=lon))

    async def presses(self, label: str, cid: str | None = None) -> str:
        """Press the newest button whose label begins with these words."""
        message, data = await self.finds(label)
        return await self.presses_data(message.id, data, cid)

    async def presses_data(self, message_id: int, data: str, cid: str | None = None) -> str:
        """Press a button by what it sends."""
        press = Press(t="press", cid=cid or self.cid(), message_id=message_id, data=data)
        return await self._does(press)

    async def forges(self, data: str, on: int = 1) -> str:
        """Press a button that the message does not have, as a client of one's own can."""
        web, number = self.house.app.web, next(self._cids)
        desk = web._intake._desk
        chat = {"id": self.account.chat_id, "type": "private"}
        message: dict[str, Any] = {"message_id": on, "date": 0, "chat": chat, "text": "?"}
        if (stands := await web.chats.find(self.account.chat_id, on)) is not None:
            message = as_message(desk, stands)
        query: dict[str, Any] = {
            "id": f"{self.account.chat_id}:forged-{number}",
            "from": intake._person(self.account),
            "chat_instance": "1",
            "message": message,
            "data": data,
        }
        self._line.frames.clear()
        desk.open_queries.add(query["id"])
        await self.house.app.dispatcher.feed_raw_update(
            web.bot, {"update_id": 10**15 + number, "callback_query": query}
        )
        return self._told()

    async def finds(self, label: str) -> tuple[Shown, str]:
        """The newest message with such a button, and what the button sends."""
        seen = await self.sees()
        for words in (label, self.word(label) if "{" not in label else label):
            for message in reversed(seen):
                for shown, data in message.buttons.items():
                    if shown.startswith(words):
                        return message, data
        raise AssertionError(f"no button {label!r} among {[list(m.buttons) for m in seen]}")

    async def photographs(self, code: str, cid: str | None = None) -> str:
        """Send a photo with this code on it (several: one a line)."""
        return await self.sends_file(b"|" + code.encode(), picture=True, cid=cid)

    async def sends_file(
        self,
        data: bytes,
        *,
        name: str = "photo.png",
        picture: bool = False,
        cid: str | None = None,
        album: str | None = None,
    ) -> str:
        """Send bytes, as a photo or as a file, alone or as a part of an album."""
        web = self.house.app.web
        stored = await web._files.keep(
            self.account.chat_id,
            data,
            name=name,
            media_type="image/png",
            picture=pictures.Picture("image/png", 1, 1) if picture else None,
            now=self.house.clock.now(),
        )
        self._line.frames.clear()
        self.answer = await web._intake.take_file(self.account, cid or self.cid(), stored, album)
        return self._told()

    async def sees(self) -> list[Shown]:
        """All messages of the bot, oldest first."""
        changes = await self.house.app.web.chats.changes(self.account.chat_id, 0)
        if changes is None:
            return []
        return [
            Shown(entry.message_id, _text(entry.payload), _buttons(entry.payload), entry.payload)
            for entry in changes.entries
            if not entry.mine and not entry.deleted
        ]

    async def last(self) -> str:
        """The text of the newest message."""
        seen = await self.sees()
        return seen[-1].text if seen else ""

    async def labels(self) -> list[str]:
        """The labels of the buttons under the newest message."""
        seen = await self.sees()
        return list(seen[-1].buttons)

    async def keyboard(self) -> list[str]:
        """The labels of the reply keyboard."""
        changes = await self.house.app.web.chats.changes(self.account.chat_id, 0)
        rows = ((changes and changes.keyboard) or {}).get("rows", [])
        return [button["text"] for row in rows for button in row]

    async def member_id(self) -> int:
        """The member behind this chat."""
        async with self.house.database.reading() as reading:
            found = await reading.scalar(
                select(Identity.member_id).where(
                    Identity.channel == "web",
                    Identity.external_id == str(self.account.chat_id),
                )
            )
        assert found is not None
        return int(found)

    async def points(self) -> CardFacts:
        """What the ledger says of this member's points."""
        member_id = await self.member_id()
        async with self.house.database.reading() as reading:
            return await card_facts(reading, member_id)

    def hushed(self) -> None:
        """Forget the news so far."""
        self._line.frames.clear()

    async def _does(self, action: Action) -> str:
        self._line.frames.clear()
        self.answer = await self.house.app.web._intake.take(self.account, action)
        return self._told()

    def _told(self) -> str:
        return self.news[-1][1] if self.news else ""

    @classmethod
    def cid(cls) -> str:
        """A client id never used before in this process."""
        return f"test-cid-{next(cls._cids):08d}"


def _text(payload: dict[str, Any]) -> str:
    return str(payload.get("text") or payload.get("caption") or "")


def _buttons(payload: dict[str, Any]) -> dict[str, str]:
    rows = payload.get("reply_markup", {}).get("inline_keyboard", [])
    return {button["text"]: button.get("callback_data", "") for row in rows for button in row}
