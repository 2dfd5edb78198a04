"""Everybody walks through the plan; an official writes a figure; an operator links and takes in."""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, update

from bot.documents import Documents
from handlers.chat.plan.sheets import words
from handlers.screen import Attachment
from services.civic.models import CivicEvent
from services.members.models import RoleGrant
from services.members.roles import Role
from services.plan import exporting, reminding, workbook
from services.plan.models import Indicator, IndicatorYear, Measure, MeasureIndicator, ProjectMeasure
from services.projects.models import Project
from tests.house import House, Visitor


@pytest.fixture
async def culture(house: House) -> Visitor:
    """An official of culture and tourism."""
    return await house.regular(role=Role.OFFICIAL, unit="culture")


@pytest.fixture
async def operator(house: House) -> Visitor:
    return await house.regular(role=Role.OPERATOR)


async def a_project(house: House, title: str = "A bench <b>for</b> everybody") -> int:
    now = house.clock.now()
    values = {
        "city_id": house.city.id, "kind": "urban", "stage": "design", "status": "active",
        "title": title, "text": "x" * 80, "origin": "idea", "created_at": now,
        "updated_at": now, "stage_at": now, "published_at": now,
    }  # fmt: skip
    async with house.database.transaction() as tx:
        created = await tx.execute(insert(Project).values(**values).returning(Project.id))
        return int(created.scalar_one())


async def figure_of(house: House, year: int = 2026) -> dict[str, Any]:
    """The row of the tourists of a year."""
    (indicator,) = await house.rows(Indicator, Indicator.code == "tourists")
    (row,) = await house.rows(
        IndicatorYear, IndicatorYear.indicator_id == indicator["id"], IndicatorYear.year == year
    )
    return row


async def test_the_plan_at_a_glance(house: House) -> None:
    guest = await house.regular()
    assert await guest.says("/plan") == (
        "The city’s plan\n"
        "These are examples, until the city puts its own plan here.\n"
        "The wording is the city’s own, in: Русский.\n\n"
        "Measures: 5\n   ⏳ in progress: 3\n   ⚠️ behind the plan: 2\n"
        "Indicators: 7\n   ✅ reached: 5\n   ⚠️ behind the plan: 2"
    )
    assert await guest.labels() == [
        "🏗 Measures",
        "📊 Indicators",
        "⭐ Priority",
        "🚀 Projects",
        "🔍 What does not fit together",
        "⬇️ As a table (XLSX)",
    ]


async def test_what_nobody_wrote_is_said_after_the_year(house: House) -> None:
    guest = await house.regular()
    house.clock.advance(days=60)
    said = await guest.says("/plan")
    assert said.endswith("Indicators: 7\n   ❔ no figure yet: 7")
    await guest.presses("📊 Indicators")
    said = await guest.presses("❔ Средний срок")
    assert said.startswith(
        "Средний срок решения по ямам и тротуарам\nрабочих дней, less is better\n"
        "2026: ❔ no figure yet\n"
    )


