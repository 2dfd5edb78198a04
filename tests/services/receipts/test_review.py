"""A person of the city's team decides on what waits: once, by right, and never on their own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from services.cities.models import FiscalDrive, Till
from services.delivery.models import OutboxMessage
from services.errors import Changed, NotAllowed, NotFound
from services.events import Event
from services.members import privacy
from services.members.roles import Role
from services.receipts import claims, documents, dossier, photos, review, settle
from services.receipts.documents import Found
from services.receipts.dossier import History, Paper
from services.receipts.models import Receipt
from services.receipts.verdict import Reason
from services.receipts.waiting import Settlement
from tests.services.receipts.scripted import ticket_of
from tests.services.town import ORBIT_DRIVE, UNKNOWN_DRIVE, Town, at_once

NO_PAPER = Paper("", "", "", None, None, None)
CREDITED = Settlement("credited", Reason.CREDITED, 1000)
LARGE = 20_000


async def moderator(town: Town) -> int:
    return await town.staff(Role.MODERATOR, None)


async def last_id(town: Town) -> int:
    ((newest,),) = await town.rows(select(Receipt.id).order_by(Receipt.id.desc()).limit(1))
    return int(newest)


async def large(town: Town, guest: int, **fields: Any) -> int:
    await town.submit(guest, town.qr(LARGE, **fields))
    return await last_id(town)


async def credit(town: Town, receipt: int, by: int) -> Settlement:
    settled: Settlement = await town.run(
        review.credit, city=town.city, receipt_id=receipt, by=by, now=town.now
    )
    return settled


async def refuse(town: Town, receipt: int, by: int, reason: Reason = Reason.NOT_GENUINE) -> Any:
    return await town.run(
        review.refuse, city=town.city, receipt_id=receipt, reason=reason, by=by, now=town.now
    )


async def following(town: Town, by: int, after: int = 0) -> review.Queued | None:
    found: review.Queued | None = await town.look(
        review.next_after, city_id=town.city.id, member_id=by, after=after, now=town.now
    )
    return found


async def states(town: Town) -> list[tuple[Any, ...]]:
    query = select(Receipt.state, Receipt.reason, Receipt.points)
    return await town.rows(query.order_by(Receipt.id))


async def test_what_the_moderator_sees(town: Town) -> None:
    guest, team = await town.guest(name="Vera Petrova"), await moderator(town)
    await town.submit(guest, town.qr(drive="7386400000020001"))
    await town.submit(guest, town.qr(operation=2))
    receipt = await large(town, guest)
    seen = await following(town, team)
    venue = {"ru": "Демо-кофейня «Орбита»", "en": "Demo café “Orbit”", "zh": "演示咖啡馆“轨道”"}
    assert seen is not None
    odd = ("neighbours", "quick")
    assert replace(seen, paper=NO_PAPER) == review.Queued(
        *(receipt, Reason.LARGE, NO_PAPER, town.now, "text", "V. P.", venue, odd, None, None),
        History(credited=1, rejected=1),
        earned_before=False,
    )
    ((number,),) = await town.rows(select(Receipt.number).where(Receipt.id == receipt))
    document = int(number.rpartition(":")[2])
    assert seen.paper == Paper(number, "12345", ORBIT_DRIVE, document, 2_000_000, town.now)
    assert await town.look(review.waiting_for, town.city.id, team) == 1


async def test_what_is_known_of_the_receipt_and_its_guest(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    for days, reason in ((80, "forged"), (89, "not_genuine"), (91, "forged"), (10, "mismatch")):
        await large(town, guest)
        sent = {"submitted_at": town.now - timedelta(days=days), "state": "rejected"}
        await town.write(
            update(Receipt).where(Receipt.id == await last_id(town)).values(reason=reason, **sent)
        )
    qr = town.qr(LARGE)
    receipt = await large(town, guest, document=qr.document)
    found = Found(ticket_of(qr.slip, place="«Орбита»", address="Калуга"), "fns", town.now)
    await town.run(documents.keep, town.city, qr.slip, found)
    await town.run(photos.keep, receipt, b"jpeg", town.now)
    signals = ["order", "hours"]
    await town.write(update(Receipt).where(Receipt.id == receipt).values(signals=signals))
    seen = await following(town, team)
    assert seen is not None
    assert (seen.photo, seen.signals) == (town.now, ("order", "hours"))
    assert seen.history == History(rejected=1, forged=2)
    assert seen.found == dossier.Found(
        *("12345", 3, "ООО «Орбита»", "0040000014", "«Орбита»", "Калуга", town.now),
        *(2_000_000, 2_000_000, 0, 0),
    )


async def undo(town: Town, receipt: int, by: int) -> None:
    await town.run(review.undo, city=town.city, receipt_id=receipt, by=by, now=town.now)


async def test_a_refusal_is_undone(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    receipt = await large(town, guest)
    await refuse(town, receipt, team)
    town.clock.advance(minutes=10)
    await undo(town, receipt, team)
    assert await states(town) == [("pending", "large", 0)]
    assert [kind for _, kind in await town.outbox()] == ["receipt_rejected", "receipt_reopened"]
    assert await town.moves("receipt") == [
        ("submit", "pending"), ("review", "rejected"), ("undo", "pending"),
    ]  # fmt: skip
    assert await credit(town, receipt, team) == CREDITED
    await town.assert_clean()


async def test_a_refusal_that_cannot_be_undone(town: Town) -> None:
    guest, team, colleague = await town.guest(), await moderator(town), await moderator(town)
    qr = town.qr(LARGE)
    receipt = (await town.submit(guest, qr)).id
    assert receipt is not None
    await refuse(town, receipt, team, Reason.NEVER_KNOWN)
    before = await town.everything()
    with pytest.raises(NotAllowed):
        await undo(town, receipt, colleague)
    with pytest.raises(NotAllowed):
        await undo(town, receipt, guest)
    town.clock.advance(minutes=10, seconds=1)
    with pytest.raises(review.TooLateToUndo):
        await undo(town, receipt, team)
    town.clock.advance(minutes=-5)
    assert await town.everything() == before
    await town.submit(await town.guest(), qr)
    before = await town.everything()
    with pytest.raises(Changed):
        await undo(town, receipt, team)
    assert await town.everything() == before


async def test_a_refusal_that_the_guest_disputes_is_not_undone(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    receipt = await large(town, guest)
    await refuse(town, receipt, team, Reason.TAKEN)
    await town.run(claims.claim, town.city, guest, receipt, town.now)
    before = await town.everything()
    with pytest.raises(Changed):
        await undo(town, receipt, team)
    assert await town.everything() == before


async def test_a_refusal_of_a_guest_who_left_is_not_undone(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    receipt = await large(town, guest)
    await refuse(town, receipt, team)
    await town.run(privacy.delete_member, guest, town.now)
    before = await town.everything()
    with pytest.raises(Changed):
        await undo(town, receipt, team)
    assert await town.everything() == before


async def test_a_refusal_is_undone_once(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    receipt = await large(town, guest)
    await refuse(town, receipt, team)
    done, refused = await at_once(*(undo(town, receipt, team) for _ in range(3)))
    assert (len(done), [type(each) for each in refused]) == (1, [Changed, Changed])
    assert [kind for _, kind in await town.outbox()] == ["receipt_rejected", "receipt_reopened"]
    assert await states(town) == [("pending", "large", 0)]


async def test_the_queue_goes_round(town: Town) -> None:
    team = await moderator(town)
    first, second = [await large(town, await town.guest()) for _ in range(2)]
    shown = [await following(town, team, after) for after in (0, first, second)]
    assert [each and each.id for each in shown] == [first, second, first]
    await credit(town, first, team)
    await refuse(town, second, team)
    assert await following(town, team, first) is None
    assert await town.look(review.waiting_for, town.city.id, team) == 0


async def test_credited(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    receipt = await large(town, guest)
    town.clock.advance(days=1)
    assert await credit(town, receipt, team) == CREDITED
    assert await states(town) == [("credited", "credited", 1000)]
    assert await town.balance(guest) == (200, 0, 800, 0)
    assert await town.outbox() == [(guest, "receipt_credited")]
    assert await town.rows(
        select(Event.verb, Event.actor_id).where(Event.subject == "receipt")
    ) == [
        ("submit", guest),
        ("review", team),
    ]
    await town.assert_clean()


async def test_refused(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    receipt = await large(town, guest)
    await refuse(town, receipt, team)
    assert await states(town) == [("rejected", "not_genuine", 0)]
    assert await town.balance(guest) == (0, 0, 0, 0)
    assert await town.outbox() == [(guest, "receipt_rejected")]
    ((facts,),) = await town.rows(select(OutboxMessage.facts))
    assert facts["reason"] == "not_genuine"
    await town.assert_clean()


async def test_what_a_person_refused_is_not_judged_again(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    qr = town.qr(LARGE)
    await town.submit(guest, qr)
    await refuse(town, await last_id(town), team)
    again = await town.submit(guest, qr)
    assert (again.state, again.reason, again.again) == ("rejected", Reason.NOT_GENUINE, True)
    assert await town.count(Receipt) == 1


@pytest.mark.parametrize("second", [credit, refuse])
async def test_two_moderators_and_one_receipt(town: Town, second: Any) -> None:
    guest = await town.guest()
    team = [await moderator(town) for _ in range(4)]
    receipt = await large(town, guest)
    done, refused = await at_once(
        *((credit if number % 2 else second)(town, receipt, by) for number, by in enumerate(team))
    )
    ((state, _reason, _points),) = await states(town)
    assert [settled.state for settled in done] == [state]
    assert refused == [review.AlreadyDecided(state, town.now)] * 3
    assert [who for who, _kind in await town.outbox()] == [guest]
    assert [verb for verb, _state in await town.moves("receipt")] == ["submit", "review"]
    await town.assert_clean()


async def test_a_moderator_credits_what_is_their_teams_own_purchase(town: Town) -> None:
    cashier, team = await town.staff(), await moderator(town)
    await town.submit(cashier)
    receipt = await last_id(town)
    seen = await following(town, team)
    assert seen is not None
    assert seen.reason is Reason.OWN_VENUE
    assert (await credit(town, receipt, team)).points == 50
    assert await town.balance(cashier) == (10, 0, 40, 0)


async def test_a_disputed_number_is_decided_for_one(town: Town) -> None:
    """Crediting one of those that wait under a number refuses the others."""
    guests, team = [await town.guest() for _ in range(3)], await moderator(town)
    qr = town.qr(LARGE)
    for sign, guest in enumerate(guests, 1):
        await town.submit(guest, replace(qr, sign=sign))
    assert [reason for _, reason, _ in await states(town)] == [
        "large",
        "disputed_number",
        "disputed_number",
    ]
    assert (await credit(town, await last_id(town), team)).state == "credited"
    assert await states(town) == [
        ("rejected", "taken", 0),
        ("rejected", "taken", 0),
        ("credited", "credited", 1000),
    ]
    assert sorted(await town.outbox()) == [
        (guests[0], "receipt_rejected"),
        (guests[1], "receipt_rejected"),
        (guests[2], "receipt_credited"),
    ]
    await town.assert_clean()


async def test_two_moderators_credit_both_sides_of_a_dispute(town: Town) -> None:
    guests, team = [await town.guest() for _ in range(2)], [await moderator(town) for _ in "ab"]
    qr = town.qr(LARGE)
    receipts = []
    for sign, guest in enumerate(guests, 1):
        await town.submit(guest, replace(qr, sign=sign))
        receipts.append(await last_id(town))
    done, refused = await at_once(
        *(credit(town, receipt, by) for receipt, by in zip(receipts, team, strict=True))
    )
    assert done == [CREDITED]
    assert refused == [review.AlreadyDecided("rejected", town.now)]
    assert sorted(await states(town)) == [("credited", "credited", 1000), ("rejected", "taken", 0)]
    assert sorted(kind for _, kind in await town.outbox()) == [
        "receipt_credited",
        "receipt_rejected",
    ]
    await town.assert_clean()


async def choose(town: Town, receipt: int, by: int) -> None:
    await town.run(review.choose, city=town.city, receipt_id=receipt, by=by, now=town.now)


async def step(town: Town) -> bool:
    """One receipt as the job settles it."""
    done: bool = await town.run(settle.settle_next, town.city, town.chain, town.now)
    return done


async def disputed(town: Town, first: int, second: int, rubles: int = 1000) -> tuple[int, int]:
    """The second guest's receipt waits, for its number has earned for the first."""
    qr = town.qr(rubles)
    false = (await town.submit(first, replace(qr, sign=666))).id
    true = (await town.submit(second, qr)).id
    assert false is not None
    assert true is not None
    return false, true


