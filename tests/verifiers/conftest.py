"""The time, the purse and the vault of one test, and the tax service with its client."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.receipts.verifiers.contract import Verifier
from services.receipts.verifiers.fns import Fns
from services.receipts.verifiers.wire import Reply, VerifierConfig
from tests.verifiers.fakes.fns import MASTER, FakeFns
from tests.verifiers.rig import CountedPurse, MemoryVault, Time, tickets_of_the_greengrocer


@pytest.fixture
def time() -> Time:
    """Moves by sleeping."""
    return Time()


@pytest.fixture
def purse() -> CountedPurse:
    """A thousand calls."""
    return CountedPurse()


@pytest.fixture
def vault(time: Time) -> MemoryVault:
    """Empty."""
    return MemoryVault(time.clock)


@pytest.fixture
async def tax(time: Time) -> AsyncIterator[FakeFns]:
    """Knows the greengrocer's receipts, and has each answer ready at once."""
    fake = FakeFns(tickets_of_the_greengrocer, tick=time.tick, clock=time.clock)
    async with fake:
        yield fake


@pytest.fixture
async def fns(
    tax: FakeFns,
    time: Time,
    purse: CountedPurse,
    vault: MemoryVault,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Verifier]:
    """A client of `tax`; no time passes while one of its calls is under way."""
    config = VerifierConfig(tax.url, MASTER)
    client = Fns(config, purse=purse, vault=vault, tick=time.tick, sleep=time.sleep)
    call, under_way = client._calls.wire.call, 0

    async def counted(*args: Any, **kwargs: Any) -> Reply:
        nonlocal under_way
        under_way += 1
        try:
            return await call(*args, **kwargs)
        finally:
            under_way -= 1

    time.busy = lambda: under_way > 0
    monkeypatch.setattr(client._calls.wire, "call", counted)
    yield client
    await client.close()
