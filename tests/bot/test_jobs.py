"""The jobs: what is due is done once, however late, and nobody is woken at night."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.city import CitySource
from bot.jobs import Jobs
from bot.models import ProcessedUpdate, SentPicture
from services import delivery, ledger
from services.cities.models import FiscalDrive
from services.delivery.models import OutboxMessage
from services.events import Event
from services.ledger.models import Transfer
from services.members import attempts
from services.members.models import Attempt, Member
from services.members.roles import Role
from services.receipts import photos
from services.receipts.models import ReceiptPhoto
from services.reports.states import State
from tests.clock import START
from tests.services.reports.street import Street
from tests.services.town import UNKNOWN_DRIVE, Town


class Office:
    """The jobs of a town, and how often they said that something may wait."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.woken = 0
        self.jobs = Jobs(
            database=town.database,
            clock=town.clock,
            city=CitySource(town.database, "kaluga"),
            committed=self._wake,
        )

    def _wake(self) -> None:
        self.woken += 1

    async def facts(self, kind: str) -> list[object]:
        query = select(OutboxMessage.facts).where(OutboxMessage.kind == kind)
        return [facts for (facts,) in await self.town.rows(query.order_by(OutboxMessage.id))]


@pytest.fixture
def office(town: Town) -> Office:
    return Office(town)


async def test_codes_expire(office: Office) -> None:
    town = office.town
    guests = [await town.guest(120) for _ in range(3)]
    for guest in guests:
        await town.take(guest)
        town.clock.advance(minutes=1)
    await office.jobs.expire_codes()
    assert (await town.outbox(), office.woken) == ([], 0)
    town.clock.advance(minutes=13)
    await office.jobs.expire_codes()
    assert await town.outbox() == [(guest, "redemption_expired") for guest in guests[:2]]
    assert office.woken == 2
    assert [await town.balance(guest) for guest in guests] == [
        *[(120, 0, 0, 0)] * 2,
        (0, 120, 0, 0),
    ]
    await town.assert_clean()


async def test_what_a_debt_ate_is_not_told_as_ready(office: Office) -> None:
    town = office.town
    some, none = await town.guest(30), await town.guest(120)
    for guest, slug in ((some, "orbita-cookie"), (none, "orbita-raf")):
        await town.take(guest, slug)
        await town.submit(guest)
    for (gift,) in await town.rows(select(Transfer.key).where(Transfer.kind == "gift")):
        await town.run(ledger.reverse, key_of_earning=gift, reason="forged", now=town.now)
    town.clock.advance(days=7)
    await office.jobs.mature_points()
    assert await town.outbox() == [(some, "points_ready")]
    assert await office.facts("points_ready") == [{"amount": 20}]


async def test_receipts_of_a_till_that_became_known(office: Office) -> None:
    town = office.town
    guests = [await town.guest() for _ in range(3)]
    for guest in guests:
        await town.submit(guest, town.qr(drive=UNKNOWN_DRIVE))
    await office.jobs.settle_receipts()
    assert (await town.outbox(), office.woken) == ([], 0)
    await town.write(insert(FiscalDrive).values({"fn": UNKNOWN_DRIVE, "till_id": 1}))
    await office.jobs.settle_receipts()
    assert await town.outbox() == [(guest, "receipt_credited") for guest in guests]
    assert office.woken == 3
    await town.assert_clean()


async def test_points_mature_once_and_are_told_together(office: Office) -> None:
    town = office.town
    town.rules("limits", per_venue_per_day=5, minutes_between=0)
    guest, other = await town.guest(), await town.guest()
    for who in (guest, guest, other):
        await town.submit(who)
    await office.jobs.mature_points()
    assert await town.outbox() == []
    town.clock.advance(days=7)
    await office.jobs.mature_points()
    await office.jobs.mature_points()
    assert await town.outbox() == [(guest, "points_ready"), (other, "points_ready")]
    assert await office.facts("points_ready") == [{"amount": 80}, {"amount": 40}]
    assert await town.balance(guest) == (100, 0, 0, 0)
    assert office.woken == 1
    await town.assert_clean()


async def test_a_backlog_of_more_than_a_batch(office: Office) -> None:
    """The process stood still for a month: all of it is done at the first tick."""
    town = office.town
    guests = [await town.guest() for _ in range(105)]
    for guest in guests:
        await town.submit(guest)
    town.clock.advance(days=30)
    await office.jobs.mature_points()
    assert len(await town.outbox()) == 105
    assert office.woken == 2
    town.clock.advance(days=325)
    await office.jobs.remind()
    assert len(await office.facts("points_expiring")) >= 105
    town.clock.advance(days=40)
    await office.jobs.expire_points()
    assert {await town.balance(guest) for guest in guests} == {(0, 0, 0, 0)}
    await town.assert_clean()


async def test_points_expire(office: Office) -> None:
    town = office.town
    guest = await town.guest(100)
    town.clock.advance(days=364, hours=23)
    await office.jobs.expire_points()
    assert await town.balance(guest) == (100, 0, 0, 0)
    town.clock.advance(hours=1)
    await office.jobs.expire_points()
    assert await town.balance(guest) == (0, 0, 0, 0)
    await town.assert_clean()


