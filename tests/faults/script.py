"""What a process under test does before it is killed, written down so that another can do it.

A `Script` says in which files, at which moment and who acts; `perform` does it with the real
application. The same script performed again is the same action repeated by the same browser.
"""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.channels.web.accounts import Account
from bot.channels.web.frames import Press, Say, Start
from services.database import Database
from tests.clock import ManualClock
from tests.faults.post import tell_all
from tests.faults.service import ask_all
from tests.house import House, house_of

FILE = "guestcard.sqlite"
ACTIONS = {"say": Say, "press": Press, "start": Start}


@dataclass(frozen=True)
class Script:
    """`does` is a frame of the browser's of chat `chat_id`; empty, the outbox is delivered.

    With `says`, a verifier is asked all that is due and answers so (see `service.ANSWERS`).
    `asks` names who is asked about receipts; nobody unless it is set. With `tells`, addresses are
    told of all that is due and answer with this status (see `post`).
    """

    now: str
    chat_id: int = 0
    language: str = "en"
    does: dict[str, Any] = field(default_factory=dict)
    asks: list[str] = field(default_factory=list)
    says: str = ""
    tells: int = 0

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Script":
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    @property
    def account(self) -> Account:
        return Account(self.chat_id, self.language, "")


class Theatre:
    """A folder with the data of the bot, where one scene after another is played.

    All scenes use one engine, whose statements are compiled only once; between them no
    connection is open and no thread runs, so the process may fork.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database = Database(f"sqlite+aiosqlite:///{folder / FILE}", pool_size=2)

    def furnish(self, source: Path) -> None:
        """Replace all data by a copy of another folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(source, self.folder)

    @asynccontextmanager
    async def opened(self, script: "Script") -> AsyncIterator[House]:
        """A process of its own, so to speak: nothing is remembered but what is in the folder."""
        clock = ManualClock(datetime.fromisoformat(script.now))
        try:
            async with house_of(self._database, clock, self.folder) as house:
                if script.asks:
                    house.asks(*script.asks)
                yield house
        finally:
            await self._database.close()


async def perform(house: House, script: Script) -> None:
    """Do what the script says and wait until it is done."""
    if script.says:
        await ask_all(house, script.asks, script.says)
        return
    if script.tells:
        await tell_all(house, script.tells)
        return
    if not script.does:
        await house.deliver()
        return
    action = ACTIONS[script.does["t"]](**script.does)
    await house.app.web._intake.take(script.account, action)
