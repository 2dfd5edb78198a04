"""OFD.ru, proverkacheka and the register of self-employed sellers, against their fakes."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from services.receipts.verifiers.contract import (
    Answer,
    Because,
    NotYet,
    Question,
    Rejected,
    Trouble,
    Unavailable,
    Undecided,
    Verified,
    Verifier,
)
from services.receipts.verifiers.known import ALLOWANCES, SERVES, make_verifier
from services.receipts.verifiers.wire import VerifierConfig
from tests.verifiers.fakes import ofdru as fake_ofdru
from tests.verifiers.fakes import proverkacheka as fake_proverkacheka
from tests.verifiers.fakes.npd import FakeNpd
from tests.verifiers.fakes.ofdru import FakeOfdRu
from tests.verifiers.fakes.proverkacheka import FakeProverkacheka
from tests.verifiers.fakes.serving import BAD_GATEWAY, DROPPED, Scripted
from tests.verifiers.rig import (
    CountedPurse,
    MemoryVault,
    Time,
    question,
    sample,
    self_employed_slip,
)
from tests.verifiers.test_fns import one

NONSENSE = {
    "gateway": BAD_GATEWAY,
    "dropped": DROPPED,
    "page": Scripted(200, "<html></html>"),
    "nothing": Scripted(200, ""),
    "a list": Scripted(200, "[1, 2]", "application/json"),
    "a redirect": Scripted(302),
    "deep": Scripted(200, "[" * 100_000, "application/json"),
}


def client_of(name: str, url: str, token: str, time: Time, purse: CountedPurse) -> Verifier:
    return make_verifier(
        name,
        VerifierConfig(url, token),
        purse=purse,
        vault=MemoryVault(time.clock),
        tick=time.tick,
        sleep=time.sleep,
    )


def supermarket(asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The supermarket's receipt, for its own number only."""
    data: dict[str, Any] = sample("ofdru_supermarket")["Data"]
    return data if asked["DocNumber"] == "27799" else None


SUPERMARKET = question(
    27799,
    drive="7380440801197696",
    total=126494,
    sign=533776897,
    purchased=datetime.fromisoformat("2025-10-23T09:30"),
)


@pytest.fixture
async def ofd() -> AsyncIterator[FakeOfdRu]:
    """Has the supermarket's receipt; a hundred calls."""
    async with FakeOfdRu(supermarket) as fake:
        yield fake


@pytest.fixture
async def ofdru(ofd: FakeOfdRu, time: Time, purse: CountedPurse) -> AsyncIterator[Verifier]:
    client = client_of("ofdru", ofd.url, fake_ofdru.TOKEN, time, purse)
    yield client
    await client.close()


async def test_ofdru_answers_at_once_and_says_what_is_left(
    ofdru: Verifier, ofd: FakeOfdRu, purse: CountedPurse
) -> None:
    answers = await ofdru.ask([SUPERMARKET, question(5)])
    found = answers["check-27799"]
    assert isinstance(found, Verified)
    assert (found.ticket.total, found.ticket.sign) == (126494, 533776897)
    assert answers["check-5"] == NotYet()
    assert (purse.spent, purse.left, ofd.available) == (2, 98, 98)


@pytest.mark.parametrize(
    ("scripted", "answer"),
    [
        (Scripted(401), Unavailable(Trouble.DENIED)),
        (Scripted(402), Unavailable(Trouble.QUOTA)),
        (Scripted(429), Unavailable(Trouble.SLOW_DOWN, 60)),
        *((nonsense, Unavailable(Trouble.DOWN)) for nonsense in NONSENSE.values()),
        (
            Scripted(200, '{"Success": true, "Data": {}}', "application/json"),
            Undecided("ticket: no object: Document"),
        ),
        (
            Scripted(200, '{"Success": false, "Errors": "?"}', "application/json"),
            Undecided("error : "),
        ),
        (
            Scripted(
                200,
                '{"Success":false,"Errors":[{"Code":"7","Field":"DocNumber","Message":"Плохо"}]}',
                "application/json",
            ),
            Undecided("error DocNumber: Плохо"),
        ),
    ],
)
async def test_ofdru_in_trouble(
    ofdru: Verifier, ofd: FakeOfdRu, scripted: Scripted, answer: Answer
) -> None:
    ofd.script("GetReceipt", scripted)
    assert await one(ofdru, SUPERMARKET) == answer
    assert isinstance(await one(ofdru, SUPERMARKET), Verified)


