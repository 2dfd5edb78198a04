"""Photos that other systems send: as parts of the call, inside an address, or behind one.

An address is called only for whoever has a key, only in the public internet, without redirects and
within limits of time and size: see `services.sharing.outside`. Whatever comes is made anew of
pixels alone. A photo that cannot be had never costs the report; one that only has to wait does not
cost it either: the caller is asked to send both again.
"""

import asyncio
import base64
import hashlib
import logging
import re

from handlers.http.door import Door
from handlers.http.open311.errors import Wrong
from handlers.http.open311.parameters import Parameters
from services.images.contract import MAX_BYTES, ImageFault, Unopenable
from services.reports.photos import Picture
from services.sharing.outside import Unreachable

log = logging.getLogger(__name__)

_SPARE = 3
"""How many may fail before nothing more is tried."""
_SECONDS = 60.0
"""How long all addresses of one call may take together."""
_DATA = re.compile(r"data:image/[a-z0-9.+-]{1,30};base64,([A-Za-z0-9+/=\s_-]+)", re.IGNORECASE)
_ALPHABET = str.maketrans("-_ ", "+/+")


async def pictures(said: Parameters, door: Door, most: int) -> tuple[list[Picture], int]:
    """At most `most` photos, each once, and how many more there were that could not be had.

    Only a few more than that are tried, and the addresses among them for a minute in all.
    """
    kept: dict[str, Picture] = {}
    lost = 0
    urls = dict.fromkeys(said.all("media_url", "media_url[]"))
    sent: list[bytes | str] = [*said.files, *urls]
    until = asyncio.get_running_loop().time() + _SECONDS
    for tried, data in enumerate(sent):
        if len(kept) == most:
            break
        if tried == most + _SPARE:
            lost += len(sent) - tried
            break
        picture = await _picture(data, door, until)
        if picture is None:
            lost += 1
        else:
            kept[picture.source_key] = picture
    return list(kept.values()), lost


async def _picture(sent: bytes | str, door: Door, until: float) -> Picture | None:
    try:
        data = sent if isinstance(sent, bytes) else await _bytes_of(sent, door, until)
        jpeg = await door.keep(data)
    except ImageFault as fault:
        if fault.reason in {"busy", "closed"}:
            raise Wrong(503, "Too many photos at once: send the report again", 30) from fault
        log.warning(
            "A photo of another system could not be worked on", extra={"reason": str(fault)}
        )
        return None
    except (TimeoutError, Unreachable, Unopenable, ValueError) as error:
        log.info("A photo of another system is left out", extra={"reason": str(error)})
        return None
    return Picture(jpeg, f"sha256:{hashlib.sha256(jpeg).hexdigest()}")


async def _bytes_of(url: str, door: Door, until: float) -> bytes:
    inside = _DATA.fullmatch(url)
    if inside is None:
        async with asyncio.timeout_at(until):
            return await door.outside.fetch(url, MAX_BYTES)
    # A plus that was not escaped arrives as a space.
    return base64.b64decode(inside[1].translate(_ALPHABET))
