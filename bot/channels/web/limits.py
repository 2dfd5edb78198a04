"""The Bot API's limits and its words for breaking them, so that handlers meet the same errors.

Every refusal here is worded as Telegram words it; callers turn `Broken` into
`TelegramBadRequest`.
"""

import json
from typing import Any

from bot.channels.web import markup

TEXT = 4096
CAPTION = 1024
CALLBACK_DATA = 64
CALLBACK_ANSWER = 200
BUTTONS = 100
COPY_TEXT = 256
PHOTO_BYTES = 10 * 1024 * 1024
DOCUMENT_BYTES = 50 * 1024 * 1024

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class Broken(Exception):  # noqa: N818 - named after what happened to the limit
    """A request that Telegram would answer with 400; the text is its description."""


def formatted(
    text: str | None, parse_mode: str | None, entities: list[dict[str, Any]] | None
) -> tuple[str, list[dict[str, Any]]]:
    """Plain text and entities of an outgoing text; raises Broken for bad markup."""
    if parse_mode and parse_mode.upper() != "HTML":
        raise Broken("unsupported parse_mode")
    if parse_mode is None:
        return _with_discovered(text or "", entities or [])
    try:
        return _with_discovered(*markup.from_html(text or ""))
    except markup.MarkupError as error:
        raise Broken(str(error)) from error


def _with_discovered(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    text, entities = markup.trimmed(text, entities)
    return text, markup.discovered(text, entities)


def text_fields(
    text: str | None, parse_mode: str | None, entities: list[dict[str, Any]] | None
) -> dict[str, Any]:
    """The `text` and `entities` of a message: not empty, at most 4096 units."""
    plain, found = formatted(text, parse_mode, entities)
    if not plain:
        raise Broken("message text is empty")
    if markup.units(plain) > TEXT:
        raise Broken("message is too long")
    return {"text": plain, **({"entities": found} if found else {})}


def caption_fields(
    caption: str | None, parse_mode: str | None, entities: list[dict[str, Any]] | None
) -> dict[str, Any]:
    """The `caption` and `caption_entities` of a picture, at most 1024 units; {} when none."""
    plain, found = formatted(caption, parse_mode, entities)
    if markup.units(plain) > CAPTION:
        raise Broken("message caption is too long")
    if not plain:
        return {}
    return {"caption": plain, **({"caption_entities": found} if found else {})}


def inline_keyboard(reply_markup: dict[str, Any] | None) -> dict[str, Any] | None:
    """The inline keyboard of a message, without empty rows; None when there are no buttons."""
    rows = [row for row in (reply_markup or {}).get("inline_keyboard", []) if row]
    if sum(len(row) for row in rows) > BUTTONS:
        raise Broken("reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button)
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: dict[str, Any]) -> None:
    if not button.get("text"):
        raise Broken("BUTTON_TEXT_INVALID")
    kinds = {"callback_data", "url", "copy_text"} & button.keys()
    if len(kinds) != 1:
        raise Broken("Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(data.encode()) <= CALLBACK_DATA:
        raise Broken("BUTTON_DATA_INVALID")
    if "url" in kinds and not markup.safe_link(button["url"]):
        raise Broken("BUTTON_URL_INVALID")
    if "copy_text" in kinds and not 1 <= len(button["copy_text"]["text"]) <= COPY_TEXT:
        raise Broken("BUTTON_COPY_TEXT_INVALID")


def reply_keyboard(reply_markup: dict[str, Any] | None) -> dict[str, Any] | None:
    """The reply keyboard to show, {} to take it away, None to leave it as it is."""
    if reply_markup is None:
        return None
    if reply_markup.get("remove_keyboard"):
        return {}
    if "keyboard" not in reply_markup:
        return None
    # There is no phone number to share here: the key for it is left out, as it would do nothing.
    asked = [[b for b in row if not b.get("request_contact")] for row in reply_markup["keyboard"]]
    rows = [row for row in asked if row]
    if not rows or any(not button.get("text") for row in rows for button in row):
        raise Broken("KEYBOARD_BUTTON_TEXT_INVALID" if rows else "reply keyboard is empty")
    kept = ("text", "request_location")
    return {
        "rows": [[{k: button[k] for k in kept if button.get(k)} for button in row] for row in rows],
        "placeholder": reply_markup.get("input_field_placeholder") or "",
        "once": bool(reply_markup.get("one_time_keyboard")),
    }


def offers(payload: dict[str, Any], data: str) -> bool:
    """Whether the message carries a button with this callback data now."""
    rows = payload.get("reply_markup", {}).get("inline_keyboard", [])
    return any(button.get("callback_data") == data for row in rows for button in row)


def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Whether two payloads show the same, the edit date aside."""

    def shown(payload: dict[str, Any]) -> str:
        visible = {key: value for key, value in payload.items() if key != "edit_date"}
        return json.dumps(visible, sort_keys=True)

    return shown(left) == shown(right)
