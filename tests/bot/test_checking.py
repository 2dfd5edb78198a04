"""Receipts that services are asked about, from the first question to the last."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.checking import Checking, Service
from bot.metrics import Metrics
from bot.purse import DatabasePurse, DatabaseVault
from services.cities import candidates
from services.cities.models import FiscalDrive, Partner, TillCandidate
from services.database import Database
from services.delivery.models import OutboxMessage
from services.members import privacy
from services.members.roles import Role
from services.receipts import queue, settle
from services.receipts.accounts import accounts
from services.receipts.chain import Chain
from services.receipts.models import Receipt, ReceiptCheck, VerifiedTicket, VerifierAccount
from services.receipts.slip import Slip
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
    Undecided,
    Verified,
    Working,
)
from tests.clock import ManualClock
from tests.services.receipts.scripted import PLENTY, Scripted, found, item, ticket_of
from tests.services.town import UNKNOWN_DRIVE, Town, town_of


class Desk:
    """A town whose receipts are asked about, and the work of asking done step by step."""

    def __init__(self, town: Town, names: tuple[str, ...], *verifiers: Scripted) -> None:
        self.town = town
        self.verifiers = {each.name: each for each in verifiers}
        serves = {each.name: each.adapters for each in verifiers}
        town.chain = Chain(names, serves)
        self.told = 0

    async def get(self) -> Any:
        """As a `CitySource`."""
        return self.town.city

    def _tell(self) -> None:
        self.told += 1

    def checking(self, allowance: Allowance = PLENTY) -> Checking:
        services = {name: Service(v, allowance) for name, v in self.verifiers.items()}
        return Checking(
            database=self.town.database,
            clock=self.town.clock,
            city=self,  # type: ignore[arg-type]
            chain=self.town.chain,
            services=services,
            metrics=Metrics(),
            told=self._tell,
        )

    async def round(self, allowance: Allowance = PLENTY) -> int:
        """Each service asks what is due, until nothing is."""
        checking, done = self.checking(allowance), 0
        for _turn in range(20):
            some = sum([await checking.ask_some(name) for name in self.verifiers])
            done += some
            if not some:
                return done
        raise AssertionError("the queue never rests")

    async def states(self) -> list[tuple[str, str]]:
        query = select(Receipt.state, Receipt.reason).order_by(Receipt.id)
        return [(state, reason) for state, reason in await self.town.rows(query)]

    async def waits(self) -> list[tuple[datetime, int]]:
        """When the next question comes, and how many were in vain."""
        query = select(ReceiptCheck.next_at, ReceiptCheck.tries).order_by(ReceiptCheck.receipt_id)
        return [(at, tries) for at, tries in await self.town.rows(query)]

    async def said(self) -> list[str]:
        query = select(OutboxMessage.kind).order_by(OutboxMessage.id)
        return [kind for (kind,) in await self.town.rows(query)]


Answers = Callable[[Question], Answer]


def always(answer: Answer) -> Answers:
    return lambda _question: answer


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    async with town_of(database, clock) as town:
        yield town


async def test_a_receipt_waits_for_its_service_and_earns_on_its_word(town: Town) -> None:
    desk = Desk(town, ("fns", "tills"), Scripted())
    guest = await town.guest()
    outcome = await town.submit(guest, town.qr(1000))
    assert (outcome.state, outcome.reason, outcome.expected) == ("pending", "checking", 50)
    assert await town.balance(guest) == (0, 0, 0, 0)
    assert await desk.round() == 1
    assert await desk.states() == [("credited", "credited")]
    assert await town.balance(guest) == (10, 0, 40, 0)
    assert await desk.said() == ["receipt_credited"]
    assert await desk.waits() == []
    assert await desk.round() == 0
    assert len(desk.verifiers["fns"].asked) == 1
    await town.assert_clean()


async def test_tills_first_earn_at_once_and_only_unknown_ones_are_looked_up(town: Town) -> None:
    desk = Desk(town, ("tills", "fns"), Scripted(answer=always(NotYet())))
    guest = await town.guest()
    assert (await town.submit(guest)).state == "credited"
    assert await desk.waits() == []
    assert (await town.submit(guest, town.qr(drive=UNKNOWN_DRIVE))).reason == "unknown_drive"
    assert len(await desk.waits()) == 1


async def test_what_was_bought_decides_the_points(town: Town) -> None:
    """1,000 ₽ paid, of them 300 for cigarettes by name and 200 for spirits by type."""
    exclusions = town.city.rules.excluded.model_copy(
        update={"product_types": (2,), "words": ("сигарет",)}
    )
    town.city = replace(
        town.city, rules=town.city.rules.model_copy(update={"excluded": exclusions})
    )

    def answer(question: Question) -> Answer:
        lines = (
            item(30_000, "СИГАРЕТЫ «Косм»"),
            item(20_000, "Настойка", product_type=2),
            item(50_000),
        )
        return Verified(ticket_of(question.slip, items=lines))

    desk = Desk(town, ("fns",), Scripted(answer=answer))
    guest = await town.guest()
    await town.submit(guest, town.qr(1000))
    await desk.round()
    query = select(Receipt.total, Receipt.base, Receipt.points)
    assert await town.rows(query) == [(100_000, 50_000, 25)]
    assert await town.rows(select(VerifiedTicket.base, VerifiedTicket.excluded)) == [
        (50_000, 50_000)
    ]


async def test_what_was_paid_before_earns_nothing_now(town: Town) -> None:
    def answer(question: Question) -> Answer:
        return Verified(ticket_of(question.slip, ecash=5_000, prepaid=95_000))

    desk = Desk(town, ("fns",), Scripted(answer=answer))
    guest = await town.guest()
    await town.submit(guest, town.qr(1000))
    await desk.round()
    assert await desk.states() == [("rejected", "nothing_counts")]
    assert await town.balance(guest) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (always(Rejected(Because.FORGED)), ("rejected", "forged")),
        (lambda q: Verified(ticket_of(q.slip, total=1)), ("rejected", "mismatch")),
        (lambda q: Verified(ticket_of(q.slip, operation=2)), ("rejected", "mismatch")),
        (lambda q: Verified(ticket_of(q.slip, form=31)), ("pending", "correction")),
        (lambda q: Verified(ticket_of(q.slip, seller_inn="0040000015")), ("pending", "correction")),
        (always(Undecided("hsm")), ("pending", "undecided")),
    ],
)
async def test_what_is_not_confirmed_earns_nothing(
    town: Town, answer: Answers, expected: tuple[str, str]
) -> None:
    desk = Desk(town, ("fns",), Scripted(answer=answer))
    guest = await town.guest()
    await town.submit(guest)
    await desk.round()
    assert await desk.states() == [expected]
    assert await town.balance(guest) == (0, 0, 0, 0)
    assert await desk.waits() == []


async def test_a_strange_seller_is_named_and_not_credited(town: Town) -> None:
    stranger = {
        "seller_inn": "7707083893",
        "registration": None,
        "serial": None,
        "seller_name": "ООО «Чужие»",
    }
    desk = Desk(
        town, ("tills", "fns"), Scripted(answer=lambda q: Verified(ticket_of(q.slip, **stranger)))
    )
    guest = await town.guest()
    await town.submit(guest, town.qr(drive=UNKNOWN_DRIVE))
    await desk.round()
    assert await desk.states() == [("rejected", "not_a_partner")]
    ((facts,),) = await town.rows(select(OutboxMessage.facts))
    assert facts["seller"] == "ООО «Чужие»"


async def test_a_new_drive_in_a_known_till_is_learned_and_earns(town: Town) -> None:
    desk = Desk(town, ("tills", "fns"), Scripted())
    guest = await town.guest()
    await town.submit(guest, town.qr(drive=UNKNOWN_DRIVE))
    await desk.round()
    assert await desk.states() == [("credited", "credited")]
    again = await town.submit(await town.guest(), town.qr(drive=UNKNOWN_DRIVE))
    assert again.state == "credited"
    assert len(desk.verifiers["fns"].asked) == 1
    await town.assert_clean()


async def test_a_drive_its_owner_named_is_looked_up_once(town: Town) -> None:
    desk = Desk(town, ("tills", "fns"), Scripted())
    await town.write(update(FiscalDrive).values(origin="owner"))
    assert (await town.submit(await town.guest())).reason == "checking"
    await desk.round()
    assert await desk.states() == [("credited", "credited")]
    assert (await town.submit(await town.guest())).state == "credited"
    assert len(desk.verifiers["fns"].asked) == 1


async def test_a_stranger_on_a_frozen_drive_waits_for_the_city(town: Town) -> None:
    stranger = {"seller_inn": "7707083893", "registration": None, "serial": None}
    desk = Desk(town, ("fns",), Scripted(answer=lambda q: Verified(ticket_of(q.slip, **stranger))))
    await town.submit(await town.guest())
    await desk.round()
    assert await desk.states() == [("pending", "frozen_till")]


async def test_asked_again_after_1_6_24_and_72_hours_then_a_person(town: Town) -> None:
    desk = Desk(town, ("fns",), Scripted(answer=always(NotYet())))
    guest = await town.guest()
    sent = town.now
    await town.submit(guest)
    for tries, hours in enumerate((1, 6, 24, 72), start=1):
        await desk.round()
        assert await desk.waits() == [(sent + timedelta(hours=hours), tries)]
        town.clock.advance(seconds=(sent + timedelta(hours=hours) - town.now).total_seconds())
    await desk.round()
    assert await desk.states() == [("pending", "not_found")]
    assert await desk.waits() == []
    # Told once that it takes longer, and once that a person needs a picture.
    assert await desk.said() == ["receipt_slow", "receipt_needs_photo"]


async def test_a_known_till_is_believed_when_nobody_has_an_answer(town: Town) -> None:
    desk = Desk(town, ("fns", "tills"), Scripted(answer=always(Unavailable(Trouble.QUOTA, 3600))))
    guest = await town.guest()
    await town.submit(guest)
    await desk.round()
    town.clock.advance(hours=72)
    await desk.round()
    assert await desk.states() == [("credited", "credited")]
    await town.assert_clean()


@pytest.mark.parametrize(
    ("answer", "reason"), [(NotYet(), "not_found"), (Undecided("531"), "undecided")]
)
async def test_a_known_till_is_not_believed_against_an_answer(
    town: Town, answer: Answer, reason: str
) -> None:
    """Anybody can read a drive's number off one receipt and invent others of it."""
    desk = Desk(town, ("fns", "tills"), Scripted(answer=always(answer)))
    await town.submit(await town.guest())
    await desk.round()
    town.clock.advance(hours=72)
    await desk.round()
    assert await desk.states() == [("pending", reason)]
    assert await desk.said() == ["receipt_needs_photo"]


