"""Reports as other systems read them and send them."""

import asyncio
import math
from dataclasses import replace
from datetime import timedelta

import pytest

from services.members.models import Member
from services.reports.models import Category, Report, ReportPhoto
from services.reports.states import Acting, Verb
from services.sharing.models import ApiClient
from tests.house import House
from tests.http.caller import Caller
from tests.http.desk import JPEG, WAYS, Desk

EVERY = (
    *("service_request_id", "status", "status_notes", "service_name", "service_code"),
    *("description", "agency_responsible", "service_notice", "requested_datetime"),
    *("updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat", "long"),
    "media_url",
)
SHOWN = {
    "open": ("open", "open"),
    "reopened": ("open", "open"),
    "assigned": ("open", "investigating"),
    "in_progress": ("open", "in_progress"),
    "scheduled": ("open", "action_scheduled"),
    "fixed": ("closed", "fixed"),
    "confirmed": ("closed", "fixed"),
    "unfixable": ("closed", "no_further_action"),
    "referred": ("closed", "not_councils_responsibility"),
    "withdrawn": ("closed", "cancelled"),
}


async def listed(caller: Caller, **fields: str) -> list[str]:
    reply = await caller.get("requests.xml", fields)
    assert reply.status == 200
    root = reply.xml
    return [each["service_request_id"] for each in root.get("request", [])] if root else []


async def test_a_report_in_both_forms(desk: Desk, caller: Caller) -> None:
    text = "Глубокая <яма> & лужа\r\nза домом"
    await desk.report("assigned", text=text, photo=True, address="ул. Кирова, 1")
    reply = await caller.get("requests/1.xml")
    (shown,) = reply.xml["request"]
    assert tuple(shown) == EVERY
    assert shown["service_request_id"] == "1"
    assert shown["description"] == text
    assert shown["status"] == "open"
    assert shown["service_code"] == "pothole"
    assert shown["agency_responsible"] == "Служба дорог"
    assert shown["requested_datetime"] == "2026-11-22T09:01:00Z"
    assert shown["updated_datetime"] == "2026-11-22T09:02:00Z"
    assert shown["expected_datetime"].endswith("Z")
    assert (shown["lat"], shown["long"]) == ("54.5138", "36.2612")
    assert shown["address"] == "ул. Кирова, 1"
    assert (shown["zipcode"], shown["status_notes"]) == ({}, {})
    (token,) = await desk.tokens(1)
    assert shown["media_url"] == f"{caller.base}photo/{token}"
    (told,) = await caller.json("requests/1.json")
    assert tuple(told) == EVERY
    assert (told["lat"], told["long"], told["zipcode"]) == (54.5138, 36.2612, None)
    assert told["media_url"] == shown["media_url"]


async def test_several_photos_are_siblings(house: House, desk: Desk, caller: Caller) -> None:
    number = await desk.report("open", photo=True)
    (row,) = await house.rows(ReportPhoto)
    async with house.database.transaction() as tx:
        for key in ("second", "third"):
            copy = {**row, "token": key * 3, "source_key": key}
            del copy["id"]
            await tx.execute(ReportPhoto.__table__.insert().values(**copy))
    (shown,) = (await caller.get(f"requests/{number}.xml")).xml["request"]
    assert len(shown["media_url"]) == 3
    (told,) = await caller.json(f"requests/{number}.json")
    assert told["media_url"] == shown["media_url"][0]


@pytest.mark.parametrize("state", WAYS)
async def test_every_state(desk: Desk, caller: Caller, state: str) -> None:
    number = await desk.report(state)
    reply = await caller.get(f"requests/{number}.xml", {"extensions": "true"})
    if state not in SHOWN:
        assert reply.status == 404
        assert await listed(caller) == []
        return
    (shown,) = reply.xml["request"]
    status, extended = SHOWN[state]
    assert shown["status"] == status
    assert shown["extended_attributes"]["status"] == extended
    assert shown["extended_attributes"]["state"] == state
    assert await listed(caller, status=status) == [str(number)]
    assert await listed(caller, status="open" if status == "closed" else "closed") == []


