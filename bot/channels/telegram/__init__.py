"""Telegram: polling or webhook, on aiogram's types but with its own delivery and pacing."""

from bot.channels.telegram.channel import DRAIN_SECONDS, TelegramChannel
from bot.channels.telegram.pacing import Pacer, bulk
from bot.channels.telegram.session import ChannelDown

__all__ = ["DRAIN_SECONDS", "ChannelDown", "Pacer", "TelegramChannel", "bulk"]
