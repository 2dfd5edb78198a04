"""Whose a receipt is: claimed once, decided once, and told to both without a name."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.delivery.models import OutboxMessage
from services.errors import Changed, NotAllowed, NotFound
from services.members import privacy
from services.members.roles import Role
from services.receipts import cases, claims, photos, reversing, review, settle
from services.receipts.cases import CaseDecided, Kind
from services.receipts.dossier import History, Side
from services.receipts.models import Receipt, ReceiptCase
from services.receipts.qr import FiscalQr
from services.receipts.verdict import Reason
from tests.services.town import UNKNOWN_DRIVE, Town, at_once

LARGE = 20_000


async def moderator(town: Town) -> int:
    return await town.staff(Role.MODERATOR, None)


async def sent(town: Town, guest: int, qr: FiscalQr) -> int:
    receipt = (await town.submit(guest, qr)).id
    assert receipt is not None
    return receipt


async def taken(town: Town, rubles: int = 1000, **fields: Any) -> tuple[int, int, int, int]:
    """Two guests with the same receipt, and their rows: (first, second, hers, his)."""
    first, second = await town.guest(name="Vera Petrova"), await town.guest(name="Ivan Ivanov")
    qr = town.qr(rubles, **fields)
    hers = await sent(town, first, qr)
    town.clock.advance(minutes=20)
    return first, second, hers, await sent(town, second, qr)


async def claim(town: Town, guest: int, receipt: int) -> int:
    case: int = await town.run(claims.claim, town.city, guest, receipt, town.now)
    return case


async def following(town: Town, by: int, after: int = 0) -> claims.Claim | None:
    found: claims.Claim | None = await town.look(
        claims.next_after, city_id=town.city.id, member_id=by, after=after, now=town.now
    )
    return found


async def give(town: Town, case: int, against: int | None, by: int) -> None:
    await town.run(claims.give, city=town.city, case_id=case, against=against, by=by, now=town.now)


async def leave(town: Town, case: int, by: int) -> None:
    await town.run(claims.leave, city=town.city, case_id=case, by=by, now=town.now)


async def settled(town: Town) -> int:
    """How many receipts the job decides on until nothing is left."""
    steps = 0
    while await town.run(settle.settle_next, town.city, town.chain, town.now):
        steps += 1
    return steps


async def states(town: Town) -> list[tuple[Any, ...]]:
    query = select(Receipt.state, Receipt.reason, Receipt.points)
    return await town.rows(query.order_by(Receipt.id))


async def waiting_claims(town: Town, by: int) -> int:
    count: int = await town.look(cases.how_many, Kind.CLAIM, town.city.id, by)
    return count


async def test_what_the_moderator_sees(town: Town) -> None:
    first, second, hers, his = await taken(town)
    case = await claim(town, second, his)
    await town.run(photos.keep, his, b"jpeg", town.now)
    team = await moderator(town)
    seen = await following(town, team)
    assert seen is not None
    assert (seen.id, seen.opened_at, seen.refunded) == (case, town.now, False)
    assert (seen.paper.total, seen.found) == (100_000, None)
    bought = town.now - timedelta(minutes=20)
    assert seen.other == Side(
        *(hers, "V. P.", "credited", "12345", "text", bought, bought, None, False), History()
    )
    assert seen.claimant == Side(
        *(his, "I. I.", "rejected", "12345", "text", bought, town.now, town.now, False), History()
    )
    assert seen.venue is not None
    assert seen.venue["en"] == "Demo café “Orbit”"
    assert await waiting_claims(town, team) == 1
    for side in (first, second):
        assert await waiting_claims(town, side) == 0


async def test_given_to_the_second_guest(town: Town) -> None:
    first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    town.clock.advance(days=2)
    await give(town, case, hers, team)
    assert await states(town) == [("reversed", "claimed", 50), ("pending", "chosen", 0)]
    await town.assert_clean()
    assert await settled(town) == 1
    assert await states(town) == [("reversed", "claimed", 50), ("credited", "credited", 50)]
    assert await town.balance(first) == (0, 0, 0, 0)
    assert await town.balance(second) == (10, 0, 40, 0)
    assert await town.outbox() == [
        (first, "receipt_reversed"),
        (second, "claim_won"),
        (second, "receipt_credited"),
    ]
    assert await town.rows(
        select(ReceiptCase.state, ReceiptCase.against_id, ReceiptCase.decided_by)
    ) == [("won", hers, team)]
    await town.assert_clean()


async def test_nobody_is_named(town: Town) -> None:
    _first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    await give(town, case, hers, team)
    await settled(town)
    for (facts,) in await town.rows(select(OutboxMessage.facts)):
        assert not {"member", "member_id", "guest", "name"} & set(facts)
        assert not any(name in str(facts) for name in ("Vera", "Ivan", "V. P.", "I. I."))


async def test_a_debt_that_the_losers_next_receipt_pays(town: Town) -> None:
    first, second, hers, his = await taken(town, 10_000)
    await town.give(first, 20)
    await town.confirm(await town.staff(), (await town.take(first)).id)
    assert await town.balance(first) == (0, 0, 400, 0)
    case, team = await claim(town, second, his), await moderator(town)
    await give(town, case, hers, team)
    await settled(town)
    assert await town.balance(first) == (0, 0, 0, 100)
    ((facts,),) = await town.rows(
        select(OutboxMessage.facts).where(OutboxMessage.kind == "receipt_reversed")
    )
    assert (facts["points"], facts["debt"]) == (500, 100)
    await town.assert_clean()
    town.clock.advance(days=1)
    await town.submit(first)
    assert await town.balance(first) == (0, 0, 40, 90)
    await town.assert_clean()


async def test_left_as_it_is(town: Town) -> None:
    first, second, _hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    await leave(town, case, team)
    assert await states(town) == [("credited", "credited", 50), ("rejected", "taken", 0)]
    assert await town.outbox() == [(second, "claim_lost"), (first, "claim_kept")]
    assert await following(town, team) is None
    with pytest.raises(claims.ClaimDecided) as told:
        await claim(town, second, his)
    assert told.value.state == "lost"
    await town.assert_clean()


async def test_the_first_guests_receipt_still_waits(town: Town) -> None:
    first, second, hers, his = await taken(town, LARGE)
    case, team = await claim(town, second, his), await moderator(town)
    await give(town, case, hers, team)
    assert await settled(town) == 1
    assert await states(town) == [("rejected", "claimed", 0), ("credited", "credited", 1000)]
    assert await town.outbox() == [
        (first, "receipt_rejected"),
        (second, "claim_won"),
        (second, "receipt_credited"),
    ]
    with pytest.raises(review.AlreadyDecided):
        await town.run(review.credit, city=town.city, receipt_id=hers, by=team, now=town.now)
    await town.assert_clean()


async def test_a_till_that_nobody_knows_yet(town: Town) -> None:
    """The receipt is the second guest's now, and waits for its till as any other."""
    _first, second, hers, his = await taken(town, drive=UNKNOWN_DRIVE)
    case, team = await claim(town, second, his), await moderator(town)
    await give(town, case, hers, team)
    assert await settled(town) == 1
    assert await states(town) == [("rejected", "claimed", 0), ("pending", "unknown_drive", 0)]
    await town.assert_clean()


