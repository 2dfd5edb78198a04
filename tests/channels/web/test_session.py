"""Bot API methods in the web chat: what they do, their limits and Telegram's words for them."""

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendDice
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from sqlalchemy import func, select

from bot.channels.web import transcript
from bot.channels.web.models import WebFile, WebMessage
from tests.channels.web.echo import inline, png


@pytest.fixture
async def guest(site):
    return await site.guest()


@pytest.fixture
def bot(site):
    return site.channel.bot


@pytest.fixture
def chat(guest):
    return guest.account


async def refused(words, call):
    with pytest.raises(TelegramBadRequest) as refusal:
        await call
    assert refusal.value.message == f"Bad Request: {words}"


async def rows(database):
    async with database.reading() as tx:
        return (await tx.execute(select(func.count()).select_from(WebMessage))).scalar_one()


async def test_a_message_comes_back_bound_and_can_edit_itself(bot, chat):
    sent = await bot.send_message(chat, "<b>Раз</b>", parse_mode="HTML")
    assert (sent.text, sent.html_text, sent.chat.id) == ("Раз", "<b>Раз</b>", chat)
    assert (sent.from_user.id, sent.from_user.is_bot) == (1, True)
    edited = await sent.edit_text("Два", reply_markup=inline([("Да", "y")]))
    assert (edited.message_id, edited.text) == (sent.message_id, "Два")
    assert edited.reply_markup.inline_keyboard[0][0].callback_data == "y"
    assert edited.edit_date is not None


async def test_editing_text_drops_the_keyboard_when_none_is_given(bot, chat):
    sent = await bot.send_message(chat, "Раз", reply_markup=inline([("Да", "y")]))
    edited = await sent.edit_text("Два")
    assert edited.reply_markup is None


async def test_editing_only_the_keyboard_keeps_the_text(bot, chat):
    sent = await bot.send_message(chat, "<i>Раз</i>", parse_mode="HTML")
    edited = await sent.edit_reply_markup(reply_markup=inline([("Да", "y")]))
    assert (edited.html_text, edited.reply_markup.inline_keyboard[0][0].text) == (
        "<i>Раз</i>",
        "Да",
    )


async def test_limits_of_a_text(bot, chat, sqlite_database):
    before = await rows(sqlite_database)
    await refused("message text is empty", bot.send_message(chat, "  "))
    await refused("message is too long", bot.send_message(chat, "я" * 4097))
    words = 'can\'t parse entities: unsupported start tag "x"'
    await refused(words, bot.send_message(chat, "<x>", parse_mode="HTML"))
    await refused("chat not found", bot.send_message(999, "x"))
    assert await rows(sqlite_database) == before
    longest = await bot.send_message(chat, f"<b>{'я' * 4096}</b>", parse_mode="HTML")
    assert len(longest.text) == 4096


async def test_limits_of_buttons(bot, chat, sqlite_database):
    before = await rows(sqlite_database)

    async def send(**button):
        markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(**button)]])
        await bot.send_message(chat, "x", reply_markup=markup)

    await refused("BUTTON_DATA_INVALID", send(text="x", callback_data="я" * 33))
    await refused("BUTTON_DATA_INVALID", send(text="x", callback_data=""))
    await refused("BUTTON_URL_INVALID", send(text="x", url="javascript:alert(1)"))
    await refused("Text buttons are unallowed in the inline keyboard", send(text="x"))
    assert await rows(sqlite_database) == before
    await send(text="x", callback_data="я" * 32)
    assert await rows(sqlite_database) == before + 1


async def test_refused_edits_change_nothing(bot, chat, site, guest):
    sent = await bot.send_message(chat, "Раз")
    talk = await guest.socket()
    await talk.say("cid-00000001", "моё")
    mine = next(f for f in (await guest.socket()).sync["changes"] if f["mine"])
    edit = bot.edit_message_text
    not_modified = (
        "message is not modified: specified new message content and reply markup are exactly "
        "the same as a current content and reply markup of the message"
    )
    await refused(not_modified, edit("Раз", chat_id=chat, message_id=sent.message_id))
    await refused("message to edit not found", edit("x", chat_id=chat, message_id=999))
    await refused("message can't be edited", edit("x", chat_id=chat, message_id=mine["id"]))
    caption = bot.edit_message_caption
    words = "there is no caption in the message to edit"
    await refused(words, caption(chat_id=chat, message_id=sent.message_id, caption="x"))
    entry = await site.channel.chats.find(chat, sent.message_id)
    assert (entry.payload, entry.seq) == ({"text": "Раз"}, sent.message_id)


async def test_deleting(bot, chat):
    sent = await bot.send_message(chat, "Раз")
    assert await sent.delete() is True
    await refused("message to delete not found", sent.delete())
    await refused("message to edit not found", sent.edit_text("x"))


async def test_a_photo_its_caption_and_its_reuse(bot, chat, site, sqlite_database):
    photo = BufferedInputFile(png(30, 20), "card.png")
    sent = await bot.send_photo(chat, photo, caption="<b>Карта</b>", parse_mode="HTML")
    size = sent.photo[-1]
    assert (size.width, size.height, sent.caption) == (30, 20, "Карта")
    again = await bot.send_photo(chat, size.file_id)
    assert again.photo[-1].file_id == size.file_id
    other = await site.guest()
    theirs = await bot.send_photo(other.account, size.file_id)
    assert theirs.photo[-1].file_id != size.file_id
    assert (await bot.download(theirs.photo[-1])).read() == png(30, 20)
    async with sqlite_database.reading() as tx:
        paths = (await tx.execute(select(WebFile.path))).scalars().all()
    assert (len(paths), len(set(paths))) == (2, 1)
    await refused("message caption is too long", sent.edit_caption(caption="я" * 1025))
    edited = await sent.edit_caption(caption="Иначе", reply_markup=inline([("Да", "y")]))
    assert (edited.caption, edited.photo[-1].file_id) == ("Иначе", size.file_id)
    words = "there is no text in the message to edit"
    await refused(words, edited.edit_text("x"))


