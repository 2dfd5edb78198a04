"""A crash between any two lines: killed after each statement, then the action comes again.

Whatever the moment: nothing is half done, the repeated action has exactly one effect, and the
person gets the answer.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.delivery.models import OutboxMessage
from services.events import Event
from services.ledger.models import Account, Lot, Transfer
from services.members.models import Consent, Identity, Member, RoleGrant
from services.members.roles import Role
from services.receipts.models import Receipt
from services.rewards.models import Redemption, Reward
from tests.clock import START
from tests.faults.script import FILE, Script, Theatre, perform
from tests.house import House, Visitor

ROOT = Path(__file__).parents[2]

EFFECTS = (
    (Account.kind, Account.owner, Account.currency, Account.posted, Account.held, Account.maturing),
    (Transfer.kind, Transfer.debit_id, Transfer.credit_id, Transfer.amount, Transfer.state),
    (Lot.account_id, Lot.remaining),
    (Receipt.member_id, Receipt.number, Receipt.state, Receipt.points, Receipt.points_now),
    (Redemption.member_id, Redemption.reward_id, Redemption.state, Redemption.settled_by),
    (Reward.id, Reward.taken),
    (Event.subject, Event.subject_id, Event.verb, Event.state, Event.actor_id),
    (OutboxMessage.member_id, OutboxMessage.kind, OutboxMessage.state),
    (Member.id, Member.name, Member.deleted_at),
    (Identity.member_id, Identity.channel, Identity.external_id),
    (Consent.member_id, Consent.kind, Consent.given),
    (RoleGrant.member_id, RoleGrant.role, RoleGrant.venue_id),
)


async def effects(house: House) -> list[list[Any]]:
    """Everything an action did, but for random tokens."""
    async with house.database.reading() as reading:
        return [
            sorted((tuple(row) for row in await reading.execute(select(*columns))), key=repr)
            for columns in EFFECTS
        ]


async def transcript(house: House, chat_id: int) -> list[str]:
    """What the chat shows, with one digit for every number: codes are random."""
    changes = await house.app.web.chats.changes(chat_id, 0)
    assert changes is not None
    texts = [
        entry.payload.get("text") or entry.payload.get("caption") or ""
        for entry in changes.entries
        if not entry.mine
    ]
    return [re.sub(r"\d+", "0", text) for text in texts]


class Stage:
    """A scene is set, played to its end, broken off everywhere, and played again."""

    def __init__(self, folder: Path, template: Path, forge: Callable[[list[str]], int]) -> None:
        self._folder = folder
        self._forge = forge
        self._before = folder / "before"
        self._theatre = Theatre(folder / "stage")
        self._theatre.folder.mkdir()
        shutil.copy(template, self._theatre.folder / FILE)
        self.now = START.isoformat()

    @asynccontextmanager
    async def set(self) -> AsyncIterator[House]:
        """The house in which the scene is prepared."""
        async with self._theatre.opened(Script(self.now)) as house:
            yield house
        shutil.rmtree(self._before, ignore_errors=True)
        shutil.copytree(self._theatre.folder, self._before)

    def script(self, visitor: Visitor, **does: Any) -> Script:
        return Script(self.now, visitor.account.chat_id, "en", {**does, "cid": "the-one-and-only"})

    @asynccontextmanager
    async def after(self, script: Script, crash: Path | None = None) -> AsyncIterator[House]:
        """The house opened again after this crash, or before anything was done."""
        self._theatre.furnish(crash or self._before)
        async with self._theatre.opened(script) as house:
            yield house

    async def crashes(self, script: Script) -> list[Path]:
        """What is left when the process is killed after the first statement, the second, …"""
        folder = self._folder / "crashes"
        folder.mkdir()
        script.write(self._folder / "script.json")
        order = [str(self._folder / "script.json"), str(self._before), str(folder)]
        last = await asyncio.to_thread(self._forge, order)
        return [folder / str(n) for n in range(1, last)]


@pytest.fixture(scope="module")
def forge() -> Iterator[Callable[[list[str]], int]]:
    """One process that forks the victims: to start it takes longer than to kill them all."""
    command = [sys.executable, "-m", "tests.faults.forge"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def series(order: list[str]) -> int:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield series


@pytest.fixture
def stage(tmp_path: Path, sqlite_template: Path, forge: Callable[[list[str]], int]) -> Stage:
    return Stage(tmp_path, sqlite_template, forge)


async def accrual(stage: Stage) -> Script:
    """A guest sends the text of a receipt."""
    async with stage.set() as house:
        guest = await house.regular(name="Vera")
        return stage.script(guest, t="say", text=house.receipt(3000))


async def press(stage: Stage, visitor: Visitor, label: str) -> Script:
    message, data = await visitor.finds(label)
    return stage.script(visitor, t="press", message_id=message.id, data=data)


async def taking(stage: Stage) -> Script:
    """A guest takes a reward."""
    async with stage.set() as house:
        guest = await house.regular(name="Vera", points=500)
        await guest.says("/rewards")
        await guest.presses("☕ Demo café")
        await guest.presses("🌌")
        return await press(stage, guest, "Get it for")


async def confirmation(stage: Stage) -> Script:
    """A cashier confirms what the guest has taken."""
    async with stage.set() as house:
        cashier = await house.regular(name="Kirill", role=Role.CASHIER)
        guest = await house.regular(name="Vera", points=500)
        await guest.says("/rewards")
        await guest.presses("☕ Demo café")
        await guest.presses("🌌")
        shown = await guest.presses("Get it for")
        code = re.findall(r"\b\d{4}\b", shown)[-1]
        await cashier.says(code)
        return await press(stage, cashier, "✅ Handed over")


async def joining(stage: Stage) -> Script:
    """Somebody's first message."""
    async with stage.set() as house:
        account, _sid = await house.app.web._accounts.create("en")
        return stage.script(Visitor(house, account), t="start", payload="poster")


