"""Public reports and projects as pages that people open from a feed or a friend's message."""

import re
from html.parser import HTMLParser

import pytest

from services.reports.models import Report
from services.reports.states import Acting, Verb
from tests.handlers.screens import Screens
from tests.house import House
from tests.http.caller import Caller
from tests.http.desk import WAYS, Desk


class Reader(HTMLParser):
    """What a person reads on a page, line by line, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.links += [str(named["href"])] if tag == "a" else []
        self.pictures += [str(named["src"])] if tag == "img" else []
        if tag not in {"meta", "link", "img"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self._open:
            self.lines.append(data.strip())


async def read(caller: Caller, path: str, **headers: str) -> Reader:
    reply = await caller.site(path, **headers)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    return Reader(reply.body.decode())


async def test_a_report_is_a_page(desk: Desk, caller: Caller) -> None:
    number = await desk.report("fixed", text="A <b>hole</b>", photo=True, address="Kirova, 1")
    before, after = await desk.tokens(number)
    page = await read(caller, f"reports/{number}?lang=en")
    assert page.lines == [
        "Pothole · № 1 · Kaluga Guest Card", "Kaluga Guest Card", "Русский", "English", "中文",
        "🕳 Pothole", "№ 1 · ✅ Fixed, says the city", "How it looks now", "Before",
        "A <b>hole</b>", "Where", "Kirova, 1 ·", "on the map",
        "Whose work it is", "Roads department", "Published", "November 22",
        "See it in the chat, and report what is wrong near you.", "Open the chat here",
        "What has happened", "November 22", "✅ Fixed, says the city", "November 22",
        "👤 Somebody is on it", "November 22", "📢 Published",
        "Nothing on this page says who wrote it.", "RSS",
    ]  # fmt: skip
    assert page.pictures == [f"/photo/{after}", f"/photo/{before}"]
    for picture in page.pictures:
        assert (await caller.site(picture[1:])).status == 200


async def test_what_the_city_has_said_and_promised(
    house: House, desk: Desk, caller: Caller
) -> None:
    number = await desk.report("open")
    await desk.move(number, Verb.ASSIGN, Acting.OFFICIAL)
    await desk.move(number, Verb.SCHEDULE, reason="season")
    await desk.note(number, "The asphalt is ordered", public=True)
    await desk.note(number, "Not for everybody", public=False)
    page = await read(caller, f"reports/{number}?lang=en")
    assert page.lines[page.lines.index("Promised by") + 1] == "December 22"
    assert page.lines[page.lines.index("Why") + 1] == "it can only be done in season"
    assert "🗓 Planned: it can only be done in season" in page.lines
    assert "💬 The asphalt is ordered" in page.lines
    assert not [line for line in page.lines if "Not for everybody" in line]
    house.clock.advance(days=40)
    page = await read(caller, f"reports/{number}?lang=en")
    late = "It was promised by December 22, 2026 and is not done yet."
    assert page.lines[page.lines.index("Promised by") + 1] == late


async def test_the_way_into_the_chat(house: House, desk: Desk, caller: Caller) -> None:
    number = await desk.report("open")
    page = await read(caller, f"reports/{number}?lang=en")
    (link,) = [link for link in page.links if "start=" in link]
    assert link.endswith(f"/?start=report_{number}")
    guest = await house.regular()
    shown = await guest.comes_by(link.partition("start=")[2])
    assert shown.startswith("🕳 Pothole · № 1")
    await guest.presses("👍 Support")
    page = await read(caller, f"reports/{number}?lang=en")
    assert page.lines[page.lines.index("Voices") + 1] == "1 supports it"


async def test_a_stranger_is_led_to_the_report_after_agreeing(house: House, desk: Desk) -> None:
    number = await desk.report("open")
    stranger = await house.visitor(payload=f"report_{number}")
    await stranger.presses("Yes, I agree")
    await stranger.presses("No, thanks")
    assert [text for _kind, text in stranger.news if text.startswith("🕳 Pothole · № 1")]


@pytest.mark.parametrize("payload", ["report_99", "report_x", "project_99", "project_x", "report_"])
async def test_a_link_to_nothing_changes_nothing(house: House, payload: str) -> None:
    guest = await house.regular()
    async with house.unchanged():
        shown = await guest.comes_by(payload)
    assert shown == guest.word("I cannot find that any more. It may be gone.")


async def test_a_project_is_a_page(house: House, desk: Desk, caller: Caller) -> None:
    project = await desk.project("evaluation", address="Embankment")
    page = await read(caller, f"projects/{project}?lang=en")
    assert page.lines == [
        "A bridge for walkers · Kaluga Guest Card", "Kaluga Guest Card",
        "Русский", "English", "中文", "A bridge for walkers", "🗳 Neighbours vote",
        "Over the Oka", "What it is about", "🌳 Streets and yards", "Where", "Embankment",
        "Stage", "4 of 10: 🗳 Neighbours vote", "Published", "November 22",
        "What do you think of it? Say so in the chat, for or against.", "Open the chat here",
        "What has happened", "November 22", "🗳 Neighbours vote",
        "Nothing on this page says who wrote it.", "RSS",
    ]  # fmt: skip
    (link,) = [link for link in page.links if "start=" in link]
    guest = await house.regular()
    assert (await guest.comes_by(link.partition("start=")[2])).startswith("A bridge for walkers")


async def test_every_report_says_what_became_of_it(desk: Desk, caller: Caller) -> None:
    for state in WAYS:
        number = await desk.report(state)
        reply = await caller.site(f"reports/{number}?lang=en")
        assert reply.status == (404 if state in {"submitted", "clarify", "declined"} else 200)


async def test_what_leads_on_is_a_link(desk: Desk, caller: Caller) -> None:
    first, second = await desk.report("open"), await desk.report("open")
    project = await desk.project()
    original = await desk.report_id(first)
    await desk.move(second, Verb.DUPLICATE, Acting.MODERATOR, reason="same_place",
                    original_id=original)  # fmt: skip
    assert f"/reports/{first}" in (await read(caller, f"reports/{second}")).links
    await desk.house.change(Report, Report.number == first, project_id=project)
    page = await read(caller, f"reports/{first}?lang=en")
    assert f"/projects/{project}" in page.links
    assert page.lines[page.lines.index("Became a project") + 1] == "A bridge for walkers"
    secret = await desk.project("premoderation")
    await desk.house.change(Report, Report.number == first, project_id=secret)
    page = await read(caller, f"reports/{first}?lang=en")
    assert "Became a project" not in page.lines
    assert not [link for link in page.links if link.startswith("/projects")]


async def test_nothing_is_there_unless_it_is_public(
    house: House, desk: Desk, caller: Caller
) -> None:
    hidden = await desk.report("open")
    await house.change(Report, Report.number == hidden, hidden=True)
    secret = await desk.project("premoderation")
    for path in (f"reports/{hidden}", f"projects/{secret}", "reports/99", "projects/99"):
        reply = await caller.site(f"{path}?lang=en")
        assert reply.status == 404
        assert "There is nothing at this address" in Reader(reply.body.decode()).lines
        assert reply.headers["Cache-Control"] == "no-store"
    for path in ("reports/0", "reports/1x", "reports/9999999999"):
        assert (await caller.site(path)).status == 404


async def test_a_private_place_is_only_about_there(desk: Desk, caller: Caller) -> None:
    number = await desk.report("open", category="noise", address="Kirova, 1, flat 5")
    reply = await caller.site(f"reports/{number}?lang=en")
    assert b"Kirova" not in reply.body
    assert b"54.5138" not in reply.body


@pytest.mark.parametrize("tongue", ["ru", "en", "zh"])
async def test_in_every_language(desk: Desk, caller: Caller, tongue: str) -> None:
    screens = Screens(tongue)
    for state in WAYS:
        number = await desk.report(state, text="12")
        reply = await caller.site(f"reports/{number}?lang={tongue}")
        assert f'<html lang="{tongue}">' in reply.body.decode()
        for line in Reader(reply.body.decode()).lines:
            if not re.match(r"RSS|English|Русский|中文|.*(Because of|In spring)", line):
                screens.reads(state, line)
    project = await desk.project("financing", title="12", text="12")
    for line in (await read(caller, f"projects/{project}?lang={tongue}")).lines:
        if line not in {"RSS", "English", "Русский", "中文"}:
            screens.reads("project", line)
    assert screens.faults == []


async def test_the_browsers_language_is_spoken(desk: Desk, caller: Caller) -> None:
    number = await desk.report("open")
    for accepted, title in (
        ("de, zh;q=0.5, en;q=0.8", "Pothole"),
        ("zh-CN,zh;q=0.9", "路面坑洞"),
        ("de;q=x, fr", "Яма"),
        ("", "Яма"),
    ):
        page = await read(caller, f"reports/{number}", accept_language=accepted)
        assert title in page.lines[0]


async def test_no_script_and_nothing_from_elsewhere(desk: Desk, caller: Caller) -> None:
    number = await desk.report("open", text='<script>alert("x")</script>', photo=True)
    reply = await caller.site(f"reports/{number}")
    text = reply.body.decode()
    assert "<script" not in text
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text


async def test_feeds_lead_to_the_pages(desk: Desk, caller: Caller) -> None:
    number, project = await desk.report("open"), await desk.project()
    for form in ("rss", "geojson"):
        reports = (await caller.site(f"feeds/reports.{form}")).body.decode()
        assert f"{caller.base}reports/{number}" in reports
        assert "open311" not in reports
        assert (
            f"{caller.base}projects/{project}"
            in (await caller.site(f"feeds/projects.{form}")).body.decode()
        )


async def test_somebody_who_asks_too_often_waits(desk: Desk, caller: Caller) -> None:
    number = await desk.report("open")
    statuses = [(await caller.site(f"reports/{number}")).status for _ in range(125)]
    assert set(statuses) == {200, 429}
    desk.house.clock.advance(minutes=5)
    assert (await caller.site(f"reports/{number}")).status == 200


async def test_the_page_of_a_report_that_was_taken_back_is_a_stub(
    desk: Desk, caller: Caller
) -> None:
    number = await desk.report("withdrawn", text="A <b>hole</b>", photo=True, address="Kirova, 1")
    page = await read(caller, f"reports/{number}?lang=en")
    assert page.lines[5:18] == [
        "🕳 Pothole", "№ 1 · ↩️ Taken back", "Whose work it is", "Roads department",
        "Published", "November 22", "See it in the chat, and report what is wrong near you.",
        "Open the chat here", "What has happened", "November 22", "↩️ Taken back",
        "November 22", "📢 Published",
    ]  # fmt: skip
    assert page.pictures == []
