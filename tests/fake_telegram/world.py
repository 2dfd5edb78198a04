"""What Telegram remembers: people, messages, files and pressed buttons."""

import io
import secrets
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.fake_telegram.refusals import Refused, bad

BOT_NAME = "guestcard_test_bot"
EPOCH = 1_790_000_000
MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024
PHOTO_SIDE = 1280


@dataclass
class Account:
    """A person as Telegram knows them."""

    id: int
    name: str
    language_code: str | None
    started: bool = False
    blocked: bool = False
    keyboard: dict[str, Any] | None = None
    toasts: list[tuple[str, bool]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)

    def user(self) -> dict[str, Any]:
        user = {"id": self.id, "is_bot": False, "first_name": self.name}
        if self.language_code:
            user["language_code"] = self.language_code
        return user

    def chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": self.name}


@dataclass
class StoredFile:
    """`path` is what getFile tells; `content` what is downloaded."""

    path: str
    name: str
    content: bytes


class World:
    """The state behind the Bot API of one bot."""

    def __init__(self, bot_id: int) -> None:
        self.bot = {
            "id": bot_id,
            "is_bot": True,
            "first_name": "Guestcard",
            "username": BOT_NAME,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.accounts: dict[int, Account] = {}
        self.messages: dict[int, dict[str, Any]] = {}
        self.files: dict[str, StoredFile] = {}
        self.queries: dict[str, int] = {}  # open callback queries and their person
        self.commands: dict[str, list[dict[str, str]]] = {}
        self._message_id = 0
        self._album = 13_000_000_000

    def next_album(self) -> int:
        """What holds the messages of one album together."""
        self._album += 1
        return self._album

    def reachable(self, chat_id: object) -> Account:
        """The person the bot may write to; refuses as Telegram does."""
        try:
            account = self.accounts[int(str(chat_id))]
        except (ValueError, KeyError):
            raise bad("chat not found") from None
        if account.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if not account.started:
            raise bad("chat not found")
        return account

    def add(self, account: Account, *, by_bot: bool, **content: Any) -> dict[str, Any]:
        """Store a message in a private chat and return it."""
        self._message_id += 1
        message = {
            "message_id": self._message_id,
            "date": EPOCH + self._message_id,
            "chat": account.chat(),
            "from": self.bot if by_bot else account.user(),
            **{key: value for key, value in content.items() if value not in (None, [])},
        }
        self.messages[self._message_id] = message
        return message

    def message(self, chat_id: int, message_id: int) -> dict[str, Any] | None:
        found = self.messages.get(message_id)
        return found if found and found["chat"]["id"] == chat_id else None

    def keep_file(self, content: bytes, name: str, folder: str) -> dict[str, Any]:
        file_id = secrets.token_urlsafe(18)
        path = f"{folder}/file_{len(self.files)}.{name.rpartition('.')[2] or 'bin'}"
        self.files[file_id] = StoredFile(path, name, content)
        return {"file_id": file_id, "file_unique_id": file_id[:12], "file_size": len(content)}

    def keep_photo(self, content: bytes) -> list[dict[str, Any]]:
        """Two sizes, re-encoded as JPEG and at most 1280 px, as Telegram does with photos."""
        if len(content) > MAX_PHOTO:
            raise bad("file is too big for a photo")
        try:
            picture = Image.open(io.BytesIO(content)).convert("RGB")
        except (OSError, ValueError):
            raise bad("IMAGE_PROCESS_FAILED") from None
        if sum(picture.size) > 10_000 or max(picture.size) > 20 * min(picture.size):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        return [self._photo_size(picture, side) for side in (320, PHOTO_SIDE)]

    def _photo_size(self, picture: Image.Image, side: int) -> dict[str, Any]:
        small = picture.copy()
        small.thumbnail((side, side))
        packed = io.BytesIO()
        small.save(packed, "JPEG", quality=87)
        kept = self.keep_file(packed.getvalue(), "photo.jpg", "photos")
        return {**kept, "width": small.width, "height": small.height}

    def file(self, file_id: str) -> StoredFile:
        try:
            return self.files[file_id]
        except KeyError:
            raise bad("invalid file_id") from None
