"""Telegram's HTML, strictly: to text and entities, or an error in Telegram's words."""

import html
import re
from typing import Any

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
}
TAG = re.compile(r"<(/?)([^<>]*)>")
HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


class MarkupError(ValueError):
    """The text would be refused."""


def utf16(text: str) -> int:
    """Telegram counts offsets in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def to_entities(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Raises MarkupError for what Telegram does not parse."""
    text = ""
    at = 0
    open_tags: list[tuple[str, str, int]] = []
    entities: list[dict[str, Any]] = []
    while (start := source.find("<", at)) >= 0:
        text += _plain(source[at:start])
        offset = len(source[:start].encode())
        tag = TAG.match(source, start)
        if tag is None:
            raise MarkupError(f'Unsupported start tag "" at byte offset {offset}')
        at = tag.end()
        name, _, attributes = tag[2].strip().partition(" ")
        if tag[1]:
            entities += _close(open_tags, name.lower(), offset, text)
        elif name.lower() in KINDS:
            open_tags.append((name.lower(), attributes, utf16(text)))
        else:
            raise MarkupError(f'Unsupported start tag "{name.lower()}" at byte offset {offset}')
    text += _plain(source[at:])
    if open_tags:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return text, sorted(entities, key=lambda one: (one["offset"], -one["length"]))


def _plain(part: str) -> str:
    return REFERENCE.sub(lambda found: html.unescape(found[0]), part)


def _close(
    open_tags: list[tuple[str, str, int]], name: str, offset: int, text: str
) -> list[dict[str, Any]]:
    if not open_tags:
        raise MarkupError(f"Unexpected end tag at byte offset {offset}")
    opened, attributes, start = open_tags.pop()
    if name not in {"", opened}:
        raise MarkupError(
            f'Unmatched end tag at byte offset {offset}, expected "</{opened}>", found "</{name}>"'
        )
    length = utf16(text) - start
    if not length:
        return []
    entity: dict[str, Any] = {"type": KINDS[opened], "offset": start, "length": length}
    if opened == "a":
        found = HREF.search(attributes)
        if found is None:
            return []
        entity["url"] = html.unescape(found[1] or found[2] or found[3] or "")
    return [entity]