async def test_a_drive_its_owner_named_is_not_believed_when_nobody_has_an_answer(
    town: Town,
) -> None:
    desk = Desk(town, ("fns", "tills"), Scripted(answer=always(Unavailable(Trouble.QUOTA, 3600))))
    await town.write(update(FiscalDrive).values(origin="owner"))
    await town.submit(await town.guest())
    await desk.round()
    town.clock.advance(hours=72)
    await desk.round()
    assert await desk.states() == [("pending", "undecided")]


async def test_a_service_that_is_down_rests_and_the_guest_is_told_once(town: Town) -> None:
    service = Scripted(answer=always(Unavailable(Trouble.DOWN)))
    desk = Desk(town, ("fns",), service)
    guest = await town.guest()
    await town.submit(guest)
    for _failure in range(3):
        await desk.round()
        town.clock.advance(seconds=10)
    assert len(service.asked) == 3
    await desk.round()
    assert len(service.asked) == 3
    assert await desk.said() == []
    for _hour in range(3):
        town.clock.advance(hours=1)
        await desk.round()
    assert len(service.asked) == 6
    assert await desk.said() == ["receipt_service_silent"]
    service.answer = found
    town.clock.advance(hours=1)
    await desk.round()
    assert await desk.states() == [("credited", "credited")]
    query = select(VerifierAccount.failures, VerifierAccount.closed_until, VerifierAccount.trouble)
    assert await town.rows(query) == [(0, None, None)]


