"""What can be asked at all, and what is said when something else is asked."""

import pytest
from sqlalchemy import event

from services.reports.models import Category
from tests.house import House
from tests.http.caller import Caller
from tests.http.desk import Desk


async def test_discovery_in_both_forms(caller: Caller) -> None:
    reply = await caller.get("discovery.xml")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/xml; charset=utf-8"
    endpoints = reply.xml["endpoints"]["endpoint"]
    assert [(each["type"], each["url"]) for each in endpoints] == [
        ("production", caller.endpoint),
        ("test", f"{caller.endpoint}test/"),
    ]
    assert endpoints[0]["formats"]["format"] == ["text/xml", "application/json"]
    told = await caller.json("discovery.json")
    assert [each["type"] for each in told["endpoints"]] == ["production", "test"]
    assert told["changeset"] == "2026-11-22T09:00:00Z"


async def test_services(caller: Caller) -> None:
    reply = await caller.get("services.xml")
    services = reply.xml["service"]
    pothole = services[0]
    assert pothole["service_code"] == "pothole"
    assert (
        pothole["service_name"]
        == "\u042f\u043c\u0430 \u043d\u0430 \u0434\u043e\u0440\u043e\u0433\u0435"
    )
    assert (pothole["metadata"], pothole["type"]) == ("true", "realtime")
    assert not {"private", "inactive", "staff", "waste_only"} & {
        word for each in services if each["keywords"] for word in str(each["keywords"]).split(",")
    }
    names = [each["service_name"] for each in services]
    assert len(set(names)) == len(names)
    listed = await caller.json("services.json")
    assert [each["service_code"] for each in listed] == [each["service_code"] for each in services]
    assert listed[0]["metadata"] is True


async def test_two_services_never_share_a_name(house: House, caller: Caller) -> None:
    name = {"ru": "Two", "en": "Two"}
    await house.change(Category, Category.code.in_(["pothole", "sidewalk"]), name=name)
    await house.change(Category, Category.code == "tree", active=False)
    listed = await caller.json("services.json")
    assert [each["service_name"] for each in listed[:2]] == ["Two (pothole)", "Two (sidewalk)"]
    assert "tree" not in {each["service_code"] for each in listed}


async def test_a_definition(house: House, caller: Caller) -> None:
    asked = [
        {
            "code": "depth", "datatype": "singlevaluelist", "required": True,
            "description": {"ru": "How deep?"},
            "values": [{"key": "low", "name": {"ru": "A little"}}],
        },
        {"code": "note", "datatype": "text", "required": False, "description": {"ru": "Note"}},
    ]  # fmt: skip
    await house.change(Category, Category.code == "pothole", attributes=asked)
    reply = await caller.get("services/pothole.xml")
    attributes = reply.xml["attributes"]["attribute"]
    assert [(each["code"], each["order"]) for each in attributes] == [
        ("depth", "1"),
        ("note", "2"),
        ("fixmystreet_id", "3"),
    ]
    assert (attributes[0]["required"], attributes[0]["variable"]) == ("true", "true")
    assert attributes[0]["values"]["value"] == [{"key": "low", "name": "A little"}]
    assert "values" not in attributes[1]
    assert attributes[2]["automated"] == "server_set"
    assert attributes[2]["required"] == "false"
    told = await caller.json("services/pothole.json")
    assert told["service_code"] == "pothole"
    assert told["attributes"][0]["order"] == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services/nothing.xml", 404),
        ("services/%D1%8F.xml", 404),
        ("requests/99.xml", 404),
        ("requests/0.xml", 404),
        ("requests/nine.xml", 404),
        ("requests/99999999999999999999.xml", 404),
        ("tokens/77.xml", 404),
        ("nothing.xml", 404),
        ("", 404),
        ("services", 404),
        ("services.html", 404),
        ("services.xml?jurisdiction_id=tula", 404),
        ("discovery.xml?jurisdiction_id=tula", 404),
        ("requests.xml?start_date=11-22-2026", 400),
        ("requests.xml?start_date=2026-11-22", 400),
        ("requests.xml?start_date=2026-13-45T00:00:00Z", 400),
        ("requests.xml?start_date=0000-01-01T00:00:00Z", 400),
        ("requests.xml?start_date=0001-01-01T00:00:00%2B14:00", 400),
        ("requests.xml?end_date=0001-01-02T00:00:00Z", 400),
        ("requests.xml?end_date=9999-12-31T23:59:59Z", 200),
        ("requests.xml?start_date=2026-01-01T00:00:00Z&end_date=2026-11-01T00:00:00Z", 400),
        ("requests.xml?start_date=2026-11-22T00:00:00Z&end_date=2026-11-01T00:00:00Z", 400),
        ("requests.xml?status=perhaps", 400),
        ("requests.xml?page=0", 400),
        ("requests.xml?page=-1", 400),
        ("requests.xml?page_size=all", 400),
        ("requests.xml?page=9999999", 400),
        ("requests.xml?description=%FF%FE", 400),
        ("servicerequestupdates.xml?api_key=wrong", 403),
        ("servicerequestupdates.xml?start_date=yesterday", 400),
        ("requests.xml?start_date=&end_date=&status=&page=&service_code=", 200),
        ("services.xml?jurisdiction_id=", 200),
        ("services.xml?jurisdiction_id=kaluga", 200),
        ("/services.xml", 200),
        ("servicerequestupdates.xml?api_key=", 200),
        ("test/services.xml", 200),
    ],
)
async def test_what_is_answered(caller: Caller, path: str, status: int) -> None:
    reply = await caller.raw("GET", path)
    assert reply.status == status
    assert reply.headers["Content-Type"] == "text/xml; charset=utf-8"
    if status != 200:
        code, description = reply.error
        assert code == str(status)
        assert len(description) > 10


async def test_an_error_in_json(caller: Caller) -> None:
    reply = await caller.get("services/nothing.json")
    assert reply.status == 404
    assert await caller.json("services/nothing.json") == [
        {"code": "404", "description": "There is no service_code nothing"}
    ]
    assert (
        (await caller.get("nothing/at/all.json"))
        .headers["Content-Type"]
        .startswith("application/json")
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "services.xml", 400),
        ("DELETE", "requests.xml", 400),
        ("PUT", "requests.json", 400),
        ("POST", "nothing.xml", 404),
        ("POST", "requests/1.xml", 404),
    ],
)
async def test_methods_that_an_address_does_not_take(
    caller: Caller, method: str, path: str, status: int
) -> None:
    assert (await caller.raw(method, path)).status == status


async def test_a_fault_of_ours_is_said_properly(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("services.reports.views.listed", broken)
    reply = await caller.get("requests.xml")
    assert reply.status == 500
    assert reply.error == ("500", "Something went wrong here: call again later")
    assert "secret" not in reply.body.decode()


async def test_a_long_list_takes_as_many_statements_as_a_short_one(
    house: House, desk: Desk, caller: Caller
) -> None:
    counted = []

    async def statements() -> int:
        seen: list[str] = []

        def note(*args: object) -> None:
            seen.append(str(args[2]))

        engine = house.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        for path in ("requests.xml", "requests.json?extensions=true"):
            assert (await caller.raw("GET", path)).status == 200
        for what in ("reports", "projects"):
            assert (await caller.site(f"feeds/{what}.geojson")).status == 200
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    await desk.report("fixed", photo=True)
    await desk.project()
    counted.append(await statements())
    for _ in range(8):
        await desk.report("fixed", photo=True)
        await desk.project()
    counted.append(await statements())
    assert counted[0] == counted[1]
