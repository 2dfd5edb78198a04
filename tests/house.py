"""The whole bot in one process, and the people who talk to it, for tests that speak as they do.

`House` is the real application with its real web chat; only the clock is the test's. A `Visitor`
writes, presses buttons by their labels and sees what the chat shows.
"""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app import App
from bot.channels.web import pictures
from bot.channels.web.frames import Press, Say, Start
from bot.settings import Settings
from bot.turnstile import Throttle
from services.cities import CityFacts, venue_of_slug
from services.cities.load import load_pack
from services.cities.pack import find_pack, read_pack
from services.database import Database
from services.images.contract import Code, Reading
from services.ledger.auditing import CHECKS, AuditReport, audit
from services.members import roles
from services.members.models import Identity
from services.members.roles import Role
from services.receipts.crosscheck import receipts_fit
from services.rewards.crosscheck import redemptions_fit, stock_fits
from tests.clock import ManualClock

AGREED = {
    "ru": ("Да, согласен", "Нет, спасибо", "Без имени"),
    "en": ("Yes, I agree", "No, thanks", "No name"),
    "zh": ("好的，我同意", "不用了，谢谢", "不写名字"),
}


class ReadAsText:
    """Eyes for pictures whose bytes are the text of their code; it draws one small PNG."""

    def __init__(self) -> None:
        self.drawn: list[tuple[str, dict[str, Any]]] = []

    async def read_codes(self, data: bytes) -> Reading:
        text = data.split(b"|", 1)[1].decode() if b"|" in data else ""
        codes = tuple(Code(part, "QRCode", "test", ()) for part in text.split("\n") if part)
        return Reading(codes, 1.0, None if codes else "no_code")

    async def draw(self, kind: str, facts: Any) -> bytes:
        self.drawn.append((kind, dict(facts)))
        return PNG

    async def close(self) -> None:
        """Nothing to close."""


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8"
    "ffff3f0005fe02fea735813d0000000049454e44ae426082"
)


@dataclass(frozen=True)
class Shown:
    """A message as it stands in the chat now."""

    id: int
    text: str
    buttons: dict[str, str]
    raw: dict[str, Any]


class Visitor:
    """A person with the web chat open."""

    _cids = itertools.count(1)

    def __init__(self, house: "House", account: Any) -> None:
        self.house = house
        self.account = account

    async def says(self, text: str, cid: str | None = None) -> str:
        """Write a text; returns what the bot shows last."""
        return await self._does(Say(t="say", cid=cid or self.cid(), text=text))

    async def comes_by(self, payload: str) -> str:
        """Open a link with a payload."""
        return await self._does(Start(t="start", cid=self.cid(), payload=payload))

    async def presses(self, label: str, cid: str | None = None) -> str:
        """Press the newest button whose label begins with these words."""
        message, data = await self.finds(label)
        return await self.presses_data(message.id, data, cid)

    async def presses_data(self, message_id: int, data: str, cid: str | None = None) -> str:
        """Press a button by what it sends."""
        press = Press(t="press", cid=cid or self.cid(), message_id=message_id, data=data)
        return await self._does(press)

    async def finds(self, label: str) -> tuple[Shown, str]:
        """The newest message with such a button, and what the button sends."""
        for message in reversed(await self.sees()):
            for words, data in message.buttons.items():
                if words.startswith(label):
                    return message, data
        seen = [list(message.buttons) for message in await self.sees()]
        raise AssertionError(f"no button {label!r} among {seen}")

    async def photographs(self, code: str, cid: str | None = None) -> str:
        """Send a photo with this code on it (several: one a line)."""
        web = self.house.app.web
        stored = await web._files.keep(
            self.account.chat_id,
            b"|" + code.encode(),
            name="photo.png",
            media_type="image/png",
            picture=pictures.Picture("image/png", 1, 1),
            now=self.house.clock.now(),
        )
        await web._intake.take_file(self.account, cid or self.cid(), stored)
        return await self.last()

    async def sees(self) -> list[Shown]:
        """All messages of the bot, oldest first."""
        changes = await self.house.app.web.chats.changes(self.account.chat_id, 0)
        assert changes is not None
        return [
            Shown(
                entry.message_id,
                entry.payload.get("text") or entry.payload.get("caption") or "",
                _buttons(entry.payload),
                entry.payload,
            )
            for entry in changes.entries
            if not entry.mine and not entry.deleted
        ]

    async def last(self) -> str:
        """The text of the newest message."""
        seen = await self.sees()
        return seen[-1].text if seen else ""

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

    async def _does(self, action: Any) -> str:
        self.answer = await self.house.app.web._intake.take(self.account, action)
        return await self.last()

    @classmethod
    def cid(cls) -> str:
        """A client id never used before in this process."""
        return f"test-cid-{next(cls._cids):08d}"