DENIED, QUOTA = Unavailable(Trouble.DENIED), Unavailable(Trouble.QUOTA)


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("Чек не найден", NotYet()),
        ("Чек не найден: ключ документа отсутствует", NotYet()),
        ("Доступ к чеку заблокирован на сутки", NotYet()),
        ("Чек временно недоступен, повторите запрос позже", NotYet()),
        ("Запрошенный чек недоступен", Undecided("error : Запрошенный чек недоступен")),
        ("Внутреннее исключение", Undecided("error : Внутреннее исключение")),
        ("Включите параметр", Undecided("error : Включите параметр")),
        ("Неверный токен", DENIED),
        ("Нет доступа", DENIED),
        ("Ключ не действует", DENIED),
        ("Вы не авторизованы", DENIED),
        ("Ошибка авторизации", DENIED),
        ("Токен заблокирован", DENIED),
        ("Лимит запросов исчерпан", QUOTA),
        ("Лимит запросов исчерпан, повторите позже", QUOTA),
    ],
)
async def test_one_receipt_does_not_shut_ofdru_for_everybody(
    ofdru: Verifier, ofd: FakeOfdRu, message: str, answer: Answer
) -> None:
    """What is said of the receipt is told from what is said of our token or our calls."""
    errors = [{"Code": "1", "Field": "", "Message": message}]
    said = json.dumps({"Success": False, "Errors": errors, "AvailableRequests": 50})
    ofd.script("GetReceipt", Scripted(200, said, "application/json"))
    assert await one(ofdru, SUPERMARKET) == answer


async def test_ofdru_without_a_receipt_on_the_last_call_says_so(
    ofdru: Verifier, ofd: FakeOfdRu, purse: CountedPurse
) -> None:
    ofd.available = 1
    assert await one(ofdru, question(5)) == NotYet()
    assert purse.left == 0


async def test_ofdru_without_calls_left(
    ofdru: Verifier, ofd: FakeOfdRu, purse: CountedPurse
) -> None:
    ofd.available = 1
    assert isinstance(await one(ofdru, SUPERMARKET), Verified)
    assert purse.left == 0
    assert await one(ofdru, SUPERMARKET) == Unavailable(Trouble.QUOTA)
    assert ofd.called("GetReceipt") == 1


async def test_ofdru_with_a_wrong_token_needs_a_person(
    ofd: FakeOfdRu, time: Time, purse: CountedPurse
) -> None:
    client = client_of("ofdru", ofd.url, "wrong", time, purse)
    answers = await client.ask([SUPERMARKET, question(5)])
    assert set(answers.values()) == {Unavailable(Trouble.DENIED)}
    assert ofd.called("GetReceipt") == 1
    await client.close()


@pytest.mark.parametrize("name", ["ofdru", "proverkacheka", "npd"])
async def test_slips_of_another_form_are_not_asked_about(
    name: str, time: Time, purse: CountedPurse
) -> None:
    client = client_of(name, "http://127.0.0.1:1", "", time, purse)
    asked = question() if name == "npd" else Question("x", self_employed_slip())
    assert isinstance(await one(client, asked), Undecided)
    assert purse.spent == 0
    await client.close()


RESTAURANT = question(
    13614,
    drive="9285440300346590",
    total=50900,
    sign=1189168989,
    purchased=datetime.fromisoformat("2021-07-21T20:25"),
)