async def test_the_next_service_is_asked_while_the_first_rests(town: Town) -> None:
    first = Scripted("fns", always(Unavailable(Trouble.QUOTA, 3600)))
    second = Scripted("ofdru")
    desk = Desk(town, ("fns", "ofdru"), first, second)
    guest = await town.guest()
    await town.submit(guest)
    await desk.round()
    town.clock.advance(hours=1, seconds=-1)
    await desk.round()
    assert (len(first.asked), len(second.asked)) == (1, 0)
    await town.submit(await town.guest())
    await desk.round()
    assert (len(first.asked), len(second.asked)) == (1, 1)


async def test_what_one_cannot_tell_another_may(town: Town) -> None:
    first = Scripted("fns", always(Undecided("452")))
    second = Scripted("ofdru")
    desk = Desk(town, ("fns", "ofdru"), first, second)
    await town.submit(await town.guest())
    await desk.round()
    assert await desk.states() == [("credited", "credited")]
    assert (len(first.asked), len(second.asked)) == (1, 1)


async def test_an_answer_under_way_is_asked_for_under_its_handle(town: Town) -> None:
    service = Scripted(answer=always(Working("m-1:0", 2)))
    desk = Desk(town, ("fns",), service)
    await town.submit(await town.guest())
    await desk.round()
    assert await desk.waits() == [(town.now + timedelta(seconds=2), 0)]
    service.answer = found
    assert await desk.round() == 0
    town.clock.advance(seconds=2)
    await desk.round()
    assert [question.handle for question in service.asked] == [None, "m-1:0"]
    assert await desk.states() == [("credited", "credited")]


