"""The echo bot as a process of its own, to be killed: `python -m … URL`.

Prints a line for each update it begins. With `--hang` it never finishes one.
"""

import asyncio
import sys
from typing import Any

from aiogram import Dispatcher
from aiogram.types import Message

from bot.channels.telegram import TelegramChannel
from tests.fake_telegram import TOKEN


async def main(url: str, *, hang: bool) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: Message, **_: Any) -> None:
        print("began", message.text, flush=True)
        if hang and message.text == "slow":
            await asyncio.Event().wait()
        await message.answer(f"You said: {message.text}")

    await TelegramChannel(TOKEN, dispatcher, api_url=url).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], hang="--hang" in sys.argv))
