"""Why receipts failed: the week for the city's team and for owners, asked for and told."""

from datetime import date, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import insert

from handlers.chat import summary
from services.images.contract import Hint, Problem
from services.members.models import Member
from services.members.roles import Role
from services.receipts.codes import CodeKind
from services.receipts.models import Receipt
from services.receipts.qr import QrFault
from services.receipts.summary import Count, Summary, tally
from services.receipts.verdict import TABLE, Reason
from tests.house import House, Visitor, speaking

EMPTY = (
    "Receipts from November 15 to November 21\nIn brackets: the week before.\n\n"
    "Credited: 0 → (0)\nWaiting: 0 → (0)\nRefused: 0 → (0)"
)
TEAM_ONLY = "This part is for the staff of partners and the city. Ask for an invitation link."


class Past:
    """Receipts of the days before the clock's Sunday."""

    def __init__(self, house: House, member_id: int) -> None:
        self.house, self.member_id = house, member_id
        self._numbers = iter(range(1, 1000))

    async def got(self, days_ago: int, state: str, reason: str = "", **values: Any) -> None:
        number = next(self._numbers)
        at = self.house.clock.now() - timedelta(days=days_ago)
        row = {
            "member_id": self.member_id, "number": f"past:{number}", "sign": "1", "total": 10_000,
            "drive": "7386400000010001", "purchased_at": at, "submitted_at": at, "source": "text",
            "state": state, "reason": reason or state, "fields": {},
            "venue_id": await self.house.venue_id("orbita"), **values,
        }  # fmt: skip
        async with self.house.database.transaction() as tx:
            await tx.execute(insert(Receipt).values(row))

    async def failed(self, days_ago: int, reason: str, times: int = 1) -> None:
        day = self.house.clock.now().date() - timedelta(days=days_ago)
        async with self.house.database.transaction() as tx:
            for _ in range(times):
                await tally(tx, self.house.city.id, day, reason)


@pytest.fixture
async def past(house: House) -> Past:
    await house.regular(name="Anna")
    return Past(house, (await house.rows(Member))[-1]["id"])


async def told(house: House, somebody: Visitor) -> list[str]:
    somebody.hushed()
    await house.deliver()
    return [text for _kind, text in somebody.news]


async def test_the_team_sees_why_receipts_failed(house: House, past: Past) -> None:
    team = await house.regular(role=Role.MODERATOR)
    await team.says("/staff")
    assert await team.presses("📉 Why receipts failed") == EMPTY
    for days_ago, state, reason in (
        (1, "credited", ""), (7, "credited", ""), (8, "credited", ""), (0, "credited", ""),
        (2, "pending", "checking"), (3, "rejected", "taken"), (4, "rejected", "old"),
        (5, "rejected", "old"), (9, "rejected", "old"), (6, "rejected", "from_the_future_release"),
        (6, "reversed", "refunded"),
    ):  # fmt: skip
        await past.got(days_ago, state, reason)
    await past.failed(1, "no_code", times=5)
    await past.failed(10, "no_code", times=7)
    await past.failed(2, "payment")
    await past.failed(2, "ERR_S")
    await past.failed(2, "ERR_T")
    await team.presses("« Back")
    assert await team.presses("📉 Why receipts failed") == (
        "Receipts from November 15 to November 21\nIn brackets: the week before.\n\n"
        "Credited: 2 ↑ (1)\nWaiting: 1 ↑ (0)\nRefused: 4 ↑ (1)\n"
        "• too old: 2 ↑ (1)\n• other reasons: 1 ↑ (0)\n• sent before by somebody else: 1 ↑ (0)\n"
        "Taken back: 1 ↑ (0)\n\n"
        "Never became a receipt:\n"
        "• a photo without a readable code: 5 ↓ (7)\n• a damaged receipt code: 2 ↑ (0)\n"
        "• a payment code: 1 ↑ (0)\n\n"
        "💡 Ask the venues to print their receipts darker and to change worn paper."
    )
    assert await team.labels() == ["« Back"]