async def test_a_kill_while_asking_frees_the_question_with_its_handle(town: Town) -> None:
    class Killed(BaseException):
        pass

    def dies(_question: Question) -> Answer:
        raise Killed

    service = Scripted(answer=always(Working("m-1:0", 2)))
    desk = Desk(town, ("fns",), service)
    await town.submit(await town.guest())
    await desk.round()
    town.clock.advance(seconds=2)
    service.answer = dies
    with pytest.raises(Killed):
        await desk.round()
    service.answer = found
    assert await desk.round() == 0
    town.clock.advance(seconds=121)
    assert await desk.round() == 1
    assert service.asked[-1].handle == "m-1:0"
    assert await desk.states() == [("credited", "credited")]


async def test_two_processes_ask_each_question_once(town: Town) -> None:
    service = Scripted()
    desk = Desk(town, ("fns",), service)
    for _guest in range(5):
        await town.submit(await town.guest(), town.qr())
    both = [desk.checking().ask_some("fns"), desk.checking().ask_some("fns")]
    assert sum(await asyncio.gather(*both)) == 5
    assert len(service.asked) == 5
    await town.assert_clean()


async def test_a_false_sign_that_earned_is_taken_back_when_the_true_one_comes(town: Town) -> None:
    desk = Desk(town, ("tills", "fns"), Scripted())
    thief, owner = await town.guest(), await town.guest()
    false = town.qr(1000, document=500, sign=1)
    assert (await town.submit(thief, false)).state == "credited"
    assert (await town.submit(owner, town.qr(1000, document=500, sign=2))).reason == (
        "disputed_number"
    )
    await desk.round()
    assert await desk.states() == [("reversed", "forged"), ("credited", "credited")]
    assert await town.balance(thief) == (0, 0, 0, 0)
    assert await town.balance(owner) == (10, 0, 40, 0)
    assert await desk.said() == ["receipt_reversed", "receipt_credited"]
    await town.assert_clean()


async def test_the_true_one_of_two_that_wait_wins(town: Town) -> None:
    def answer(question: Question) -> Answer:
        return found(question) if question.slip.sign == "2" else Rejected(Because.FORGED)

    desk = Desk(town, ("fns",), Scripted(answer=answer))
    await town.submit(await town.guest(), town.qr(document=500, sign=1))
    await town.submit(await town.guest(), town.qr(document=500, sign=2))
    await desk.round()
    assert await desk.states() == [("rejected", "forged"), ("credited", "credited")]
    await town.assert_clean()


