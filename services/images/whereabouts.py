"""Where a photo was taken, as its camera wrote it into the file.

It is read from the file that was sent before everything but the pixels is left behind, is told to
nobody but the sender, and never kept unless they say so.
"""

import struct

from services.images.essence import segments

_DIRECTORY = 0x8825
_SOUTH, _LAT, _WEST, _LON = 1, 2, 3, 4
_ENTRIES = 500
"""Entries of a directory that are looked at; cameras write some thirty."""


def whereabouts(data: bytes) -> tuple[float, float] | None:
    """Latitude and longitude in a JPEG's EXIF; None where there is none, or nonsense."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    try:
        for marker, at, end in segments(data):
            body = data[at + 4 : end]
            if marker == 0xE1 and body.startswith(b"Exif\0\0"):
                return _point(body[6:])
    except (IndexError, struct.error, ZeroDivisionError):
        return None
    return None


def _point(exif: bytes) -> tuple[float, float] | None:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return None
    (first,) = struct.unpack_from(order + "I", exif, 4)
    place = _entries(exif, order, first).get(_DIRECTORY)
    if place is None:
        return None
    (at,) = struct.unpack(order + "I", place)
    entries = _entries(exif, order, at)
    if not {_SOUTH, _LAT, _WEST, _LON} <= entries.keys():
        return None
    lat = _degrees(exif, order, entries[_LAT]) * (-1 if entries[_SOUTH][:1] in b"Ss" else 1)
    lon = _degrees(exif, order, entries[_LON]) * (-1 if entries[_WEST][:1] in b"Ww" else 1)
    # Cameras without a fix write zeros.
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
        return None
    return round(lat, 6), round(lon, 6)


def _entries(exif: bytes, order: str, at: int) -> dict[int, bytes]:
    """Tag → the four bytes of its value or of where that stands."""
    (count,) = struct.unpack_from(order + "H", exif, at)
    found: dict[int, bytes] = {}
    for n in range(min(count, _ENTRIES)):
        tag, _kind, _count, value = struct.unpack_from(order + "HHI4s", exif, at + 2 + 12 * n)
        found.setdefault(tag, value)
    return found


def _degrees(exif: bytes, order: str, value: bytes) -> float:
    """Degrees, minutes and seconds, each a fraction."""
    (at,) = struct.unpack(order + "I", value)
    parts = struct.unpack_from(order + "6I", exif, at)
    degrees, minutes, seconds = (parts[n] / parts[n + 1] for n in (0, 2, 4))
    return float(degrees + minutes / 60 + seconds / 3600)
