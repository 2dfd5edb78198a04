"""A week of receipts in counts, and the message that tells it once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from services.delivery.models import OutboxMessage
from services.members import roles
from services.members.models import RoleGrant
from services.members.roles import Role
from services.receipts.models import Receipt, ReceiptFailure, ReceiptWeek
from services.receipts.summary import Count, Summary, send_week, tally, week
from tests.services.town import Town, at_once

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""Ten o'clock in Kaluga; the week told is that of November 16 to 22."""
FIRST = datetime(2026, 11, 15, 21, 0, tzinfo=UTC)
"""Its first moment."""
OLDER = FIRST - timedelta(days=7)


class Desk:
    """Receipts as they came in, without asking anybody whether they should have."""

    def __init__(self, town: Town, guest: int) -> None:
        self.town = town
        self.guest = guest
        self._numbers = iter(range(1, 1000))

    async def got(
        self, at: datetime, state: str, reason: str | None = None, venue: str | None = "orbita"
    ) -> None:
        number = next(self._numbers)
        await self.town.write(
            insert(Receipt).values(
                member_id=self.guest, number=f"ru54:7386400000010001:{number}", sign="1",
                drive="7386400000010001", document=number, total=10_000, purchased_at=at,
                submitted_at=at, source="text", state=state, reason=reason or state, fields={},
                venue_id=await self.town.venue(venue) if venue else None,
            )
        )  # fmt: skip

    async def told(self) -> list[tuple[int, dict[str, Any]]]:
        """(member, facts) of every message, oldest first."""
        query = select(OutboxMessage.member_id, OutboxMessage.kind, OutboxMessage.facts)
        rows = await self.town.rows(query.order_by(OutboxMessage.id))
        assert {kind for _who, kind, _facts in rows} <= {"receipts_week"}
        return [(who, facts) for who, _kind, facts in rows]


@pytest.fixture
async def desk(town: Town) -> Desk:
    town.clock.advance(seconds=(MONDAY - town.now).total_seconds())
    return Desk(town, await town.guest())


async def test_a_week_to_the_last_count(desk: Desk) -> None:
    town = desk.town
    inside = FIRST + timedelta(days=3)
    end = MONDAY - timedelta(hours=10)
    for at, state, reason in (
        (FIRST - timedelta(microseconds=1), "credited", None),
        (FIRST, "credited", None),
        (inside, "credited", None),
        (end - timedelta(microseconds=1), "credited", None),
        (end, "credited", None),
        (OLDER - timedelta(microseconds=1), "rejected", "old"),
        (OLDER, "rejected", "old"),
        (inside, "rejected", "taken"),
        (inside, "rejected", "old"),
        (inside, "rejected", "old"),
        (inside, "rejected", "small"),
        (OLDER, "rejected", "future"),
        (inside, "pending", "checking"),
        (inside, "pending", "large"),
        (inside, "reversed", "refunded"),
    ):
        await desk.got(at, state, reason)
    await desk.got(inside, "credited", venue="docking")
    await desk.got(inside, "pending", "unknown_drive", venue=None)
    today = date(2026, 11, 23)
    for days_ago, reason in ((0, "no_code"), (1, "no_code"), (7, "no_code"), (8, "no_code"),
                             (14, "payment"), (15, "payment"), (3, "heic")):  # fmt: skip
        await town.run(tally, town.city.id, today - timedelta(days=days_ago), reason)
    shared = {
        "first": date(2026, 11, 16),
        "last": date(2026, 11, 22),
        "refused": Count(4, 2),
        "reversed": Count(1, 0),
        "reasons": (("old", Count(2, 1)), ("small", Count(1, 0)), ("taken", Count(1, 0))),
    }
    assert await town.look(week, town.city, until=town.now) == Summary(
        **shared,
        credited=Count(4, 1),
        waiting=Count(3, 0),
        failures=(("no_code", Count(2, 1)), ("heic", Count(1, 0))),
    )
    orbita = await town.venue()
    assert await town.look(week, town.city, venue_id=orbita, until=town.now) == Summary(
        **shared, credited=Count(3, 1), waiting=Count(2, 0)
    )
    assert (await town.look(week, town.city, venue_id=orbita, until=town.now)).total == Count(10, 3)


async def test_another_days_week(desk: Desk) -> None:
    """Full days only, whatever the hour."""
    town = desk.town
    await desk.got(MONDAY - timedelta(hours=9), "credited")
    late = MONDAY + timedelta(hours=13, minutes=59)
    assert (await town.look(week, town.city, until=late)).credited == Count(0, 0)
    next_day = late + timedelta(minutes=1)
    assert (await town.look(week, town.city, until=next_day)).credited == Count(1, 0)
    assert (await town.look(week, town.city, until=next_day + timedelta(days=7))).credited == (
        Count(0, 1)
    )


