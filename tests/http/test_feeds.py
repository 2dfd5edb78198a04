"""What is public, as readers, maps and tables take it."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from services.projects.models import Project, ResourceLine
from services.reports.models import Report, ReportPhoto
from services.reports.states import Acting, Verb
from tests.house import House
from tests.http.caller import Caller
from tests.http.desk import JPEG, WAYS, Desk

FEEDS = [f"feeds/{what}.{form}" for what in ("reports", "projects") for form in
         ("rss", "geojson", "csv")]  # fmt: skip


async def table(caller: Caller, path: str, **fields: str) -> list[dict[str, str]]:
    reply = await caller.site(path, fields)
    assert reply.status == 200
    return list(csv.DictReader(io.StringIO(reply.body.decode("utf-8"), newline="")))


async def features(caller: Caller, path: str, **fields: str) -> list[dict[str, Any]]:
    reply = await caller.site(path, fields)
    assert reply.status == 200
    tree = json.loads(reply.body)
    assert tree["type"] == "FeatureCollection"
    found: list[dict[str, Any]] = tree["features"]
    return found


async def items(caller: Caller, path: str, **fields: str) -> list[ET.Element]:
    reply = await caller.site(path, fields)
    assert reply.status == 200
    return ET.fromstring(reply.body).findall("channel/item")


async def test_reports_in_three_forms(desk: Desk, caller: Caller) -> None:
    text = 'A <b>hole</b> & more,\n"deep"'
    number = await desk.report("fixed", text=text, photo=True, address="Kirova, 1")
    before, after = await desk.tokens(number)
    (item,) = await items(caller, "feeds/reports.rss", lang="en")
    assert item.findtext("title") == "🕳 Pothole · Kirova, 1"
    assert item.findtext("guid") == "kaluga-report-1"
    assert item.findtext("pubDate") == "Sun, 22 Nov 2026 09:01:00 +0000"
    assert item.findtext("description") == "A &lt;b&gt;hole&lt;/b&gt; &amp; more,\n&quot;deep&quot;"
    enclosure = item.find("enclosure")
    assert enclosure is not None
    assert enclosure.get("url") == f"{caller.base}photo/{before}"
    (feature,) = await features(caller, "feeds/reports.geojson", lang="en")
    assert feature["geometry"] == {"type": "Point", "coordinates": [36.2612, 54.5138]}
    shown = feature["properties"]
    assert (shown["number"], shown["state"], shown["status"]) == (1, "fixed", "closed")
    assert (shown["category_name"], shown["unit_name"]) == ("Pothole", "Roads department")
    assert shown["photos_after"] == f"{caller.base}photo/{after}"
    (row,) = await table(caller, "feeds/reports.csv", lang="en")
    assert {**row, "text": text} == row
    assert (row["overdue"], row["lat"], row["lon"]) == ("false", "54.5138", "36.2612")
    assert row["photos"] == f"{caller.base}photo/{before}"


async def test_projects_in_three_forms(house: House, desk: Desk, caller: Caller) -> None:
    project = await desk.project("financing", lat=54.5, lon=36.2)
    await desk.project("design", title="Without a place")
    async with house.database.transaction() as tx:
        await tx.execute(
            ResourceLine.__table__.insert().values(
                project_id=project, kind="money", label="x", amount=500_00, unit="RUB"
            )
        )
    titles = [item.findtext("title") for item in await items(caller, "feeds/projects.rss")]
    assert titles == ["Without a place", "A bridge for walkers"]
    second, first = await features(caller, "feeds/projects.geojson")
    assert (first["geometry"]["coordinates"], second["geometry"]) == ([36.2, 54.5], None)
    assert first["properties"]["budget_kop"] == 50_000
    assert (first["properties"]["stage"], first["properties"]["stage_number"]) == ("financing", 9)
    rows = await table(caller, "feeds/projects.csv", kind="urban")
    assert [row["title"] for row in rows] == titles
    assert await table(caller, "feeds/projects.csv", kind="charity") == []
    assert await table(caller, "feeds/projects.csv", district="nowhere") == []


@pytest.mark.parametrize("state", ["submitted", "clarify", "declined"])
async def test_private_reports_are_in_no_feed(desk: Desk, caller: Caller, state: str) -> None:
    await desk.report(state)
    assert await features(caller, "feeds/reports.geojson") == []
    assert await items(caller, "feeds/reports.rss") == []
    assert await table(caller, "feeds/reports.csv") == []


async def test_private_projects_are_in_no_feed(house: House, desk: Desk, caller: Caller) -> None:
    await desk.project("idea")
    await desk.project("premoderation")
    hidden = await desk.project("evaluation")
    await house.change(Project, Project.id == hidden, hidden=True)
    assert await features(caller, "feeds/projects.geojson") == []


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+7 900", "-1", "@SUM(A1)", "\t=1", "  =cmd|'/c calc'!A0", "\uff1d1", "%0A=1", "|x"],
)
async def test_a_table_has_no_formulas(desk: Desk, caller: Caller, text: str) -> None:
    await desk.report("open", text=f"{text}\n=2", address=text)
    (row,) = await table(caller, "feeds/reports.csv")
    for cell in (row["text"], row["address"]):
        assert cell.startswith("'")
        assert cell[1:].strip().startswith(text.strip())


async def test_a_table_without_rows_has_its_columns(caller: Caller) -> None:
    for what, first in (("reports", "number"), ("projects", "id")):
        reply = await caller.site(f"feeds/{what}.csv")
        assert reply.body.decode().startswith(f"{first},")
        assert reply.body.count(b"\r\n") == 1


@pytest.mark.parametrize("path", FEEDS)
async def test_who_has_it_is_told_so(desk: Desk, caller: Caller, path: str) -> None:
    await desk.report("open")
    await desk.project()
    first = await caller.site(path)
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    tag, changed = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"other", W/{tag}'},
        {"If_Modified_Since": changed},
    ):
        again = await caller.site(path, **headers)
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    stale = {"If_None_Match": '"other"', "If_Modified_Since": changed}
    assert (await caller.site(path, **stale)).status == 200
    await desk.move(1, Verb.DECLINE, Acting.MODERATOR)
    await desk.project()
    second = await caller.site(path, If_None_Match=tag)
    assert second.status == 200
    assert (await caller.site(path, If_Modified_Since=changed)).status == 200


async def test_pages(desk: Desk, caller: Caller) -> None:
    for _ in range(5):
        await desk.report("open")
    path, seen = "feeds/reports.geojson?page_size=2&category=pothole", []
    while path:
        reply = await caller.site(path)
        tree = json.loads(reply.body)
        seen += [feature["properties"]["number"] for feature in tree["features"]]
        links = tree.get("links", [])
        path = links[0]["href"].removeprefix(caller.base) if links else ""
        assert (f'<{caller.base}{path}>; rel="next"' == reply.headers.get("Link")) == bool(path)
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "page_size=-1", "lang=xx", "page=1234567", "category=%FF"],
)
async def test_what_cannot_be_asked(caller: Caller, query: str) -> None:
    reply = await caller.site(f"feeds/reports.rss?{query}")
    assert reply.status == 400
    assert reply.headers["Content-Type"].startswith("text/plain")


async def test_filters(desk: Desk, caller: Caller) -> None:
    await desk.report("open")
    await desk.report("fixed", category="tree")
    for query, numbers in (
        ({"category": "tree"}, [2]),
        ({"state": "open"}, [1]),
        ({"category": "tree,pothole"}, [2, 1]),
        ({"district": "nowhere"}, []),
    ):
        found = await features(caller, "feeds/reports.geojson", **query)
        assert [each["properties"]["number"] for each in found] == numbers


async def test_a_photo(house: House, desk: Desk, caller: Caller) -> None:
    number = await desk.report("open", photo=True)
    (token,) = await desk.tokens(number)
    redacted = JPEG + b"redacted"
    await house.change(ReportPhoto, original=b"\xff\xd8 the original", public=redacted)
    reply = await caller.site(f"photo/{token}")
    assert (reply.status, reply.body) == (200, redacted)
    assert reply.headers["Content-Type"] == "image/jpeg"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert "max-age=300" in reply.headers["Cache-Control"]
    again = await caller.site(f"photo/{token}", If_None_Match=reply.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    for change in ({"shown": False}, {"shown": True, "removed": True}):
        await house.change(ReportPhoto, **change)
        assert (await caller.site(f"photo/{token}")).status == 404
    assert (await caller.site("photo/short")).status == 404
    assert (await caller.site("photo/nobody-has-such-a-token")).status == 404


@pytest.mark.parametrize("state", [state for state in WAYS if state not in {"open", "fixed"}])
async def test_photos_follow_their_report(desk: Desk, caller: Caller, state: str) -> None:
    number = await desk.report(state, photo=True)
    token = (await desk.tokens(number))[0]
    is_public = state not in {"submitted", "clarify", "declined", "withdrawn"}
    assert (await caller.site(f"photo/{token}")).status == (200 if is_public else 404)


async def test_too_many_calls(desk: Desk, caller: Caller) -> None:
    statuses = [(await caller.site("feeds/projects.rss")).status for _ in range(121)]
    assert statuses == [200] * 120 + [429]
    await desk.report("open", photo=True)
    (token,) = await desk.tokens(1)
    assert (await caller.site(f"photo/{token}")).status == 200


async def test_a_changed_report_moves_the_stamp(house: House, desk: Desk, caller: Caller) -> None:
    await desk.report("open")
    changed = (await caller.site("feeds/reports.rss")).headers["Last-Modified"]
    house.clock.advance(minutes=5)
    await house.change(Report, hidden=True, updated_at=house.clock.now())
    reply = await caller.site("feeds/reports.rss", If_Modified_Since=changed)
    assert (reply.status, b"<item>" in reply.body) == (200, False)
