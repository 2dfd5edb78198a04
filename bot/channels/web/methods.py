"""What each Bot API method does in the web chat."""

import mimetypes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot.channels.web import limits, pictures
from bot.channels.web.chats import Chats
from bot.channels.web.files import Files, Stored
from bot.channels.web.limits import Broken
from bot.channels.web.pictures import Picture
from bot.channels.web.transcript import Entry
from services.images.contract import Unopenable


@dataclass(frozen=True, slots=True)
class Desk:
    """What the methods work on. `open_queries` are the presses that wait for an answer."""

    chats: Chats
    files: Files
    me: dict[str, Any]
    open_queries: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Call:
    """Arguments with defaults resolved, and the bytes behind `attach://` references."""

    arguments: dict[str, Any]
    uploads: dict[str, tuple[str, bytes]]

    def __getitem__(self, name: str) -> Any:
        return self.arguments.get(name)

    @property
    def chat_id(self) -> int:
        """The chat addressed; raises Broken when it cannot be one."""
        try:
            return int(self["chat_id"])
        except (TypeError, ValueError) as error:
            raise Broken("chat not found") from error


Method = Callable[[Desk, Call], Awaitable[Any]]


def as_message(desk: Desk, entry: Entry) -> dict[str, Any]:
    """A stored message in the shape of the Bot API."""
    chat = {"id": entry.chat_id, "type": "private", "first_name": "Guest"}
    guest = {"id": entry.chat_id, "is_bot": False, "first_name": "Guest"}
    return {
        "message_id": entry.message_id,
        "date": int(entry.at.timestamp()),
        "chat": chat,
        "from": guest if entry.mine else desk.me,
        **entry.payload,
    }


async def get_me(desk: Desk, call: Call) -> Any:
    return desk.me


async def get_file(desk: Desk, call: Call) -> Any:
    stored = await desk.files.find(call["file_id"])
    if stored is None:
        raise Broken("wrong file_id or the file is temporarily unavailable")
    return {
        "file_id": stored.id,
        "file_unique_id": stored.id,
        "file_size": stored.size,
        "file_path": stored.path,
    }


async def send_message(desk: Desk, call: Call) -> Any:
    fields = limits.text_fields(call["text"], call["parse_mode"], call["entities"])
    return await _send(desk, call, fields)


async def send_photo(desk: Desk, call: Call) -> Any:
    return await _send_media(desk, call, "photo", call["photo"])


async def send_document(desk: Desk, call: Call) -> Any:
    return await _send_media(desk, call, "document", call["document"])


async def send_location(desk: Desk, call: Call) -> Any:
    return await _send(desk, call, {"location": _location(call)})


async def send_venue(desk: Desk, call: Call) -> Any:
    if not call["title"]:
        raise Broken("venue title is empty")
    location = _location(call)
    venue = {"location": location, "title": call["title"], "address": call["address"] or ""}
    return await _send(desk, call, {"venue": venue, "location": location})


async def send_chat_action(desk: Desk, call: Call) -> Any:
    await desk.chats.lines.send(call.chat_id, {"t": "typing", "action": call["action"]})
    return True


async def edit_text(desk: Desk, call: Call) -> Any:
    entry = await _own(desk, call)
    if "text" not in entry.payload:
        raise Broken("there is no text in the message to edit")
    fields = limits.text_fields(call["text"], call["parse_mode"], call["entities"])
    return await _edit(desk, call, entry, fields)


async def edit_caption(desk: Desk, call: Call) -> Any:
    entry = await _own(desk, call)
    media = _media_of(entry)
    if not media:
        raise Broken("there is no caption in the message to edit")
    fields = limits.caption_fields(call["caption"], call["parse_mode"], call["caption_entities"])
    return await _edit(desk, call, entry, {**media, **fields})


async def edit_media(desk: Desk, call: Call) -> Any:
    entry = await _own(desk, call)
    media = call["media"] or {}
    if not _media_of(entry) or media.get("type") not in ("photo", "document"):
        raise Broken("message can't be edited")
    caption = limits.caption_fields(
        media.get("caption"), media.get("parse_mode"), media.get("caption_entities")
    )
    stored = await _file(desk, call, media["type"], media.get("media"))
    return await _edit(desk, call, entry, {**stored.bot_api(), **caption})


async def edit_markup(desk: Desk, call: Call) -> Any:
    entry = await _own(desk, call)
    kept = {key: value for key, value in entry.payload.items() if key != "reply_markup"}
    return await _edit(desk, call, entry, kept)


async def delete_message(desk: Desk, call: Call) -> Any:
    if await desk.chats.remove(call.chat_id, call["message_id"]) is None:
        raise Broken("message to delete not found")
    return True


