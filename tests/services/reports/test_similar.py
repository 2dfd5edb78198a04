"""What is there already: by place and theme, and by words where there is no place."""

from typing import Any

import pytest

from services.civic import places
from services.civic.places import Spot
from services.reports import similar, supporting
from services.reports.models import Report
from services.reports.similar import Similar, likeness, trigrams
from services.reports.states import State, Verb
from tests.services.reports.street import LAT, LON, WORDS, Street

METRE = 1 / 111_195


async def near(street: Street, theme: str = "pothole", **spot: Any) -> list[Similar]:
    where = Spot(**spot) if spot else Spot(LAT, LON)
    found: list[Similar] = await street.town.look(
        similar.near, street.town.city, theme=street.themes[theme], spot=where, text=WORDS,
        member_id=street.stranger, now=street.town.now,
    )  # fmt: skip
    return found


def north(metres: float) -> Spot:
    return Spot(LAT + metres * METRE, LON)


async def test_the_nearest_of_the_group_first(street: Street) -> None:
    far = await street.opened(spot=north(35))
    here = await street.opened(spot=north(5))
    kerb = await street.opened(spot=north(5), theme="sidewalk")
    await street.opened(spot=north(5), theme="litter")
    await street.opened(spot=north(45))
    found = await near(street)
    assert [each.id for each in found] == [here, kerb, far]
    assert [each.metres for each in found] == [5, 5, 35]
    assert found[0].score > found[1].score > found[2].score
    assert [each.again for each in found] == [False] * 3


async def test_the_radius_is_the_themes(street: Street) -> None:
    report_id = await street.opened(spot=north(45))
    assert await near(street) == []
    assert [each.id for each in await near(street, "sidewalk")] == [report_id]


async def test_no_more_than_three(street: Street) -> None:
    for metres in (4, 3, 2, 1):
        await street.opened(spot=north(metres))
    assert [each.metres for each in await near(street)] == [1, 2, 3]


@pytest.mark.parametrize("state", State)
async def test_what_is_not_done_or_was_not_long_ago(sqlite_street: Street, state: State) -> None:
    street = sqlite_street
    report_id = await street.led_to(state)
    shown = {each.id: each for each in await near(street)}
    offered = {
        *(State.OPEN, State.ASSIGNED, State.IN_PROGRESS, State.SCHEDULED, State.REOPENED),
        *(State.REFERRED, State.FIXED, State.CONFIRMED),
    }
    assert (report_id in shown) is (state in offered)
    if report_id in shown:
        assert shown[report_id].again is (state in {State.FIXED, State.CONFIRMED})
    street.town.clock.advance(days=14, seconds=1)
    later = {each.id for each in await near(street)}
    assert (report_id in later) is (state in offered - {State.FIXED, State.CONFIRMED})


async def test_only_so_far_back(street: Street) -> None:
    await street.opened()
    street.town.clock.advance(days=90)
    assert len(await near(street)) == 1
    street.town.clock.advance(seconds=1)
    assert await near(street) == []


async def test_a_card_says_what_is_known(street: Street) -> None:
    report_id = await street.opened(spot=north(10))
    await street.voice(report_id, street.supporter)
    await street.voice(report_id, street.stranger)
    (card,) = await near(street)
    assert (card.up, card.supported, card.mine, card.number) == (2, True, False, 1)
    assert (card.state, card.text, card.since) == (State.OPEN, WORDS, street.town.now)
    assert card.photo is not None
    assert (await street.town.look(
        similar.near, street.town.city, theme=street.themes["pothole"], spot=Spot(LAT, LON),
        text="", member_id=street.author, now=street.town.now,
    ))[0].mine is True  # fmt: skip


async def test_what_was_flagged_away_is_not_shown(street: Street) -> None:
    report_id = await street.opened()
    await street.set(report_id, hidden=True)
    assert await near(street) == []


async def test_of_a_private_theme_nobody_learns_the_place(street: Street) -> None:
    report_id = await street.opened(theme="noise", spot=Spot(LAT, LON, "Kirova, 1"))
    cell = street.town.city.rules.civic.private_metres
    for metres in range(-400, 401, 50):
        spot = north(metres)
        found = await near(street, "noise", lat=spot.lat, lon=spot.lon)
        assert spot.lat is not None
        same = places.rounded(spot.lat, LON, cell) == places.rounded(LAT, LON, cell)
        assert [each.id for each in found] == ([report_id] if same else [])
        assert all((each.metres, each.address) == (None, None) for each in found)


async def test_by_words_for_the_whole_city(street: Street) -> None:
    alike = await street.opened(spot=Spot(citywide=True), text="No snow is cleared anywhere")
    await street.opened(spot=Spot(citywide=True), text="Timetables hang nowhere")
    town = street.town
    found = await town.look(
        similar.near, town.city, theme=street.themes["pothole"], spot=Spot(citywide=True),
        text="the snow is not cleared anywhere", member_id=None, now=town.now,
    )  # fmt: skip
    assert [each.id for each in found] == [alike]
    assert (found[0].metres, found[0].mine, found[0].supported) == (None, False, False)


async def test_fixed_lately_is_opened_again_with_the_photos_of_the_draft(street: Street) -> None:
    report_id = await street.led_to(State.FIXED)
    draft_id = await street.draft(street.stranger, photos=2)
    town = street.town
    moved = await town.run(
        supporting.again, town.city, member_id=street.stranger, report_id=report_id, now=town.now,
        draft_id=draft_id,
    )  # fmt: skip
    assert moved.after == State.REOPENED
    assert await street.get(report_id) == State.REOPENED
    assert await street.get(draft_id) == State.WITHDRAWN
    assert (await street.events(report_id))[-1] == (
        *("reopen", "fixed", "reopened", "supporter", "again"),
    )
    due_at = await street.get(report_id, Report.due_at)
    assert due_at > town.now
    await street.move(report_id, Verb.START, street.official)


def test_likeness() -> None:
    assert likeness(trigrams("the same words"), trigrams("The SAME  words")) == 1.0
    assert likeness(trigrams("hole"), trigrams("lamp")) == 0.0
    assert likeness(trigrams(""), trigrams("")) == 0.0 or trigrams("") == trigrams("")
    assert 0.2 < likeness(trigrams("a deep hole"), trigrams("deep holes")) < 0.9


async def test_nobody_guesses_the_address_of_a_private_report(street: Street) -> None:
    report_id = await street.opened(
        theme="noise", text="Loud at night", spot=Spot(address="Kirova street, house 117")
    )
    town = street.town

    async def like(text: str, theme: str) -> list[tuple[int, str | None]]:
        found: list[Similar] = await town.look(
            similar.near, town.city, theme=street.themes[theme],
            spot=Spot(address="Kirova street, house 117"), text=text, member_id=None, now=town.now,
        )  # fmt: skip
        return [(each.id, each.address) for each in found]

    assert await like("x", "noise") == []
    assert await like("Loud music at night, loud at night", "noise") == [(report_id, None)]
    await street.set(report_id, group="roads")
    assert await like("Loud at night", "pothole") == []
