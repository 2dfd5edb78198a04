"""A picture whose id a channel has lost is drawn again, sent anew or put in place."""

from aiogram.types import Message

from bot.pictures import name_of
from handlers.screen import Picture, Screen
from tests.house import House
from tests.visitor import Visitor

PICTURE = Picture("card", {"balance": 1})


async def _loses(house: House) -> None:
    pictures = house.app.presenter._pictures
    pictures._remember(house.app.web.bot.id, name_of(PICTURE), "gone")


async def _photo(guest: Visitor) -> str:
    return str((await guest.sees())[-1].raw["photo"][-1]["file_id"])


async def test_sent_anew(house: House) -> None:
    guest = await house.guest()
    await _loses(house)
    screen = Screen("Card", picture=PICTURE)
    await house.app.presenter.send(house.app.web.bot, guest.account.chat_id, screen)
    assert await guest.last() == "Card"
    assert [kind for kind, _facts in house.drawn] == ["card"]
    assert await _photo(guest) != "gone"


async def test_put_in_place(house: House) -> None:
    guest, bot = await house.guest(), house.app.web.bot
    presenter = house.app.presenter
    other = Screen("Before", picture=Picture("card", {"balance": 0}))
    await presenter.send(bot, guest.account.chat_id, other)
    before = (await guest.sees())[-1].id
    await _loses(house)
    where = {"chat_id": guest.account.chat_id, "message_id": before}
    assert await presenter._replace_picture(bot, Screen("After", picture=PICTURE), PICTURE, where)
    seen = (await guest.sees())[-1]
    assert (seen.id, seen.text) == (before, "After")
    assert [facts for _kind, facts in house.drawn] == [{"balance": 0}, {"balance": 1}]
    assert await _photo(guest) != "gone"


async def test_words_below_a_picture_stand_alone_where_it_is_gone(house: House) -> None:
    guest, bot = await house.guest(), house.app.web.bot
    presenter = house.app.presenter
    chat_id = guest.account.chat_id
    await presenter.send(bot, chat_id, Screen("Before", picture=PICTURE))
    shown = (await guest.sees())[-1]
    facts = {"message_id": shown.id, "date": 0, "chat": {"id": chat_id, "type": "private"}}
    photo = {"file_unique_id": "u", "width": 1, "height": 1, **shown.raw["photo"][-1]}
    message = Message.model_validate({**facts, "photo": [photo]})
    below = Screen("After", keeps_picture=True)
    assert await presenter._replace(bot, message, below)
    assert [(m.id, m.text) for m in (await guest.sees())[-1:]] == [(shown.id, "After")]
    assert (await guest.sees())[-1].raw["photo"] == shown.raw["photo"]
    elsewhere = message.model_copy(update={"message_id": shown.id + 1000})
    assert not await presenter._replace(bot, elsewhere, below)
    await presenter.send(bot, chat_id, below)
    last = (await guest.sees())[-1]
    assert (last.text, "photo" in last.raw) == ("After", False)
