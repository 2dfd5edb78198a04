"""Members who have joined, agreed and been drawn a card, so that a benchmark meets a normal day."""

import asyncio
from pathlib import Path

from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.memory import MemoryStorage
from sqlalchemy import insert

from bot.city import CitySource
from bot.fsm_storage import StorageKey
from bot.migrate import upgrade
from bot.models import SentPicture
from bot.pictures import name_of
from bot.recognition import recognise
from handlers.chat.card import card
from handlers.links import Links
from handlers.texts import language
from handlers.turn import Turn
from services.cities.load import load_pack
from services.cities.pack import find_pack, read_pack
from services.clock import SystemClock
from services.database import Database
from services.members import consents, people
from services.members.consents import ConsentKind


def seed(folder: Path, *, members: int, bot_id: int, bot_name: str) -> None:
    """Fill `folder` with a database of Kaluga and members 1…`members` on Telegram."""
    url = f"sqlite+aiosqlite:///{folder / 'guestcard.db'}"
    upgrade(url)
    asyncio.run(_fill(url, members, bot_id, bot_name))


async def _fill(url: str, members: int, bot_id: int, bot_name: str) -> None:
    database, now = Database(url), SystemClock().now()
    async with database.transaction() as tx:
        await load_pack(tx, read_pack(find_pack("kaluga")), now)
    city = await CitySource(database, "kaluga").get()
    language.set("ru")
    async with database.transaction() as tx:
        for number in range(1, members + 1):
            member_id = await people.join(
                tx, city_id=city.id, channel="telegram", external_id=str(number),
                language="ru", via=None, now=now,
            )  # fmt: skip
            await consents.answer(
                tx, member_id=member_id, kind=ConsentKind.PERSONAL_DATA, given=True,
                text_version="1", language="ru", channel="telegram", now=now,
            )  # fmt: skip
            known = await recognise(tx, "telegram", str(number), "-", "-")
            assert known is not None
            turn = Turn(
                tx=tx,
                me=known.person,
                now=now,
                city=city,
                links=Links("https://guestcard.invalid", bot_name),
                state=FSMContext(MemoryStorage(), StorageKey(bot_id=1, chat_id=1, user_id=1)),
            )
            picture = (await card(None, turn)).picture
            assert picture is not None
            drawn = {
                "bot_id": bot_id,
                "picture": name_of(picture),
                "file_id": f"card-{number}",
                "at": now,
            }
            await tx.execute(insert(SentPicture).values(**drawn))
    await database.close()
