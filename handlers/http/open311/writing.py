"""Calls that bring something: a report, or word of what became of one."""

from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.http.open311 import answers, catalogue, moments
from handlers.http.open311.calls import Call
from handlers.http.open311.errors import bad, forbidden, missing
from handlers.http.open311.listing import number_of
from handlers.http.open311.pictures import pictures
from handlers.texts import _n, plain
from services.errors import NotAllowed, NotFound, Refusal
from services.reports.drafts import Incomplete, OutsideCity
from services.reports.texts import TEXT, WORDS
from services.sharing import catalogue as offered
from services.sharing import taking, updates
from services.sharing.clients import Client
from services.sharing.taking import Incoming
from services.sharing.updates import Told

Tree = tuple[str, Any]

REHEARSED = "test"
"""The id of what is sent to the test address, and not kept."""

_LONGEST_ID = 100


class _Rehearsed(Exception):  # noqa: N818 - ends a transaction that is not to be kept
    pass


async def request(call: Call) -> Tree:
    """POST requests."""
    client = call.author()
    said = call.said
    async with call.door.database.reading() as tx:
        themes = await offered.themes(tx, call.city)
    theme = catalogue.theme_of(themes, said.need("service_code"))
    foreign_id = answers.foreign_id(said)
    async with call.door.database.reading() as tx:
        number = await taking.known(tx, client, foreign_id)
    if number is not None:
        return _taken(str(number), 0)
    spot, attributes = answers.spot(said), answers.attributes(said, theme)
    text = _words(call, "description", TEXT)
    kept, lost = await pictures(said, call.door, call.city.rules.civic.photos)
    if not text and not kept:
        raise bad("description is missing")
    incoming = Incoming(theme.id, text, spot, attributes, foreign_id, kept)
    return _taken(await _take(call, client, incoming), lost)


async def _take(call: Call, client: Client, incoming: Incoming) -> str:
    async def take(tx: AsyncConnection) -> str:
        return str(await taking.take(tx, call.city, client, incoming, call.door.clock.now()))

    return await _carry_out(call, take)


async def _carry_out(call: Call, work: Callable[[AsyncConnection], Awaitable[str]]) -> str:
    """Do the work and say its id; a rehearsal does it too, and undoes it."""
    try:
        async with call.door.database.transaction() as tx:
            done = await work(tx)
            _only_keep_what_counts(call)
    except _Rehearsed:
        return REHEARSED
    except Refusal as refusal:
        _refuse(refusal)
    call.door.committed()
    return done


def _only_keep_what_counts(call: Call) -> None:
    if call.rehearsal:
        raise _Rehearsed


def _taken(number: str, lost: int) -> Tree:
    notice = None
    if lost:
        notice = plain(
            _n(
                "A photo could not be read, so the report has come without it.",
                "{n} photos could not be read, so the report has come without them.",
                lost,
            )
        )
    told = {"service_request_id": number, "service_notice": notice, "account_id": None}
    return "service_requests", [told]


async def update(call: Call) -> Tree:
    """POST servicerequestupdates."""
    client = call.author()
    said = call.said
    if not client.may_update and not await _was_asked(call, client):
        raise forbidden("This api_key may not say what the city has done")
    for name in ("service_request_id", "update_id", "updated_datetime", "status", "description"):
        said.need(name)
    number, update_id = number_of(said.need("service_request_id")), said.need("update_id")
    moments.read(said.need("updated_datetime"), "updated_datetime")
    until = said.get("expected_datetime")
    if len(update_id) > _LONGEST_ID or len(said.need("status")) > _LONGEST_ID:
        raise bad(f"update_id and status must not be longer than {_LONGEST_ID} letters")
    text = _words(call, "description", WORDS)
    if number is None:
        raise missing(f"There is no service_request_id {said.need('service_request_id')}")
    before = await _answered(call, client, number, update_id)
    if before is not None:
        return _noted(before)
    kept, _lost = await pictures(said, call.door, 1)
    told = Told(
        number=number,
        id=update_id,
        status=said.need("status"),
        text=text,
        picture=next(iter(kept), None),
        until=None if until is None else moments.read(until, "expected_datetime"),
    )
    return _noted(await _tell(call, client, told))


async def _was_asked(call: Call, client: Client) -> bool:
    """Whether the call may answer a question about a report that the client sent."""
    number = number_of(call.said.get("service_request_id") or "")
    async with call.door.database.reading() as tx:
        return number is not None and await updates.was_asked(tx, call.city, client, number)


async def _answered(call: Call, client: Client, number: int, update_id: str) -> str | None:
    try:
        async with call.door.database.reading() as tx:
            return await updates.answered(tx, call.city, client, number, update_id)
    except NotFound as refusal:
        _refuse(refusal)


async def _tell(call: Call, client: Client, told: Told) -> str:
    async def tell(tx: AsyncConnection) -> str:
        return await updates.take(tx, call.city, client, told, call.door.clock.now())

    return await _carry_out(call, tell)


def _noted(update_id: str) -> Tree:
    return "service_request_updates", [{"update_id": update_id}]


def _words(call: Call, name: str, most: int) -> str:
    text = (call.said.get(name) or "").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > most:
        raise bad(f"{name} must not be longer than {most} letters")
    return text


def _refuse(refusal: Refusal) -> NoReturn:
    if isinstance(refusal, NotFound):
        raise missing("There is no such service_request_id") from refusal
    if isinstance(refusal, NotAllowed):
        raise forbidden("This api_key may not do that") from refusal
    if isinstance(refusal, OutsideCity):
        raise bad("The place is not in this city") from refusal
    if isinstance(refusal, Incomplete):
        raise bad("The report is not complete: it needs words or a photo, and a place") from refusal
    raise bad("The call cannot be carried out as things stand") from refusal