@pytest.mark.parametrize("scene", [accrual, taking, confirmation, joining])
async def test_a_crash_between_any_two_statements(
    stage: Stage, scene: Callable[[Stage], Awaitable[Script]]
) -> None:
    script = await scene(stage)
    async with stage.after(script) as house:
        undone, before = await effects(house), await transcript(house, script.chat_id)
        await perform(house, script)
        done, shown = await effects(house), await transcript(house, script.chat_id)
    assert done != undone
    crashes = await stage.crashes(script)
    assert len(crashes) >= 10
    committed = []
    for crash in crashes:
        async with stage.after(script, crash) as house:
            left = await effects(house)
            assert left in (undone, done) or scene is joining, f"half done by {crash.name}"
            committed.append(left == done)
            assert (await house.audit()).is_clean
            await perform(house, script)
            assert await effects(house) == done, f"killed after {crash.name}"
            assert (await house.audit()).is_clean
            now_shown = await transcript(house, script.chat_id)
            # What was shown just before the crash may be shown once more, and nothing else.
            assert set(now_shown) == set(shown)
            assert len(shown) <= len(now_shown) <= len(shown) + len(set(shown) - set(before))
    assert committed == sorted(committed), "done once is done for good"
    assert set(committed) == {False, True}


async def test_a_crash_while_delivering_repeats_and_never_loses(stage: Stage) -> None:
    script = await confirmation(stage)
    async with stage.set() as house:
        await perform(house, script)
        (waiting,) = await house.rows(OutboxMessage)
        (identity,) = await house.rows(Identity, Identity.member_id == waiting["member_id"])
    guest = int(identity["external_id"])
    delivery = Script(stage.now, guest)
    crashes = await stage.crashes(delivery)
    assert len(crashes) >= 5
    counts = []
    for crash in crashes:
        async with stage.after(delivery, crash) as house:
            assert (await house.audit()).is_clean
            await house.deliver()
            await house.deliver()
            shown = await transcript(house, guest)
            counts.append(sum(text.startswith("🌌 Enjoy!") for text in shown))
            assert [row["state"] for row in await house.rows(OutboxMessage)] == ["sent"]
    assert set(counts) == {1, 2}