async def test_the_one_that_has_earned_was_false(town: Town) -> None:
    first, second, team = await town.guest(), await town.guest(), await moderator(town)
    _false, receipt = await disputed(town, first, second)
    await choose(town, receipt, team)
    assert await states(town) == [("reversed", "forged", 50), ("pending", "chosen", 0)]
    assert await town.balance(first) == (0, 0, 0, 0)
    await town.assert_clean()
    assert await following(town, team) is None
    assert await step(town)
    assert not await step(town)
    assert await states(town) == [("reversed", "forged", 50), ("credited", "credited", 50)]
    assert await town.balance(second) == (10, 0, 40, 0)
    assert await town.outbox() == [(first, "receipt_reversed"), (second, "receipt_credited")]
    await town.assert_clean()


async def test_a_chosen_one_is_credited_by_the_next_tap(town: Town) -> None:
    first, second, team = await town.guest(), await town.guest(), await moderator(town)
    _false, receipt = await disputed(town, first, second)
    await choose(town, receipt, team)
    assert (await credit(town, receipt, team)).points == 50
    assert not await step(town)
    await town.assert_clean()


async def test_what_was_spent_of_a_false_one_is_a_debt_that_the_next_receipt_pays(
    town: Town,
) -> None:
    first, second, team = await town.guest(200), await town.guest(), await moderator(town)
    _false, receipt = await disputed(town, first, second, rubles=10_000)
    assert await town.balance(first) == (300, 0, 400, 0)
    cashier = await town.staff()
    for _ in range(2):
        ticket = await town.take(first)
        await town.confirm(cashier, ticket.id)
    await choose(town, receipt, team)
    assert await town.balance(first) == (0, 0, 0, 40)
    await town.assert_clean()
    town.clock.advance(days=1)
    await town.submit(first)
    assert await town.balance(first) == (0, 0, 40, 30)
    await town.assert_clean()


