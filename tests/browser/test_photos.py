"""Photos from a phone: what is seen while they are read, bad networks, files that are no photos."""

from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import NewPhone, Phone, Server
from tests.browser.test_chat import begin, bubble, say
from tests.channels.web.echo import png

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 3000


async def pick(page: Page, data: bytes, name: str = "photo.png", kind: str = "image/png") -> None:
    await page.set_input_files("#gallery", {"name": name, "mimeType": kind, "buffer": data})


def photos(page: Page) -> Any:
    return page.locator("#log article.mine", has=page.locator(".photo"))


async def test_a_guest_sees_that_the_photo_is_being_read(
    new_phone: NewPhone, server: Server
) -> None:
    page = (await new_phone()).page
    await page.clock.install()
    await begin(page, server.url)
    other = (await new_phone()).page
    await begin(other, server.url)
    await say(page, "/slow")
    await expect(page.locator("#log article.mine", has_text="/slow")).to_have_attribute(
        "data-status", "sent"
    )

    await pick(page, png())
    await expect(page.locator("#typing")).to_be_visible()
    await expect(page.locator("#doing")).to_have_text("Смотрю на снимок…")
    await expect(photos(page)).to_have_attribute("data-stage", "reading")
    # Long after the bot's "typing" has run out.
    await page.clock.fast_forward(7000)
    await expect(page.locator("#doing")).to_have_text("Снимок непростой, смотрю внимательнее…")
    await expect(page.locator("#typing")).to_be_in_viewport()
    await say(other, "/go")
    await expect(bubble(page, "Фото 8×8")).to_have_count(1)
    await expect(page.locator("#typing")).to_be_hidden()
    await expect(photos(page)).to_have_attribute("data-status", "sent")
    await expect(page.locator("#doing")).to_have_text("")


async def test_an_upload_that_broke_off_is_tried_again(phone: Phone, server: Server) -> None:
    page = phone.page
    await begin(page, server.url)
    broken: list[str] = []

    async def once(route: Route) -> None:
        if broken:
            await route.continue_()
        else:
            broken.append(route.request.url)
            await route.abort()

    await page.route("**/api/upload*", once)
    await page.clock.install()
    await pick(page, png())
    await expect(photos(page)).to_have_attribute("data-stage", "")
    await expect(photos(page)).to_have_attribute("data-status", "sending")
    await expect(page.locator("#typing")).to_be_hidden()
    assert len(broken) == 1
    await page.clock.fast_forward(10_000)
    await expect(bubble(page, "Фото 8×8")).to_have_count(1)
    await expect(photos(page)).to_have_attribute("data-status", "sent")


async def test_an_upload_that_keeps_breaking_off_waits_for_a_tap(
    phone: Phone, server: Server
) -> None:
    page = phone.page
    await begin(page, server.url)
    tries: list[str] = []

    async def never(route: Route) -> None:
        tries.append(route.request.url)
        await route.abort()

    await page.route("**/api/upload*", never)
    await page.clock.install()
    await pick(page, png())
    again = photos(page).get_by_role("button", name="Нажмите, чтобы повторить")
    for _ in range(20):
        await page.clock.fast_forward(60_000)
        if await again.count():
            break
    await expect(again).to_be_visible()
    assert len(tries) == 5
    assert len(set(tries)) == 1

    await page.unroute("**/api/upload*")
    await again.click()
    await expect(bubble(page, "Фото 8×8")).to_have_count(1)
    await expect(photos(page)).to_have_attribute("data-status", "sent")


@pytest.mark.parametrize(
    ("name", "kind", "data", "said"),
    [
        ("IMG_0412.HEIC", "image/heic", HEIC, "в формате HEIC"),
        ("check.pdf", "application/pdf", b"%PDF-1.7\n" + b"\0" * 3000, "Это PDF."),
        ("film.mp4", "video/mp4", b"\0\0\0\x18ftypmp42", "Я понимаю только картинки."),
        ("huge.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(12 * 2**20), "слишком большая"),
    ],
)
async def test_what_cannot_be_read_is_not_even_sent(
    phone: Phone, server: Server, name: str, kind: str, data: bytes, said: str
) -> None:
    page = phone.page
    await begin(page, server.url)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    await pick(page, data, name, kind)
    await expect(page.locator("#alert-text")).to_contain_text(said)
    await page.get_by_role("button", name="Хорошо").click()
    await expect(photos(page)).to_have_count(0)
    await expect(page.locator("#typing")).to_be_hidden()
    assert [url for url in sent if "/api/upload" in url] == []


async def test_a_long_receipt_keeps_its_width(phone: Phone, server: Server) -> None:
    page = phone.page
    await begin(page, server.url)
    await pick(page, png(900, 7000))
    await expect(bubble(page, "Фото 900×7000")).to_have_count(1)
    assert phone.complaints == []