async def test_duplicates_and_promoted_ones(house: House, desk: Desk, caller: Caller) -> None:
    original, second, third = [await desk.report("open") for _ in range(3)]
    await desk.move(
        second, Verb.DUPLICATE, Acting.MODERATOR, reason="same_place",
        original_id=await desk.report_id(original),
    )  # fmt: skip
    project = await desk.project()
    await house.change(Report, Report.number == third, state="promoted", project_id=project)
    (shown,) = (await caller.get(f"requests/{second}.xml", {"extensions": "true"})).xml["request"]
    assert shown["status"] == "closed"
    assert shown["status_notes"] == "то же место и та же проблема", "in the city's language"
    assert shown["extended_attributes"]["status"] == "duplicate"
    assert shown["extended_attributes"]["duplicate_of"] == str(original)
    (shown,) = (await caller.get(f"requests/{third}.xml", {"extensions": "true"})).xml["request"]
    assert (shown["status"], shown["extended_attributes"]["status"]) == ("open", "planned")


async def test_flagged_away_is_gone(house: House, desk: Desk, caller: Caller) -> None:
    number = await desk.report("open", photo=True)
    (token,) = await desk.tokens(number)
    assert (await caller.site(f"photo/{token}")).status == 200
    await house.change(Report, hidden=True)
    assert (await caller.get(f"requests/{number}.xml")).status == 404
    assert await listed(caller, service_request_id=str(number)) == []
    assert (await caller.site(f"photo/{token}")).status == 404


async def test_private_places_are_rounded(desk: Desk, caller: Caller) -> None:
    number = await desk.report("open", category="noise", address="ул. Кирова, 1, кв. 7")
    (shown,) = (await caller.get(f"requests/{number}.xml")).xml["request"]
    assert shown["address"] == {}
    moved = abs(float(shown["lat"]) - 54.5138) + abs(float(shown["long"]) - 36.2612)
    assert 0 < moved < 0.01
    assert "54.5138" not in str(shown)


async def test_filters(house: House, desk: Desk, caller: Caller) -> None:
    house.clock.advance(days=-100)
    old = await desk.report("open")
    house.clock.advance(days=100)
    hole = await desk.report("open")
    tree = await desk.report("fixed", category="tree")
    assert await listed(caller) == [str(tree), str(hole)]
    assert await listed(caller, service_code="tree,litter") == [str(tree)]
    assert await listed(caller, service_code="nothing") == []
    assert await listed(caller, status="CLOSED") == [str(tree)]
    assert await listed(caller, status="open,closed") == [str(tree), str(hole)]
    by_ids = {"service_request_id": f"{old},{tree},77,x", "status": "nonsense", "page_size": "9"}
    assert await listed(caller, **by_ids) == [str(tree), str(old)]
    end = (house.clock.now() - timedelta(days=50)).strftime("%Y-%m-%dT%H:%M:%S")
    assert await listed(caller, end_date=f"{end}Z") == [str(old)]
    assert await listed(caller, page_size="1", page="2") == [str(hole)]
    assert await listed(caller, page_size="1", page="3") == []


async def test_windows_that_follow_each_other_lose_nothing(
    house: House, desk: Desk, caller: Caller
) -> None:
    """Inside the last second, with the plus of the zone unescaped, as some send it."""
    house.clock.advance(microseconds=700_000)
    number = await desk.report("open")
    second = {"start_date": "2026-11-22T12:01:00 03:00", "end_date": "2026-11-22T12:01:00 03:00"}
    assert await listed(caller, **second) == [str(number)]
    (shown,) = (await caller.get("requests.xml", second)).xml["request"]
    assert shown["updated_datetime"] == "2026-11-22T09:01:00Z"
    before = {"start_date": "2026-11-22T09:00:00Z", "end_date": "2026-11-22T09:00:59Z"}
    after = {"start_date": "2026-11-22T09:01:01Z", "end_date": "2026-11-22T09:02:00Z"}
    assert await listed(caller, **before) == await listed(caller, **after) == []


