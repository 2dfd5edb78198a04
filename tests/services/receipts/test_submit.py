"""What becomes of a receipt: borders of days, limits, shares, and who may send it again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from services.cities.models import FiscalDrive, Partner, Till, Venue
from services.receipts import settle, submit
from services.receipts.chain import Chain
from services.receipts.models import Receipt
from services.receipts.verdict import Reason
from tests.services.town import ORBIT_DRIVE, UNKNOWN_DRIVE, Town

THIRD_STAGE_DRIVE = "7386400000020001"
TOUR_DRIVE = "7386400000060001"


async def reason(town: Town, guest: int, **receipt: object) -> Reason:
    """Submit a receipt of these fields; a rejected one has changed no balance."""
    before = await town.balance(guest)
    outcome = await town.submit(guest, town.qr(**receipt))  # type: ignore[arg-type]
    if outcome.state != "credited":
        assert await town.balance(guest) == before
        assert (outcome.points_now, outcome.points_later) == (0, 0)
    return outcome.reason


async def test_an_accrual_to_the_last_field(sqlite_town: Town) -> None:
    town = sqlite_town
    guest = await town.guest()
    qr = town.qr(1234)
    outcome = await town.submit(guest, qr)
    matures = town.now + timedelta(days=7)
    venue = {"ru": "Демо-кофейня «Орбита»", "en": "Demo café “Orbit”", "zh": "演示咖啡馆“轨道”"}
    assert outcome == submit.Submitted(
        "credited", Reason.CREDITED, 123_400, venue, 12, 49, matures, base=123_400, id=1
    )
    assert await town.balance(guest) == (12, 0, 49, 0)
    ((row,),) = [await town.rows(select(Receipt.number, Receipt.sign, Receipt.purchased_at))]
    assert row == (f"ru54:{ORBIT_DRIVE}:{qr.document}", "12345", town.now)
    again = await town.submit(guest, qr)
    assert (again.state, again.again, again.points_now) == ("credited", True, 61)
    (listed,) = await town.look(submit.mine, guest, 10)
    assert (listed.state, listed.reason, listed.points) == ("credited", "credited", 61)
    await town.assert_clean()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"drive": "9999078900004792"}, Reason.TEST_DRIVE),
        ({"operation": 2}, Reason.REFUND),
        ({"operation": 3}, Reason.NOT_A_SALE),
        ({"operation": 4}, Reason.NOT_A_SALE),
        ({"rubles": 99}, Reason.SMALL),
        ({"rubles": 100}, Reason.CREDITED),
        ({"rubles": 15_000}, Reason.CREDITED),
        ({"rubles": 15_001}, Reason.LARGE),
        ({"drive": UNKNOWN_DRIVE}, Reason.UNKNOWN_DRIVE),
    ],
)
async def test_what_the_code_says(
    sqlite_town: Town, fields: dict[str, object], expected: Reason
) -> None:
    guest = await sqlite_town.guest()
    assert await reason(sqlite_town, guest, **fields) is expected
    await sqlite_town.assert_clean()


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(minutes=-16), Reason.FUTURE),
        (timedelta(minutes=-15), Reason.CREDITED),
        (timedelta(hours=72), Reason.CREDITED),
        (timedelta(hours=72, minutes=1), Reason.OLD),
    ],
)
async def test_when_it_was_bought(sqlite_town: Town, ago: timedelta, expected: Reason) -> None:
    guest = await sqlite_town.guest()
    assert await reason(sqlite_town, guest, at=sqlite_town.now - ago) is expected


async def test_the_day_begins_at_the_citys_midnight(town: Town) -> None:
    """20:59 UTC is 23:59 in Kaluga; two minutes later it is tomorrow."""
    guest = await town.guest()
    town.rules("limits", per_day_per_guest=1, minutes_between=0)
    town.clock.advance(hours=11, minutes=59)
    assert town.now == datetime(2026, 11, 22, 20, 59, tzinfo=UTC)
    assert await reason(town, guest) is Reason.CREDITED
    assert await reason(town, guest) is Reason.DAY_LIMIT
    town.clock.advance(minutes=1)
    assert await reason(town, guest, at=town.now) is Reason.CREDITED
    await town.assert_clean()


async def test_late_photographs_do_not_go_round_a_limit(town: Town) -> None:
    """A day is full by what was sent on it and by what was bought on it."""
    guest = await town.guest()
    town.rules("limits", per_day_per_guest=1, minutes_between=0)
    yesterday = town.now - timedelta(days=1)
    assert await reason(town, guest, at=yesterday) is Reason.CREDITED
    assert await reason(town, guest, at=town.now) is Reason.DAY_LIMIT
    town.clock.advance(days=1)
    assert await reason(town, guest, at=yesterday) is Reason.DAY_LIMIT
    assert await reason(town, guest, at=town.now) is Reason.CREDITED
    await town.assert_clean()


async def test_a_limit_is_of_one_guest(sqlite_town: Town) -> None:
    town = sqlite_town
    assert await reason(town, await town.guest()) is Reason.CREDITED
    assert await reason(town, await town.guest()) is Reason.CREDITED


async def test_purchases_of_one_place_stand_apart(sqlite_town: Town) -> None:
    town = sqlite_town
    town.rules("limits", per_venue_per_day=5)
    guest = await town.guest()
    noon = town.now
    assert await reason(town, guest, at=noon - timedelta(hours=2)) is Reason.CREDITED
    assert await reason(town, guest, at=noon - timedelta(minutes=91)) is Reason.TOO_SOON
    assert await reason(town, guest, at=noon - timedelta(minutes=90)) is Reason.CREDITED
    assert await reason(town, guest, drive=THIRD_STAGE_DRIVE) is Reason.CREDITED


async def test_a_receipt_cut_in_two_at_midnight(sqlite_town: Town) -> None:
    town = sqlite_town
    guest = await town.guest()
    midnight = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
    assert await reason(town, guest, at=midnight - timedelta(minutes=1)) is Reason.CREDITED
    town.rules("limits", per_venue_per_day=5)
    assert await reason(town, guest, at=midnight + timedelta(minutes=1)) is Reason.TOO_SOON


async def test_a_purchase_between_two_others(sqlite_town: Town) -> None:
    """Sent out of order: the gap counts to whatever stands nearest, not only to the latest."""
    town = sqlite_town
    town.rules("limits", per_venue_per_day=5)
    guest = await town.guest()
    for hours in (4, 1):
        at = town.now - timedelta(hours=hours)
        assert await reason(town, guest, at=at) is Reason.CREDITED
    at = town.now - timedelta(hours=4, minutes=-5)
    assert await reason(town, guest, at=at) is Reason.TOO_SOON


async def test_the_cap_of_what_comes_at_once(sqlite_town: Town) -> None:
    """300 points a day at once; tomorrow counts anew."""
    town = sqlite_town
    town.rules("limits", per_venue_per_day=5, minutes_between=0)
    guest = await town.guest()
    for expected in ((150, 600), (150, 600), (0, 750)):
        outcome = await town.submit(guest, town.qr(15_000))
        assert (outcome.points_now, outcome.points_later) == expected
    assert await town.balance(guest) == (300, 0, 1950, 0)
    town.clock.advance(days=1)
    outcome = await town.submit(guest, town.qr(15_000))
    assert (outcome.points_now, outcome.points_later) == (150, 600)
    await town.assert_clean()


async def test_the_cap_before_the_second_visit(town: Town) -> None:
    """One day's receipts, sent on three: 500 at once in all. Another day is a second visit."""
    town.rules("limits", per_day_per_guest=50, per_venue_per_day=50, minutes_between=0)
    guest, bought = await town.guest(), town.now
    at_once = []
    for _day in range(3):
        for _receipt in range(3):
            outcome = await town.submit(guest, town.qr(15_000, at=bought))
            assert outcome.points_now + outcome.points_later == 750
            at_once.append(outcome.points_now)
        town.clock.advance(hours=20)
    assert at_once == [150, 150, 0, 150, 50, 0, 0, 0, 0]
    assert await town.balance(guest) == (500, 0, 6250, 0)
    assert (await town.submit(guest, town.qr(15_000))).points_now == 150
    # Nor does the first day's cap come back with a late photograph of it.
    late = await town.submit(guest, town.qr(15_000, at=bought))
    assert late.points_now == 0
    assert (await town.submit(guest, town.qr(15_000))).points_now == 150
    await town.assert_clean()


