"""One update = one person, one transaction, one answer, whatever goes wrong around it."""

import asyncio
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.models import ProcessedUpdate
from bot.turnstile import Throttle
from handlers.access import Access, allow
from handlers.screen import Screen
from handlers.turn import Turn
from services.database import Database
from services.members import people
from services.members.models import Attempt, Identity, Member
from services.receipts.models import Receipt, ReceiptFailure
from services.rewards.models import Redemption, Reward
from tests.clock import ManualClock
from tests.handlers import conftest as flows
from tests.house import House, Visitor, house_of

kaluga_template, kaluga, house = flows.kaluga_template, flows.kaluga, flows.house

STALE = "This button has expired. Please use a more recent message."
SLOW = (
    "That was a little too fast for me, and I did not catch everything. Please send it again in "
    "a moment."
)


async def _at_the_bun(guest: Visitor) -> tuple[int, str]:
    await guest.says("/rewards")
    await guest.presses("🥐 Demo bakery")
    await guest.presses("🥐 Bun")
    message, data = await guest.finds("Get it")
    return message.id, data


def _add(house: House, command: str, handler: Any, flags: dict[str, Any] | None = None) -> None:
    """One more handler, asked before all others."""
    router = Router()
    router.message.register(handler, Command(command), flags=flags or {})
    observer = house.app.dispatcher.sub_routers[0].observers["message"]
    observer.handlers.insert(0, router.observers["message"].handlers[0])


async def test_duplicate_update(house: House) -> None:
    guest = await house.regular(points=100)
    message, data = await _at_the_bun(guest)
    cid = guest.cid()
    await asyncio.gather(*(guest.presses_data(message, data, cid) for _ in range(3)))
    assert len(guest.news) == 1
    assert await guest.presses_data(message, data, cid) == ""
    assert len(await house.rows(Redemption)) == 1
    assert (await guest.points()).held == 40


async def test_the_same_message_twice_is_one_receipt_and_one_answer(house: House) -> None:
    guest = await house.regular()
    code, cid = house.receipt(), guest.cid()
    await guest.says(code, cid)
    assert await guest.says(code, cid) == ""
    assert len(await house.rows(Receipt)) == 1
    assert [message.text[:13] for message in await guest.sees()] == ["✅ +50 points "]


async def test_restart_in_the_middle(house: House, clock: ManualClock, tmp_path: Path) -> None:
    guest = await house.regular(points=100)
    message, data = await _at_the_bun(guest)
    cid = guest.cid()
    said = await guest.presses_data(message, data, cid)
    async with house_of(house.database, clock, tmp_path) as again:
        again.rules(**flows.RULES)
        same = Visitor(again, guest.account)
        async with again.unchanged():
            assert await same.presses_data(message, data, cid) == said
            assert await same.presses_data(message, data, cid) == ""
    assert len(await house.rows(Redemption)) == 1


async def test_two_processes_do_one_update_once(
    house: House, clock: ManualClock, tmp_path: Path
) -> None:
    guest = await house.regular()
    code, cid = house.receipt(), guest.cid()
    async with house_of(house.database, clock, tmp_path) as other:
        other.rules(**flows.RULES)
        await asyncio.gather(guest.says(code, cid), Visitor(other, guest.account).says(code, cid))
    assert len(await house.rows(Receipt)) == 1
    assert (await guest.points()).earned == 50


async def test_a_refusal_is_kept_like_any_answer(
    house: House, clock: ManualClock, tmp_path: Path
) -> None:
    guest = await house.regular(points=40)
    message, data = await _at_the_bun(guest)
    await house.change(Reward, Reward.slug == "milky-way-bun", stock=0)
    cid = guest.cid()
    said = await guest.presses_data(message, data, cid)
    assert said == "The last one has just gone. Nothing was taken from your points."
    await house.change(Reward, Reward.slug == "milky-way-bun", stock=1)
    async with house_of(house.database, clock, tmp_path) as again, again.unchanged():
        assert await Visitor(again, guest.account).presses_data(message, data, cid) == said


async def test_the_latency_is_counted_by_handler(house: House) -> None:
    guest = await house.regular()
    await guest.says("/card")
    text = house.app.metrics.exposition().decode()
    assert 'guestcard_handler_seconds_count{handler="card"} 1.0' in text
    assert 'guestcard_updates_total{channel="web",outcome="answered"} 1.0' in text


