"""proverkacheka.com: a commercial service; free for some fifteen receipts a day, one at a time."""

from services.receipts.verifiers import tickets
from services.receipts.verifiers.contract import (
    Allowance,
    Answer,
    Because,
    NotYet,
    Period,
    Question,
    Rejected,
    Trouble,
    Undecided,
    Verified,
)
from services.receipts.verifiers.fields import BadTicket, Fields, fields, parse_json, text, whole
from services.receipts.verifiers.one_by_one import OneByOne
from services.receipts.verifiers.slips import fiscal
from services.receipts.verifiers.wire import NotAnswered, Reply

NAME = "proverkacheka"
URL = "https://proverkacheka.com"
ADAPTERS = frozenset({"ru54"})
ALLOWANCE = Allowance(calls=15, period=Period.DAY, reserve=0, per_receipt=1.0)
"""Without payment."""

_PATH = "/api/v1/check/get"
_COOL_DOWN = 600.0
_BANNED = 6 * 3600.0
_REFUSALS = {
    401: (Trouble.DENIED, None),
    402: (Trouble.QUOTA, None),
    403: (Trouble.SLOW_DOWN, _BANNED),
    429: (Trouble.SLOW_DOWN, _COOL_DOWN),
}
"""403 is a ban for asking too often; the token has a status of its own."""


class Proverkacheka(OneByOne):
    """Client of the service. Its rendering of a receipt (`html`) is never touched."""

    name = NAME
    adapters = ADAPTERS
    at_once = 3
    own_url = URL
    gap = 4.0

    async def _ask(self, question: Question) -> Answer:
        qr = fiscal(question.slip)
        if qr is None:
            return Undecided("not a fiscal receipt")
        asked = {
            "token": self._token,
            "fn": qr.drive,
            "fd": str(qr.document),
            "fp": str(qr.sign),
            "t": f"{qr.purchased:%Y%m%dT%H%M}",
            "n": str(qr.operation),
            "s": f"{qr.total // 100}.{qr.total % 100:02d}",
            "qr": "0",
        }
        reply = await self._call("POST", _PATH, data=asked)
        if reply.status in _REFUSALS:
            trouble, seconds = _REFUSALS[reply.status]
            raise NotAnswered(trouble, f"HTTP {reply.status}", seconds)
        return _answer(reply)


def _answer(reply: Reply) -> Answer:
    """What the code says. Raises NotAnswered."""
    try:
        answer = fields(parse_json(reply.body), "answer")
        code = whole(answer.get("code"), "code", 0, 999)
    except BadTicket:
        raise NotAnswered(Trouble.DOWN, f"HTTP {reply.status}, not JSON") from None
    match code:
        case 0:
            return Rejected(Because.MALFORMED)
        case 1:
            return _verified(answer)
        case 2 | 3:
            # 3: this receipt was asked about too often; no other one is.
            return NotYet()
        case 4:
            raise NotAnswered(Trouble.SLOW_DOWN, "code 4", _COOL_DOWN)
        case 5:
            raise NotAnswered(Trouble.DOWN, "code 5")
    said = text(answer.get("data")) or ""
    return Undecided(f"code {code}: {said[:200]}")


def _verified(answer: Fields) -> Answer:
    try:
        content = fields(fields(answer.get("data"), "data").get("json"), "json")
        metadata = content.get("metadata")
        address = metadata.get("address") if isinstance(metadata, dict) else None
        return Verified(tickets.of_content(content, address=address, epoch_is_local=False))
    except BadTicket as error:
        return Undecided(f"ticket: {error}")
