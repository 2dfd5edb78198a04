"""The responsible unit writes what was spent on a measure; everybody sees it, few the paper."""

from typing import Any

import pytest

from bot.documents import Documents
from handlers.screen import Attachment
from services.civic.models import CivicEvent
from services.members.models import RoleGrant
from services.members.roles import Role
from services.plan.models import Measure, MeasureYear
from tests.house import House, Visitor

ASKED = (
    "2.1 Ямочный ремонт и тротуары по сообщениям жителей\n2026, city budget\n"
    "Planned: 24,000,000 ₽\n\n"
    "How much of it has been spent in 2026? In roubles, for example 125000.50"
)
PDF = b"%PDF-1.7 the contract"


@pytest.fixture
async def roads(house: House) -> Visitor:
    """An official of the unit that answers for measure 2.1."""
    return await house.regular(role=Role.OFFICIAL, unit="roads")


async def opens(official: Visitor) -> str:
    await official.says("/plan")
    await official.presses("✍️ Figures of my unit")
    await official.presses("💰 2.1")
    assert await official.presses("✍️ Write what was spent") == (
        "The money of which year and source?"
    )
    return await official.presses("2026, city budget")


async def sum_of(house: House, year: int = 2026, source: str = "municipal") -> dict[str, Any]:
    (measure,) = await house.rows(Measure, Measure.code == "2.1")
    (row,) = await house.rows(
        MeasureYear,
        MeasureYear.measure_id == measure["id"],
        MeasureYear.year == year,
        MeasureYear.source == source,
    )
    return row


async def test_an_official_writes_a_sum_with_its_document(house: House, roads: Visitor) -> None:
    assert await opens(roads) == ASKED
    for nonsense in ("a lot", "-5", "1.234", "1e9", "99999999999999999"):
        assert (await roads.says(nonsense)).startswith("I need a sum in roubles")
    assert await roads.says("1 250 000,50 ₽") == (
        "1,250,000.50 ₽. Now send the document this sum comes from, a photo or a PDF. Only the "
        "city’s team will see it; everybody sees that it is there."
    )
    assert (await roads.says("here it is")).startswith("I am waiting for the document")
    said = await roads.sends_file(b"the paper", picture=True)
    assert said.startswith(
        "✅ Written: 1,250,000.50 ₽ spent in 2026, city budget. It is public now.\n\n⭐ 2.1"
    )
    assert "2026: 40,000,000 ₽ planned, 1,250,000.50 ₽ spent" in said
    assert "city budget: 24,000,000 ₽, spent 1,250,000.50 ₽ 📎" in said
    row = await sum_of(house)
    assert (row["spent"], row["document"], row["by_id"], row["at"]) == (
        125_000_050, b"the paper", await roads.member_id(), house.clock.now(),
    )  # fmt: skip
    (event,) = await house.rows(CivicEvent)
    assert (event["verb"], event["acting"], event["subject"]) == ("spent", "official", "measure")
    assert event["facts"] == {
        "year": 2026, "source": "municipal", "planned": 2_400_000_000, "spent": 125_000_050,
        "was": 0,
    }  # fmt: skip
    guest = await house.regular()
    assert "has a new sum that was spent" in await guest.says("/log")


async def test_a_pdf_is_a_document_and_another_file_is_not(house: House, roads: Visitor) -> None:
    await opens(roads)
    await roads.says("100")
    async with house.unchanged():
        for data in (b"MZ program", b"<html>"):
            said = await _sends(house, roads, data)
            assert said == (
                "Please send it as a photo or a PDF, so that everybody of the team can open it."
            )
    assert (await _sends(house, roads, PDF)).startswith("✅ Written: 100 ₽")
    row = await sum_of(house)
    assert (row["document"], row["document_name"]) == (PDF, "document.pdf")
    await roads.presses("📎 2026, city budget")
    assert ("new", "The document of 2026. It is not public.") in roads.news
    (sent,) = [each.raw["document"] for each in roads.shown if "document" in each.raw]
    assert sent["file_name"] == "document.pdf"


async def _sends(house: House, visitor: Visitor, data: bytes) -> str:
    """A file that is no picture."""
    web = house.app.web
    stored = await web._files.keep(
        visitor.account.chat_id, data, name="contract.pdf", media_type="application/pdf",
        picture=None, now=house.clock.now(),
    )  # fmt: skip
    visitor.hushed()
    await web._intake.take_file(visitor.account, visitor.cid(), stored, None)
    return visitor.news[-1][1]


