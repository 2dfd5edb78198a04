"""A verifier that answers what a test says, and the tickets it finds."""

from collections.abc import Callable
from typing import Any

from services.receipts.slip import Slip
from services.receipts.ticket import Item, Ticket
from services.receipts.verifiers.contract import Allowance, Answer, Period, Question, Verified

ORBIT = {"seller_inn": "0040000014", "registration": "0000400101044251", "serial": "DEMO0101"}
"""What every receipt of the Orbit's till has on it."""


def item(total: int, name: str = "Раф", **changes: Any) -> Item:
    """A line of a receipt, `total` in kopecks."""
    values = {"product_type": 1, "payment_type": 4, "agent": False, **changes}
    return Item(name=name, total=total, **values)


def ticket_of(slip: Slip, **changes: Any) -> Ticket:
    """The document of an honest receipt of the Orbit, changed as said."""
    total = slip.total or 0
    values: dict[str, Any] = {
        "drive": slip.device,
        "document": slip.document or 0,
        "sign": int(slip.sign or 0),
        "operation": slip.operation,
        "total": total,
        "purchased": slip.purchased,
        "form": 3,
        "seller_name": "ООО «Орбита»",
        "place": None,
        "address": None,
        "fias": None,
        "lat": None,
        "lon": None,
        "internet": False,
        "cash": 0,
        "ecash": total,
        "prepaid": 0,
        "credit": 0,
        "provision": 0,
        "provider_inn": None,
        "items": (item(total),),
        **ORBIT,
    }
    return Ticket(**{**values, **changes})


def found(question: Question) -> Answer:
    """The service knows the receipt, and all is well."""
    return Verified(ticket_of(question.slip))


class Scripted:
    """A `Verifier`: `answer` says what comes of a question; `asked` are those that were put."""

    def __init__(
        self,
        name: str = "fns",
        answer: Callable[[Question], Answer] = found,
        adapters: frozenset[str] = frozenset({"ru54"}),
        at_once: int = 20,
    ) -> None:
        self.name = name
        self.adapters = adapters
        self.at_once = at_once
        self.answer = answer
        self.asked: list[Question] = []

    async def ask(self, questions: list[Question]) -> dict[str, Answer]:
        self.asked += questions
        return {question.key: self.answer(question) for question in questions}

    async def close(self) -> None:
        pass


PLENTY = Allowance(calls=1000, period=Period.DAY, reserve=100, per_receipt=1)
