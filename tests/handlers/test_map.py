"""What the map of the web chat is drawn from, and which keys the web chat can show."""

from bot.channels.web import limits
from services.cities.chart import chart
from services.civic.places import inside
from tests.house import House


async def test_the_shape_of_the_city(house: House) -> None:
    async with house.database.reading() as reading:
        found = await chart(reading, house.city)
    assert found["centre"] == [house.city.lat, house.city.lon]
    assert len(found["outline"]) >= 3
    assert [set(district["name"]) for district in found["districts"]] == [{"ru", "en", "zh"}] * 3
    kinds = [point["kind"] for point in found["points"]]
    assert kinds.index("venue") > kinds.index("sight")
    assert all(inside(house.city, point["lat"], point["lon"]) for point in found["points"])
    bounds = found["bounds"]
    for lat, lon in found["outline"]:
        assert bounds["south"] <= lat <= bounds["north"]
        assert bounds["west"] <= lon <= bounds["east"]


def test_a_key_for_a_phone_number_is_not_shown_where_there_is_none() -> None:
    keys = {
        "keyboard": [
            [{"text": "My number", "request_contact": True}],
            [{"text": "Here", "request_location": True}, {"text": "Later"}],
        ]
    }
    shown = limits.reply_keyboard(keys)
    assert shown is not None
    assert shown["rows"] == [[{"text": "Here", "request_location": True}, {"text": "Later"}]]
