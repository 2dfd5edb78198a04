"""Every edge with every role, what it needs, and what it does."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from services.delivery.models import OutboxMessage
from services.errors import NotAllowed, NotFound, Refusal
from services.ledger import balance
from services.reports import albums, editing, moves, notes, queues, undoing, views
from services.reports.acting import look
from services.reports.effects import DateNeeded, ProjectNeeded
from services.reports.models import Report, ReportPhoto
from services.reports.moves import (
    Claimed,
    NoSuchMove,
    OwnReport,
    PhotoNeeded,
    ReasonNeeded,
    TooLateToUndo,
)
from services.reports.states import ENDS, ROWS, Acting, Row, State, Verb, row_of
from services.reports.texts import TextTooLong
from tests.services.reports.street import Street, way_to


async def tried(street: Street, report_id: int, verb: Verb, by: int | None, **more: Any) -> Any:
    """What the move would do, or the refusal; nothing is kept."""
    town = street.town
    async with town.database.transaction() as tx:
        part = await tx.begin_nested()
        try:
            return await moves.move(tx, town.city, report_id, verb, by=by, now=town.now, **more)
        except Refusal as refusal:
            return refusal
        finally:
            await part.rollback()


@pytest.mark.parametrize("state", State)
async def test_every_verb_by_every_role(sqlite_street: Street, state: State) -> None:
    street = sqlite_street
    report_id = await street.led_to(state)
    assert await street.get(report_id) == state
    needs = {
        "reason": "Because it is so",
        "picture": street.picture(),
        "until": street.town.now + timedelta(days=3),
        "original_id": await street.opened(street.stranger),
        "project_id": await street.project(),
    }
    before = await street.town.everything()
    people = {
        street.author: Acting.AUTHOR,
        street.supporter: Acting.SUPPORTER,
        street.moderator: Acting.MODERATOR,
        street.admin: Acting.MODERATOR,
        street.official: Acting.OFFICIAL,
        street.foreign: None,
        street.stranger: None,
        None: Acting.SYSTEM,
    }
    for verb in Verb:
        row = row_of(state, verb)
        for by, role in people.items():
            outcome = await tried(street, report_id, verb, by, **needs)
            said = (verb, by, role, outcome)
            if row is None:
                assert outcome == NoSuchMove(state, verb), said
            elif role in row.roles and can_support(state, role):
                assert (outcome.after, outcome.acting) == (row.after, role), said
            elif by == street.author:
                assert type(outcome) is OwnReport, said
            else:
                assert type(outcome) is NotAllowed, said
    assert await street.town.everything() == before


def can_support(state: State, role: Acting | None) -> bool:
    """The supporter has given a voice only where the way has led through an open report."""
    led = any(row.after is State.OPEN for row in way_to(state))
    return role is not Acting.SUPPORTER or led


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.before}-{row.verb}")
async def test_what_an_edge_needs(sqlite_street: Street, row: Row) -> None:
    street = sqlite_street
    report_id = await street.led_to(row.before)
    needs = await street.needs(row)
    lacks = {
        "reason": ReasonNeeded,
        "picture": PhotoNeeded,
        "until": DateNeeded,
        "project_id": ProjectNeeded,
        "original_id": NoSuchMove,
    }
    by = street.mover(row.roles[0])
    for name in needs:
        if name == "original_id":
            continue
        rest = {key: value for key, value in needs.items() if key != name}
        assert type(await tried(street, report_id, row.verb, by, **rest)) is lacks[name]
    if row.reason:
        assert type(
            await tried(street, report_id, row.verb, by, **{**needs, "reason": "  "})
        ) is ReasonNeeded  # fmt: skip
        assert await tried(
            street, report_id, row.verb, by, **{**needs, "reason": "a" * 1001}
        ) == TextTooLong(1000)
    moved = await tried(street, report_id, row.verb, by, **needs)
    assert moved.after is row.after


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.before}-{row.verb}")
async def test_every_edge_is_written_down_and_told(street: Street, row: Row) -> None:
    report_id = await street.led_to(row.before)
    events = len(await street.events(report_id))
    await street.town.write(delete(OutboxMessage))
    needs = {} if row.verb is Verb.PROMOTE else await street.needs(row)
    await street.town.write(delete(OutboxMessage))
    street.town.clock.advance(days=2)
    role = row.roles[0]
    by = street.mover(role)
    if row.verb is Verb.PROMOTE:
        await street.promote(report_id, by=by)
    else:
        await street.move(report_id, row.verb, by, **needs)
    state, state_at, updated_at = await street.get(
        report_id, Report.state, Report.state_at, Report.updated_at
    )
    assert (state, state_at, updated_at) == (row.after, street.town.now, street.town.now)
    (event,) = (await street.events(report_id))[events:]
    assert event[:4] == (row.verb, row.before, row.after, role)
    told = {who for who, kind in await street.town.outbox() if kind != "project_asked"}
    assert told == await expected(street, report_id, row, by)
    await street.assert_whole()


async def expected(street: Street, report_id: int, row: Row, by: int | None) -> set[int]:
    """Who has to hear of the move, by the row."""
    if row.verb is Verb.PROMOTE and by != street.author:
        return set()  # the project itself asks them
    people = {
        "author": {street.author},
        "followers": set(await street.followers(report_id)) - {street.author},
        "officials": {street.official} if row.after is not State.REFERRED else set(),
        "moderators": {street.moderator},
    }
    return {who for each in row.told for who in people[each]} - {by}


async def test_words_of_citizens_and_words_before_publication_are_private(
    street: Street,
) -> None:
    report_id = await street.sent()
    question = "Whose car with the number A123 is it?"
    await street.move(report_id, Verb.CLARIFY, street.moderator, reason=question)
    assert (await street.events(report_id))[-1][-1] == "own_words"
    (said,) = await street.town.look(notes.of, report_id, public_only=False)
    assert (said.acting, said.text, said.public) == ("moderator", question, False)
    assert await street.town.look(notes.of, report_id, public_only=True) == []
    mine = await street.town.look(
        views.own, street.town.city, street.author, report_id, street.town.now
    )
    assert (mine.question, mine.reason) == (question, question)
    assert mine.answer_until == street.town.now + timedelta(days=3)
    ((facts,),) = await street.town.rows(
        select(OutboxMessage.facts).where(OutboxMessage.kind == "report_clarify")
    )
    assert facts["reason"] == question


async def test_words_of_the_city_about_a_public_report_are_public(street: Street) -> None:
    report_id = await street.opened()
    await street.move(report_id, Verb.DECLINE, street.moderator, reason="It is a film set")
    assert (await street.events(report_id))[-1][-1] == "It is a film set"
    await street.move(report_id, Verb.SUBMIT, street.author, reason="No, come and look")
    assert (await street.events(report_id))[-1][-1] == "own_words"


async def test_ready_reasons_are_kept_as_keys(street: Street) -> None:
    report_id = await street.sent()
    await street.move(report_id, Verb.CLARIFY, street.moderator, reason="photo_unclear")
    assert (await street.events(report_id))[-1][-1] == "photo_unclear"
    assert await street.town.look(notes.of, report_id, public_only=False) == []
    mine = await street.town.look(
        views.own, street.town.city, street.author, report_id, street.town.now
    )
    assert mine.question == "photo_unclear"


async def test_another_city_another_report(street: Street) -> None:
    assert type(await tried(street, 999, Verb.OPEN, street.moderator)) is NotFound


async def test_nobody_decides_on_their_own(street: Street) -> None:
    report_id = await street.sent(street.moderator)
    assert type(await tried(street, report_id, Verb.OPEN, street.moderator)) is OwnReport
    await street.move(report_id, Verb.OPEN, street.admin)
    assert type(await tried(street, report_id, Verb.ASSIGN, street.moderator)) is OwnReport


async def test_the_first_publication_stays(street: Street) -> None:
    report_id = await street.opened()
    first = street.town.now
    street.town.clock.advance(days=1)
    await street.move(report_id, Verb.DECLINE, street.moderator, reason="abuse")
    await street.move(report_id, Verb.SUBMIT, street.author, reason="please_look_again")
    await street.move(report_id, Verb.OPEN, street.moderator)
    assert await street.get(report_id, Report.published_at) == first


async def test_photos_are_shown_with_the_report(street: Street) -> None:
    report_id = await street.sent()
    shown = select(ReportPhoto.shown).where(ReportPhoto.report_id == report_id)
    assert await street.town.rows(shown) == [(False,)]
    await street.move(report_id, Verb.OPEN, street.moderator)
    assert await street.town.rows(shown) == [(True,)]


async def test_the_official_who_takes_it_has_it(street: Street) -> None:
    colleague = await street.staff("official", "roads")
    report_id = await street.opened()
    await street.move(report_id, Verb.ASSIGN, street.official)
    assert await street.get(report_id, Report.official_id) == street.official
    assert await tried(street, report_id, Verb.START, colleague) == Claimed(None)
    await street.move(report_id, Verb.START, street.official)
    await street.move(report_id, Verb.ASSIGN, street.official, reason="colleague")
    assert await street.get(report_id, Report.official_id) is None
    await street.move(report_id, Verb.START, colleague)
    assert await street.get(report_id, Report.official_id) == colleague


async def test_handed_to_another_unit(street: Street) -> None:
    report_id = await street.opened()
    parks = await street.unit("parks")
    await street.move(report_id, Verb.ASSIGN, street.moderator, unit_id=parks)
    assert await street.get(report_id, Report.unit_id, Report.official_id) == (parks, None)
    assert (street.foreign, "desk_assigned") in await street.town.outbox()
    assert (street.official, "desk_assigned") not in await street.town.outbox()
    assert type(await tried(street, report_id, Verb.START, street.official)) is NotAllowed
    await street.move(report_id, Verb.START, street.foreign)
    assert type(await tried(street, report_id, Verb.ASSIGN, street.foreign, reason="no", unit_id=999)) is NotFound  # noqa: E501  # fmt: skip


async def test_passed_on_to_another_unit_or_outside(street: Street) -> None:
    report_id, outside = await street.opened(), await street.opened()
    parks = await street.unit("parks")
    await street.move(report_id, Verb.REFER, street.official, reason="wrong", unit_id=parks)
    assert (street.foreign, "desk_assigned") in await street.town.outbox()
    await street.move(report_id, Verb.ASSIGN, street.foreign)
    await street.move(outside, Verb.REFER, street.moderator, reason="region")
    assert (street.official, "desk_assigned") not in await street.town.outbox()
    await street.move(outside, Verb.ASSIGN, street.official)


async def test_a_moderator_waits_for_a_colleague(street: Street) -> None:
    report_id = await street.sent()
    until = street.town.now + timedelta(minutes=30)
    await street.set(report_id, moderator_id=street.admin, claimed_until=until)
    assert await tried(street, report_id, Verb.OPEN, street.moderator) == Claimed(until)
    street.town.clock.advance(minutes=30)
    await street.move(report_id, Verb.OPEN, street.moderator)
    assert await street.get(report_id, Report.moderator_id, Report.claimed_until) == (None, None)


async def test_planned_work_moves_the_promise(street: Street) -> None:
    report_id = await street.led_to(State.ASSIGNED)
    until = street.town.now + timedelta(days=100)
    late = {"reason": "season", "until": street.town.now}
    assert type(await tried(street, report_id, Verb.SCHEDULE, street.official, **late)) is DateNeeded  # noqa: E501  # fmt: skip
    await street.move(report_id, Verb.SCHEDULE, street.official, reason="season", until=until)
    assert await street.get(report_id, Report.due_at) == until


async def test_what_a_confirmation_is_thanked_with(street: Street) -> None:
    report_id = await street.led_to(State.FIXED)
    fake = await street.town.member()
    await street.voice(report_id, fake)
    await street.verify(street.supporter)
    moved = await street.move(report_id, Verb.CONFIRM, street.supporter, picture=street.picture())
    assert moved.merits == 5
    merits = {
        who: (await street.town.look(balance, who, "merits")).available
        for who in (street.author, street.supporter, street.stranger, fake)
    }
    assert merits == {street.author: 5, street.supporter: 2 + 3, street.stranger: 0, fake: 0}
    await street.move(report_id, Verb.REOPEN, street.author, reason="not_fixed")
    for who in (street.author, street.supporter):
        assert (await street.town.look(balance, who, "merits")).available == 0
    await street.move(report_id, Verb.FIX, street.official, picture=street.picture())
    again = await street.move(report_id, Verb.CONFIRM, street.author, picture=street.picture())
    assert again.merits == 5 + 3
    assert (await street.town.look(balance, street.author, "merits")).available == 8
    assert (await street.town.look(balance, street.supporter, "merits")).available == 2
    await street.assert_whole()


async def test_buttons_are_what_can_be_done(street: Street) -> None:
    report_id = await street.opened()
    city, now = street.town.city, street.town.now
    by_moderator = await street.town.look(moves.allowed, city, report_id, street.moderator, now)
    assert {row.verb for row, role in by_moderator} == {
        *(Verb.ASSIGN, Verb.REFER, Verb.DUPLICATE, Verb.DECLINE, Verb.PROMOTE)
    }
    assert {role for row, role in by_moderator} == {Acting.MODERATOR}
    by_official = await street.town.look(moves.allowed, city, report_id, street.official, now)
    assert {row.verb for row, role in by_official} == {Verb.ASSIGN, Verb.REFER, Verb.DUPLICATE}
    by_author = await street.town.look(moves.allowed, city, report_id, street.author, now)
    assert [row.verb for row, role in by_author] == [Verb.WITHDRAW]
    assert await street.town.look(moves.allowed, city, report_id, street.stranger, now) == []
    await street.move(report_id, Verb.ASSIGN, await street.staff("official", "roads"))
    assert await street.town.look(moves.allowed, city, report_id, street.official, now) == []


UNDOABLE = [row for row in ROWS if row.undo]


@pytest.mark.parametrize("row", UNDOABLE, ids=lambda row: f"{row.before}-{row.verb}")
async def test_a_moderator_takes_a_decision_back(street: Street, row: Row) -> None:
    report_id = await street.led_to(row.before)
    published = await street.get(report_id, Report.published_at)
    needs = await street.needs(row)
    if row.verb is Verb.DUPLICATE:
        original = needs["original_id"]
        before = await street.followers(original)
    street.town.clock.advance(minutes=1)
    await street.move(report_id, row.verb, street.moderator, **needs)
    assert await street.town.look(
        undoing.can_undo, street.town.city, report_id, by=street.moderator, now=street.town.now
    )
    street.town.clock.advance(minutes=10)
    undone = await undo(street, report_id, street.moderator)
    assert (undone.before, undone.after) == (row.after, row.before)
    assert await street.get(report_id, Report.state, Report.published_at, Report.duplicate_of) == (
        row.before,
        published,
        None,
    )
    assert (await street.events(report_id))[-1][:4] == (
        *("undo", row.after, row.before, "moderator"),
    )
    if row.verb is Verb.DUPLICATE:
        assert await street.followers(original) == before
    assert ("report_undone" in {kind for _, kind in await street.town.outbox()}) is bool(row.told)
    await street.assert_whole()


async def test_the_right_reason_comes_today_after_the_wrong_one(street: Street) -> None:
    """A message a day about a report is enough, but not where the first of them was a mistake."""
    report_id = await street.sent()
    for reason in ("advertising", "not_in_city"):
        if reason == "not_in_city":
            await undo(street, report_id, street.moderator)
        await street.move(report_id, Verb.DECLINE, street.moderator, reason=reason)
        street.town.clock.advance(minutes=2)
    query = select(OutboxMessage.kind, OutboxMessage.facts, OutboxMessage.due_at).where(
        OutboxMessage.member_id == street.author
    )
    heard = await street.town.rows(query.order_by(OutboxMessage.id))
    assert [(kind, facts.get("reason")) for kind, facts, _due in heard] == [
        ("report_declined", "advertising"),
        ("report_undone", None),
        ("report_declined", "not_in_city"),
    ]
    assert all(due <= street.town.now for _kind, _facts, due in heard)


async def undo(street: Street, report_id: int, by: int) -> Any:
    return await street.town.run(
        undoing.undo, street.town.city, report_id, by=by, now=street.town.now
    )


async def test_what_cannot_be_taken_back(street: Street) -> None:
    report_id = await street.opened()
    with pytest.raises(NotAllowed):
        await undo(street, report_id, street.admin)
    with pytest.raises(NotAllowed):
        await undo(street, report_id, street.author)
    street.town.clock.advance(minutes=10, seconds=1)
    with pytest.raises(TooLateToUndo):
        await undo(street, report_id, street.moderator)
    await street.move(report_id, Verb.ASSIGN, street.moderator)
    with pytest.raises(Refusal):
        await undo(street, report_id, street.moderator)
    assert await street.get(report_id) == State.ASSIGNED


async def test_nothing_leaves_an_end(street: Street) -> None:
    for state in ENDS:
        report_id = await street.led_to(state)
        for verb in Verb:
            assert await tried(street, report_id, verb, street.author) == NoSuchMove(state, verb)


async def test_a_draft_that_is_thrown_away_is_empty(street: Street) -> None:
    report_id = await street.draft()
    await street.move(report_id, Verb.WITHDRAW, street.author)
    assert await street.get(report_id, Report.text, Report.lat, Report.address) == ("", None, None)
    assert await street.town.rows(
        select(ReportPhoto.original, ReportPhoto.removed).where(ReportPhoto.report_id == report_id)
    ) == [(b"", True)]
    found = await street.town.look(look, street.town.city, report_id)
    assert found.state == State.WITHDRAWN


async def test_who_decides_decides_on_what_they_saw(street: Street) -> None:
    report_id = await street.sent()
    town = street.town
    case = await town.run(queues.next_submitted, town.city, by=street.moderator, now=town.now)
    await town.run(
        editing.edit, town.city, member_id=street.author, report_id=report_id, now=town.now,
        text="Call Ivan",
    )  # fmt: skip
    with pytest.raises(moves.Edited):
        await street.move(report_id, Verb.OPEN, street.moderator, seen=case.mark)
    assert await street.get(report_id, Report.state, Report.published_at) == ("submitted", None)
    looked = await town.look(queues.case, town.city, report_id, street.moderator, town.now)
    assert looked.text == "Call Ivan"
    await street.move(report_id, Verb.OPEN, street.moderator, seen=looked.mark)
    assert await street.get(report_id) == "open"


async def test_the_photo_of_a_fix_is_kept_however_many_neighbours_sent(street: Street) -> None:
    town, report_id = street.town, await street.led_to(State.FIXED)
    most = town.city.rules.civic.photos * 2
    await street.move(report_id, Verb.CONFIRM, street.supporter, picture=street.picture())
    for n in range(most):
        kept = await town.run(
            albums.add, town.city, report_id=report_id, by=street.supporter,
            picture=street.picture(), now=town.now,
        )  # fmt: skip
        assert (kept is None) is (n == most - 1)
    await street.move(report_id, Verb.REOPEN, street.author, reason="again")
    after = select(ReportPhoto.id).where(
        ReportPhoto.kind == "after", ReportPhoto.member_id == street.official, ReportPhoto.shown
    )
    assert len(await town.rows(after)) == 1
    await street.move(report_id, Verb.FIX, street.official, picture=street.picture())
    assert await street.get(report_id) == "fixed"
    assert len(await town.rows(after)) == 2
