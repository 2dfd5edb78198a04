"""More receipts come than a day's calls are enough for: the tax service's client, the queue and
the strict fake together, over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.checking import Checking, Service
from bot.metrics import Metrics
from bot.purse import DatabasePurse, DatabaseVault
from services.database import Database
from services.receipts.chain import Chain
from services.receipts.models import ReceiptCheck
from services.receipts.qr import FiscalQr
from services.receipts.verifiers.known import ALLOWANCES, SERVES, make_verifier
from services.receipts.verifiers.wire import VerifierConfig
from tests.bot.test_checking import Desk
from tests.clock import ManualClock
from tests.services.town import Town, town_of
from tests.verifiers.fakes.fns import MASTER, FakeFns, Limits

CALLS = 40
FALSE_SIGN = 4_000_000_000
LATENCY = 2.0


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    async with town_of(database, clock) as town:
        yield town


def document(qr: FiscalQr) -> dict[str, Any] | int:
    """What the tax service has for any receipt of the Orbit whose sign is not false."""
    if qr.sign >= FALSE_SIGN:
        return 406
    line = {"name": "Раф", "price": qr.total, "quantity": 1, "sum": qr.total,
            "productType": 1, "paymentType": 4}  # fmt: skip
    content = {
        "code": 3, "fiscalDriveNumber": qr.drive, "kktRegId": "0000400101044251    ",
        "userInn": "0040000014  ", "user": "Орбита", "fiscalDocumentNumber": qr.document,
        "fiscalSign": qr.sign, "dateTime": int(qr.purchased.timestamp()),
        "operationType": qr.operation, "totalSum": qr.total, "items": [line],
        "cashTotalSum": 0, "ecashTotalSum": qr.total, "prepaidSum": 0, "creditSum": 0,
        "provisionSum": 0, "numberKkt": "DEMO0101",
    }  # fmt: skip
    return {"id": 1, "subtype": "receipt", "address": "Калуга", "content": content}


class Office(Desk):
    """A town that asks the fake of the tax service, which allows `CALLS` a day."""

    def __init__(self, town: Town, tax: FakeFns, chain: tuple[str, ...]) -> None:
        super().__init__(town, chain)
        town.chain = Chain(chain, SERVES)
        self._began = town.now
        allowance = ALLOWANCES["fns"].of(CALLS)
        self.client = make_verifier(
            "fns",
            VerifierConfig(tax.url, MASTER, pace=1e9),
            purse=DatabasePurse(town.database, town.clock, "fns", allowance),
            vault=DatabaseVault(town.database, town.clock, "fns"),
            tick=self.tick,
        )
        self._checking = Checking(
            database=town.database,
            clock=town.clock,
            city=self,  # type: ignore[arg-type]
            chain=town.chain,
            services={"fns": Service(self.client, allowance)},
            metrics=Metrics(),
            told=lambda: None,
        )

    def tick(self) -> float:
        return (self.town.now - self._began).total_seconds()

    async def some_minutes(self) -> None:
        """Ask what is due, second by second."""
        for _second in range(120):
            await self._checking.ask_some("fns")
            self.town.clock.advance(seconds=1)

    async def waiting(self) -> int:
        ((count,),) = await self.town.rows(select(func.count()).select_from(ReceiptCheck))
        return int(count)


@pytest.fixture
async def tax(town: Town) -> AsyncIterator[FakeFns]:
    limits = Limits(
        CALLS, calls_a_second=None, gets_a_second=None,
        same_message_a_minute=None, batches_a_minute=None,
    )  # fmt: skip
    began = town.now
    async with FakeFns(
        document,
        latency=LATENCY,
        limits=limits,
        tick=lambda: (town.now - began).total_seconds(),  # noqa: PLW0108 - now moves
        clock=town.clock,
    ) as fake:
        yield fake


async def sent_in(town: Town, count: int) -> None:
    """So many receipts of as many guests, among them a forged one, and one with the number of
    another and a false sign."""
    forged = town.qr(drive="7386400000010001", document=900_001, sign=FALSE_SIGN)
    await town.submit(await town.guest(), forged)
    await town.submit(await town.guest(), town.qr(document=900_002, sign=FALSE_SIGN + 1))
    await town.submit(await town.guest(), town.qr(document=900_002))
    for _receipt in range(count - 3):
        await town.submit(await town.guest())


async def test_what_was_asked_with_the_last_calls_is_answered(town: Town, tax: FakeFns) -> None:
    office = Office(town, tax, ("fns", "tills"))
    await sent_in(town, 60)
    await office.some_minutes()
    asked = sum(tax.asked.values())
    assert 25 <= asked < 40
    assert await office.waiting() == 60 - asked
    assert len(tax.calls) <= CALLS
    await office.client.close()


async def test_the_rest_is_asked_on_the_next_day_and_every_receipt_ends_once(
    town: Town, tax: FakeFns
) -> None:
    office = Office(town, tax, ("fns", "tills"))
    await sent_in(town, 60)
    calls = []
    for _day in range(2):
        before = len(tax.calls)
        await office.some_minutes()
        calls.append(len(tax.calls) - before)
        town.clock.advance(hours=24)
    assert await office.waiting() == 0
    assert set(tax.asked.values()) == {1}
    assert all(spent <= CALLS for spent in calls)
    assert tax.faults == []
    states = await office.states()
    assert states.count(("credited", "credited")) == 58
    assert states.count(("rejected", "forged")) == 2
    await town.assert_clean()
    await office.client.close()
