"""The hash chain: whole under everybody at once, and broken by whoever changes a word of it."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from services.cities.models import City
from services.civic import log
from services.civic.log import Broken
from services.civic.models import CivicEvent, CivicHead, DailyHead
from services.members import privacy
from tests.services.town import Town, at_once


async def record(town: Town, n: int = 1, **values: Any) -> int:
    event_id: int = await town.run(
        log.record,
        **{
            "city_id": town.city.id,
            "subject": "indicator",
            "subject_id": n,
            "verb": "open",
            "before": "submitted",
            "after": "open",
            "acting": "moderator",
            "actor_id": None,
            "at": town.now,
            "reason": "checked",
            "facts": {"n": n, "share": 0.5, "words": "Ёлка"},
            **values,
        },
    )
    return event_id


async def broken(town: Town) -> list[Broken]:
    verdict = await town.look(log.verify, town.city.id)
    return list(verdict.broken)


async def numbers(town: Town) -> list[int]:
    rows = await town.rows(select(CivicEvent.number).order_by(CivicEvent.id))
    return [number for (number,) in rows]


async def test_every_event_follows_the_one_before_it(town: Town) -> None:
    for n in range(1, 4):
        await record(town, n)
    rows = await town.rows(
        select(CivicEvent.number, CivicEvent.prev, CivicEvent.hash).order_by(CivicEvent.number)
    )
    assert [row[0] for row in rows] == [1, 2, 3]
    assert [row[1] for row in rows] == [log.GENESIS, rows[0][2], rows[1][2]]
    assert await town.rows(select(CivicHead.number, CivicHead.hash)) == [(3, rows[2][2])]
    verdict = await town.look(log.verify, town.city.id)
    assert (verdict.events, verdict.hash, verdict.is_whole) == (3, rows[2][2], True)


async def test_a_city_without_events_is_whole(town: Town) -> None:
    verdict = await town.look(log.verify, town.city.id)
    assert (verdict.events, verdict.hash, verdict.broken) == (0, log.GENESIS, [])


async def test_everybody_at_once_leaves_no_gap(town: Town) -> None:
    await at_once(*(record(town, n) for n in range(24)))
    assert await numbers(town) == list(range(1, 25))
    assert await broken(town) == []


async def test_what_was_rolled_back_leaves_no_gap(town: Town) -> None:
    async def fails(tx: Any) -> None:
        await log.record(
            tx, city_id=town.city.id, subject="report", subject_id=1, verb="x", before=None,
            after="x", acting="system", actor_id=None, at=town.now,
        )  # fmt: skip
        raise RuntimeError

    await record(town, 1)
    with pytest.raises(RuntimeError):
        await town.run(fails)
    await record(town, 2)
    assert await numbers(town) == [1, 2]
    assert await broken(town) == []


_OTHER: dict[str, Any] = {
    "subject": "project",
    "subject_id": 77,
    "verb": "decline",
    "before": None,
    "after": "declined",
    "acting": "official",
    "reason": "bribed",
    "facts": {"n": 2, "share": 0.5, "words": "Елка"},
    "prev": "f" * 64,
    "salt": None,
    "hash": "e" * 64,
}


@pytest.mark.parametrize("column", [*_OTHER, "at"])
@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_changed_word_names_its_row(town: Town, column: str, number: int) -> None:
    for n in range(1, 4):
        await record(town, n + 10)
    value = town.now + timedelta(microseconds=1) if column == "at" else _OTHER[column]
    await town.write(
        update(CivicEvent).where(CivicEvent.number == number).values(**{column: value})
    )
    assert (await broken(town))[0] == Broken(number, "content")


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_row_that_is_gone_or_elsewhere_is_missed(town: Town, number: int) -> None:
    for n in range(1, 4):
        await record(town, n)
    await town.write(update(CivicEvent).where(CivicEvent.number == number).values(number=9))
    found = await broken(town)
    assert Broken(number, "missing") in found
    assert Broken(9, "content") in found
    await town.write(delete(CivicEvent).where(CivicEvent.number == 9))
    found = await broken(town)
    assert found == [Broken(2, "head") if number == 3 else Broken(number, "missing")]


async def test_a_forger_who_computes_the_hash_breaks_the_next_link(town: Town) -> None:
    for n in range(1, 4):
        await record(town, n)
    ((row),) = [
        dict(zip([c.name for c in CivicEvent.__table__.c], each, strict=True))
        for each in await town.rows(select(CivicEvent.__table__).where(CivicEvent.number == 2))
    ]
    row["reason"] = "forged"
    await town.write(
        update(CivicEvent)
        .where(CivicEvent.number == 2)
        .values(reason="forged", hash=log._hash(row))
    )
    assert await broken(town) == [Broken(3, "link")]


async def test_a_chain_written_anew_contradicts_the_day_that_was_published(town: Town) -> None:
    await record(town, 1)
    town.clock.advance(days=2)
    assert await town.run(log.close_day, town.city, town.now)
    await town.write(delete(CivicEvent))
    await town.write(delete(CivicHead))
    await record(town, 5)
    assert await broken(town) == [Broken(1, "day")]


async def test_a_deleted_member_leaves_the_chain_whole(town: Town) -> None:
    member = await town.member()
    event = await record(town, 1, actor_id=member)
    await record(town, 2)
    await town.run(privacy.delete_member, member, town.now)
    rows = await town.rows(select(CivicEvent.actor_id).where(CivicEvent.id == event))
    assert rows == [(None,)]
    assert await broken(town) == []


async def test_a_day_is_closed_after_its_midnight_and_once(town: Town) -> None:
    assert not await town.run(log.close_day, town.city, town.now)
    await record(town, 1)
    await record(town, 2)
    midnight = (town.now.astimezone(town.city.timezone) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    await record(town, 3, at=midnight)
    early = midnight + timedelta(minutes=9)
    assert not await town.run(log.close_day, town.city, early)
    late = midnight + timedelta(minutes=10)
    done, refused = await at_once(*(town.run(log.close_day, town.city, late) for _ in range(4)))
    assert (sorted(done), refused) == ([False, False, False, True], [])
    ((day, number),) = await town.rows(select(DailyHead.day, DailyHead.number))
    assert (day, number) == ((midnight - timedelta(days=1)).date(), 2)


async def test_days_that_were_missed_are_closed_one_by_one(town: Town) -> None:
    await record(town, 1)
    town.clock.advance(days=3)
    closed = 0
    while await town.run(log.close_day, town.city, town.now):
        closed += 1
    assert closed == 3
    heads = await town.look(log.heads, town.city.id)
    assert [head.number for head in heads] == [1, 1, 1]
    assert len({head.hash for head in heads}) == 1
    assert [head.day for head in heads] == sorted((head.day for head in heads), reverse=True)
    assert await broken(town) == []


async def test_events_of_a_subject_come_latest_first(town: Town) -> None:
    for n in (1, 2, 1, 1):
        await record(town, n)
    events = await town.look(log.of, "indicator", 1, 2, 0)
    assert [event.number for event in events] == [4, 3]
    assert [event.number for event in await town.look(log.of, "indicator", 1, 2, 2)] == [1]
    assert events[0].facts == {"n": 1, "share": 0.5, "words": "Ёлка"}
    assert not hasattr(events[0], "actor_id")


async def test_each_city_has_a_chain_of_its_own(town: Town) -> None:
    ((row),) = await town.rows(select(City.__table__))
    names = [column.name for column in City.__table__.c]
    other = {**dict(zip(names, row, strict=True)), "id": 99, "slug": "tula"}
    await town.write(insert(City).values(**other))
    await record(town, 1)
    await record(town, 1, city_id=99)
    await record(town, 2)
    assert await numbers(town) == [1, 1, 2]
    assert await broken(town) == []
    assert (await town.look(log.verify, 99)).events == 1


async def test_a_hash_is_of_the_hash_before_it_and_of_salted_words(town: Town) -> None:
    await record(town, 1)
    await record(town, 1)
    events = await rows(town)
    for event in events:
        names = (
            *("acting", "after", "at", "before", "city_id", "facts", "number", "reason"),
            *("subject", "subject_id", "verb"),
        )
        told = {name: event[name] for name in names}
        told["at"] = f"{event['at']:%Y-%m-%dT%H:%M:%S.%f}+00:00"
        text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert sha256(event["prev"] + sha256(event["salt"] + text)) == event["hash"]
    assert events[0]["salt"] != events[1]["salt"]


async def test_a_chain_from_before_there_were_salts_goes_on_and_stays_whole(town: Town) -> None:
    for n in range(1, 4):
        await record(town, n)
    prev = log.GENESIS
    for event in await rows(town):
        told = {name: event[name] for name in OLD}
        told |= {"at": f"{event['at']:%Y-%m-%dT%H:%M:%S.%f}+00:00", "prev": prev}
        text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        number, before, prev = CivicEvent.number == event["number"], prev, sha256(text)
        await town.write(update(CivicEvent).where(number).values(salt=None, prev=before, hash=prev))
    await town.write(update(CivicHead).values(hash=prev))
    assert await broken(town) == []
    await record(town, 4)
    verdict = await town.look(log.verify, town.city.id)
    assert (verdict.events, verdict.is_whole) == (4, True)
    await town.write(update(CivicEvent).where(CivicEvent.number == 2).values(reason="forged"))
    assert await broken(town) == [Broken(2, "content")]


OLD = (
    *("acting", "after", "at", "before", "city_id", "facts", "number", "prev", "reason"),
    *("subject", "subject_id", "verb"),
)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


async def rows(town: Town) -> list[dict[str, Any]]:
    found = await town.rows(select(CivicEvent.__table__).order_by(CivicEvent.number))
    names = [column.name for column in CivicEvent.__table__.c]
    return [dict(zip(names, row, strict=True)) for row in found]