async def test_judged_as_of_the_moment_it_was_sent(town: Town) -> None:
    """A limit that was reached by then stands against it; age does not grow."""
    first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    town.clock.advance(days=10)
    await give(town, case, hers, team)
    await settled(town)
    assert (await states(town))[1] == ("credited", "credited", 50)
    town.clock.advance(minutes=1)
    qr = town.qr()
    hers = await sent(town, first, qr)
    town.clock.advance(minutes=20)
    other = await town.guest()
    await town.submit(other, town.qr(at=town.now - timedelta(minutes=10)))
    his = await sent(town, other, qr)
    await give(town, await claim(town, other, his), hers, team)
    await settled(town)
    assert (await states(town))[-1] == ("rejected", "venue_limit", 0)
    await town.assert_clean()


async def test_claimed_once(town: Town) -> None:
    _first, second, _hers, his = await taken(town)
    case = await claim(town, second, his)
    before = await town.everything()
    assert await claim(town, second, his) == case
    assert await town.everything() == before


async def test_claimed_many_times_at_once(town: Town) -> None:
    _first, second, _hers, his = await taken(town)
    done, refused = await at_once(*(claim(town, second, his) for _ in range(4)))
    assert (len(done), len(set(done)), refused) == (4, 1, [])
    assert await town.count(ReceiptCase) == 1
    assert await town.moves("case") == [("claim", "open")]


