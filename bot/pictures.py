"""Drawn pictures, each made once: the channel's own file id is kept and sent again.

Photos of receipts, reports and projects are people's own. They are read anew each time, so that
nothing here outlives the row they are kept in.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiogram.types import BufferedInputFile
from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.documents import paper_of
from bot.models import SentPicture
from handlers.screen import Picture
from services.clock import Clock
from services.database import Database, insert_new
from services.images.contract import Unopenable
from services.images.workers import ImageWorkers
from services.projects import building, documents
from services.receipts import photos
from services.reports import photos as report_photos

KEPT = frozenset(
    {
        *("photo", "report_photo", "report_board", "report_redacted", "project_photo"),
        "figure_photo",
    }
)
"""Kinds that people have sent: they are read from their table each time."""

_KEPT = 5_000
_DESIGN = 2
"""Raised when drawing changes, so that pictures sent before are drawn again."""


_FILE_ID = select(SentPicture.file_id).where(
    SentPicture.bot_id == bindparam("bot"), SentPicture.picture == bindparam("name")
)


class Pictures:
    """Gives the presenter something to send for a `Picture`."""

    def __init__(self, database: Database, clock: Clock, workers: ImageWorkers) -> None:
        self._database = database
        self._clock = clock
        self._workers = workers
        self._changes = {"report_board": workers.board, "report_redacted": workers.redact}
        self._sent: OrderedDict[tuple[int, str], str] = OrderedDict()

    async def of(self, bot_id: int, picture: Picture) -> str | BufferedInputFile | None:
        """The file id under which this bot has sent it, or the picture freshly drawn.

        None for a photo that is not kept any more. Raises
        `services.images.contract.ImageFault` when it cannot be drawn.
        """
        if picture.kind in KEPT:
            return await self._photo(picture)
        name = name_of(picture)
        if file_id := self._sent.get((bot_id, name)):
            return file_id
        async with self._database.reading() as reading:
            file_id = await reading.scalar(_FILE_ID, {"bot": bot_id, "name": name})
        if file_id is not None:
            self._remember(bot_id, name, file_id)
            return file_id
        data = await self._workers.draw(picture.kind, picture.facts)
        return BufferedInputFile(data, f"{picture.kind}.png")

    async def _photo(self, picture: Picture) -> BufferedInputFile | None:
        facts = picture.facts
        async with self._database.reading() as reading:
            if picture.kind == "photo":
                jpeg = await photos.of(reading, facts["receipt"])
            elif picture.kind == "project_photo":
                jpeg = await _of_project(reading, facts)
            elif picture.kind == "figure_photo":
                jpeg = await paper_of(reading, facts)
            else:
                original = bool(facts.get("original")) or picture.kind in self._changes
                jpeg = await report_photos.of(reading, facts["token"], original=original)
        if jpeg is not None and (change := self._changes.get(picture.kind)):
            try:
                jpeg = await change(jpeg, facts["rectangles"])
            except Unopenable:
                return None
        return None if jpeg is None else BufferedInputFile(jpeg, "photo.jpg")

    async def sent(self, bot_id: int, picture: Picture, file_id: str) -> None:
        """The channel keeps the picture under this id."""
        if picture.kind in KEPT:
            return
        name = name_of(picture)
        if (bot_id, name) in self._sent:
            return
        self._remember(bot_id, name, file_id)
        async with self._database.transaction() as tx:
            await insert_new(
                tx,
                SentPicture,
                {
                    "bot_id": bot_id,
                    "picture": name,
                    "file_id": file_id,
                    "at": self._clock.now(),
                },
            )

    async def lost(self, bot_id: int, picture: Picture) -> None:
        """The channel does not know the id any more."""
        name = name_of(picture)
        self._sent.pop((bot_id, name), None)
        async with self._database.transaction() as tx:
            await tx.execute(
                delete(SentPicture).where(SentPicture.bot_id == bot_id, SentPicture.picture == name)
            )

    def _remember(self, bot_id: int, name: str, file_id: str) -> None:
        self._sent[bot_id, name] = file_id
        if len(self._sent) > _KEPT:
            self._sent.popitem(last=False)


async def _of_project(reading: AsyncConnection, facts: Mapping[str, Any]) -> bytes | None:
    if "milestone" in facts:
        return await building.photo(reading, facts["milestone"])
    return await documents.file_of(reading, facts["document"], facts["viewer"])


def name_of(picture: Picture) -> str:
    """What tells one drawn picture from another."""
    facts = json.dumps([_DESIGN, asdict(picture)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()