async def test_what_is_odd_is_said_and_not_refused(house: House, roads: Visitor) -> None:
    await opens(roads)
    said = await roads.says("25000000")
    assert said.startswith("⚠️ That is more than the planned 24,000,000 ₽.\n\n25,000,000 ₽. Now")
    assert (await roads.sends_file(b"the paper", picture=True)).startswith("✅ Written")
    await roads.presses("✍️ Write what was spent")
    assert "Written so far: 25,000,000 ₽" in await roads.presses("2026, city budget")
    said = await roads.says("24000000")
    assert said.startswith("⚠️ That is less than the 25,000,000 ₽ written so far.")


async def test_others_neither_write_nor_see_the_paper(house: House, roads: Visitor) -> None:
    measure_id = (await sum_of(house))["measure_id"]
    culture = await house.regular(role=Role.OFFICIAL, unit="culture")
    guest, operator = await house.regular(), await house.regular(role=Role.OPERATOR)
    assert (await guest.forges(f"nm:{measure_id}")).startswith("⭐ 2.1")
    assert not {"✍️ Write what was spent"} & set(await guest.labels())
    async with house.unchanged():
        for data in (f"ns:{measure_id}:0:", f"ns:{measure_id}:2026:municipal"):
            assert (await guest.forges(data)).startswith("This part is for the staff")
            assert (await operator.forges(data)).startswith("This part is for the staff")
            assert (await culture.forges(data)).startswith("Only the people in charge")
        paper = f"nw:{measure_id}:2026:municipal"
        for visitor in (guest, culture):
            assert (await visitor.forges(paper)).startswith("Only the people in charge")
        assert (await operator.forges(paper)).startswith("I cannot find that"), "there is none"
        for data in (f"ns:{measure_id}:2027:municipal", f"ns:{measure_id}:2026:nobody"):
            assert (await roads.forges(data)).startswith("This year cannot be written now.")
        assert (await roads.forges("ns:999:2026:municipal")).startswith("I cannot find that")


async def test_the_team_opens_the_photo(house: House, roads: Visitor) -> None:
    house.keeps_pictures()
    await opens(roads)
    await roads.says("100")
    await roads.sends_file(b"the paper", picture=True)
    operator = await house.regular(role=Role.OPERATOR)
    await operator.forges(f"nm:{(await sum_of(house))['measure_id']}")
    assert await operator.presses("📎 2026, city budget") == (
        "The document of 2026. It is not public."
    )
    assert "photo" in operator.shown[-1].raw
    facts = {
        "measure": (await sum_of(house))["measure_id"], "year": 2026, "source": "municipal",
        "viewer": await (await house.regular()).member_id(),
    }  # fmt: skip
    kept = Attachment("x.pdf", kind="plan_paper", facts=facts)
    assert await Documents(house.database).of(kept) is None, "who reads it is asked again"


async def test_two_officials_write_the_same_sum(house: House, roads: Visitor) -> None:
    colleague = await house.regular(role=Role.OFFICIAL, unit="roads")
    for who, sum_ in ((roads, "100"), (colleague, "200")):
        await opens(who)
        await who.says(sum_)
    await roads.sends_file(b"the paper", picture=True)
    house.clock.advance(minutes=1)
    async with house.unchanged():
        assert await colleague.sends_file(b"another", picture=True) == (
            "Something has just changed. Please take another look."
        )
    assert (await sum_of(house))["spent"] == 100_00


async def test_cancelled_forgotten_or_dismissed_nothing_is_written(
    house: House, roads: Visitor
) -> None:
    await opens(roads)
    assert await roads.presses("Cancel") == "Nothing was changed."
    async with house.unchanged():
        await roads.says("100")
    await opens(roads)
    await roads.says("100")
    house.clock.advance(minutes=61)
    async with house.unchanged():
        said = await roads.sends_file(b"the paper", picture=True)
    assert said.startswith("That was a while ago")
    await opens(roads)
    await roads.says("100")
    await house.change(RoleGrant, revoked_at=house.clock.now())
    async with house.unchanged():
        said = await roads.sends_file(b"the paper", picture=True)
    assert said.startswith("Only the people in charge")


async def test_an_unreadable_photo_asks_for_another_one(house: House, roads: Visitor) -> None:
    await opens(roads)
    await roads.says("100")
    async with house.unchanged():
        said = await roads.sends_file(b"fault:", picture=True)
    assert said.startswith("I cannot open this")
    assert (await roads.sends_file(b"the paper", picture=True)).startswith("✅ Written")
