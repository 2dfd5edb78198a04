"""The webhook: an update is acknowledged after it has been handled, and only to Telegram."""

import asyncio
import json
import logging
from hmac import compare_digest
from typing import Any

from aiohttp import web

from bot.channels.telegram.intake import Intake

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
MAX_BODY = 1024 * 1024
"""Bytes; an update is a few kilobytes, files are fetched separately."""


class Webhook:
    """The HTTP end of the webhook mode.

    Answers: 200 handled (or beyond help), 401 wrong secret, 400 not an update, 413 too large,
    500 failed and worth another delivery, 503 stopping.
    """

    def __init__(self, intake: Intake, secret: str) -> None:
        self._intake = intake
        self._secret = secret.encode()
        self._stopping = False
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def in_hand(self) -> int:
        """Updates being handled now."""
        return self._in_flight

    def attach(self, app: web.Application) -> None:
        app.router.add_post(WEBHOOK_PATH, self._receive)

    async def stop(self, seconds: float) -> bool:
        """Take no new updates and wait for those in hand; says whether all were finished."""
        self._stopping = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("%d updates were not finished before the stop", self._in_flight)
            return False
        return True

    async def _receive(self, request: web.Request) -> web.Response:
        shown = request.headers.get(SECRET_HEADER, "")
        if not compare_digest(shown.encode("utf-8", "surrogateescape"), self._secret):
            return web.Response(status=401)
        if self._stopping:
            return web.Response(status=503)
        body = await _read(request)
        if body is None:
            return web.Response(status=413)
        raw = _parse(body)
        if raw is None:
            return web.Response(status=400)
        self._in_flight += 1
        self._idle.clear()
        try:
            return web.Response(status=200 if await self._intake.handle(raw) else 500)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()


async def _read(request: web.Request) -> bytes | None:
    """The body, or None if it is longer than `MAX_BODY`, whatever its headers say."""
    if (request.content_length or 0) > MAX_BODY:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict) or type(raw.get("update_id")) is not int:
        return None
    return raw
