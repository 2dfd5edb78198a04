"""Everybody at once, on separate connections: one outcome, one event, nothing lost."""

import random
from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import func, select

from services.civic.models import CivicEvent, Support
from services.ledger import balance
from services.projects.models import Project
from services.reports import drafts, editing, flags, moves, promoting, queues, supporting, timers
from services.reports.drafts import TooManyReports
from services.reports.duplicates import NoOriginal
from services.reports.models import Report
from services.reports.moves import Claimed, NoSuchMove
from services.reports.queues import NothingWaits
from services.reports.states import State, Verb
from tests.services.reports.street import Street
from tests.services.town import at_once


def go(street: Street, report_id: int, verb: Verb, by: int | None, **more: Any) -> Awaitable[Any]:
    town = street.town
    return town.run(moves.move, town.city, report_id, verb, by=by, now=town.now, **more)


async def verbs(street: Street, report_id: int) -> list[str]:
    return [event[0] for event in await street.events(report_id)]


async def test_two_taps_on_send(street: Street) -> None:
    draft_id = await street.draft()
    done, refused = await at_once(*(street.submit(draft_id) for _ in range(6)))
    assert (len(done), refused) == (6, [])
    assert sorted(sent.again for sent in done) == [False, *[True] * 5]
    assert {(sent.id, sent.number) for sent in done} == {(draft_id, 1)}
    assert await verbs(street, draft_id) == ["submit"]
    assert await street.followers(draft_id) == [street.author]
    await street.assert_whole()


async def test_many_authors_send_at_once(street: Street) -> None:
    """Numbers follow each other without gaps."""
    authors = [await street.town.member() for _ in range(8)]
    ids = [await street.draft(author) for author in authors]
    done, refused = await at_once(
        *(street.submit(draft_id, author) for draft_id, author in zip(ids, authors, strict=True))
    )
    assert refused == []
    assert sorted(sent.number for sent in done) == list(range(1, 9))
    await street.assert_whole()


async def test_the_days_limit_under_two_taps(street: Street) -> None:
    street.town.rules("civic", reports_per_day=2)
    ids = [await street.draft() for _ in range(5)]
    done, refused = await at_once(*(street.submit(draft_id) for draft_id in ids))
    assert (len(done), refused) == (2, [TooManyReports(2)] * 3)
    await street.assert_whole()


async def test_a_draft_is_sent_and_thrown_away(street: Street) -> None:
    town = street.town
    for seed in range(4):
        draft_id = await street.draft()
        both = [
            street.submit(draft_id),
            town.run(
                drafts.discard, town.city, member_id=street.author, draft_id=draft_id, now=town.now
            ),
        ]
        random.Random(seed).shuffle(both)
        done, refused = await at_once(*both)
        assert (len(done), len(refused)) == (1, 1)
        assert await street.get(draft_id) in {State.SUBMITTED, State.WITHDRAWN}
        assert len(await verbs(street, draft_id)) == 1
    await street.assert_whole()


async def test_two_moderators_take_the_next(street: Street) -> None:
    ids = [await street.sent() for _ in range(3)]
    team = [street.moderator, street.admin, *[await street.staff("moderator") for _ in range(3)]]
    town = street.town
    done, refused = await at_once(
        *(town.run(queues.next_submitted, town.city, by=each, now=town.now) for each in team)
    )
    assert sorted(case.id for case in done) == ids
    assert {type(each) for each in refused} == {NothingWaits}
    held = await street.town.rows(select(Report.moderator_id).where(Report.id.in_(ids)))
    assert len(set(held)) == 3


async def test_two_moderators_decide(street: Street) -> None:
    for seed in range(4):
        report_id = await street.sent()
        both = [
            go(street, report_id, Verb.OPEN, street.moderator),
            go(street, report_id, Verb.DECLINE, street.admin, reason="abuse"),
        ]
        random.Random(seed).shuffle(both)
        done, refused = await at_once(*both)
        state = await street.get(report_id)
        # What was opened first can be declined afterwards: that is a decision of its own.
        assert len(done) + len(refused) == 2
        assert state == done[-1].after or State.DECLINED
        if refused:
            assert refused == [NoSuchMove(State.DECLINED, Verb.OPEN)]
        assert len(await verbs(street, report_id)) == 1 + len(done)
    await street.assert_whole()


