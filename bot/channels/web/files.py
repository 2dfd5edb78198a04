"""Files of the chats: bytes on disk under random names, rows saying who may see them."""

import asyncio
import secrets
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.web.models import WebChat, WebFile
from bot.channels.web.pictures import Picture
from services.database import Database

_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as one chat sees it."""

    id: str
    chat_id: int
    kind: str
    media_type: str
    name: str
    path: str
    size: int
    width: int | None
    height: int | None

    def bot_api(self) -> dict[str, Any]:
        """The `photo` or `document` field of a message that carries this file."""
        common = {"file_id": self.id, "file_unique_id": self.id, "file_size": self.size}
        if self.kind == "photo":
            return {"photo": [{**common, "width": self.width, "height": self.height}]}
        return {"document": {**common, "file_name": self.name, "mime_type": self.media_type}}


class TooManyFiles(Exception):  # noqa: N818 - an answer, not a fault
    """The chat has sent all the files a day allows."""


class Files:
    """The files in `root`, and the rows about them."""

    def __init__(self, root: Path, database: Database) -> None:
        self._root = root
        self._database = database

    async def keep(
        self,
        chat_id: int,
        data: bytes,
        *,
        name: str,
        media_type: str,
        picture: Picture | None,
        now: datetime,
        daily: int | None = None,
    ) -> Stored:
        """Store bytes for a chat; a `picture` makes a photo, otherwise it is a document.

        With `daily` the file counts as sent by the guest, and TooManyFiles is raised when that
        many were sent in the last 24 hours.
        """
        stored = Stored(
            id=secrets.token_urlsafe(24),
            chat_id=chat_id,
            kind="document" if picture is None else "photo",
            media_type=media_type,
            name=name,
            path=_new_path(),
            size=len(data),
            width=picture.width if picture else None,
            height=picture.height if picture else None,
        )
        await asyncio.to_thread(self._write, stored.path, data)
        try:
            async with self._database.transaction() as tx:
                if daily is not None:
                    await _count(tx, chat_id, now, daily)
                await _insert(tx, stored, now, uploaded=daily is not None)
        except BaseException:
            self._root.joinpath(stored.path).unlink(missing_ok=True)
            raise
        return stored

    async def reuse(self, file_id: str, chat_id: int, now: datetime) -> Stored | None:
        """A file sent before, now for this chat too; None when there is none with this id."""
        known = await self.find(file_id)
        if known is None or known.chat_id == chat_id:
            return known
        async with self._database.transaction() as tx:
            query = _select().where(WebFile.path == known.path, WebFile.chat_id == chat_id)
            row = (await tx.execute(query)).first()
            if row:
                return Stored(*row)
            copy = replace(known, id=secrets.token_urlsafe(24), chat_id=chat_id)
            await _insert(tx, copy, now, uploaded=False)
        return copy

    async def find(self, file_id: str, chat_id: int | None = None) -> Stored | None:
        """A file by its id; only if it is this chat's when one is named."""
        query = _select().where(WebFile.id == file_id)
        if chat_id is not None:
            query = query.where(WebFile.chat_id == chat_id)
        async with self._database.reading() as tx:
            row = (await tx.execute(query)).first()
        return Stored(*row) if row else None

    def locate(self, path: str) -> Path:
        """Where the bytes are; raises FileNotFoundError for a path outside of the root."""
        found = (self._root / path).resolve()
        if not found.is_relative_to(self._root.resolve()) or not found.is_file():
            raise FileNotFoundError(path)
        return found

    async def discard(self, paths: list[str]) -> None:
        """Remove bytes that no chat holds any more."""
        for path in paths:
            await asyncio.to_thread(self._root.joinpath(path).unlink, missing_ok=True)

    def _write(self, path: str, data: bytes) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _new_path() -> str:
    name = secrets.token_hex(20)
    return f"{name[:2]}/{name[2:]}"


_COLUMNS = tuple(getattr(WebFile, field.name) for field in fields(Stored))


def _select() -> Select[Any]:
    return select(*_COLUMNS)


async def _insert(tx: AsyncConnection, stored: Stored, now: datetime, *, uploaded: bool) -> None:
    await tx.execute(insert(WebFile).values(**asdict(stored), uploaded=uploaded, at=now))


async def _count(tx: AsyncConnection, chat_id: int, now: datetime, daily: int) -> None:
    # Taking the chat's row first makes uploads of one chat wait for each other, so that two at
    # once cannot both be the last one allowed.
    await tx.execute(update(WebChat).where(WebChat.id == chat_id).values(seq=WebChat.seq))
    query = select(func.count()).where(
        WebFile.chat_id == chat_id, WebFile.uploaded.is_(True), WebFile.at > now - _DAY
    )
    if (await tx.execute(query)).scalar_one() >= daily:
        raise TooManyFiles