async def test_hoarded_receipts_are_no_second_visit(sqlite_town: Town) -> None:
    town = sqlite_town
    town.rules("earning", now_cap_per_day=1000, now_cap_first_visit=200)
    town.rules("limits", per_venue_per_day=50)
    guest = await town.guest()
    for days, expected in ((2, 150), (1, 50), (0, 0)):
        at = town.now - timedelta(days=days)
        assert (await town.submit(guest, town.qr(15_000, at=at))).points_now == expected
    town.clock.advance(days=1)
    assert (await town.submit(guest, town.qr(15_000))).points_now == 150
    await town.assert_clean()


async def test_what_was_taken_back_is_no_visit(sqlite_town: Town) -> None:
    """And what it brought at once stays counted, for it may have been spent."""
    town = sqlite_town
    town.rules("earning", now_cap_first_visit=200)
    guest = await town.guest()
    assert (await town.submit(guest, town.qr(15_000))).points_now == 150
    await town.write(update(Receipt).values(state="reversed", reason="refunded"))
    town.clock.advance(days=1)
    assert (await town.submit(guest, town.qr(15_000))).points_now == 50


async def test_a_receipt_that_waited_until_after_the_second_visit(sqlite_town: Town) -> None:
    """It is judged as of the day it was sent, but the guest has come again since."""
    town = sqlite_town
    town.rules("earning", now_cap_first_visit=160)
    guest = await town.guest()
    assert (await town.submit(guest, town.qr(15_000, drive=UNKNOWN_DRIVE))).state == "pending"
    town.clock.advance(days=1)
    assert (await town.submit(guest, town.qr(15_000))).points_now == 150
    ((till,),) = await town.rows(
        select(Till.id).where(Till.venue_id == await town.venue("docking"))
    )
    await town.write(insert(FiscalDrive).values({"fn": UNKNOWN_DRIVE, "till_id": till}))
    assert await town.run(settle.settle_next, town.city, town.chain, town.now)
    assert (await town.balance(guest))[0] == 300
    await town.assert_clean()


