"""A guest's picture as it may be stored and shown to a person who checks it."""

from io import BytesIO

from services.images.opening import open_colour

LONGEST = 1280
_QUALITY = 80


def keep(data: bytes) -> bytes:
    """An upright JPEG, its longer side at most LONGEST pixels, made of pixels alone.

    Nothing else of the file survives: no place, no time, no profile. Raises Unopenable.
    """
    out = BytesIO()
    open_colour(data, LONGEST).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