def _buttons(payload: dict[str, Any]) -> dict[str, str]:
    rows = payload.get("reply_markup", {}).get("inline_keyboard", [])
    return {button["text"]: button.get("callback_data", "") for row in rows for button in row}


class House:
    """The application with Kaluga (or another pack) loaded."""

    def __init__(self, app: App, database: Database, clock: ManualClock, city: CityFacts) -> None:
        self.app = app
        self.database = database
        self.clock = clock
        self.city = city
        self._documents = itertools.count(1)

    async def visitor(self, language: str = "en", payload: str = "") -> Visitor:
        """Somebody who has just opened the web chat."""
        account, _sid = await self.app.web._accounts.create(language, payload or None)
        visitor = Visitor(self, account)
        await visitor.comes_by(payload)
        return visitor

    async def guest(self, language: str = "en", payload: str = "") -> Visitor:
        """A visitor who has agreed to everything that must be agreed to."""
        visitor = await self.visitor(language, payload)
        for label in AGREED[language]:
            await visitor.presses(label)
        return visitor

    async def staff(
        self, role: Role = Role.CASHIER, venue: str | None = "orbita", language: str = "en"
    ) -> Visitor:
        """Somebody who came by an invitation."""
        async with self.database.transaction() as tx:
            found = await self.venue_id(venue) if venue else None
            token = await roles.invite(
                tx,
                city_id=self.city.id,
                role=role,
                venue_id=found,
                created_by=None,
                now=self.clock.now(),
            )
        return await self.guest(language, f"s_{token}")

    async def venue_id(self, slug: str) -> int:
        async with self.database.reading() as reading:
            venue = await venue_of_slug(reading, self.city.id, slug)
        assert venue is not None
        return venue.id

    def receipt(
        self,
        rubles: int = 1000,
        *,
        drive: str = "7386400000010001",
        at: datetime | None = None,
        document: int | None = None,
        sign: int = 12345,
        operation: int = 1,
    ) -> str:
        """The text of a receipt's code, bought now at the Orbit unless said otherwise."""
        moment = (at or self.clock.now()).astimezone(self.city.timezone)
        return (
            f"t={moment:%Y%m%dT%H%M}&s={rubles}.00&fn={drive}"
            f"&i={document or next(self._documents)}&fp={sign}&n={operation}"
        )

    async def audit(self) -> AuditReport:
        """The ledger's audit with the checks of receipts and rewards."""
        async with self.database.reading() as reading:
            checks = (*CHECKS, receipts_fit, redemptions_fit, stock_fits)
            return await audit(reading, self.clock.now(), checks)

    async def deliver(self) -> None:
        """Deliver what waits in the outbox, as the worker would."""
        for name in (*self.app.channels, None):
            await self.app.delivery.round(name)


@asynccontextmanager
async def house_of(
    database: Database,
    clock: ManualClock,
    folder: Path,
    pack: str | Path = "kaluga",
    **settings: Any,
) -> AsyncIterator[House]:
    """Load the pack and wire the application on this database."""
    read = read_pack(find_pack(pack) if isinstance(pack, str) else pack)
    async with database.transaction() as tx:
        await load_pack(tx, read, clock.now())
    app = App(
        Settings(_env_file=None, data_dir=folder, city=read.city.slug, **settings),
        database=database,
        clock=clock,
        throttle=Throttle(burst=10_000),
        images=ReadAsText(),
    )
    await app.wire()
    await app._introduce(app.web.bot)
    yield House(app, database, clock, await app.city.get())
    await app.web.bot.session.close()
