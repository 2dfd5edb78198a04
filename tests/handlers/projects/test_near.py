"""Projects near the person, by distance; the usual keys come back afterwards."""

from services.cities.models import Venue
from services.civic import places
from services.projects.models import Project
from tests.handlers.projects.people import project, published, somebody
from tests.house import House, Visitor

HERE = (54.5070, 36.2520)
HERE_KEY, NOT_NOW = "📍 Near me, where I am", "✖ Not now"
QUESTION = (
    "Where shall I look? Tap the key below, send a place on the map or type an address. It is "
    "for this list only."
)


async def planted(house: House, title: str, north: float = 0.0, **values: object) -> None:
    """A public project so many degrees north of here."""
    author = await somebody(house)
    await published(house, author, title)
    last = await project(house)
    place = {"lat": HERE[0] + north, "lon": HERE[1], "citywide": False, **values}
    await house.change(Project, Project.id == last["id"], **place)


async def asks(guest: Visitor) -> None:
    await guest.says("/projects")
    await guest.presses("📍 Near me")


async def test_what_is_near_by_distance(house: House) -> None:
    await planted(house, "Far lamps", 0.01)
    await planted(house, "Near music", 0.001)
    await planted(house, "Whole city quiz", lat=None, lon=None, citywide=True)
    await planted(house, "Hidden boats", hidden=True)
    await planted(house, "Closed chess", status="closed")
    await planted(house, "Unseen oaks", published_at=None)
    guest = await somebody(house)
    await asks(guest)
    assert guest.news[0] == ("new", QUESTION)
    assert guest.menu == [HERE_KEY, NOT_NOW]
    said = await guest.stands_at(*HERE)
    assert said == "Projects near you\nThe nearest first."
    assert guest.news[0] == ("new", "📍 Around you")
    assert "💡 Ideas and projects" in await guest.keyboard()
    assert HERE_KEY not in await guest.keyboard()
    labels = await guest.labels()
    assert [label.partition(" · ")[0] for label in labels[:2]] == ["111 m", "1.1 km"]
    assert ["Near music" in labels[0], "Far lamps" in labels[1]] == [True, True]
    assert len(labels) == 4, labels
    assert labels[2].startswith("🗺 All of ")
    assert (await guest.presses("111 m")).startswith("Near music")


async def test_pages_go_on_from_the_same_point(house: House) -> None:
    words = ("Lamps", "Music", "Old oaks", "Boats", "Winter fun", "Quiz", "Chess club")
    for number, title in enumerate(words):
        await planted(house, title, number / 1000)
    guest = await somebody(house)
    await asks(guest)
    await guest.stands_at(*HERE)
    assert "Lamps" in (await guest.labels())[0]
    assert not any("Chess club" in label for label in await guest.labels())
    await guest.presses("More ›")
    assert "Chess club" in (await guest.labels())[0]
    await guest.presses("‹ Earlier")
    assert "Lamps" in (await guest.labels())[0]


async def test_nothing_near_leads_to_the_district(house: House) -> None:
    guest = await somebody(house)
    await asks(guest)
    said = await guest.stands_at(*HERE)
    assert said == "There is no project with a place on the map around here yet."
    slug = places.district_of(house.city, *HERE)
    assert slug == "leninsky"
    assert (await guest.presses("🗺 All of")).startswith("📍 Leninsky District")


async def test_outside_the_city_the_question_stays(house: House) -> None:
    guest = await somebody(house)
    await asks(guest)
    await guest.stands_at(55.75, 37.62)
    assert guest.news[0][1] == (
        f"That is outside the city, and I know only this one.\n\n{QUESTION}"
    )
    assert await guest.stands_at(*HERE) != ""
    assert "💡 Ideas and projects" in await guest.keyboard()


async def test_an_address_is_as_good(house: House) -> None:
    guest = await somebody(house)
    await asks(guest)
    await guest.says("xyzzy")
    assert guest.news[0][1].startswith("I do not know where “xyzzy” is.")
    (venue,) = await house.rows(Venue, Venue.slug == "orbita")
    await guest.says(venue["address"]["en"])
    assert guest.news[0][1].startswith("📍 Around ")
    assert HERE_KEY not in await guest.keyboard()


async def test_not_now_and_too_late_bring_the_usual_keys_back(house: House) -> None:
    guest = await somebody(house)
    await asks(guest)
    async with house.unchanged():
        await guest.says(NOT_NOW)
    assert guest.news[0] == ("new", "All right.")
    assert HERE_KEY not in await guest.keyboard()
    await asks(guest)
    house.clock.advance(days=2)
    await guest.stands_at(*HERE)
    assert guest.news[0][1].startswith("That was a while ago")
    assert HERE_KEY not in await guest.keyboard()


async def test_in_russian_the_key_is_known_too(house: House) -> None:
    guest = await house.regular("ru")
    await asks(guest)
    await guest.says(guest.word(NOT_NOW))
    assert guest.news[0][1] == guest.word("All right.")


async def test_a_forged_point_shows_nothing(house: House) -> None:
    await planted(house, "Lamps")
    guest = await somebody(house)
    async with house.unchanged():
        assert await guest.forges("jE:0:0:0") == (
            "There is no project with a place on the map around here yet."
        )
        await guest.forges("jE:9999999:0:0")
    assert guest.toast == "This button has expired. Please use a more recent message."