async def test_from_a_measure_to_its_indicator_and_back(house: House) -> None:
    guest = await house.regular()
    await guest.says("/plan")
    listed = await guest.presses("🏗 Measures")
    assert listed.startswith("Measures of the plan\n\nГостеприимство\n⚠️ 1.1 ⭐ ")
    shown = await guest.presses("2.1 ")
    assert shown == (
        "⭐ 2.1 Ямочный ремонт и тротуары по сообщениям жителей\n⏳ in progress\n\n"
        "What it should bring: О яме узнают от жителя и закрывают её в срок\n"
        "Responsible: Roads department\n\n"
        "Money: ⏳ in progress\nMilestones of projects: ▫️ nothing to say yet\n"
        "Indicators: ✅ reached\n\n"
        "2026: 40,000,000 ₽ planned, 0 ₽ spent\n"
        "   city budget: 24,000,000 ₽\n   regional budget: 16,000,000 ₽\n\n"
        "2027: 42,000,000 ₽ planned, 0 ₽ spent\n"
        "   city budget: 26,000,000 ₽\n   regional budget: 16,000,000 ₽\n\n"
        "This is an example, not the city’s own measure."
    )
    shown = await guest.presses("📊 Средний срок")
    assert shown == (
        "Средний срок решения по ямам и тротуарам\nрабочих дней, less is better\n"
        "2025: ✅ reached\n\n"
        "2025: plan 10, fact 9.5 (105 %) ✅\n2026: plan 8 ⏳\n2027: plan 8 ⏳\n"
        "The figure has no document yet.\n"
        "🗣 Citizens: 0 reports this year, 0 by this day last year; 0 open, 0 of them late.\n"
        "Responsible: Roads department\nThis is an example, not the city’s own figure."
    )
    kind, facts = house.drawn[-1]
    assert kind == "plan"
    assert [year["year"] for year in facts["years"]] == [2025, 2026, 2027]
    assert facts["years"][0] | {"status": ""} == {
        "year": 2025, "plan": 10.0, "fact": 9.5, "plan_label": "10", "fact_label": "9.5",
        "status": "",
    }  # fmt: skip
    assert (await guest.presses("🏗 2.1")).startswith("⭐ 2.1")
    await guest.presses("📊 Средний срок")
    assert await guest.presses("🕳 Pothole") == (
        "🕳 Pothole\n\nСредний срок решения по ямам и тротуарам: ✅ reached"
    )
    assert (await guest.presses("📊 Средний срок")).startswith("Средний срок")


async def test_what_does_not_fit_together_is_said_openly(house: House) -> None:
    guest = await house.regular()
    await guest.says("/plan")
    assert (await guest.presses("🔍 What does not fit together")).startswith(
        "What does not fit together\n\n• Турпоток в город: the figure of 2025 has no document.\n"
    )
    async with house.database.transaction() as tx:
        await tx.execute(update(IndicatorYear).values(fact=None))
    await guest.says("/plan")
    assert await guest.presses("🔍 What does not fit together") == "Everything fits together today."


async def test_a_city_without_a_plan(house: House) -> None:
    await house.change(Measure, active=False)
    await house.change(Indicator, active=False)
    guest = await house.regular()
    assert await guest.says("/plan") == "The city has not published its plan here yet."


@pytest.mark.parametrize("tongue", ["ru", "en", "zh"])
async def test_every_page_is_there_in_every_language(house: House, tongue: str) -> None:
    guest = await house.regular(tongue)
    await a_project(house)
    await guest.says("/plan")
    for label in ("🏗 Measures", "1.1 ", "📊 Турпоток", "« Indicators", "« The plan"):
        assert await guest.presses(label)
    for label in ("⭐ Priority", "« The plan", "🚀 Projects", "« The plan"):
        assert await guest.presses(label)


async def test_an_official_writes_a_figure_with_its_document(
    house: House, culture: Visitor
) -> None:
    await culture.says("/plan")
    assert (await culture.presses("✍️ Figures of my unit")).startswith("Figures of your unit")
    assert "⏳ Турпоток в город ✍️" in await culture.labels()
    await culture.presses("⏳ Турпоток")
    assert await culture.presses("✍️ Write the figure") == "The figure of which year?"
    assert await culture.labels() == ["2026", "2025", "« Back"]
    assert await culture.presses("2026") == (
        "Турпоток в город, 2026\nCounted in: млн человек\nThe plan: 1.3\n\n"
        "Please type the number, for example 67.5"
    )
    assert await culture.says("a lot") == (
        "I need a number with at most three decimals, such as 67.5. Please type it again."
    )
    assert await culture.says("1,31") == (
        "1.31: ✅ reached. Now send the document this number comes from, a photo or a PDF. Only "
        "the city’s team will see it; everybody sees that it is there."
    )
    assert (await culture.says("here it is")).startswith("I am waiting for the document")
    said = await culture.sends_file(b"the paper", picture=True)
    assert said.startswith("✅ Written: 1.31 for 2026. It is public now.\n\nТурпоток в город")
    assert "2026: plan 1.3, fact 1.31 (101 %) ✅" in said
    assert "📎 The figure has its document." in said
    row = await figure_of(house)
    assert (row["fact"], row["document"], row["document_name"]) == (
        1_310, b"the paper", "photo.jpg",
    )  # fmt: skip
    assert row["by_id"] == await culture.member_id()
    (event,) = await house.rows(CivicEvent)
    assert (event["verb"], event["after"], event["acting"]) == ("figure", "reached", "official")
    # A number that comes later is no answer any more.
    assert "1.4" not in await culture.says("1.4")


