"""A purchase that was returned before it has earned waits for a person, and earns nothing then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.errors import NotFound
from services.members import privacy
from services.members.roles import Role
from services.receipts import claims, refunds, review, settle, waiting
from services.receipts.models import ReceiptCase
from services.receipts.refunds import Reported
from services.receipts.reversing import Reversed
from services.receipts.verdict import Reason
from tests.bot.test_checking import Desk
from tests.services.receipts.scripted import Scripted
from tests.services.receipts.test_refunds import (
    moderator,
    none_of_these,
    only,
    refund,
    report,
    sent,
    state,
    take_back,
)
from tests.services.town import Town

EARNED = ("credited", "credited", 50)
WAITS = ("pending", "returned", 0)
OVER = ("rejected", "refunded", 0)


async def settled(town: Town) -> None:
    """The job has done all it can."""
    for _step in range(20):
        if not await town.run(settle.settle_next, town.city, town.chain, town.now):
            return
    raise AssertionError("the job never rests")


async def asked_about(town: Town) -> list[tuple[Any, ...]]:
    return await town.rows(select(ReceiptCase.receipt_id, ReceiptCase.state))


async def test_a_purchase_that_was_reported_before_it_was_sent(town: Town) -> None:
    guest, owner, team = await town.guest(), await town.staff(Role.OWNER), await moderator(town)
    qr = town.qr()
    assert await report(town, qr.document, owner) == Reported.KEPT
    assert await report(town, qr.document, owner) == Reported.KNOWN
    town.clock.advance(hours=1)
    outcome = await town.submit(guest, qr)
    assert (outcome.state, outcome.reason, outcome.expected) == ("pending", "returned", 50)
    assert outcome.id is not None
    await settled(town)
    assert await state(town, outcome.id) == WAITS
    assert await town.balance(guest) == (0, 0, 0, 0)
    seen = await only(town, team)
    assert seen.reported
    assert [(each.id, each.waits) for each in seen.candidates] == [(outcome.id, True)]
    assert await take_back(town, seen.id, outcome.id, team) == Reversed(0, 0)
    await settled(town)
    assert await state(town, outcome.id) == OVER
    assert await town.balance(guest) == (0, 0, 0, 0)
    assert await town.outbox() == [(guest, "receipt_rejected")]
    again = await town.submit(guest, qr)
    assert (again.state, again.reason, again.again) == ("rejected", "refunded", True)
    assert (await town.submit(await town.guest(), qr)).reason == "taken"
    await town.assert_clean()


async def test_it_earns_when_the_team_says_that_it_was_not_returned(town: Town) -> None:
    guest, owner, team = await town.guest(), await town.staff(Role.OWNER), await moderator(town)
    qr = town.qr()
    await report(town, qr.document, owner)
    bought = await sent(town, guest, document=qr.document)
    await none_of_these(town, (await only(town, team)).id, team)
    assert await state(town, bought) == WAITS
    await settled(town)
    assert await state(town, bought) == EARNED
    assert await town.balance(guest) == (10, 0, 40, 0)
    assert await town.outbox() == [(guest, "receipt_credited")]
    assert await report(town, qr.document, owner) == Reported.KNOWN
    await town.assert_clean()


async def test_a_report_while_a_service_is_asked(town: Town) -> None:
    desk = Desk(town, ("fns",), Scripted())
    guest, other, team = await town.guest(), await town.guest(), await moderator(town)
    owner = await town.staff(Role.OWNER)
    first = town.qr()
    ids = [(await town.submit(who, qr)).id for who, qr in ((guest, first), (other, town.qr()))]
    assert await report(town, first.document, owner) == Reported.ASKED
    await desk.round()
    assert await desk.states() == [("pending", "returned"), ("credited", "credited")]
    assert len(await asked_about(town)) == 1
    assert ids[0] is not None
    await take_back(town, (await only(town, team)).id, ids[0], team)
    await settled(town)
    assert await desk.states() == [("rejected", "refunded"), ("credited", "credited")]
    await town.assert_clean()


async def test_a_report_is_decided_before_the_service_answers(town: Town) -> None:
    desk = Desk(town, ("fns",), Scripted())
    guest, owner, team = await town.guest(), await town.staff(Role.OWNER), await moderator(town)
    qr = town.qr()
    bought = await sent(town, guest, document=qr.document)
    await report(town, qr.document, owner)
    await take_back(town, (await only(town, team)).id, bought, team)
    await desk.round()
    assert await state(town, bought) == OVER
    assert desk.verifiers["fns"].asked == []
    await town.assert_clean()


async def test_a_refund_that_was_sent_before_its_purchase(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    sale = town.qr(at=town.now - timedelta(hours=2))
    await refund(town, guest, at=town.now)
    assert await asked_about(town) == []
    other = await sent(town, await town.guest(), 1200)
    assert await state(town, other) == ("credited", "credited", 60)
    outcome = await town.submit(guest, sale)
    assert (outcome.state, outcome.reason) == ("pending", "returned")
    assert outcome.id is not None
    seen = await only(town, team)
    assert [each.id for each in seen.candidates] == [outcome.id, other]
    await take_back(town, seen.id, outcome.id, team)
    await settled(town)
    assert await state(town, outcome.id) == OVER
    town.clock.advance(days=1)
    assert (await town.submit(guest, town.qr())).state == "credited"
    await town.assert_clean()


async def test_a_refund_while_its_purchase_is_checked(town: Town) -> None:
    desk = Desk(town, ("fns",), Scripted())
    guest, team = await town.guest(), await moderator(town)
    bought = await sent(town, guest, at=town.now - timedelta(hours=1))
    returned = await refund(town, guest)
    assert await asked_about(town) == [(returned, "open")]
    await desk.round()
    assert await state(town, bought) == WAITS
    await none_of_these(town, (await only(town, team)).id, team)
    await settled(town)
    assert await state(town, bought) == EARNED
    await town.assert_clean()


async def test_a_refund_that_was_of_none_is_looked_at_again_for_a_later_one(town: Town) -> None:
    town.rules("limits", per_venue_per_day=5, minutes_between=1)
    guest, team = await town.guest(), await moderator(town)
    early, late = (town.qr(at=town.now - timedelta(hours=hours)) for hours in (3, 2))
    bought = (await town.submit(guest, early)).id
    await refund(town, guest)
    case = (await only(town, team)).id
    await none_of_these(town, case, team)
    town.clock.advance(minutes=5)
    then = (await town.submit(guest, late)).id
    assert bought is not None
    assert then is not None
    assert (await state(town, bought), await state(town, then)) == (EARNED, WAITS)
    assert (await only(town, team)).id == case
    await take_back(town, case, then, team)
    assert (await state(town, bought), await state(town, then)) == (EARNED, OVER)
    await town.assert_clean()


async def test_an_invented_refund_holds_up_little(town: Town) -> None:
    """Neither what others buy later, nor other sums, nor one that is dated ahead."""
    stranger, guest = await town.guest(), await town.guest()
    town.rules("limits", per_venue_per_day=9, minutes_between=1)
    await refund(town, stranger, 500, at=town.now + timedelta(days=1))
    await refund(town, stranger, 700)
    await refund(town, stranger, 900)
    town.clock.advance(minutes=10)
    past = town.now - timedelta(hours=1)
    ids = [
        await sent(town, guest, 500, at=past),
        await sent(town, guest, 701, at=past - timedelta(minutes=5)),
        await sent(town, guest, 900, at=town.now),
    ]
    assert [(await state(town, each))[0] for each in ids] == ["credited"] * 3
    assert await asked_about(town) == []


async def test_a_large_one_that_was_reported_is_looked_at_twice(town: Town) -> None:
    guest, owner, team = await town.guest(), await town.staff(Role.OWNER), await moderator(town)
    qr = town.qr(20_000)
    await report(town, qr.document, owner)
    bought = await sent(town, guest, 20_000, document=qr.document)
    assert await state(town, bought) == ("pending", "large", 0)
    said = await town.run(review.credit, city=town.city, receipt_id=bought, by=team, now=town.now)
    assert said == waiting.Settlement("pending", Reason.RETURNED, venue=said.venue)
    assert await state(town, bought) == WAITS
    await none_of_these(town, (await only(town, team)).id, team)
    await settled(town)
    assert (await state(town, bought))[:2] == ("credited", "credited")
    await town.assert_clean()


async def test_who_sent_the_refund_has_left(town: Town) -> None:
    guest, other, team = await town.guest(), await town.guest(), await moderator(town)
    bought_at = town.now - timedelta(hours=1)
    await refund(town, other)
    bought = await sent(town, guest, at=bought_at)
    assert await state(town, bought) == WAITS
    await town.run(privacy.delete_member, other, town.now)
    await settled(town)
    assert await state(town, bought) == WAITS
    await none_of_these(town, (await only(town, team)).id, team)
    await settled(town)
    assert await state(town, bought) == EARNED
    await town.assert_clean()


async def test_the_buyer_has_left_before_it_was_decided(town: Town) -> None:
    guest, owner, team = await town.guest(), await town.staff(Role.OWNER), await moderator(town)
    qr = town.qr()
    await report(town, qr.document, owner)
    bought = await sent(town, guest, document=qr.document)
    await town.run(privacy.delete_member, guest, town.now)
    await settled(town)
    assert await state(town, bought) == ("rejected", "left", 0)
    assert (
        await town.look(refunds.next_after, city_id=town.city.id, member_id=team, after=0) is None
    )
    await town.assert_clean()


@pytest.mark.parametrize("hours", [0, 24 * 31])
async def test_a_number_that_begins_anew_is_another_purchase(town: Town, hours: int) -> None:
    owner, team = await town.staff(Role.OWNER), await moderator(town)
    qr = town.qr()
    first = await sent(town, await town.guest(), document=qr.document)
    await report(town, qr.document, owner)
    await take_back(town, (await only(town, team)).id, first, team)
    town.clock.advance(hours=hours)
    again = replace(town.qr(), document=qr.document, drive="7386400000020001")
    assert (await town.submit(await town.guest(), again)).state == "credited"


async def test_who_claims_what_was_returned_gets_nothing(town: Town) -> None:
    guest, other = await town.guest(), await town.guest()
    owner, team = await town.staff(Role.OWNER), await moderator(town)
    qr = town.qr()
    await report(town, qr.document, owner)
    bought = await sent(town, guest, document=qr.document)
    await take_back(town, (await only(town, team)).id, bought, team)
    theirs = (await town.submit(other, qr)).id
    assert theirs is not None
    before = await town.everything()
    with pytest.raises(NotFound):
        await town.run(claims.claim, town.city, other, theirs, town.now)
    assert await town.everything() == before
    assert await state(town, theirs) == ("rejected", "taken", 0)
