"""The web chat as aiogram sees it: a session that answers Bot API methods from our own tables."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import InputFile

from bot.channels.web.limits import Broken
from bot.channels.web.methods import METHODS, Call, Desk, unknown
from bot.channels.web.models import BOT_ID

BOT_TOKEN = f"{BOT_ID}:web"
"""aiogram wants one of this shape; nothing is signed with it."""


class WebSession(BaseSession):
    """Answers the Bot API methods the bot uses; refuses what the web chat does not have.

    Refusals are `TelegramBadRequest` with Telegram's words, so a handler cannot tell the
    channels apart. Methods write a transaction of their own: they must not be called while the
    caller holds one.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(api=TelegramAPIServer(base="{method}", file="{path}"))
        self.desk = desk

    async def close(self) -> None:
        """Nothing is held open."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Do what the method says; raises TelegramBadRequest."""
        answer = METHODS.get(method.__api_method__, unknown)
        try:
            result = await answer(self.desk, await self._call(bot, method))
        except Broken as broken:
            raise TelegramBadRequest(method=method, message=f"Bad Request: {broken}") from broken
        response = Response[method.__returning__].model_validate(  # type: ignore[name-defined]
            {"ok": True, "result": result}, context={"bot": bot}
        )
        return cast(TelegramType, response.result)

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109 - aiogram's signature
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """The bytes behind the `file_path` of getFile; raises FileNotFoundError."""
        data = await asyncio.to_thread(self.desk.files.locate(url).read_bytes)
        for start in range(0, len(data), chunk_size):
            yield data[start : start + chunk_size]

    async def _call(self, bot: Bot, method: TelegramMethod[Any]) -> Call:
        files: dict[str, InputFile] = {}
        arguments = {}
        for key, value in method.model_dump(warnings=False).items():
            prepared = self.prepare_value(value, bot=bot, files=files, _dumps_json=False)
            if prepared is not None:
                arguments[key] = prepared
        uploads = {}
        for key, file in files.items():
            data = b"".join([chunk async for chunk in file.read(bot)])
            uploads[f"attach://{key}"] = (file.filename or "file", data)
        return Call(arguments, uploads)
