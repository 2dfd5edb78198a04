"""The envelopes of the tax service's open API (SOAP 1.1), and what its answers hold."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from services.receipts.qr import FiscalQr

_ROOT = "urn://x-artefacts-gnivc-ru"
_SYNCHRONOUS = f"{_ROOT}/inplat/servin/OpenApiMessageConsumerService/types/1.0"
_ASYNCHRONOUS = f"{_ROOT}/inplat/servin/OpenApiAsyncMessageConsumerService/types/1.0"
_AUTH = f"{_ROOT}/ais3/kkt/AuthService/types/1.0"
_TICKETS = f"{_ROOT}/ais3/kkt/KktTicketService/types/1.0"

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


class Garbage(ValueError):  # noqa: N818 - says what the answer is
    """The answer is no envelope that we understand."""


def auth(master_token: str) -> str:
    """Ask for a token."""
    info = f"<tns:MasterToken>{escape(master_token)}</tns:MasterToken>"
    request = (
        f'<tns:AuthRequest xmlns:tns="{_AUTH}">'
        f"<tns:AuthAppInfo>{info}</tns:AuthAppInfo></tns:AuthRequest>"
    )
    message = f"<ns:Message>{request}</ns:Message>"
    return _envelope(_SYNCHRONOUS, f"<ns:GetMessageRequest>{message}</ns:GetMessageRequest>")


def send(qr: FiscalQr) -> str:
    """Ask for a ticket."""
    values = {
        "Sum": qr.total,
        # Without seconds or with a zone the service says that it is unavailable.
        "Date": f"{qr.purchased:%Y-%m-%dT%H:%M}:00",
        "Fn": qr.drive,
        "TypeOperation": qr.operation,
        "FiscalDocumentId": qr.document,
        "FiscalSign": qr.sign,
    }
    info = "".join(f"<tns:{tag}>{escape(str(v))}</tns:{tag}>" for tag, v in values.items())
    request = (
        f'<tns:GetTicketRequest xmlns:tns="{_TICKETS}">'
        f"<tns:GetTicketInfo>{info}</tns:GetTicketInfo></tns:GetTicketRequest>"
    )
    message = f"<ns:Message>{request}</ns:Message>"
    return _envelope(_ASYNCHRONOUS, f"<ns:SendMessageRequest>{message}</ns:SendMessageRequest>")


def get(message: str) -> str:
    """Ask whether a message has its answer."""
    inner = f"<ns:MessageId>{escape(message)}</ns:MessageId>"
    return _envelope(_ASYNCHRONOUS, f"<ns:GetMessageRequest>{inner}</ns:GetMessageRequest>")


def get_many(messages: Sequence[tuple[str, str]]) -> str:
    """The same for several messages, each with the pseudonym it was sent under."""
    inner = "".join(
        f"<ns:Expressions><ns:MessageId>{escape(message)}</ns:MessageId>"
        f"<ns:UserToken>{escape(user)}</ns:UserToken></ns:Expressions>"
        for message, user in messages
    )
    return _envelope(_ASYNCHRONOUS, f"<ns:GetMessagesRequest>{inner}</ns:GetMessagesRequest>")


def _envelope(namespace: str, body: str) -> str:
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns:ns="{namespace}"><soapenv:Header/><soapenv:Body>{body}</soapenv:Body>'
        "</soapenv:Envelope>"
    )


def parse(body: bytes) -> Element:
    """The first element inside the envelope's body, a Fault as any other. Raises Garbage.

    The text is decoded here, so that no declared encoding hides a DOCTYPE; without one there are
    no entities to expand.
    """
    try:
        document = body.decode("utf-8-sig")
        if "<!DOCTYPE" in document:
            raise Garbage("DOCTYPE")
        envelope = ElementTree.fromstring(document)  # noqa: S314 - see above
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError) as error:
        raise Garbage(type(error).__name__) from None
    inside = child(envelope, "Body") if local(envelope) == "Envelope" else None
    if inside is None or len(inside) == 0:
        raise Garbage("no envelope")
    return inside[0]


def local(element: Element) -> str:
    """The element's name without its namespace: the service is free in its prefixes."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element | None, *path: str) -> Element | None:
    """The element at this path of names, or None."""
    for name in path:
        element = next(children(element, name), None)
    return element


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The element's own children of this name."""
    return (e for e in (() if element is None else element) if local(e) == name)


def words(element: Element | None, *path: str) -> str:
    """The text at this path, stripped; empty when there is none."""
    found = child(element, *path)
    return (found.text or "").strip() if found is not None else ""


def kind_of(fault: Element) -> str:
    """The name of a fault of ours: in `detail` of a SOAP fault, in `xsi:type` of a batch's."""
    detail = child(fault, "detail")
    if detail is not None and len(detail):
        return local(detail[0])
    return fault.get(_TYPE, "").rpartition(":")[2]


def moment(value: str) -> datetime:
    """A moment with its zone. Raises Garbage."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise Garbage("no time") from None
    if found.tzinfo is None:
        raise Garbage("no zone")
    return found
