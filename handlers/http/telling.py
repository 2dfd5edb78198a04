"""What an address hears of a public move: the move itself, signed, and where to read more.

It is thin on purpose: whoever wants the report asks for it and gets what is public by then.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers.http.open311 import moments
from handlers.http.wording import reason_in_words
from services.cities import CityFacts
from services.projects.stages import BY_STAGE
from services.reports.states import NEVER_SHOWN
from services.sharing.deliveries import Call

SIGNATURE = "Guestcard-Signature"
EVENT = "Guestcard-Event"

_PRIVATE = {*NEVER_SHOWN, *(stage for stage, row in BY_STAGE.items() if row.public == "none")}


def body(call: Call, city: CityFacts, base: str) -> bytes:
    """The move as JSON. `id` is the same whenever it is sent again."""
    told: dict[str, Any] = {
        "id": event_id(call, city),
        "city": city.slug,
        "number": call.number,
        "at": moments.write(call.at),
        "subject": call.subject,
        "subject_id": str(call.subject_number),
        "verb": call.verb,
        "before": None if call.before in _PRIVATE else call.before,
        "after": call.after,
        "acting": call.acting,
        "reason": reason_in_words(call.reason),
        "facts": dict(call.facts),
        "hash": call.hash,
        "url": _url(call, base),
        "page": _page(call, base),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def event_id(call: Call, city: CityFacts) -> str:
    """What the receiver knows the move by, so that a repeat is no second one."""
    return f"{city.slug}-{call.number}"


def headers(call: Call, city: CityFacts, sent: bytes, now: datetime) -> Mapping[str, str]:
    """With the signature over the moment of sending and the body."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        EVENT: event_id(call, city),
        SIGNATURE: signature(call.secret, sent, now),
    }


def signature(secret: str, sent: bytes, now: datetime) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 with the secret over `SECONDS.BODY`.

    The moment lets the receiver refuse what somebody recorded and sends again later.
    """
    seconds = str(int(now.timestamp()))
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + sent, hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"


def _url(call: Call, base: str) -> str | None:
    """Where a system reads on."""
    if call.subject == "report":
        return f"{base}/open311/v2/requests/{call.subject_number}.json"
    return f"{base}/feeds/projects.geojson" if call.subject == "project" else None


def _page(call: Call, base: str) -> str | None:
    """Where a person reads on."""
    pages = {"report": "reports", "project": "projects"}.get(call.subject)
    return pages and f"{base}/{pages}/{call.subject_number}"
