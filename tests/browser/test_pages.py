"""The pages of reports and projects on phones, narrow ones too."""

import pytest
from aiohttp.test_utils import TestServer

from tests.browser.conftest import NewPhone
from tests.handlers import conftest as flows
from tests.house import House
from tests.http import conftest as served
from tests.http.desk import Desk

kaluga_template = flows.kaluga_template
kaluga = flows.kaluga
house = flows.house
server = served.server
desk = served.desk

LONG = "Averylongwordwithoutanyspaces" * 6


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("tongue", ["ru", "en", "zh"])
async def test_nothing_is_wider_than_the_screen(
    house: House, desk: Desk, server: TestServer, new_phone: NewPhone, width: int, tongue: str
) -> None:
    number = await desk.report("fixed", text=f"{LONG} a hole", address=LONG, photo=True)
    project = await desk.project(title=LONG, text=LONG)
    phone = await new_phone(viewport={"width": width, "height": 700})
    for path in (f"/reports/{number}", f"/projects/{project}", "/reports/99"):
        await phone.page.goto(str(server.make_url(f"{path}?lang={tongue}")))
        wide = await phone.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        button = phone.page.locator(".help a").first
        box = await button.bounding_box()
        assert box is not None
        assert box["height"] >= 40
        background = await button.evaluate("each => getComputedStyle(each).backgroundColor")
        assert background == "rgb(255, 179, 71)"
    assert (phone.outside, phone.complaints[:-1]) == ([], [])
    assert "404" in phone.complaints[-1]  # of the page that is not there


async def test_a_page_leads_into_the_chat(
    house: House, desk: Desk, server: TestServer, new_phone: NewPhone
) -> None:
    number = await desk.report("open")
    phone = await new_phone(locale="en-US")
    await phone.page.goto(str(server.make_url(f"/reports/{number}")))
    assert await phone.page.locator("h1").inner_text() == "🕳 Pothole"
    await phone.page.get_by_role("link", name="Русский").click()
    assert await phone.page.locator("html").get_attribute("lang") == "ru"
