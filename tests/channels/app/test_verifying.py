"""A real person on Telegram: the key for one's own phone, and nobody else's."""

import pytest

from services.civic.models import Verification
from tests.channels.app.phone import OnTelegram
from tests.channels.app.process import Process
from tests.fake_telegram import FakeTelegram


@pytest.fixture
async def anna(fake: FakeTelegram, process: Process) -> OnTelegram:
    person = OnTelegram(fake, fake.person(12, "Anna", "en"), "en")
    await person.joins()
    return person


async def test_the_key_shares_the_phone_and_goes_away(anna: OnTelegram, process: Process) -> None:
    await anna.says("/deeds")
    await anna.presses("✅ Make my voice count")
    keys = anna.person.account.keyboard
    assert keys is not None
    assert keys["keyboard"][0] == [{"text": "📱 Share my phone", "request_contact": True}]
    await anna.person.shares_contact("+7 910 123-45-67")
    assert anna.last.startswith("✅ Thank you! Your voice counts now")
    after = anna.person.account.keyboard
    assert after is not None
    assert "request_contact" not in str(after)
    (row,) = await process.house.rows(Verification)
    assert len(str(row["phone"])) == 64
    assert "9101234567" not in str(row["phone"])


@pytest.mark.parametrize("owner", [0, 13])
async def test_a_forwarded_contact_verifies_nobody(
    anna: OnTelegram, process: Process, owner: int
) -> None:
    await anna.person.shares_contact("+79101234567", owner)
    assert anna.last.startswith("This is somebody else’s contact")
    assert await process.house.rows(Verification) == []


async def test_one_phone_is_one_voice(
    anna: OnTelegram, fake: FakeTelegram, process: Process
) -> None:
    other = OnTelegram(fake, fake.person(13, "Boris", "en"), "en")
    await other.joins()
    await anna.person.shares_contact("+79101234567")
    await other.person.shares_contact("89101234567")
    assert other.last.startswith("Somebody in this city is confirmed by this phone already")
    assert len(await process.house.rows(Verification)) == 1