async def test_extensions(house: House, desk: Desk, caller: Caller) -> None:
    asked = [
        {"code": "note", "datatype": "text", "description": {"ru": "Note"}},
        {"code": "wide", "datatype": "number", "description": {"ru": "How wide"}},
    ]
    await house.change(Category, Category.code == "pothole", attributes=asked)
    answers = {"note": "call me: +79001234567", "wide": "40"}
    number = await desk.report("unfixable", attributes=answers)
    await desk.note(number, "The crew was here", public=True)
    await desk.note(number, "Her number is +79001234567", public=False)
    (shown,) = (await caller.get(f"requests/{number}.xml", {"extensions": "true"})).xml["request"]
    assert shown["attributes"]["attribute"] == [{"code": "wide", "value": ["40"]}]
    notes = [(note["type"], note["description"]) for note in shown["notes"]["note"]]
    assert notes == [
        ("open", {}),
        ("investigating", {}),
        ("no_further_action", "Because of give_up"),
        ("comment", "The crew was here"),
    ]
    assert "+7900" not in str(shown)


# sending


async def test_fixmystreet_sends_a_report(house: House, desk: Desk, caller: Caller) -> None:
    fms = await caller.with_key()
    reply = await fms.sends(**{"attribute[fixmystreet_id]": "7"})
    assert (reply.status, reply.id) == (200, "1")
    (shown,) = reply.xml["request"]
    assert set(shown) == {"service_request_id", "service_notice", "account_id"}
    row = await desk.row(1)
    assert row["text"] == "Яма\n\nГлубокая & широкая <яма>\n\nhttp://fms/report/7"
    assert (row["lat"], row["lon"], row["address"]) == (54.5138, 36.2612, "ул. Кирова")
    assert (row["state"], row["source"], row["ext_id"]) == ("submitted", "open311", "7")
    assert (row["author_id"], row["anonymous"]) == (None, True)
    assert row["attributes"] == {}
    everything = repr(await house._everything(()))
    for personal in ("anna@example.org", "+79001234567", "Анна", "Петрова", "acc-77", "iphone"):
        assert personal not in everything
    assert await house.rows(Member) == []
    assert (await fms.get("requests/1.xml")).status == 404
    assert (await fms.get("tokens/1.xml")).xml["request"][0]["service_request_id"] == "1"
    await desk.move(1, Verb.OPEN, Acting.SYSTEM)
    assert (await fms.get("requests/1.xml")).status == 200


async def test_the_same_report_again_is_the_same(house: House, caller: Caller) -> None:
    fms = await caller.with_key()
    first = await fms.sends(**{"attribute[fixmystreet_id]": "7"})
    async with house.unchanged():
        again = await fms.sends(
            **{"attribute[fixmystreet_id]": "7", "description": "x", "lat": "54.6"}
        )
    assert first.id == again.id == "1"
    other = await fms.with_key("another")
    assert (await other.sends(**{"attribute[fixmystreet_id]": "7"})).id == "2"
    assert (await other.sends()).id == "3"
    assert (await other.sends()).id == "4"


async def test_the_same_report_twice_at_once(house: House, caller: Caller) -> None:
    fms = await caller.with_key()
    replies = await asyncio.gather(
        *(fms.sends(**{"attribute[fixmystreet_id]": "7"}) for _ in range(6))
    )
    assert {reply.id for reply in replies} == {"1"}
    assert len(await house.rows(Report)) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"api_key": "wrong"}, 403),
        ({"service_code": None}, 400),
        ({"service_code": ""}, 400),
        ({"service_code": "nothing"}, 404),
        ({"jurisdiction_id": "tula"}, 404),
        ({"lat": None, "address_string": None}, 400),
        ({"lat": None, "long": None, "address_string": None, "address_id": "17"}, 400),
        ({"lat": "north"}, 400),
        ({"lat": "nan"}, 400),
        ({"lat": "1e999"}, 400),
        ({"lat": "91"}, 400),
        ({"lat": "55.75", "long": "37.61"}, 400),
        ({"description": "x" * 4001}, 400),
        ({"description": None}, 400),
        ({"address_string": "x" * 301}, 400),
        ({"attribute[fixmystreet_id]": "7" * 101}, 400),
    ],
)
async def test_what_is_refused_changes_nothing(
    house: House, caller: Caller, changes: dict[str, str | None], status: int
) -> None:
    fms = await caller.with_key()
    if "api_key" in changes:
        fms.key = changes.pop("api_key")
    async with house.unchanged():
        reply = await fms.sends(**changes)
    assert reply.status == status
    assert reply.error[0] == str(status)


