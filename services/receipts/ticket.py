"""A receipt as the tax service or a fiscal data operator knows it, in one shape."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the receipt. `total` in kopecks; the types are tags 1212 and 1214, if given.

    `agent`: sold for somebody else (tags 1222 and 1226).
    """

    name: str
    total: int
    product_type: int | None
    payment_type: int | None
    agent: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a verifier found. Sums are kopecks; texts are stripped, empty ones are None.

    `drive`, `document`, `sign`, `operation` and `total` repeat the code's own fields (for a
    self-employed seller's receipt the first three are empty, 0 and 0). `purchased` is the place's
    local time to the minute, None where the service's clock cannot be trusted. `form` is the
    document's code: 3 receipt, 4 БСО, 31 and 41 corrections. `registration` is the РН ККТ and
    `serial` the till's factory number. `internet`: issued by a till without a place. The buyer's
    phone, the cashier and other personal data are never taken over.
    """

    drive: str
    document: int
    sign: int
    operation: int
    total: int
    purchased: datetime | None
    form: int
    seller_inn: str
    seller_name: str | None
    registration: str | None
    serial: str | None
    place: str | None
    address: str | None
    fias: str | None
    lat: float | None
    lon: float | None
    internet: bool
    cash: int
    ecash: int
    prepaid: int
    credit: int
    provision: int
    provider_inn: str | None
    items: tuple[Item, ...]