async def test_one_decision_under_two_taps(street: Street) -> None:
    report_id = await street.sent()
    done, refused = await at_once(
        *(go(street, report_id, Verb.OPEN, street.moderator) for _ in range(6))
    )
    assert (len(done), refused) == (1, [NoSuchMove(State.OPEN, Verb.OPEN)] * 5)
    assert await verbs(street, report_id) == ["submit", "open"]
    await street.assert_whole()


async def test_two_officials_take_it(street: Street) -> None:
    colleague = await street.staff("official", "roads")
    report_id = await street.opened()
    done, refused = await at_once(
        go(street, report_id, Verb.ASSIGN, street.official),
        go(street, report_id, Verb.ASSIGN, colleague),
    )
    assert (len(done), refused) == (1, [NoSuchMove(State.ASSIGNED, Verb.ASSIGN)])
    assert await street.get(report_id, Report.official_id) in {street.official, colleague}
    assert await verbs(street, report_id) == ["submit", "open", "assign"]


async def test_two_officials_claim_it(street: Street) -> None:
    colleague = await street.staff("official", "roads")
    report_id = await street.opened()
    await street.move(report_id, Verb.ASSIGN, street.moderator)
    town = street.town
    done, refused = await at_once(
        *(
            town.run(queues.claim, town.city, report_id=report_id, by=each, now=town.now)
            for each in (street.official, colleague)
        )
    )
    assert (len(done), refused) == (1, [Claimed(None)])


async def test_official_and_author_at_once(street: Street) -> None:
    for seed in range(4):
        report_id = await street.opened()
        both = [
            go(street, report_id, Verb.ASSIGN, street.official),
            go(street, report_id, Verb.WITHDRAW, street.author),
        ]
        random.Random(seed).shuffle(both)
        done, refused = await at_once(*both)
        assert (len(done), len(refused)) == (1, 1)
        assert await street.get(report_id) == done[0].after
        assert isinstance(refused[0], NoSuchMove)
        assert refused[0].state == done[0].after
    await street.assert_whole()


@pytest.mark.parametrize("tap_first", [True, False])
async def test_the_timer_against_a_tap(street: Street, tap_first: bool) -> None:
    report_id = await street.led_to(State.FIXED)
    street.town.clock.advance(days=15)
    tap = go(street, report_id, Verb.REOPEN, street.author, reason="not_fixed")
    timer = street.town.run(timers.move_next, street.town.city, street.town.now)
    _done, refused = await at_once(*((tap, timer) if tap_first else (timer, tap)))
    # Also what time has confirmed can be opened again.
    assert refused == []
    assert await street.get(report_id) == State.REOPENED
    before = (await verbs(street, report_id))[-2:]
    assert before in (["fix", "reopen"], ["confirm", "reopen"])
    await street.assert_whole()


async def test_an_answer_against_the_clock(street: Street) -> None:
    for seed in range(4):
        report_id = await street.sent()
        await street.move(report_id, Verb.CLARIFY, street.moderator, reason="photo_unclear")
        street.town.clock.advance(days=3)
        town = street.town
        both = [
            town.run(
                editing.answer, town.city, member_id=street.author, report_id=report_id,
                text="By the blue gate", now=town.now,
            ),
            town.run(timers.move_next, town.city, town.now),
        ]  # fmt: skip
        random.Random(seed).shuffle(both)
        _done, refused = await at_once(*both)
        state = await street.get(report_id)
        if state == State.SUBMITTED:
            assert refused == []
        else:
            assert (state, refused) == (
                State.DECLINED,
                [NoSuchMove(State.DECLINED, Verb.SUBMIT)],
            )
        assert len(await verbs(street, report_id)) == 3
    await street.assert_whole()


