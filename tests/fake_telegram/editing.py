"""Methods that change or remove a message, with the refusals of each."""

from typing import Any

from tests.fake_telegram.refusals import (
    MAX_CAPTION,
    MAX_TEXT,
    NOT_MODIFIED,
    Params,
    Refused,
    bad,
    checked_markup,
    words_of,
)
from tests.fake_telegram.world import World

MEDIA = ("photo", "document", "caption", "caption_entities")


class Editing:
    """The part of the Bot API about messages that exist."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def edit_text(self, p: Params) -> dict[str, Any]:
        words = words_of(p.text("text"), p.text("parse_mode"), MAX_TEXT, "MESSAGE_TOO_LONG")
        if not words["text"]:
            raise bad("message text is empty")
        message = self._mine(p, "edit")
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        return self._change(message, p, ("text", "entities"), words)

    async def edit_caption(self, p: Params) -> dict[str, Any]:
        words = words_of(
            p.text("caption"), p.text("parse_mode"), MAX_CAPTION, "message caption is too long"
        )
        message = self._mine(p, "edit")
        if not {"photo", "document"} & set(message):
            raise bad("there is no caption in the message to edit")
        new = {"caption": words["text"], "caption_entities": words["entities"]}
        return self._change(message, p, ("caption", "caption_entities"), new)

    async def edit_media(self, p: Params) -> dict[str, Any]:
        message = self._mine(p, "edit")
        if "text" in message or "location" in message:
            raise bad("there is no media in the message to edit")
        return self._change(message, p, MEDIA, self.media_of(p, p.data("media") or {}))

    async def edit_markup(self, p: Params) -> dict[str, Any]:
        return self._change(self._mine(p, "edit"), p, (), {})

    async def delete_message(self, p: Params) -> bool:
        account = self.world.reachable(p.text("chat_id"))
        if self.world.message(account.id, p.number("message_id")) is None:
            raise bad("message to delete not found")
        del self.world.messages[p.number("message_id")]
        return True

    def _mine(self, p: Params, deed: str) -> dict[str, Any]:
        account = self.world.reachable(p.text("chat_id"))
        message = self.world.message(account.id, p.number("message_id"))
        if message is None:
            raise bad(f"message to {deed} not found")
        if message["from"] is not self.world.bot:
            raise bad("message can't be edited")
        return message

    def _change(
        self, message: dict[str, Any], p: Params, fields: tuple[str, ...], new: dict[str, Any]
    ) -> dict[str, Any]:
        """Replace the fields and the keyboard, which is dropped when none is passed."""
        fields = (*fields, "reply_markup")
        content = {**new, "reply_markup": checked_markup(p.data("reply_markup"))}
        content = {key: value for key, value in content.items() if value not in (None, [], "")}
        if content == {key: message[key] for key in fields if key in message}:
            raise Refused(400, NOT_MODIFIED)
        for key in fields:
            message.pop(key, None)
        message.update(content, edit_date=message["date"] + 1)
        return message

    def photo_of(self, p: Params, name: str = "photo") -> list[dict[str, Any]]:
        """An uploaded photo, or one Telegram has already, by its file_id."""
        upload = p.upload(name)
        if upload is None:
            return self._known_photo(p.text(name))
        return self.world.keep_photo(upload[1])

    def document_of(self, p: Params, name: str = "document") -> dict[str, Any]:
        upload = p.upload(name)
        if upload is None:
            stored = self.world.file(p.text(name))
            return {**self._file_facts(p.text(name)), "file_name": stored.name}
        if not upload[1]:
            raise bad("file must be non-empty")
        kept = self.world.keep_file(upload[1], upload[0], "documents")
        return {**kept, "file_name": upload[0]}

    def media_of(self, p: Params, media: dict[str, Any]) -> dict[str, Any]:
        """The content of an InputMedia: photo or document with caption."""
        kind = media.get("type")
        if kind not in {"photo", "document"}:
            raise bad("can't parse InputMedia: type not supported")
        part = Params({kind: media.get("media")}, p.files)
        words = words_of(
            media.get("caption") or "",
            media.get("parse_mode") or "",
            MAX_CAPTION,
            "message caption is too long",
        )
        content = self.photo_of(part) if kind == "photo" else self.document_of(part)
        return {kind: content, "caption": words["text"], "caption_entities": words["entities"]}

    def _known_photo(self, file_id: str) -> list[dict[str, Any]]:
        for message in self.world.messages.values():
            sizes: list[dict[str, Any]] = message.get("photo", [])
            if any(size["file_id"] == file_id for size in sizes):
                return sizes
        raise bad("wrong file identifier/HTTP URL specified")

    def _file_facts(self, file_id: str) -> dict[str, Any]:
        size = len(self.world.file(file_id).content)
        return {"file_id": file_id, "file_unique_id": file_id[:12], "file_size": size}
