"""The envelopes of the fake: taken apart strictly, put together as the service does."""

import uuid
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from aiohttp import web

from tests.verifiers.fakes.serving import Scripted

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SYNC = "urn://x-artefacts-gnivc-ru/inplat/servin/OpenApiMessageConsumerService/types/1.0"
ASYNC = "urn://x-artefacts-gnivc-ru/inplat/servin/OpenApiAsyncMessageConsumerService/types/1.0"
AUTH = "urn://x-artefacts-gnivc-ru/ais3/kkt/AuthService/types/1.0"
TICKET = "urn://x-artefacts-gnivc-ru/ais3/kkt/KktTicketService/types/1.0"


@dataclass
class Refused(Exception):  # noqa: N818 - an answer, not an error
    """A SOAP fault: always HTTP 500."""

    words: str
    kind: str | None = None
    inner: str = ""


def inside_of(request: web.Request, body: bytes, name: str) -> Element:
    """What the envelope holds; the type and the action must fit it."""
    if request.headers.get("Content-Type", "").replace(" ", "") != "text/xml;charset=UTF-8":
        raise internal()
    try:
        envelope = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise internal() from None
    inside = envelope.find(f"{{{SOAP}}}Body/*")
    action = request.headers.get("SOAPAction", "").strip('"')
    if inside is None or action != f"urn:{inside.tag.rpartition('}')[2]}":
        raise internal()
    return inside


def coded(code: int, words: str) -> str:
    return f"<tns:Code>{code}</tns:Code><tns:Message>{words}</tns:Message>"


def internal() -> Refused:
    return Refused(f"Произошла внутренняя ошибка {uuid.uuid4()}")


def too_often(method: str) -> Refused:
    words = f"Превышено количество запросов метода {method}. Повторите запрос позже."
    return Refused(words, "RateLimitingFault", "<errorCode>429</errorCode>")


def fault(refused: Refused) -> str:
    detail = ""
    if refused.kind is not None:
        detail = (
            f'<detail><{refused.kind} xmlns="{ASYNC}">{refused.inner}</{refused.kind}></detail>'
        )
    return (
        f"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>{escape(refused.words)}"
        f"</faultstring>{detail}</soap:Fault>"
    )


def response(status: int, inside: str) -> web.Response:
    text = f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{inside}</soap:Body></soap:Envelope>'
    return web.Response(status=status, text=text, content_type="text/xml")


def scripted_fault(words: str, kind: str | None = None, inner: str = "") -> Scripted:
    """A SOAP fault for `script`."""
    answer = response(500, fault(Refused(words, kind, inner)))
    return Scripted(500, answer.text or "", "text/xml")


def scripted_answer(inside: str, status: int = 200) -> Scripted:
    """Any envelope for `script`."""
    return Scripted(status, response(status, inside).text or "", "text/xml")
