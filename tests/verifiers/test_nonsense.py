"""Whatever a service says, something sensible is answered and nothing is raised."""

import json
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.receipts.ticket import Ticket
from services.receipts.verifiers import npd, ofdru, proverkacheka, soap
from services.receipts.verifiers.contract import Undecided, Verified
from services.receipts.verifiers.fields import BadTicket, parse_json
from services.receipts.verifiers.fns_answers import (
    Fate,
    MessageLost,
    TokenRefused,
    outcome,
    refuse,
)
from services.receipts.verifiers.fns_calls import _inside
from services.receipts.verifiers.tickets import of_fns
from services.receipts.verifiers.wire import NotAnswered, Reply
from tests.verifiers.rig import sample
from tests.verifiers.test_tickets import KALUGA

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The machine may be busy with other tests."""

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([1e300, -1, 2**63, "1", "2024-01-23T18:16:00", "9999-12-31T23:59:59Z", "1e9"])
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def spoiled(document: Any) -> st.SearchStrategy[Any]:
    """The document with some of its values replaced by anything, at any depth."""
    paths = list(_paths(document))

    def spoil(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
        copy = json.loads(json.dumps(document))
        for path, value in changes:
            inner = copy
            try:
                for step in path[:-1]:
                    inner = inner[step]
                inner[path[-1]] = value
            except (TypeError, KeyError, IndexError):
                continue
        return copy

    changes = st.tuples(st.sampled_from(paths), values)
    return st.lists(changes, min_size=1, max_size=4).map(spoil)


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Any:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value[:2])
    for step, part in inner:
        yield (*before, step)
        yield from _paths(part, (*before, step))


def read(reading: Callable[[Any], Ticket], document: Any) -> None:
    """A ticket that any database can store, or BadTicket."""
    try:
        ticket = reading(parse_json(json.dumps(document)))
    except BadTicket:
        return
    assert 0 <= ticket.total < 2**48
    assert ticket.cash + ticket.ecash + ticket.prepaid >= 0
    assert ticket.seller_inn == ticket.seller_inn.strip() != ""
    repr(ticket).encode()
    assert "\x00" not in (ticket.seller_name or "") + (ticket.address or "") + (ticket.place or "")


@PATIENT
@given(values | spoiled(sample("fns_greengrocer")))
def test_any_ticket_of_the_tax_service(document: Any) -> None:
    read(of_fns, document)


@PATIENT
@given(values | spoiled(sample("ofdru_supermarket")["Data"]))
def test_any_data_of_ofdru(document: Any) -> None:
    read(ofdru.ticket, document)


@PATIENT
@given(values | spoiled(sample("proverkacheka_restaurant")))
def test_any_answer_of_proverkacheka(document: Any) -> None:
    try:
        proverkacheka._answer(Reply(200, json.dumps(document).encode()))
    except NotAnswered:
        return


SERVICE = {
    "receiptId": "a",
    "operationTime": "2026-11-21T18:30:15+03:00",
    "totalAmount": 5,
    "services": [{"name": "x", "quantity": 1, "amount": 5}],
}


@PATIENT
@given(spoiled(SERVICE))
def test_any_receipt_of_the_register(document: Any) -> None:
    answer = npd._answer(parse_json(json.dumps(document)), "1" * 12, "a", KALUGA)  # type: ignore[arg-type]
    assert answer is not None


@PATIENT
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(b'{"a": 1e99999999999999999999}')
@example(b'{"a": ' + b"9" * 5000 + b"}")
@example(b"[" * 100_000)
@example(b"NaN")
def test_any_bytes_are_json_or_bad(body: bytes) -> None:
    try:
        parse_json(body)
    except BadTicket:
        return


names = st.sampled_from(
    [
        "Envelope",
        "Body",
        "Fault",
        "GetMessageResponse",
        "Message",
        "Result",
        "Code",
        "Ticket",
        "ProcessingStatus",
        "GetTicketResponse",
        "Messages",
        "MessageId",
        "detail",
        "faultstring",
    ]
)
texts = st.sampled_from(["", "200", "404", "COMPLETED", "PROCESSING", "лимит", "{}"]) | st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="￾￿"),
    max_size=10,
)
trees = st.recursive(
    st.tuples(names, texts).map(lambda pair: f"<{pair[0]}>{escape(pair[1])}</{pair[0]}>"),
    lambda inner: st.tuples(names, st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=15,
)


@PATIENT
@given(
    st.binary(max_size=300)
    | trees.map(str.encode)
    | trees.map(lambda tree: f"<Envelope><Body>{tree}</Body></Envelope>".encode())
)
@example("<Envelope><Body><a/></Body></Envelope>".encode("utf-16"))
@example(b'<?xml version="1.0" encoding="utf-7"?><Envelope/>')
def test_any_envelope_is_understood_or_garbage(body: bytes) -> None:
    try:
        inside = _inside(Reply(500, body))
    except (NotAnswered, TokenRefused):
        return
    check_outcome(inside)


def check_outcome(inside: Element) -> None:
    try:
        found = outcome(inside)
    except (NotAnswered, TokenRefused):
        return
    assert found is not None


@PATIENT
@given(trees)
def test_any_message_has_an_outcome(tree: str) -> None:
    inside = soap.parse(f"<Envelope><Body>{tree}</Body></Envelope>".encode())
    check_outcome(inside)
    try:
        refuse(inside)
    except (MessageLost, TokenRefused, NotAnswered):
        return


@PATIENT
@given(values | spoiled(sample("fns_greengrocer")))
def test_any_ticket_in_an_envelope(document: Any) -> None:
    ticket = escape(json.dumps(document))
    inside = soap.parse(
        "<Envelope><Body><GetMessageResponse><Message><GetTicketResponse><Result><Code>200</Code>"
        f"<Ticket>{ticket}</Ticket></Result></GetTicketResponse></Message></GetMessageResponse>"
        "</Body></Envelope>".encode()
    )
    found = outcome(inside)
    assert isinstance(found, Verified | Undecided)
    assert not isinstance(found, Fate)