async def test_unknown_tills_of_a_newcomer_come_last_and_two_a_day(town: Town) -> None:
    service = Scripted(answer=always(NotYet()), at_once=1)
    desk = Desk(town, ("tills", "fns"), service)
    newcomer, regular = await town.guest(), await town.guest()
    await town.submit(regular)
    for number in range(3):
        await town.submit(newcomer, town.qr(drive=f"738640000999000{number}"))
    await town.submit(regular, town.qr(drive="7386400009990009"))
    await desk.round()
    drives = [question.slip.device for question in service.asked]
    assert drives == ["7386400009990009", "7386400009990000", "7386400009990001"]
    midnight = datetime(2026, 11, 22, 21, tzinfo=UTC)
    assert (midnight, 0) in await desk.waits()


async def test_answers_do_not_give_a_newcomer_more_questions_a_day(town: Town) -> None:
    service = Scripted(answer=always(Rejected(Because.FORGED)))
    desk = Desk(town, ("tills", "fns"), service)
    newcomer = await town.guest()
    for number in range(4):
        await town.submit(newcomer, town.qr(drive=f"738640000999000{number}"))
        await desk.round()
    assert len(service.asked) == 2
    midnight = datetime(2026, 11, 22, 21, tzinfo=UTC)
    assert await desk.waits() == [(midnight, 0), (midnight, 0)]


async def test_whoever_sends_forged_receipts_of_known_tills_is_asked_about_last(
    town: Town,
) -> None:
    """Else one guest spends the day's calls, with numbers made up beside a real one."""
    service = Scripted(answer=always(Rejected(Because.FORGED)))
    desk = Desk(town, ("fns",), service)
    forger = await town.guest()
    for _receipt in range(4):
        await town.submit(forger)
        await desk.round()
    assert len(service.asked) == 3
    midnight = datetime(2026, 11, 22, 21, tzinfo=UTC)
    assert await desk.waits() == [(midnight, 0)]
    assert await town.rows(select(ReceiptCheck.priority)) == [(queue.DOUBTFUL,)]


async def test_the_reserve_is_kept_for_known_tills(town: Town) -> None:
    service = Scripted(answer=always(NotYet()))
    desk = Desk(town, ("fns",), service)
    tight = Allowance(calls=5, period=Period.DAY, reserve=4, per_receipt=1)
    purse = DatabasePurse(town.database, town.clock, "fns", tight)
    assert await purse.spend(1)
    await town.submit(await town.guest(), town.qr(drive=UNKNOWN_DRIVE))
    assert await desk.round(tight) == 0
    await town.submit(await town.guest())
    assert await desk.round(tight) == 1


async def test_a_deleted_guest_is_not_asked_about(town: Town) -> None:
    service = Scripted()
    desk = Desk(town, ("fns",), service)
    guest = await town.guest()
    await town.submit(guest)
    await town.run(privacy.delete_member, guest, town.now)
    assert await desk.round() == 0
    assert await desk.states() == [("rejected", "left")]
    assert service.asked == []


