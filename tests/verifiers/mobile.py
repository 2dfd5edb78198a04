"""Receipts as the tax service's phone application shows or exports them, for tests only."""

from collections.abc import Iterator

from services.receipts.ticket import Ticket
from services.receipts.verifiers.fields import fields
from services.receipts.verifiers.tickets import of_content


def tickets_of_the_phone(document: object) -> list[Ticket]:
    """The tickets of an export, of an envelope, or of a bare document. Raises BadTicket.

    A time given as a number is a true moment there, and the place's zone is not known.
    """
    return [
        of_content(fields(receipt, "receipt"), address=None, epoch_is_local=False)
        for receipt in _receipts(document)
    ]


def _receipts(document: object) -> Iterator[object]:
    if isinstance(document, list):
        for part in document:
            yield from _receipts(part)
        return
    outer = fields(document, "document")
    inner = fields(outer.get("ticket", outer), "ticket")
    yield fields(inner.get("document"), "document").get("receipt")
