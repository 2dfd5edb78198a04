"""Codes that are no receipts, by name."""

import pytest

from services.receipts.codes import CodeKind, kind

REFERENCE = "t=20200727T1117&s=4850.00&fn=9287440300634471&i=13571&fp=3730902192&n=1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (REFERENCE, CodeKind.RECEIPT),
        (REFERENCE.replace("n=1", "n=7"), CodeKind.RECEIPT),
        ("https://qr.nspk.ru/AD100004BAL7227F9BNP6KNE007J9B3K?type=02", CodeKind.PAYMENT),
        ("HTTPS://QR.NSPK.RU/AD100004", CodeKind.PAYMENT),
        ("ST00012|Name=Кафе|PersonalAcc=40702810000000000000", CodeKind.PAYMENT),
        ("00020101021226", CodeKind.PAYMENT),
        ("https://receipt.taxcom.ru/v01/show?fp=3796110719&s=1405.33", CodeKind.OFD_LINK),
        ("https://check.ofd.ru/rec/1/2/3", CodeKind.OFD_LINK),
        ("https://ofd-magnit.ru/CheckWebApp/fds.zul?fn=9282440300634471", CodeKind.OFD_LINK),
        ("https://notofd-magnit.ru/1", CodeKind.LINK),
        ("https://lknpd.nalog.ru/api/v1/receipt/500100732259/200abc/print", CodeKind.SELF_EMPLOYED),
        ("https://suf.purs.gov.rs/v/?vl=A1ZCTUhY", CodeKind.FOREIGN_RECEIPT),
        ("http://consumer.oofd.kz?i=1&f=2&s=1500.00&t=20230729T210806", CodeKind.FOREIGN_RECEIPT),
        ("V0;955002-00;Kassenbeleg-V1;Beleg^1.00_0.00^1.00:Bar;1;2;", CodeKind.FOREIGN_RECEIPT),
        ("A:500000000*B:999999990*C:PT*D:FS*E:N", CodeKind.FOREIGN_RECEIPT),
        ("_R1-AT1_CASHBOX_1_2026-01-01T10:00:00_0,00", CodeKind.FOREIGN_RECEIPT),
        ("https://user@lknpd.nalog.ru/api/v1/receipt/1/2", CodeKind.LINK),
        ("httpſ://qr.nspk.ru/AD1", CodeKind.UNKNOWN),
        ("0104603934000793215Qbag!\x1d93Zjqw", CodeKind.MARKING),
        ("\x1d0104603934000793215Qbag!", CodeKind.MARKING),
        ("00000046198488X?io+qCABm8wAYa", CodeKind.MARKING),
        ("WIFI:T:WPA;S:Cafe;P:secret;;", CodeKind.WIFI),
        ("BEGIN:VCARD\nFN:Kate\nEND:VCARD", CodeKind.CONTACT),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR", CodeKind.CALENDAR),
        ("begin:vevent\nSUMMARY:Fair\nEND:VEVENT", CodeKind.CALENDAR),
        ("geo:54.5138,36.2612", CodeKind.PLACE),
        ("https://yandex.ru/maps/org/kafe/1234567890/", CodeKind.PLACE),
        ("https://www.google.com/maps", CodeKind.PLACE),
        ("https://2gis.ru/kaluga/firm/1", CodeKind.PLACE),
        ("https://yandex.ru/search?text=maps", CodeKind.LINK),
        ("https://yandex.ru.evil.example/maps/", CodeKind.LINK),
        ("tel:+74842000000", CodeKind.PHONE),
        ("SMSTO:+79000000000:hello", CodeKind.PHONE),
        ("mailto:cafe@example.org", CodeKind.MAIL),
        ("MATMSG:TO:cafe@example.org;SUB:;BODY:;;", CodeKind.MAIL),
        ("tg://resolve?domain=cafe", CodeKind.CHAT),
        ("https://t.me/cafe", CodeKind.CHAT),
        ("https://wa.me/79000000000", CodeKind.CHAT),
        ("bitcoin:bc1qexample?amount=0.1", CodeKind.WALLET),
        ("ton://transfer/EQexample", CodeKind.WALLET),
        ("https://t.me/guestcard_bot?start=c_1234567890", CodeKind.OURS),
        ("https://card.example/?start=r_aB3-_defghijk", CodeKind.OURS),
        ("tg://resolve?domain=guestcard_bot&start=s_abcdefgh", CodeKind.OURS),
        ("https://t.me/guestcard_bot?start=promo", CodeKind.CHAT),
        ("https://netmonet.co/tip/session?qrId=1", CodeKind.TIPS),
        ("https://pay.cloudtips.ru/p/1", CodeKind.TIPS),
        ("https://tips.yandex.ru/guest/payment/123456", CodeKind.TIPS),
        ("http://check.egais.ru?id=88a7a3ed&dt=0910141104&cn=030000255555", CodeKind.ALCOHOL),
        ("https://menu.example/cafe", CodeKind.LINK),
        ("https://notofd.ru.example/ofd.ru", CodeKind.LINK),
        ("https://[broken", CodeKind.LINK),
        ("просто текст", CodeKind.UNKNOWN),
        ("", CodeKind.UNKNOWN),
    ],
)
def test_kinds(text: str, expected: CodeKind) -> None:
    assert kind(text) is expected
