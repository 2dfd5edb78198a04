"""The names of other well-known codes, so that a guest can be told what they photographed."""

import re
from enum import Enum

from services.receipts.qr import NotReadable, QrFault, parse


class CodeKind(Enum):
    """What a code is, as far as its text tells without asking anybody."""

    RECEIPT = "receipt"
    PAYMENT = "payment"
    TIPS = "tips"
    OFD_LINK = "ofd_link"
    SELF_EMPLOYED = "self_employed"
    FOREIGN_RECEIPT = "foreign_receipt"
    MARKING = "marking"
    ALCOHOL = "alcohol"
    """The second code on a receipt with alcohol: the register's (ЕГАИС), without a sum."""
    OURS = "ours"
    """A link that starts a conversation with a guest card: a card, a reward, an invitation."""
    WIFI = "wifi"
    CONTACT = "contact"
    CALENDAR = "calendar"
    PLACE = "place"
    PHONE = "phone"
    MAIL = "mail"
    CHAT = "chat"
    WALLET = "wallet"
    LINK = "link"
    UNKNOWN = "unknown"


_ADDRESS = re.compile(r"\s*https?://(?:www\.)?([^/?#:\s]+)(?::[0-9]+)?(/[^?#\s]*)?", re.I | re.A)
_HOSTS = {
    CodeKind.PAYMENT: ("qr.nspk.ru", "sub.nspk.ru", "pay.nspk.ru"),
    CodeKind.TIPS: ("netmonet.co", "cloudtips.ru", "tips.yandex.ru"),
    CodeKind.SELF_EMPLOYED: ("lknpd.nalog.ru",),
    CodeKind.OFD_LINK: (
        "1-ofd.ru",
        "taxcom.ru",
        "ofd.ru",
        "platformaofd.ru",
        "ofd.yandex.ru",
        "ofd-ya.ru",
        "ofd.sbis.ru",
        "ofd.kontur.ru",
        "cash.kontur.ru",
        "ofd.beeline.ru",
        "ofd.astralnalog.ru",
        "ofd-initpro.ru",
        "ofd-magnit.ru",
        "e-ofd.ru",
        "kkt-online.nalog.ru",
    ),
    CodeKind.FOREIGN_RECEIPT: (
        "suf.purs.gov.rs",
        "mapr.tax.gov.me",
        "oofd.kz",
        "kofd.kz",
        "ofd.soliq.uz",
        "tax.salyk.kg",
    ),
    CodeKind.MARKING: ("честныйзнак.рф", "xn--80ajghhoc2aj1c8b.xn--p1ai"),
    CodeKind.ALCOHOL: ("check.egais.ru",),
    CodeKind.CHAT: ("t.me", "telegram.me", "wa.me", "whatsapp.com", "vk.me", "max.ru"),
    CodeKind.PLACE: (
        "2gis.ru",
        "2gis.com",
        "maps.app.goo.gl",
        "maps.apple.com",
        "maps.google.com",
        "maps.yandex.ru",
    ),
}
_MAP = re.compile(r"(?:.+\.)?(?:yandex|google)\.[a-z]{2,3}/maps(?:/|\Z)", re.A)
"""Maps that live under a path of a search engine."""
_OURS = re.compile(
    r"(?:https?|tg)://[^\s#]*[?&]start=[src]_[A-Za-z0-9_-]{4,64}(?:[&#]|\s*\Z)", re.A
)

_BARE = {
    # A payment order by GOST R 56042, or an EMV merchant code.
    CodeKind.PAYMENT: re.compile(r"ST0001[12]\||000201(?:01|2[6-9])"),
    # Germany's DSFinV-K, Portugal's ATCUD and Austria's RKSV, which are no addresses.
    CodeKind.FOREIGN_RECEIPT: re.compile(r"V0;|A:[0-9]{9}\*B:|_R[0-9]-AT[0-9]+_", re.A),
    # Честный знак: GTIN and serial by GS1, a cigarette pack, an alcohol stamp.
    CodeKind.MARKING: re.compile(
        r"(?:(?:\]d2|\x1d)?(?:\(01\)|01)[0-9]{14}(?:\(21\)|21).{5,}"
        r"|[0-9]{14}[!-z]{15}|[0-9A-Z]{150})\Z",
        re.DOTALL,
    ),
    CodeKind.WIFI: re.compile(r"\s*WIFI:", re.I | re.A),
    CodeKind.CONTACT: re.compile(r"\s*(?:BEGIN:VCARD|MECARD:|BIZCARD:)", re.I | re.A),
    CodeKind.CALENDAR: re.compile(r"\s*BEGIN:(?:VCALENDAR|VEVENT)", re.I | re.A),
    CodeKind.PLACE: re.compile(r"\s*geo:", re.I | re.A),
    CodeKind.PHONE: re.compile(r"\s*(?:tel|sms|smsto|mms|mmsto):", re.I | re.A),
    CodeKind.MAIL: re.compile(r"\s*(?:mailto|MATMSG|SMTP):", re.I | re.A),
    CodeKind.CHAT: re.compile(r"\s*(?:tg|viber|whatsapp|max)://", re.I | re.A),
    CodeKind.WALLET: re.compile(
        r"\s*(?:bitcoin|bitcoincash|ethereum|litecoin|monero|dogecoin|solana|tron|ton|lightning|wc)"
        r":",
        re.I | re.A,
    ),
}


def kind(text: str) -> CodeKind:
    """Name the code, so that the guest can be told what they photographed. Never raises.

    RECEIPT means that the fields of a Russian fiscal receipt are there, right or wrong:
    `services.receipts.qr.parse` says which. SELF_EMPLOYED and FOREIGN_RECEIPT are named by where
    they lead, whether or not `services.receipts.forms` can read them.
    """
    try:
        parse(text)
    except NotReadable as error:
        if error.code is not QrFault.ERR_NOT_RECEIPT:
            return CodeKind.RECEIPT
    else:
        return CodeKind.RECEIPT
    if _OURS.match(text.strip()):
        return CodeKind.OURS
    if address := _ADDRESS.match(text):
        return _kind_of_address(address[1].lower().rstrip("."), address[2] or "")
    return next((name for name, form in _BARE.items() if form.match(text)), CodeKind.UNKNOWN)


def _kind_of_address(host: str, path: str) -> CodeKind:
    for name, hosts in _HOSTS.items():
        if any(host == known or host.endswith("." + known) for known in hosts):
            return name
    return CodeKind.PLACE if _MAP.match(host + path) else CodeKind.LINK
