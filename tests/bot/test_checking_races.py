"""Answers of verifiers that arrive while somebody else decides about the same receipts.

Every pair meets many times, in as many ways as two databases let it: whoever is first, nothing is
decided twice, nobody waits for ever, and the books are right.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from bot.purse import DatabasePurse
from services.cities import alerts, candidates
from services.cities.models import FiscalDrive, Till, TillAlert, TillCandidate
from services.database import Database
from services.delivery.models import OutboxMessage
from services.errors import Changed
from services.members import privacy
from services.members.roles import Role
from services.receipts import attribution, claims, refunds, review, settle
from services.receipts.models import Receipt, ReceiptCase, ReceiptCheck
from services.receipts.queue import Check
from services.receipts.verifiers.contract import (
    Allowance,
    Answer,
    Because,
    NotYet,
    Period,
    Question,
    Rejected,
    Trouble,
    Unavailable,
    Verified,
    Working,
)
from tests.bot.test_checking import Desk
from tests.clock import ManualClock
from tests.services.receipts.scripted import Scripted, found, ticket_of
from tests.services.receipts.sightings import (
    NEW_DRIVE,
    NEW_SERIAL,
    NEW_TILL,
    OTHER_DRIVE,
    UNSEEN,
    verified,
)
from tests.services.town import Town, at_once, town_of

LARGE = 60_000
EARNED = (10, 0, 40, 0)


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    async with town_of(database, clock) as town:
        yield town


@pytest.fixture
def times(town: Town) -> range:
    """How often a pair meets: SQLite has one writer, so fewer orders are possible."""
    return range(5 if town.database.is_sqlite else 20)


async def taken(desk: Desk) -> list[Check]:
    """What a worker has reserved and asks about at this moment, by receipt."""
    checks, _ = await desk.checking()._taken("fns", desk.town.city)
    return sorted(checks, key=lambda check: check.receipt_id)


async def answered(desk: Desk, check: Check, answer: Answer) -> None:
    """The answer to one question arrives, at whatever process asked it."""
    desk.town.database = next(desk.town._databases)
    await desk.checking()._follow("fns", desk.town.city, check, answer)


async def true_ticket(desk: Desk, check: Check) -> Answer:
    """What the service says if this receipt is the true one of its number."""
    ((number, sign, total, at),) = await desk.town.rows(
        select(Receipt.number, Receipt.sign, Receipt.total, Receipt.purchased_at).where(
            Receipt.id == check.receipt_id
        )
    )
    _form, drive, document = number.split(":")
    qr = desk.town.qr(total // 100, at=at, drive=drive, document=int(document), sign=int(sign))
    return Verified(ticket_of(qr.slip))


async def states(town: Town, *receipts: int) -> list[tuple[str, str]]:
    query = select(Receipt.state, Receipt.reason).order_by(Receipt.id)
    rows = await town.rows(query.where(Receipt.id.in_(receipts)) if receipts else query)
    return [(state, reason) for state, reason in rows]


async def heard(town: Town, *members: int) -> list[str]:
    """What these members have been told, in the alphabet's order."""
    query = select(OutboxMessage.kind).where(OutboxMessage.member_id.in_(members))
    return sorted(kind for (kind,) in await town.rows(query))


async def together(*attempts: Awaitable[Any]) -> tuple[list[Any], list[Any]]:
    """As `at_once`, but whoever waits for ever is a fault."""
    return await asyncio.wait_for(at_once(*attempts), timeout=60)


async def settled(town: Town) -> None:
    """The job has done all there is to do."""
    while await town.run(settle.settle_next, town.city, town.chain, town.now):
        pass


async def at_rest(desk: Desk) -> None:
    """A little later, when every question under way is free again, nothing is left to do."""
    desk.town.clock.advance(minutes=3)
    await desk.round()
    await settled(desk.town)
    await desk.town.assert_clean()


async def sent(town: Town, guest: int, **fields: Any) -> int:
    rubles = fields.pop("rubles", 1000)
    outcome = await town.submit(guest, town.qr(rubles, **fields))
    assert outcome.id is not None
    return outcome.id


