"""A report from a phone: photos sent together, a pin on the sketch of the city, and sending."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPhone, Phone
from tests.browser.process import Application
from tests.channels.web.echo import png


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    running = Application(tmp_path)
    await running.start()
    yield running
    await running.kill()


@pytest.fixture
async def phone(new_phone: NewPhone, application: Application) -> Phone:
    """A phone that speaks English, whose owner has agreed."""
    phone = await new_phone(locale="en-US")
    page = phone.page
    await page.goto(application.url)
    await page.get_by_role("button", name="Start", exact=True).click()
    for label in ("Yes, I agree", "No, thanks", "No name"):
        await press(page, label)
    await expect(page.locator("#log")).to_contain_text("Your card is ready.")
    return phone


async def press(page: Page, label: str) -> None:
    await page.locator(".key", has_text=label).last.click()


async def told(page: Page, text: str) -> None:
    await expect(page.locator("#log article .text", has_text=text).last).to_be_visible()


async def begin(page: Page) -> None:
    await page.get_by_label("Message", exact=True).fill("/report")
    await page.keyboard.press("Enter")
    await told(page, "What is wrong?")


async def test_two_photos_a_pin_and_send(phone: Phone) -> None:
    page = phone.page
    await begin(page)
    files = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": png()} for n in (1, 2)]
    await page.set_input_files("#gallery", files)
    await told(page, "Where is it?")
    sent = page.locator("#log article.mine", has=page.locator(".photo"))
    await expect(sent).to_have_count(2)
    for n in range(2):
        await expect(sent.nth(n)).to_have_attribute("data-status", "sent")
    await expect(page.locator("#log article .text", has_text="Where is it?")).to_have_count(1)

    await page.locator(".chip", has_text="On the map").click()
    await expect(page.get_by_role("heading", name="Where is it?")).to_be_visible()
    await expect(page.locator(".honest")).to_contain_text("A sketch")
    where = page.locator("#map-where")
    await expect(where).to_contain_text("Leninsky")
    before = await where.text_content()
    box = await page.locator("#map-canvas").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 200, box["y"] + 300)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 60, box["y"] + 200, steps=4)
    await page.mouse.up()
    await expect(where).not_to_have_text(before or "")
    await page.get_by_role("button", name="Here", exact=True).click()

    await told(page, "What is it about?")
    await press(page, "Pothole")
    await told(page, "Everybody will see this:")
    await press(page, "Send")
    await told(page, "Sent: № 1")
    assert phone.complaints == []
    assert phone.outside == []


async def test_the_map_by_keys_and_where_it_ends(phone: Phone) -> None:
    page = phone.page
    await page.context.grant_permissions(["geolocation"])
    await page.context.set_geolocation({"latitude": 54.52, "longitude": 36.26})
    await begin(page)
    await page.get_by_label("Message", exact=True).fill("A deep pothole in the road")
    await page.keyboard.press("Enter")
    await told(page, "Where is it?")
    await page.locator(".chip", has_text="On the map").click()
    await page.get_by_role("button", name="Where I am").click()
    await page.get_by_role("button", name="Farther").click()
    await page.locator("#map-canvas").focus()
    for _ in range(400):
        await page.keyboard.press("ArrowUp")
        if await page.locator("#map-here").is_disabled():
            break
    await expect(page.locator("#map-where")).to_contain_text("outside of the city")
    await page.get_by_role("button", name="Where I am").click()
    await expect(page.locator("#map-here")).to_be_enabled()
    await page.locator("#map-canvas").focus()
    await page.keyboard.press("Enter")
    await told(page, "Noted:")
    await expect(page.locator("#log article.mine").last).to_contain_text(
        re.compile(r"54\.52000, 36\.26000")
    )
    assert phone.complaints == []


async def test_without_a_map_an_address_is_asked_for(phone: Phone) -> None:
    page = phone.page
    await page.route("**/api/map", lambda route: route.abort())
    await begin(page)
    await page.get_by_label("Message", exact=True).fill("A deep pothole in the road")
    await page.keyboard.press("Enter")
    await told(page, "Where is it?")
    await page.locator(".chip", has_text="On the map").click()
    await expect(page.locator("#alert-text")).to_have_text(
        "The map could not be shown. Please write the address."
    )
