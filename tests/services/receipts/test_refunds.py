"""A refund takes points back when a person says of which purchase it is, and only once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.delivery.models import OutboxMessage
from services.errors import Changed, NotAllowed
from services.members import privacy
from services.members.roles import Role
from services.receipts import cases, claims, refunds, settle
from services.receipts.cases import CaseDecided, Kind
from services.receipts.models import Receipt, ReceiptCase
from services.receipts.refunds import Reported
from services.receipts.reversing import Reversed
from services.receipts.verdict import Reason
from tests.services.town import Town, at_once


async def moderator(town: Town) -> int:
    return await town.staff(Role.MODERATOR, None)


async def sent(town: Town, guest: int, rubles: int = 1000, **fields: Any) -> int:
    receipt = (await town.submit(guest, town.qr(rubles, **fields))).id
    assert receipt is not None
    return receipt


async def refund(town: Town, guest: int, rubles: int = 1000, **fields: Any) -> int:
    return await sent(town, guest, rubles, operation=2, **fields)


async def following(town: Town, by: int, after: int = 0) -> refunds.Refund | None:
    found: refunds.Refund | None = await town.look(
        refunds.next_after, city_id=town.city.id, member_id=by, after=after
    )
    return found


async def only(town: Town, by: int) -> refunds.Refund:
    found = await following(town, by)
    assert found is not None
    return found


async def take_back(town: Town, case: int, receipt: int, by: int) -> Reversed:
    done: Reversed = await town.run(
        refunds.take_back,
        city=town.city,
        case_id=case,
        receipt_id=receipt,
        by=by,
        now=town.now,
    )
    return done


async def none_of_these(town: Town, case: int, by: int) -> None:
    await town.run(refunds.none_of_these, city=town.city, case_id=case, by=by, now=town.now)


async def report(town: Town, document: int, by: int) -> Reported:
    said: Reported = await town.run(
        refunds.report, venue_id=await town.venue(), document=document, by=by, now=town.now
    )
    return said


async def state(town: Town, receipt: int) -> tuple[Any, ...]:
    query = select(Receipt.state, Receipt.reason, Receipt.points).where(Receipt.id == receipt)
    (found,) = await town.rows(query)
    return found


async def test_a_refund_of_ones_own_purchase(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    bought = await sent(town, guest)
    town.clock.advance(hours=2)
    outcome = await town.submit(guest, town.qr(operation=2))
    assert (outcome.state, outcome.reason) == ("rejected", Reason.REFUND)
    seen = await only(town, team)
    assert (seen.reported, seen.guest, seen.paper.total) == (False, "V. P.", 100_000)
    assert seen.candidates == (
        refunds.Candidate(
            bought,
            "V. P.",
            100_000,
            town.now - timedelta(hours=2),
            50,
            waits=False,
            same_guest=True,
        ),
    )
    assert await town.look(cases.how_many, Kind.REFUND, town.city.id, team) == 1
    assert await town.balance(guest) == (10, 0, 40, 0), "nothing is taken back by itself"
    assert await take_back(town, seen.id, bought, team) == Reversed(50, 0)
    assert await state(town, bought) == ("reversed", "refunded", 50)
    assert await town.balance(guest) == (0, 0, 0, 0)
    assert await town.outbox() == [(guest, "receipt_reversed")]
    assert await following(town, team) is None
    await town.assert_clean()
    again = await town.submit(guest, town.qr())
    assert again.state == "credited", "the day is free again"


async def test_a_debt_is_said_and_paid(town: Town) -> None:
    guest, team = await town.guest(20), await moderator(town)
    bought = await sent(town, guest, 10_000)
    await town.confirm(await town.staff(), (await town.take(guest)).id)
    await refund(town, guest, 10_000)
    assert await take_back(town, (await only(town, team)).id, bought, team) == Reversed(500, 100)
    reversals = OutboxMessage.kind == "receipt_reversed"
    ((facts,),) = await town.rows(select(OutboxMessage.facts).where(reversals))
    assert (facts["reason"], facts["points"], facts["debt"]) == ("refunded", 500, 100)
    await town.assert_clean()
    town.clock.advance(days=1)
    await town.submit(guest)
    assert await town.balance(guest) == (0, 0, 40, 90)
    await town.assert_clean()


async def test_the_likeliest_purchase_comes_first(town: Town) -> None:
    town.rules("limits", per_venue_per_day=5, minutes_between=1)
    guest, team = await town.guest(), await moderator(town)
    others = [await town.guest() for _ in range(3)]
    earlier = [town.now - timedelta(minutes=minutes) for minutes in (50, 40, 30, 20, 10)]
    mine_other = await sent(town, guest, 1500, at=earlier[0])
    theirs_same = await sent(town, others[0], 1000, at=earlier[1])
    mine_same = await sent(town, guest, 1000, at=earlier[2])
    theirs_other = await sent(town, others[1], 1200, at=earlier[3])
    too_small = await sent(town, others[2], 900, at=earlier[4])
    later = await sent(town, others[2], 1000, at=town.now)
    await refund(town, guest, at=town.now - timedelta(minutes=5))
    seen = await only(town, team)
    found = [candidate.id for candidate in seen.candidates]
    assert found == [mine_same, theirs_same, mine_other, theirs_other]
    before = await town.everything()
    for receipt in (too_small, later, 10_000):
        with pytest.raises(Changed):
            await take_back(town, seen.id, receipt, team)
    assert await town.everything() == before
    assert await take_back(town, seen.id, theirs_same, team) == Reversed(50, 0)
    assert await state(town, mine_same) == ("credited", "credited", 50)


async def test_no_purchase_fits(town: Town) -> None:
    guest, other = await town.guest(), await town.guest()
    await sent(town, other, 900)
    await sent(town, guest, 1000, drive="7386400000020001")
    await refund(town, guest)
    assert await town.count(ReceiptCase) == 0
    town.clock.advance(days=31)
    await refund(town, guest, 900)
    assert await town.count(ReceiptCase) == 0


async def test_a_refund_is_asked_about_once(town: Town) -> None:
    guest, other = await town.guest(), await town.guest()
    await sent(town, guest)
    qr = town.qr(operation=2)
    for who in (guest, guest, other):
        await town.submit(who, qr)
    assert await town.count(ReceiptCase) == 1


async def test_nobody_fills_the_queue(town: Town) -> None:
    await sent(town, await town.guest(), 5000)
    guest = await town.guest()
    for _ in range(5):
        await refund(town, guest, 100)
    assert await town.count(ReceiptCase) == 3


async def test_none_of_these(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    bought = await sent(town, guest)
    await refund(town, guest)
    case = (await only(town, team)).id
    await none_of_these(town, case, team)
    assert await state(town, bought) == ("credited", "credited", 50)
    assert await town.outbox() == []
    before = await town.everything()
    with pytest.raises(CaseDecided) as told:
        await take_back(town, case, bought, team)
    assert told.value == CaseDecided("lost", town.now)
    assert await town.everything() == before
    await town.assert_clean()


async def test_two_moderators_decide_at_once(town: Town) -> None:
    guest, team = await town.guest(), [await moderator(town) for _ in range(4)]
    bought = await sent(town, guest)
    await refund(town, guest)
    case = (await only(town, team[0])).id
    done, refused = await at_once(
        *(
            take_back(town, case, bought, by) if n % 2 else none_of_these(town, case, by)
            for n, by in enumerate(team)
        )
    )
    ((verdict,),) = await town.rows(select(ReceiptCase.state))
    assert len(done) == 1
    assert {type(each) for each in refused} <= {CaseDecided, Changed}
    assert (await state(town, bought))[0] == {"won": "reversed", "lost": "credited"}[verdict]
    await town.assert_clean()


async def test_two_refunds_want_the_same_purchase(town: Town) -> None:
    guest, team = await town.guest(), [await moderator(town) for _ in "ab"]
    bought = await sent(town, guest)
    found: list[int] = []
    for _ in "ab":
        await refund(town, guest, 500)
        seen = await following(town, team[0], found[-1] if found else 0)
        assert seen is not None
        found.append(seen.id)
    done, refused = await at_once(
        *(take_back(town, case, bought, by) for case, by in zip(found, team, strict=True))
    )
    assert (done, [type(each) for each in refused]) == ([Reversed(50, 0)], [Changed])
    assert await town.outbox() == [(guest, "receipt_reversed")]
    assert sorted(each for (each,) in await town.rows(select(ReceiptCase.state))) == ["open", "won"]
    await town.assert_clean()


async def test_who_may_not_decide(town: Town) -> None:
    guest, cashier = await town.guest(), await town.staff()
    sender, owner_of_receipt = await moderator(town), await moderator(town)
    bought = await sent(town, owner_of_receipt)
    await refund(town, sender)
    ((case,),) = await town.rows(select(ReceiptCase.id))
    before = await town.everything()
    for by in (guest, cashier, sender):
        with pytest.raises(NotAllowed):
            await take_back(town, case, bought, by)
        with pytest.raises(NotAllowed):
            await none_of_these(town, case, by)
    with pytest.raises(Changed):
        await take_back(town, case, bought, owner_of_receipt)
    assert await following(town, sender) is None
    assert await town.everything() == before


async def test_an_owner_reports_a_refund_by_its_number(town: Town) -> None:
    guest, owner, team = await town.guest(), await town.staff(Role.OWNER), await moderator(town)
    qr = town.qr()
    bought = (await town.submit(guest, qr)).id
    assert bought is not None
    town.clock.advance(days=3)
    assert await report(town, qr.document, owner) == Reported.ASKED
    before = await town.everything()
    assert await report(town, qr.document, owner) == Reported.KNOWN
    assert await town.everything() == before
    await town.assert_clean()
    seen = await only(town, team)
    assert (seen.reported, [each.id for each in seen.candidates]) == (True, [bought])
    assert await take_back(town, seen.id, bought, team) == Reversed(50, 0)
    assert await state(town, bought) == ("reversed", "refunded", 50)
    await town.assert_clean()
    assert await report(town, qr.document, owner) == Reported.KNOWN


async def test_what_an_owner_cannot_report(town: Town) -> None:
    guest, cashier = await town.guest(), await town.staff()
    owner = await town.staff(Role.OWNER)
    elsewhere = town.qr(drive="7386400000020001")
    small, credited = town.qr(50), town.qr()
    for qr in (elsewhere, small, credited):
        await town.submit(guest, qr)
    before = await town.everything()
    for by in (guest, cashier):
        with pytest.raises(NotAllowed):
            await report(town, credited.document, by)
    assert await town.everything() == before
    for qr in (elsewhere, small, town.qr()):
        assert await report(town, qr.document, owner) == Reported.KEPT
    town.clock.advance(days=31)
    assert await report(town, credited.document, owner) == Reported.KEPT
    assert await town.count(ReceiptCase) == 0
    assert await town.balance(guest) == (20, 0, 80, 0)


async def test_a_receipt_that_was_won_can_be_returned_as_well(town: Town) -> None:
    first, second = await town.guest(), await town.guest()
    owner, team = await town.staff(Role.OWNER), await moderator(town)
    qr = town.qr()
    hers = (await town.submit(first, qr)).id
    his = (await town.submit(second, qr)).id
    assert his is not None
    case = await town.run(claims.claim, town.city, second, his, town.now)
    await town.run(claims.give, city=town.city, case_id=case, against=hers, by=team, now=town.now)
    await town.run(settle.settle_next, town.city, town.chain, town.now)
    assert await report(town, qr.document, owner) == Reported.ASKED
    assert await take_back(town, (await only(town, team)).id, his, team) == Reversed(50, 0)
    assert await town.count(ReceiptCase) == 1
    await town.assert_clean()


async def test_the_buyer_has_left(town: Town) -> None:
    guest, other, team = await town.guest(), await town.guest(), await moderator(town)
    bought = await sent(town, guest)
    await refund(town, other)
    case = (await only(town, team)).id
    await town.run(privacy.delete_member, guest, town.now)
    await take_back(town, case, bought, team)
    assert await state(town, bought) == ("reversed", "refunded", 50)
    await town.assert_clean()
