"""What citizens begin and the city goes on with: an idea and a report, on several phones."""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPhone, Phone
from tests.browser.process import Application
from tests.browser.test_reports import press, told

IDEA = "Benches and lime trees along the river, so that elderly people have a place to sit down."


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    running = Application(tmp_path)
    await running.start()
    yield running
    await running.kill()


async def arrives(new_phone: NewPhone, address: str, name: str) -> Phone:
    """Somebody who speaks English has opened the address and agreed."""
    phone = await new_phone(locale="en-US")
    await phone.page.goto(address)
    await phone.page.get_by_role("button", name="Start", exact=True).click()
    await press(phone.page, "Yes, I agree")
    await press(phone.page, "No, thanks")
    await told(phone.page, "What name should I put on your card?")
    await say(phone.page, name)
    await told(phone.page, "Your card is ready.")
    return phone


async def staff(new_phone: NewPhone, application: Application, name: str, *invited: str) -> Phone:
    """Somebody who has opened the one-time link of an invitation."""
    links = await application.tells("staff", "invite", *invited)
    link = re.search(r"^web: (\S+)$", links, re.MULTILINE)
    assert link
    return await arrives(new_phone, link[1], name)


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


async def photograph(page: Page, colour: tuple[int, int, int]) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(drawn, "JPEG")
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": drawn.getvalue()}
    await page.set_input_files("#gallery", photo)


def check(*phones: Phone) -> None:
    for phone in phones:
        assert phone.complaints == []
        assert phone.outside == []


async def test_an_idea_is_published_and_a_neighbour_votes(
    new_phone: NewPhone, application: Application
) -> None:
    author = await arrives(new_phone, application.url, "Anna Karlova")
    moderator = await staff(new_phone, application, "Maria", "--role", "moderator")
    neighbour = await arrives(new_phone, application.url, "Boris")

    page = author.page
    await say(page, "/idea")
    await told(page, "What would make the city better?")
    await say(page, IDEA)
    await told(page, "Where is it?")
    await page.locator(".chip", has_text="The whole city").click()
    await told(page, "This is what everybody will see:")
    await press(page, "🗂 Kind")
    await told(page, "What is it about?")
    await press(page, "« Back")
    await told(page, "Author: Anna K.")
    await press(page, "✅ Send")
    await told(page, "A moderator looks at it first")

    page = moderator.page
    await say(page, "/staff")
    await press(page, "Ideas and projects: 1")
    await press(page, "Ideas and appeals · 1")
    await told(page, "Benches and lime trees")
    await press(page, "✅ Publish")
    await told(page, "Published.")

    await told(author.page, "Neighbours vote")
    page = neighbour.page
    await say(page, "/projects")
    await press(page, "Vote now · 1")
    await press(page, "Benches and lime trees")
    passport = page.locator("#log article .photo img").last
    await expect(passport).to_be_visible()
    await told(page, "For: 0 · against: 0")
    await press(page, "👍 For")
    await told(page, "🙋 Your voice is shown.")
    await press(author.page, "Open the project")
    await told(author.page, "and 1 voice not confirmed yet")
    check(author, moderator, neighbour)


async def test_a_report_from_its_photo_to_confirmed(
    new_phone: NewPhone, application: Application
) -> None:
    author = await arrives(new_phone, application.url, "Anna Karlova")
    moderator = await staff(new_phone, application, "Maria", "--role", "moderator")
    official = await staff(new_phone, application, "Oleg", "--role", "official", "--unit", "roads")

    page = author.page
    await say(page, "/report")
    await told(page, "What is wrong?")
    await photograph(page, (90, 90, 95))
    await told(page, "Where is it?")
    await say(page, "Kirova 21")
    await press(page, ", 21")
    await press(page, "Pothole")
    await told(page, "Everybody will see this:")
    await press(page, "Send")
    await told(page, "Sent: № 1")

    page = moderator.page
    await say(page, "/staff")
    await press(page, "Reports of citizens: 1")
    await press(page, "1 new report")
    await told(page, "Everybody sees: Anna K.")
    await press(page, "⬛ Black out")
    await told(page, "What shall nobody see?")
    await press(page, "👆 Press the cells")
    row = page.locator(".row", has=page.get_by_role("button", name="A1", exact=True)).last
    boxes = [await row.locator(".key").nth(n).bounding_box() for n in range(8)]
    assert len({box["y"] for box in boxes if box}) == 1
    await press(page, "B4")
    await told(page, "Black: B4")
    await press(page, "💾 Save")
    await told(page, "Saved: this is what everybody sees from now on.")
    await press(page, "« Back")
    await told(page, "Everybody sees: Anna K.")
    await press(page, "✅ Publish")
    await told(page, "Published")

    page = official.page
    await say(page, "/staff")
    await press(page, "To do: 1")
    await press(page, "№ 1")
    await press(page, "We take it")
    await told(page, "The author hears of this.")
    await press(page, "Work has begun")
    await told(page, "In progress")
    await press(page, "📷 Fixed")
    await told(page, "Send a photo of how it looks now.")
    await photograph(page, (60, 60, 60))
    await told(page, "They are asked whether it is really fixed.")

    page = author.page
    await told(page, "The city says that it is fixed. Is it?")
    await press(page, "Show it")
    after = page.locator("#log article", has_text="Fixed, says the city").last
    await expect(after.locator(".photo img")).to_be_visible()
    await after.locator(".key", has_text="Yes, fixed").click()
    await press(page, "Confirm without a photo")
    await told(page, "№ 1 is fixed, and everybody sees that.")
    check(author, moderator, official)
