"""What becomes of reports, as other systems hear of it and say it."""

import asyncio
from typing import Any

import pytest

from services.civic.models import CivicEvent
from services.members.roles import Role
from services.reports import albums
from services.reports.models import Report, ReportNote
from services.reports.photos import Picture
from services.reports.states import Acting, Verb
from services.sharing.models import ApiUpdate
from tests.house import House
from tests.http.caller import Caller
from tests.http.desk import JPEG, Desk


async def heard(caller: Caller, **fields: str) -> list[dict[str, Any]]:
    reply = await caller.get("servicerequestupdates.xml", {"api_key": caller.key or "", **fields})
    assert reply.status == 200
    root = reply.xml
    found: list[dict[str, Any]] = root["request_update"] if root else []
    return found


async def test_moves_are_updates(desk: Desk, caller: Caller) -> None:
    number = await desk.report("in_progress")
    await desk.move(number, Verb.FIX, reason="A new lamp")
    await desk.move(number, Verb.REOPEN, Acting.AUTHOR, reason="+79001234567 call me")
    found = await heard(caller)
    assert [(each["update_id"], each["status"]) for each in found] == [
        ("3", "investigating"),
        ("4", "in_progress"),
        ("5", "fixed"),
        ("6", "open"),
    ]
    assert {each["service_request_id"] for each in found} == {str(number)}
    assert found[2]["description"] == "A new lamp"
    assert found[2]["external_status_code"] == "fixed"
    assert found[2]["updated_datetime"] == "2026-11-22T09:04:00Z"
    (token,) = await desk.tokens(number)
    assert found[2]["media_url"] == f"{caller.base}photo/{token}"
    assert (await caller.site(f"photo/{token}")).status == 200
    assert found[3]["description"] == {}
    assert "fixmystreet_id" not in found[0]
    told = await caller.json("servicerequestupdates.json")
    assert [each["update_id"] for each in told] == ["3", "4", "5", "6"]


async def test_what_is_private_is_no_update(house: House, desk: Desk, caller: Caller) -> None:
    await desk.report("submitted")
    await desk.report("clarify")
    await desk.report("declined")
    hidden = await desk.report("fixed")
    await house.change(Report, Report.number == hidden, hidden=True)
    assert await heard(caller) == []


async def test_windows(house: House, desk: Desk, caller: Caller) -> None:
    house.clock.advance(milliseconds=600)
    await desk.report("fixed")
    at = {"start_date": "2026-11-22T09:03:00Z", "end_date": "2026-11-22T09:03:00Z"}
    assert [each["status"] for each in await heard(caller, **at)] == ["fixed"]
    before = {"start_date": "2026-11-22T07:02:59Z", "end_date": "2026-11-22T09:02:59Z"}
    assert [each["status"] for each in await heard(caller, **before)] == ["investigating"]
    assert await heard(caller, start_date="2026-11-22T09:03:01Z") == []
    assert [each["status"] for each in await heard(caller, page_size="1", page="2")] == ["fixed"]


async def test_only_the_sender_sees_its_own_number(desk: Desk, caller: Caller) -> None:
    fms = await caller.with_key()
    await fms.sends(**{"attribute[fixmystreet_id]": "7"})
    await desk.move(1, Verb.OPEN, Acting.SYSTEM)
    await desk.move(1, Verb.ASSIGN)
    assert [each["fixmystreet_id"] for each in await heard(fms)] == ["7"]
    fms.key = None
    assert "fixmystreet_id" not in (await heard(fms))[0]
    other = await fms.with_key("other")
    assert "fixmystreet_id" not in (await heard(other))[0]


# telling


async def test_another_system_moves_a_report(house: House, desk: Desk, caller: Caller) -> None:
    number = await desk.report("open")
    fms = await caller.with_key(may_update=True)
    steps = [
        ("1", "INVESTIGATING", {}, "assigned"),
        ("2", "IN_PROGRESS", {}, "in_progress"),
        ("3", "ACTION_SCHEDULED", {"expected_datetime": "2026-12-20T12:00:00+03:00"}, "scheduled"),
        ("4", "in_progress", {}, "in_progress"),
        ("5", "NO_FURTHER_ACTION", {}, "unfixable"),
    ]
    for update_id, status, more, state in steps:
        reply = await fms.updates(number, update_id=update_id, status=status, **more)
        (answer,) = reply.xml["request_update"]
        assert set(answer) == {"update_id"}
        assert (await desk.row(number))["state"] == state
        # Our id for it is the one under which it is heard of, so that it is not taken twice.
        assert answer["update_id"] == (await heard(caller))[-1]["update_id"]
    events = await house.rows(CivicEvent, CivicEvent.acting == "official")
    assert {event["reason"] for event in events} == {"Бригада на месте"}
    assert {event["actor_id"] for event in events} == {None}
    assert await house.rows(ReportNote) == []
    assert "petr@example.org" not in repr(await house._everything(()))


