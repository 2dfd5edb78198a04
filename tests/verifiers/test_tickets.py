"""Tickets of every origin come out in one shape; each trap of the samples is stepped over."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.receipts.ticket import Item, Ticket
from services.receipts.verifiers import npd, ofdru
from services.receipts.verifiers.fields import (
    BadTicket,
    instant,
    kopecks_of_rubles,
    local_epoch,
    local_time,
    parse_json,
)
from services.receipts.verifiers.tickets import of_content, of_fns
from tests.verifiers.mobile import tickets_of_the_phone
from tests.verifiers.rig import sample

KALUGA = ZoneInfo("Europe/Moscow")


def passed_on(name: str) -> Ticket:
    """A sample of proverkacheka."""
    content = sample(name)["data"]["json"]
    address = content.get("metadata", {}).get("address")
    return of_content(content, address=address, epoch_is_local=False)


def test_the_tax_services_own_ticket() -> None:
    assert of_fns(sample("fns_greengrocer")) == Ticket(
        drive="7281440500477484",
        document=74694,
        sign=435331208,
        operation=1,
        total=11781,
        purchased=datetime.fromisoformat("2024-01-23T18:16"),
        form=3,
        seller_inn="7602099286",
        seller_name='ООО "Формат"',
        registration="0000705127011954",
        serial="0128025647",
        place='Магазин "формат"',
        address="150014 Ярославская область г.Ярославль ул. Б. Октябрьская, д.73",
        fias=None,
        lat=None,
        lon=None,
        internet=False,
        cash=0,
        ecash=11781,
        prepaid=0,
        credit=0,
        provision=0,
        provider_inn=None,
        items=(
            Item("Яблоки Гала", 2308, 1, 4, agent=False),
            Item("Яблоки Айдаред 1сорт", 2488, 1, 4, agent=False),
            Item("Яблоки Грени Смит Азербайджан", 2015, 1, 4, agent=False),
            Item("ЕМВ безалк.напиток 0,5л Барбарис ст/б", 4970, 1, 4, agent=False),
        ),
    )


def test_a_supermarkets_ticket_of_ofdru_says_where_it_stands() -> None:
    ticket = ofdru.ticket(sample("ofdru_supermarket")["Data"])
    assert ticket == Ticket(
        drive="7380440801197696",
        document=27799,
        sign=533776897,
        operation=1,
        total=126494,
        purchased=datetime.fromisoformat("2025-10-23T09:30"),
        form=3,
        seller_inn="7814148471",
        seller_name='ООО "Лента"',
        registration="0005850057026850",
        serial=None,
        place=None,
        address="Россия,108814,Москва г.,поселение Сосенское вн.тер.г. Веласкеса б-р,д.3,к.1",
        fias="e0221a1f-4c74-45f4-992c-ab8a841620a5",
        lat=55.592947,
        lon=37.457358,
        internet=False,
        cash=0,
        ecash=126494,
        prepaid=0,
        credit=0,
        provision=0,
        provider_inn=None,
        items=ticket.items,
    )
    assert ticket.items[-1] == Item("Карта-сюрприз", 0, None, 4, agent=False)


@pytest.mark.parametrize(
    ("point", "found"),
    [
        ("54.513845, 36.261215", (54.513845, 36.261215)),
        ({"Latitude": Decimal("54.5"), "Longitude": Decimal("36.25")}, (54.5, 36.25)),
        ({"Latitude": 0, "Longitude": 0}, (None, None)),
        ({"Latitude": Decimal("91.5"), "Longitude": 1}, (None, None)),
        ({"Latitude": None, "Longitude": None}, (None, None)),
        ("somewhere", (None, None)),
        ([54.5, 36.25], (None, None)),
        (None, (None, None)),
    ],
    ids=str,
)
def test_a_point_on_the_map(point: object, found: tuple[float | None, float | None]) -> None:
    data = sample("ofdru_supermarket")["Data"] | {"GeoPoint": point}
    ticket = ofdru.ticket(data)
    assert (ticket.lat, ticket.lon) == found


@pytest.mark.parametrize(
    ("name", "total", "inn", "place", "address"),
    [
        (
            "proverkacheka_restaurant",
            50900,
            "7705944498",
            "ресторан KFC, уровень -3",
            "125009, Россия, Г.Москва, Манежная пл элем. улично-дорожн.сети, д. 1, к. 2 стр",
        ),
        (
            "proverkacheka_two_addresses",
            50935,
            "7825706086",
            "385H; 18300 - Пятерочка;",
            "454000, 74, г.Челябинск, р-н Курчатовский, пр-кт Новоградский, 58;",
        ),
        ("proverkacheka_minimal", 6300, "7729532221", None, None),
        (
            "proverkacheka_excise",
            154500,
            "990000000115",
            "магазин ПИВОПТТОРГ",
            "188692, Россия, Ленинградская обл, Всеволожский м.р-н, Заневское г.п., Кудрово г., "
            "Европейский пр-кт, д. 8, пом. 49-Н",
        ),
        (
            "proverkacheka_marked",
            44387,
            "7838471956",
            "Магазин",
            "г.Санкт-Петербург, 192281, ул Будапештская, д. 83/39, литера А, пом. 2-Н",
        ),
    ],
)
def test_tickets_that_were_passed_on(
    name: str, total: int, inn: str, place: str | None, address: str | None
) -> None:
    ticket = passed_on(name)
    found = (ticket.total, ticket.seller_inn, ticket.place, ticket.address, ticket.internet)
    assert found == (total, inn, place, address, False)
    assert ticket.ecash == total
    assert sum(item.total for item in ticket.items) == total


def test_cigarettes_come_as_goods_and_beer_as_excise() -> None:
    assert of_fns(sample("fns_cigarettes")).items[0] == Item(
        "Сигареты Винстон сильвер т/у", 33600, 1, 4, agent=False
    )
    assert {item.product_type for item in passed_on("proverkacheka_excise").items} == {2}
    assert 33 in {item.product_type for item in passed_on("proverkacheka_marked").items}


def test_an_old_phones_ticket_has_a_code_of_another_name() -> None:
    (ticket,) = tickets_of_the_phone(sample("mobile_first"))
    assert (ticket.form, ticket.cash, ticket.ecash, ticket.prepaid) == (3, 0, 339059, 0)
    assert ticket.purchased == datetime.fromisoformat("2020-06-03T14:50")
    assert ticket.items[0] == Item("240 КАРТОФЕЛЬ", 5771, None, None, agent=False)


def test_a_prepayment_set_off_for_another_seller() -> None:
    (ticket,) = tickets_of_the_phone(sample("mobile_second"))
    assert (ticket.total, ticket.cash, ticket.ecash, ticket.prepaid) == (270100, 0, 0, 270100)
    assert ticket.internet
    assert ticket.provider_inn == "500100732259"
    assert [item.agent for item in ticket.items] == [True]
    # A true moment without a zone tells no local time.
    assert ticket.purchased is None


def test_taxis_with_an_address_in_kaluga_have_no_place() -> None:
    yandex, uber = tickets_of_the_phone(sample("mobile_export_of_taxis"))
    assert (yandex.place, uber.place) == ("taxi.yandex.ru", "https://support-uber.com")
    for ticket in (yandex, uber):
        assert ticket.internet
        assert ticket.address is not None
        assert "Калуга" in ticket.address
        assert ticket.provider_inn == "500100732259"


@pytest.mark.parametrize(
    ("sign", "place", "internet"),
    [
        (1, "Кофейня", True),
        ("1", None, True),
        (0, "Кофейня", False),
        (None, "ozon.ru", True),
        (None, "https://support-uber.com", True),
        (None, "www.example.org/shop", True),
        (None, "калуга.рф", True),
        (None, "Магазин №1 ул.Ленина", False),
        (None, "ул.Ленина", False),
        (None, "ООО Ромашка.", False),
        (None, None, False),
    ],
)
def test_a_till_without_a_place(sign: object, place: str | None, internet: bool) -> None:
    document = sample("fns_greengrocer")
    document["content"] |= {"internetSign": sign, "retailPlace": place}
    assert of_fns(document).internet is internet


def test_several_providers_are_nobody_in_particular() -> None:
    document = sample("fns_greengrocer")
    first, second, third, _ = document["content"]["items"]
    first["providerInn"], second["providerInn"] = "500100732259", " 990000000115"
    third["paymentAgentByProductType"] = 64
    ticket = of_fns(document)
    assert ticket.provider_inn is None
    assert [item.agent for item in ticket.items] == [True, True, True, False]


def test_one_line_of_an_agent_leaves_the_rest_the_sellers() -> None:
    document = sample("fns_greengrocer")
    document["content"]["items"][0]["providerInn"] = "500100732259"
    ticket = of_fns(document)
    assert (ticket.seller_inn, ticket.provider_inn) == ("7602099286", None)
    assert [item.agent for item in ticket.items] == [True, False, False, False]


@pytest.mark.parametrize("at", ["line", "receipt"])
def test_who_sells_for_themselves_is_no_agent(at: str) -> None:
    document = sample("fns_greengrocer")
    content = document["content"]
    for each in content["items"] if at == "line" else [content]:
        each["providerInn"] = "007602099286"
    content["items"][0]["paymentAgentByProductType"] = 64
    ticket = of_fns(document)
    assert (ticket.seller_inn, ticket.provider_inn) == ("7602099286", None)
    assert [item.agent for item in ticket.items] == [False] * 4


@pytest.mark.parametrize(
    ("providers", "inn", "agents"),
    [
        (["500100732259"] + [None] * 6, None, [True] + [False] * 6),
        (["7814148471"] * 7, None, [False] * 7),
        (["500100732259"] * 7, "500100732259", [True] * 7),
        (["500100732259", "990000000115"] + ["500100732259"] * 5, None, [True] * 7),
    ],
)
def test_whom_ofdru_says_it_was_sold_for(
    providers: list[str | None], inn: str | None, agents: list[bool]
) -> None:
    data = sample("ofdru_supermarket")["Data"]
    for line, provider in zip(data["Document"]["Items"], providers, strict=True):
        line["ProviderInn"] = provider
    ticket = ofdru.ticket(data)
    assert (ticket.seller_inn, ticket.provider_inn) == ("7814148471", inn)
    assert [item.agent for item in ticket.items] == agents


@pytest.mark.parametrize(
    ("given", "inn"),
    [("7602099286  ", "7602099286"), ("007602099286", "7602099286"), (7602099286, "7602099286")],
)
def test_a_padded_inn(given: object, inn: str) -> None:
    document = sample("fns_greengrocer")
    document["content"]["userInn"] = given
    assert of_fns(document).seller_inn == inn


def test_numbers_that_went_through_floats() -> None:
    body = b'{"fiscalSign": 1.189168989e+09, "totalSum": 50900.0}'
    content = sample("proverkacheka_restaurant")["data"]["json"] | parse_json(body)
    ticket = of_content(content, address=None, epoch_is_local=False)
    assert (ticket.sign, ticket.total) == (1189168989, 50900)


@pytest.mark.parametrize(
    "moment", [1706033760, "2024-01-23T18:16:00Z", "2024-01-23", "2024-02-30T10:00:00", None, True]
)
def test_a_time_that_cannot_be_trusted_is_none(moment: object) -> None:
    content = sample("proverkacheka_restaurant")["data"]["json"] | {"dateTime": moment}
    assert of_content(content, address=None, epoch_is_local=False).purchased is None


def test_personal_data_is_left_behind() -> None:
    document = sample("fns_greengrocer")
    secrets = {
        "buyerPhoneOrAddress": "+79001234567",
        "operator": "Иванова Мария",
        "operatorInn": "500100732259",
        "senderAddress": "sender@example.org",
        "sellerAddress": "seller@example.org",
        "propertiesData": "ws:SECRET",
        "properties": {"propertyName": "card", "propertyValue": "4276"},
        "buyer": "Петров",
        "buyerInn": "990000000115",
    }
    document["content"] |= secrets
    shown = repr(asdict(of_fns(document)))
    assert not [value for value in secrets.values() if str(value) in shown]


def test_texts_that_a_database_would_refuse_are_cleaned() -> None:
    document = sample("fns_greengrocer")
    document["content"] |= {
        "user": "ООО\x00 «Ветер»\ud800\n ",
        "retailPlace": " \t ",
        "numberKkt": 12,
    }
    ticket = of_fns(document)
    assert (ticket.seller_name, ticket.place, ticket.serial) == ("ООО «Ветер»?", None, "12")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"fiscalDriveNumber": None}, "absent: fiscalDriveNumber"),
        ({"fiscalDocumentNumber": 0}, "no number: fiscalDocumentNumber"),
        ({"fiscalSign": 2**32}, "no number: fiscalSign"),
        ({"fiscalSign": True}, "no number: fiscalSign"),
        ({"fiscalSign": Decimal("1.5")}, "no number: fiscalSign"),
        ({"fiscalSign": Decimal("1e999999999")}, "no number: fiscalSign"),
        ({"fiscalSign": "٣"}, "no number: fiscalSign"),
        ({"operationType": 5}, "no number: operationType"),
        ({"totalSum": -1}, "no number: totalSum"),
        ({"totalSum": "117.81"}, "no number: totalSum"),
        ({"code": None}, "no number: code"),
        ({"userInn": "  "}, "absent: userInn"),
        ({"userInn": {"inn": 1}}, "absent: userInn"),
        ({"items": {}}, "no list: items"),
        ({"items": ["Яблоки"]}, "no object: items"),
        ({"items": [{"name": "Яблоки"}]}, "no number: item"),
        (
            {"items": [{"name": "Яблоки", "sum": 1, "productType": "food"}]},
            "no number: productType",
        ),
        ({"cashTotalSum": -5}, "no number: cashTotalSum"),
    ],
    ids=str,
)
def test_a_broken_ticket_is_refused(changed: dict[str, Any], words: str) -> None:
    document = sample("fns_greengrocer")
    document["content"] |= changed
    with pytest.raises(BadTicket, match=words):
        of_fns(document)


def test_a_ticket_that_does_not_say_how_it_was_paid_is_refused() -> None:
    document = sample("fns_greengrocer")
    for name in [name for name in document["content"] if name.endswith("Sum")]:
        if name != "totalSum":
            del document["content"][name]
    with pytest.raises(BadTicket, match="not said how it was paid"):
        of_fns(document)


def test_a_receipt_without_items_is_a_receipt() -> None:
    document = sample("fns_greengrocer")
    del document["content"]["items"]
    assert of_fns(document).items == ()


SELF_EMPLOYED = {
    "receiptId": "200t7zk6gk",
    "inn": "500100732259",
    "operationTime": "2026-11-21T18:30:15+03:00",
    "totalAmount": Decimal("1234.50"),
    "paymentType": "CASH",
    "services": [
        {"name": "Экскурсия", "quantity": 2, "amount": 500},
        {"name": "Карта", "quantity": Decimal("1.5"), "amount": Decimal("156.33")},
    ],
    "clientDisplayName": "Петров",
    "cancellationInfo": None,
}


def test_a_self_employed_sellers_receipt() -> None:
    ticket = npd.ticket(SELF_EMPLOYED, "500100732259", KALUGA)
    assert (ticket.drive, ticket.document, ticket.sign) == ("", 0, 0)
    assert (ticket.total, ticket.cash, ticket.ecash) == (123450, 123450, 0)
    assert ticket.purchased == datetime.fromisoformat("2026-11-21T18:30")
    assert [(item.name, item.total) for item in ticket.items] == [
        ("Экскурсия", 100000),
        ("Карта", 23450),
    ]
    assert "Петров" not in repr(ticket)


@pytest.mark.parametrize(
    ("told", "local"),
    [
        ("2026-11-21T15:30:15Z", "2026-11-21T18:30"),
        ("2026-11-21T15:30:15.123Z", "2026-11-21T18:30"),
        ("2026-11-21T22:30:15+07:00", "2026-11-21T18:30"),
        ("2026-11-21T18:30:15", "2026-11-21T18:30"),
    ],
)
def test_its_time_is_the_citys(told: str, local: str) -> None:
    ticket = npd.ticket(SELF_EMPLOYED | {"operationTime": told}, "500100732259", KALUGA)
    assert ticket.purchased == datetime.fromisoformat(local)


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+14:00", "yesterday", 5, None])
def test_its_time_may_be_no_time(told: object) -> None:
    ticket = npd.ticket(SELF_EMPLOYED | {"operationTime": told}, "500100732259", KALUGA)
    assert ticket.purchased is None


@pytest.mark.parametrize(
    ("rubles", "kopecks"),
    [
        (5, 500),
        ("5", 500),
        ("5.1", 510),
        (Decimal("0.29"), 29),
        (Decimal("1234567.89"), 123456789),
        (Decimal("5.10000"), 510),
    ],
)
def test_rubles_become_kopecks_exactly(rubles: object, kopecks: int) -> None:
    assert kopecks_of_rubles(rubles, "sum") == kopecks


@pytest.mark.parametrize(
    "rubles", [None, True, "5,10", -1, Decimal("0.001"), Decimal("1e400"), 2**60, "x", [], "1" * 40]
)
def test_what_is_no_rubles_is_refused(rubles: object) -> None:
    with pytest.raises(BadTicket):
        kopecks_of_rubles(rubles, "sum")


@pytest.mark.parametrize(
    ("year", "believed"),
    [("0001", False), ("2014", False), ("2015", True), ("2100", True), ("2101", False),
     ("9999", False)],
)  # fmt: skip
def test_a_year_without_receipts_is_no_time(year: str, believed: bool) -> None:
    """The first and the last year there are cannot even change their zone."""
    written = f"{year}-12-31T23:59"
    expected = datetime.fromisoformat(written) if believed else None
    assert local_time(f"{written}:00") == expected
    moment = datetime.fromisoformat(f"{written}+00:00")
    assert instant(f"{written}+00:00") == (moment if believed else None)
    greengrocer = sample("fns_greengrocer")
    greengrocer["content"]["dateTime"] = f"{written}:00"
    assert of_fns(greengrocer).purchased == expected


def test_a_number_without_receipts_is_no_time() -> None:
    begins, ends = 1_420_070_400, 4_133_980_799  # of 2015, of 2100
    assert local_epoch(begins) == datetime.fromisoformat("2015-01-01T00:00")
    assert local_epoch(ends) == datetime.fromisoformat("2100-12-31T23:59")
    assert [local_epoch(moment) for moment in (0, begins - 1, ends + 1)] == [None] * 3
