"""A bot at work until it is killed: `python -m … SCRIPT FOLDER`.

Guests send receipts, take rewards, and cashiers confirm, all at once. Every action that was
acknowledged is printed, so that the test can tell what must be there afterwards.
"""

import asyncio
import re
import sys
from pathlib import Path

from services.members.roles import Role
from services.rewards.models import Reward
from tests.faults.script import Script, Theatre
from tests.house import House


async def guest_and_cashier(house: House) -> None:
    """One reward after another, from the catalogue to the confirmation."""
    cashier = await house.regular(name="Kirill", role=Role.CASHIER)
    guest = await house.regular(name="Vera", points=100_000)
    while True:
        await guest.says("/rewards")
        await guest.presses("☕ Demo café")
        await guest.presses("🍪")
        shown = await guest.presses("Get it for")
        code = re.findall(r"\b\d{4}\b", shown)[-1]
        await cashier.says(code)
        said = await cashier.presses("✅ Handed over")
        if "Confirmed at" in said:
            print(f"confirmed {await guest.member_id()}", flush=True)
        await asyncio.sleep(0)


async def customer(house: House) -> None:
    """A new guest for every receipt, so that no limit is in the way."""
    while True:
        guest = await house.regular(name="Vera")
        if "✅" in await guest.says(house.receipt(3000)):
            print(f"credited {await guest.member_id()}", flush=True)
        await asyncio.sleep(0)


async def main(script_file: str, folder: str) -> None:
    async with Theatre(Path(folder)).opened(Script.read(Path(script_file))) as house:
        house.rule("redemption", code_minutes=60)
        await house.change(Reward, per_guest=None, stock=None)
        async with asyncio.TaskGroup() as tasks:
            for work in (guest_and_cashier, guest_and_cashier, customer, customer):
                tasks.create_task(work(house))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
