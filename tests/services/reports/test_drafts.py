"""Drafts: gathered in any order, several at a time, sent once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.civic.places import Spot
from services.errors import NotFound
from services.reports import drafts, photos
from services.reports.drafts import Incomplete, OutsideCity, TooManyReports
from services.reports.models import Report, ReportPhoto
from services.reports.photos import Picture
from services.reports.states import State
from services.reports.texts import TextTooLong
from tests.services.reports.street import LAT, LON, WORDS, Street


async def empty(street: Street) -> int:
    town = street.town
    draft_id: int = await town.run(
        drafts.start, town.city, member_id=street.author, source="web", now=town.now
    )
    return draft_id


async def one(street: Street, draft_id: int) -> drafts.Draft:
    draft: drafts.Draft = await street.town.look(
        drafts.one, street.town.city, street.author, draft_id
    )
    return draft


async def test_in_any_order(street: Street) -> None:
    town, draft_id = street.town, await empty(street)
    mine = {"member_id": street.author, "draft_id": draft_id, "now": town.now}
    assert (await one(street, draft_id)).missing == ("content", "place", "theme")
    await town.run(drafts.set_place, town.city, **mine, spot=Spot(LAT, LON))
    assert (await one(street, draft_id)).missing == ("content", "theme")
    await town.run(
        drafts.set_theme, town.city, **mine, category_id=street.themes["street-light"].id
    )
    assert (await one(street, draft_id)).missing == ("content",)
    await town.run(drafts.set_text, **mine, text="  dark  ")
    draft = await one(street, draft_id)
    assert (draft.missing, draft.text) == ((), "dark")
    assert draft.theme == street.themes["street-light"]
    assert (draft.spot.lat, draft.spot.lon, draft.spot.citywide) == (LAT, LON, False)


async def test_a_photo_is_content(street: Street) -> None:
    town, draft_id = street.town, await empty(street)
    added = await town.run(
        drafts.add_photo, town.city, member_id=street.author, draft_id=draft_id,
        picture=street.picture(), now=town.now,
    )  # fmt: skip
    draft = await one(street, draft_id)
    assert (draft.missing, draft.photos) == (("place", "theme"), (added,))


async def test_an_address_or_the_whole_city_is_a_place(street: Street) -> None:
    town = street.town
    for spot in (Spot(address="Kirova, 1"), Spot(citywide=True)):
        draft_id = await street.draft(spot=spot)
        assert (await one(street, draft_id)).missing == ()
    draft_id = await empty(street)
    with pytest.raises(OutsideCity):
        await town.run(
            drafts.set_place, town.city, member_id=street.author, draft_id=draft_id,
            spot=Spot(55.75, 37.62), now=town.now,
        )  # fmt: skip
    assert (await one(street, draft_id)).spot == Spot()


async def test_the_same_photo_once_and_no_more_than_five(street: Street) -> None:
    town, draft_id = street.town, await empty(street)

    async def add(picture: Picture) -> photos.Kept | None:
        kept: photos.Kept | None = await town.run(
            drafts.add_photo, town.city, member_id=street.author, draft_id=draft_id,
            picture=picture, now=town.now,
        )  # fmt: skip
        return kept

    first = await add(Picture(b"one", "message:one"))
    assert await add(Picture(b"one", "message:one")) == first
    for _ in range(4):
        assert await add(street.picture()) is not None
    assert await add(street.picture()) is None
    assert len((await one(street, draft_id)).photos) == 5


async def test_several_the_last_changed_first(street: Street) -> None:
    town = street.town
    first, second = await street.draft(), await street.draft()
    town.clock.advance(minutes=1)
    await town.run(
        drafts.set_anonymous, member_id=street.author, draft_id=first, anonymous=True, now=town.now
    )
    mine = await town.look(drafts.mine, town.city, street.author)
    assert [draft.id for draft in mine] == [first, second]
    assert [draft.anonymous for draft in mine] == [True, False]
    assert await town.look(drafts.mine, town.city, street.stranger) == []


async def test_nobody_touches_anothers(street: Street) -> None:
    town, draft_id = street.town, await street.draft()
    before = await town.everything()
    theirs = {"member_id": street.stranger, "draft_id": draft_id, "now": town.now}
    for attempt in (
        town.run(drafts.set_text, **theirs, text="mine"),
        town.run(drafts.set_place, town.city, **theirs, spot=Spot(citywide=True)),
        town.run(drafts.add_photo, town.city, **theirs, picture=street.picture()),
        town.run(drafts.submit, town.city, **theirs),
        town.run(drafts.discard, town.city, **theirs),
        town.look(drafts.one, town.city, street.stranger, draft_id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await town.everything() == before


async def test_sent_gets_a_number_a_unit_and_a_promise(street: Street) -> None:
    sent = await street.submit(await street.draft())
    # Sunday noon; eight working days later is Wednesday of the second week.
    assert sent.due_at == datetime(2026, 12, 2, 20, 59, 59, tzinfo=UTC)
    assert (sent.number, sent.again, sent.unit["en"]) == (1, False, "Roads department")
    again = await street.submit(sent.id)
    assert (again.number, again.due_at, again.again) == (1, sent.due_at, True)
    assert (await street.submit(await street.draft())).number == 2
    row = await street.get(sent.id, Report.state, Report.group, Report.submitted_at)
    assert row == (State.SUBMITTED, "roads", street.town.now)
    with pytest.raises(NotFound):
        await one(street, sent.id)


async def test_what_is_not_whole_stays_a_draft(street: Street) -> None:
    draft_id = await street.draft(theme=None)
    before = await street.town.everything()
    with pytest.raises(Incomplete) as refused:
        await street.submit(draft_id)
    assert refused.value.missing == ("theme",)
    assert await street.town.everything() == before


async def test_so_many_a_day(street: Street) -> None:
    street.town.rules("civic", reports_per_day=2)
    await street.sent()
    await street.sent()
    late = await street.draft()
    with pytest.raises(TooManyReports):
        await street.submit(late)
    street.town.clock.advance(hours=12)
    assert (await street.submit(late)).number == 3


async def test_the_same_place_again(street: Street) -> None:
    town = street.town
    assert await town.look(drafts.last_spot, street.author) is None
    await street.sent(spot=Spot(LAT, LON, "Kirova, 1"))
    await street.draft(spot=Spot(citywide=True))
    spot = await town.look(drafts.last_spot, street.author)
    assert (spot.lat, spot.lon, spot.address) == (LAT, LON, "Kirova, 1")


async def test_thrown_away_is_gone(street: Street) -> None:
    town, draft_id = street.town, await street.draft()
    mine = {"member_id": street.author, "draft_id": draft_id, "now": town.now}
    await town.run(drafts.discard, town.city, **mine)
    assert await street.get(draft_id, Report.state, Report.text) == (State.WITHDRAWN, "")
    assert await town.rows(select(ReportPhoto.original)) == [(b"",)]
    for attempt in (
        town.run(drafts.discard, town.city, **mine),
        town.run(drafts.submit, town.city, **mine),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_words_have_a_length(street: Street) -> None:
    town, draft_id = street.town, await empty(street)
    mine = {"member_id": street.author, "draft_id": draft_id, "now": town.now}
    await town.run(drafts.set_text, **mine, text="a" * 4000)
    with pytest.raises(TextTooLong):
        await town.run(drafts.set_text, **mine, text="a" * 4001)


async def test_an_old_draft_does_not_count_as_sent_today(street: Street) -> None:
    street.town.rules("civic", reports_per_day=1)
    draft_id = await street.draft(text=WORDS)
    street.town.clock.advance(days=3)
    await street.submit(draft_id)
    assert await street.get(draft_id, Report.submitted_at) == street.town.now
    assert await street.get(draft_id, Report.created_at) == street.town.now - timedelta(days=3)
