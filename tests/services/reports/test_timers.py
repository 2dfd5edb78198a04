"""What time does: answers that do not come, fixes that nobody doubts, promises, old drafts."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from services import morning
from services.cities.models import Unit
from services.civic import calendar
from services.delivery.models import OutboxMessage
from services.reports import deadlines, editing, queues, timers
from services.reports.models import Report
from services.reports.states import State, Verb
from tests.services.reports.street import Street


async def run(street: Street, step: Any) -> int:
    """As the job does it; how often there was something to do."""
    count = 0
    while await street.town.run(step, street.town.city, street.town.now):
        count += 1
    return count


async def told(street: Street) -> list[tuple[int, str]]:
    """Who is told what, from now on."""
    found = await street.town.outbox()
    await street.town.write(delete(OutboxMessage))
    return found


@pytest.mark.parametrize(
    ("state", "days", "verb", "after", "reason"),
    [
        (State.CLARIFY, 3, "decline", State.DECLINED, "no_answer"),
        (State.FIXED, 15, "confirm", State.CONFIRMED, "no_objection"),
        (State.DRAFT, 30, "withdraw", State.WITHDRAWN, None),
    ],
)
async def test_a_clock_runs_out(
    street: Street, state: State, days: int, verb: str, after: State, reason: str | None
) -> None:
    report_id = await street.led_to(state)
    street.town.clock.advance(days=days, seconds=-1)
    assert await run(street, timers.move_next) == 0
    street.town.clock.advance(seconds=1)
    assert await run(street, timers.move_next) == 1
    assert await street.get(report_id) == after
    assert (await street.events(report_id))[-1] == (verb, state, after, "system", reason)
    assert await run(street, timers.move_next) == 0
    await street.assert_whole()


async def test_a_draft_lives_on_with_every_change(street: Street) -> None:
    draft_id = await street.draft()
    street.town.clock.advance(days=29)
    await street.set(draft_id, updated_at=street.town.now)
    street.town.clock.advance(days=29)
    assert await run(street, timers.move_next) == 0


async def test_silence_thanks_the_author_too(street: Street) -> None:
    await street.led_to(State.FIXED)
    street.town.clock.advance(days=15)
    await run(street, timers.move_next)
    assert await street.town.balance(street.author, "merits") == (5, 0, 0, 0)


async def test_one_reminder_of_a_draft(street: Street) -> None:
    draft_id = await street.draft()
    street.town.clock.advance(hours=23)
    assert await run(street, timers.remind_next) == 0
    street.town.clock.advance(hours=1)
    assert await run(street, timers.remind_next) == 1
    assert await told(street) == [(street.author, "report_draft")]
    street.town.clock.advance(days=5)
    await street.set(draft_id, updated_at=street.town.now - timedelta(days=2))
    assert await run(street, timers.remind_next) == 0
    assert await street.get(draft_id) == State.DRAFT


async def test_a_promise_is_warned_of_three_times(street: Street) -> None:
    report_id = await street.opened()
    town = street.town
    due_at = await street.get(report_id, Report.due_at)
    promised = due_at - town.now
    town.clock.advance(seconds=(promised - timedelta(days=2)).total_seconds() - 1)
    assert await run(street, timers.warn_next) == 0
    town.clock.advance(seconds=1)
    await told(street)
    assert await run(street, timers.warn_next) == 1
    assert await told(street) == [(street.official, "desk_due")]
    town.clock.advance(days=2)
    assert await run(street, timers.warn_next) == 1
    assert sorted(await told(street)) == sorted(
        [(street.official, "desk_overdue"), (street.author, "report_late")]
    )
    town.clock.advance(seconds=promised.total_seconds())
    assert await run(street, timers.warn_next) == 1
    assert await told(street) == [(street.official, "desk_head")]
    assert await run(street, timers.warn_next) == 0


async def test_what_is_done_or_waits_for_others_is_not_late(street: Street) -> None:
    for state in (State.FIXED, State.SUBMITTED, State.REFERRED, State.UNFIXABLE):
        await street.led_to(state)
    street.town.clock.advance(days=14)
    assert await run(street, timers.warn_next) == 0


async def test_a_new_promise_is_warned_of_anew(street: Street) -> None:
    report_id = await street.led_to(State.ASSIGNED)
    town = street.town
    town.clock.advance(days=11)
    assert await run(street, timers.warn_next) == 1
    until = town.now + timedelta(days=30)
    await street.move(report_id, Verb.SCHEDULE, street.official, reason="season", until=until)
    assert await run(street, timers.warn_next) == 0
    town.clock.advance(days=29)
    await told(street)
    assert await run(street, timers.warn_next) == 1
    assert await told(street) == [(street.official, "desk_due")]


async def retheme(street: Street, report_id: int, theme: str) -> None:
    town = street.town
    await town.run(
        editing.retheme, town.city, by=street.moderator, report_id=report_id,
        category_id=street.themes[theme].id, now=town.now,
    )  # fmt: skip


async def test_another_theme_has_warnings_of_its_own(street: Street) -> None:
    town, report_id = street.town, await street.opened()
    town.clock.advance(days=9)
    assert await run(street, timers.warn_next) == 1
    await told(street)
    before = await street.get(report_id, Report.due_at)
    await retheme(street, report_id, "yard")
    due_at = await street.get(report_id, Report.due_at)
    assert due_at > before + timedelta(days=3)
    ((unit,),) = await town.rows(select(Unit.slug).join(Report, Report.unit_id == Unit.id))
    responsible = await street.staff("official", unit)
    town.clock.advance(seconds=(due_at - timedelta(days=1) - town.now).total_seconds())
    assert await run(street, timers.warn_next) == 1
    assert await told(street) == [(responsible, "desk_due")]


async def test_the_same_theme_once_more_warns_nobody_twice(street: Street) -> None:
    town, report_id = street.town, await street.opened()
    town.clock.advance(days=9)
    assert await run(street, timers.warn_next) == 1
    await retheme(street, report_id, "pothole")
    assert await run(street, timers.warn_next) == 0


async def test_another_theme_keeps_the_new_start_after_an_answer(street: Street) -> None:
    town, report_id = street.town, await street.sent()
    await street.move(report_id, Verb.CLARIFY, street.moderator, reason="what_exactly")
    town.clock.advance(days=2)
    await street.move(report_id, Verb.SUBMIT, street.author)
    answered = town.now
    town.clock.advance(hours=5)
    await retheme(street, report_id, "tree")
    assert await street.get(report_id, Report.due_at) == deadlines.promised(
        town.city, street.themes["tree"].sla_days, answered
    )


async def test_the_head_hears_of_a_reopened_report_as_of_a_new_one(street: Street) -> None:
    town, report_id = street.town, await street.led_to(State.FIXED)
    town.clock.advance(days=100)
    await street.move(report_id, Verb.REOPEN, street.author, reason="not_fixed")
    promised = await street.get(report_id, Report.due_at) - town.now
    head = {"by": street.official, "now": town.now, "limit": 5}
    town.clock.advance(seconds=2 * promised.total_seconds() - 1)
    assert await run(street, timers.warn_next) == 1
    assert await town.look(queues.of_head, town.city, **{**head, "now": town.now}) == []
    await told(street)
    town.clock.advance(seconds=1)
    assert await run(street, timers.warn_next) == 1
    assert await told(street) == [(street.official, "desk_head")]
    (late,) = await town.look(queues.of_head, town.city, **{**head, "now": town.now})
    assert late.id == report_id


async def test_the_head_hears_of_planned_work_by_its_own_time(street: Street) -> None:
    town, report_id = street.town, await street.led_to(State.ASSIGNED)
    town.clock.advance(days=5)
    until = town.now + timedelta(days=10)
    await street.move(report_id, Verb.SCHEDULE, street.official, reason="season", until=until)
    town.clock.advance(days=20, seconds=-1)
    await run(street, timers.warn_next)
    await told(street)
    town.clock.advance(seconds=1)
    assert await run(street, timers.warn_next) == 1
    assert await told(street) == [(street.official, "desk_head")]


async def test_who_works_on_it_is_told_and_not_the_unit(street: Street) -> None:
    colleague = await street.staff("official", "roads")
    report_id = await street.opened()
    await street.move(report_id, Verb.ASSIGN, colleague)
    await told(street)
    street.town.clock.advance(days=9)
    await run(street, timers.warn_next)
    assert await told(street) == [(colleague, "desk_due")]


async def test_moderators_hear_once_a_day_of_what_waits(street: Street) -> None:
    assert await run(street, morning.tell_next) == 0
    await street.sent()
    await told(street)
    assert await run(street, morning.tell_next) == 1
    ((facts,),) = await street.town.rows(select(OutboxMessage.facts))
    nothing_else = dict.fromkeys(("receipts", "claims", "projects", "refunds"), 0)
    assert facts == {"submitted": 1, "flagged": 0, "photos": 0, **nothing_else}
    assert await told(street) == [(street.moderator, "desk_queue")]
    street.town.clock.advance(hours=2)
    assert await run(street, morning.tell_next) == 0
    street.town.clock.advance(days=1)
    assert await run(street, morning.tell_next) == 1


async def test_the_promise_counts_working_days(street: Street) -> None:
    sent = await street.submit(await street.draft(theme="yard"))
    city, now = street.town.city, street.town.now
    assert sent.due_at == calendar.due(city.calendar, now, 15, city.timezone)
    street.themes = {code: theme for code, theme in street.themes.items() if theme.sla_days <= 30}
    assert sent.due_at <= now + timedelta(days=31)
