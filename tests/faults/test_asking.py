"""A crash between any two statements of asking about receipts.

Whatever the moment, some rounds after the restart every receipt is where it belongs, the guest was
told once, and no question was paid for twice whose handle or answer had been stored.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from services.delivery.models import OutboxMessage
from services.members.roles import Role
from services.receipts.models import (
    Receipt,
    ReceiptCheck,
    VerifiedTicket,
    VerifierAccount,
)
from tests.faults.script import Script
from tests.faults.service import ask_all, book_of
from tests.faults.stage import Stage
from tests.house import House
from tests.services.receipts.sightings import NEW_DRIVE


@dataclass(frozen=True)
class Scene:
    """Receipts wait while `asks` are asked; the service `says` this until the crash and `then`
    that. In the end they stand `outcome`, in order, and these kinds have been `told`."""

    before: Callable[[House], Awaitable[None]]
    says: str
    then: str
    outcome: tuple[tuple[str, str], ...]
    told: tuple[str, ...]
    asks: tuple[str, ...] = ("fns",)
    questions: int = 1


async def one(house: House) -> None:
    guest = await house.regular(name="Vera")
    house.asks("fns")
    await guest.says(house.receipt())


async def two(house: House) -> None:
    """Of two guests, so that one answer is written down when the other is not yet."""
    await one(house)
    await one(house)


async def disputed(house: House) -> None:
    """A false sign has earned before the true one came."""
    thief, owner = await house.regular(name="Ivan"), await house.regular(name="Vera")
    house.asks("tills", "fns")
    await thief.says(house.receipt(document=500, sign=1))
    await owner.says(house.receipt(document=500, sign=2))


async def unknown(house: House) -> None:
    """From a till that nobody registered."""
    await house.regular(role=Role.OWNER)
    guest = await house.regular(name="Vera")
    house.asks("tills", "fns")
    await guest.says(house.receipt(drive=NEW_DRIVE))


CREDITED = ("credited", "credited")
SCENES = {
    "verified": Scene(
        two, "found", "found", (CREDITED,) * 2, ("receipt_credited",) * 2, questions=2
    ),
    "forged": Scene(one, "forged", "forged", (("rejected", "forged"),), ("receipt_rejected",)),
    "not yet": Scene(one, "not_yet", "found", (CREDITED,), ("receipt_credited",)),
    "working": Scene(one, "working", "found", (CREDITED,), ("receipt_credited",)),
    "a false sign had earned": Scene(
        disputed,
        "found",
        "found",
        (("reversed", "forged"), CREDITED),
        ("receipt_credited", "receipt_reversed"),
        asks=("tills", "fns"),
    ),
    "a new till": Scene(
        unknown,
        "new_till",
        "new_till",
        (("pending", "unconfirmed_till"),),
        ("till_met",),
        asks=("tills", "fns"),
    ),
}


async def rows(house: House, query: Any) -> list[tuple[Any, ...]]:
    async with house.database.reading() as reading:
        return [tuple(row) for row in await reading.execute(query)]


def asked(house: House) -> Counter[tuple[int, str]]:
    """(receipt, handle or "paid") → how often the service was asked so."""
    book = book_of(house)
    lines = book.read_text(encoding="utf-8").splitlines() if book.exists() else []
    return Counter((int(line.split()[0]), line.split()[1]) for line in lines)


async def remembered(house: House) -> set[int]:
    """Receipts that need no more calls: their handle or their document is stored."""
    handles = select(ReceiptCheck.receipt_id).where(ReceiptCheck.handle.is_not(None))
    stored = select(Receipt.id).join(VerifiedTicket, VerifiedTicket.number == Receipt.number)
    decided = select(Receipt.id).where(Receipt.state != "pending")
    found = [await rows(house, query) for query in (handles, stored, decided)]
    return {receipt for some in found for (receipt,) in some}


async def finish(house: House, scene: Scene) -> None:
    """The process has started again; an hour passes, and it works."""
    for minutes in (3, 60):
        house.clock.advance(minutes=minutes)
        await ask_all(house, scene.asks, scene.then)
        await house.app.jobs.settle_receipts()
        await house.deliver()


async def as_it_ended(house: House, scene: Scene) -> None:
    states = await rows(house, select(Receipt.state, Receipt.reason).order_by(Receipt.id))
    assert tuple(states) == scene.outcome
    kinds = await rows(house, select(OutboxMessage.kind).order_by(OutboxMessage.kind))
    assert tuple(kind for (kind,) in kinds) == scene.told
    assert await rows(house, select(ReceiptCheck.receipt_id)) == []
    assert (await house.audit()).findings == []


@pytest.mark.parametrize("name", SCENES)
async def test_a_crash_between_any_two_statements_of_asking(stage: Stage, name: str) -> None:
    scene = SCENES[name]
    async with stage.set() as house:
        await scene.before(house)
        await house.deliver()
    script = Script(stage.now, asks=list(scene.asks), says=scene.says)
    async with stage.after(replace(script, says="")) as house:
        await finish(house, scene)
        await as_it_ended(house, scene)
    crashes = await stage.crashes(script)
    assert len(crashes) >= 10
    calls = []
    for crash in crashes:
        async with stage.after(script, crash) as house:
            assert (await house.audit()).findings == [], f"half done by {crash.name}"
            before, known = asked(house), await remembered(house)
            await finish(house, scene)
            await as_it_ended(house, scene)
            after = asked(house)
            paid = {receipt: count for (receipt, how), count in after.items() if how == "paid"}
            assert len(paid) == scene.questions
            for receipt, count in paid.items():
                limit = before[receipt, "paid"] + (receipt not in known)
                assert count <= limit, f"paid again after {crash.name}"
            ((spent,),) = await rows(house, select(VerifierAccount.spent))
            calls.append(sum(paid.values()))
            assert 0 <= spent - calls[-1] <= 1
    assert min(calls) == scene.questions