async def test_a_moderator_credits_while_the_answer_arrives(town: Town, times: range) -> None:
    desk, team = Desk(town, ("fns",), Scripted()), await town.staff(Role.MODERATOR, None)
    for turn in times:
        guest = await town.guest()
        receipt = await sent(town, guest, rubles=LARGE)
        (check,) = await taken(desk)
        forged = turn % 2
        answer = Rejected(Because.FORGED) if forged else await true_ticket(desk, check)
        _done, refused = await together(
            town.run(
                review.credit,
                city=town.city,
                receipt_id=receipt,
                by=team,
                now=town.now,
                chain=town.chain,
            ),
            answered(desk, check, answer),
        )
        (state,) = await states(town, receipt)
        if refused:
            assert (forged, state) == (1, ("rejected", "forged"))
        else:
            assert state == ("credited", "credited")
        assert await heard(town, guest) == [f"receipt_{state[0]}"]
    await at_rest(desk)


async def test_two_processes_with_one_answer_each(town: Town, times: range) -> None:
    """A process was slow, so that another took its question up: both have an answer now."""
    desk = Desk(town, ("fns",), Scripted())
    kinds = ("verified", "not_yet", "working", "forged", "down")
    pairs = [(a, b) for a in kinds for b in kinds if a <= b]
    for turn in times:
        pair = pairs[turn % len(pairs)]
        guest = await town.guest()
        await sent(town, guest)
        (slow,) = await taken(desk)
        town.clock.advance(minutes=3)
        (quick,) = await taken(desk)
        answers = {
            "verified": await true_ticket(desk, slow),
            "not_yet": NotYet(),
            "working": Working("handle", 2),
            "forged": Rejected(Because.FORGED),
            "down": Unavailable(Trouble.DOWN),
        }
        await together(
            answered(desk, slow, answers[pair[0]]), answered(desk, quick, answers[pair[1]])
        )
        assert len(await heard(town, guest)) <= 1
        await at_rest(desk)
        town.clock.advance(hours=2)
        await at_rest(desk)
        assert await town.count(ReceiptCheck) == 0
        ((state, reason),) = await states(town, slow.receipt_id)
        assert state == "credited" or reason == "forged"
        assert await heard(town, guest) == [f"receipt_{state}"]
    await town.assert_clean()


async def test_a_late_answer_changes_nothing_that_was_learned_since(town: Town) -> None:
    """The handle of the second question stays, the guest is told once, the tries are counted."""
    desk = Desk(town, ("fns",), Scripted())
    guest = await town.guest()
    await sent(town, guest)
    (slow,) = await taken(desk)
    town.clock.advance(hours=25)
    (quick,) = await taken(desk)
    await answered(desk, quick, Working("handle", 2))
    for late in (NotYet(), Unavailable(Trouble.DOWN), Working("lost", 60)):
        await answered(desk, slow, late)
        query = select(ReceiptCheck.handle, ReceiptCheck.tries, ReceiptCheck.told)
        assert await town.rows(query) == [("handle", 0, False)]
    town.clock.advance(seconds=2)
    (again,) = await taken(desk)
    assert again.handle == "handle"
    await answered(desk, again, NotYet())
    await answered(desk, quick, NotYet())
    assert await town.rows(select(ReceiptCheck.tries)) == [(1,)]
    assert await heard(town, guest) == ["receipt_slow"]
    await answered(desk, slow, found(Question("", town.qr().slip)))


def only(sign: int) -> Callable[[Question], Answer]:
    """The service knows the receipts with this sign."""
    return lambda question: (
        found(question) if question.slip.sign == str(sign) else Rejected(Because.FORGED)
    )