async def test_a_figure_behind_the_plan_asks_for_a_reason(house: House, culture: Visitor) -> None:
    await culture.says("/plan")
    for label in ("✍️ Figures", "⏳ Турпоток", "✍️ Write", "2026"):
        await culture.presses(label)
    assert await culture.says("1.1") == (
        "1.1 is behind the plan. Why is that? One or two sentences: everybody will read them "
        "beside the figure."
    )
    assert (await culture.says("x" * 501)).startswith("That is too long for a table.")
    assert (await culture.says("Road works, and <rain>")).startswith("1.1: ⚠️ behind the plan.")
    said = await culture.sends_file(b"the paper", picture=True)
    assert "Why: Road works, and <rain>" in said
    assert (await figure_of(house))["reason"] == "Road works, and <rain>"


async def test_two_officials_write_the_same_figure(house: House, culture: Visitor) -> None:
    colleague = await house.regular(role=Role.OFFICIAL, unit="culture")
    for who in (culture, colleague):
        await who.says("/plan")
        for label in ("✍️ Figures", "⏳ Турпоток", "✍️ Write", "2026"):
            await who.presses(label)
    await culture.says("1.31")
    await colleague.says("1.32")
    await culture.sends_file(b"the paper", picture=True)
    house.clock.advance(minutes=1)
    async with house.unchanged():
        assert await colleague.sends_file(b"another", picture=True) == (
            "Something has just changed. Please take another look."
        )
    assert (await figure_of(house))["fact"] == 1_310


async def test_an_unreadable_photo_asks_for_another_one(house: House, culture: Visitor) -> None:
    await culture.says("/plan")
    for label in ("✍️ Figures", "⏳ Турпоток", "✍️ Write", "2026"):
        await culture.presses(label)
    await culture.says("1.31")
    assert (await culture.sends_file(b"fault:", picture=True)).startswith("I cannot open this")
    assert (await figure_of(house))["fact"] is None
    assert (await culture.sends_file(b"the paper", picture=True)).startswith("✅ Written")


async def test_the_form_is_put_aside_after_an_hour(house: House, culture: Visitor) -> None:
    await culture.says("/plan")
    for label in ("✍️ Figures", "⏳ Турпоток", "✍️ Write", "2026"):
        await culture.presses(label)
    await culture.says("1.31")
    house.clock.advance(minutes=61)
    assert (await culture.sends_file(b"the paper", picture=True)).startswith("That was a while ago")
    assert (await figure_of(house))["fact"] is None


async def test_an_official_can_cancel(house: House, culture: Visitor) -> None:
    await culture.says("/plan")
    for label in ("✍️ Figures", "⏳ Турпоток", "✍️ Write", "2026"):
        await culture.presses(label)
    assert await culture.presses("Cancel") == "Nothing was changed."
    async with house.unchanged():
        await culture.says("1.31")


