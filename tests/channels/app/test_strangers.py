"""Forged, malformed and unexpected updates: answered humanly or ignored, and nothing changes."""

import logging
from typing import Any

import pytest

from services.members.models import Member
from services.members.roles import Role
from services.receipts.models import ReceiptFailure
from services.rewards.models import Redemption
from tests.channels.app.phone import OnTelegram
from tests.channels.app.process import Process
from tests.channels.app.scenario import code_of, take
from tests.channels.app.strangers import post
from tests.fake_telegram import FakeTelegram
from tests.fake_telegram.world import EPOCH

HOSTILE = '<b>&"'


def anna(fake: FakeTelegram, name: str = "Анна") -> OnTelegram:
    return OnTelegram(fake, fake.person(12, name))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


@pytest.mark.parametrize("mode", ["webhook"])
async def test_the_door_of_the_webhook(process: Process) -> None:
    for secret in (None, b"", b"wrong", "пароль".encode(), b"\xff\xfe"):
        assert await post(process, _said(text="/start"), secret) == (401, b"")
    for body in (b"", b"{", b"\xff", b"[]", b"{}", b'{"update_id": "1"}'):
        assert await post(process, body) == (400, b"")
    assert await process.house.rows(Member) == []


@pytest.mark.parametrize("mode", ["webhook"])
async def test_updates_nobody_serves(
    process: Process, fake: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    group = {"id": -100, "type": "supergroup", "title": "Kaluga"}
    channel = {"id": -200, "type": "channel", "title": "News"}
    bot = {"id": 77, "is_bot": True, "first_name": "Robot"}
    for update in (
        {"update_id": 1, "telepathy": {}},
        {"update_id": 2},
        {"update_id": 3, "my_chat_member": {"chat": group}},
        _said(4, chat=group, text="/start"),
        _said(5, **{"from": None}, chat=group, sender_chat=group, text="/start"),
        _said(6, **{"from": None}, text="/start"),
        _said(7, **{"from": bot}, text="/start"),
        _said(8, kind="channel_post", chat=channel, **{"from": None}, text="/start"),
        _said(9, kind="edited_message", text="/start"),
    ):
        assert await post(process, update) == (200, b""), update
    assert await process.house.rows(Member) == []
    assert [call.method for call in fake.calls if call.method.startswith("send")] == []
    # Only what breaks Telegram's own rules is worth an error.
    assert errors(caplog) == [line for line in errors(caplog) if line.startswith("Malformed")]


def _said(update_id: int = 5, kind: str = "message", **fields: Any) -> dict[str, Any]:
    person = {"id": 12, "is_bot": False, "first_name": "Anna"}
    message = {"message_id": 1, "date": EPOCH, "chat": {"id": 12, "type": "private"}}
    message |= {"from": person, **fields}
    given = {key: value for key, value in message.items() if value is not None}
    return {"update_id": update_id, kind: given}


GARBAGE = (
    "abcde", "s_", "r_", "c_", "s_x", "r_%00%ff", "c_0000000000", "c_☃", "s_' OR 1=1 --", "_",
    "r_" + "A" * 200, "s_a b c", "\n\n", "c_" + "9" * 40, "<b>",
)  # fmt: skip


async def test_start_with_garbage(
    fake: FakeTelegram, process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    member = anna(fake)
    await member.joins()
    for number, payload in enumerate(GARBAGE):
        stranger = OnTelegram(fake, fake.person(100 + number, "Иван"))
        await stranger.says(f"/start {payload}")
        assert len(stranger.texts) == 2
        assert stranger.texts[0].startswith("Добро пожаловать")
        before = len(member.texts)
        async with process.house.unchanged():
            await member.says(f"/start {payload}")
        assert len(member.texts) == before + 1
    assert errors(caplog) == []


async def test_a_hostile_name(fake: FakeTelegram, process: Process) -> None:
    guest = anna(fake, HOSTILE)
    await guest.joins(name=f"{HOSTILE}</code>")
    assert guest.last.startswith(f"Приятно познакомиться, {HOSTILE}</code>! ")
    other = OnTelegram(fake, fake.person(14, HOSTILE))
    await other.says("/start")
    await other.presses("Yes, I agree")
    await other.presses("No, thanks")
    assert other.person.sees[-1].buttons == [[HOSTILE], ["Без имени"]]
    await other.presses(HOSTILE)
    assert other.last.startswith(f"Приятно познакомиться, {HOSTILE}! ")
    assert [row["name"] for row in await process.house.rows(Member)] == [
        f"{HOSTILE}</code>",
        HOSTILE,
    ]
    await guest.says(process.house.receipt(3000))
    await take(guest)
    cashier = OnTelegram(fake, fake.person(15, HOSTILE))
    await cashier.joins(f"s_{await process.house.invitation(Role.CASHIER, 'orbita')}")
    await cashier.says(await code_of(process))
    assert "\nГость: B.\n" in cashier.last
    await guest.says("/card")
    assert guest.person.sees[-1].photo is not None


@pytest.mark.parametrize("length", [4096, 4097])
async def test_very_long_words(
    fake: FakeTelegram, process: Process, length: int, caplog: pytest.LogCaptureFixture
) -> None:
    guest = anna(fake)
    await guest.joins(name="я" * length)
    assert [row["name"] for row in await process.house.rows(Member)] == ["я" * 60]
    async with process.house.unchanged():
        for words in ("<" * length, "&" * length, "/" + "x" * length, "9" * length):
            before = len(guest.texts)
            await guest.says(words)
            assert len(guest.texts) == before + 1
    async with process.house.unchanged(ReceiptFailure):
        await guest.says(("fn=" + "1" * length)[:length])
    assert errors(caplog) == []


async def test_buttons_of_somebody_else(fake: FakeTelegram, process: Process) -> None:
    guest, thief = anna(fake), OnTelegram(fake, fake.person(13, "Иван"))
    await guest.joins()
    await thief.joins()
    await guest.says(process.house.receipt(3000))
    await take(guest)
    [redemption] = await process.house.rows(Redemption)
    [message, *_rest] = thief.person.sees
    for data in ("ti", "ca", "co", "rf", "un"):
        for tail in ("", ":other", ":mistake"):
            pressed, answered = len(thief.texts), len(thief.person.toasts)
            async with process.house.unchanged():
                await thief.presses_data(message.message_id, f"{data}:{redemption['id']}{tail}")
            said = [*thief.texts[pressed:], *(text for text, _ in thief.person.toasts[answered:])]
            assert len(said) == 1, (data, tail)
            assert redemption["code"] not in said[0]
    assert fake.world.queries == {}, "every press is answered"
    assert [row["state"] for row in await process.house.rows(Redemption)] == ["held"]


async def test_a_button_on_a_message_too_old_to_see(fake: FakeTelegram, process: Process) -> None:
    guest = anna(fake)
    await guest.joins()
    gone = {"chat": guest.person.account.chat(), "message_id": 2, "date": 0}
    await guest.person.presses_data(gone, "go:rewards")
    assert guest.last == "У вас 0 баллов. Куда заглянем?"
    assert fake.world.queries == {}


async def test_a_press_that_is_answered_too_late(fake: FakeTelegram, process: Process) -> None:
    guest = anna(fake)
    await guest.joins()
    fake.faults.refused(
        "answerCallbackQuery", 400, "Bad Request: query is too old and response timeout expired"
    )
    await guest.presses_data(guest.person.sees[-2].message_id, "go:help")
    assert guest.texts[-2].startswith("Как это работает")
