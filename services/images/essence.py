"""What a decoder needs of a stranger's file, and nothing else of it.

Headers are read here, with bounds, before any library sees the file: sizes, the way up, and how
much work the pixels are. Comments, places, profiles, thumbnails, further frames, what follows the
picture and other places to hide a bomb, a loop or a guest's home are left behind.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NoReturn
from zlib import crc32

from services.images.contract import MAX_BYTES, MAX_PIXELS, Problem, Unopenable

Kind = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP"]

_PNG = b"\x89PNG\r\n\x1a\n"
_PHONE_FORMATS = {
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis",
}  # fmt: skip
_PARTS = 50_000
"""Parts of a file that are looked at; real ones have a few thousand at the very most."""
_MARKER = re.compile(rb"\xff[^\0\xd0-\xd7\xff]")
"""What ends the packed pixels of a JPEG's scan; zeros are stuffing, D0 to D7 restart within it."""
_STEP = 2**20
_PIXELS_OF_WEBP = {b"VP8X", b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF"}
_COEFFICIENTS = 80_000_000
"""Bytes that a JPEG of several scans may keep before it gives its first pixel."""
_SCANNED = 250_000_000
"""Pixels times scans: ten scans of 25 megapixels."""


@dataclass(frozen=True, slots=True)
class Essence:
    """A picture reduced to what its pixels need. `orientation` is EXIF's, 1 to 8."""

    kind: Kind
    data: bytes
    width: int
    height: int
    orientation: int = 1


def essence(data: bytes) -> Essence:
    """The essence of a JPEG, PNG, WebP, GIF (first frame) or BMP within the limits.

    Raises Unopenable.
    """
    if len(data) > MAX_BYTES:
        raise Unopenable("too_large")
    for magic, read in _READERS:
        if data.startswith(magic):
            try:
                found = read(data)
            except (IndexError, struct.error):
                raise Unopenable("not_an_image") from None
            if found.width < 1 or found.height < 1:
                raise Unopenable("not_an_image")
            if found.width * found.height > MAX_PIXELS[found.kind]:
                raise Unopenable("too_large")
            return found
    raise Unopenable(_other(data))


def _other(data: bytes) -> Problem:
    if data[4:8] == b"ftyp" and data[8:12] in _PHONE_FORMATS:
        return "heic"
    return "pdf" if b"%PDF-" in data[:1024] else "not_an_image"


def _broken() -> NoReturn:
    raise Unopenable("not_an_image")


def _jpeg(data: bytes) -> Essence:
    """Tables, frame and scans, and of the application's parts only the colours' (Adobe)."""
    kept, exif, frame = [data[:2]], b"", b""
    for marker, at, end in segments(data):
        body = data[at + 4 : end]
        if marker == 0xE1 and not exif and body.startswith(b"Exif\0\0"):
            exif = body[6:]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            if marker > 0xC2 or frame:  # neither lossless nor arithmetic: no phone writes them
                _broken()
            frame = data[at:end]
        if _is_for_pixels(marker):
            kept.append(data[at:end])
        if marker == 0xDA:
            kept.extend(_scanned(data, end))
            height, width = struct.unpack_from(">HH", frame, 5)
            scans = sum(piece.count(b"\xff\xda") for piece in kept)
            _bound_scans(frame, data[at + 4], width * height, scans)
            return Essence("JPEG", b"".join(kept), width, height, orientation(exif))
    _broken()


def _is_for_pixels(marker: int) -> bool:
    return not 0xE0 <= marker <= 0xFE or marker in {0xE0, 0xEE}


def _scanned(data: bytes, at: int) -> Iterator[bytes]:
    """The pieces from the first scan's pixels to the picture's end: phones put films after it."""
    for _ in range(_PARTS):
        start = _next_marker(data, at)
        if start is None:
            yield data[at:]
            return
        marker = data[start + 1]
        if marker == 0xD9:
            yield data[at : start + 2]
            return
        yield data[at:start]
        at = start + 2 + int.from_bytes(data[start + 2 : start + 4])
        if _is_for_pixels(marker):
            yield data[start:at]
    _broken()


def _next_marker(data: bytes, at: int) -> int | None:
    """In steps, because a search keeps every other thread waiting."""
    while at < len(data):
        if found := _MARKER.search(data, at, at + _STEP):
            return found.start()
        at += _STEP - 1
    return None


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment up to the first scan's header."""
    at = 2
    for _ in range(_PARTS):
        while data[at + 1] == 0xFF and data[at] == 0xFF and at < _PARTS:
            at += 1
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if data[at] != 0xFF or length < 2:
            return
        yield marker, at, at + 2 + length
        at += 2 + length


def _bound_scans(frame: bytes, in_first_scan: int, pixels: int, scans: int) -> None:
    """A JPEG of several scans is kept whole as coefficients, and gone over by each scan."""
    parts = frame[9]
    if frame[1] != 0xC2 and in_first_scan == parts:
        return
    sampling = [(frame[11 + 3 * n] >> 4, frame[11 + 3 * n] & 15) for n in range(parts)]
    widest, highest = (max(side) or _broken() for side in zip(*sampling, strict=True))
    samples = sum(x * y for x, y in sampling) / (widest * highest) * pixels
    if 2 * samples > _COEFFICIENTS or pixels * scans > _SCANNED:
        raise Unopenable("too_large")


def _png(data: bytes) -> Essence:
    """Header, palette, transparency and pixels."""
    kept: dict[bytes, list[bytes]] = {b"IHDR": [], b"PLTE": [], b"tRNS": [], b"IDAT": []}
    exif, at = b"", len(_PNG)
    for _ in range(_PARTS):
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if name == b"IEND":
            break
        if name in kept:
            kept[name].append(body)
        elif name == b"eXIf":
            exif = body
        at += 12 + length
    else:
        _broken()
    chunks = [
        *((name, b"".join(bodies)) for name, bodies in kept.items() if bodies),
        (b"IEND", b""),
    ]
    packed = (
        b"".join((struct.pack(">I", len(body)), name, body, struct.pack(">I", crc32(name + body))))
        for name, body in chunks
    )
    width, height = struct.unpack_from(">II", b"".join(kept[b"IHDR"]))
    return Essence("PNG", _PNG + b"".join(packed), width, height, orientation(exif))


def _webp(data: bytes) -> Essence:
    if data[8:12] != b"WEBP":
        _broken()
    first = data[12:16]
    if first == b"VP8X":
        width, height = (int.from_bytes(data[n : n + 3], "little") + 1 for n in (24, 27))
    elif first == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    exif, kept = b"", []
    for name, chunk in _riff_chunks(data):
        if name == b"EXIF" and first == b"VP8X":
            exif = exif or chunk[8:].removeprefix(b"Exif\0\0")
        elif name == b"VP8X":  # neither profile nor EXIF nor XMP is there any more
            kept.append(chunk[:8] + bytes((chunk[8] & ~0x2C,)) + chunk[9:])
        elif name in _PIXELS_OF_WEBP:
            kept.append(chunk)
    packed = b"WEBP" + b"".join(kept)
    packed = b"RIFF" + struct.pack("<I", len(packed)) + packed
    return Essence("WEBP", packed, width, height, orientation(exif))


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, the whole chunk with name, length and padding) of each chunk."""
    at = 12
    for _ in range(_PARTS):
        if at + 8 > len(data):
            return
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        yield name, data[at:end]
        at = end
    _broken()


def _gif(data: bytes) -> Essence:
    """The screen, its palette and the first frame with its transparency."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _palette(flags)
    screen, control = data[:at], b""
    for _ in range(_PARTS):
        if data[at] == 0x2C:
            left, top, across, down = struct.unpack_from("<HHHH", data, at + 1)
            size = max(width, left + across), max(height, top + down)
            end = _after_blocks(data, at + 11 + _palette(data[at + 9]))
            return Essence("GIF", screen + control + data[at:end] + b";", *size)
        if data[at] != 0x21:
            break
        end = _after_blocks(data, at + 2)
        if data[at + 1] == 0xF9:
            control = data[at:end]
        at = end
    _broken()


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    for _ in range(_PARTS):
        if data[at] == 0:
            return at + 1
        at += 1 + data[at]
    _broken()


def _bmp(data: bytes) -> Essence:
    (header,) = struct.unpack_from("<I", data, 14)
    if header == 12:
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height, _planes, _bits, packing = struct.unpack_from("<iiHHI", data, 18)
        if packing not in {0, 3}:  # run lengths are decoded slowly
            _broken()
    return Essence("BMP", data, width, abs(height))


def orientation(exif: bytes) -> int:
    """The way up by a TIFF header and its first directory; 1 where it says nothing sensible."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        (entries,) = struct.unpack_from(order + "H", exif, at)
        for n in range(entries):
            tag, kind, count, value = struct.unpack_from(order + "HHIH", exif, at + 2 + 12 * n)
            if tag == 0x0112:
                return value if kind == 3 and count == 1 and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


_READERS: tuple[tuple[bytes, Callable[[bytes], Essence]], ...] = (
    (b"\xff\xd8\xff", _jpeg),
    (_PNG, _png),
    (b"RIFF", _webp),
    (b"GIF8", _gif),
    (b"BM", _bmp),
)
