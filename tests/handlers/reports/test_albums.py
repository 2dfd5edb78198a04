"""Several photos sent at once are answered once, however they arrive."""

import pytest

from services.reports.models import Report, ReportPhoto
from tests.handlers.reports.town import HERE
from tests.house import House, Visitor


@pytest.fixture
async def guest(house: House) -> Visitor:
    house.keeps_pictures()
    return await house.regular()


async def album(guest: Visitor, name: str, *parts: bytes) -> list[int]:
    """Send the parts; returns how many messages answered each."""
    counts = []
    for part in parts:
        await guest.sends_file(part, picture=True, album=name)
        counts.append(len(guest.news))
    return counts


async def test_one_answer_to_an_album(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    assert await album(guest, "album-0001", b"one", b"two", b"three") == [1, 0, 0]
    assert len(await house.rows(ReportPhoto)) == 3
    assert len(await house.rows(Report)) == 1


async def test_two_albums_in_a_row(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    assert await album(guest, "album-0001", b"one", b"two") == [1, 0]
    assert await album(guest, "album-0002", b"three", b"four") == [1, 0]
    assert len(await house.rows(ReportPhoto)) == 4


async def test_a_part_that_comes_late_joins_the_draft(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await album(guest, "album-0001", b"one")
    await guest.stands_at(*HERE)
    assert await album(guest, "album-0001", b"two") == [0]
    assert len(await house.rows(ReportPhoto)) == 2
    await guest.presses("🕳 Pothole")
    assert "📷 2 photos" in await guest.last()


async def test_what_cannot_be_read_is_said_once(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    counts = await album(
        guest, "album-0001", b"problem:heic", b"problem:heic", b"good", b"good too"
    )
    assert counts == [1, 0, 1, 0]
    assert len(await house.rows(ReportPhoto)) == 2


async def test_more_photos_than_a_report_takes(house: House, guest: Visitor) -> None:
    house.rule("civic", photos=2)
    await guest.says("/report")
    await album(guest, "album-0001", b"one", b"two", b"three")
    assert len(await house.rows(ReportPhoto)) == 2
    await guest.sends_file(b"four", picture=True)
    assert guest.news[0][1].startswith("A report takes 2 photos; I have kept the first ones.")


async def test_the_same_message_twice_is_one_photo(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    cid = guest.cid()
    await guest.sends_file(b"one", picture=True, cid=cid)
    await guest.sends_file(b"one", picture=True, cid=cid)
    assert len(await house.rows(ReportPhoto)) == 1


async def test_an_album_that_is_no_receipt_is_answered_once(house: House, guest: Visitor) -> None:
    assert await album(guest, "album-0001", b"|", b"|", b"|") == [1, 0, 0]
    assert await guest.labels() == ["🏙 It is a problem in the city"]
    assert await house.rows(Report) == []
    await guest.presses("🏙 It is a problem in the city")
    assert len(await house.rows(ReportPhoto)) == 3
    assert await album(guest, "album-0001", b"|") == [0]
    assert len(await house.rows(ReportPhoto)) == 4


async def test_a_second_tap_goes_on_with_the_same_draft(house: House, guest: Visitor) -> None:
    await guest.sends_file(b"|", picture=True)
    message, data = await guest.finds("🏙 It is a problem in the city")
    first = await guest.presses_data(message.id, data)
    assert await guest.forges(data, message.id) == first
    assert len(await house.rows(Report)) == 1


async def test_words_that_nobody_asked_for(house: House, guest: Visitor) -> None:
    await guest.says("There is a deep pothole in the road")
    assert await guest.labels() == [
        "🏙 It is a problem in the city", "💡 It is an idea for the city", "What can you do?",
    ]  # fmt: skip
    await guest.presses("🏙 It is a problem in the city")
    (report,) = await house.rows(Report)
    assert report["text"] == "There is a deep pothole in the road"


async def test_a_place_that_nobody_asked_for(house: House, guest: Visitor) -> None:
    await guest.stands_at(*HERE)
    assert (await guest.labels())[0] == "🏙 Report a problem here"
    assert (await guest.presses("🏙 Report a problem here")).startswith("What is wrong?")
    (report,) = await house.rows(Report)
    assert (report["lat"], report["lon"]) == HERE
