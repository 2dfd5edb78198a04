"""A guest's picture as it is stored: its pixels and the way up, nothing else of the file.

Nothing is decoded here: that is the work of other processes.
"""

import struct
from dataclasses import dataclass
from zlib import crc32

from services.images.essence import Essence, essence

HEAD = 1024
"""How many first bytes tell what a file is."""

_SIDEWAYS = 5
"""From this EXIF orientation on, width and height change places."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's type, and its size in pixels as it is shown."""

    media_type: str
    width: int
    height: int


def media_type(head: bytes | bytearray) -> str | None:
    """JPEG, PNG, WebP, GIF or BMP by the first bytes; None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"GIF8"):
        return "image/gif"
    return "image/bmp" if head.startswith(b"BM") else None


def bare(data: bytes) -> tuple[bytes, Picture]:
    """The picture without place, time and the like, within the reader's limits; may take 0.1 s.

    Raises Unopenable.
    """
    found = essence(data)
    width, height = found.width, found.height
    if found.orientation >= _SIDEWAYS:
        width, height = height, width
    kind = f"image/{found.kind.lower()}"
    return _the_way_up(found), Picture(kind, width, height)


def _the_way_up(found: Essence) -> bytes:
    """The file's bytes with EXIF that holds the orientation, where there is one, and no more."""
    data, exif = found.data, _exif(found.orientation)
    if found.orientation == 1:
        return data
    if found.kind == "JPEG":
        return b"".join(
            (data[:2], b"\xff\xe1", struct.pack(">H", len(exif) + 8), b"Exif\0\0", exif, data[2:])
        )
    if found.kind == "PNG":
        after_header = 33
        chunk = b"eXIf" + exif
        packed = struct.pack(">I", len(exif)) + chunk + struct.pack(">I", crc32(chunk))
        return data[:after_header] + packed + data[after_header:]
    # A WebP with EXIF has an extended header, and flags in it.
    flagged = data[12:20] + bytes((data[20] | 0x08,)) + data[21:]
    packed = b"WEBP" + flagged + b"EXIF" + struct.pack("<I", len(exif)) + exif
    return b"RIFF" + struct.pack("<I", len(packed)) + packed


def _exif(orientation: int) -> bytes:
    """A TIFF header and one directory of one entry."""
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