async def test_strangers_neither_write_nor_see_the_paper(house: House, culture: Visitor) -> None:
    (tourists,) = await house.rows(Indicator, Indicator.code == "tourists")
    roads = await house.regular(role=Role.OFFICIAL, unit="roads")
    guest = await house.regular()
    async with house.unchanged():
        assert (await roads.forges(f"nf:{tourists['id']}:2026")).startswith(
            "Only the people in charge"
        )
        assert (await guest.forges(f"nf:{tourists['id']}:2026")).startswith("This part is for")
        assert (await guest.forges(f"np:{tourists['id']}:2026")).startswith(
            "Only the people in charge"
        )
        assert (await guest.forges("go:plan_import")).startswith("This part is for")
        assert (await culture.forges(f"nf:{tourists['id']}:2027")).startswith("This year cannot")
        assert (await culture.forges("nf:999:2026")).startswith("I cannot find that")


async def test_the_team_sees_the_paper(house: House, culture: Visitor, operator: Visitor) -> None:
    house.keeps_pictures()
    await culture.says("/plan")
    for label in ("✍️ Figures", "⏳ Турпоток", "✍️ Write", "2026"):
        await culture.presses(label)
    await culture.says("1.31")
    await culture.sends_file(b"the paper", picture=True)
    await operator.says("/plan")
    for label in ("📊 Indicators", "✅ Турпоток"):
        await operator.presses(label)
    shown = await operator.presses("📎 The document of 2026")
    assert shown == "The document of 2026. It is not public."
    assert "photo" in operator.shown[-1].raw
    guest = await house.regular()
    await guest.says("/plan")
    for label in ("📊 Indicators", "✅ Турпоток"):
        await guest.presses(label)
    assert not any(label.startswith("📎") for label in await guest.labels())


async def test_an_operator_links_a_project_from_either_side(
    house: House, operator: Visitor
) -> None:
    project = await a_project(house)
    await operator.says("/plan")
    await operator.presses("🏗 Measures")
    await operator.presses("1.1 ")
    assert await operator.presses("➕ Add a project") == "Which project carries out this measure?"
    said = await operator.presses("🚀 A bench")
    assert said.startswith("✅ The project is part of this measure now.")
    assert len(await house.rows(ProjectMeasure)) == 1
    guest = await house.regular()
    await guest.says("/plan")
    assert (await guest.presses("🚀 Projects")).startswith("Priority projects")
    assert (await guest.labels())[0] == "A bench <b>for</b> everybody · Design"
    assert (await guest.forges(f"nj:{project}")).startswith("This project is part")
    assert "✂️ Take out" not in await guest.labels()
    assert (await operator.forges(f"nj:{project}")).startswith("This project is part")
    await operator.presses("✂️ Take out")
    assert (await operator.presses("Yes, take it out")).startswith("The project is not part of")
    assert await house.rows(ProjectMeasure) == []
    await operator.forges(f"nj:{project}")
    assert (await operator.presses("➕ Add to a measure")).startswith("Which measure")
    await operator.presses("🏗 1.2")
    assert len(await house.rows(ProjectMeasure)) == 1
    verbs = [event["verb"] for event in await house.rows(CivicEvent)]
    assert verbs == ["link", "unlink", "link"]


async def test_a_guest_cannot_link(house: House) -> None:
    project, guest = await a_project(house), await house.regular()
    (measure,) = await house.rows(Measure, Measure.code == "1.1")
    async with house.unchanged():
        said = await guest.forges(f"nk:{project}:{measure['id']}:1:1")
    assert said.startswith("This part is for the staff")


async def table(house: House, language: str = "en") -> bytes:
    """The workbook as the bot sends it."""
    facts = {"city": house.city.id, "language": language}
    return await Documents(house.database).of(Attachment("plan.xlsx", kind="plan", facts=facts))


async def test_everybody_gets_the_plan_as_a_table(house: House) -> None:
    guest = await house.regular("ru")
    await guest.says("/plan")
    await guest.presses("⬇️ As a table (XLSX)")
    (sent,) = [shown.raw for shown in guest.shown if "document" in shown.raw]
    assert sent["document"]["file_name"] == "plan-kaluga-2026-11-22.xlsx"
    assert workbook.read(await table(house, "ru"), words()).measures[0].code == "1.1"


