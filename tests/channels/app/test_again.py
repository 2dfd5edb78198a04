"""An update that comes twice, or into the next life of the process, has one effect."""

import asyncio

from services.delivery.models import OutboxMessage
from services.members.roles import Role
from services.receipts.models import Receipt
from services.rewards.models import Redemption
from tests.channels.app.conftest import Begin
from tests.channels.app.phone import OnTelegram
from tests.channels.app.process import Process, until
from tests.channels.app.scenario import take, taking
from tests.channels.app.strangers import post
from tests.fake_telegram import FakeTelegram

EARNED = "✅ +50 баллов за 1\xa0000 ₽."


def anna(fake: FakeTelegram) -> OnTelegram:
    return OnTelegram(fake, fake.person(12, "Анна"))


def answers(guest: OnTelegram) -> int:
    """How often the guest was told of the receipt."""
    return sum(text.startswith(EARNED) for text in guest.texts)


async def one_receipt(process: Process) -> None:
    assert [row["state"] for row in await process.house.rows(Receipt)] == ["credited"]
    assert (await process.house.audit()).findings == []


async def test_the_same_update_at_once(fake: FakeTelegram, process: Process) -> None:
    guest = anna(fake)
    await guest.joins()
    gate = fake.faults.gated("sendMessage")
    update_id = await guest.says(process.house.receipt(), wait=False)
    calls = len(fake.called("sendMessage"))
    await until(lambda: len(fake.called("sendMessage")) > calls)
    fake.updates.push_again(update_id)
    copies: list[asyncio.Task[tuple[int, bytes]]] = []
    if process.mode == "webhook":
        update = fake.updates.all[update_id]
        copies = [asyncio.create_task(post(process, update)) for _ in range(2)]
    gate.set()
    await fake.updates.acknowledged(update_id)
    assert [await copy for copy in copies] == [(200, b"")] * len(copies)
    fake.updates.push_again(update_id)
    await fake.updates.acknowledged(update_id)
    assert answers(guest) == 1
    await one_receipt(process)


async def test_the_same_update_after_a_restart(fake: FakeTelegram, begin: Begin) -> None:
    guest = anna(fake)
    async with begin() as process:
        await guest.joins()
        update_id = await guest.says(process.house.receipt())
        assert answers(guest) == 1
    async with begin() as process:
        async with process.house.unchanged():
            fake.updates.push_again(update_id)
            await fake.updates.acknowledged(update_id)
        # The process cannot know whether the answer had arrived: it gives it again, once.
        fake.updates.push_again(update_id)
        await fake.updates.acknowledged(update_id)
        assert answers(guest) == 2
        await one_receipt(process)


async def test_a_restart_before_the_effect(fake: FakeTelegram, begin: Begin) -> None:
    guest = anna(fake)
    async with begin(drain=0.05) as process:
        await guest.joins()
        receipt = process.house.receipt()
        fake.faults.gated("getFile")
        update_id = await guest.shows(receipt, wait=False)
        await until(lambda: fake.called("getFile"))
    assert update_id in fake.updates.pending
    assert answers(guest) == 0
    async with begin() as process:
        await fake.updates.acknowledged(update_id)
        assert answers(guest) == 1
        await one_receipt(process)


async def test_a_restart_between_the_effect_and_the_answer(
    fake: FakeTelegram, begin: Begin
) -> None:
    guest = anna(fake)
    async with begin(drain=0.05) as process:
        await guest.joins()
        calls = len(fake.called("sendMessage"))
        fake.faults.gated("sendMessage")
        update_id = await guest.says(process.house.receipt(), wait=False)
        await until(lambda: len(fake.called("sendMessage")) > calls)
        await one_receipt(process)
    assert update_id in fake.updates.pending
    assert answers(guest) == 0
    async with begin() as process:
        await fake.updates.acknowledged(update_id)
        assert answers(guest) == 1
        await one_receipt(process)


async def test_a_restart_while_a_button_is_answered(fake: FakeTelegram, begin: Begin) -> None:
    guest = anna(fake)
    async with begin(drain=0.05) as process:
        await guest.joins()
        await guest.says(process.house.receipt(3000))
        await guest.says("/rewards")
        await guest.presses("☕ ")
        await guest.presses("🍪 ")
        fake.faults.gated("sendPhoto")
        update_id = await guest.presses(taking(guest), wait=False)
        await until(lambda: fake.called("sendPhoto"))
    async with begin() as process:
        await fake.updates.acknowledged(update_id)
        [redemption] = await process.house.rows(Redemption)
        assert redemption["state"] == "held"
        assert f"до 12:15: {redemption['code']}\n" in guest.last
        assert sum(shown.photo is not None for shown in guest.person.sees) == 1
        assert (await process.house.audit()).findings == []


async def test_a_stop_waits_for_what_is_in_hand(fake: FakeTelegram, begin: Begin) -> None:
    guest = anna(fake)
    async with begin() as process:
        await guest.joins()
        gate = fake.faults.gated("getFile")
        update_id = await guest.shows(process.house.receipt(), wait=False)
        await until(lambda: fake.called("getFile"))
        stopping = asyncio.create_task(process.stop())
        await until(lambda: process.mode == "webhook" or process.app.telegram.stopping)
        gate.set()
        await stopping
    await fake.updates.acknowledged(update_id)
    assert answers(guest) == 1
    assert fake.updates.pending == {}
    async with begin() as process:
        await guest.says("/help")
        assert answers(guest) == 1
        await one_receipt(process)


async def test_a_message_to_somebody_else_survives_the_restart(
    fake: FakeTelegram, begin: Begin
) -> None:
    """Confirmed, but Telegram is down: the guest is told by the next process."""
    guest = anna(fake)
    async with begin() as process:
        await guest.joins()
        await guest.says(process.house.receipt(3000))
        await take(guest)
        cashier = await process.house.regular("ru", role=Role.CASHIER)
        await fake.stop()
        [redemption] = await process.house.rows(Redemption)
        await cashier.says(redemption["code"])
        await cashier.presses("✅ Handed over, confirm")
    await fake.start()
    async with begin() as process:
        process.house.clock.advance(hours=1)
        await guest.hears("🍪 Наслаждайтесь!")
        await process.settled()
        assert [row["state"] for row in await process.house.rows(OutboxMessage)] == ["sent"]
    assert sum("Наслаждайтесь" in text for text in guest.texts) == 1
