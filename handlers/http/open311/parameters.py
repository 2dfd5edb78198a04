"""What a call says: its address and its body, read once and within limits."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from handlers.http.open311.errors import Wrong, bad
from services.images.contract import MAX_BYTES

_FIELDS = 300
_FORM_BYTES = 8 * 1024 * 1024
_FILES_BYTES = 30 * 1024 * 1024
_CHUNK = 64 * 1024
_CHARSETS = {
    spelling: codec
    for codec, spellings in {
        "utf-8": ("utf8",),
        "ascii": ("usascii", "ascii", "ansix341968"),
        "cp1251": ("windows1251", "win1251", "cp1251", "xcp1251"),
        "latin-1": ("iso88591", "isolatin1", "latin1", "l1"),
    }.items()
    for spelling in spellings
}
"""What bodies may be written in. Python knows more: some of its codecs take minutes for megabytes,
and some make letters that nobody can write down again."""
_ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_-]{1,100})\](?:\[\])?")
# Letters that no database and no XML keeps; the ends of lines and tabs stay.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_UNREADABLE = (
    *(ValueError, LookupError, AssertionError, RuntimeError),
    *(HttpProcessingError, web.RequestPayloadError),
)
"""What the library raises, each for another way in which parts can be wrong."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every name with its values in the order they came, and the files that came along.

    An empty value counts as none. Unknown names are nobody's business.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    files: list[bytes] = field(default_factory=list)

    def get(self, *names: str) -> str | None:
        """The first value there is under any of these spellings."""
        return next(iter(self.all(*names)), None)

    def need(self, name: str) -> str:
        """The value; raises 400 when it is missing."""
        value = self.get(name)
        if value is None:
            raise bad(f"{name} is missing")
        return value

    def all(self, *names: str) -> list[str]:
        """Every value under these spellings."""
        return [value for name in names for value in self.values.get(name, ())]

    def words(self, name: str) -> list[str] | None:
        """A list with commas; None when nothing is asked for."""
        found = [word.strip() for value in self.all(name) for word in value.split(",")]
        return list(dict.fromkeys(filter(None, found))) or None

    def is_true(self, name: str) -> bool:
        """Whether a switch is on."""
        return (self.get(name) or "").lower() in {"true", "1", "yes", "on"}

    def attributes(self) -> dict[str, list[str]]:
        """`attribute[code]` with its values, in both spellings of a list."""
        found: dict[str, list[str]] = {}
        for name, values in self.values.items():
            match = _ATTRIBUTE.fullmatch(name)
            if match is not None:
                found.setdefault(match[1], []).extend(values)
        return found


Arrived = Callable[[int], None]
"""Is told how many bytes have come, whenever some have."""


async def read(request: web.Request, arrived: Arrived = lambda _: None) -> Parameters:
    """The parameters of a call; raises 400 for what cannot be read, 413 for what is too long."""
    found = Parameters()
    await _read_form(found, request.rel_url.raw_query_string.encode("utf-8", "replace"), None)
    if request.method != "POST":
        return found
    if request.content_type == "multipart/form-data":
        await _read_parts(request, found, arrived)
    elif request.content_type == "application/x-www-form-urlencoded" or not request.body_exists:
        await _read_form(found, await _limited(request, arrived), request.charset)
    elif request.headers.get("Content-Type") is None:
        await _read_form(found, await _limited(request, arrived), None)
    else:
        raise bad("Send a form: application/x-www-form-urlencoded or multipart/form-data")
    return found


async def _read_form(found: Parameters, form: bytes, charset: str | None) -> None:
    codec = _codec(charset)
    is_long = len(form) > _CHUNK
    if form.count(b"&") >= _FIELDS or (is_long and 3 * form.count(b"%") > len(form)):
        raise bad("The parameters cannot be read: there are too many, or they are damaged")
    try:
        if is_long:  # that may take a second: nobody else is to wait for it
            await asyncio.to_thread(lambda: _add(found, _pairs(form, codec)))
        else:
            _add(found, _pairs(form, codec))
    except ValueError as error:
        raise bad("The parameters cannot be read: send them as UTF-8") from error


def _codec(charset: str | None) -> str:
    """Raises 400 for a charset that we do not read."""
    codec = _CHARSETS.get(re.sub(r"[-_ .:]", "", charset or "utf-8").lower())
    if codec is None:
        raise bad("The parameters cannot be read: send them as UTF-8")
    return codec


def _add(found: Parameters, pairs: Iterator[tuple[str, str]]) -> None:
    for name, value in pairs:
        cleaned = _CONTROL.sub("", value).strip()
        if cleaned:
            found.values.setdefault(name.strip(), []).append(cleaned)


def _pairs(form: bytes, codec: str) -> Iterator[tuple[str, str]]:
    for pair in form.split(b"&"):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        yield unquote_to_bytes(name).decode(codec), unquote_to_bytes(value).decode(codec)


async def _limited(request: web.Request, arrived: Arrived) -> bytes:
    data = bytearray()
    async for chunk in request.content.iter_chunked(_CHUNK):
        data += chunk
        arrived(len(chunk))
        if len(data) > _FORM_BYTES:
            raise Wrong(413, "The call is too long")
    return bytes(data)


async def _read_parts(request: web.Request, found: Parameters, arrived: Arrived) -> None:
    room = _FILES_BYTES
    count = 0
    try:
        async for part in await request.multipart():
            count += 1
            if not isinstance(part, BodyPartReader) or count > _FIELDS:
                raise bad("The parts of the call cannot be read")
            limit = min(room, MAX_BYTES if part.filename else _FORM_BYTES)
            data = await _part(part, limit, arrived)
            room -= len(data)
            if part.filename:
                found.files.append(data)
            elif part.name:
                text = data.decode(_codec(part.get_charset(default="utf-8")))
                _add(found, iter([(part.name, text)]))
    except _UNREADABLE as error:
        raise bad("The parts of the call cannot be read") from error


async def _part(part: BodyPartReader, limit: int, arrived: Arrived) -> bytes:
    if part.headers.get("Content-Encoding", "identity") != "identity":
        raise bad("Send the parts of the call as they are, not packed")
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        data += chunk
        arrived(len(chunk))
        if len(data) > limit:
            raise Wrong(413, "The call is too long")
    return bytes(part.decode(bytes(data)))