async def test_a_guest_leaves_while_the_answer_arrives(town: Town, times: range) -> None:
    """Alone with the number, and with another guest whose receipt is the true one."""
    desk = Desk(town, ("fns",), service := Scripted())
    for turn in times:
        leaving, other = await town.guest(), await town.guest()
        theirs = await sent(town, leaving, document=1000 + turn, sign=1)
        rival = await sent(town, other, document=1000 + turn, sign=2)
        checks = await taken(desk)
        assert [check.receipt_id for check in checks] == [theirs, rival]
        right = checks[turn % 2]
        service.answer = only(turn % 2 + 1)
        await together(
            answered(desk, right, await true_ticket(desk, right)),
            town.run(privacy.delete_member, leaving, town.now),
        )
        await at_rest(desk)
        assert await town.count(ReceiptCheck) == 0
        ((state, reason), rivals) = await states(town, theirs, rival)
        if right.receipt_id == theirs:
            # Decided on before its guest left, or never.
            assert (state, reason) in (("credited", "credited"), ("rejected", "left"))
            assert rivals[0] == "rejected"
        else:
            assert (state, reason) in (("rejected", "taken"), ("rejected", "left"))
            assert rivals == ("credited", "credited")
        assert await town.balance(leaving) == (0, 0, 0, 0)
        assert (await heard(town, other)) == [f"receipt_{rivals[0]}"]


