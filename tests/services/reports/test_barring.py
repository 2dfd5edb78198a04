"""Pauses and albums under many hands at once, on separate connections."""

import random
from datetime import timedelta

from sqlalchemy import select

from services.civic import bars
from services.civic.models import Bar
from services.delivery.models import OutboxMessage
from services.errors import Changed
from services.events import Event
from services.reports import albums, barring, moves
from services.reports.models import ReportPhoto
from services.reports.states import State, Verb
from tests.services.reports.street import Street
from tests.services.town import at_once


async def declined(street: Street) -> int:
    report_id = await street.sent()
    await street.move(report_id, Verb.DECLINE, street.moderator, reason="abuse")
    return report_id


async def test_two_moderators_bar_once(street: Street) -> None:
    town, report_id = street.town, await declined(street)
    done, refused = await at_once(
        *(
            town.run(barring.bar, town.city, report_id=report_id, by=by, now=town.now)
            for by in (street.moderator, street.admin) * 3
        )
    )
    assert done == [town.now + timedelta(days=30)]
    assert [type(each) for each in refused] == [Changed] * 5
    assert len(await town.rows(select(Bar.id))) == 1
    verbs = await town.rows(select(Event.verb).where(Event.subject == "member"))
    assert verbs == [("bar",)]


async def test_two_moderators_lift_once(street: Street) -> None:
    town, report_id = street.town, await declined(street)
    await town.run(barring.bar, town.city, report_id=report_id, by=street.moderator, now=town.now)
    done, refused = await at_once(
        *(
            town.run(barring.lift, town.city, report_id=report_id, by=by, now=town.now)
            for by in (street.moderator, street.admin)
        )
    )
    assert (len(done), [type(each) for each in refused]) == (1, [Changed])


async def test_sending_and_barring_at_once(street: Street) -> None:
    town = street.town
    for seed in range(4):
        report_id, draft_id = await declined(street), await street.draft()
        both = [
            street.submit(draft_id),
            town.run(barring.bar, town.city, report_id=report_id, by=street.admin, now=town.now),
        ]
        random.Random(seed).shuffle(both)
        done, refused = await at_once(*both)
        state = await street.get(draft_id)
        assert state == (State.DRAFT if refused else State.SUBMITTED)
        assert {type(each) for each in refused} <= {bars.MayNotSend}
        assert len(done) + len(refused) == 2
        await town.run(barring.lift, town.city, report_id=report_id, by=street.admin, now=town.now)
    await street.assert_whole()


async def test_the_parts_of_an_album_at_once(street: Street) -> None:
    town = street.town
    town.rules("civic", photos=2)
    report_id = await street.opened()
    await street.move(report_id, Verb.ASSIGN, street.official)
    await street.move(report_id, Verb.FIX, street.official, picture=street.picture())
    _done, refused = await at_once(
        *(
            town.run(
                albums.add, town.city, report_id=report_id, by=street.official,
                picture=street.picture(), now=town.now,
            )
            for _ in range(6)
        )
    )  # fmt: skip
    assert refused == []
    kinds = await town.rows(
        select(ReportPhoto.kind, ReportPhoto.shown).where(ReportPhoto.kind == "after")
    )
    assert kinds == [("after", True)] * 4


async def barred(street: Street) -> int:
    town, report_id = street.town, await declined(street)
    await town.run(barring.bar, town.city, report_id=report_id, by=street.moderator, now=town.now)
    assert await town.look(bars.of, street.author, town.now) is not None
    return report_id


async def told(street: Street) -> list[str]:
    rows = await street.town.rows(
        select(OutboxMessage.kind)
        .where(OutboxMessage.member_id == street.author)
        .order_by(OutboxMessage.id)
    )
    return [kind for (kind,) in rows]


async def test_a_pause_ends_with_the_decision_it_was_for(street: Street) -> None:
    town, report_id = street.town, await barred(street)
    await town.run(moves.undo, town.city, report_id, by=street.moderator, now=town.now)
    assert await town.look(bars.of, street.author, town.now) is None
    assert (await told(street)).count("report_freed") == 1
    await street.move(report_id, Verb.OPEN, street.moderator)
    assert (await told(street)).count("report_freed") == 1
    await street.submit(await street.draft())


async def test_a_pause_ends_when_the_appeal_was_right(street: Street) -> None:
    town, report_id = street.town, await barred(street)
    await street.move(report_id, Verb.SUBMIT, street.author, reason="please_look_again")
    assert await town.look(bars.of, street.author, town.now) is not None
    await street.move(report_id, Verb.OPEN, street.moderator)
    assert await town.look(bars.of, street.author, town.now) is None
    assert (await told(street)).count("report_freed") == 1
    verbs = await town.rows(select(Event.verb).where(Event.subject == "member").order_by(Event.id))
    assert verbs == [("bar",), ("lift",)]


async def test_a_pause_for_another_report_stays(street: Street) -> None:
    town = street.town
    other = await street.sent()
    await barred(street)
    await street.move(other, Verb.OPEN, street.moderator)
    assert await town.look(bars.of, street.author, town.now) is not None
    assert "report_freed" not in await told(street)
