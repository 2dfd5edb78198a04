"""The calls of the open API: log in, send a question, get its answer."""

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from services.receipts.qr import FiscalQr
from services.receipts.verifiers import soap
from services.receipts.verifiers.contract import Answer, Purse, Trouble, Vault
from services.receipts.verifiers.fns_answers import (
    Fate,
    MessageLost,
    TokenRefused,
    outcome,
    refuse,
)
from services.receipts.verifiers.pacing import Pacer, Sleep, Tick
from services.receipts.verifiers.wire import NotAnswered, Reply, VerifierConfig, Wire

URL = "https://openapi.nalog.ru:8090"
_AUTH = "/open-api/AuthService/0.1"
_TICKETS = "/open-api/ais3/KktService/0.1"

CALL_GAP = 0.55
GET_GAP = 1.1
"""Two calls a second, of them one to get a message; a tenth longer, for networks are uneven."""

_MESSAGE = re.compile(r"[0-9A-Za-z-]{1,64}")


class FnsCalls:
    """Each call is paced, paid for, made with a valid token, and raises only NotAnswered."""

    def __init__(
        self,
        name: str,
        config: VerifierConfig,
        *,
        purse: Purse,
        vault: Vault,
        tick: Tick,
        sleep: Sleep,
    ) -> None:
        """OSError when the bundle of certificates cannot be read."""
        self.wire = Wire(name, config, purse)
        self._vault = vault
        self._master_token = config.token
        self._url = (config.url or URL).rstrip("/")
        self._calls = Pacer(CALL_GAP / config.pace, tick, sleep)
        self._gets = Pacer(GET_GAP / config.pace, tick, sleep)

    async def send(self, qr: FiscalQr, user: str) -> str:
        """Ask for a ticket; the message's id."""
        inside = await self._call("urn:SendMessageRequest", soap.send(qr), user)
        message = soap.words(inside, "MessageId")
        if _MESSAGE.fullmatch(message) is None:
            raise NotAnswered(Trouble.DOWN, "no MessageId")
        return message

    async def get(self, message: str, user: str) -> Answer | Fate:
        """What became of one message."""
        envelope = soap.get(message)
        try:
            return outcome(await self._call("urn:GetMessageRequest", envelope, user, self._gets))
        except MessageLost:
            return Fate.LOST

    async def get_many(
        self, messages: Sequence[tuple[str, str]]
    ) -> dict[str, Answer | Fate | NotAnswered]:
        """The same for several messages with their users' pseudonyms, in one call."""
        envelope = soap.get_many(messages)
        inside = await self._call("urn:GetMessagesRequest", envelope, messages[0][1])
        found: dict[str, Answer | Fate | NotAnswered] = {
            message: NotAnswered(Trouble.DOWN, "absent from the batch") for message, _ in messages
        }
        for item in soap.children(inside, "Messages"):
            message = soap.words(item, "MessageId")
            if message in found:
                try:
                    found[message] = outcome(item)
                except NotAnswered as error:
                    found[message] = error
        return found

    async def _call(self, action: str, envelope: str, user: str, *pacers: Pacer) -> Element:
        """Once more with a new token when the first was refused."""
        try:
            return await self._with_token(action, envelope, user, *pacers)
        except TokenRefused:
            pass
        try:
            return await self._with_token(action, envelope, user, *pacers)
        except TokenRefused:
            raise NotAnswered(Trouble.DENIED, "a new token is refused") from None

    async def _with_token(self, action: str, envelope: str, user: str, *pacers: Pacer) -> Element:
        token = await self._vault.token(self._renew)
        headers = {"FNS-OpenApi-Token": token, "FNS-OpenApi-UserToken": user}
        try:
            return await self._post(_TICKETS, action, envelope, headers, *pacers)
        except TokenRefused:
            await self._vault.drop(token)
            raise

    async def _renew(self) -> tuple[str, datetime]:
        """Log in; the token and when it ends."""
        envelope = soap.auth(self._master_token)
        try:
            inside = await self._post(_AUTH, "urn:GetMessageRequest", envelope, {})
        except TokenRefused:
            raise NotAnswered(Trouble.DENIED, "the master token is refused") from None
        result = soap.child(inside, "Message", "AuthResponse", "Result")
        token = soap.words(result, "Token")
        try:
            ends = soap.moment(soap.words(result, "ExpireTime"))
        except soap.Garbage:
            token = ""
        if token and token.isascii() and token.isprintable():
            return token, ends
        if soap.child(inside, "Message", "AuthResponse", "Fault") is not None:
            raise NotAnswered(Trouble.DENIED, "the master token is refused")
        raise NotAnswered(Trouble.DOWN, "no token")

    async def _post(
        self, path: str, action: str, envelope: str, headers: dict[str, str], *pacers: Pacer
    ) -> Element:
        await self._calls.turn(*pacers)
        about = {"Content-Type": "text/xml;charset=UTF-8", "SOAPAction": action}
        reply = await self.wire.call(
            "POST", self._url + path, data=envelope.encode(), headers=about | headers
        )
        return _inside(reply)


def _inside(reply: Reply) -> Element:
    """What the envelope holds. Faults come with status 500, as does a broken gateway's page."""
    if reply.status == 429:
        raise NotAnswered(Trouble.SLOW_DOWN, "HTTP 429", 60.0)
    if reply.status in (401, 403):
        raise NotAnswered(Trouble.DENIED, f"HTTP {reply.status}")
    if reply.status not in (200, 500):
        raise NotAnswered(Trouble.DOWN, f"HTTP {reply.status}")
    try:
        inside = soap.parse(reply.body)
    except soap.Garbage as error:
        raise NotAnswered(Trouble.DOWN, f"HTTP {reply.status}, {error}") from None
    if soap.local(inside) == "Fault":
        refuse(inside)
    return inside