async def test_when_it_was_paid(town: Town) -> None:
    """The claimant's word, changed while the claim is open; nobody else's, and not for ever."""
    first, second, hers, his = await taken(town)
    before = await town.everything()
    noon = town.now
    assert not await town.run(claims.paid, second, his, noon)
    assert await town.everything() == before
    case, team = await claim(town, second, his), await moderator(town)
    seen = await following(town, team)
    assert seen is not None
    assert seen.paid_at is None
    assert await town.run(claims.paid, second, his, noon - timedelta(minutes=5))
    assert await town.run(claims.paid, second, his, noon - timedelta(minutes=4))
    before = await town.everything()
    for guest, receipt in ((first, his), (first, hers), (second, hers)):
        assert not await town.run(claims.paid, guest, receipt, noon)
    assert await town.everything() == before
    seen = await following(town, team)
    assert seen is not None
    assert seen.paid_at == noon - timedelta(minutes=4)
    await give(town, case, hers, team)
    assert not await town.run(claims.paid, second, his, noon)
    assert await settled(town) == 1
    assert (await states(town))[1] == ("credited", "credited", 50)
    await town.run(privacy.delete_member, second, town.now)
    assert (await town.rows(select(Receipt.fields).where(Receipt.id == his))) == [({},)]


async def test_two_open_claims_are_enough(town: Town) -> None:
    first, second, _hers, his = await taken(town)
    await claim(town, second, his)
    others = []
    for drive in ("7386400000020001", "7386400000030001"):
        qr = town.qr(drive=drive)
        await town.submit(first, qr)
        others.append(await sent(town, second, qr))
    done, refused = await at_once(*(claim(town, second, receipt) for receipt in others))
    assert (len(done), refused) == (1, [claims.TooManyClaims(2)])
    assert await town.count(ReceiptCase) == 2


async def test_what_cannot_be_claimed(town: Town) -> None:
    first, second, hers, his = await taken(town)
    small = await sent(town, second, town.qr(50))
    before = await town.everything()
    for guest, receipt in ((first, his), (first, hers), (second, small), (second, 10_000)):
        with pytest.raises(NotFound):
            await claim(town, guest, receipt)
    town.clock.advance(days=15)
    with pytest.raises(NotFound):
        await claim(town, second, his)
    assert await town.everything() == before


async def test_a_returned_purchase_is_nobodys(town: Town) -> None:
    _first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    await town.run(reversing.reverse, hers, Reason.REFUNDED, by=None, now=town.now)
    seen = await following(town, team)
    assert seen is not None
    assert (seen.refunded, seen.other) == (True, None)
    before = await town.everything()
    for against in (hers, None):
        with pytest.raises(Changed):
            await give(town, case, against, team)
    assert await town.everything() == before
    await leave(town, case, team)
    assert [kind for _, kind in await town.outbox()] == ["receipt_reversed", "claim_lost"]


async def test_the_other_was_forged_meanwhile(town: Town) -> None:
    """Then nobody loses anything, and the claimant gets the points."""
    first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    await town.run(reversing.reverse, hers, Reason.FORGED, by=None, now=town.now)
    before = await town.everything()
    with pytest.raises(Changed):
        await give(town, case, hers, team)
    assert await town.everything() == before
    await give(town, case, None, team)
    await settled(town)
    assert await states(town) == [("reversed", "forged", 50), ("credited", "credited", 50)]
    assert await town.balance(first) == (0, 0, 0, 0)
    await town.assert_clean()


async def test_the_other_has_left(town: Town) -> None:
    first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    await town.run(privacy.delete_member, first, town.now)
    await town.assert_clean()
    await give(town, case, hers, team)
    await settled(town)
    assert (await states(town))[1] == ("credited", "credited", 50)
    await town.assert_clean()


async def test_the_claimant_has_left(town: Town) -> None:
    _first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    await town.run(privacy.delete_member, second, town.now)
    assert await following(town, team) is None
    before = await town.everything()
    with pytest.raises(CaseDecided):
        await give(town, case, hers, team)
    assert await town.everything() == before
    await town.assert_clean()


async def test_two_moderators_give_at_once(town: Town) -> None:
    first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), [await moderator(town) for _ in range(4)]
    done, refused = await at_once(*(give(town, case, hers, by) for by in team))
    assert (len(done), refused) == (1, [CaseDecided("won", town.now)] * 3)
    await settled(town)
    assert await town.outbox() == [
        (first, "receipt_reversed"),
        (second, "claim_won"),
        (second, "receipt_credited"),
    ]
    await town.assert_clean()


