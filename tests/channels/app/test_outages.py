"""Telegram refuses, fails or is gone: what the guest did stays done, and the web goes on."""

import asyncio
import logging

import pytest

from bot.channels.telegram import outgoing
from bot.channels.telegram.intake import MAX_LOST
from services.delivery.models import OutboxMessage
from services.members.models import Identity
from services.members.roles import Role
from services.receipts.models import Receipt
from services.rewards.models import Redemption, Reward
from tests.channels.app.conftest import Begin
from tests.channels.app.phone import OnTelegram
from tests.channels.app.process import Process, until
from tests.channels.app.scenario import code_of, take, taking
from tests.fake_telegram import FakeTelegram

EARNED = "✅ +150 баллов за 3\xa0000 ₽."


async def guest_of(fake: FakeTelegram) -> OnTelegram:
    guest = OnTelegram(fake, fake.person(12, "Анна"))
    await guest.joins()
    return guest


async def states(process: Process) -> list[str]:
    return [row["state"] for row in await process.house.rows(OutboxMessage)]


async def blocked(process: Process) -> bool:
    [identity] = await process.house.rows(Identity, Identity.channel == "telegram")
    return identity["blocked_at"] is not None


async def one_receipt(process: Process) -> None:
    assert [row["state"] for row in await process.house.rows(Receipt)] == ["credited"]
    assert (await process.house.audit()).findings == []


@pytest.mark.parametrize("fault", ["too_many", "server_error", "bad_gateway", "dropped"])
async def test_an_answer_that_fails_comes_again(
    fake: FakeTelegram, process: Process, fault: str
) -> None:
    guest = await guest_of(fake)
    calls = len(fake.called("sendMessage"))
    getattr(fake.faults, fault)("sendMessage")
    await guest.says(process.house.receipt(3000))
    assert len(fake.called("sendMessage")) == calls + 2
    assert [text.startswith(EARNED) for text in guest.texts].count(True) == 1
    await one_receipt(process)


