"""The whole loop of the real application in two browsers: earn, spend, confirm, be told.

With SCREENSHOT set to a file, that file becomes the picture of the chat in the README.
"""

import asyncio
import io
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Locator, expect

from services.images.reading import read_codes
from tests.browser.conftest import NewPhone, Phone
from tests.browser.process import Application

SCREENSHOT = os.environ.get("SCREENSHOT")
AGAIN = 40_000
"""Milliseconds within which a browser is back after the server was away."""


@dataclass(frozen=True)
class Words:
    """What the two people read and press."""

    locale: str
    begin: str
    online: str
    agree: str
    no_thanks: str
    no_name: str
    ready: str
    earned: str
    card: str
    on_the_way: str
    rewards: str
    affordable: str
    cookie: str
    take: str
    show_until: str
    welcome: str
    confirm: str
    confirmed: str
    told: str


RUSSIAN = Words(
    locale="ru-RU",
    begin="Начать",
    online="на связи",
    agree="Да, даю согласие",
    no_thanks="Нет, спасибо",
    no_name="Без имени",
    ready="Приятно познакомиться, Анна! Ваша карта готова.",
    earned="+54 балла",
    card="💳 Моя карта",
    on_the_way="В пути 38 баллов",
    rewards="🎁 Комплименты",
    affordable="✨ На что хватит баллов",
    cookie="Печенье «Спутник»",
    take="Взять · 15 баллов",
    show_until="Покажите этот код у стойки",
    welcome="Добро пожаловать в команду!",
    confirm="✅ Выдано, подтвердить",
    confirmed="✅ Подтверждено",
    told="Наслаждайтесь!",
)
ENGLISH = Words(
    locale="en-US",
    begin="Start",
    online="online",
    agree="Yes, I agree",
    no_thanks="No, thanks",
    no_name="No name",
    ready="Nice to meet you, Анна! Your card is ready.",
    earned="+54 points",
    card="💳 My card",
    on_the_way="38 points on the way",
    rewards="🎁 Rewards",
    affordable="✨ What I can afford",
    cookie="Sputnik cookie",
    take="Get it for 15 points",
    show_until="Show this code at the counter",
    welcome="Welcome to the team",
    confirm="✅ Handed over, confirm",
    confirmed="✅ Confirmed",
    told="Enjoy!",
)


class Person:
    """Somebody with a phone in the hand."""

    def __init__(self, phone: Phone, words: Words) -> None:
        self.phone = phone
        self.page = phone.page
        self.words = words

    async def begins(self, url: str) -> None:
        await self.page.goto(url)
        await self.page.get_by_role("button", name=self.words.begin, exact=True).tap()
        await expect(self.page.locator("#status")).to_have_text(self.words.online)
        await self.presses(self.words.agree)
        await self.presses(self.words.no_thanks)

    async def says(self, text: str) -> None:
        await self.page.locator("#input").fill(text)
        await self.page.keyboard.press("Enter")

    async def presses(self, label: str) -> None:
        await self.page.locator(".key").filter(has_text=label).last.tap()

    async def taps(self, label: str) -> None:
        await self.page.locator(".chip").filter(has_text=label).tap()

    def said(self, text: str) -> Locator:
        """What I said."""
        return self.page.locator("#log .mine").filter(has_text=text)

    def reads(self, text: str) -> Locator:
        """What was said to me."""
        return self.page.locator("#log .theirs").filter(has_text=text)

    async def sees(self, text: str, *, patience: float = 15_000) -> Locator:
        """One message with this text, the newest, in view; returns it."""
        message = self.reads(text)
        await expect(message).to_have_count(1, timeout=patience)
        await expect(message.locator(".text")).to_be_in_viewport()
        return message

    async def everything(self) -> list[str]:
        return await self.page.locator("#log .text").all_text_contents()

    def check(self) -> None:
        """The page asked nobody else and broke no rule."""
        assert self.phone.complaints == []
        assert self.phone.outside == []


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    """The real application, running."""
    application = Application(tmp_path)
    await application.start()
    yield application
    await application.kill()


async def guest_with_points(
    new_phone: NewPhone, application: Application, words: Words, folder: Path
) -> Person:
    """From the first look to the points for a receipt."""
    scale = 2 if SCREENSHOT else 1
    guest = Person(await new_phone(words.locale, device_scale_factor=scale), words)
    await guest.begins(application.url)
    await guest.says("Анна")
    await guest.sees(words.ready)
    receipt = folder / "receipt.png"
    await application.tells(
        *("receipt", "sample", "--venue", "orbita", "--sum", "540.00", "--out", str(receipt))
    )
    await guest.page.set_input_files("#gallery", receipt)
    await guest.sees(words.earned, patience=60_000)
    await expect(guest.page.locator("#log .mine .photo img")).to_have_count(1)
    # Until this is heard the photo is sent again after a power cut, and its answer shown again.
    sent = guest.page.locator("#log .mine", has=guest.page.locator(".photo"))
    await expect(sent).to_have_attribute("data-status", "sent")
    return guest


