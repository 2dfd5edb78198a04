"""A strict fake of Telegram's Bot API over real HTTP, with people to drive it."""

from tests.fake_telegram.person import Person, Shown
from tests.fake_telegram.server import TOKEN, Call, FakeTelegram

__all__ = ["TOKEN", "Call", "FakeTelegram", "Person", "Shown"]
