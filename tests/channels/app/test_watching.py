"""What an operator sees: health, readiness, metrics, and logs that name nobody."""

import logging
import re
from collections.abc import Iterator

import pytest

from bot.logs import _Readable, _Structured
from services.members.roles import Role
from services.rewards.models import Redemption
from tests.channels.app.phone import OnTelegram
from tests.channels.app.process import SECRET, Process
from tests.channels.app.scenario import breaks, code_of, take
from tests.channels.app.strangers import post
from tests.fake_telegram import TOKEN, FakeTelegram


class Lines(logging.Handler):
    """Every record as the process would write it, in both styles."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written += [_Structured().format(record), _Readable().format(record)]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root, handler = logging.getLogger(), Lines()
    level = root.level
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


async def the_loop(fake: FakeTelegram, process: Process) -> tuple[OnTelegram, OnTelegram]:
    guest = OnTelegram(fake, fake.person(1234567, "Аполлинария"))
    cashier = OnTelegram(fake, fake.person(7654321, "Евлампий"))
    await cashier.joins(f"s_{await process.house.invitation(Role.CASHIER, 'orbita')}")
    await guest.joins(name="Аполлинария")
    await guest.says(process.house.receipt(3000))
    await guest.shows("https://kaluga.example/?secret=words")
    await take(guest)
    await cashier.says(await code_of(process))
    await cashier.presses("✅ Handed over, confirm")
    await guest.hears("🍪 Наслаждайтесь!")
    await process.settled()
    return guest, cashier


async def test_healthy_and_ready(process: Process) -> None:
    assert await process.get("/healthz") == (200, '{"alive": true}')
    assert await process.get("/readyz") == (200, '{"database": true}')


async def test_the_metrics_name_what_happened(fake: FakeTelegram, process: Process) -> None:
    await the_loop(fake, process)
    breaks(process)
    await OnTelegram(fake, fake.person(1234567)).says("/breaks")
    status, text = await process.get("/metrics")
    assert status == 200
    assert set(re.findall(r"^guestcard_updates_total\{.*\} .*$", text, re.M)) == {
        'guestcard_updates_total{channel="telegram",outcome="answered"} 16.0',
        'guestcard_updates_total{channel="telegram",outcome="failed"} 1.0',
    }
    assert set(re.findall(r"^guestcard_receipts_total\{.*\} .*$", text, re.M)) == {
        'guestcard_receipts_total{outcome="credited"} 1.0',
        'guestcard_receipts_total{outcome="link"} 1.0',
    }
    assert 'guestcard_handler_seconds_count{handler="start"} 2.0' in text
    assert 'guestcard_handler_seconds_bucket{handler="confirm",le="+Inf"} 1.0' in text
    assert 'guestcard_deliveries_total{channel="telegram",result="sent"} 1.0' in text
    assert re.search(r"^guestcard_outbox_depth \d+\.0$", text, re.M)


async def test_no_line_names_a_person_or_holds_a_secret(
    fake: FakeTelegram, process: Process, lines: Lines
) -> None:
    guest, _cashier = await the_loop(fake, process)
    breaks(process)
    await guest.says("/breaks Аполлинария")
    fake.faults.server_error("sendMessage")
    fake.faults.dropped("getFile", times=2)
    await guest.shows("t=1")
    fake.updates.push({"message": {"text": "Аполлинария"}})
    if process.mode == "webhook":
        await post(process, {"update_id": 1, "telepathy": {"from": "Аполлинария"}})
        await post(process, b"Apollinaria", b"wrong")
    guest.person.account.blocked = True
    await guest.says("/card")
    [redemption] = await process.house.rows(Redemption)
    written = "\n".join(lines.written)
    assert "Handling failed" in written
    for secret in (
        TOKEN, TOKEN.partition(":")[2], SECRET, "Аполлинария", "Apollinaria", "Евлампий",
        "kaluga.example", "7386400000010001", redemption["token"], "s_",
    ):  # fmt: skip
        assert secret not in written, [line for line in lines.written if secret in line][:2]
