"""Calls that only look."""

from typing import Any

from handlers.http.open311 import catalogue, listing, moments
from handlers.http.open311.calls import Call
from handlers.http.open311.errors import missing
from handlers.http.open311.listing import number_of
from handlers.http.open311.markup import Several
from handlers.http.wording import reason_in_words
from services.reports import views
from services.reports.views import Public, Wanted
from services.sharing import requests as sharing
from services.sharing import taking
from services.sharing import updates as moves
from services.sharing.catalogue import themes
from services.sharing.updates import Update

Tree = tuple[str, Any]


async def discovery(call: Call) -> Tree:
    """GET discovery."""
    return "discovery", catalogue.discovery(call.city, call.base)


async def services(call: Call) -> Tree:
    """GET services."""
    async with call.door.database.reading() as tx:
        found = await themes(tx, call.city)
    return "services", catalogue.services(found)


async def definition(call: Call) -> Tree:
    """GET services/CODE."""
    async with call.door.database.reading() as tx:
        found = await themes(tx, call.city)
    return "service_definition", catalogue.definition(catalogue.theme_of(found, call.name))


async def requests(call: Call) -> Tree:
    """GET requests."""
    limit, offset = listing.page(call.said)
    return await _listed(call, listing.wanted(call.said, call.door.clock.now()), limit, offset)


async def request(call: Call) -> Tree:
    """GET requests/ID."""
    number = number_of(call.name)
    root, found = await _listed(call, Wanted(numbers=[number or 0]), 1, 0)
    if not found:
        raise missing(f"There is no service_request_id {call.name}")
    return root, found


async def token(call: Call) -> Tree:
    """GET tokens/TOKEN. Every report is answered with its id at once, which is its token, too."""
    number = number_of(call.name)
    async with call.door.database.reading() as tx:
        exists = number is not None and await taking.exists(tx, call.city, number)
    if not exists:
        raise missing(f"There is no token {call.name}")
    return "service_requests", [{"service_request_id": str(number), "token": str(number)}]


async def _listed(call: Call, wanted: Wanted, limit: int, offset: int) -> Tree:
    now = call.door.clock.now()
    async with call.door.database.reading() as tx:
        found: list[Public] = await views.listed(
            tx, call.city, wanted, now, limit=limit, offset=offset
        )
        named = await themes(tx, call.city, also_gone=True)
        more = await sharing.more(tx, found) if call.said.is_true("extensions") else None
    tree = listing.requests(found, city=call.city, themes=named, base=call.base, more=more)
    return "service_requests", tree


async def updates(call: Call) -> Tree:
    """GET servicerequestupdates."""
    client = call.client(needed=False)
    limit, offset = listing.page(call.said)
    now = call.door.clock.now()
    window = moments.window(call.said.get("start_date"), call.said.get("end_date"), now)
    async with call.door.database.reading() as tx:
        found = await moves.between(
            tx, call.city, window.since, window.until, client=client, limit=limit, offset=offset
        )
    return "service_request_updates", [_update(each, call.base) for each in found]


def _update(found: Update, base: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "update_id": found.id,
        "service_request_id": str(found.number),
        "status": found.word,
        "updated_datetime": moments.write(found.at),
        "description": reason_in_words(found.reason),
        "media_url": Several(tuple(f"{base}/photo/{token}" for token in found.photos)),
        "external_status_code": found.state,
    }
    if found.foreign_id is not None and found.foreign_id.isdigit():
        told["fixmystreet_id"] = found.foreign_id
    return told
