"""The Bot API methods that the bot may call."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.fake_telegram.editing import Editing
from tests.fake_telegram.refusals import (
    MAX_CAPTION,
    MAX_TEXT,
    MAX_TOAST,
    TOO_OLD,
    Params,
    Refused,
    bad,
    checked_markup,
    words_of,
)
from tests.fake_telegram.updates import Updates
from tests.fake_telegram.world import MAX_DOWNLOAD, World

Method = Callable[[Params], Awaitable[Any]]
ACTIONS = {"typing", "upload_photo", "upload_document", "find_location", "choose_sticker"}
ACCEPTED = (
    "setMyDescription",
    "setMyShortDescription",
    "setMyName",
    "setChatMenuButton",
)


class Methods(Editing):
    """Each method takes the parameters and returns the result, or raises Refused."""

    def __init__(self, world: World, updates: Updates) -> None:
        super().__init__(world)
        self.updates = updates

    def table(self) -> dict[str, Method]:
        """Methods by lower-case name, as Telegram looks them up."""
        known: dict[str, Method] = {
            "getMe": self.get_me,
            "getUpdates": self.get_updates,
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": self.get_webhook_info,
            "setMyCommands": self.set_my_commands,
            "getMyCommands": self.get_my_commands,
            "deleteMyCommands": self.set_my_commands,
            "sendMessage": self.send_message,
            "sendPhoto": self.send_photo,
            "sendDocument": self.send_document,
            "sendMediaGroup": self.send_media_group,
            "sendLocation": self.send_location,
            "sendVenue": self.send_venue,
            "sendChatAction": self.send_chat_action,
            "editMessageText": self.edit_text,
            "editMessageCaption": self.edit_caption,
            "editMessageMedia": self.edit_media,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete_message,
            "answerCallbackQuery": self.answer_callback_query,
            "getFile": self.get_file,
            **dict.fromkeys(ACCEPTED, self.accept),
        }
        return {name.lower(): method for name, method in known.items()}

    async def accept(self, _: Params) -> bool:
        return True

    async def get_me(self, _: Params) -> dict[str, Any]:
        return self.world.bot

    async def get_updates(self, p: Params) -> list[dict[str, Any]]:
        allowed = p.data("allowed_updates")
        if allowed is not None:
            self.updates.allowed = list(allowed)
        limit = min(max(p.number("limit", 100), 1), 100)
        return await self.updates.take(p.number("offset"), limit, min(p.number("timeout"), 50))

    async def set_webhook(self, p: Params) -> bool:
        url = p.text("url")
        if url and not url.startswith(("https://", "http://127.0.0.1:")):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if p.data("allowed_updates") is not None:
            self.updates.allowed = list(p.data("allowed_updates"))
        if p.flag("drop_pending_updates"):
            self.updates.pending.clear()
        self.updates.set_webhook({**p.values, "url": url} if url else {})
        return True

    async def delete_webhook(self, p: Params) -> bool:
        if p.flag("drop_pending_updates"):
            self.updates.pending.clear()
        self.updates.set_webhook({})
        return True

    async def get_webhook_info(self, _: Params) -> dict[str, Any]:
        return {
            "url": self.updates.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.pending),
            "allowed_updates": self.updates.allowed,
            "last_error_message": self.updates.last_error,
        }

    async def set_my_commands(self, p: Params) -> bool:
        self.world.commands[p.text("language_code")] = p.data("commands") or []
        return True

    async def get_my_commands(self, p: Params) -> list[dict[str, str]]:
        return self.world.commands.get(p.text("language_code"), [])

    async def send_message(self, p: Params) -> dict[str, Any]:
        words = words_of(p.text("text"), p.text("parse_mode"), MAX_TEXT, "message is too long")
        if not words["text"]:
            raise bad("message text is empty")
        return self._send(p, **words)

    async def send_photo(self, p: Params) -> dict[str, Any]:
        return self._send(p, photo=self.photo_of(p), **self.caption_of(p))

    async def send_document(self, p: Params) -> dict[str, Any]:
        return self._send(p, document=self.document_of(p), **self.caption_of(p))

    async def send_media_group(self, p: Params) -> list[dict[str, Any]]:
        media = p.data("media") or []
        if not 2 <= len(media) <= 10:
            raise bad("wrong number of messages in the album: expected 2-10")
        return [self._send(p, **self.media_of(p, one)) for one in media]

    async def send_location(self, p: Params) -> dict[str, Any]:
        return self._send(p, location=_point(p))

    async def send_venue(self, p: Params) -> dict[str, Any]:
        if not p.text("title") or not p.text("address"):
            raise bad("venue title and address must not be empty")
        venue = {"location": _point(p), "title": p.text("title"), "address": p.text("address")}
        return self._send(p, venue=venue, location=venue["location"])

    async def send_chat_action(self, p: Params) -> bool:
        if p.text("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        self.world.reachable(p.text("chat_id")).actions.append(p.text("action"))
        return True

    def _send(self, p: Params, **content: Any) -> dict[str, Any]:
        markup = checked_markup(p.data("reply_markup"))
        account = self.world.reachable(p.text("chat_id"))
        inline = markup if markup and "inline_keyboard" in markup else None
        if markup and "keyboard" in markup:
            account.keyboard = markup
        elif markup and "remove_keyboard" in markup:
            account.keyboard = None
        return self.world.add(account, by_bot=True, reply_markup=inline, **content)

    def caption_of(self, p: Params) -> dict[str, Any]:
        words = words_of(
            p.text("caption"), p.text("parse_mode"), MAX_CAPTION, "message caption is too long"
        )
        return {"caption": words["text"], "caption_entities": words["entities"]}

    async def answer_callback_query(self, p: Params) -> bool:
        person = self.world.queries.pop(p.text("callback_query_id"), None)
        if person is None:
            raise Refused(400, TOO_OLD)
        if len(p.text("text")) > MAX_TOAST:
            raise bad("MESSAGE_TOO_LONG")
        if p.text("text"):
            toast = p.text("text"), p.flag("show_alert")
            self.world.accounts[person].toasts.append(toast)
        return True

    async def get_file(self, p: Params) -> dict[str, Any]:
        stored = self.world.file(p.text("file_id"))
        if len(stored.content) > MAX_DOWNLOAD:
            raise bad("file is too big")
        return {
            "file_id": p.text("file_id"),
            "file_unique_id": p.text("file_id")[:12],
            "file_size": len(stored.content),
            "file_path": stored.path,
        }


def _point(p: Params) -> dict[str, float]:
    latitude, longitude = p.real("latitude"), p.real("longitude")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad("wrong location")
    return {"latitude": latitude, "longitude": longitude}
