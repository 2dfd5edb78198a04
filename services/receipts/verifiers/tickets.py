"""Tickets as the tax service writes them, also when others pass them on.

The buyer's phone, the cashier, the sender's address and the like are never read.
"""

import re
from dataclasses import dataclass

from services.receipts.ticket import Item, Ticket
from services.receipts.verifiers.fields import (
    LARGEST_SUM,
    BadTicket,
    Fields,
    fields,
    inn,
    kopecks,
    local_epoch,
    local_time,
    registration,
    rows,
    text,
    whole,
    whole_or_none,
)

LARGEST_NUMBER = 2**32 - 1
LARGEST_TYPE = 255

_WAYS_TO_PAY = ("cashTotalSum", "ecashTotalSum", "prepaidSum", "creditSum", "provisionSum")
_ADDRESS_ON_THE_NET = re.compile(
    r"\S*(?:https?://|www\.)\S*|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}(?:/\S*)?"
    r"|[а-яёa-z0-9.-]+\.рф(?:/\S*)?",
    re.IGNORECASE,
)


def of_fns(document: object) -> Ticket:
    """A ticket of the open API: `{…, address, content{…}}`. Raises BadTicket."""
    outer = fields(document, "ticket")
    content = fields(outer.get("content"), "content")
    return of_content(content, address=outer.get("address"), epoch_is_local=True)


def of_content(content: Fields, *, address: object, epoch_is_local: bool) -> Ticket:
    """The inner part, which all services share. Raises BadTicket.

    `address` is the till's registered one, taken when the receipt names none. `epoch_is_local`:
    a time given as a number is the place's clock encoded as UTC; otherwise it is not trusted.
    """
    moment = content.get("dateTime")
    place = text(content.get("retailPlace"))
    lines = Lines.read(content)
    if all(content.get(way) is None for way in _WAYS_TO_PAY):
        raise BadTicket("not said how it was paid")
    cash, ecash, prepaid, credit, provision = (kopecks(content.get(w), w) for w in _WAYS_TO_PAY)
    return Ticket(
        drive=required(text(content.get("fiscalDriveNumber")), "fiscalDriveNumber"),
        document=_number(content, "fiscalDocumentNumber"),
        sign=_number(content, "fiscalSign"),
        operation=whole(content.get("operationType"), "operationType", 1, 4),
        total=whole(content.get("totalSum"), "totalSum", 0, LARGEST_SUM),
        purchased=local_time(moment) or (local_epoch(moment) if epoch_is_local else None),
        # Until 2020 the field had another name.
        form=whole(content.get("code", content.get("receiptCode")), "code", 0, LARGEST_TYPE),
        seller_inn=required(inn(content.get("userInn")), "userInn"),
        seller_name=text(content.get("user")),
        registration=registration(content.get("kktRegId")),
        serial=text(content.get("numberKkt")),
        place=place,
        address=text(content.get("retailPlaceAddress")) or without_gaps(text(address)),
        fias=None,
        lat=None,
        lon=None,
        internet=without_a_place(content.get("internetSign"), place),
        cash=cash,
        ecash=ecash,
        prepaid=prepaid,
        credit=credit,
        provision=provision,
        provider_inn=lines.provider_inn,
        items=lines.items,
    )


def required(value: str | None, name: str) -> str:
    """The text; BadTicket when there is none."""
    if value is None:
        raise BadTicket(f"absent: {name}")
    return value


def _number(content: Fields, name: str) -> int:
    return whole(content.get(name), name, 1, LARGEST_NUMBER)


def without_gaps(address: str | None) -> str | None:
    """An address of the register of addresses leaves commas where it has no part."""
    parts = [part.strip() for part in (address or "").split(",")]
    return ", ".join(part for part in parts if part) or None


def without_a_place(sign: object, place: str | None) -> bool:
    """Issued on the internet: by the till's own sign (tag 1108), or the place is an address there.

    Such tills are registered where their servers stand, so their address tells nothing.
    """
    return sign in (1, "1") or bool(place and _ADDRESS_ON_THE_NET.fullmatch(place.strip(" ;")))


@dataclass(frozen=True, slots=True)
class Lines:
    """The receipt's lines, and whom all of them were sold for if it is one and the same.

    Who sells for themselves is nobody's agent.
    """

    items: tuple[Item, ...]
    provider_inn: str | None

    @classmethod
    def read(cls, content: Fields) -> "Lines":
        """Lines of a ticket's content. Raises BadTicket."""
        whole_agent = bool(content.get("paymentAgentType"))
        whole_provider = inn(content.get("providerInn"))
        seller = inn(content.get("userInn"))
        items, providers = [], set()
        for row in rows(content.get("items"), "items"):
            provider = inn(row.get("providerInn")) or whole_provider
            own = provider is not None and provider == seller
            providers.add(None if own else provider)
            items.append(
                Item(
                    name=text(row.get("name")) or "",
                    total=whole(row.get("sum"), "item", 0, LARGEST_SUM),
                    product_type=_type(row, "productType"),
                    payment_type=_type(row, "paymentType"),
                    agent=not own
                    and bool(provider or row.get("paymentAgentByProductType") or whole_agent),
                )
            )
        return cls(tuple(items), providers.pop() if len(providers) == 1 else None)


def _type(row: Fields, name: str) -> int | None:
    return whole_or_none(row.get(name), name, 0, LARGEST_TYPE)
