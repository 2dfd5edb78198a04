"""Files from the guest and to the guest."""

import asyncio
from urllib.parse import quote

from aiohttp import web

from bot.channels.web import frames, pictures
from bot.channels.web.accounts import Account, Accounts
from bot.channels.web.chats import ByChat, Chats
from bot.channels.web.files import Files, Stored, TooManyFiles
from bot.channels.web.frames import Frame
from bot.channels.web.intake import Intake
from bot.channels.web.security import Guard, Limits
from services.images.contract import Unopenable

_READ_SECONDS = 60
_AT_ONCE = 4
"""Pictures that are looked into at the same time; each is in memory three times."""
_STATUSES = {"too_large": 413}
_NO_PICTURE = 415
_CHUNK = 64 * 1024


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """An upload that is not taken; the text is the code of an `error` frame: a `Problem` of the
    reader, `too_many` or `failed`."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.status = status


class Uploads:
    """Routes that carry bytes."""

    def __init__(
        self,
        *,
        chats: Chats,
        files: Files,
        accounts: Accounts,
        intake: Intake,
        guard: Guard,
        limits: Limits,
    ) -> None:
        self._chats = chats
        self._files = files
        self._accounts = accounts
        self._intake = intake
        self._guard = guard
        self._limits = limits
        self._turns = ByChat()
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """POST /api/upload?cid=…: the body is one picture; answers an `ack` or `error` frame.

        Pictures that were chosen together name the same `album`.
        """
        self._guard.check_origin(request)
        account = await self._accounts.require(request)
        cid = request.query.get("cid", "")
        if not frames.CID_PATTERN.fullmatch(cid):
            raise web.HTTPBadRequest(text="cid is missing")
        album = request.query.get("album") or None
        if album is not None and not frames.CID_PATTERN.fullmatch(album):
            raise web.HTTPBadRequest(text="album is damaged")
        try:
            answer = await self._take(account, cid, album, request)
        except Refused as refused:
            return web.json_response(frames.error(str(refused), cid), status=refused.status)
        return web.json_response(answer)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """GET /api/files/{token}: only for the chat the file belongs to."""
        account = await self._accounts.require(request)
        stored = await self._files.find(request.match_info["token"], account.chat_id)
        if stored is None:
            raise web.HTTPNotFound(text="There is no such file.")
        try:
            path = self._files.locate(stored.path)
        except FileNotFoundError as error:
            raise web.HTTPNotFound(text="There is no such file.") from error
        manner = "inline" if stored.kind == "photo" else "attachment"
        return web.FileResponse(
            path,
            headers={
                "Content-Type": stored.media_type,
                "Content-Disposition": f"{manner}; filename*=UTF-8''{quote(stored.name, safe='')}",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )

    async def _take(
        self, account: Account, cid: str, album: str | None, request: web.Request
    ) -> Frame:
        if await self._chats.heard(account.chat_id, cid):
            return await self._intake.take_file(account, cid, None)
        stored = await self._store(account, request)
        return await self._intake.take_file(account, cid, stored, album)

    async def _store(self, account: Account, request: web.Request) -> Stored:
        """One at a time for each account; who sends slowly keeps nobody else waiting."""
        if (request.content_length or 0) > self._limits.upload_bytes:
            raise Refused("too_large", 413)
        try:
            async with asyncio.timeout(_READ_SECONDS) as patience:
                async with self._turns(account.chat_id):
                    patience.reschedule(asyncio.get_running_loop().time() + _READ_SECONDS)
                    data = await self._read(request)
                    patience.reschedule(None)
                    async with self._places:
                        return await self._keep(account, data)
        except TimeoutError as error:
            raise Refused("failed", 408) from error

    async def _read(self, request: web.Request) -> bytes:
        data = bytearray()
        async for chunk in request.content.iter_chunked(_CHUNK):
            data += chunk
            if len(data) > self._limits.upload_bytes:
                raise Refused("too_large", 413)
            if len(data) >= pictures.HEAD and pictures.media_type(data[: pictures.HEAD]) is None:
                break  # whatever else there is, it will not become a picture
        return bytes(data)

    async def _keep(self, account: Account, data: bytes) -> Stored:
        try:
            data, picture = await asyncio.to_thread(pictures.bare, data)
        except Unopenable as error:
            raise Refused(error.problem, _STATUSES.get(error.problem, _NO_PICTURE)) from error
        suffix = picture.media_type.removeprefix("image/")
        try:
            return await self._files.keep(
                account.chat_id,
                data,
                name=f"photo.{suffix}",
                media_type=picture.media_type,
                picture=picture,
                now=self._chats.clock.now(),
                daily=self._limits.uploads_per_day,
            )
        except TooManyFiles as error:
            raise Refused("too_many", 429) from error