async def test_an_operator_takes_a_table_in(house: House, operator: Visitor) -> None:
    book = load_workbook(BytesIO(await table(house)))
    book["Indicators"]["B2"].value = "Guests of the city"
    book["Figures"]["D3"].value = 1.4
    changed = BytesIO()
    book.save(changed)
    await operator.says("/plan")
    assert (await operator.presses("⬆️ Take in a table (XLSX)")).startswith("Please send the plan")
    assert (await operator.says("soon")).startswith("I am waiting for the .xlsx file.")
    book["Figures"]["D3"].value = "=1+1"
    book["Money"]["D2"].value = "a lot"
    broken = BytesIO()
    book.save(broken)
    async with house.unchanged():
        assert await operator.sends_file(broken.getvalue(), name="plan.xlsx") == (
            "I could not take this file in, and nothing was changed.\n\n"
            "• Figures, D3: this is a formula; please put its value\n"
            "• Money, D2: “a lot” is not a number"
        )
        assert await operator.sends_file(b"not a table", name="plan.xlsx") == (
            "I could not take this file in, and nothing was changed.\n\n"
            "• This is no XLSX workbook, or it is damaged."
        )
    assert await operator.sends_file(changed.getvalue(), name="plan.xlsx") == (
        "✅ The plan is as in the file now.\n• 1 row has changed\n• 1 year has new figures"
    )
    assert (await figure_of(house))["fact"] == 1_400
    verbs = [(event["verb"], event["acting"]) for event in await house.rows(CivicEvent)]
    assert verbs == [("import", "operator"), ("figure", "operator")]


async def test_the_same_table_changes_nothing(house: House, operator: Visitor) -> None:
    async with house.database.reading() as reading:
        before = await exporting.draft_of(reading, house.city.id)
    await operator.says("/plan")
    await operator.presses("⬆️ Take in a table (XLSX)")
    async with house.unchanged():
        assert await operator.sends_file(await table(house), name="plan.xlsx") == (
            "The file says what the plan says already. Nothing was changed."
        )
    async with house.database.reading() as reading:
        assert await exporting.draft_of(reading, house.city.id) == before


async def test_a_reminder_leads_to_the_figures(house: House, culture: Visitor) -> None:
    house.clock.advance(days=35)
    async with house.database.transaction() as tx:
        assert await reminding.remind(tx, house.city, house.clock.now()) == 1
    culture.hushed()
    await house.deliver()
    assert culture.news[-1][1] == (
        "The quarter ends on December 31. 5 figures of your unit wait to be written."
    )
    assert (await culture.presses("✍️ Figures of my unit")).startswith("Figures of your unit")


async def test_a_dismissed_official_is_told_so(house: House, culture: Visitor) -> None:
    await culture.says("/plan")
    for label in ("✍️ Figures", "⏳ Турпоток", "✍️ Write", "2026"):
        await culture.presses(label)
    await culture.says("1.31")
    await house.change(RoleGrant, revoked_at=house.clock.now())
    async with house.unchanged():
        said = await culture.sends_file(b"the paper", picture=True)
    assert said.startswith("Only the people in charge")
    assert len(await house.rows(MeasureIndicator)) > 0


@pytest.mark.parametrize("tongue", ["ru", "en", "zh"])
async def test_the_longest_words_fit_under_a_picture(house: House, tongue: str) -> None:
    """Telegram takes at most 1024 characters there."""
    official = await house.regular(tongue, role=Role.OFFICIAL, unit="roads")
    long = {"title": "Ж" * 200, "unit": "ж" * 200}
    await house.change(Indicator, Indicator.code == "repair-days", **long)
    (known,) = await house.rows(Indicator, Indicator.code == "repair-days")
    big = {"plan": 999_999_999_999_999, "fact": 999_999_999_999_999, "reason": "ж" * 500}
    await house.change(IndicatorYear, IndicatorYear.indicator_id == known["id"], **big)
    shown = await official.forges(f"nd:{known['id']}")
    assert 500 < len(shown) <= 1024 - 80, "a line may come above it"
