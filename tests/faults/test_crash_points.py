"""A crash between any two lines: killed after each statement, then the action comes again.

Whatever the moment: nothing is half done, the repeated action has exactly one effect, and the
person gets the answer.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.delivery.models import OutboxMessage
from services.members.models import Identity
from services.members.roles import Role
from services.receipts.attribution import attribute
from tests.faults.script import Script, perform
from tests.faults.stage import Stage, effects, is_chained, transcript
from tests.handlers.desk import office
from tests.handlers.reports import town as street
from tests.house import Visitor
from tests.services.receipts.sightings import UNSEEN


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


async def queueing(stage: Stage) -> Script:
    """A guest sends a receipt that a service is to be asked about."""
    async with stage.set() as house:
        guest = await house.regular(name="Vera")
        does = stage.script(guest, t="say", text=house.receipt())
        return replace(does, asks=["fns", "tills"])


async def claim(stage: Stage) -> Script:
    """A moderator gives a receipt to the guest who has claimed it."""
    async with stage.set() as house:
        first, second = await house.regular(name="Vera"), await house.regular(name="Ivan")
        team = await house.regular(role=Role.MODERATOR, venue=None)
        code = house.receipt()
        await first.says(code)
        await second.says(code)
        await second.presses("🙋 This is my receipt")
        await team.says("/staff")
        await team.presses("⚖️ Claims: 1")
        return await press(stage, team, "✅ Give it")


async def refund(stage: Stage) -> Script:
    """A moderator takes the points of a returned purchase back."""
    async with stage.set() as house:
        guest = await house.regular(name="Vera")
        team = await house.regular(role=Role.MODERATOR, venue=None)
        await guest.says(house.receipt(at=house.clock.now() - timedelta(hours=1)))
        await guest.says(house.receipt(operation=2))
        await team.says("/staff")
        await team.presses("↩️ Refunds: 1")
        return await press(stage, team, "↩️ Take back: 1")


async def till(stage: Stage) -> Script:
    """An owner says that a till which was met on receipts is theirs."""
    async with stage.set() as house:
        owner = await house.regular(role=Role.OWNER)
        async with house.database.transaction() as tx:
            await attribute(tx, house.city, UNSEEN, house.clock.now())
        await house.deliver()
        return await press(stage, owner, "✅ Yes")


async def report(stage: Stage) -> Script:
    """A guest sends a report of a problem."""
    async with stage.set() as house:
        guest = await house.regular(name="Vera")
        await street.draft(guest)
        return await press(stage, guest, "✅ Send")


async def opening(stage: Stage) -> Script:
    """A moderator lets everybody see a report."""
    async with stage.set() as house:
        await street.sent(await house.regular(name="Vera"))
        team = await house.regular(role=Role.MODERATOR, venue=None)
        await office.begins(team)
        return await press(stage, team, "✅ Publish")


async def fixed(stage: Stage) -> Script:
    """The author says that the problem is gone, and is thanked."""
    async with stage.set() as house:
        guest = await house.regular(name="Vera")
        await street.fixed(house, guest)
        await house.deliver()
        await guest.presses("👍 Yes, fixed")
        return await press(stage, guest, "👍 Confirm without a photo")


SCENES = [
    *(accrual, taking, confirmation, joining, queueing, claim, refund, till),
    *(report, opening, fixed),
]


@pytest.mark.parametrize("scene", SCENES)
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
            assert await is_chained(house)
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
