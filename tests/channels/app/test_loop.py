"""The loop with real pictures: a guest and a cashier, on Telegram and across channels."""

from collections.abc import AsyncIterator

import pytest

from bot.models import SentPicture
from services.images.reading import read_codes
from services.members.models import Identity
from services.members.roles import Role
from services.receipts.models import ReceiptPhoto
from services.rewards.models import Redemption
from tests.channels.app.conftest import Begin
from tests.channels.app.phone import OnTelegram, OnTheWeb
from tests.channels.app.process import Eyes, Process, until
from tests.channels.app.scenario import code_of, printed, take
from tests.fake_telegram import FakeTelegram

ENJOY = (
    "🍪 Наслаждайтесь! Демо-кофейня «Орбита» подтверждает: Печенье «Спутник». Потрачено: 30 баллов."
)
CONFIRMED = "✅ Подтверждено в 12:00: 🍪 Печенье «Спутник». Гость ({}) уже знает."


@pytest.fixture
async def eyes() -> AsyncIterator[Eyes]:
    workers = Eyes()
    yield workers
    await workers.close()


def anna(fake: FakeTelegram) -> OnTelegram:
    return OnTelegram(fake, fake.person(12, "Анна"))


async def cashier_of(fake: FakeTelegram, process: Process) -> OnTelegram:
    cashier = OnTelegram(fake, fake.person(13, "Пётр"))
    await cashier.joins(f"s_{await process.house.invitation(Role.CASHIER, 'orbita')}")
    return cashier


async def test_a_guest_and_a_cashier_on_telegram(
    fake: FakeTelegram, begin: Begin, eyes: Eyes
) -> None:
    guest = anna(fake)
    async with begin(images=eyes) as process:
        house = process.house
        cashier = await cashier_of(fake, process)
        await guest.says("/start leto2026")
        await guest.presses("Yes, I agree")
        await guest.presses("Yes, please")
        assert guest.person.sees[-1].buttons == [["Анна"], ["Без имени"]]
        await guest.presses("Анна")
        assert guest.last.startswith("Приятно познакомиться, Анна! Ваша карта готова.")
        await guest.photographs(await printed(process, "orbita", "3000.00", 7))
        assert guest.last == (
            "✅ +150 баллов за 3\xa0000 ₽. Демо-кофейня «Орбита»\n"
            "Сразу можно потратить 30 баллов.\nС 29 ноября можно будет потратить 120 баллов."
        )
        assert set(guest.person.account.actions) == {"typing"}
        await guest.says("/card")
        card = guest.person.sees[-1]
        assert card.caption == "Можно потратить 30 баллов.\n⏳ В пути 120 баллов."

        await take(guest)
        [redemption] = await house.rows(Redemption)
        sent = fake.called("sendPhoto")[-1].files
        [(_name, png)] = sent.values()
        assert [code.text for code in read_codes(png).codes] == [
            f"https://t.me/guestcard_test_bot?start=r_{redemption['token']}"
        ]
        shown = guest.person.sees[-1].photo
        assert shown is not None
        await cashier.photographs(shown)
        assert cashier.last == (
            "🍪 Печенье «Спутник»\nДемо-кофейня «Орбита»\n"
            "Имбирное печенье в глазури к любому напитку.\n\n"
            "Гость: А.\nОплата: 30 баллов\nДействует до 12:15"
        )
        await cashier.presses("✅ Handed over, confirm")
        await guest.hears(ENJOY)
        assert cashier.last == CONFIRMED.format("А.")
        assert cashier.person.toasts == [("Подтверждено", False)]

        # The card itself, held out instead of the code: staff learn whose it is and no more.
        assert card.photo is not None
        await cashier.photographs(card.photo)
        assert cashier.last.startswith("💳 А., "), cashier.last
        assert [row["state"] for row in await house.rows(Redemption)] == ["confirmed"]
        assert (await house.audit()).findings == []


async def test_a_moderator_on_telegram_sees_the_photo(
    fake: FakeTelegram, begin: Begin, eyes: Eyes
) -> None:
    guest, team = anna(fake), OnTelegram(fake, fake.person(14, "Ольга"))
    async with begin(images=eyes) as process:
        await guest.joins(name="Анна")
        await team.joins(f"s_{await process.house.invitation(Role.MODERATOR)}")
        await guest.photographs(await printed(process, "orbita", "20000.00", 7))
        await team.says("/staff")
        before = len(fake.called("sendPhoto"))
        newest = (await team.sees())[-1].id
        await team.presses_data(newest, "rv:0")
        picture, text = (await team.sees())[-2:]
        assert (picture.picture, text.picture) == (True, False)
        assert "7386400000010001" in text.text
        (sent,) = fake.called("sendPhoto")[before:]
        ((_name, jpeg),) = sent.files.values()
        assert [row["jpeg"] for row in await process.house.rows(ReceiptPhoto)] == [jpeg]
        assert jpeg.startswith(b"\xff\xd8\xff")
        assert await process.house.rows(SentPicture) == []


async def test_a_cashier_on_telegram_and_a_guest_on_the_web(
    fake: FakeTelegram, process: Process
) -> None:
    house = process.house
    cashier = await cashier_of(fake, process)
    visitor = await house.regular("ru", name="Вера", points=50)
    guest = OnTheWeb(visitor)
    await take(guest)
    visitor.hushed()
    await cashier.says(await code_of(process))
    await cashier.presses("✅ Handed over, confirm")
    assert cashier.last == CONFIRMED.format("В.")
    await until(lambda: visitor.news)
    assert visitor.news == [("new", ENJOY)]
    assert [text for text in cashier.texts if "Наслаждайтесь" in text] == []
    assert (await visitor.points()).available == 20


async def test_a_cashier_on_the_web_and_a_guest_on_telegram(
    fake: FakeTelegram, process: Process
) -> None:
    house, guest = process.house, anna(fake)
    cashier = await house.staff(Role.CASHIER, "orbita", "ru")
    await guest.joins(name="Анна")
    await guest.says(house.receipt(3000))
    await take(guest)
    await cashier.says(await code_of(process))
    cashier.hushed()
    await cashier.presses("Refuse…")
    await cashier.presses("Out of stock")
    await guest.hears(
        "Демо-кофейня «Орбита» · Печенье «Спутник»\n"
        "Не получилось выдать: закончилось. 30 баллов снова на вашей карте."
    )
    assert [row["channel"] for row in await house.rows(Identity)] == ["web", "telegram"]
    assert [row["state"] for row in await house.rows(Redemption)] == ["refused"]
