"""The time, the purse and the vault of one test, and the tax service with its client."""

from collections.abc import AsyncIterator

import pytest

from services.receipts.verifiers.contract import Verifier
from services.receipts.verifiers.known import make_verifier
from services.receipts.verifiers.wire import VerifierConfig
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
    tax: FakeFns, time: Time, purse: CountedPurse, vault: MemoryVault
) -> AsyncIterator[Verifier]:
    """A client of `tax`."""
    time.busy = lambda: purse.spent > tax.answered
    config = VerifierConfig(tax.url, MASTER)
    client = make_verifier(
        "fns", config, purse=purse, vault=vault, tick=time.tick, sleep=time.sleep
    )
    yield client
    await client.close()