@pytest.mark.parametrize("status", ["FIXED", "CLOSED", "closed"])
async def test_fixed_needs_a_photo(house: House, desk: Desk, caller: Caller, status: str) -> None:
    number = await desk.report("assigned")
    fms = await caller.with_key(may_update=True)
    reply = await fms.updates(number, update_id="1", status=status)
    assert reply.xml["request_update"][0]["update_id"] == "u1"
    assert (await desk.row(number))["state"] == "assigned"
    (note,) = await house.rows(ReportNote)
    assert (note["public"], note["text"]) == (False, f"{status}: Бригада на месте")
    fields = {
        "service_request_id": str(number), "update_id": "2", "status": status,
        "updated_datetime": "2026-11-22T12:00:00+03:00", "description": "Готово",
    }  # fmt: skip
    await fms.post("servicerequestupdates.xml", fields, {"photo1": JPEG})
    assert (await desk.row(number))["state"] == "fixed"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("open", "UNCHANGED"),
        ("open", "OPEN"),
        ("open", "NONSENSE"),
        ("open", "DUPLICATE"),
        ("open", "IN_PROGRESS"),
        ("assigned", "ACTION_SCHEDULED"),
        ("fixed", "FIXED"),
        ("confirmed", "REOPEN"),
        ("withdrawn", "IN_PROGRESS"),
    ],
)
async def test_words_without_a_move_are_kept(
    house: House, desk: Desk, caller: Caller, state: str, status: str
) -> None:
    number = await desk.report(state)
    fms = await caller.with_key(may_update=True)
    async with house.unchanged(ApiUpdate, ReportNote):
        reply = await fms.updates(number, status=status)
    assert reply.xml["request_update"] == [{"update_id": "u1"}]
    assert [note["text"] for note in await house.rows(ReportNote)] == [
        f"{status}: Бригада на месте"
    ]
    shown = await caller.get(f"requests/{number}.xml", {"extensions": "true"})
    assert "Бригада" not in shown.body.decode()


async def test_the_same_update_again(house: House, desk: Desk, caller: Caller) -> None:
    number = await desk.report("open")
    fms = await caller.with_key(may_update=True)
    first = await fms.updates(number, status="INVESTIGATING")
    async with house.unchanged():
        again = await fms.updates(number, status="IN_PROGRESS", description="Other words")
    assert first.body == again.body
    other = await desk.report("open")
    assert (await fms.updates(other, status="INVESTIGATING")).body != first.body


async def test_the_same_update_twice_at_once(house: House, desk: Desk, caller: Caller) -> None:
    number = await desk.report("open")
    fms = await caller.with_key(may_update=True)
    replies = await asyncio.gather(*(fms.updates(number, status="INVESTIGATING") for _ in range(6)))
    assert len({reply.body for reply in replies}) == 1
    assert len(await house.rows(ApiUpdate)) == 1
    assert len(await house.rows(CivicEvent, CivicEvent.after == "assigned")) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"service_request_id": None}, 400),
        ({"update_id": None}, 400),
        ({"updated_datetime": None}, 400),
        ({"updated_datetime": "11-22-2026"}, 400),
        ({"status": None}, 400),
        ({"description": ""}, 400),
        ({"description": "x" * 1001}, 400),
        ({"update_id": "x" * 101}, 400),
        ({"expected_datetime": "soon"}, 400),
        ({"service_request_id": "77"}, 404),
        ({"service_request_id": "nothing"}, 404),
        ({"service_request_id": "2"}, 404),
        ({"jurisdiction_id": "tula"}, 404),
    ],
)
async def test_what_is_refused_changes_nothing(
    house: House, desk: Desk, caller: Caller, changes: dict[str, str | None], status: int
) -> None:
    number = await desk.report("open")
    await desk.report("submitted")
    fms = await caller.with_key(may_update=True)
    async with house.unchanged():
        reply = await fms.updates(**{"number": number, **changes})  # type: ignore[arg-type]
    assert (reply.status, reply.error[0]) == (status, str(status))


async def test_who_may_only_report_may_not_update(house: House, desk: Desk, caller: Caller) -> None:
    number = await desk.report("open")
    async with house.unchanged():
        assert (await caller.updates(number, status="FIXED")).status == 403
    fms = await caller.with_key()
    async with house.unchanged():
        assert (await fms.updates(number, status="FIXED")).status == 403


async def test_all_photos_of_a_fix_are_told(house: House, desk: Desk, caller: Caller) -> None:
    number = await desk.report("assigned")
    official = await (await house.regular(name="Oleg", role=Role.OFFICIAL, venue=None,
                                          unit="roads")).member_id()  # fmt: skip
    await desk.move(number, Verb.FIX, by=official)
    report_id = await desk.report_id(number)
    house.clock.advance(seconds=3)
    async with house.database.transaction() as tx:
        await albums.add(
            tx, house.city, report_id=report_id, by=official,
            picture=Picture(JPEG + b"2", "second"), now=house.clock.now(),
        )  # fmt: skip
    told = (await caller.get("servicerequestupdates.xml")).xml["request_update"][-1]
    tokens = await desk.tokens(number)
    assert told["media_url"] == [f"{caller.base}photo/{token}" for token in tokens]
