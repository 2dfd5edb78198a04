"""One long conversation, played on any channel, and what was seen of it."""

import asyncio
import io
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message
from PIL import Image
from sqlalchemy import text

from handlers import texts
from handlers.access import Access, allow
from handlers.screen import Screen
from handlers.turn import Turn
from services import cities
from services.images.drawing import draw
from services.receipts import sample
from services.rewards.models import Redemption
from tests.channels.app.phone import Channel
from tests.channels.app.process import Process
from tests.visitor import speaking

STALE = "ti:1:from-an-older-release"


@dataclass
class Story:
    """Writes down what each step changed on the screens of two people."""

    process: Process
    guest: Channel
    cashier: Channel
    lines: list[tuple[Any, ...]] = field(default_factory=list)

    async def step(self, name: str, action: Awaitable[object]) -> None:
        """Do it and note, for both, messages that are new or edited, keyboard and toasts."""
        before = await _snapshot(self.guest), await _snapshot(self.cashier)
        await action
        after = await _snapshot(self.guest), await _snapshot(self.cashier)
        for who, old, new in zip(("guest", "cashier"), before, after, strict=True):
            self.lines += [(name, who, *change) for change in _changes(old, new)]

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """What the step changed."""
        return [line[1:] for line in self.lines if line[0] == name]


Snapshot = tuple[list[tuple[Any, ...]], list[str], list[tuple[str, bool]]]


async def _snapshot(person: Channel) -> Snapshot:
    shapes = [seen.shape for seen in await person.sees()]
    return shapes, await person.keyboard(), person.toasts()


def _changes(old: Snapshot, new: Snapshot) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for number, shape in enumerate(new[0]):
        if number >= len(old[0]):
            found.append(("new", number, *shape))
        elif shape != old[0][number]:
            found.append(("edited", number, *shape))
    if new[1] != old[1]:
        found.append(("keyboard", *new[1]))
    return found + [("toast", *toast) for toast in new[2][len(old[2]) :]]


async def printed(process: Process, venue: str, rubles: str, document: int) -> bytes:
    """The picture of a receipt as a till of this venue prints it now."""
    house = process.house
    async with house.database.reading() as reading:
        found = await cities.venue_of_slug(reading, house.city.id, venue)
        assert found is not None
        tills = await cities.tills(reading, found.id)
    facts = sample.facts_of(
        house.city,
        found,
        tills[0],
        rubles=rubles,
        at=house.clock.now(),
        document=document,
        sign=12345,
    )
    return draw("sample", facts)


def breaks(process: Process) -> None:
    """One more command, which always fails."""

    async def broken(message: Message, turn: Turn) -> Screen:
        await turn.tx.execute(text("INSERT INTO nowhere VALUES (:it)"), {"it": message.text})
        return Screen()

    router = Router()
    router.message.register(broken, Command("breaks"), flags=allow(Access.ANYONE))
    handlers = process.app.dispatcher.sub_routers[0].observers["message"].handlers
    handlers.insert(0, router.observers["message"].handlers[0])


async def code_of(process: Process) -> str:
    """The short code of the reward taken last."""
    return str((await process.house.rows(Redemption))[-1]["code"])


async def take(guest: Channel) -> None:
    """From anywhere: the cookie of the Orbit."""
    await guest.says("/rewards")
    await guest.presses("☕ ")
    await guest.presses("🍪 ")
    await guest.presses(taking(guest))


def taking(guest: Channel) -> str:
    """How the button begins that takes a reward."""
    with speaking(guest.language):
        return texts.plain(texts._("Get it for {price}", price="")).strip()


async def play(story: Story, invitation: str) -> None:
    """The whole loop and around it; the guest speaks Russian and later English."""
    process, guest, cashier, step = story.process, story.guest, story.cashier, story.step
    breaks(process)
    await _onboarding(story, invitation)
    await _receipts(story)
    await step("card", guest.says("/card"))
    await step("history", guest.presses("History"))
    await step("card again", guest.presses("💳 My card"))
    await step("rewards", guest.presses("🎁 Rewards"))
    await step("venue", guest.presses("☕ "))
    await step("reward", guest.presses("🍪 "))
    await step("taken", guest.presses(taking(guest)))
    await step("code typed", cashier.says(await code_of(process)))
    await step("confirmed", _until_told(guest, cashier.presses("✅ Handed over, confirm")))
    await step("too late", guest.presses("Cancel, return my points"))
    await step("receipts", guest.says("/receipt"))
    await step("settings", guest.says("/settings"))
    await step("language", guest.presses("English"))
    guest.language = "en"
    await step("help", guest.says("/help"))
    await step("error", guest.says("/breaks"))
    await step("stale button", _press_stale(guest))
    await step("nonsense", guest.says("tea & <biscuits>"))
    await step("privacy", guest.says("/privacy"))


async def _onboarding(story: Story, invitation: str) -> None:
    people = {
        "cashier": (story.cashier, f"/start s_{invitation}"),
        "guest": (story.guest, "/start"),
    }
    for who, (person, start) in people.items():
        await story.step(f"{who} starts", person.says(start))
        await story.step(f"{who} reads", person.presses("Read the full text"))
        await story.step(f"{who} agrees", person.presses("Yes, I agree"))
        await story.step(f"{who} declines", person.presses("No, thanks"))
        await story.step(f"{who} is named", person.says("Анна <Б>"))


async def _receipts(story: Story) -> None:
    house, guest = story.process.house, story.guest
    pasted = house.receipt(1000, document=501)
    await story.step("receipt as text", guest.says(pasted))
    await story.step("the same again", guest.says(pasted))
    house.clock.advance(minutes=40)
    photo = await printed(story.process, "third-stage", "3000.00", 7)
    await story.step("receipt as photo", guest.photographs(photo))
    blank = io.BytesIO()
    Image.new("RGB", (320, 240), "white").save(blank, "PNG")
    await story.step("no receipt", guest.photographs(blank.getvalue()))


async def _until_told(guest: Channel, action: Awaitable[object]) -> None:
    """Do it and wait for the message it brings to the guest."""
    before = len(await guest.sees())
    await action
    async with asyncio.timeout(20):
        while len(await guest.sees()) == before:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


async def _press_stale(guest: Channel) -> None:
    await guest.presses_data((await guest.sees())[-1].id, STALE)