async def test_a_kind_of_venue_has_its_percent(sqlite_town: Town) -> None:
    town = sqlite_town
    guest = await town.guest()
    outcome = await town.submit(guest, town.qr(1000, drive=TOUR_DRIVE))
    assert (outcome.points_now, outcome.points_later) == (15, 60)


async def test_nothing_matures_where_all_comes_at_once(sqlite_town: Town) -> None:
    town = sqlite_town
    town.rules("earning", now_share=100)
    outcome = await town.submit(await town.guest(), town.qr(1000))
    assert (outcome.points_now, outcome.points_later, outcome.matures_at) == (50, 0, None)
    await town.assert_clean()


async def test_a_sum_too_small_for_a_point_is_credited_with_none(sqlite_town: Town) -> None:
    town = sqlite_town
    town.rules("earning", min_sum_kop=0)
    guest = await town.guest()
    outcome = await town.submit(guest, town.qr(1))
    assert (outcome.state, outcome.points_now, outcome.points_later) == ("credited", 0, 0)
    assert (await town.submit(guest, town.qr(1))).reason is Reason.VENUE_LIMIT
    await town.assert_clean()


async def test_a_venue_counts_from_the_day_it_joined(sqlite_town: Town) -> None:
    """By the city's date: 21:30 UTC of the day before is already that day in Kaluga."""
    town = sqlite_town
    joined = town.now.date()
    await town.write(update(Venue).where(Venue.slug == "orbita").values(joined_on=joined))
    midnight = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
    guest = await town.guest()
    before = midnight - timedelta(minutes=1)
    assert await reason(town, guest, at=before) is Reason.BEFORE_VENUE
    assert await reason(town, guest, at=midnight) is Reason.CREDITED


@pytest.mark.parametrize("table", [Venue, Partner, Till])
async def test_what_takes_no_part_earns_nothing(sqlite_town: Town, table: type) -> None:
    town = sqlite_town
    values = {"state": "suspended"} if table is Venue else {"active": False}
    await town.write(update(table).values(**values))
    assert await reason(town, await town.guest()) is Reason.VENUE_CLOSED


