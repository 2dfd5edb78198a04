"""Telegram's HTML, read strictly into plain text and entities.

The browser receives only text and entities, so no markup of ours or of a guest ever reaches it
as markup. Offsets and lengths count UTF-16 units, as the Bot API and JavaScript do.
"""

import re
from dataclasses import dataclass, field
from typing import Any

_TAGS = {
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
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
    "a": "text_link",
}
_TOKEN = re.compile(r"<(?P<tag>[^<>]*)>|&(?P<ref>[^;&<>\s]{1,10});|(?P<text>[^<&]+)|(?P<bad>[<&])")
_OPEN = re.compile(r"([a-z][a-z-]*)((?:\s+[a-z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?)*)\s*")
_ATTRIBUTE = re.compile(r"([a-z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'))?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_LINK = re.compile(r"https?://[^\s<>\"»“”]+[^\s<>\"»“”.,:;!?)]", re.IGNORECASE)
_COMMAND = re.compile(r"(?<![\w/])/[a-z][a-z0-9_]{0,31}(?![\w/])")
_SAFE_SCHEMES = ("http://", "https://", "tel:", "mailto:", "geo:")

Entity = dict[str, Any]


class MarkupError(ValueError):
    """The HTML is not Telegram's subset; the text is Telegram's own complaint."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"can't parse entities: {reason}")


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def from_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and its entities, outer ones first; raises MarkupError."""
    reader = _Reader()
    for token in _TOKEN.finditer(source):
        reader.take(token)
    return reader.finish()


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the white space around, the entities moved along; empty ones are dropped."""
    lead = units(text) - units(text.lstrip())
    text = text.strip()
    end = units(text)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        stop = min(entity["offset"] - lead + entity["length"], end)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return text, kept


def discovered(text: str, entities: list[Entity]) -> list[Entity]:
    """`entities` and, outside of them, the bare links and commands that a tap should follow."""
    taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in entities]
    found = []
    for kind, pattern in (("url", _LINK), ("bot_command", _COMMAND)):
        for match in pattern.finditer(text):
            start = units(text[: match.start()])
            stop = start + units(match.group())
            if all(stop <= left or start >= right for left, right in taken):
                found.append({"type": kind, "offset": start, "length": stop - start})
                taken.append((start, stop))
    return sorted([*entities, *found], key=lambda e: (e["offset"], -e["length"]))


def safe_link(url: str) -> bool:
    """Whether a link may become an address in the browser."""
    return url.lower().startswith(_SAFE_SCHEMES)


@dataclass
class _Reader:
    parts: list[str] = field(default_factory=list)
    position: int = 0
    open: list[tuple[str, Entity]] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def take(self, token: re.Match[str]) -> None:
        if token["text"] is not None:
            self._write(token["text"])
        elif token["ref"] is not None:
            self._write(_character(token["ref"]))
        elif token["bad"] == "&":
            self._write("&")
        elif token["bad"] is not None:
            raise MarkupError(f"unclosed start tag at byte offset {token.start()}")
        elif token["tag"].startswith("/"):
            self._close(token["tag"][1:].strip().lower())
        else:
            self._open(token["tag"])

    def finish(self) -> tuple[str, list[Entity]]:
        if self.open:
            raise MarkupError(
                f'can\'t find end tag corresponding to start tag "{self.open[-1][0]}"'
            )
        self.entities.sort(key=lambda e: (e["offset"], -e["length"]))
        return "".join(self.parts), self.entities

    def _write(self, text: str) -> None:
        self.parts.append(text)
        self.position += units(text)

    def _open(self, inside: str) -> None:
        match = _OPEN.fullmatch(inside)
        name = match[1] if match else inside.split(" ", maxsplit=1)[0]
        attributes = _attributes(match[2]) if match else {}
        if name == "span" and attributes.get("class") == "tg-spoiler":
            entity: Entity = {"type": "spoiler"}
        elif match is None or name not in _TAGS:
            raise MarkupError(f'unsupported start tag "{name}"')
        else:
            entity = _entity(name, attributes)
        self.open.append((name, {**entity, "offset": self.position}))

    def _close(self, name: str) -> None:
        if not self.open or self.open[-1][0] != name:
            raise MarkupError(f'unexpected end tag "{name}"')
        _, entity = self.open.pop()
        length = self.position - entity["offset"]
        if length and not (entity["type"] == "text_link" and not entity["url"]):
            self.entities.append({**entity, "length": length})


def _attributes(source: str) -> dict[str, str]:
    return {
        match[1]: _REFERENCE.sub(lambda ref: _character(ref[1]), match[2] or match[3] or "")
        for match in _ATTRIBUTE.finditer(source)
    }


_REFERENCE = re.compile(r"&([^;&<>\s]{1,10});")


def _entity(name: str, attributes: dict[str, str]) -> Entity:
    kind = _TAGS[name]
    if kind == "text_link":
        url = attributes.get("href", "")
        return {"type": kind, "url": url if safe_link(url) else ""}
    if kind == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    return {"type": kind}


def _character(reference: str) -> str:
    if reference in _NAMED:
        return _NAMED[reference]
    match = re.fullmatch(r"#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))", reference)
    code = int(match[1], 16) if match and match[1] else int(match[2]) if match else 0
    if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000:
        return chr(code)
    return f"&{reference};"