async def test_one_gives_and_one_leaves(town: Town) -> None:
    _first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), [await moderator(town) for _ in range(4)]
    done, refused = await at_once(
        *(give(town, case, hers, by) if by % 2 else leave(town, case, by) for by in team)
    )
    ((state,),) = await town.rows(select(ReceiptCase.state))
    assert (len(done), refused) == (1, [CaseDecided(state, town.now)] * 3)
    await settled(town)
    assert (await states(town))[1][0] == {"won": "credited", "lost": "rejected"}[state]
    await town.assert_clean()


async def test_a_refund_meets_a_verdict(town: Town) -> None:
    """Whoever is first: points are taken once, and a returned purchase is nobody's."""
    first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    await at_once(
        give(town, case, hers, team),
        town.run(reversing.reverse, hers, Reason.REFUNDED, by=None, now=town.now),
    )
    await settled(town)
    assert [row[:2] for row in await states(town)] in (
        [("reversed", "claimed"), ("credited", "credited")],
        [("reversed", "refunded"), ("rejected", "taken")],
    )
    assert await town.balance(first) == (0, 0, 0, 0)
    await town.assert_clean()


async def test_two_claimants_of_one_receipt(town: Town) -> None:
    """The second verdict is about who has it now, and that has to be seen first."""
    _first, second, hers, his = await taken(town)
    third = await town.guest()
    ((number, sign),) = await town.rows(
        select(Receipt.number, Receipt.sign).where(Receipt.id == hers)
    )
    at = town.now - timedelta(minutes=20)
    document = int(number.rpartition(":")[2])
    theirs = await sent(town, third, town.qr(at=at, document=document, sign=int(sign)))
    cases_ = [await claim(town, second, his), await claim(town, third, theirs)]
    team = [await moderator(town) for _ in "ab"]
    done, refused = await at_once(
        *(give(town, case, hers, by) for case, by in zip(cases_, team, strict=True))
    )
    assert (len(done), [type(each) for each in refused]) == (1, [Changed])
    await settled(town)
    assert sorted(row[0] for row in await states(town)) == ["credited", "rejected", "reversed"]
    await town.assert_clean()


async def test_who_may_not_decide(town: Town) -> None:
    first, second = await moderator(town), await moderator(town)
    qr = town.qr()
    hers, his = await sent(town, first, qr), await sent(town, second, qr)
    case, cashier, team = await claim(town, second, his), await town.staff(), await moderator(town)
    before = await town.everything()
    for by in (first, second, cashier):
        with pytest.raises(NotAllowed):
            await give(town, case, hers, by)
        with pytest.raises(NotAllowed):
            await leave(town, case, by)
    with pytest.raises(NotAllowed):
        await following(town, cashier)
    assert await following(town, first) is None
    with pytest.raises(NotFound):
        await leave(town, 10_000, team)
    assert await town.everything() == before


async def test_staff_who_claim_are_pointed_out(town: Town) -> None:
    first, cashier = await town.guest(), await town.staff()
    qr = town.qr()
    await sent(town, first, qr)
    await claim(town, cashier, await sent(town, cashier, qr))
    seen = await following(town, await moderator(town))
    assert seen is not None
    assert seen.other is not None
    assert (seen.claimant.works_here, seen.other.works_here) == (True, False)


async def test_photos_are_dropped_when_nobody_needs_them(town: Town) -> None:
    _first, second, hers, his = await taken(town)
    case, team = await claim(town, second, his), await moderator(town)
    waits = await sent(town, await town.guest(), town.qr(LARGE))
    old = await sent(town, second, town.qr(50))
    for receipt in (hers, his, waits, old):
        await town.run(photos.keep, receipt, b"jpeg", town.now)

    async def kept() -> list[int]:
        every = (hers, his, waits, old)
        return [each for each in every if await town.look(photos.of, each) is not None]

    town.clock.advance(days=30)
    before = town.now - timedelta(days=30)
    assert await town.run(cases.drop_photos, before, 100) == 0
    assert await town.run(cases.drop_photos, before + timedelta(seconds=1), 100) == 1
    assert await kept() == [hers, his, waits]
    await leave(town, case, team)
    assert await town.run(cases.drop_photos, town.now, 1) == 1
    assert await town.run(cases.drop_photos, town.now, 100) == 1
    assert await kept() == [waits]
