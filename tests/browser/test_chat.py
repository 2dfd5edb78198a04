"""The chat in a real browser: what a guest sees and does on a phone."""

from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.conftest import Phone, Server
from tests.channels.web.echo import png


def bubble(page: Page, text: str):
    return page.locator("#log article .text", has_text=text)


async def begin(page: Page, url: str) -> None:
    await page.goto(url)
    await page.get_by_role("button", name="Начать").click()
    await expect(page.locator("#status")).to_have_text("на связи")


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Сообщение", exact=True).fill(text)
    await page.keyboard.press("Enter")


async def test_a_guest_talks_and_loses_nothing_in_a_power_cut(
    phone: Phone, server: Server, tmp_path: Path
) -> None:
    page = phone.page
    await page.goto(f"{server.url}/?start=promo")
    await expect(page.locator("h1").first).to_have_text("Гостевая карта Калуги")
    assert page.url == f"{server.url}/"
    assert await page.context.cookies() == []
    await begin(page, server.url)
    await expect(bubble(page, "Привет, /start promo")).to_have_count(1)

    await say(page, "/buttons")
    buttons = page.locator("#log article", has=page.locator(".keys"))
    await buttons.get_by_role("button", name="Раз").click()
    await expect(page.locator("#toast")).to_have_text("Нажали one")
    await expect(bubble(page, "Стало два")).to_have_count(1)
    await expect(bubble(page, "Выбирайте")).to_have_count(0)
    await expect(buttons.get_by_role("button")).to_have_text(["Два"])

    receipt = tmp_path / "receipt.png"
    receipt.write_bytes(png(4000, 4000))
    await page.set_input_files("#gallery", receipt)
    await expect(bubble(page, "Фото 2828×2828")).to_have_count(1)
    photo = page.locator("#log article.mine .photo img")
    await expect(photo).to_have_count(1)
    await expect(page.locator("#log article.theirs .photo img")).to_have_count(1)
    # The small bot forgets what it has handled when it is killed: let it say so first.
    await expect(
        page.locator("#log article.mine", has=page.locator(".photo img"))
    ).to_have_attribute("data-status", "sent")

    await server.stop()
    await say(page, "Пока вас не было")
    mine = page.locator("#log article.mine", has_text="Пока вас не было")
    await expect(mine).to_have_attribute("data-status", "sending")
    await expect(page.locator("#banner")).to_be_visible()
    await server.start()
    await expect(bubble(page, "Эхо: Пока вас не было")).to_have_count(1, timeout=30_000)
    await expect(mine).to_have_attribute("data-status", "sent")
    await expect(page.locator("#banner")).to_be_hidden()

    before = await page.locator("#log .text").all_text_contents()
    await page.reload()
    await expect(page.locator("#log .text")).to_have_text(before)
    assert before.count("Пока вас не было") == 1
    assert phone.complaints == []
    assert phone.outside == []


async def test_markup_from_a_guest_stays_text(phone: Phone, server: Server) -> None:
    page = phone.page
    await begin(page, server.url)
    evil = "<script>window.hit=1</script><img src=x onerror='window.hit=1'><b>ж</b>"
    await say(page, evil)
    await expect(bubble(page, f"Эхо: {evil}")).to_have_count(1)
    await expect(page.locator("#log script, #log img, #log b")).to_have_count(0)
    assert await page.evaluate("() => window.hit === undefined")
    assert phone.complaints == []


async def test_a_message_waits_through_a_reload_without_the_server(
    phone: Phone, server: Server
) -> None:
    page = phone.page
    await begin(page, server.url)
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    await page.reload()
    await expect(page.locator("#status")).to_have_text("на связи")
    await server.stop()
    await say(page, "Дойду")
    await page.reload()
    await expect(page.locator("#banner")).to_be_visible()
    await expect(page.locator("#log article.mine")).to_contain_text("Дойду")
    await server.start()
    await expect(bubble(page, "Эхо: Дойду")).to_have_count(1, timeout=30_000)
    await expect(page.locator("#log article.mine")).to_have_count(1)