async def test_a_crash_says_so_with_a_reference_and_changes_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(_message: Message, turn: Turn) -> Screen:
        await people.rename(turn.tx, turn.me.id, "Half done")
        raise RuntimeError("a bug")

    _add(house, "breaks", breaks, allow(Access.ANYONE))
    guest = await house.regular()
    cid = guest.cid()
    async with house.unchanged():
        said = await guest.says("/breaks", cid)
    match = re.fullmatch(
        r"Something went wrong on our side, and nothing was changed\. Please try again in a "
        r"minute\. If it happens again, give the city's team this code: ([0-9A-F]{6})",
        said,
    )
    assert match is not None
    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.__dict__["reference"] for record in logged] == [match[1]]
    assert logged[0].__dict__["handler"] == "breaks"
    assert guest.answer["t"] == "ack"
    # A failure is no outcome: it is not kept as the update's answer.
    assert "Something went wrong" not in str(await house.rows(ProcessedUpdate))
    assert await guest.says("/card") == "You can spend 0 points."


async def test_a_handler_without_permission_declared_is_closed(house: House) -> None:
    async def undeclared(_message: Message, turn: Turn) -> Screen:
        await people.rename(turn.tx, turn.me.id, "Let in")
        return Screen("Let in")

    _add(house, "undeclared", undeclared)
    guest = await house.regular()
    async with house.unchanged():
        assert (await guest.says("/undeclared")).startswith("This part is for the staff")


FORGED = [
    "un:1:2:3", "un:x", "un:-1", f"un:{2**31}", f"rw:{10**30}", "hi:-5", "re:99999999999",
    "ag:everything:1:1", "ag:personal_data:maybe:1", "ag:personal_data:1",
    "go:nowhere", "sp", "xx:1", "di:1:2", "☃",
]  # fmt: skip


@pytest.mark.parametrize("data", FORGED)
async def test_an_old_or_forged_button_is_answered(
    house: House, data: str, caplog: pytest.LogCaptureFixture
) -> None:
    guest = await house.regular()
    async with house.unchanged():
        await guest.forges(data)
    assert (guest.news, guest.toast) == ([], STALE)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_forged_languages_and_reasons_are_ignored(house: House) -> None:
    guest = await house.regular()
    async with house.unchanged():
        await guest.forges("sp:xx")
        await guest.forges("de:1:staff")
    assert [row["language"] for row in await house.rows(Member)] == ["en"]


async def test_too_fast_is_told_politely_and_passes(
    kaluga: Database, clock: ManualClock, tmp_path: Path
) -> None:
    ticks = [0.0]
    throttle = Throttle(burst=2, rate=1, now=lambda: ticks[0])
    async with house_of(kaluga, clock, tmp_path, throttle=throttle) as house:
        guest, other = await house.regular(), await house.regular()
        cid = guest.cid()
        assert await guest.says("/card") == "You can spend 0 points."
        assert await guest.says("/card") == "You can spend 0 points."
        async with house.unchanged():
            assert await guest.says(house.receipt(), cid) == SLOW
            # Once is enough.
            assert await guest.says(house.receipt()) == ""
        assert await other.says("/card") == "You can spend 0 points."
        ticks[0] += 1
        # What was turned away may come again under its own id.
        assert (await guest.says(house.receipt(), cid)).startswith("✅ +")
        counted = house.app.metrics.exposition().decode()
    assert 'guestcard_updates_total{channel="web",outcome="throttled"} 2.0' in counted


async def test_too_fast_does_not_wait_for_what_is_being_served(
    kaluga: Database, clock: ManualClock, tmp_path: Path
) -> None:
    begun, gate = asyncio.Event(), asyncio.Event()

    async def waits(*_: object) -> None:
        begun.set()
        await gate.wait()

    async def served(_message: Message, turn: Turn) -> Screen:
        return Screen("Served.")

    throttle = Throttle(burst=3, now=lambda: 0.0)
    async with house_of(kaluga, clock, tmp_path, throttle=throttle) as house:
        guest = await house.regular()
        _add(house, "waits", served, allow(Access.ANYONE, prepare=waits))
        async with asyncio.TaskGroup() as group:
            allowed = [group.create_task(_writes(house, guest, n)) for n in range(3)]
            await begun.wait()
            for n in range(3, 8):
                await _writes(house, guest, n)
            assert [text for _kind, text in guest.news] == [SLOW]
            assert [task.done() for task in allowed] == [False] * 3
            gate.set()
        assert [text for _kind, text in guest.news] == [SLOW] + ["Served."] * 3


