"""News by day, one a day about one thing, the newest wins."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services import delivery
from services.civic import following, notifying
from services.delivery.models import OutboxMessage
from tests.services.town import Town, at_once


async def tell(town: Town, member: int, kind: str = "news", **values: Any) -> None:
    await town.run(
        notifying.tell, town.city, member, kind, {"kind": kind}, town.now,
        **{"subject": "report", "subject_id": 5, **values},
    )  # fmt: skip


async def waiting(town: Town) -> list[tuple[int, str, datetime]]:
    query = select(OutboxMessage.member_id, OutboxMessage.kind, OutboxMessage.due_at)
    rows = await town.rows(query.where(OutboxMessage.state == "waiting").order_by(OutboxMessage.id))
    return [(who, kind, due) for who, kind, due in rows]


async def deliver(town: Town) -> list[str]:
    """Everything that is due goes out."""
    sent = []
    for message in await town.look(delivery.due, "web", town.now, 100):
        await town.run(delivery.settle, message.id, "sent", town.now)
        sent.append(message.kind)
    return sent


def at(town: Town, hour: int, minute: int = 0) -> None:
    """It is this hour in the city, today or tomorrow."""
    local = town.now.astimezone(town.city.timezone)
    then = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    town.clock.advance(seconds=((then - local) % timedelta(days=1)).total_seconds())


async def test_by_day_at_once(town: Town) -> None:
    member = await town.member()
    await tell(town, member)
    assert await waiting(town) == [(member, "news", town.now)]


@pytest.mark.parametrize(("hour", "urgent"), [(22, False), (23, True), (3, False), (7, True)])
async def test_at_night_it_waits_for_the_morning(town: Town, hour: int, *, urgent: bool) -> None:
    member = await town.member()
    at(town, hour, 30)
    await tell(town, member, urgent=urgent)
    ((_, _, due),) = await waiting(town)
    local = due.astimezone(town.city.timezone)
    assert (local.hour, local.minute) == (8, 0)
    assert timedelta(0) < due - town.now < timedelta(hours=10)


@pytest.mark.parametrize(
    ("quiet", "hour", "until"),
    [((22, 8), 21, None), ((22, 8), 8, None), ((1, 6), 0, None), ((1, 6), 3, 6), ((0, 0), 3, None)],
)
def test_quiet_hours_of_any_city(
    quiet: tuple[int, int], hour: int, until: int | None, sqlite_town: Town
) -> None:
    town = sqlite_town
    town.rules("civic", quiet_from=quiet[0], quiet_until=quiet[1])
    at(town, hour)
    then = notifying.civil(town.city, town.now)
    if until is None:
        assert then == town.now
    else:
        assert then.astimezone(town.city.timezone).hour == until
        assert then.tzinfo is UTC or then.utcoffset() == timedelta(0)


async def test_one_a_day_about_one_thing_and_the_newest_waits_for_the_next(town: Town) -> None:
    member = await town.member()
    await tell(town, member, "first")
    assert await deliver(town) == ["first"]
    town.clock.advance(minutes=1)
    await tell(town, member, "second")
    assert await deliver(town) == []
    await tell(town, member, "third")
    ((_, kind, due),) = await waiting(town)
    assert kind == "third"
    assert due.astimezone(town.city.timezone).hour == 8
    town.clock.advance(days=1)
    assert await deliver(town) == ["third"]
    await tell(town, member, "fourth")
    assert await deliver(town) == []


async def test_news_of_the_night_is_replaced_before_it_goes_out(town: Town) -> None:
    member = await town.member()
    at(town, 23)
    await tell(town, member, "first")
    await tell(town, member, "second")
    assert [kind for _, kind, _ in await waiting(town)] == ["second"]


async def test_urgent_news_is_always_sent_and_replaced_by_nothing(town: Town) -> None:
    member = await town.member()
    at(town, 23)
    for kind in ("question", "again"):
        await tell(town, member, kind, urgent=True)
    await tell(town, member, "news")
    await tell(town, member, "newer")
    assert [kind for _, kind, _ in await waiting(town)] == ["question", "again", "newer"]


async def test_other_things_and_other_people_are_other_matters(town: Town) -> None:
    one, other = await town.member(), await town.member()
    await tell(town, one)
    await tell(town, one, subject_id=6)
    await tell(town, one, subject="project")
    await tell(town, other)
    assert len(await deliver(town)) == 4


async def test_two_movers_at_once_tell_once(town: Town) -> None:
    member = await town.member()
    await at_once(*(tell(town, member) for _ in range(4)))
    due = [kind for _, kind, due in await waiting(town) if due == town.now]
    assert due == ["news"]
    assert len(await waiting(town)) <= 2


async def test_followers_are_told_but_not_those_who_know(town: Town) -> None:
    people = [await town.member() for _ in range(4)]
    for member in people[:3]:
        await town.run(
            following.follow, member_id=member, subject="project", key="7", via="asked",
            now=town.now,
        )  # fmt: skip
    await town.run(
        notifying.tell_followers, town.city, "project", 7, "stage", {}, town.now, but=people[:1]
    )
    assert await town.outbox() == [(people[1], "stage"), (people[2], "stage")]


async def test_many_followers_are_told_in_few_statements(town: Town) -> None:
    people = [await town.member() for _ in range(40)]
    for member in people:
        await town.run(
            following.follow, member_id=member, subject="report", key="5", via="asked",
            now=town.now,
        )  # fmt: skip

    async def tell_all(kind: str) -> None:
        await town.run(
            notifying.tell_followers, town.city, "report", 5, kind, {"kind": kind}, town.now
        )

    await at_once(*(tell_all("first") for _ in range(3)))
    due = [(who, kind) for who, kind, due in await waiting(town) if due == town.now]
    assert due == [(member, "first") for member in people]
    await deliver(town)
    await tell_all("second")
    await tell_all("third")
    assert [(who, kind) for who, kind, _ in await waiting(town)] == [
        (member, "third") for member in people
    ]


async def test_once(town: Town) -> None:
    done, _ = await at_once(*(town.run(notifying.once, "remind:1", town.now) for _ in range(4)))
    assert sorted(done) == [False, False, False, True]