async def test_an_answer_that_cannot_be_given_is_given_up(
    fake: FakeTelegram, process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    guest = await guest_of(fake)
    ivan = OnTelegram(fake, fake.person(13, "Иван"))
    await ivan.joins()
    fake.faults.server_error("sendMessage", times=3)
    update_id = await guest.says(process.house.receipt(3000))
    assert not any(text.startswith(EARNED) for text in guest.texts)
    assert f"Update {update_id} is given up" in [record.getMessage() for record in caplog.records]
    await one_receipt(process)
    # Nobody stands behind it for ever: neither the guest's next message nor anybody else.
    await guest.says("/card")
    assert guest.last == "Можно потратить 30 баллов.\n⏳ В пути 120 баллов."
    await ivan.says("/card")
    assert ivan.last == "Можно потратить 0 баллов."


async def test_somebody_who_blocked_the_bot(fake: FakeTelegram, process: Process) -> None:
    guest = await guest_of(fake)
    await guest.says(process.house.receipt(3000))
    await take(guest)
    cashier = await process.house.regular("ru", role=Role.CASHIER)
    await guest.person.blocks_bot()
    await cashier.says(await code_of(process))
    await cashier.presses("✅ Handed over, confirm")
    await process.settled()
    assert await states(process) == ["undeliverable"]
    assert await blocked(process)
    assert [row["state"] for row in await process.house.rows(Redemption)] == ["confirmed"]

    await guest.person.unblocks_bot()
    await guest.says("/card")
    assert not await blocked(process)
    process.house.clock.advance(days=8)
    await process.app.jobs.mature_points()
    await guest.hears("✨")
    await process.settled()
    assert await states(process) == ["undeliverable", "sent"]


async def test_blocked_right_after_asking(fake: FakeTelegram, process: Process) -> None:
    guest = await guest_of(fake)
    guest.person.account.blocked = True
    before = guest.texts
    update_id = await guest.says(process.house.receipt(3000))
    assert (guest.texts, await blocked(process)) == (before, True)
    assert update_id not in fake.updates.pending
    await one_receipt(process)


@pytest.mark.parametrize("what", ["refused", "denied", "failed"])
async def test_whoever_writes_again_is_reachable_again(
    fake: FakeTelegram, process: Process, what: str
) -> None:
    """Also when the answer to the first message after it is a no."""
    guest = await guest_of(fake)
    await guest.says(process.house.receipt(3000))
    await guest.says("/rewards")
    await guest.presses("☕ ")
    await guest.presses("🍪 ")
    guest.person.account.blocked = True
    await guest.says("/help")
    assert await blocked(process)
    guest.person.account.blocked = False
    if what == "denied":
        await guest.says("/staff")
    elif what == "refused":
        await process.house.change(Reward, Reward.slug == "orbita-cookie", stock=0)
        await guest.presses(taking(guest))
        assert await process.house.rows(Redemption) == []
    else:
        await guest.presses_data(guest.person.sees[-1].message_id, "xx:1")
    assert not await blocked(process)


async def test_telegram_is_unreachable_from_the_start(fake: FakeTelegram, begin: Begin) -> None:
    guest = OnTelegram(fake, fake.person(12, "Анна"))
    await fake.stop()
    async with begin() as process:
        visitor = await process.house.guest("ru")
        assert (await visitor.says(process.house.receipt(3000))).startswith(EARNED)
        assert (await process.get("/"))[0] == 200
        assert await process.get("/readyz") == (200, '{"database": true}')
        assert not process.app.telegram.connected
        await fake.start()
        await until(lambda: process.app.telegram.connected)
        await guest.joins()
        assert guest.last.startswith("Ваша карта готова.")


async def test_telegram_takes_calls_and_never_answers(fake: FakeTelegram, begin: Begin) -> None:
    gate = fake.faults.gated("getMe")
    async with begin() as process:
        await until(lambda: fake.called("getMe"))
        visitor = await process.house.guest("ru")
        assert (await visitor.says(process.house.receipt(3000))).startswith(EARNED)
        gate.set()
        await guest_of(fake)


async def test_telegram_goes_away_in_the_middle_of_an_update(
    fake: FakeTelegram, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes: the receipt is neither lost nor counted twice."""
    monkeypatch.setattr(outgoing, "FAILING_SECONDS", 0.0)
    monkeypatch.setattr(outgoing, "OPEN_SECONDS", 0.1)
    fake.updates.max_attempts = 10_000
    telegram, guest = process.app.telegram, await guest_of(fake)
    fake.faults.gated("getFile")
    update_id = await guest.shows(process.house.receipt(3000), wait=False)
    await until(lambda: fake.called("getFile"))
    before = guest.texts
    await fake.stop()
    await until(lambda: telegram.counts["down"] > 3 * MAX_LOST)
    assert telegram.counts["poisoned"] == 0
    assert update_id in fake.updates.pending
    await fake.start()
    await fake.updates.acknowledged(update_id)
    [answer] = guest.texts[len(before) :]
    assert answer.startswith(EARNED)
    await one_receipt(process)


async def test_an_outbox_for_telegram_delays_no_web_guest(
    fake: FakeTelegram, process: Process
) -> None:
    """Messages for Telegram hang; those for the web arrive."""
    guest = await guest_of(fake)
    house = process.house
    await guest.says(house.receipt(3000))
    await take(guest)
    visitor = await house.regular("ru", points=50)
    cashier = await house.regular("ru", role=Role.CASHIER)
    code = await code_of(process)
    gate = fake.faults.gated("sendMessage")
    await cashier.says(code)
    await cashier.presses("✅ Handed over, confirm")
    await visitor.says("/rewards")
    await visitor.presses("☕ ")
    await visitor.presses("🍪 ")
    await visitor.presses(taking(guest))
    visitor.hushed()
    await cashier.says(await code_of(process))
    await cashier.presses("✅ Handed over, confirm")
    await until(lambda: visitor.news)
    assert visitor.news[0][1].startswith("🍪 Наслаждайтесь!")
    gate.set()
    await guest.hears("🍪 Наслаждайтесь!")


async def test_a_stop_does_not_wait_for_the_next_look(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("bot.delivery._LOOK_EVERY", 1000.0)
    async with begin() as process:
        await until(lambda: process.app.telegram.connected)
        async with asyncio.timeout(20):
            await process.stop()
    assert [r for r in caplog.records if "cancelled unfinished" in r.getMessage()] == []