async def test_a_message_that_waited_for_days_goes_out_only_when_asked(
    phone: Phone, server: Server
) -> None:
    page = phone.page
    await begin(page, server.url)
    await server.stop()
    await say(page, "Через два дня")
    await page.evaluate(
        """() => {
          const key = Object.keys(localStorage).find((name) => name.startsWith("outbox-"));
          const items = JSON.parse(localStorage.getItem(key));
          for (const item of items) item.at -= 2 * 86400;
          localStorage.setItem(key, JSON.stringify(items));
        }"""
    )
    await server.start()
    await page.reload()
    await expect(page.locator("#status")).to_have_text("на связи")
    mine = page.locator("#log article.mine", has_text="Через два дня")
    await expect(mine).to_have_attribute("data-status", "failed")
    await say(page, "А это сейчас")
    await expect(bubble(page, "Эхо: А это сейчас")).to_have_count(1)
    await expect(bubble(page, "Эхо: Через два дня")).to_have_count(0)
    await mine.get_by_role("button").click()
    await expect(bubble(page, "Эхо: Через два дня")).to_have_count(1)
    await expect(mine).to_have_attribute("data-status", "sent")


async def test_keys_copy_alert_and_place(phone: Phone, server: Server) -> None:
    page = phone.page
    await page.context.grant_permissions(["geolocation", "clipboard-write", "clipboard-read"])
    await page.context.set_geolocation({"latitude": 54.51, "longitude": 36.25})
    await begin(page, server.url)
    entry = page.get_by_label("Сообщение", exact=True)
    await entry.fill("раз")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("два")
    await page.keyboard.press("Enter")
    await expect(bubble(page, "Эхо: раз")).to_have_text("Эхо: раз\nдва")
    await expect(entry).to_be_focused()

    await say(page, "/buttons")
    await page.get_by_role("button", name="Код").click()
    assert await page.evaluate("() => navigator.clipboard.readText()") == "A1B2"
    await page.get_by_role("button", name="Окно").click()
    await expect(page.locator("#alert-text")).to_have_text("Нажали alert")
    await page.get_by_role("button", name="Хорошо").click()

    await page.get_by_role("button", name="Место", exact=True).click()
    await page.get_by_role("button", name="Хорошо").click()
    card = page.locator("#log .venue", has_text="Музей")
    await expect(card.get_by_role("link")).to_have_attribute(
        "href", "https://www.openstreetmap.org/?mlat=54.51&mlon=36.25#map=17/54.51/36.25"
    )
    assert phone.complaints == []
    assert phone.outside == []


async def test_three_languages_and_leaving(phone: Phone, server: Server) -> None:
    page = phone.page
    await page.goto(server.url)
    await page.get_by_role("button", name="中文").click()
    await expect(page.locator("h1").first).to_have_text("卡卢加旅客卡")
    await page.get_by_role("button", name="English").click()
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator("#status")).to_have_text("online")
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="Log out on this device").click()
    await page.get_by_role("button", name="OK").click()
    await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.locator("#begin")).to_be_visible()


async def test_where_sockets_are_blocked_it_works_by_requests(phone: Phone, server: Server) -> None:
    page = phone.page
    await page.route_web_socket("**/api/socket", lambda socket: socket.close())
    await page.goto(server.url)
    await page.get_by_role("button", name="Начать").click()
    await expect(page.locator("#status")).to_have_text("на связи", timeout=30_000)
    await say(page, "Слышно?")
    await expect(bubble(page, "Эхо: Слышно?")).to_have_count(1)
    await expect(bubble(page, "Слышно?")).to_have_count(2)


async def test_the_chat_can_be_installed(phone: Phone, server: Server) -> None:
    page = phone.page
    await begin(page, server.url)
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    tools = await page.context.new_cdp_session(page)
    manifest = await tools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    errors = (await tools.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert [error["errorId"] for error in errors] in ([], ["in-incognito"])