async def test_replacing_a_photo(bot, chat):
    sent = await bot.send_photo(chat, BufferedInputFile(png(30, 20), "a.png"), caption="Раз")
    media = InputMediaPhoto(media=BufferedInputFile(png(10, 10), "b.png"), caption="Два")
    edited = await sent.edit_media(media)
    assert (edited.photo[-1].width, edited.caption) == (10, "Два")


async def test_what_is_no_picture_is_refused(bot, chat, tmp_path):
    file = BufferedInputFile(b"GIF89a and more", "a.gif")
    await refused("IMAGE_PROCESS_FAILED", bot.send_photo(chat, file))
    await refused("wrong file identifier/HTTP URL specified", bot.send_photo(chat, "nothing"))
    assert not (tmp_path / "web").exists()


async def test_a_document_a_place_and_a_venue(bot, chat):
    sent = await bot.send_document(chat, BufferedInputFile(b"{}", "данные.json"))
    assert (sent.document.file_name, sent.document.mime_type) == ("данные.json", "application/json")
    assert (await bot.download(sent.document)).read() == b"{}"
    venue = await bot.send_venue(chat, 54.5, 36.2, "Музей", "Королёва, 2")
    assert (venue.venue.title, venue.location.latitude) == ("Музей", 54.5)
    place = await bot.send_location(chat, 54.5, 36.2)
    assert place.location.longitude == 36.2


async def test_the_reply_keyboard_is_kept_apart_from_the_message(bot, chat, guest):
    keys = [[KeyboardButton(text="Раз"), KeyboardButton(text="Два")]]
    sent = await bot.send_message(chat, "x", reply_markup=ReplyKeyboardMarkup(keyboard=keys))
    assert sent.reply_markup is None
    assert (await guest.socket()).sync["keyboard"]["rows"] == [[{"text": "Раз"}, {"text": "Два"}]]
    await bot.send_message(chat, "y", reply_markup=ReplyKeyboardRemove())
    assert (await guest.socket()).sync["keyboard"] is None


async def test_commands_are_offered_by_chat_then_language(bot, chat, guest):
    async def offered():
        return [item["command"] for item in (await guest.socket()).sync["commands"]]

    assert await offered() == []
    await bot.set_my_commands([BotCommand(command="card", description="Card")])
    await bot.set_my_commands([BotCommand(command="karta", description="К")], language_code="ru")
    assert await offered() == ["karta"]
    scope = BotCommandScopeChat(chat_id=chat)
    await bot.set_my_commands([BotCommand(command="staff", description="S")], scope=scope)
    assert await offered() == ["staff"]


async def test_an_answer_to_a_press_that_nobody_waits_for(bot):
    words = "query is too old and response timeout expired or query ID is invalid"
    await refused(words, bot.answer_callback_query("1:cid-00000001"))


async def test_unknown_methods_are_refused(bot, chat):
    await refused("the web chat does not have this method", bot(SendDice(chat_id=chat)))


async def test_me(bot):
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.first_name) == (1, True, "Гостевая карта Калуги")


async def test_the_transcript_survives_a_restart(open_site, site, bot, chat):
    sent = await bot.send_message(chat, "Раз", reply_markup=inline([("Да", "y")]))
    again = await open_site()
    later = await again.channel.bot.send_message(chat, "Два")
    assert later.message_id > sent.message_id
    edited = await again.channel.bot.edit_message_text(
        "Три", chat_id=chat, message_id=sent.message_id
    )
    assert edited.text == "Три"


async def test_replay_folds_changes_and_lists_deletions(bot, chat, site):
    first = await bot.send_message(chat, "Раз")
    second = await bot.send_message(chat, "Два")
    changes = await site.channel.chats.changes(chat, 0)
    assert changes.reset
    await first.edit_text("Раз!")
    await first.edit_text("Раз!!")
    await second.delete()
    replay = await site.channel.chats.changes(chat, changes.seq)
    assert not replay.reset
    assert [(e.message_id, e.payload.get("text"), e.deleted) for e in replay.entries] == [
        (first.message_id, "Раз!!", False),
        (second.message_id, None, True),
    ]
    assert replay.seq == changes.seq + 3
    beyond = await site.channel.chats.changes(chat, replay.seq + 100)
    assert beyond.reset
    assert second.message_id not in [e.message_id for e in beyond.entries]


async def test_a_long_absence_gives_the_newest_window(bot, chat, site, monkeypatch):
    monkeypatch.setattr(transcript, "WINDOW", 3)
    sent = [await bot.send_message(chat, f"{n}") for n in range(6)]
    changes = await site.channel.chats.changes(chat, sent[0].message_id)
    assert changes.reset
    assert [e.payload["text"] for e in changes.entries] == ["3", "4", "5"]


async def test_forgetting_a_chat_erases_all_of_it(bot, chat, site, guest, tmp_path):
    await bot.send_photo(chat, BufferedInputFile(png(), "a.png"))
    await site.channel.forget(chat)
    await refused("chat not found", bot.send_message(chat, "x"))
    assert await (await guest.get("/api/me")).json() == {"account": None}
    assert [p for p in (tmp_path / "web").rglob("*") if p.is_file()] == []
