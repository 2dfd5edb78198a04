"""What Telegram refuses, in its own words, and the parameters of a call however they came."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.fake_telegram.markup import MarkupError, to_entities

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_TOAST = 200
MAX_DATA = 64
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """An answer with `"ok": false`."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad(words: str) -> Refused:
    return Refused(400, f"Bad Request: {words}")


def too_many(seconds: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass
class Params:
    """Parameters of one call: from a query, a form, a multipart form or JSON."""

    values: dict[str, Any]
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        return value if isinstance(value, str) else str(value)

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            raise bad(f"invalid parameter {name}") from None

    def real(self, name: str) -> float:
        try:
            return float(self.values[name])
        except (KeyError, TypeError, ValueError):
            raise bad(f"invalid parameter {name}") from None

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in {"true", "1"}

    def data(self, name: str) -> Any:
        """A JSON-serialised parameter, or the object itself in a JSON body."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None

    def upload(self, name: str) -> tuple[str, bytes] | None:
        """The uploaded file a parameter stands for, directly or by `attach://`."""
        return self.attached(self.values.get(name)) or self.files.get(name)

    def attached(self, reference: object) -> tuple[str, bytes] | None:
        if not isinstance(reference, str) or not reference.startswith("attach://"):
            return None
        try:
            return self.files[reference.removeprefix("attach://")]
        except KeyError:
            raise bad("can't parse InputMedia: media not found") from None


def words_of(raw: str, parse_mode: str, limit: int, too_long: str) -> dict[str, Any]:
    """The visible text and its entities. Lengths are counted after the markup is taken away."""
    entities: list[dict[str, Any]] = []
    text = raw
    if parse_mode.upper() == "HTML":
        try:
            text, entities = to_entities(raw)
        except MarkupError as error:
            raise bad(f"can't parse entities: {error}") from None
    elif parse_mode:
        raise bad(f"unsupported parse_mode {parse_mode}")
    text = text.strip()
    if len(text) > limit:
        raise bad(too_long)
    return {"text": text, "entities": entities}


def checked_markup(markup: Any) -> dict[str, Any] | None:
    """A keyboard as Telegram would take it; None if there is none."""
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    for row in markup.get("inline_keyboard", []):
        for button in row:
            _check_inline(button)
    for row in markup.get("keyboard", []):
        for button in row:
            _check_reply(button)
    if len(markup.get("input_field_placeholder", "")) > 64:
        raise bad("input field placeholder is too long")
    return markup


_REQUESTS = frozenset(
    {"request_users", "request_chat", "request_contact", "request_location", "request_poll"}
    | {"web_app"}
)


def _check_reply(button: Any) -> None:
    if not (button if isinstance(button, str) else button.get("text")):
        raise bad("keyboard button text must not be empty")
    if isinstance(button, dict):
        if set(button) - _REQUESTS - {"text", "style", "icon_custom_emoji_id"}:
            raise bad("field of type KeyboardButton is unknown")
        if len(_REQUESTS & set(button)) > 1:
            raise bad("at most one of the optional fields must be used in KeyboardButton")


def _check_inline(button: dict[str, Any]) -> None:
    if not button.get("text"):
        raise bad("inline keyboard button text must not be empty")
    actions = {"callback_data", "url", "copy_text", "web_app", "switch_inline_query"} & set(button)
    if len(actions) != 1:
        raise bad("Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(data.encode()) <= MAX_DATA:
        raise bad("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not url.startswith(("http://", "https://", "tg://")):
        raise bad("BUTTON_URL_INVALID")
    copied = button.get("copy_text")
    if copied is not None and not 1 <= len(copied.get("text", "")) <= 256:
        raise bad("BUTTON_COPY_TEXT_INVALID")