async def test_no_key_and_a_revoked_key(house: House, caller: Caller) -> None:
    assert (await caller.sends()).status == 403
    fms = await caller.with_key()
    await house.change(ApiClient, revoked_at=house.clock.now())
    assert (await fms.sends()).status == 403


async def test_a_key_has_its_calls_a_minute(house: House, caller: Caller) -> None:
    fms = await caller.with_key(per_minute=2)
    assert [(await fms.sends()).status for _ in range(3)] == [200, 200, 429]
    house.clock.advance(seconds=30)
    assert [(await fms.sends()).status for _ in range(2)] == [200, 429]


async def test_the_place_by_its_address(desk: Desk, caller: Caller) -> None:
    fms = await caller.with_key()
    nowhere = {"lat": None, "long": None}
    reply = await fms.sends(
        **nowhere, address_string="Неизвестная улица, 5", address_id="#NOTPINPOINTED#"
    )
    row = await desk.row(int(reply.id))
    assert (row["lat"], row["address"]) == (None, "Неизвестная улица, 5")
    pinned = await fms.sends(address_string=None, address_id="#NOTPINPOINTED#")
    assert (await desk.row(int(pinned.id)))["lat"] == 54.5138


async def test_answers_to_questions(house: House, desk: Desk, caller: Caller) -> None:
    values = [{"key": "a", "name": {"ru": "A"}}, {"key": "b", "name": {"ru": "B"}}]
    what = {"ru": "?"}
    asked = [
        {"code": "one", "datatype": "singlevaluelist", "required": True, "description": what,
         "values": values},
        {"code": "many", "datatype": "multivaluelist", "description": what, "values": values},
        {"code": "size", "datatype": "number", "description": what},
        {"code": "seen", "datatype": "datetime", "description": what},
        {"code": "note", "datatype": "string", "description": what},
    ]  # fmt: skip
    await house.change(Category, Category.code == "pothole", attributes=asked)
    fms = await caller.with_key()
    good = {"service_code": "pothole", "lat": "54.5138", "long": "36.2612", "description": "x"}
    for repeated in ("attribute[many]", "attribute[many][]"):
        pairs = [
            *good.items(), ("attribute[one]", "a"), (repeated, "a"), (repeated, "b"),
            ("attribute[size]", "4.5"), ("attribute[seen]", "2026-11-22T12:00:00+03:00"),
            ("attribute[note]", "Привет"), ("attribute[unasked]", "secret"),
        ]  # fmt: skip
        reply = await fms.post("requests.xml", pairs)
        assert (await desk.row(int(reply.id)))["attributes"] == {
            "one": "a", "many": ["a", "b"], "size": "4.5", "seen": "2026-11-22T09:00:00Z",
            "note": "Привет",
        }  # fmt: skip
    for wrong in (
        {},
        {"attribute[one]": ""},
        {"attribute[one]": "c"},
        {"attribute[one]": "a", "attribute[many]": "c"},
        {"attribute[one]": "a", "attribute[size]": "big"},
        {"attribute[one]": "a", "attribute[size]": "inf"},
        {"attribute[one]": "a", "attribute[seen]": "11/22/2026"},
        {"attribute[one]": "a", "attribute[note]": "x" * 1001},
    ):
        async with house.unchanged():
            assert (await fms.post("requests.xml", {**good, **wrong})).status == 400
    two = [*good.items(), ("attribute[one]", "a"), ("attribute[one]", "b")]
    assert (await fms.post("requests.xml", two)).status == 400