async def test_many_choose_at_once(town: Town) -> None:
    first, second = await town.guest(), await town.guest()
    _false, receipt = await disputed(town, first, second)
    team = [await moderator(town) for _ in range(4)]
    done, refused = await at_once(*(choose(town, receipt, by) for by in team))
    assert (len(done), {type(each) for each in refused}) == (1, {Changed})
    assert await states(town) == [("reversed", "forged", 50), ("pending", "chosen", 0)]
    assert await town.outbox() == [(first, "receipt_reversed")]
    await town.assert_clean()


async def test_one_chooses_what_another_refuses_or_credits(town: Town) -> None:
    first, second = await town.guest(), await town.guest()
    _false, receipt = await disputed(town, first, second)
    team = [await moderator(town) for _ in range(3)]
    await at_once(
        choose(town, receipt, team[0]),
        refuse(town, receipt, team[1]),
        credit(town, receipt, team[2]),
    )
    while await step(town):
        pass
    (_, first_state, _), (state, reason, points) = [
        (None, each[0], None) if n == 0 else each for n, each in enumerate(await states(town))
    ]
    assert (first_state, state, reason, points) in {
        ("reversed", "credited", "credited", 50),
        ("reversed", "rejected", "not_genuine", 0),
        ("credited", "rejected", "not_genuine", 0),
        ("credited", "rejected", "taken", 0),
    }
    await town.assert_clean()


