"""Who may call how often, and that nobody can keep the others out."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector

from services.reports.states import Acting, Verb
from services.sharing.models import ApiClient
from tests.house import House
from tests.http.caller import Caller, Reply
from tests.http.desk import Desk

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=b"}
CALLERS = "handlers.http.open311.callers."


async def statuses(caller: Caller, count: int, path: str = "services.xml", **fields: str) -> Any:
    return Counter([(await caller.get(path, fields)).status for _ in range(count)])


async def says_slowly(caller: Caller, first: bytes = b"description=x", seconds: float = 5) -> Reply:
    """A form that never comes to its end."""

    async def slowly() -> AsyncIterator[bytes]:
        yield first
        await asyncio.sleep(seconds)

    return await caller.raw("POST", "requests.xml", data=slowly(), headers=FORM)


class From(Caller):
    """A caller at another address of this machine."""

    def __init__(self, like: Caller, address: str) -> None:
        super().__init__(like.house, like.base)
        self._address = address

    async def __aenter__(self) -> "From":
        self._session = ClientSession(connector=TCPConnector(local_addr=(self._address, 0)))
        return self


async def test_too_many_calls(house: House, caller: Caller) -> None:
    statuses = [(await caller.get("discovery.xml")).status for _ in range(121)]
    assert statuses == [200] * 120 + [429]
    refused = await caller.get("discovery.xml")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert refused.error[0] == "429"
    house.clock.advance(seconds=1)
    assert (await caller.get("discovery.xml")).status == 200


async def test_keys_cannot_be_guessed_for_long(house: House, caller: Caller) -> None:
    statuses = [
        (await caller.get("servicerequestupdates.xml", {"api_key": f"guess{n}"})).status
        for n in range(7)
    ]
    assert statuses[:5] == [403] * 5
    assert statuses[-1] == 429


async def test_a_key_is_counted_by_its_own_limit(house: House, caller: Caller) -> None:
    await caller.with_key(per_minute=150)
    key = caller.key or ""
    path = "servicerequestupdates.xml"
    assert await statuses(caller, 151, path, api_key=key) == {200: 150, 429: 1}
    # The first one came from an address that nobody knew yet; the others cost it nothing.
    assert await statuses(caller, 120) == {200: 119, 429: 1}
    house.clock.advance(minutes=1)
    assert await statuses(caller, 130) == {200: 120, 429: 10}
    assert await statuses(caller, 100, path, api_key=key) == {200: 100}
    assert (await caller.sends()).status == 200


async def test_a_key_without_its_right_is_counted_with_strangers(
    house: House, caller: Caller
) -> None:
    await caller.with_key(per_minute=1000)
    assert (await caller.sends()).status == 200
    await house.change(ApiClient, revoked_at=house.clock.now())
    async with house.unchanged():
        replies = Counter([(await caller.sends()).status for _ in range(10)])
    assert replies == {403: 6, 429: 4}


async def test_a_client_with_a_new_key_is_the_same_client(
    house: House, desk: Desk, caller: Caller
) -> None:
    """Its numbers, updates and questions stay its own; the old key is worth nothing."""
    fms = await caller.with_key(may_update=True)
    assert (await fms.sends(**{"attribute[fixmystreet_id]": "7"})).id == "1"
    number = await desk.report("open")
    told = (await fms.updates(number, update_id="42")).xml
    old = fms.key
    await fms.rekeyed()
    async with house.unchanged():
        assert (await fms.sends(**{"attribute[fixmystreet_id]": "7"})).id == "1"
        assert (await fms.updates(number, update_id="42")).xml == told
    await desk.move(1, Verb.CLARIFY, Acting.MODERATOR, reason="where_exactly")
    path = "servicerequestupdates.xml"
    asked = (await fms.get(path, {"api_key": fms.key or ""})).xml["request_update"]
    assert [(each["service_request_id"], each["external_status_code"]) for each in asked] == [
        ("1", "clarify")
    ]
    fms.key = old
    async with house.unchanged():
        assert (await fms.sends()).status == 403
        assert (await fms.get(path, {"api_key": old or ""})).status == 403


async def test_an_address_is_forgotten_after_an_hour(house: House, caller: Caller) -> None:
    await caller.with_key()
    assert (await caller.sends()).status == 200
    house.clock.advance(minutes=59)
    assert await statuses(caller, 121) == {200: 120, 429: 1}
    assert (await caller.sends()).status == 200
    house.clock.advance(minutes=61)
    assert await statuses(caller, 121) == {200: 120, 429: 1}
    async with house.unchanged():
        assert (await caller.sends()).status == 429
    house.clock.advance(seconds=1)
    assert (await caller.sends()).status == 200


async def test_a_call_that_never_ends(
    house: House, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CALLERS + "_FIRST_SECONDS", 0.1)
    async with house.unchanged():
        reply = await says_slowly(caller)
    assert (reply.status, reply.error) == (408, ("408", "The call took too long to arrive"))


def form(text: bytes) -> bytes:
    return b"description=" + text


def parts(text: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="description"\r\n\r\n' + text


@pytest.mark.parametrize(("begins", "headers"), [(form, FORM), (parts, PARTS)])
@pytest.mark.parametrize(("rate", "status"), [(500, 403), (50_000, 408)])
async def test_a_body_has_longer_while_it_comes_at_a_fair_rate(
    house: House,
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
    begins: Callable[[bytes], bytes],
    headers: dict[str, str],
    rate: int,
    status: int,
) -> None:
    """Ten times a hundred bytes in a second, where the first half second is free."""
    monkeypatch.setattr(CALLERS + "_FIRST_SECONDS", 0.5)
    monkeypatch.setattr(CALLERS + "_BYTES_PER_SECOND", rate)

    async def slowly() -> AsyncIterator[bytes]:
        yield begins(b"x")
        for _ in range(10):
            await asyncio.sleep(0.1)
            yield b"x" * 100
        yield b"\r\n--b--\r\n"

    async with house.unchanged():
        reply = await caller.raw("POST", "requests.xml", data=slowly(), headers=headers)
    assert reply.status == status


async def test_no_body_has_longer_than_the_longest(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CALLERS + "_LONGEST_CALL", 0.3)
    assert (await says_slowly(caller, b"x" * 2_000_000)).status == 408


async def test_one_address_sends_two_at_a_time_and_few_wait(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CALLERS + "_FIRST_SECONDS", 0.3)
    replies = await asyncio.gather(*(says_slowly(caller) for _ in range(10)))
    assert Counter(reply.status for reply in replies) == {408: 8, 429: 2}
    assert (await caller.get("services.xml")).status == 200
    assert (await caller.with_key()).key is not None
    assert (await caller.sends()).status == 200


async def test_dribbling_strangers_do_not_keep_a_client_out(
    house: House, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten addresses send as slowly as they may: clients have room of their own, and another
    stranger is told to come back."""
    monkeypatch.setattr(CALLERS + "_LONGEST_WAIT", 0.3)
    await caller.with_key()
    assert (await caller.sends()).id == "1"
    async with asyncio.TaskGroup() as group, From(caller, "127.0.0.99") as stranger:
        dribbling = [
            group.create_task(_dribbles(caller, f"127.0.0.{n}")) for n in range(10, 20)
        ]  # fmt: skip
        await asyncio.sleep(1)
        replies = await asyncio.gather(*(caller.sends() for _ in range(6)))
        assert sorted(reply.id for reply in replies) == ["2", "3", "4", "5", "6", "7"]
        refused = await stranger.raw("POST", "requests.xml", data=b"a=b", headers=FORM)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        for task in dribbling:
            task.cancel()
    assert (await caller.sends()).id == "8"


async def _dribbles(like: Caller, address: str) -> None:
    async with From(like, address) as caller:
        await asyncio.gather(says_slowly(caller, seconds=30), says_slowly(caller, seconds=30))