async def test_the_test_address_keeps_nothing(house: House, desk: Desk, caller: Caller) -> None:
    fms = await caller.with_key(may_update=True)
    fms.endpoint += "test/"
    async with house.unchanged():
        reply = await fms.sends({"photo": JPEG})
        assert (reply.status, reply.id) == (200, "test")
        assert (await fms.sends(service_code="nothing")).status == 404
        assert (await fms.sends(lat="10")).status == 400
    number = await desk.report("assigned")
    async with house.unchanged():
        reply = await fms.updates(number, status="IN_PROGRESS")
        assert reply.xml["request_update"] == [{"update_id": "test"}]
    assert await listed(fms) == [str(number)]


async def test_forms_that_cannot_be_read(house: House, caller: Caller) -> None:
    fms = await caller.with_key()
    urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
    parts = {"Content-Type": "multipart/form-data; boundary=x"}
    for headers, body, status in (
        ({"Content-Type": "application/json"}, b"{}", 400),
        ({"Content-Type": "text/xml"}, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///">]>', 400),
        (urlencoded, b"description=%FF%FE", 400),
        (urlencoded, "описание=\ud800".encode("utf-8", "surrogatepass"), 400),
        ({"Content-Type": "application/x-www-form-urlencoded; charset=nothing"}, b"a=b", 400),
        (urlencoded, b"&".join(b"a%d=1" % n for n in range(400)), 400),
        (urlencoded, b"x" * (9 * 1024 * 1024), 413),
        (parts, b"nonsense", 400),
        (parts, b"--x\r\n\r\nno name\r\n--x--\r\n", 403),
        ({"Content-Type": "multipart/form-data"}, b"--x--", 400),
        (
            parts,
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n'
            b"Content-Encoding: gzip\r\n\r\nx\r\n--x--\r\n",
            400,
        ),
    ):
        async with house.unchanged():
            reply = await fms.raw("POST", "requests.xml", data=body, headers=headers)
        assert reply.status == status, body[:40]
        assert reply.error[0] == str(status)
    old = f"api_key={fms.key}&service_code=pothole&lat=54.5138&long=36.2612&description=%DF%EC%E0"
    cp1251 = {"Content-Type": "application/x-www-form-urlencoded; charset=windows-1251"}
    reply = await fms.raw("POST", "requests.xml", data=old.encode(), headers=cp1251)
    assert reply.status == 200
    assert [row["text"] for row in await house.rows(Report)] == ["Яма"]


async def test_letters_that_nobody_can_keep(desk: Desk, caller: Caller) -> None:
    fms = await caller.with_key()
    reply = await fms.sends(description="a\x00b\x07c\ufffe\x7fd 🕳")
    assert (await desk.row(int(reply.id)))["text"] == "abcd 🕳"


async def test_words_that_can_mean_only_one_place(house: House, desk: Desk, caller: Caller) -> None:
    fms = await caller.with_key()
    name = {"ru": "Парк Циолковского"}
    place = {"name": name, "aliases": [], "lat": 54.507, "lon": 36.255}
    house.city = replace(house.city, places={**house.city.places, "places": [place]})
    house.app.city._city = house.city
    house.app.city._read_at = math.inf
    reply = await fms.sends(lat=None, long=None, address_string="парк циолковского")
    row = await desk.row(int(reply.id))
    assert (row["lat"], row["lon"], row["address"]) == (54.507, 36.255, "парк циолковского")


async def test_a_form_without_a_name_of_its_kind(caller: Caller) -> None:
    fms = await caller.with_key()
    form = f"api_key={fms.key}&service_code=pothole&lat=54.5138&long=36.2612&description=x"
    skip = {"skip_auto_headers": ["Content-Type"]}
    assert (await fms.raw("POST", "requests.xml", data=form.encode(), **skip)).status == 200
    assert (await fms.raw("POST", "requests.xml")).status == 403
