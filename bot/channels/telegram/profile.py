"""One question to Telegram from the command line: what is the bot called?"""

from aiogram import Bot
from aiogram.exceptions import AiogramError

from bot.channels.telegram.session import TelegramSession

_SECONDS = 5


async def user_name(token: str, api_url: str | None, proxy: str | None) -> str | None:
    """The bot's user name, or None when Telegram does not answer within five seconds."""
    bot = Bot(token, TelegramSession(api_url, proxy))
    try:
        return (await bot.get_me(request_timeout=_SECONDS)).username
    except (AiogramError, TimeoutError):
        return None
    finally:
        await bot.session.close()
