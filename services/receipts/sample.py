"""A demo receipt: what a till of a venue would print for a purchase of a given sum."""

import re
from datetime import datetime
from typing import Any

from services.cities import CityFacts, TillFacts, VenueFacts
from services.cities.checksums import registration_tail
from services.receipts.qr import FiscalQr

_RUBLES = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]{2}))?", re.ASCII)
_MENU = (("Капучино", 28_000), ("Пирожок с яблоком", 9_000), ("Чай с чабрецом", 17_000))


def facts_of(
    city: CityFacts,
    venue: VenueFacts,
    till: TillFacts,
    *,
    rubles: str,
    at: datetime,
    document: int,
    sign: int,
) -> dict[str, Any]:
    """The facts of a "sample" picture (`services.images.drawing`).

    `rubles` is like 540 or 540.00, else ValueError; an aware `at` is taken to the city's zone.
    """
    match = _RUBLES.fullmatch(rubles)
    if match is None or not (total := int(match[1]) * 100 + int(match[2] or 0)):
        raise ValueError(f"{rubles} is not a sum in rubles such as 540.00")
    local = at.astimezone(city.timezone).replace(tzinfo=None) if at.tzinfo else at
    purchased = local.replace(second=0, microsecond=0)
    qr = FiscalQr(
        purchased=purchased,
        total=total,
        drive=till.drive,
        document=document,
        sign=max(1, sign),
        operation=1,
        operation_assumed=False,
    )
    return {
        "venue": city.text(venue.name, "ru"),
        "legal_name": city.text(till.partner, "ru"),
        "address": city.text(venue.address, "ru"),
        "inn": till.inn,
        "registration": till.registration,
        "serial": till.serial,
        "drive": till.drive,
        "document": document,
        "sign": qr.sign,
        "items": _items(total),
        "total": total,
        "purchased": purchased.isoformat(timespec="minutes"),
        "qr": qr.canonical,
    }


def unregistered(till: TillFacts, number: int) -> TillFacts:
    """A till of the same owner that nobody knows, to try out how one is added.

    `number` below a million makes one that differs from others.
    """
    serial = f"DEMO{number:06d}"
    head = f"0009{number:06d}"
    return TillFacts(
        registration=head + registration_tail(head, till.inn, serial),
        serial=serial,
        drive=f"738649{number:010d}",
        inn=till.inn,
        partner=till.partner,
    )


def _items(total: int) -> list[list[Any]]:
    """Lines that add up to the total: the menu as often as it fits, then the rest."""
    lines: list[list[Any]] = []
    rest = total
    for name, price in _MENU:
        if price <= rest:
            lines.append([name, 1, price])
            rest -= price
    if rest:
        lines.append(["Заказ по меню", 1, rest])
    return lines
