"""A strict fake of the tax service's open API.

It demands what the service demands: namespaces, headers, field forms, tokens, limits, and that an
answer is fetched while it lives.
"""

import asyncio
import base64
import binascii
import json
import re
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from aiohttp import web

from services.clock import Clock, SystemClock
from services.receipts.qr import FiscalQr
from tests.verifiers.fakes.fns_envelopes import (
    ASYNC,
    AUTH,
    SYNC,
    TICKET,
    Refused,
    coded,
    fault,
    inside_of,
    internal,
    response,
    too_often,
)
from tests.verifiers.fakes.serving import Serving

MASTER = "master-token-of-the-city"

_MOSCOW = timezone(timedelta(hours=3))
_DAY = 86_400.0

_FORMS = {
    "Sum": re.compile(r"[1-9][0-9]*"),
    "Fn": re.compile(r"[0-9]{16}"),
    "TypeOperation": re.compile(r"[1-4]"),
    "FiscalDocumentId": re.compile(r"[1-9][0-9]{0,9}"),
    "FiscalSign": re.compile(r"[1-9][0-9]{0,9}"),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:00")
_FIELDS = ["Sum", "Date", "Fn", "TypeOperation", "FiscalDocumentId", "FiscalSign"]

Ticket = Mapping[str, Any]
Tickets = Callable[[FiscalQr], Ticket | int | None]
"""What the service has for a receipt: the ticket, a code to answer, or nothing.

It is asked with what was sent. A ticket whose fields differ from that is answered with 406.
"""


@dataclass(frozen=True)
class Limits:
    """None: not limited. An answer lives `answer_lives` seconds from when the question came."""

    calls_a_day: int | None = 1000
    calls_a_second: int | None = 2
    gets_a_second: int | None = 1
    same_message_a_minute: int | None = 12
    batches_a_minute: int | None = 5
    answer_lives: float = 60.0
    token_lives: float = 3600.0


UNLIMITED = Limits(None, None, None, None, None)


class _Window:
    """At most `most` calls in any `seconds`."""

    def __init__(self, most: int | None, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._at: deque[float] = deque()

    def take(self, now: float) -> bool:
        while self._at and self._at[0] <= now - self._seconds:
            self._at.popleft()
        self._at.append(now)
        return self._most is None or len(self._at) <= self._most


@dataclass
class _Message:
    user: str
    sent_at: float
    result: str
    window: _Window


class FakeFns(Serving):
    """The service. `latency`: seconds until an answer is ready; `delay`: of each HTTP answer."""

    def __init__(
        self,
        tickets: Tickets,
        *,
        latency: float = 0.0,
        delay: float = 0.0,
        limits: Limits = Limits(),
        tick: Callable[[], float] = time.monotonic,
        clock: Clock | None = None,
        master_token: str = MASTER,
    ) -> None:
        super().__init__()
        self._tickets = tickets
        self.latency = latency
        self.delay = delay
        self.limits = limits
        self.tokens: dict[str, float] = {}
        self.messages: dict[str, _Message] = {}
        self.faults: list[str] = []
        self.asked: Counter[str] = Counter()
        self._tick = tick
        self._clock = clock or SystemClock()
        self._master = master_token
        self._today = (0.0, 0)
        self._second = _Window(limits.calls_a_second, 1.0)
        self._gets = _Window(limits.gets_a_second, 1.0)
        self._batches = _Window(limits.batches_a_minute, 60.0)

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/open-api/AuthService/0.1", self._auth)
        app.router.add_post("/open-api/ais3/KktService/0.1", self._service)

    def forget_tokens(self) -> None:
        """All tokens end now."""
        self.tokens.clear()

    async def _auth(self, request: web.Request) -> web.Response:
        return await self._answer(request, "Auth", self._log_in)

    async def _service(self, request: web.Request) -> web.Response:
        action = request.headers.get("SOAPAction", "").strip('"')
        name = action.removeprefix("urn:").removesuffix("Request")
        methods = {
            "SendMessage": self._send,
            "GetMessage": self._get,
            "GetMessages": self._get_many,
        }
        return await self._answer(request, name, methods.get(name, self._unknown))

    async def _answer(
        self, request: web.Request, name: str, method: Callable[[web.Request, Element], str]
    ) -> web.Response:
        body = await request.read()
        self.note(name, request, body)
        await asyncio.sleep(self.delay)
        if (scripted := await self.scripted(name, request)) is not None:
            return scripted
        try:
            self._count(name)
            inside = method(request, inside_of(request, body, name))
            return response(200, inside)
        except Refused as refused:
            self.faults.append(refused.words)
            return response(500, fault(refused))

    def _count(self, name: str) -> None:
        now = self._tick()
        began, calls = self._today
        self._today = (now, 1) if now - began >= _DAY else (began, calls + 1)
        if self.limits.calls_a_day is not None and self._today[1] > self.limits.calls_a_day:
            words = "Превышен общий дневной лимит запросов, приложением TestAppId-1"
            raise Refused(words)
        if not self._second.take(now):
            raise too_often(name)

    def _log_in(self, request: web.Request, inside: Element) -> str:
        path = f"{{{SYNC}}}Message/{{{AUTH}}}AuthRequest/{{{AUTH}}}AuthAppInfo"
        master = inside.findtext(f"{path}/{{{AUTH}}}MasterToken")
        if inside.tag != f"{{{SYNC}}}GetMessageRequest" or master is None:
            raise internal()
        if master != self._master:
            result = "<tns:Fault><tns:Message>Доступ запрещен</tns:Message></tns:Fault>"
        else:
            token = uuid.uuid4().hex
            self.tokens[token] = self._tick() + self.limits.token_lives
            ends = self._clock.now() + timedelta(seconds=self.limits.token_lives)
            stamp = ends.astimezone(_MOSCOW).isoformat(timespec="milliseconds")
            result = (
                f"<tns:Result><tns:Token>{token}</tns:Token>"
                f"<tns:ExpireTime>{stamp}</tns:ExpireTime></tns:Result>"
            )
        return (
            f'<GetMessageResponse xmlns="{SYNC}"><Message><tns:AuthResponse xmlns:tns="{AUTH}">'
            f"{result}</tns:AuthResponse></Message></GetMessageResponse>"
        )

    def _send(self, request: web.Request, inside: Element) -> str:
        user = self._user(request)
        requested = inside.find(f"{{{ASYNC}}}Message/{{{TICKET}}}GetTicketRequest")
        info = None if requested is None else requested.find(f"{{{TICKET}}}GetTicketInfo")
        if inside.tag != f"{{{ASYNC}}}SendMessageRequest" or info is None:
            raise internal()
        message = str(uuid.uuid4())
        now = self._tick()
        window = _Window(self.limits.same_message_a_minute, 60.0)
        self.messages[message] = _Message(user, now, self._result(info), window)
        for old in [m for m in self.messages if self._is_gone(m, now)]:
            del self.messages[old]
        return (
            f'<SendMessageResponse xmlns="{ASYNC}"><MessageId>{message}</MessageId>'
            "</SendMessageResponse>"
        )

    def _result(self, info: Element) -> str:
        values = {child.tag.rpartition("}")[2]: child.text or "" for child in info}
        if list(values) != _FIELDS or any(not c.tag.startswith(f"{{{TICKET}}}") for c in info):
            raise internal()
        if any(not form.fullmatch(values[name]) for name, form in _FORMS.items()):
            return coded(400, "Неверный формат данных")
        if not _DATE.fullmatch(values["Date"]):
            return coded(503, "Сервис недоступен")
        qr = FiscalQr(
            purchased=datetime.fromisoformat(values["Date"]),
            total=int(values["Sum"]),
            drive=values["Fn"],
            document=int(values["FiscalDocumentId"]),
            sign=int(values["FiscalSign"]),
            operation=int(values["TypeOperation"]),
            operation_assumed=False,
        )
        self.asked[qr.canonical] += 1
        found = self._tickets(qr)
        if found is None:
            return coded(404, "Чек не найден")
        if isinstance(found, int):
            return coded(found, "Ответ по сценарию")
        if _said_by(found["content"]) != _asked_by(qr):
            return coded(406, "Чек не прошел проверку")
        ticket = escape(json.dumps(found, ensure_ascii=False))
        return f"<tns:Code>200</tns:Code><tns:Ticket>{ticket}</tns:Ticket>"

    def _get(self, request: web.Request, inside: Element) -> str:
        user = self._user(request)
        now = self._tick()
        message = inside.findtext(f"{{{ASYNC}}}MessageId")
        if inside.tag != f"{{{ASYNC}}}GetMessageRequest" or message is None:
            raise internal()
        known = self._known(message, user, now)
        if known is None:
            words = f"По переданному MessageId: {message} сообщение не найдено"
            raise Refused(words, "MessageNotFoundFault")
        if not self._gets.take(now) or not known.window.take(now):
            raise too_often("GetMessage по уникальному MessageID")
        return f'<GetMessageResponse xmlns="{ASYNC}">{self._state(known, now)}</GetMessageResponse>'

    def _get_many(self, request: web.Request, inside: Element) -> str:
        self._user(request)
        now = self._tick()
        if not self._batches.take(now):
            raise too_often("GetMessages")
        items = []
        for one in inside.iterfind(f"{{{ASYNC}}}Expressions"):
            message = one.findtext(f"{{{ASYNC}}}MessageId")
            user = one.findtext(f"{{{ASYNC}}}UserToken")
            if message is None or user is None:
                raise internal()
            items.append(self._item(message, user, now))
        if inside.tag != f"{{{ASYNC}}}GetMessagesRequest" or not items:
            raise internal()
        return f'<GetMessagesResponse xmlns="{ASYNC}">{"".join(items)}</GetMessagesResponse>'

    def _item(self, message: str, user: str, now: float) -> str:
        known = self._known(message, user, now)
        if known is None:
            found = (
                '<Fault xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                'xsi:type="MessageNotFoundFault"><Message>По переданным параметрам сообщение не '
                "найдено</Message></Fault>"
            )
        else:
            found = f"<Result>{self._state(known, now)}</Result>"
        return f"<Messages><MessageId>{message}</MessageId>{found}</Messages>"

    def _state(self, known: _Message, now: float) -> str:
        if now < known.sent_at + self.latency:
            return "<ProcessingStatus>PROCESSING</ProcessingStatus><Message/>"
        return (
            "<ProcessingStatus>COMPLETED</ProcessingStatus><Message>"
            f'<tns:GetTicketResponse xmlns:tns="{TICKET}"><tns:Result>{known.result}</tns:Result>'
            "</tns:GetTicketResponse></Message>"
        )

    def _known(self, message: str, user: str, now: float) -> _Message | None:
        known = self.messages.get(message)
        if known is None or known.user != user or self._is_gone(message, now):
            return None
        return known

    def _is_gone(self, message: str, now: float) -> bool:
        return now - self.messages[message].sent_at > self.limits.answer_lives

    def _user(self, request: web.Request) -> str:
        token = request.headers.get("FNS-OpenApi-Token")
        user = request.headers.get("FNS-OpenApi-UserToken")
        if token is None or user is None:
            raise Refused("Отсутствует обязательный заголовок запроса")
        try:
            pseudonym = base64.b64decode(user, validate=True)
        except binascii.Error:
            pseudonym = b""
        if not pseudonym:
            raise Refused("Неверный формат FNS-OpenApi-UserToken")
        if self.tokens.get(token, 0.0) <= self._tick():
            words = f"Доступ к сервису для переданного token {token}, запрещен"
            raise Refused(words, "AuthenticationFault")
        return user

    def _unknown(self, request: web.Request, inside: Element) -> str:
        raise internal()


def _said_by(content: Ticket) -> tuple[Any, ...]:
    return (
        content["fiscalDriveNumber"],
        content["fiscalDocumentNumber"],
        content["fiscalSign"],
        content["operationType"],
        content["totalSum"],
        content["dateTime"] // 60,
    )


def _asked_by(qr: FiscalQr) -> tuple[Any, ...]:
    clock = int(qr.purchased.replace(tzinfo=UTC).timestamp())
    return (qr.drive, qr.document, qr.sign, qr.operation, qr.total, clock // 60)
