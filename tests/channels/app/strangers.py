"""What comes to the webhook's door from elsewhere, as raw HTTP."""

import io
import json
from typing import Any

import aiohttp

from tests.channels.app.process import SECRET, Process

HEADER = "X-Telegram-Bot-Api-Secret-Token"


async def post(
    process: Process, update: Any, secret: bytes | None = SECRET.encode()
) -> tuple[int, bytes]:
    """Deliver this, bytes as they are; returns the status and the body."""
    headers = {} if secret is None else {HEADER: secret.decode("utf-8", "surrogateescape")}
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    async with (
        aiohttp.ClientSession() as client,
        client.post(
            f"{process.url}/telegram/webhook", data=io.BytesIO(body), headers=headers
        ) as response,
    ):
        return response.status, await response.read()