async def test_an_owner_sees_the_own_venue_and_nothing_else(house: House, past: Past) -> None:
    owner = await house.regular(role=Role.OWNER)
    cashier = await house.regular(role=Role.CASHIER)
    await past.got(1, "rejected", "old")
    await past.got(1, "rejected", "taken", venue_id=await house.venue_id("docking"))
    await past.failed(1, "no_code")
    await owner.says("/partner")
    assert await owner.presses("📉 Why receipts failed") == (
        "Demo café “Orbit”\n" + EMPTY.replace("Refused: 0 →", "Refused: 1 ↑") + "\n"
        "• too old: 1 ↑ (0)\n\n"
        "💡 Remind guests at the till to send the receipt on the same day."
    )
    await cashier.says("/partner")
    assert "📉 Why receipts failed" not in await cashier.labels()
    orbita, docking = await house.venue_id("orbita"), await house.venue_id("docking")
    guest = await house.regular()
    async with house.unchanged():
        for who, data in (
            (owner, f"de:{docking}:failures"),
            (cashier, f"de:{orbita}:failures"),
        ):
            assert await who.forges(data) == "Only the people in charge of this can do that."
        for who in (owner, cashier, guest):
            assert await who.forges("go:failures") == TEAM_ONLY


async def test_the_week_comes_by_itself_once(house: House, past: Past) -> None:
    team = await house.regular(role=Role.ADMIN)
    owner = await house.regular(role=Role.OWNER)
    await past.got(1, "rejected", "future")
    await house.app.jobs.summarise()
    house.clock.advance(days=1)
    await house.app.jobs.summarise()
    await house.app.jobs.summarise()
    week = EMPTY.replace("15 to November 21", "16 to November 22").replace(
        "Refused: 0 →", "Refused: 1 ↑"
    )
    reason = "\n• a time in the future: 1 ↑ (0)\n\n💡 "
    assert await told(house, team) == [
        week + reason + "Ask the venues to set the clocks of their tills."
    ]
    await house.deliver()
    assert [text for _kind, text in owner.news] == [
        "Demo café “Orbit”\n" + week + reason + "Please set the clock of your till."
    ]


async def test_who_wants_no_reminders_is_not_written_to(house: House, past: Past) -> None:
    team = await house.regular(role=Role.ADMIN)
    await house.change(Member, Member.notify, notify=False)
    await past.got(1, "credited")
    house.clock.advance(days=1)
    await house.app.jobs.summarise()
    assert await told(house, team) == []


def test_every_refusal_has_words() -> None:
    refused = {row.reason for row in TABLE if row.state == "rejected"}
    after = {Reason.NOT_FOUND, Reason.FORGED, Reason.NEVER_KNOWN, Reason.NOT_GENUINE,
             Reason.STAFF_PURCHASE}  # fmt: skip
    assert refused | after <= set(summary.REASONS)
    assert set(summary.CITY_ADVICE) <= {*summary.REASONS, *summary.FAILURES}
    assert set(summary.VENUE_ADVICE) <= set(summary.REASONS)


def test_whatever_was_sent_instead_has_words() -> None:
    told = {*get_args(Problem), *(f"unread_{hint}" for hint in get_args(Hint))}
    told |= {*(kind.value for kind in CodeKind), "several", *(fault.value for fault in QrFault)}
    assert told <= set(summary.FAILURES)


def test_unreadable_photos_are_advised_on_together(house: House) -> None:
    failures = (
        ("payment", Count(5, 0)),
        ("unread_blurred", Count(3, 0)),
        ("unread_dark", Count(3, 0)),
    )
    whole = Summary(date(2026, 11, 16), date(2026, 11, 22), failures=failures)
    with speaking("en"):
        lines = summary.told(house.city, whole, None).split("\n")
    assert lines[-4:] == [
        "• a blurred photo: 3 ↑ (0)",
        "• a dark photo: 3 ↑ (0)",
        "",
        "💡 Ask the venues to print their receipts darker and to change worn paper.",
    ]


def test_a_long_list_is_added_up(house: House) -> None:
    many = tuple((name, Count(20 - n, 1)) for n, name in enumerate(list(summary.REASONS)[:12]))
    whole = Summary(date(2026, 11, 16), date(2026, 11, 22), reasons=many)
    with speaking("en"):
        lines = summary.told(house.city, whole, None).split("\n")
    listed = [line for line in lines if line.startswith("•")]
    assert len(listed) == 9
    assert listed[-1] == "• other reasons: 42 ↑ (4)"
