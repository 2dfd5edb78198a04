"""What the open API's answers and faults mean."""

from enum import Enum, auto
from typing import NoReturn
from xml.etree.ElementTree import Element

from services.receipts.verifiers import soap, tickets
from services.receipts.verifiers.contract import (
    Answer,
    Because,
    NotYet,
    Rejected,
    Trouble,
    Unavailable,
    Undecided,
    Verified,
)
from services.receipts.verifiers.fields import BadTicket, parse_json, text
from services.receipts.verifiers.wire import NotAnswered

QUOTA_SECONDS = 3600.0
"""The service does not say when its day begins, so it is tried again each hour."""
RATE_SECONDS = 15.0
"""A quarter of an answer's life."""

_CODES: dict[str, Answer] = {
    "400": Rejected(Because.MALFORMED),
    "404": NotYet(),
    "406": Rejected(Because.FORGED),
    "453": Rejected(Because.FORGED),
    "454": Rejected(Because.FORGED),
    "455": NotYet(),
    "503": Unavailable(Trouble.DOWN),
    # The till is not registered with this fiscal drive, or not yet.
    "544": NotYet(),
}
_SIGN_UNCHECKED = {"452", "528"}


class Fate(Enum):
    """What became of a message that brought no answer."""

    WORKING = auto()
    LOST = auto()
    """Never there, or not fetched in time."""
    SIGN_UNCHECKED = auto()
    """The module that checks signs did not do it; it may the next time."""


class TokenRefused(Exception):  # noqa: N818 - says what happened
    """A new token may help."""


class MessageLost(NotAnswered):
    """The message must be sent again."""

    def __init__(self) -> None:
        super().__init__(Trouble.DOWN, "message not found")


def outcome(answered: Element) -> Answer | Fate:
    """Of one message: a GetMessageResponse, or an item of a GetMessagesResponse.

    Raises NotAnswered when the message may still be answered.
    """
    if (fault := soap.child(answered, "Fault")) is not None:
        return _of_item_fault(fault)
    inside = soap.child(answered, "Result")
    inside = answered if inside is None else inside
    status = soap.words(inside, "ProcessingStatus") or soap.words(answered, "ProcessingStatus")
    response = soap.child(inside, "Message", "GetTicketResponse")
    if status == "PROCESSING":
        return Fate.WORKING
    if response is None:
        raise NotAnswered(Trouble.DOWN, "no answer in the message")
    if (fault := soap.child(response, "Fault")) is not None:
        return _of_words(soap.words(fault, "Message")).answer
    return _of_result(response)


def _of_result(response: Element) -> Answer | Fate:
    code = soap.words(response, "Result", "Code")
    if code in _SIGN_UNCHECKED:
        return Fate.SIGN_UNCHECKED
    if (answer := _CODES.get(code)) is not None:
        return answer
    if code != "200":
        said = text(soap.words(response, "Result", "Message")) or ""
        return Undecided(f"code {code[:20]}: {said[:200]}")
    try:
        document = parse_json(soap.words(response, "Result", "Ticket"))
        return Verified(tickets.of_fns(document))
    except BadTicket as error:
        return Undecided(f"ticket: {error}")


def _of_item_fault(fault: Element) -> Fate:
    try:
        refuse(fault)
    except MessageLost:
        return Fate.LOST
    except TokenRefused:
        raise NotAnswered(Trouble.DENIED, "the token is refused") from None


def refuse(fault: Element) -> NoReturn:
    """Raise what the fault means: NotAnswered, TokenRefused or MessageLost.

    Only the kind is put into words, because a fault about a token quotes it.
    """
    said = soap.words(fault, "faultstring") or soap.words(fault, "Message")
    match soap.kind_of(fault):
        case "AuthenticationFault" if "IP" in said:
            raise NotAnswered(Trouble.DENIED, "this address is not allowed")
        case "AuthenticationFault":
            raise TokenRefused
        case "MessageNotFoundFault":
            raise MessageLost
        case "RateLimitingFault":
            raise NotAnswered(Trouble.SLOW_DOWN, "too often", RATE_SECONDS)
    raise _of_words(said)


def _of_words(said: str) -> NotAnswered:
    """Faults without a kind are told apart by their sentence."""
    if "лимит" in said.casefold():
        return NotAnswered(Trouble.QUOTA, "no calls left", QUOTA_SECONDS)
    return NotAnswered(Trouble.DOWN, f"fault: {said[:200]}")