async def test_both_of_one_number_are_answered_at_once(town: Town, times: range) -> None:
    desk = Desk(town, ("fns",), Scripted())
    for turn in times:
        guests = [await town.guest(), await town.guest()]
        receipts = [
            await sent(town, guest, document=2000 + turn, sign=sign)
            for sign, guest in enumerate(guests)
        ]
        checks = await taken(desk)
        right = turn % 2
        said = [await true_ticket(desk, check) for check in checks]
        wrong = [Rejected(Because.FORGED), said[right]][turn // 2 % 2]
        said[1 - right] = wrong
        await together(*map(answered, [desk] * 2, checks, said))
        await at_rest(desk)
        outcome = await states(town, *receipts)
        assert outcome[right] == ("credited", "credited")
        assert outcome[1 - right][0] == "rejected"
        assert await town.balance(guests[right]) == EARNED
        assert await town.balance(guests[1 - right]) == (0, 0, 0, 0)
        assert await heard(town, guests[right]) == ["receipt_credited"]
        assert await heard(town, guests[1 - right]) == ["receipt_rejected"]


async def test_two_guests_who_took_each_others_receipts(town: Town, times: range) -> None:
    """Each has earned with a false sign of what the other sends now; both answers arrive."""
    town.rules("limits", per_venue_per_day=100, minutes_between=0)
    desk = Desk(town, ("tills", "fns"), Scripted())
    for turn in times:
        guests = [await town.guest(), await town.guest()]
        false = [
            await sent(town, guest, document=3000 + 2 * turn + number, sign=1)
            for number, guest in enumerate(guests)
        ]
        true = [
            await sent(town, guest, document=3000 + 2 * turn + 1 - number, sign=2)
            for number, guest in enumerate(guests)
        ]
        checks = await taken(desk)
        said = [await true_ticket(desk, check) for check in checks]
        await together(*map(answered, [desk] * 2, checks, said))
        await together(*(desk.checking().ask_some("fns") for _process in range(2)))
        await at_rest(desk)
        assert await states(town, *false) == [("reversed", "forged")] * 2
        assert await states(town, *true) == [("credited", "credited")] * 2
        for guest in guests:
            assert await heard(town, guest) == ["receipt_credited", "receipt_reversed"]


async def test_a_moderator_chooses_while_the_answer_arrives(town: Town, times: range) -> None:
    """Both take the points of the false one back, and only once."""
    desk, team = Desk(town, ("tills", "fns"), Scripted()), await town.staff(Role.MODERATOR, None)
    for turn in times:
        thief, owner = await town.guest(), await town.guest()
        false = await sent(town, thief, document=4000 + turn, sign=1)
        true = await sent(town, owner, document=4000 + turn, sign=2)
        (check,) = await taken(desk)
        _done, refused = await together(
            answered(desk, check, await true_ticket(desk, check)),
            town.run(review.choose, city=town.city, receipt_id=true, by=team, now=town.now),
            desk.checking().ask_some("fns"),
        )
        assert all(isinstance(each, (Changed, review.AlreadyDecided)) for each in refused)
        await at_rest(desk)
        assert await states(town, false, true) == [("reversed", "forged"), ("credited", "credited")]
        assert await heard(town, thief) == ["receipt_reversed"]
        assert await heard(town, owner) == ["receipt_credited"]
        assert await town.balance(owner) == EARNED


async def test_a_chosen_receipt_stays_chosen_when_the_answer_arrives(town: Town) -> None:
    """A person has looked into what the table would ask one about again."""
    desk, team = Desk(town, ("tills", "fns"), Scripted()), await town.staff(Role.MODERATOR, None)
    thief, owner = await town.guest(), await town.guest()
    await sent(town, thief, document=500, sign=1)
    true = await sent(town, owner, rubles=LARGE, document=500, sign=2)
    (check,) = await taken(desk)
    await town.run(review.choose, city=town.city, receipt_id=true, by=team, now=town.now)
    await answered(desk, check, await true_ticket(desk, check))
    assert await states(town, true) == [("credited", "credited")]
    await at_rest(desk)


async def test_a_false_receipt_of_a_guest_who_left_is_taken_back(town: Town) -> None:
    """Nothing of it could be spent yet, so nothing is left to take."""
    town.rules("earning", now_cap_per_day=0)
    desk = Desk(town, ("tills", "fns"), Scripted())
    thief, owner = await town.guest(), await town.guest()
    await sent(town, thief, document=500, sign=1)
    assert await town.balance(thief) == (0, 0, 50, 0)
    await town.run(privacy.delete_member, thief, town.now)
    await sent(town, owner, document=500, sign=2)
    await desk.round()
    assert await states(town) == [("reversed", "forged"), ("credited", "credited")]
    await at_rest(desk)


async def test_a_claim_is_decided_while_the_purchase_is_refunded(town: Town, times: range) -> None:
    desk, team = Desk(town, ("tills",)), await town.staff(Role.MODERATOR, None)
    owner_of_venue = await town.staff(Role.OWNER)
    ways: Counter[str] = Counter()
    for turn in times:
        holder, claimant = await town.guest(), await town.guest()
        document = 5000 + turn
        first = await sent(town, holder, document=document)
        second = await sent(town, claimant, document=document)
        claim = await town.run(claims.claim, town.city, claimant, second, town.now)
        venue = await town.venue()
        await town.run(
            refunds.report, venue_id=venue, document=document, by=owner_of_venue, now=town.now
        )
        ((refund,),) = await town.rows(
            select(ReceiptCase.id).where(ReceiptCase.receipt_id == first)
        )
        who = {"city": town.city, "by": team, "now": town.now}
        attempts = [
            town.run(claims.give, case_id=claim, against=first, **who),
            town.run(refunds.take_back, case_id=refund, receipt_id=first, **who),
        ]
        done, refused = await together(*(attempts if turn % 2 else attempts[::-1]))
        assert len(done) == len(refused) == 1
        await at_rest(desk)
        outcome = await states(town, first, second)
        ways[outcome[0][1]] += 1
        if outcome[0] == ("reversed", "refunded"):
            assert outcome[1] == ("rejected", "taken")
            assert await town.balance(claimant) == (0, 0, 0, 0)
        else:
            # Whoever bought it, the venue says that it was returned.
            assert outcome == [("reversed", "claimed"), ("pending", "returned")]
            assert await town.balance(claimant) == (0, 0, 0, 0)
        assert await town.balance(holder) == (0, 0, 0, 0)
        assert await heard(town, holder) == ["receipt_reversed"]
    assert set(ways) <= {"refunded", "claimed"}


def of_the_new_till(slip: Any) -> Any:
    return ticket_of(slip, registration=NEW_TILL, serial=NEW_SERIAL)


async def test_an_owner_confirms_a_till_while_another_ticket_of_it_arrives(
    town: Town, times: range
) -> None:
    owner = await town.staff(Role.OWNER)
    desk = Desk(
        town, ("tills", "fns"), Scripted(answer=lambda q: Verified(of_the_new_till(q.slip)))
    )
    venue = await town.venue()
    for _turn in times:
        guests = [await town.guest(), await town.guest()]
        receipts = [await sent(town, guests[0], drive=NEW_DRIVE)]
        await desk.round()
        assert await states(town, *receipts) == [("pending", "unconfirmed_till")]
        ((candidate,),) = await town.rows(select(TillCandidate.id))
        receipts.append(await sent(town, guests[1], drive=OTHER_DRIVE))
        confirm = town.run(
            candidates.confirm_candidate,
            city_id=town.city.id, candidate_id=candidate, venue_id=venue, by=owner, now=town.now,
        )  # fmt: skip
        _done, refused = await together(confirm, desk.checking().ask_some("fns"), settled(town))
        assert refused == []
        await at_rest(desk)
        assert await states(town, *receipts) == [("credited", "credited")] * 2
        for guest in guests:
            assert await heard(town, guest) == ["receipt_credited"]
        await forget_the_till(town)


async def forget_the_till(town: Town) -> None:
    """As if nobody had met it."""
    await town.write(delete(FiscalDrive).where(FiscalDrive.fn.in_((NEW_DRIVE, OTHER_DRIVE))))
    await town.write(delete(Till).where(Till.registration == NEW_TILL))
    await town.write(delete(TillCandidate))


@pytest.mark.parametrize("decision", list(alerts.Decision))
async def test_the_city_decides_on_a_drive_while_it_is_contradicted_again(
    town: Town, times: range, decision: alerts.Decision
) -> None:
    """The drive was met in two tills that nobody registered; then one more receipt comes."""
    team = await town.staff(Role.MODERATOR, None)
    for turn in times:
        drive = f"73864000990{turn:05}"
        tickets = [
            replace(UNSEEN, drive=drive, registration=f"00004009{till}00{turn:05}")
            for till in (1, 2)
        ]
        for ticket in tickets:
            await verified(town, ticket)
        ((alert,),) = await town.rows(select(TillAlert.id).where(TillAlert.state == "open"))
        decide = town.run(
            alerts.decide,
            city_id=town.city.id, alert_id=alert, decision=decision, by=team, now=town.now,
        )  # fmt: skip
        late = [verified(town, tickets[1]) for _receipt in range(2)]
        _done, refused = await together(*((decide, *late) if turn % 2 else (*late, decide)))
        assert refused == []
        await town.write(update(TillAlert).values(state="kept"))
    await town.assert_clean()


@pytest.mark.parametrize("spent", [0, 4])
async def test_the_last_call_is_paid_once(town: Town, times: range, spent: int) -> None:
    """By whichever process; a new month or service begins an account once as well."""
    allowed = Allowance(calls=spent + 1, period=Period.DAY, reserve=0, per_receipt=1)
    for turn in times:
        purses = [
            DatabasePurse(next(town._databases), town.clock, f"service {turn}", allowed)
            for _process in range(2)
        ]
        for _call in range(spent):
            assert await purses[0].spend(1)
        assert sorted(await asyncio.gather(*(purse.spend(1) for purse in purses))) == [False, True]
        assert not await purses[0].spend(1)
    town.clock.advance(hours=24)
    assert sorted(await asyncio.gather(*(purse.spend(1) for purse in purses))) == [
        spent > 0,
        True,
    ]


async def test_a_receipt_that_cannot_be_written_down_costs_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked about again an hour later, and was paid for once until then."""
    desk = Desk(town, ("fns",), service := Scripted())
    guests = [await town.guest() for _ in range(3)]
    receipts = [await sent(town, guest, rubles=1000 * n) for n, guest in enumerate(guests, 1)]
    learn = attribution.attribute

    async def broken(tx: Any, city: Any, ticket: Any, now: Any) -> Any:
        if len(service.asked) == 3 and ticket.total == 200_000:
            raise RuntimeError("a fault of ours")
        return await learn(tx, city, ticket, now)

    monkeypatch.setattr(attribution, "attribute", broken)
    await desk.round()
    assert sorted(await states(town, *receipts)) == [
        *[("credited", "credited")] * 2,
        ("pending", "checking"),
    ]
    town.clock.advance(minutes=59)
    await desk.round()
    assert len(service.asked) == 3
    town.clock.advance(minutes=1)
    await desk.round()
    assert await states(town, *receipts) == [("credited", "credited")] * 3
    await town.assert_clean()