async def test_a_drive_that_the_pack_left_out_earns_nothing_where_nobody_can_be_asked(
    sqlite_town: Town,
) -> None:
    """Else it is asked about, and the city looks into what the service says."""
    town = sqlite_town
    await town.write(update(FiscalDrive).values(state="closed"))
    assert await reason(town, await town.guest()) is Reason.TILL_CLOSED
    town.chain = Chain(("tills", "fns"), {"fns": frozenset({"ru54"})})
    assert await reason(town, await town.guest()) is Reason.UNKNOWN_DRIVE


async def test_staff_of_the_venue_wait_for_a_person(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier = await town.staff()
    assert await reason(town, cashier) is Reason.OWN_VENUE
    assert await reason(town, cashier, drive=THIRD_STAGE_DRIVE) is Reason.CREDITED


async def test_a_disputed_number_waits(town: Town) -> None:
    """Somebody registered the number with another sign: a person decides, nobody loses."""
    first, second = await town.guest(), await town.guest()
    qr = town.qr()
    await town.submit(first, replace(qr, sign=666))
    outcome = await town.submit(second, qr)
    assert (outcome.state, outcome.reason) == ("pending", Reason.DISPUTED_NUMBER)
    assert await town.balance(second) == (0, 0, 0, 0)
    assert await town.balance(first) == (10, 0, 40, 0)
    again = await town.submit(second, qr)
    assert (again.state, again.again) == ("pending", True)
    assert await town.count(Receipt) == 2
    await town.assert_clean()


async def test_a_full_day_stays_full(town: Town) -> None:
    """Sent again, the same day or the next, it is refused alike and leaves one row."""
    guest = await town.guest()
    town.rules("limits", per_day_per_guest=1)
    await town.submit(guest, town.qr(at=town.now - timedelta(hours=1)))
    late = town.qr(drive=THIRD_STAGE_DRIVE)
    for _ in range(2):
        outcome = await town.submit(guest, late)
        assert (outcome.reason, outcome.again) == (Reason.DAY_LIMIT, False)
    assert await town.count(Receipt, Receipt.state == "rejected") == 1
    assert await town.moves("receipt") == [("submit", "credited"), ("submit", "rejected")]
    town.clock.advance(days=1, hours=13)
    outcome = await town.submit(guest, late)
    assert outcome.reason is Reason.DAY_LIMIT, "the day of the purchase is full for ever"
    assert await town.count(Receipt, Receipt.state == "rejected") == 1
    await town.assert_clean()


async def test_a_receipt_rejected_by_mistake_can_earn_later(town: Town) -> None:
    """The venue was suspended and is active again: the same code earns now."""
    guest = await town.guest()
    qr = town.qr()
    await town.close_venue()
    assert (await town.submit(guest, qr)).reason is Reason.VENUE_CLOSED
    await town.write(update(Venue).values(state="active"))
    outcome = await town.submit(guest, qr)
    assert (outcome.state, outcome.points_now) == ("credited", 10)
    assert await town.count(Receipt) == 2
    await town.assert_clean()


async def test_a_list_is_the_newest_first(sqlite_town: Town) -> None:
    town = sqlite_town
    guest, other = await town.guest(), await town.guest()
    for number in range(5):
        await town.submit(guest, town.qr(100 + number, operation=2))
        town.clock.advance(minutes=1)
    await town.submit(other)
    listed = await town.look(submit.mine, guest, 3, 1)
    assert [each.total for each in listed] == [10_300, 10_200, 10_100]


async def test_the_audit_sees_a_receipt_that_earned_something_else(sqlite_town: Town) -> None:
    town = sqlite_town
    guest = await town.guest()
    await town.submit(guest)
    await town.write(update(Receipt).values(points=49))
    assert await town.findings() == ["says 49 points, earned 50"]
    await town.write(update(Receipt).values(points=50))
    await town.assert_clean()
    ((values,),) = [await town.rows(select(Receipt.__table__))]
    copied = dict(zip(Receipt.__table__.c.keys(), values, strict=True)) | {"id": 99, "sign": "1"}
    await town.write(insert(Receipt).values(**copied | {"number": "ru54:other"}))
    assert await town.findings() == ["says 50 points, earned 0"]