def restaurant(asked: Mapping[str, str]) -> Mapping[str, Any] | int:
    """The restaurant's receipt, and for small document numbers this number as the code."""
    if int(asked["fd"]) < 10:
        return int(asked["fd"])
    assert asked == {
        "fn": "9285440300346590",
        "fd": "13614",
        "fp": "1189168989",
        "t": "20210721T2025",
        "n": "1",
        "s": "509.00",
        "qr": "0",
    }
    answer: dict[str, Any] = sample("proverkacheka_restaurant")
    return answer


@pytest.fixture
async def paid(time: Time) -> AsyncIterator[FakeProverkacheka]:
    """Has the restaurant's receipt; fifteen calls."""
    async with FakeProverkacheka(restaurant, tick=time.tick) as fake:
        yield fake


@pytest.fixture
async def proverkacheka(
    paid: FakeProverkacheka, time: Time, purse: CountedPurse
) -> AsyncIterator[Verifier]:
    client = client_of("proverkacheka", paid.url, fake_proverkacheka.TOKEN, time, purse)
    yield client
    await client.close()


async def test_proverkacheka_passes_a_ticket_on(
    proverkacheka: Verifier, purse: CountedPurse
) -> None:
    found = await one(proverkacheka, RESTAURANT)
    assert isinstance(found, Verified)
    assert (found.ticket.document, found.ticket.seller_inn) == (13614, "7705944498")
    assert purse.spent == 1


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (2, NotYet()),
        (3, NotYet()),
        (4, Unavailable(Trouble.SLOW_DOWN, 600)),
        (5, Unavailable(Trouble.DOWN)),
        (7, Undecided("code 7: Неизвестно")),
    ],
)
async def test_codes_of_proverkacheka(proverkacheka: Verifier, code: int, answer: Answer) -> None:
    assert await one(proverkacheka, question(code)) == answer


@pytest.mark.parametrize(
    ("scripted", "answer"),
    [
        (Scripted(200, '{"code": 0, "data": "Чек некорректен"}'), Rejected(Because.MALFORMED)),
        (Scripted(200, '{"code": "2", "data": ""}'), NotYet()),
        (Scripted(401), Unavailable(Trouble.DENIED)),
        (Scripted(402), Unavailable(Trouble.QUOTA)),
        (Scripted(403), Unavailable(Trouble.SLOW_DOWN, 21_600)),
        (Scripted(429), Unavailable(Trouble.SLOW_DOWN, 600)),
        *((nonsense, Unavailable(Trouble.DOWN)) for nonsense in NONSENSE.values()),
        (Scripted(200, '{"code": 1, "data": "?"}'), Undecided("ticket: no object: data")),
        (Scripted(200, '{"code": 1, "data": {"html": "x"}}'), Undecided("ticket: no object: json")),
    ],
)
async def test_proverkacheka_in_trouble(
    proverkacheka: Verifier, paid: FakeProverkacheka, scripted: Scripted, answer: Answer
) -> None:
    paid.script("get", scripted)
    assert await one(proverkacheka, RESTAURANT) == answer
    assert isinstance(await one(proverkacheka, RESTAURANT), Verified)


async def test_proverkacheka_is_asked_in_turn_with_pauses(
    proverkacheka: Verifier, paid: FakeProverkacheka, time: Time
) -> None:
    await proverkacheka.ask([RESTAURANT, question(2)])
    await proverkacheka.ask([question(3)])
    assert not paid.banned
    assert time.ticks == 8


async def test_proverkacheka_without_calls_left(
    proverkacheka: Verifier, paid: FakeProverkacheka
) -> None:
    paid.quota = 0
    answers = await proverkacheka.ask([RESTAURANT, question(2)])
    assert set(answers.values()) == {Unavailable(Trouble.QUOTA)}
    assert paid.called("get") == 1