async def test_counting_is_never_lost(town: Town) -> None:
    day = date(2026, 11, 22)
    await at_once(*(town.run(tally, town.city.id, day, "no_code") for _ in range(12)))
    await town.run(tally, town.city.id, day, "payment")
    await town.run(tally, town.city.id, day + timedelta(days=1), "no_code")
    query = select(ReceiptFailure.day, ReceiptFailure.reason, ReceiptFailure.count)
    assert sorted(await town.rows(query)) == [
        (day, "no_code", 12),
        (day, "payment", 1),
        (day + timedelta(days=1), "no_code", 1),
    ]


async def test_the_week_is_told_to_the_team_and_to_the_owners_of_busy_venues(desk: Desk) -> None:
    town = desk.town
    admin = await town.staff(Role.ADMIN, None)
    await town.accept(admin, await town.invite(Role.MODERATOR, None))
    moderator = await town.staff(Role.MODERATOR, None)
    owner = await town.staff(Role.OWNER)
    await town.accept(owner, await town.invite(Role.OWNER, "docking"))
    await town.staff(Role.CASHIER)
    for venue in ("orbita", "orbita", "milky-way"):
        await desk.got(FIRST, "rejected", "old", venue)
    await desk.got(OLDER, "credited", venue="docking")
    await town.run(tally, town.city.id, date(2026, 11, 20), "no_code")
    assert await town.run(send_week, town.city, town.now) == 3
    told = await desk.told()
    assert [who for who, _facts in told] == [admin, moderator, owner]
    assert told[0][1] == told[1][1]
    assert "venue" not in told[0][1]
    assert Summary.of_facts(told[0][1]) == await town.look(week, town.city, until=town.now)
    assert told[2][1].pop("venue")["en"] == "Demo café “Orbit”"
    assert Summary.of_facts(told[2][1]) == await town.look(
        week, town.city, venue_id=await town.venue(), until=town.now
    )


@pytest.mark.parametrize(
    ("hours", "told"),
    [(-1 / 60, 0), (0, 1), (9.9, 1), (10, 0), (14, 0), (24 * 3, 1), (24 * 6 + 9.9, 1)],
)
async def test_when_it_is_told(desk: Desk, hours: float, told: int) -> None:
    """From Monday at ten; later in the week when nobody ticked before; never at night."""
    town = desk.town
    await town.staff(Role.ADMIN, None)
    await desk.got(FIRST, "credited")
    now = MONDAY + timedelta(hours=hours)
    assert await town.run(send_week, town.city, now) == told
    first_days = [facts["first"] for _who, facts in await desk.told()]
    assert first_days == ["2026-11-16"] * told


async def test_a_sunday_still_tells_the_week_before_its_own(desk: Desk) -> None:
    town = desk.town
    await town.staff(Role.ADMIN, None)
    await desk.got(OLDER, "credited")
    assert await town.run(send_week, town.city, MONDAY - timedelta(hours=20)) == 1
    assert [facts["first"] for _who, facts in await desk.told()] == ["2026-11-09"]


async def test_every_week_is_told_once(desk: Desk) -> None:
    town = desk.town
    await town.staff(Role.ADMIN, None)
    await desk.got(FIRST, "credited")
    told, refused = await at_once(*(town.run(send_week, town.city, town.now) for _ in range(6)))
    assert (sorted(told), refused) == ([0, 0, 0, 0, 0, 1], [])
    for days in (1, 6):
        assert await town.run(send_week, town.city, town.now + timedelta(days=days)) == 0
    assert len(await desk.told()) == 1
    assert await town.run(send_week, town.city, town.now + timedelta(days=7)) == 1
    assert [Summary.of_facts(facts).credited for _who, facts in await desk.told()] == [
        Count(1, 0),
        Count(0, 1),
    ]
    assert await town.rows(select(ReceiptWeek.monday).order_by(ReceiptWeek.monday)) == [
        (date(2026, 11, 23),),
        (date(2026, 11, 30),),
    ]


async def test_nothing_is_told_of_weeks_without_anything(desk: Desk) -> None:
    town = desk.town
    await town.staff(Role.ADMIN, None)
    await town.staff(Role.OWNER)
    await desk.got(OLDER - timedelta(days=1), "credited")
    await desk.got(MONDAY, "credited")
    assert await town.run(send_week, town.city, town.now) == 0
    assert await desk.told() == []


async def test_a_failed_transaction_tells_it_again(desk: Desk) -> None:
    town = desk.town
    await town.staff(Role.ADMIN, None)
    await desk.got(FIRST, "credited")

    async def breaks(tx: Any) -> None:
        await send_week(tx, town.city, town.now)
        raise RuntimeError

    before = await town.everything()
    with pytest.raises(RuntimeError):
        await town.run(breaks)
    assert await town.everything() == before
    assert await town.run(send_week, town.city, town.now) == 1


async def test_who_left_is_not_told(desk: Desk) -> None:
    town = desk.town
    owner, other = await town.staff(Role.OWNER), await town.staff(Role.OWNER)
    ((grant,),) = await town.rows(select(RoleGrant.id).where(RoleGrant.member_id == other))
    await town.run(roles.revoke, grant_id=grant, by=owner, now=town.now)
    await desk.got(FIRST, "credited")
    assert await town.run(send_week, town.city, town.now) == 1
    assert [who for who, _facts in await desk.told()] == [owner]