async def test_a_self_employed_sellers_receipt_learns_its_sum_and_waits_for_them(
    town: Town,
) -> None:
    inn = "500100732259"
    await town.write(update(Partner).where(Partner.slug == "third-stage").values(inn=inn))

    def answer(question: Question) -> Answer:
        bought = town.now.astimezone(town.city.timezone).replace(tzinfo=None)
        return Verified(
            ticket_of(
                question.slip, total=70_000, ecash=70_000, purchased=bought, seller_inn=inn,
                registration=None, serial=None, drive="", items=(item(70_000, "Экскурсия"),),
            )
        )  # fmt: skip

    desk = Desk(town, ("tills", "npd"), Scripted("npd", answer, frozenset({"npd"})))
    slip = Slip("npd", f"npd:{inn}:200abc", "", inn, None, None, "RUB", 1, False)
    guest = await town.guest()
    outcome = await town.hand_in(guest, slip)
    assert (outcome.state, outcome.reason, outcome.total) == ("pending", "checking", None)
    await desk.round()
    query = select(Receipt.total, Receipt.purchased_at, Receipt.state, Receipt.reason)
    assert await town.rows(query) == [(70_000, town.now, "pending", "unconfirmed_till")]
    ((candidate,),) = await town.rows(select(TillCandidate.id))
    owner = await town.staff(Role.OWNER, "third-stage")
    venue = await town.venue("third-stage")
    await town.run(
        candidates.confirm_candidate, city_id=town.city.id, candidate_id=candidate, venue_id=venue,
        by=owner, now=town.now,
    )  # fmt: skip
    assert await town.run(settle.settle_next, town.city, town.chain, town.now)
    assert await desk.states() == [("credited", "credited")]
    assert await town.balance(guest) == (7, 0, 28, 0)
    await town.assert_clean()


class TestPurse:
    async def test_never_more_than_the_day_allows(self, town: Town) -> None:
        allowance = Allowance(calls=10, period=Period.DAY, reserve=0, per_receipt=1)
        purses = [DatabasePurse(town.database, town.clock, "fns", allowance) for _ in range(4)]
        paid = await asyncio.gather(*(purse.spend(1) for purse in purses * 5))
        assert sum(paid) == 10
        town.clock.advance(hours=12)  # Midnight in Moscow has passed.
        assert await purses[0].spend(10)
        assert not await purses[0].spend(1)

    async def test_what_the_service_says_is_left_counts(self, town: Town) -> None:
        allowance = Allowance(calls=None, period=Period.MONTH, reserve=0, per_receipt=1)
        purse = DatabasePurse(town.database, town.clock, "ofdru", allowance)
        assert await purse.spend(1)
        await purse.leave(2)
        assert [await purse.spend(1) for _ in range(3)] == [True, True, False]
        state = await town.look(accounts, {"ofdru": allowance}, town.now)
        assert (state["ofdru"].spent, state["ofdru"].remaining) == (3, 0)
        town.clock.advance(days=10)
        assert await purse.spend(1)


class TestVault:
    async def test_one_at_a_time_renews_for_all(self, town: Town) -> None:
        renewed = 0

        async def renew() -> tuple[str, datetime]:
            nonlocal renewed
            renewed += 1
            await asyncio.sleep(0.05)
            return f"token-{renewed}", town.now + timedelta(hours=1)

        vaults = [DatabaseVault(town.database, town.clock, "fns") for _ in range(5)]
        tokens = await asyncio.gather(*(vault.token(renew) for vault in vaults))
        assert set(tokens) == {"token-1"}
        town.clock.advance(minutes=54)
        assert await vaults[0].token(renew) == "token-2"
        await vaults[0].drop("token-1")
        assert await vaults[1].token(renew) == "token-2"
        await vaults[1].drop("token-2")
        assert await vaults[2].token(renew) == "token-3"

    async def test_a_failure_to_renew_is_passed_on_and_frees_the_vault(self, town: Town) -> None:
        async def fails() -> tuple[str, datetime]:
            raise ConnectionError

        async def renew() -> tuple[str, datetime]:
            return "token", town.now + timedelta(hours=1)

        vault = DatabaseVault(town.database, town.clock, "fns")
        with pytest.raises(ConnectionError):
            await vault.token(fails)
        assert await vault.token(renew) == "token"

    async def test_a_kill_while_renewing_frees_the_vault_after_a_minute(self, town: Town) -> None:
        async def renew() -> tuple[str, datetime]:
            return "token", town.now + timedelta(hours=1)

        async def waits(_seconds: float) -> None:
            town.clock.advance(seconds=30)

        vault = DatabaseVault(town.database, town.clock, "fns", waits)
        held = town.now + timedelta(seconds=60)
        await town.write(VerifierAccount.__table__.insert().values(name="fns", spent=0, failures=0))
        await town.write(update(VerifierAccount).values(renewing_until=held))
        assert await vault.token(renew) == "token"
        assert town.now > held