SERVICE = {
    "receiptId": "200t7zk6gk",
    "inn": "500100732259",
    "operationTime": "2026-11-21T18:30:15+03:00",
    "totalAmount": 1234.5,
    "paymentType": "CASH",
    "services": [{"name": "Экскурсия", "quantity": 1, "amount": 1234.5}],
}


@pytest.fixture
async def register() -> AsyncIterator[FakeNpd]:
    """Has one receipt."""

    def find(inn: str, receipt: str) -> dict[str, Any] | None:
        return SERVICE if (inn, receipt) == ("500100732259", "200t7zk6gk") else None

    async with FakeNpd(find) as fake:
        yield fake


@pytest.fixture
async def npd(register: FakeNpd, time: Time, purse: CountedPurse) -> AsyncIterator[Verifier]:
    client = client_of("npd", register.url, "", time, purse)
    yield client
    await client.close()


GUIDE = Question("guide", self_employed_slip())


async def test_a_self_employed_sellers_receipt_is_found(npd: Verifier, purse: CountedPurse) -> None:
    found = await one(npd, GUIDE)
    assert isinstance(found, Verified)
    assert (found.ticket.seller_inn, found.ticket.total) == ("500100732259", 123450)
    assert found.ticket.purchased == datetime.fromisoformat("2026-11-21T18:30")
    assert purse.spent == 1


async def test_a_receipt_nobody_registered_is_not_there_yet(npd: Verifier) -> None:
    asked = Question("x", self_employed_slip(receipt="200t7zk6gm"))
    assert await one(npd, asked) == NotYet()


async def test_a_foreign_address_needs_a_person(npd: Verifier, register: FakeNpd) -> None:
    register.foreign = True
    assert await one(npd, GUIDE) == Unavailable(Trouble.DENIED)


def cancelled() -> str:
    return '{"totalAmount": 5, "cancellationInfo": {"comment": "Возврат"}}'


@pytest.mark.parametrize(
    ("scripted", "answer"),
    [
        (Scripted(422), Rejected(Because.MALFORMED)),
        (Scripted(429), Unavailable(Trouble.SLOW_DOWN, 60)),
        (Scripted(200, cancelled()), Rejected(Because.CANCELLED)),
        (Scripted(200, '{"receiptId": "other"}'), Undecided("another receipt's answer")),
        (Scripted(200, "{}"), Undecided("ticket: no sum: totalAmount")),
        *((nonsense, Unavailable(Trouble.DOWN)) for nonsense in NONSENSE.values()),
    ],
)
async def test_the_register_in_trouble(
    npd: Verifier, register: FakeNpd, scripted: Scripted, answer: Answer
) -> None:
    # aiohttp itself repeats a GET whose connection was dropped, once.
    register.script("json", *[scripted] * (2 if scripted is DROPPED else 1))
    assert await one(npd, GUIDE) == answer
    assert isinstance(await one(npd, GUIDE), Verified)


@pytest.mark.parametrize("number", ["npd:500100732259:../../x", "npd:1:abc", "npd:500100732259:"])
async def test_a_number_that_would_lead_elsewhere_is_not_asked_about(
    npd: Verifier, register: FakeNpd, number: str
) -> None:
    slip = self_employed_slip()
    asked = Question("x", type(slip)("npd", number, "", "", None, None, "RUB", 1, False))
    assert isinstance(await one(npd, asked), Undecided)
    assert register.calls == []


def test_all_verifiers_are_known_by_name(time: Time) -> None:
    assert dict(SERVES) == {
        "fns": frozenset({"ru54"}),
        "ofdru": frozenset({"ru54"}),
        "proverkacheka": frozenset({"ru54"}),
        "npd": frozenset({"npd"}),
    }
    assert ALLOWANCES.keys() == SERVES.keys()
    for name in SERVES:
        client = client_of(name, "http://127.0.0.1:1", "", time, CountedPurse())
        assert (client.name, client.adapters) == (name, SERVES[name])
    with pytest.raises(KeyError):
        client_of("unheard-of", "", "", time, CountedPurse())
