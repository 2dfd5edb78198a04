"""A receipt that cannot be written down is paid for a few times, then it is a person's."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from services.cities.models import FiscalDrive
from services.database import Database
from services.members.roles import Role
from services.receipts import answers, attribution, review, waiting
from services.receipts.models import VerifiedTicket
from services.receipts.verifiers.contract import Trouble, Unavailable, Verified
from tests.bot.test_checking import Desk, always
from tests.clock import ManualClock
from tests.services.receipts.scripted import Scripted, ticket_of
from tests.services.town import Town, town_of

YEAR_ONE = datetime.fromisoformat("0001-01-01T00:00")


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    async with town_of(database, clock) as town:
        yield town


async def hours(desk: Desk, count: int) -> None:
    """So many hours pass, and each asks what is due."""
    for _hour in range(count):
        await desk.round()
        desk.town.clock.advance(hours=1, seconds=1)


async def test_a_ticket_of_the_year_one_is_paid_for_four_times_and_then_a_persons(
    town: Town,
) -> None:
    service = Scripted(answer=lambda q: Verified(ticket_of(q.slip, purchased=YEAR_ONE)))
    desk = Desk(town, ("fns",), service)
    guest = await town.guest()
    await town.submit(guest)
    await hours(desk, 24)
    assert (len(service.asked), await desk.said()) == (3, [])
    await hours(desk, 24 * 5)
    assert len(service.asked) == 4
    assert await desk.states() == [("pending", "undecided")]
    assert await desk.said() == ["receipt_needs_photo"]
    assert await desk.waits() == []
    assert await town.rows(select(VerifiedTicket.number)) == []
    moderator = await town.staff(Role.MODERATOR, None)
    settled = await town.run(
        review.credit, city=town.city, receipt_id=1, by=moderator, now=town.now, chain=town.chain
    )
    assert settled.state == "credited"
    assert await town.balance(guest) == (10, 0, 40, 0)
    await town.assert_clean()


async def test_only_the_questions_end_where_a_person_decides_on_the_till(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(town, ("fns",), service := Scripted())
    await town.write(update(FiscalDrive).values(state="frozen"))
    await town.submit(await town.guest())
    monkeypatch.setattr(attribution, "attribute", broken)
    await hours(desk, 24 * 5)
    assert len(service.asked) == 4
    assert await desk.states() == [("pending", "frozen_till")]
    assert (await desk.said(), await desk.waits()) == ([], [])


async def test_what_the_table_stumbles_over_is_a_persons_too(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that was broken is needed to give the receipt up."""
    desk = Desk(town, ("fns",), service := Scripted())
    await town.submit(await town.guest())
    monkeypatch.setattr(waiting, "case_of", broken)
    await hours(desk, 24 * 5)
    assert len(service.asked) == 4
    assert await desk.states() == [("pending", "undecided")]
    assert await desk.said() == ["receipt_needs_photo"]


async def test_a_receipt_that_nobody_could_ask_about_for_days_is_given_up_at_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(town, ("fns",), service := Scripted(answer=always(Unavailable(Trouble.DOWN))))
    await town.submit(await town.guest())
    town.clock.advance(hours=72)
    monkeypatch.setattr(answers, "_unavailable", broken)
    await desk.round()
    assert len(service.asked) == 1
    assert await desk.states() == [("pending", "undecided")]
    assert await desk.said() == ["receipt_needs_photo"]


async def broken(*_args: Any, **_kwargs: Any) -> Any:
    raise RuntimeError("a fault of ours")
