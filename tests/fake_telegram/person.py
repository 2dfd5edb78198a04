"""A person with a phone: what they do arrives at the bot as updates, what they see is asserted."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fake_telegram.world import EPOCH, Account

if TYPE_CHECKING:
    from tests.fake_telegram.server import FakeTelegram


@dataclass
class Shown:
    """A message of the bot as it stands on the screen now."""

    message_id: int
    text: str | None
    caption: str | None
    buttons: list[list[str]]
    photo: bytes | None
    document: tuple[str, bytes] | None
    location: dict[str, float] | None
    venue: dict[str, Any] | None
    entities: list[dict[str, Any]] = field(default_factory=list)


class Person:
    """Drives one private chat.

    Each action returns the id of its update. With `wait=True` it returns when the bot has
    acknowledged the update (confirmed offset, or a 2xx from the webhook), which is after handling.
    """

    def __init__(self, fake: "FakeTelegram", account: Account) -> None:
        self._fake = fake
        self.account = account
        self.id = account.id

    async def says(self, text: str, *, wait: bool = True) -> int:
        content: dict[str, Any] = {"text": text}
        if text.startswith("/"):
            command = text.split(maxsplit=1)[0]
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command)}]
        return await self._sends(content, wait)

    async def sends_photo(
        self, content: bytes, caption: str | None = None, *, wait: bool = True
    ) -> int:
        """Telegram shrinks it to 1280 px and re-encodes it."""
        photo = self._fake.world.keep_photo(content)
        return await self._sends({"photo": photo, "caption": caption}, wait)

    async def sends_album(
        self, contents: list[bytes], caption: str | None = None, *, late: int = 0
    ) -> list[int]:
        """Several photos at once: a message each, the caption with the first.

        The `late` last ones come only after the bot has dealt with the others, as on a slow phone.
        """
        name = str(self._fake.world.next_album())
        updates: list[int] = []
        for n, content in enumerate(contents):
            photo = self._fake.world.keep_photo(content)
            words = {"caption": caption} if caption and n == 0 else {}
            sent = {"photo": photo, "media_group_id": name, **words}
            updates.append(await self._sends(sent, n + 1 == len(contents) - late or late > 0))
        for update_id in updates:
            await self._fake.updates.acknowledged(update_id)
        return updates

    async def edits(self, update_id: int, words: str) -> int:
        """Change the text of what was sent with this update, or the caption under it."""
        message = self._fake.updates.all[update_id]["message"]
        field = "text" if "text" in message else "caption"
        changed = {**message, field: words, "edit_date": message["date"] + 1}
        return await self._push({"edited_message": changed}, True)

    async def sends_file(
        self, content: bytes, name: str, mime: str = "image/jpeg", *, wait: bool = True
    ) -> int:
        """A document arrives as it was."""
        kept = self._fake.world.keep_file(content, name, "documents")
        return await self._sends({"document": {**kept, "file_name": name, "mime_type": mime}}, wait)

    async def shares_location(
        self,
        lat: float,
        lon: float,
        *,
        live: int | None = None,
        forwarded: bool = False,
        wait: bool = True,
    ) -> int:
        """A pin, or where the person is; `live` for so many seconds, or somebody else's."""
        location = {"latitude": lat, "longitude": lon}
        if live is not None:
            location["live_period"] = live
        origin = {"type": "hidden_user", "sender_user_name": "Someone", "date": EPOCH}
        return await self._sends(
            {"location": location, **({"forward_origin": origin} if forwarded else {})}, wait
        )

    async def moves_on(self, update_id: int, lat: float, lon: float) -> int:
        """A live location goes on by itself: Telegram says that the message was changed."""
        message = self._fake.updates.all[update_id]["message"]
        location = {**message["location"], "latitude": lat, "longitude": lon}
        changed = {**message, "location": location, "edit_date": message["date"] + 1}
        return await self._push({"edited_message": changed}, True)

    async def shares_venue(self, lat: float, lon: float, title: str, address: str) -> int:
        location = {"latitude": lat, "longitude": lon}
        venue = {"location": location, "title": title, "address": address}
        return await self._sends({"location": location, "venue": venue}, True)

    async def shares_contact(self, phone: str, owner: int | None = None) -> int:
        """With the key for it the person's own contact; else that of `owner`, 0: of nobody here."""
        contact: dict[str, Any] = {"phone_number": phone, "first_name": "Somebody"}
        whose = self.id if owner is None else owner
        if whose:
            contact["user_id"] = whose
        return await self._sends({"contact": contact}, True)

    async def locates_in_a_group(self, lat: float, lon: float) -> int:
        """A location in a group that the bot is in, too."""
        message = {
            "message_id": 1,
            "date": EPOCH,
            "chat": {"id": -self.id, "type": "group", "title": "Yard"},
            "from": self.account.user(),
            "location": {"latitude": lat, "longitude": lon},
        }
        return await self._push({"message": message}, True)

    async def says_nothing(self, kind: str) -> int:
        """A voice message or a video, which no bot of ours can use."""
        kept = self._fake.world.keep_file(b"sound", f"{kind}.bin", "files")
        return await self._sends({kind: {**kept, "duration": 3, "width": 1, "height": 1}}, True)

    async def presses(self, label: str, *, wait: bool = True) -> int:
        """Press the newest button with this label: inline first, then the reply keyboard."""
        for message in reversed(self._messages()):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if button["text"] == label and "callback_data" in button:
                        return await self.presses_data(message, button["callback_data"], wait=wait)
        for row in (self.account.keyboard or {}).get("keyboard", []):
            for key in row:
                if key == label or (isinstance(key, dict) and key["text"] == label):
                    asks = {"request_location", "request_contact"} & set(key)
                    assert isinstance(key, str) or not asks, f"the key {label!r} says nothing"
                    return await self.says(label, wait=wait)
        raise AssertionError(f"No button {label!r}; there are {self.labels}")

    async def presses_data(
        self, message: dict[str, Any] | None, data: str, *, wait: bool = True
    ) -> int:
        """Press with any data, as a forger or an old message could."""
        query_id = f"{self.id}{len(self._fake.updates.all)}"
        self._fake.world.queries[query_id] = self.id
        query = {
            "id": query_id,
            "from": self.account.user(),
            "chat_instance": str(self.id * 7919),
            "data": data,
        }
        if message is not None:
            query["message"] = dict(message)
        return await self._push({"callback_query": query}, wait)

    async def blocks_bot(self, *, wait: bool = True) -> int:
        self.account.blocked = True
        return await self._membership("member", "kicked", wait)

    async def unblocks_bot(self, *, wait: bool = True) -> int:
        self.account.blocked = False
        return await self._membership("kicked", "member", wait)

    @property
    def sees(self) -> list[Shown]:
        """The bot's messages, oldest first."""
        return [self._shown(message) for message in self._messages()]

    @property
    def labels(self) -> list[str]:
        """Every inline button that can be pressed now."""
        return [label for shown in self.sees for row in shown.buttons for label in row]

    @property
    def keyboard(self) -> list[list[str]]:
        """The reply keyboard under the input field."""
        rows = (self.account.keyboard or {}).get("keyboard", [])
        return [[one if isinstance(one, str) else one["text"] for one in row] for row in rows]

    @property
    def toasts(self) -> list[tuple[str, bool]]:
        """Answers to presses: the text and whether it was an alert."""
        return self.account.toasts

    def _messages(self) -> list[dict[str, Any]]:
        world = self._fake.world
        return [
            message
            for message in world.messages.values()
            if message["chat"]["id"] == self.id and message["from"] is world.bot
        ]

    def _shown(self, message: dict[str, Any]) -> Shown:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        files = self._fake.world.files
        photo, document = message.get("photo"), message.get("document")
        return Shown(
            message_id=message["message_id"],
            text=message.get("text"),
            caption=message.get("caption"),
            buttons=[[button["text"] for button in row] for row in rows],
            photo=files[photo[-1]["file_id"]].content if photo else None,
            document=(document["file_name"], files[document["file_id"]].content)
            if document
            else None,
            location=message.get("location"),
            venue=message.get("venue"),
            entities=message.get("entities", message.get("caption_entities", [])),
        )

    async def _sends(self, content: dict[str, Any], wait: bool) -> int:
        self.account.started = True
        message = self._fake.world.add(self.account, by_bot=False, **content)
        return await self._push({"message": message}, wait)

    async def _membership(self, old: str, new: str, wait: bool) -> int:
        bot = self._fake.world.bot
        change = {
            "chat": self.account.chat(),
            "from": self.account.user(),
            "date": EPOCH,
            "old_chat_member": {"status": old, "user": bot, "until_date": 0},
            "new_chat_member": {"status": new, "user": bot, "until_date": 0},
        }
        return await self._push({"my_chat_member": change}, wait)

    async def _push(self, content: dict[str, Any], wait: bool) -> int:
        update_id = self._fake.updates.push(content)
        if wait:
            await self._fake.updates.acknowledged(update_id)
        return update_id
