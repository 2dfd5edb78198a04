"""Projects near somebody on Telegram: a key of the keyboard asks the phone, and goes away again."""

import pytest

from tests.channels.app.phone import OnTelegram
from tests.channels.app.process import Process
from tests.fake_telegram import FakeTelegram

HERE = (54.5, 36.2)
KEY = "📍 Near me, where I am"


@pytest.fixture
async def anna(fake: FakeTelegram, process: Process) -> OnTelegram:
    person = OnTelegram(fake, fake.person(12, "Anna", "en"), "en")
    await person.joins()
    return person


def keys(anna: OnTelegram) -> list[str]:
    keyboard = anna.person.account.keyboard or {"keyboard": []}
    return [key["text"] for row in keyboard["keyboard"] for key in row]


async def test_the_phone_says_where_and_the_key_goes(anna: OnTelegram) -> None:
    await anna.says("/projects")
    await anna.presses("📍 Near me")
    keyboard = anna.person.account.keyboard
    assert keyboard is not None
    assert keyboard["keyboard"][0] == [{"text": KEY, "request_location": True}]
    await anna.person.shares_location(*HERE)
    assert anna.last == "There is no project with a place on the map around here yet."
    assert KEY not in keys(anna)
    assert "💡 Ideas and projects" in keys(anna)


async def test_in_a_group_nobody_is_asked_and_nothing_answered(anna: OnTelegram) -> None:
    await anna.says("/projects")
    await anna.presses("📍 Near me")
    before = anna.texts
    await anna.person.locates_in_a_group(*HERE)
    assert anna.texts == before
    await anna.says("✖ Not now")
    assert KEY not in keys(anna)
