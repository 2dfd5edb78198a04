"""Kaluga's bot behind a real HTTP server, and the systems that call it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from services.database import Database
from tests.clock import ManualClock
from tests.handlers import conftest as flows
from tests.house import House, house_of
from tests.http.caller import Caller
from tests.http.desk import Desk
from tests.http.receiver import Receiver

kaluga_template = flows.kaluga_template
kaluga = flows.kaluga


@pytest.fixture
async def house(kaluga: Database, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    """Kaluga at noon on a Sunday; addresses of this machine may be called."""
    async with house_of(kaluga, clock, tmp_path, allow_private_addresses=True) as house:
        yield house
        await house.app.close()


@pytest.fixture
async def server(house: House) -> AsyncIterator[TestServer]:
    server = TestServer(house.app.http)
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
def desk(house: House) -> Desk:
    """The city's side: reports and what becomes of them."""
    return Desk(house)


@pytest.fixture
async def caller(house: House, server: TestServer) -> AsyncIterator[Caller]:
    """A system without a key."""
    async with Caller(house, str(server.make_url("/"))) as caller:
        yield caller


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A strict receiver of webhooks on this machine."""
    async with Receiver() as receiver:
        yield receiver