async def test_two_timers(street: Street) -> None:
    ids = [await street.led_to(State.FIXED) for _ in range(3)]
    street.town.clock.advance(days=15)
    town = street.town

    async def until_done() -> None:
        while await town.run(timers.move_next, town.city, town.now):
            pass

    _done, refused = await at_once(*(until_done() for _ in range(3)))
    await until_done()
    assert refused == []
    for report_id in ids:
        assert await street.get(report_id) == State.CONFIRMED
        assert (await verbs(street, report_id)).count("confirm") == 1
    await street.assert_whole()


async def test_each_the_duplicate_of_the_other(street: Street) -> None:
    for _ in range(3):
        one, other = await street.opened(), await street.opened()
        pairs = [(one, other, street.moderator), (other, one, street.admin)]
        done, refused = await at_once(
            *(
                go(street, this, Verb.DUPLICATE, by, reason="same_place", original_id=that)
                for this, that, by in pairs
            )
        )
        assert len(done) == 1
        assert type(refused[0]) in {NoOriginal, NoSuchMove}
        states = {await street.get(one), await street.get(other)}
        assert states == {State.DUPLICATE, State.OPEN}
    await street.assert_whole()


async def test_the_last_flag_comes_twice(street: Street) -> None:
    report_id = await street.opened()
    people = [await street.verified() for _ in range(5)]
    town = street.town
    done, refused = await at_once(
        *(
            town.run(flags.flag, town.city, member_id=each, report_id=report_id, now=town.now)
            for each in people * 2
        )
    )
    assert [flagged.hidden for flagged in done].count(True) == 1
    assert sum(flagged.new for flagged in done) == 3
    assert len(done) + len(refused) == 10
    assert await street.get(report_id, Report.hidden) is True
    assert await verbs(street, report_id) == ["submit", "open", "hide"]
    assert [kind for _, kind in await town.outbox()].count("desk_flagged") == 1


async def test_support_under_many_taps(street: Street) -> None:
    report_id = await street.opened()
    town = street.town
    done, refused = await at_once(
        *(
            town.run(
                supporting.support, town.city, member_id=street.supporter, report_id=report_id,
                now=town.now,
            )
            for _ in range(6)
        )
    )  # fmt: skip
    assert (refused, [each.new for each in done].count(True)) == ([], 1)
    assert await town.count(Support) == 1


async def test_one_project_of_one_report(street: Street) -> None:
    report_id = await street.opened()
    town = street.town
    done, refused = await at_once(
        *(
            town.run(
                promoting.promote, town.city, report_ids=[report_id], kind="urban", title="A road",
                by=each, now=town.now,
            )
            for each in (street.moderator, street.admin)
        )
    )  # fmt: skip
    assert (len(done), refused) == (1, [NoSuchMove(State.PROMOTED, Verb.PROMOTE)])
    assert await town.count(Project) == 1
    assert await street.get(report_id, Report.project_id) == done[0]
    await street.assert_whole()


async def test_reports_with_the_same_people_are_confirmed_at_once(street: Street) -> None:
    """Nobody waits for somebody who waits for him."""
    people = [await street.town.member() for _ in range(5)]
    for each in people:
        await street.verify(each)
    ids = []
    for number in range(6):
        report_id = await street.opened(people[number % 5])
        for each in people:
            if each != people[number % 5]:
                await street.voice(report_id, each)
        await street.move(report_id, Verb.ASSIGN, street.official)
        await street.move(report_id, Verb.FIX, street.official, picture=street.picture())
        ids.append(report_id)
    done, refused = await at_once(
        *(
            go(street, report_id, Verb.CONFIRM, people[(number + 1) % 5])
            for number, report_id in enumerate(ids)
        )
    )
    assert (len(done), refused) == (6, [])
    for each in people:
        # Five or seven reports: over the day's limit nothing is given.
        assert 10 <= (await street.town.look(balance, each, "merits")).available <= 20
    (count,) = await street.town.rows(
        select(func.count()).select_from(CivicEvent).where(CivicEvent.verb == "confirm")
    )
    assert count == (6,)
    await street.assert_whole()
