"""The queue of updates: long polling, or delivery to a webhook, with acknowledgement."""

import asyncio
import json
from collections import defaultdict
from typing import Any

import aiohttp

from tests.fake_telegram.refusals import Refused

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
FIRST_ID = 1000
MAX_ATTEMPTS = 60
RETRY_PAUSE = 0.05
TERMINATED = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class Updates:
    """Updates wait here until they are confirmed by an offset or by a 2xx answer."""

    def __init__(self) -> None:
        self.pending: dict[int, dict[str, Any]] = {}
        self.all: dict[int, dict[str, Any]] = {}
        self.webhook: dict[str, Any] = {}
        self.deliveries: list[tuple[int, int]] = []  # update_id and HTTP status, 0 = no answer
        self.answers: list[dict[str, Any]] = []  # methods called inside the webhook's response
        self.allowed: list[str] = []
        self.polls = 0
        self.last_error = ""
        self.max_attempts = MAX_ATTEMPTS
        self._next_id = FIRST_ID
        self._news = asyncio.Event()
        self._acknowledged: dict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._generation = 0
        self._deliverers: dict[str, asyncio.Task[None]] = {}
        self._client: aiohttp.ClientSession | None = None

    def push(self, content: dict[str, Any]) -> int:
        """Queue an update and return its id."""
        update_id = content.get("update_id") or self._next_id
        self._next_id = max(self._next_id, update_id) + 1
        if not self.allowed or set(content) & set(self.allowed):
            self._queue({"update_id": update_id, **content})
        else:
            self._acknowledged[update_id].set()
        return update_id

    def push_again(self, update_id: int) -> None:
        """Deliver an acknowledged update once more, as a retry does."""
        self._acknowledged[update_id] = asyncio.Event()
        self._queue(self.all[update_id])

    def _queue(self, update: dict[str, Any]) -> None:
        self.pending[update["update_id"]] = self.all[update["update_id"]] = update
        self._news.set()
        if self.webhook:
            self._deliver_soon(update)

    async def acknowledged(self, update_id: int, seconds: float = 15) -> None:
        """Wait until the bot has confirmed the update."""
        async with asyncio.timeout(seconds):
            await self._acknowledged[update_id].wait()

    async def take(self, offset: int, limit: int, seconds: float) -> list[dict[str, Any]]:
        """getUpdates."""
        if self.webhook:
            raise Refused(409, WEBHOOK_ACTIVE)
        self.polls += 1
        self._generation += 1
        mine = self._generation
        self._news.set()  # wakes an older request, which then finds itself replaced
        self._confirm(offset)
        deadline = asyncio.get_running_loop().time() + seconds
        while not self.pending:
            self._news.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            except TimeoutError:
                return []
            if mine != self._generation:
                raise Refused(409, TERMINATED)
        return [self.pending[one] for one in sorted(self.pending)[:limit]]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            keep = sorted(self.pending)[offset:]
            offset = keep[0] if keep else 0
        for update_id in [one for one in self.pending if one < offset]:
            self._done(update_id)

    def _done(self, update_id: int) -> None:
        self.pending.pop(update_id, None)
        self._acknowledged[update_id].set()

    def set_webhook(self, webhook: dict[str, Any]) -> None:
        self.webhook = webhook
        for update in list(self.pending.values()):
            if webhook:
                self._deliver_soon(update)

    def _deliver_soon(self, update: dict[str, Any]) -> None:
        """One delivery at a time to one person's chat, many chats at once."""
        place = _place(update)
        before = self._deliverers.get(place)
        self._deliverers[place] = asyncio.create_task(self._deliver(update, before))

    async def _deliver(self, update: dict[str, Any], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        for _ in range(self.max_attempts):
            if not self.webhook:
                return
            status = await self._post(update)
            self.deliveries.append((update["update_id"], status))
            if 200 <= status < 300:
                self._done(update["update_id"])
                return
            self.last_error = f"Wrong response from the webhook: {status}"
            await asyncio.sleep(RETRY_PAUSE)

    async def _post(self, update: dict[str, Any]) -> int:
        if self._client is None:
            self._client = aiohttp.ClientSession()
        headers = {}
        if self.webhook.get("secret_token"):
            headers[SECRET_HEADER] = self.webhook["secret_token"]
        try:
            async with self._client.post(
                self.webhook["url"], json=update, headers=headers
            ) as response:
                body = await response.read()
                if body:
                    self.answers.append(_method_in(response, body))
                return response.status
        except aiohttp.ClientError:
            return 0

    async def close(self) -> None:
        for task in self._deliverers.values():
            task.cancel()
        await asyncio.gather(*self._deliverers.values(), return_exceptions=True)
        if self._client is not None:
            await self._client.close()


def _method_in(response: aiohttp.ClientResponse, body: bytes) -> dict[str, Any]:
    """A method that the bot answered inside the HTTP response: JSON, else kept as it came."""
    if response.content_type == "application/json":
        return dict(json.loads(body))
    return {"content_type": response.content_type, "body": body}


def _place(update: dict[str, Any]) -> str:
    for event in update.values():
        if isinstance(event, dict):
            who = event.get("chat") or event.get("from") or {}
            return str(who.get("id"))
    return ""
