"""What everybody sees, and nothing more."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from services.civic import places
from services.civic.places import Spot
from services.errors import NotFound
from services.members.models import Member
from services.reports import drafts, publicity, reasons, themes, views
from services.reports.models import Report
from services.reports.states import NEVER_SHOWN, PRIVATE, State, Verb
from services.reports.views import Public, Wanted
from tests.services.reports.street import LAT, LON, WORDS, Street
from tests.services.reports.test_similar import north


async def public(street: Street, *ids: int) -> dict[int, Public]:
    town = street.town
    found: dict[int, Public] = await town.look(views.public, town.city, ids, town.now)
    return found


def test_the_public_fields_are_these() -> None:
    assert {field.name for field in fields(Public)} == {
        *("id", "number", "state", "category", "emoji", "theme", "unit_slug", "unit", "text"),
        *("lat", "lon", "address", "district", "citywide", "author", "photos", "after"),
        *("submitted_at", "published_at", "updated_at", "state_at", "due_at", "overdue"),
        *("reason", "up", "verified_up", "duplicate_of", "project_id", "source"),
    }


@pytest.mark.parametrize("state", State)
async def test_which_reports_are_public(sqlite_street: Street, state: State) -> None:
    street = sqlite_street
    report_id = await street.led_to(state)
    published = await street.get(report_id, Report.published_at) is not None
    shown = await public(street, report_id)
    assert bool(shown) is (published and state not in NEVER_SHOWN)
    assert not (state in PRIVATE and shown)


async def test_a_report_as_everybody_sees_it(street: Street) -> None:
    report_id = await street.opened()
    shown = (await public(street, report_id))[report_id]
    assert (shown.number, shown.state, shown.category, shown.unit_slug) == (
        *(1, "open", "pothole", "roads"),
    )
    assert (shown.text, shown.lat, shown.lon, shown.address) == (WORDS, LAT, LON, "Kirova, 1")
    assert (shown.author, shown.overdue, shown.reason) == ("Anna A.", False, None)
    assert (len(shown.photos), shown.after) == (1, ())
    street.town.clock.advance(days=20)
    assert (await public(street, report_id))[report_id].overdue is True


async def test_anonymous_and_deleted_authors(street: Street) -> None:
    report_id = await street.opened()
    await street.set(report_id, anonymous=True)
    assert (await public(street, report_id))[report_id].author is None
    await street.set(report_id, anonymous=False)
    await street.town.write(
        update(Member).where(Member.id == street.author).values(name="", deleted_at=street.town.now)
    )
    assert (await public(street, report_id))[report_id].author is None


async def test_a_private_place_is_rounded(street: Street) -> None:
    report_id = await street.opened(theme="noise", spot=Spot(LAT, LON, "Kirova, 1"))
    shown = (await public(street, report_id))[report_id]
    cell = street.town.city.rules.civic.private_metres
    assert (shown.lat, shown.lon) == places.rounded(LAT, LON, cell)
    assert (shown.lat, shown.lon) != (LAT, LON)
    assert shown.address is None


async def test_the_confirm_card_is_the_public_view(street: Street) -> None:
    town = street.town
    draft_id = await street.draft()
    draft = await town.look(drafts.one, town.city, street.author, draft_id)
    before = await town.look(views.preview, town.city, draft, street.author, town.now)
    await street.submit(draft_id)
    await street.move(draft_id, Verb.OPEN, street.moderator)
    after = (await public(street, draft_id))[draft_id]
    same = {
        *("id", "category", "emoji", "theme", "unit_slug", "unit", "text", "lat", "lon"),
        *("address", "district", "citywide", "author", "photos", "after", "source"),
    }
    assert all(getattr(before, name) == getattr(after, name) for name in same)
    with pytest.raises(NotFound):
        await town.look(views.preview, town.city, draft, street.author, town.now)


async def test_lists_by_what_is_wanted(street: Street) -> None:
    town = street.town
    hole = await street.opened()
    town.clock.advance(days=1)
    tree = await street.opened(theme="tree")
    town.clock.advance(days=1)
    await street.move(hole, Verb.ASSIGN, street.official)
    await street.sent()

    async def listed(limit: int = 10, offset: int = 0, **wanted: Any) -> list[int]:
        found = await town.look(
            views.listed, town.city, Wanted(**wanted), town.now, limit=limit, offset=offset
        )
        return [each.id for each in found]

    assert await listed() == [tree, hole]
    assert await listed(limit=1, offset=1) == [hole]
    assert await listed(numbers=[1]) == [hole]
    assert await listed(states=["assigned"]) == [hole]
    assert await listed(categories=["tree", "litter"]) == [tree]
    assert await listed(unit_id=await street.unit("parks")) == [tree]
    assert await listed(published_from=town.now - timedelta(days=1)) == [tree]
    assert await listed(published_until=town.now - timedelta(days=2)) == [hole]
    assert await listed(updated_from=town.now) == [hole]
    assert await listed(updated_until=town.now - timedelta(seconds=1)) == [tree]
    assert (await town.look(views.by_number, town.city, 2, town.now)).id == tree
    with pytest.raises(NotFound):
        await town.look(views.by_number, town.city, 3, town.now)


async def test_what_is_around(street: Street) -> None:
    town = street.town
    far = await street.opened(spot=north(900))
    near = await street.opened(spot=north(-100))
    done = await street.opened(spot=north(10))
    await street.move(done, Verb.DECLINE, street.moderator, reason="abuse")
    found = await town.look(views.nearby, town.city, lat=LAT, lon=LON, now=town.now, limit=5)
    assert [(each.id, metres) for each, metres in found] == [(near, 100), (far, 900)]


async def test_ones_own_reports(street: Street) -> None:
    town = street.town
    report_id = await street.sent()
    await street.draft()
    (mine,) = await town.look(views.mine, town.city, street.author, town.now, limit=5)
    assert (mine.id, mine.number, mine.state) == (report_id, 1, "submitted")
    assert mine.editable_until == town.now + timedelta(minutes=15)
    assert await town.look(views.mine, town.city, street.stranger, town.now, limit=5) == []
    with pytest.raises(NotFound):
        await town.look(views.own, town.city, street.stranger, report_id, town.now)
    await street.move(report_id, Verb.DECLINE, street.moderator, reason="Not your business")
    mine = await town.look(views.own, town.city, street.author, report_id, town.now)
    assert (mine.reason, mine.question, mine.editable_until) == ("Not your business", None, None)
    assert (await street.events(report_id))[-1][-1] == reasons.OWN_WORDS


def test_names_of_people() -> None:
    named = {"Ivan Petrov": "Ivan P.", "Ivan": "Ivan", "": None, "  ": None, "a b c": "a B."}
    assert {name: publicity.public_name(name) for name in named} == named


async def test_themes_by_words_and_place(street: Street) -> None:
    town = street.town

    async def guessed(text: str, spot: Spot | None = None) -> list[tuple[str, bool]]:
        found = await town.look(themes.guessed, town.city.id, text, spot or Spot(), town.now)
        return [(guess.theme.code, guess.confidence >= themes.SURE) for guess in found]

    assert await guessed("The lamp is out") == [("street-light", True)]
    assert {code for code, sure in await guessed("A tree fell on the road")} == {"tree", "pothole"}
    assert not any(sure for _, sure in await guessed("A tree fell on the road"))
    assert await guessed("Something odd") == []
    assert (await guessed("traffic light"))[0] == ("traffic-sign", False)
    await street.opened()
    assert await guessed("Something odd", Spot(LAT, LON)) == [("pothole", False)]
    assert (await guessed("The lamp is out", Spot(LAT, LON)))[0] == ("street-light", True)


async def test_a_private_report_is_listed_alike_from_wherever_in_its_square_it_is(
    street: Street,
) -> None:
    town = street.town
    cell = town.city.rules.civic.private_metres
    middle = places.rounded(LAT, LON, cell)
    report_id = await street.opened(theme="noise", spot=Spot(*middle))
    pins = [(middle[0] + metres / 111_195, middle[1]) for metres in range(-1200, 1201, 60)]

    async def listed() -> list[list[tuple[int, int]]]:
        lists = []
        for lat, lon in pins:
            seen = await town.look(views.nearby, town.city, lat=lat, lon=lon, now=town.now, limit=1)
            lists.append([(each.id, metres) for each, metres in seen])
        return lists

    for number in range(3):
        await street.opened(await town.member(f"Near {number}"), spot=north(90 * number))
    from_the_middle = await listed()
    assert any((report_id, 0) in each for each in from_the_middle)
    half = cell / 2 - 5
    for away in (half, -half):
        await street.set(report_id, lat=middle[0] + away / 111_195)
        assert await listed() == from_the_middle


async def test_private_reports_are_no_hint_at_themes_around(street: Street) -> None:
    await street.opened(theme="noise", spot=Spot(LAT, LON))
    await street.opened(theme="pothole", spot=Spot(LAT, LON))
    town = street.town
    offered = await town.look(themes.themes, town.city.id)
    around = await town.look(themes.around, town.city.id, offered, Spot(LAT, LON), town.now)
    assert around == {street.themes["pothole"].id: 1}
