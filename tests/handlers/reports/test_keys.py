"""The keys of a question for a place go when somebody leaves the question."""

import pytest

from services.reports.models import Report
from tests.handlers.reports.town import HERE, draft, sent
from tests.house import House, Visitor


@pytest.fixture
async def guest(house: House) -> Visitor:
    return await house.regular(name="Ivan Petrov")


def is_menu(keys: list[str]) -> bool:
    return keys[0] == "💳 My card"


@pytest.mark.parametrize("command", ["/card", "/help", "/rewards", "/report", "/nonsense"])
async def test_a_command_takes_the_keys_of_a_draft_away(
    house: House, guest: Visitor, command: str
) -> None:
    await guest.says("/report")
    await guest.says("A deep pothole in the road")
    assert (await guest.keyboard())[0] == "📍 I am here"
    await guest.says(command)
    assert is_menu(await guest.keyboard())
    (kept,) = await house.rows(Report)
    assert kept["text"] == "A deep pothole in the road"


async def test_the_place_may_still_be_sent_after_a_command(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says("A deep pothole in the road")
    await guest.says("/card")
    assert guest.news[0][1] == "✏️ Your draft is kept. You find it under /report."
    assert len(guest.news) == 2
    await guest.says("/card")
    assert len(guest.news) == 1
    await guest.stands_at(*HERE)
    (report,) = await house.rows(Report)
    assert (report["lat"], report["lon"]) == HERE


async def test_an_answer_leaves_the_keys_where_they_are(house: House, guest: Visitor) -> None:
    await guest.says("/report")
    await guest.says("A deep pothole in the road")
    await guest.says("Nowhere at all 999")
    assert (await guest.keyboard())[0] == "📍 I am here"


async def test_the_keys_of_a_change_go_with_a_command(house: House, guest: Visitor) -> None:
    report = await sent(guest)
    await guest.presses("📍 Another place")
    await guest.says("/card")
    assert guest.news[0][1] == "The place stays as it was."
    assert is_menu(await guest.keyboard())
    assert [row["lat"] for row in await house.rows(Report, Report.id == report)] == [HERE[0]]


async def test_a_new_report_takes_the_keys_of_the_old_one_away(guest: Visitor) -> None:
    await draft(guest)
    await guest.presses("📍 Place")
    assert (await guest.keyboard())[0] == "📍 I am here"
    await guest.says("/report")
    assert is_menu(await guest.keyboard())
    assert "Cancel" in await guest.labels()


async def test_the_keys_of_an_idea_go_as_well(house: House, guest: Visitor) -> None:
    await guest.says("/idea")
    await guest.says("A bench beside the library, so that older people can rest on the way there, "
                     "with a lime tree for shade in summer")  # fmt: skip
    assert "📍" in (await guest.keyboard())[0]
    await guest.says("/card")
    assert is_menu(await guest.keyboard())