async def test_who_may_not_choose(town: Town) -> None:
    first, second, team = await moderator(town), await town.guest(), await moderator(town)
    false, receipt = await disputed(town, first, second)
    plain = await large(town, await town.guest())
    before = await town.everything()
    for by in (first, second):
        with pytest.raises(NotAllowed):
            await choose(town, receipt, by)
    with pytest.raises(review.AlreadyDecided):
        await choose(town, false, team)
    with pytest.raises(Changed):
        await choose(town, plain, team)
    assert await town.everything() == before


async def test_a_number_that_has_earned_already_can_only_be_refused(town: Town) -> None:
    first, second, team = await town.guest(), await town.guest(), await moderator(town)
    qr = town.qr()
    await town.submit(first, replace(qr, sign=666))
    await town.submit(second, qr)
    seen = await following(town, team)
    assert seen is not None
    assert seen.earned_before
    settled = await credit(town, await last_id(town), team)
    assert settled == Settlement("rejected", Reason.TAKEN)
    assert await states(town) == [("credited", "credited", 50), ("rejected", "taken", 0)]
    assert await town.outbox() == [(second, "receipt_rejected")]
    await town.assert_clean()


async def test_a_till_nobody_knows_cannot_be_credited_yet(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    receipt = await large(town, guest, drive=UNKNOWN_DRIVE)
    before = await town.everything()
    assert await credit(town, receipt, team) == Settlement("pending", Reason.UNKNOWN_DRIVE)
    assert await town.everything() == before
    venue = await town.venue()
    ((till,),) = await town.rows(select(Till.id).where(Till.venue_id == venue))
    await town.write(insert(FiscalDrive).values({"fn": UNKNOWN_DRIVE, "till_id": till}))
    assert await credit(town, receipt, team) == CREDITED
    await town.assert_clean()


async def test_who_may_not_decide(town: Town) -> None:
    guest, cashier = await town.guest(), await town.staff()
    team = await moderator(town)
    receipt, own = await large(town, guest), await large(town, team)
    before = await town.everything()
    for by, which in ((guest, receipt), (cashier, receipt), (team, own)):
        for act in (credit, refuse):
            with pytest.raises(NotAllowed):
                await act(town, which, by)
    with pytest.raises(NotAllowed):
        await following(town, cashier)
    seen = await following(town, team, receipt)
    assert seen is not None
    assert seen.id == receipt, "their own is not in their queue"
    with pytest.raises(NotFound):
        await credit(town, 10_000, team)
    assert await town.everything() == before


async def test_what_waits_for_its_till_is_not_for_people(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    await town.submit(guest, town.qr(drive=UNKNOWN_DRIVE))
    assert await following(town, team) is None
    with pytest.raises(NotFound):
        await credit(town, await last_id(town), team)


async def test_a_guest_who_left_is_not_in_the_queue(town: Town) -> None:
    guest, team = await town.guest(), await moderator(town)
    receipt = await large(town, guest)
    await town.run(privacy.delete_member, guest, town.now)
    assert await following(town, team) is None
    with pytest.raises(NotFound):
        await credit(town, receipt, team)
