"""Where the reader is: at the newest answer, or undisturbed further up, or back in history."""

import json
import sqlite3

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Phone, Server
from tests.browser.test_chat import begin, bubble, say


async def above(page: Page, message: Locator) -> float:
    """How far below the upper edge of the conversation a message begins, px."""
    box, edge = await message.bounding_box(), await page.locator("#scroll").bounding_box()
    assert box
    assert edge
    return box["y"] - edge["y"]


async def scroll_to(page: Page, top: int) -> None:
    await page.locator("#scroll").evaluate("(box, top) => { box.scrollTop = top; }", top)
    await page.wait_for_timeout(100)


async def test_a_long_list_is_read_from_its_beginning(phone: Phone, server: Server) -> None:
    page = phone.page
    await begin(page, server.url)
    await say(page, "/list")
    title = bubble(page, "Что посмотреть")
    await expect(title).to_be_in_viewport()
    await expect(page.get_by_role("button", name="Место 30")).not_to_be_in_viewport()
    await expect(page.locator("#down")).to_be_visible()
    await page.locator("#down").tap()
    await expect(page.get_by_role("button", name="Место 30")).to_be_in_viewport()
    await expect(page.locator("#down")).to_be_hidden()

    # The list above the finger shrinks to a line: the line stays on the screen.
    await page.get_by_role("button", name="Место 29").tap()
    await expect(bubble(page, "Рассказ, place:29")).to_be_in_viewport()


async def test_a_button_pressed_far_up_shows_what_it_did(phone: Phone, server: Server) -> None:
    page = phone.page
    await begin(page, server.url)
    await say(page, "/list")
    await say(page, "/buttons")
    await expect(bubble(page, "Выбирайте")).to_be_in_viewport()
    for n in range(12):
        await say(page, f"строка {n}")
        await expect(bubble(page, f"Эхо: строка {n}")).to_be_in_viewport()
    await page.get_by_role("button", name="Место 28").tap()
    await expect(bubble(page, "Рассказ, place:28")).to_be_in_viewport()
    # An answer that is a new message is shown too, however far down.
    await page.get_by_role("button", name="Тост").tap()
    await expect(bubble(page, "Отдельный ответ")).to_be_in_viewport()


async def test_news_do_not_move_whoever_reads_further_up(phone: Phone, server: Server) -> None:
    page = phone.page
    await begin(page, server.url)
    for n in range(15):
        await say(page, f"строка {n}")
        await expect(bubble(page, f"Эхо: строка {n}")).to_have_count(1)
    read = page.locator("#log article").nth(4)
    await scroll_to(page, 120)
    before = await above(page, read)
    other = await page.context.new_page()
    await other.goto(server.url)
    await say(other, "с другого устройства")
    await expect(bubble(page, "Эхо: с другого устройства")).to_have_count(1)
    # What I said elsewhere brings me to the end; what is said to me does not.
    await expect(bubble(page, "Эхо: с другого устройства")).to_be_in_viewport()
    await scroll_to(page, 120)
    assert abs(await above(page, read) - before) < 2
    await server.stop()
    write(server, [f"новость {n}" for n in range(3)])
    await server.start()
    await expect(bubble(page, "новость 2")).to_have_count(1, timeout=30_000)
    assert abs(await above(page, read) - before) < 2
    await expect(page.locator("#missed")).to_have_text("3")


async def test_the_way_back_to_the_first_word(phone: Phone, server: Server) -> None:
    page = phone.page
    await begin(page, server.url)
    write(server, [f"письмо {n}" for n in range(380)])
    await page.reload()
    await expect(bubble(page, "письмо 379")).to_be_in_viewport()
    articles = page.locator("#log article")
    await expect(articles).to_have_count(300)
    await expect(page.locator("#older")).to_be_attached()

    await scroll_to(page, 0)
    await expect(articles).to_have_count(350)
    # The reader still looks at the same message.
    await expect(page.locator("#log article", has_text="письмо 80").first).to_be_in_viewport()
    await scroll_to(page, 0)
    await expect(articles).to_have_count(381)
    await expect(page.locator("#older")).to_be_hidden()
    texts = await page.locator("#log .text").all_text_contents()
    assert texts == ["Привет, /start", *(f"письмо {n}" for n in range(380))]
    assert await page.locator("#log .day").count() == 1
    assert phone.complaints == []


def write(server: Server, texts: list[str]) -> None:
    """Messages of the bot, as another process would have written them."""
    with sqlite3.connect(server.database) as database:
        (seq,) = database.execute("SELECT seq FROM web_chat").fetchone()
        (at,) = database.execute("SELECT max(at) FROM web_message").fetchone()
        rows = [
            (n, n, False, json.dumps({"text": text}), at, False)
            for n, text in enumerate(texts, seq + 1)
        ]
        database.executemany(
            "INSERT INTO web_message (chat_id, message_id, seq, mine, payload, at, deleted)"
            " VALUES (1, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        database.execute("UPDATE web_chat SET seq = ?", (seq + len(texts),))
