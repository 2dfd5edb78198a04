"""Pauses and albums under many hands at once, on separate connections."""

import random
from datetime import timedelta

from sqlalchemy import select

from services.civic import bars
from services.civic.models import Bar
from services.errors import Changed
from services.events import Event
from services.reports import albums, barring
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