async def answer_callback_query(desk: Desk, call: Call) -> Any:
    query = call["callback_query_id"] or ""
    if len(call["text"] or "") > limits.CALLBACK_ANSWER:
        raise Broken("MESSAGE_TOO_LONG")
    if query not in desk.open_queries:
        raise Broken(limits.QUERY_TOO_OLD)
    desk.open_queries.discard(query)
    chat_id, _, cid = query.partition(":")
    kind = "alert" if call["show_alert"] else "toast"
    frame = {"t": kind, "cid": cid, "text": call["text"] or ""}
    await desk.chats.lines.send(int(chat_id), frame)
    return True


async def set_my_commands(desk: Desk, call: Call) -> Any:
    commands = [
        {"command": command["command"], "description": command["description"]}
        for command in call["commands"]
    ]
    desk.chats.commands[_scope(call)] = commands
    chat_id, _ = _scope(call)
    if chat_id is not None:
        await desk.chats.lines.send(chat_id, {"t": "commands", "commands": commands})
    return True


async def get_my_commands(desk: Desk, call: Call) -> Any:
    return desk.chats.commands.get(_scope(call), [])


async def delete_my_commands(desk: Desk, call: Call) -> Any:
    desk.chats.commands.pop(_scope(call), None)
    return True


async def unknown(desk: Desk, call: Call) -> Any:
    raise Broken("the web chat does not have this method")


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "getFile": get_file,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendLocation": send_location,
    "sendVenue": send_venue,
    "sendChatAction": send_chat_action,
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageMedia": edit_media,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_callback_query,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
}


def _scope(call: Call) -> tuple[int | None, str]:
    chat_id = (call["scope"] or {}).get("chat_id")
    return (None if chat_id is None else int(chat_id), call["language_code"] or "")


def _location(call: Call) -> dict[str, float]:
    return {"latitude": call["latitude"], "longitude": call["longitude"]}


def _media_of(entry: Entry) -> dict[str, Any]:
    return {key: entry.payload[key] for key in ("photo", "document") if key in entry.payload}


async def _send(desk: Desk, call: Call, fields: dict[str, Any]) -> dict[str, Any]:
    inline = limits.inline_keyboard(call["reply_markup"])
    payload = {**fields, **({"reply_markup": inline} if inline else {})}
    keyboard = limits.reply_keyboard(call["reply_markup"])
    entry = await desk.chats.add(call.chat_id, payload, keyboard=keyboard)
    if entry is None:
        raise Broken("chat not found")
    return as_message(desk, entry)


async def _send_media(desk: Desk, call: Call, kind: str, media: Any) -> Any:
    limits.inline_keyboard(call["reply_markup"])
    caption = limits.caption_fields(call["caption"], call["parse_mode"], call["caption_entities"])
    stored = await _file(desk, call, kind, media)
    return await _send(desk, call, {**stored.bot_api(), **caption})


async def _file(desk: Desk, call: Call, kind: str, media: Any) -> Stored:
    now = desk.chats.clock.now()
    if not isinstance(media, str) or not media.startswith("attach://"):
        stored = await desk.files.reuse(str(media), call.chat_id, now)
        if stored is None or stored.kind != kind:
            raise Broken("wrong file identifier/HTTP URL specified")
        return stored
    name, data = call.uploads[media]
    picture = _picture(data) if kind == "photo" else None
    if not data or len(data) > limits.DOCUMENT_BYTES:
        raise Broken("file must be non-empty" if not data else "file is too big")
    if not await desk.chats.exists(call.chat_id):
        raise Broken("chat not found")
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return await desk.files.keep(
        call.chat_id,
        data,
        name=name,
        media_type=picture.media_type if picture else guessed,
        picture=picture,
        now=now,
    )


def _picture(data: bytes) -> Picture:
    """Type and size of a photo from ourselves."""
    try:
        if len(data) <= limits.PHOTO_BYTES:
            return pictures.bare(data)[1]
    except Unopenable:
        pass
    raise Broken("IMAGE_PROCESS_FAILED")


async def _own(desk: Desk, call: Call) -> Entry:
    entry = await desk.chats.find(call.chat_id, call["message_id"] or 0)
    if entry is None:
        raise Broken("message to edit not found")
    if entry.mine:
        raise Broken("message can't be edited")
    return entry


async def _edit(desk: Desk, call: Call, entry: Entry, fields: dict[str, Any]) -> dict[str, Any]:
    inline = limits.inline_keyboard(call["reply_markup"])
    payload = {**fields, **({"reply_markup": inline} if inline else {})}
    if limits.same(payload, entry.payload):
        raise Broken(limits.NOT_MODIFIED)
    payload["edit_date"] = int(desk.chats.clock.now().timestamp())
    changed = await desk.chats.change(entry.chat_id, entry.message_id, payload)
    if changed is None:
        raise Broken("message to edit not found")
    return as_message(desk, changed)
