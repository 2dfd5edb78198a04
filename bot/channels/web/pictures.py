"""What a file is, told from its first bytes, and how large a picture is.

Only headers are read: decoding is the work of other processes.
"""

from dataclasses import dataclass

HEAD = 12
"""How many first bytes `media_type` wants to see."""

MAX_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's type and size in pixels."""

    media_type: str
    width: int
    height: int


def media_type(head: bytes | bytearray) -> str | None:
    """`image/jpeg`, `image/png` or `image/webp`; None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def examine(data: bytes) -> Picture | None:
    """The picture in `data`; None when it is none, broken, or larger than 40 megapixels."""
    kind = media_type(data[:HEAD])
    if kind is None:
        return None
    read = {"image/jpeg": _jpeg_size, "image/png": _png_size, "image/webp": _webp_size}[kind]
    width, height = read(data)
    if width < 1 or height < 1 or width * height > MAX_PIXELS:
        return None
    return Picture(kind, width, height)


def _number(data: bytes, start: int, length: int, *, little: bool = False) -> int:
    piece = data[start : start + length]
    if len(piece) < length:
        return 0
    return int.from_bytes(piece, "little" if little else "big")


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        return 0, 0
    return _number(data, 16, 4), _number(data, 20, 4)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _number(data, at + 7, 2), _number(data, at + 5, 2)
        at += 2 + max(_number(data, at + 2, 2), 2)
    return 0, 0


def _webp_size(data: bytes) -> tuple[int, int]:
    form = data[12:16]
    if form == b"VP8X":
        return _number(data, 24, 3, little=True) + 1, _number(data, 27, 3, little=True) + 1
    if form == b"VP8L":
        bits = _number(data, 21, 4, little=True)
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if form == b"VP8 ":
        width, height = _number(data, 26, 2, little=True), _number(data, 28, 2, little=True)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0
