"""«Me too», flags, changes after sending, and what of photos is seen."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from services.civic.models import Verification
from services.civic.places import Spot
from services.delivery.models import OutboxMessage
from services.errors import Changed, NotAllowed, NotFound
from services.reports import editing, photos, queues, redacting, supporting, views
from services.reports.drafts import OutsideCity
from services.reports.editing import TooLateToEdit
from services.reports.models import Report, ReportPhoto
from services.reports.moves import NoSuchMove, OwnReport
from services.reports.states import State, Verb
from services.reports.supporting import Supported
from tests.services.reports.street import LAT, LON, WORDS, Street


async def support(street: Street, report_id: int, member_id: int, **more: Any) -> Supported:
    town = street.town
    done: Supported = await town.run(
        supporting.support, town.city, member_id=member_id, report_id=report_id, now=town.now,
        **more,
    )  # fmt: skip
    return done


async def public(street: Street, report_id: int) -> views.Public:
    town = street.town
    return (await town.look(views.public, town.city, [report_id], town.now))[report_id]  # type: ignore[no-any-return]


async def test_a_voice_a_photo_and_news(street: Street) -> None:
    report_id = await street.opened()
    done = await support(street, report_id, street.stranger, picture=street.picture())
    assert done == Supported(report_id, 1, new=True, up=1, photos=1)
    assert await street.followers(report_id) == sorted([street.author, street.stranger])
    again = await support(street, report_id, street.stranger)
    assert (again.new, again.up, again.photos) == (False, 1, 0)
    shown = await public(street, report_id)
    assert (shown.up, shown.verified_up, len(shown.photos)) == (1, 0, 1)
    await street.town.write(
        insert(Verification).values(
            member_id=street.stranger, city_id=street.town.city.id, phone="x", at=street.town.now
        )
    )
    assert (await public(street, report_id)).verified_up == 1
    assert await street.town.run(
        supporting.withdraw, member_id=street.stranger, report_id=report_id
    )
    assert (await public(street, report_id)).up == 0
    assert await street.followers(report_id) == [street.author]


async def test_who_cannot_support_what(street: Street) -> None:
    report_id = await street.opened()
    hidden, waiting = await street.opened(), await street.sent()
    await street.set(hidden, hidden=True)
    before = await street.town.everything()
    for target, member_id, refusal in (
        (report_id, street.author, OwnReport),
        (hidden, street.stranger, NotFound),
        (waiting, street.stranger, NotFound),
        (999, street.stranger, NotFound),
    ):
        with pytest.raises(refusal):
            await support(street, target, member_id)
    assert await street.town.everything() == before
    fixed = await street.led_to(State.FIXED)
    with pytest.raises(NoSuchMove):
        await support(street, fixed, street.stranger)


async def test_a_draft_becomes_support(street: Street) -> None:
    report_id = await street.opened()
    draft_id = await street.draft(street.stranger, photos=2)
    town = street.town
    done = await town.run(
        supporting.instead, town.city, member_id=street.stranger, draft_id=draft_id,
        report_id=report_id, now=town.now,
    )  # fmt: skip
    assert done == Supported(report_id, 1, new=True, up=1, photos=2)
    assert await street.get(draft_id, Report.state, Report.text) == (State.WITHDRAWN, "")
    kinds = await town.rows(
        select(ReportPhoto.kind, ReportPhoto.shown)
        .where(ReportPhoto.report_id == report_id, ReportPhoto.removed.is_(False))
        .order_by(ReportPhoto.id)
    )
    assert kinds == [("before", True), ("support", False), ("support", False)]
    with pytest.raises(NotFound):
        await town.run(
            supporting.instead, town.city, member_id=street.stranger, draft_id=draft_id,
            report_id=report_id, now=town.now,
        )  # fmt: skip


async def test_officials_hear_of_every_ten_voices(street: Street) -> None:
    report_id = await street.opened()
    for _ in range(19):
        await support(street, report_id, await street.town.member())
    told = [who for who, kind in await street.town.outbox() if kind == "desk_supported"]
    assert told == [street.official]


async def test_a_quarter_of_an_hour_to_change_everything(street: Street) -> None:
    report_id = await street.sent()
    town = street.town
    mine = {"member_id": street.author, "report_id": report_id}
    town.clock.advance(minutes=14)
    await town.run(
        editing.edit, town.city, **mine, now=town.now, text="A lamp is out", spot=Spot(LAT, LON),
        category_id=street.themes["street-light"].id,
    )  # fmt: skip
    row = await street.get(report_id, Report.text, Report.group, Report.unit_id, Report.address)
    assert row == ("A lamp is out", "lighting", await street.unit("lighting"), None)
    with pytest.raises(OutsideCity):
        await town.run(editing.edit, town.city, **mine, now=town.now, spot=Spot(55.75, 37.62))
    with pytest.raises(NotFound):
        await town.run(
            editing.edit, town.city, member_id=street.stranger, report_id=report_id, now=town.now
        )
    town.clock.advance(minutes=1)
    with pytest.raises(TooLateToEdit):
        await town.run(editing.edit, town.city, **mine, now=town.now, text="Later")


async def test_nothing_changes_under_a_moderators_signature(street: Street) -> None:
    report_id = await street.opened()
    town = street.town
    with pytest.raises(TooLateToEdit):
        await town.run(
            editing.edit, town.city, member_id=street.author, report_id=report_id, now=town.now,
            text="Another",
        )  # fmt: skip
    assert await street.get(report_id, Report.text) == WORDS


async def test_a_question_opens_it_for_changes_and_an_answer_sends_it(street: Street) -> None:
    report_id = await street.sent()
    town = street.town
    town.clock.advance(days=1)
    await street.move(report_id, Verb.CLARIFY, street.moderator, reason="where_exactly")
    town.clock.advance(days=2)
    mine = {"member_id": street.author, "report_id": report_id}
    await town.run(editing.edit, town.city, **mine, now=town.now, spot=Spot(address="Lenina, 2"))
    moved = await town.run(
        editing.answer, town.city, **mine, text="At the gate of number 2", now=town.now
    )
    assert moved.after == State.SUBMITTED
    assert (await street.events(report_id))[-1][:4] == (
        *("submit", "clarify", "submitted", "author"),
    )
    case = await town.look(queues.case, town.city, report_id, street.moderator, town.now)
    assert [(note.acting, note.text) for note in case.notes] == [
        ("author", "At the gate of number 2")
    ]
    with pytest.raises(NoSuchMove):
        await town.run(editing.answer, town.city, **mine, text="And more", now=town.now)


async def test_personal_data_can_always_be_removed(street: Street) -> None:
    report_id = await street.opened(text="Call me: +7 900 000-00-00, a hole")
    town = street.town
    town.clock.advance(days=30)
    remove = {"report_id": report_id, "now": town.now}
    with pytest.raises(NotAllowed):
        await town.run(editing.remove_words, town.city, by=street.stranger, words="hole", **remove)
    with pytest.raises(NotFound):
        await town.run(editing.remove_words, town.city, by=street.author, words="cat", **remove)
    await town.run(
        editing.remove_words, town.city, by=street.author, words="+7 900 000-00-00", **remove
    )
    assert "900" not in await street.get(report_id, Report.text)
    await town.run(editing.remove_words, town.city, by=street.moderator, words=None, **remove)
    assert (await public(street, report_id)).text == ""
    await town.run(
        editing.set_anonymous, town.city, member_id=street.author, report_id=report_id,
        anonymous=True, now=town.now,
    )  # fmt: skip
    assert (await public(street, report_id)).author is None


async def test_a_photo_that_comes_later_waits_for_a_moderator(street: Street) -> None:
    report_id = await street.opened(photos=0)
    town = street.town
    kept = await town.run(
        editing.add_photo, town.city, member_id=street.author, report_id=report_id,
        picture=photos.Picture(b"later", "m:1"), now=town.now,
    )  # fmt: skip
    assert (await public(street, report_id)).photos == ()
    assert await town.look(views.photo, kept.token) is None
    waits = await town.look(queues.next_photo, town.city, by=street.moderator)
    assert waits == kept
    counts = await town.look(queues.counts, town.city, street.moderator, town.now)
    assert (counts.submitted, counts.flagged, counts.photos) == (0, 0, 1)
    show = {"photo_id": kept.id, "now": town.now}
    with pytest.raises(NotAllowed):
        await town.run(redacting.show, town.city, by=street.official, **show)
    await town.run(redacting.show, town.city, by=street.moderator, **show)
    assert (await public(street, report_id)).photos == (kept.token,)
    assert await town.look(views.photo, kept.token) == b"later"


async def test_rectangles_cover_the_public_copy_alone(street: Street) -> None:
    report_id = await street.opened(photos=0)
    town = street.town
    await street.move(report_id, Verb.ASSIGN, street.official)
    await street.move(
        report_id, Verb.FIX, street.official, picture=photos.Picture(b"original", "m:1")
    )
    (token,) = (await public(street, report_id)).after
    ((photo_id,),) = await town.rows(select(ReportPhoto.id))
    mark = {"photo_id": photo_id, "now": town.now, "public": b"covered", "seen": []}
    boxes = [[0.1, 0.1, 0.5, 0.5]]
    with pytest.raises(NotAllowed):
        await town.run(redacting.redact, town.city, by=street.author, rectangles=boxes, **mark)
    for bad in ([[0.1, 0.1, 0.5]], [[0.5, 0, 0.1, 1]], [[0, 0, 1, 1.1]]):
        with pytest.raises(ValueError, match="rectangle"):
            await town.run(redacting.redact, town.city, by=street.moderator, rectangles=bad, **mark)
    await town.run(redacting.redact, town.city, by=street.moderator, rectangles=boxes, **mark)
    assert await town.look(views.photo, token) == b"covered"
    original, covered = await town.look(
        redacting.original, town.city, photo_id=photo_id, by=street.moderator
    )
    assert (original, covered) == (b"original", boxes)
    with pytest.raises(Changed):
        await town.run(redacting.redact, town.city, by=street.admin, rectangles=[], **mark)
    assert await town.look(views.photo, token) == b"covered"
    with pytest.raises(NotAllowed):
        await town.look(redacting.original, town.city, photo_id=photo_id, by=street.author)


async def test_a_removed_photo_is_gone(street: Street) -> None:
    report_id = await street.opened()
    town = street.town
    ((photo_id,),) = await town.rows(select(ReportPhoto.id))
    with pytest.raises(NotAllowed):
        await town.run(
            editing.remove_photo, town.city, by=street.stranger, photo_id=photo_id, now=town.now
        )
    await town.run(
        editing.remove_photo, town.city, by=street.author, photo_id=photo_id, now=town.now
    )
    assert (await public(street, report_id)).photos == ()
    assert await town.rows(select(ReportPhoto.original, ReportPhoto.public)) == [(b"", b"")]
    with pytest.raises(NotFound):
        await town.run(
            editing.remove_photo, town.city, by=street.author, photo_id=photo_id, now=town.now
        )


async def test_an_author_removes_only_what_they_sent(street: Street) -> None:
    town, report_id = street.town, await street.opened()
    await town.run(
        supporting.support, town.city, member_id=street.supporter, report_id=report_id,
        now=town.now, picture=street.picture(),
    )  # fmt: skip
    await street.move(report_id, Verb.ASSIGN, street.official)
    await street.move(report_id, Verb.FIX, street.official, picture=street.picture())
    kinds = select(ReportPhoto.kind).where(ReportPhoto.removed.is_(False)).order_by(ReportPhoto.id)
    theirs = await town.rows(select(ReportPhoto.id).where(ReportPhoto.member_id != street.author))
    for (photo_id,) in theirs:
        with pytest.raises(NotAllowed):
            await town.run(
                editing.remove_photo, town.city, by=street.author, photo_id=photo_id, now=town.now
            )
    assert await town.rows(kinds) == [("before",), ("support",), ("after",)]
    whose = {"by": street.author, "report_id": report_id, "now": town.now}
    await town.run(editing.remove_own_photos, town.city, **whose)
    assert await town.rows(kinds) == [("support",), ("after",)]
    assert (await street.events(report_id))[-1] == (
        *("remove_photos", "fixed", "fixed", "author", None),
    )
    with pytest.raises(NotFound):
        await town.run(editing.remove_own_photos, town.city, **whose)
    await street.assert_whole()


async def test_a_theme_is_corrected_before_anybody_works_on_it(street: Street) -> None:
    report_id = await street.sent()
    town = street.town
    change = {"report_id": report_id, "now": town.now, "category_id": street.themes["tree"].id}
    with pytest.raises(NotAllowed):
        await town.run(editing.retheme, town.city, by=street.author, **change)
    await town.run(editing.retheme, town.city, by=street.moderator, **change)
    assert await street.get(report_id, Report.unit_id) == await street.unit("parks")
    await street.move(report_id, Verb.OPEN, street.moderator)
    await street.move(report_id, Verb.ASSIGN, street.foreign)
    with pytest.raises(NoSuchMove):
        await town.run(editing.retheme, town.city, by=street.moderator, **change)
    assert town.now - await street.get(report_id, Report.submitted_at) == timedelta(0)


async def test_followers_of_a_private_report_do_not_learn_its_address(street: Street) -> None:
    utilities = await street.staff("official", "utilities")
    report_id = await street.opened(theme="noise", spot=Spot(LAT, LON, "Kirova, 1, flat 5"))
    hole = await street.opened(street.stranger, spot=Spot(LAT, LON, "Lenina, 2"))
    for each in (report_id, hole):
        await support(street, each, street.supporter)
    for each, official in ((report_id, utilities), (hole, street.official)):
        await street.move(each, Verb.ASSIGN, street.moderator)
        await street.move(each, Verb.FIX, official, picture=street.picture())
    told = await street.town.rows(
        select(OutboxMessage.member_id, OutboxMessage.kind, OutboxMessage.facts).order_by(
            OutboxMessage.id
        )
    )
    places = {(who, kind, facts["report"]): facts["place"] for who, kind, facts in told}
    assert places[street.supporter, "report_fixed", report_id] is None
    assert places[street.author, "report_fixed", report_id] == "Kirova, 1, flat 5"
    assert places[utilities, "desk_assigned", report_id] == "Kirova, 1, flat 5"
    assert places[street.supporter, "report_fixed", hole] == "Lenina, 2"