async def test_a_warning_comes_once_at_a_civil_hour(office: Office) -> None:
    """Two weeks before the end, between ten and twenty by the city's clock."""
    town = office.town
    guest = await town.guest(100)
    end = town.now + timedelta(days=365)
    town.clock.advance(days=350)
    await office.jobs.remind()
    assert await town.outbox() == []
    for utc, told in (
        (datetime(2027, 11, 8, 17, 0, tzinfo=UTC), 0),
        (datetime(2027, 11, 8, 21, 30, tzinfo=UTC), 0),
        (datetime(2027, 11, 9, 6, 59, tzinfo=UTC), 0),
        (datetime(2027, 11, 9, 7, 0, tzinfo=UTC), 1),
        (datetime(2027, 11, 9, 16, 59, tzinfo=UTC), 1),
        (datetime(2027, 11, 10, 12, 0, tzinfo=UTC), 1),
    ):
        town.clock.advance(seconds=(utc - town.now).total_seconds())
        await office.jobs.remind()
        assert await town.outbox() == [(guest, "points_expiring")] * told, utc
    assert await office.facts("points_expiring") == [{"amount": 100, "expires_at": end.isoformat()}]


async def test_the_week_is_told_on_monday_morning_once(office: Office) -> None:
    town = office.town
    admin = await town.staff(Role.ADMIN, None)
    await town.submit(await town.guest())
    told = 0
    for hours in (0, 21, 22, 23, 46):
        # Noon on Sunday, then nine, ten and eleven on Monday, and ten on Tuesday.
        town.clock.advance(seconds=hours * 3600 - (town.now - START).total_seconds())
        await office.jobs.summarise()
        told += hours == 22
        assert await town.outbox() == [(admin, "receipts_week")] * told
    assert office.woken == 1


async def test_nobody_is_warned_of_what_is_gone(office: Office) -> None:
    town = office.town
    guest = await town.guest(120)
    await town.confirm(await town.staff(), (await town.take(guest)).id)
    town.clock.advance(days=360)
    await office.jobs.remind()
    assert await office.facts("points_expiring") == []


async def test_old_traces_are_dropped_and_young_ones_kept(office: Office) -> None:
    town = office.town
    guest = await town.guest()

    async def traces(name: str) -> None:
        processed = {"key": name, "member_id": guest, "screen": {}, "at": town.now}
        await town.write(insert(ProcessedUpdate).values(processed))
        await town.write(
            insert(SentPicture).values(bot_id=1, picture=name, file_id=name, at=town.now)
        )
        await town.run(attempts.record, guest, name, town.now)
        await town.run(delivery.tell, guest, name, {}, town.now)
        await town.write(
            update(OutboxMessage)
            .where(OutboxMessage.kind == name)
            .values(state="sent", settled_at=town.now)
        )

    await traces("old")
    await town.run(delivery.tell, guest, "waiting", {}, town.now)
    events = await town.count(Event)
    town.clock.advance(days=31)
    await traces("young")
    await office.jobs.tidy()
    assert await town.rows(select(ProcessedUpdate.key)) == [("young",)]
    assert await town.rows(select(SentPicture.picture)) == [("young",)]
    assert await town.rows(select(Attempt.kind)) == [("young",)]
    kinds = await town.rows(select(OutboxMessage.kind).order_by(OutboxMessage.id))
    assert kinds == [("waiting",), ("young",)]
    assert (await town.count(Event), await town.count(Member)) == (events, 1)


async def test_photos_of_receipts_go_after_a_month(office: Office) -> None:
    town = office.town
    guest = await town.guest()
    decided, waits = [(await town.submit(guest, town.qr(rubles))).id for rubles in (50, 20_000)]
    for receipt in (decided, waits):
        await town.run(photos.keep, receipt, b"jpeg", town.now)
    town.clock.advance(days=30)
    await office.jobs.tidy()
    assert await town.count(ReceiptPhoto) == 2
    town.clock.advance(seconds=1)
    await office.jobs.tidy()
    assert await town.rows(select(ReceiptPhoto.receipt_id)) == [(waits,)]


async def test_the_channels_tidy_up_too(town: Town) -> None:
    asked: list[datetime] = []

    async def clean(now: datetime) -> None:
        asked.append(now)

    jobs = Jobs(
        database=town.database,
        clock=town.clock,
        city=CitySource(town.database, "kaluga"),
        committed=lambda: None,
        also_tidy=(clean, clean),
    )
    await jobs.tidy()
    assert asked == [town.now, town.now]


async def test_time_moves_reports(office: Office) -> None:
    street = await Street.of(office.town)
    asked, fixed = await street.led_to(State.CLARIFY), await street.led_to(State.FIXED)
    draft, late = await street.draft(), await street.opened()
    office.town.clock.advance(days=16)
    await office.jobs.run_reports()
    states = [await street.get(report_id) for report_id in (asked, fixed, draft, late)]
    assert states == [State.DECLINED, State.CONFIRMED, State.DRAFT, State.OPEN]
    told = {kind for _, kind in await office.town.outbox()}
    assert told >= {"report_declined", "report_confirmed", "report_draft", "desk_overdue"}
    before, woken = await office.town.everything(), office.woken
    await office.jobs.run_reports()
    assert (await office.town.everything(), office.woken) == (before, woken)


async def test_every_job_is_on_the_schedule(office: Office) -> None:
    """A tick that comes late is made up for, and never runs beside itself."""
    scheduled = {job.name: job for job in office.jobs.scheduler().get_jobs()}
    names = (
        "expire_codes", "settle_receipts", "mature_points", "expire_points", "remind",
        "summarise", "tidy", "run_reports", "run_projects", "tell_week",
    )  # fmt: skip
    assert {f"Jobs.{name}" for name in names} <= set(scheduled)
    for job in scheduled.values():
        assert (job.max_instances, job.coalesce, job.misfire_grace_time) == (1, True, None)