async def _writes(house: House, guest: Visitor, update_id: int) -> None:
    """As Telegram may bring it: beside the person's other updates."""
    chat = {"id": guest.account.chat_id, "type": "private"}
    person = {"id": guest.account.chat_id, "is_bot": False, "first_name": "Guest"}
    message = {"message_id": 1, "date": 0, "chat": chat, "from": person, "text": "/waits"}
    message["entities"] = [{"type": "bot_command", "offset": 0, "length": 6}]
    update = {"update_id": update_id, "message": message}
    await house.app.dispatcher.feed_raw_update(house.app.web.bot, update)


async def test_the_language_is_the_members_own(house: House) -> None:
    guest = await house.regular("zh")
    assert await guest.says("/card") == guest.word(
        "You can spend <b>{points}</b>.", points="0 积分"
    )
    await house.change(Member, language="ru")
    guest.language = "ru"
    assert await guest.says("/help") == guest.word(
        "<b>How it works</b>\n"
        "1. Pay at a partner venue and photograph the QR code on the receipt.\n"
        "2. Some of your points arrive at once, the rest in {days}.\n"
        "3. Choose a reward, show the code at the counter and enjoy.\n\n"
        "/card your card and points\n/receipt your receipts\n/rewards what points buy\n"
        "/report a problem in the city\n/idea your idea for the city\n"
        "/projects what the city builds together\n"
        "/plan what the city has promised, and how it goes\n"
        "/settings language and messages\n/privacy your data",
        days="7 дней",
    )


async def test_a_button_is_answered_in_place_and_a_message_below(house: House) -> None:
    guest = await house.regular()
    await guest.says("/settings")
    assert [kind for kind, _text in guest.news] == ["new"]
    await guest.presses("🔐 My data")
    assert [kind for kind, _text in guest.news] == ["edited"]
    await guest.says("/card")
    # A picture cannot become a text, so what comes after the card is a message of its own.
    await guest.presses("History")
    assert [kind for kind, _text in guest.news] == ["new"]
    assert guest.answered_presses == 1


async def test_pressing_what_changes_nothing_is_harmless(house: House) -> None:
    guest = await house.regular()
    said = await guest.says("/rewards")
    await guest.forges("go:rewards", on=(await guest.sees())[-1].id)
    assert (guest.news, guest.answered_presses) == ([], 1)
    await guest.forges("go:rewards", on=999_999)
    assert (guest.news, guest.answered_presses) == ([("new", said)], 1)


HOSTILE = {
    "markup": ("<b>Bold</b>", "<b>Bold</b>"),
    "ampersand": ("Tom & <Jerry> &amp;", "Tom & <Jerry> &amp;"),
    "braces": ("{points} %s {0}", "{points} %s {0}"),
    "right to left": ("\u202eevil\u202c", "evil"),
    "control": ("A\x00n\x07n\x1ba", "Anna"),
    "emoji": ("🚀 Ракета 火箭", "🚀 Ракета 火箭"),
    "long": ("й" * 4097, "й" * 60),
    "half a character": ("A\ud83dB", "AB"),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_name_stays_a_name(house: House, kind: str) -> None:
    typed, kept = HOSTILE[kind]
    guest = await house.visitor()
    await guest.presses("Yes, I agree")
    await guest.presses("No, thanks")
    if kind in {"long", "half a character"}:
        await guest.presses("No name")
        async with house.database.transaction() as tx:
            assert await people.rename(tx, await guest.member_id(), typed) == kept
    else:
        said = await guest.says(typed)
        assert said.startswith(f"Nice to meet you, {kept}! Your card is ready.")
    assert [row["name"] for row in await house.rows(Member)] == [kept]
    await guest.says("/card")
    assert house.drawn[-1][1]["name"] == kept


@pytest.mark.parametrize("text", [HOSTILE[kind][0] for kind in ("markup", "braces", "emoji")])
async def test_hostile_words_are_only_words(house: House, text: str) -> None:
    guest = await house.regular()
    async with house.unchanged(Attempt, ReceiptFailure):
        for words in (text, f"fn={text}", f"/{text}", "9" * 4000, f"fn={'9' * 4000}"):
            said = await guest.says(words)
            assert said
            assert "Something went wrong" not in said
    # What looked like a code and was none is counted under a name of ours.
    counted = [(row["reason"], row["count"]) for row in await house.rows(ReceiptFailure)]
    assert counted == [("unknown", 2)]


async def test_a_person_seen_again_is_reachable_again(house: House) -> None:
    guest = await house.regular()
    blocked = house.clock.now()
    await house.change(Identity, blocked_at=blocked)
    await guest.says("/card")
    assert [row["blocked_at"] for row in await house.rows(Identity)] == [None]