async def takes_the_cookie(guest: Person, url: str) -> str:
    """Returns the code; the picture beside it holds the QR for the same reward."""
    words = guest.words
    await guest.taps(words.rewards)
    await guest.presses(words.affordable)
    await guest.presses(words.cookie)
    await guest.presses(words.take)
    ticket = await guest.sees(words.show_until, patience=60_000)
    code = await ticket.locator("strong").last.text_content()
    assert code
    assert re.fullmatch(r"[0-9]{4}", code)
    picture = await drawn(ticket)
    qr = [found.text for found in read_codes(picture).codes]
    assert len(qr) == 1
    assert re.fullmatch(re.escape(url) + r"/\?start=r_[\w-]{16,}", qr[0])
    return code


async def drawn(message: Locator) -> bytes:
    """The picture of a message, as the browser shows it."""
    image = message.locator(".photo img")
    await expect(image).to_be_in_viewport()
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") >= 600
    address = await image.evaluate("image => image.src")
    return await (await message.page.request.get(address)).body()


async def cashier(new_phone: NewPhone, application: Application, words: Words) -> Person:
    """Somebody who has opened the one-time link of an invitation to the café."""
    links = await application.tells("staff", "invite", "--role", "cashier", "--venue", "orbita")
    link = re.search(r"^web: (\S+)$", links, re.MULTILINE)
    assert link
    cashier = Person(await new_phone(words.locale), words)
    await cashier.begins(link[1])
    await cashier.presses(words.no_name)
    await cashier.sees(words.welcome)
    return cashier


async def confirms(cashier: Person, code: str) -> None:
    await cashier.says(code)
    await cashier.sees(cashier.words.cookie)
    await cashier.presses(cashier.words.confirm)
    await cashier.sees(cashier.words.confirmed)


async def test_the_loop_in_russian_with_two_power_cuts(
    new_phone: NewPhone, application: Application, tmp_path: Path
) -> None:
    words = RUSSIAN
    guest = await guest_with_points(new_phone, application, words, tmp_path)

    await application.kill()
    await guest.taps(words.card)
    asked = guest.said(words.card)
    await expect(asked).to_have_attribute("data-status", "sending")
    await expect(guest.page.locator("#banner")).to_be_visible()
    await application.start()
    card = await guest.sees(words.on_the_way, patience=AGAIN)
    await drawn(card)
    await expect(asked).to_have_attribute("data-status", "sent")
    await expect(guest.page.locator("#banner")).to_be_hidden()
    if SCREENSHOT:
        await photograph(guest, Path(SCREENSHOT))

    code = await takes_the_cookie(guest, application.url)
    clerk = await cashier(new_phone, application, words)
    await application.kill()
    await expect(clerk.page.locator("#banner")).to_be_visible(timeout=AGAIN)
    await application.start()
    for person in (guest, clerk):
        await expect(person.page.locator("#status")).to_have_text(words.online, timeout=AGAIN)
    await confirms(clerk, code)

    # Nothing is pressed on the guest's phone.
    await guest.sees(words.told)
    before = await guest.everything()
    await guest.page.reload()
    await expect(guest.page.locator("#log .text")).to_have_text(before)
    for said in (words.earned, words.on_the_way, words.show_until, words.told):
        await expect(guest.reads(said)).to_have_count(1)
    for said in (words.card, words.rewards):
        await expect(guest.said(said)).to_have_count(1)
    await expect(clerk.reads(words.confirmed)).to_have_count(1)
    await check_the_end(application, guest, clerk)


async def test_the_loop_in_english(
    new_phone: NewPhone, application: Application, tmp_path: Path
) -> None:
    guest = await guest_with_points(new_phone, application, ENGLISH, tmp_path)
    code = await takes_the_cookie(guest, application.url)
    clerk = await cashier(new_phone, application, ENGLISH)
    await confirms(clerk, code)
    await guest.sees(ENGLISH.told)
    await check_the_end(application, guest, clerk)


async def check_the_end(application: Application, *people: Person) -> None:
    audit = await application.tells("ledger", "audit")
    assert audit.splitlines()[-1] == "clean"
    for person in people:
        person.check()


async def photograph(guest: Person, target: Path) -> None:
    """The screen as it is, without the caret."""
    await guest.page.evaluate("() => document.activeElement.blur()")
    await guest.page.wait_for_timeout(500)
    shot = Image.open(io.BytesIO(await guest.page.screenshot())).convert("RGB")
    await asyncio.to_thread(shot.save, target, optimize=True)
