"""One answer, written as XML or as JSON.

An answer is a tree of dicts, lists and values under the name of its XML root; JSON leaves the
root out. None is an element that is there and empty. What a list's items are called in XML stands
in `ITEMS`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Format = Literal["xml", "json"]

CONTENT_TYPES: Mapping[str, str] = {
    "xml": "text/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}

ITEMS: Mapping[str, str] = {
    "after_media_urls": "media_url",
    "attributes": "attribute",
    "endpoints": "endpoint",
    "errors": "error",
    "formats": "format",
    "media_urls": "media_url",
    "notes": "note",
    "service_request_updates": "request_update",
    "service_requests": "request",
    "services": "service",
    "values": "value",
}

# Everything that XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#13;"}
)


@dataclass(frozen=True, slots=True)
class Several:
    """Values of one element, which XML repeats; JSON has room for the first."""

    values: tuple[str, ...]


def written(form: Format, root: str, tree: Any) -> bytes:
    """The whole answer."""
    return as_json(tree) if form == "json" else as_xml(root, tree)


def as_json(tree: Any) -> bytes:
    """Without the root: a list is a bare array."""
    return json.dumps(_plain(tree), ensure_ascii=False, allow_nan=False).encode(
        "utf-8", errors="replace"
    )


def as_xml(root: str, tree: Any) -> bytes:
    """With a declaration, without namespaces."""
    body = "".join(_element(root, tree))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'.encode()


def escaped(text: str) -> str:
    """The text as it stands in XML; what XML cannot hold is left out."""
    return _UNWRITABLE.sub("", text).translate(_ESCAPES)


def _element(name: str, tree: Any) -> Iterator[str]:
    if isinstance(tree, Several):
        for value in tree.values or (None,):
            yield from _element(name, value)
        return
    inner = "".join(_inner(name, tree))
    yield f"<{name}>{inner}</{name}>" if inner else f"<{name}/>"


def _inner(name: str, tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _element(key, value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _element(ITEMS[name], value)
    elif tree is not None:
        yield escaped(str(tree).lower() if isinstance(tree, bool) else str(tree))


def _plain(tree: Any) -> Any:
    if isinstance(tree, Several):
        return tree.values[0] if tree.values else None
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value) for value in tree]
    return tree
