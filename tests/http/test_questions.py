"""A question about a report that another system sent: who is asked, who answers, who sees it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.civic.models import CivicEvent
from services.members.roles import Role
from services.reports.models import ReportNote, ReportPhoto
from services.reports.states import Acting, Verb
from services.sharing.models import ApiClient, ApiUpdate
from tests.house import House, Visitor
from tests.http.caller import Caller
from tests.http.desk import JPEG, Desk

ASKED = "Which lamp is it, and since when?"
QUESTION = (
    "🕳 Pothole · № 1\nWhat shall we ask? It came from another system, fms: no person here is "
    "asked. The question waits there, where everybody may read it, for 3 days."
)


@pytest.fixture
async def fms(caller: Caller) -> Caller:
    """A system that may send reports, and no updates."""
    return await caller.with_key("fms")


@pytest.fixture
async def other(house: House, caller: Caller) -> AsyncIterator[Caller]:
    async with Caller(house, caller.base) as other:
        yield await other.with_key("other", may_update=True)


@pytest.fixture
async def team(house: House) -> Visitor:
    return await house.regular(role=Role.MODERATOR, venue=None, name="Maria Moder")


async def heard(caller: Caller) -> list[dict[str, Any]]:
    key = {"api_key": caller.key} if caller.key else {}
    root = (await caller.get("servicerequestupdates.xml", key)).xml
    return list(root["request_update"]) if root else []


async def asked(house: House, desk: Desk, fms: Caller, team: Visitor) -> int:
    """The number of a report that the system sent and that a moderator has a question about."""
    number = int((await fms.sends(**{"attribute[fixmystreet_id]": "77"})).id)
    moderator = await team.member_id()
    await desk.move(number, Verb.CLARIFY, Acting.MODERATOR, reason=ASKED, by=moderator)
    return number


async def test_who_sent_the_report_hears_the_question(
    house: House, desk: Desk, fms: Caller, team: Visitor
) -> None:
    number = await asked(house, desk, fms, team)
    (told,) = await heard(fms)
    assert (told["service_request_id"], told["status"]) == (str(number), "open")
    assert (told["external_status_code"], told["description"]) == ("clarify", ASKED)
    assert (told["fixmystreet_id"], told["media_url"]) == ("77", {})


async def test_a_ready_question_is_told_in_words(desk: Desk, fms: Caller, team: Visitor) -> None:
    number = int((await fms.sends()).id)
    await desk.move(number, Verb.CLARIFY, Acting.MODERATOR, reason="where_exactly",
                    by=await team.member_id())  # fmt: skip
    (told,) = await heard(fms)
    assert told["description"] == "где именно это?"


async def test_nobody_else_hears_it(
    house: House, desk: Desk, fms: Caller, other: Caller, team: Visitor
) -> None:
    number = await asked(house, desk, fms, team)
    assert await heard(other) == []
    async with Caller(house, fms.base) as stranger:
        assert await heard(stranger) == []
        assert (await stranger.get(f"requests/{number}.xml")).status == 404
        assert (await stranger.site(f"reports/{number}")).status == 404
    async with house.unchanged():
        assert (await other.updates(number)).status == 404


async def test_the_answer_goes_to_the_moderator(
    house: House, desk: Desk, fms: Caller, team: Visitor
) -> None:
    number = await asked(house, desk, fms, team)
    reply = await fms.updates(number, description="Третий фонарь от угла")
    assert reply.status == 200
    first = reply.xml["request_update"][0]["update_id"]
    assert (await desk.row(number))["state"] == "submitted"
    notes = await house.rows(ReportNote, ReportNote.acting == "author")
    assert [(note["text"], note["public"]) for note in notes] == [("Третий фонарь от угла", False)]
    assert await heard(fms) == []
    async with house.unchanged():
        again = await fms.updates(number, description="Третий фонарь от угла")
    assert again.xml["request_update"][0]["update_id"] == first
    assert len(await house.rows(ApiUpdate)) == 1


async def test_a_photo_comes_with_the_answer(
    house: House, desk: Desk, fms: Caller, team: Visitor
) -> None:
    house.keeps_pictures()
    number = await asked(house, desk, fms, team)
    fields = {
        "service_request_id": str(number), "update_id": "9", "status": "OPEN",
        "updated_datetime": "2026-11-22T12:00:00+03:00", "description": "Вот он",
    }  # fmt: skip
    reply = await fms.post("servicerequestupdates.xml", fields, {"photo1": JPEG})
    assert reply.status == 200
    (photo,) = await house.rows(ReportPhoto)
    assert (photo["kind"], photo["shown"]) == ("before", False)


async def test_without_a_question_there_is_no_right_to_say_anything(
    house: House, desk: Desk, fms: Caller, team: Visitor
) -> None:
    number = int((await fms.sends()).id)
    async with house.unchanged():
        assert (await fms.updates(number)).status == 403
    moderator = await team.member_id()
    await desk.move(number, Verb.CLARIFY, Acting.MODERATOR, reason=ASKED, by=moderator)
    assert (await fms.updates(number)).status == 200
    async with house.unchanged():
        assert (await fms.updates(number, update_id="43")).status == 403
    await desk.move(number, Verb.OPEN, Acting.MODERATOR, by=moderator)
    async with house.unchanged():
        assert (await fms.updates(number, update_id="44")).status == 403


async def test_a_question_taken_back_is_not_told(
    house: House, desk: Desk, fms: Caller, team: Visitor
) -> None:
    number = await asked(house, desk, fms, team)
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens")
    await team.presses("№ A report by its number")
    await team.says(str(number))
    report_id = await desk.report_id(number)
    await team.forges(f"mu:{report_id}")
    assert (await desk.row(number))["state"] == "submitted"
    assert await heard(fms) == []


async def test_the_moderator_knows_that_no_person_is_asked(
    house: House, fms: Caller, team: Visitor
) -> None:
    await fms.sends()
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens")
    assert "🔌 Sent by another system: fms" in await team.presses("📨 ")
    assert await team.presses("❓ Ask the author") == QUESTION
    shown = await team.presses("Where exactly is it?")
    assert "The author hears of this." not in shown
    assert "No person has been asked yet: fms finds the question with its next call." in shown


async def test_a_refusal_stays_in_the_house(fms: Caller, team: Visitor) -> None:
    await fms.sends()
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens")
    await team.presses("📨 ")
    assert (await team.presses("🚫 Decline")).endswith(
        "Why is it declined? Only the city's team reads the reason."
    )
    shown = await team.presses("This is advertising")
    assert "It came from fms, which does not hear of this." in shown
    assert not [label for label in await team.labels() if label.startswith("⛔")]


async def test_a_system_whose_key_was_revoked_is_not_asked(
    house: House, fms: Caller, team: Visitor
) -> None:
    await fms.sends()
    await house.change(ApiClient, ApiClient.name == "fms", revoked_at=house.clock.now())
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens")
    await team.presses("📨 ")
    assert (await team.presses("❓ Ask the author")).endswith(
        "Its author is not here any more, so nobody will answer within 3 days. Ask anyway?"
    )


async def test_what_moves_a_foreign_report_is_told_there(
    desk: Desk, fms: Caller, team: Visitor
) -> None:
    number = int((await fms.sends()).id)
    await desk.move(number, Verb.OPEN, Acting.MODERATOR, by=await team.member_id())
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens")
    await team.presses("№ A report by its number")
    await team.says(str(number))
    await team.presses("👤 Hand to a unit")
    shown = await team.presses("✓")
    assert "fms, where it came from, hears of it." in shown
    assert [row["verb"] for row in await desk.house.rows(CivicEvent)][-1] == "assign"
