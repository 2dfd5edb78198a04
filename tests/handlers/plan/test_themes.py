"""An operator sets a theme of reports beside an indicator in the chat, and takes it away."""

import pytest

from services.civic.models import CivicEvent
from services.members.roles import Role
from services.plan.models import CategoryIndicator, Indicator
from services.reports.models import Category
from tests.house import House, Visitor


@pytest.fixture
async def operator(house: House) -> Visitor:
    return await house.regular(role=Role.OPERATOR)


async def pair(house: House) -> tuple[int, int]:
    """The ids of “Tree” and of the tourists, which have nothing to do with each other."""
    (tree,) = await house.rows(Category, Category.code == "tree")
    (tourists,) = await house.rows(Indicator, Indicator.code == "tourists")
    return tree["id"], tourists["id"]


async def linked(house: House) -> bool:
    tree, tourists = await pair(house)
    found = await house.rows(
        CategoryIndicator,
        CategoryIndicator.category_id == tree,
        CategoryIndicator.indicator_id == tourists,
    )
    return bool(found)


async def test_from_the_indicator_and_back(house: House, operator: Visitor) -> None:
    _tree, tourists = await pair(house)
    await operator.forges(f"nd:{tourists}")
    said = await operator.presses("➕ Add a theme")
    assert said == "Reports of which theme speak of this indicator?"
    while not any("Tree" in label for label in await operator.labels()):
        await operator.presses("More ›")
    (label,) = [each for each in await operator.labels() if "Tree" in each]
    said = await operator.presses(label)
    assert said.startswith("✅ Reports of this theme stand beside the indicator now.")
    assert "🗣 Citizens: 0 reports this year" in said
    assert await linked(house)
    guest = await house.regular()
    assert "has reports of citizens beside it" in await guest.says("/log")
    await guest.forges(f"nd:{tourists}")
    assert label in await guest.labels()
    assert "✂️ Take out" not in await guest.labels()
    await operator.presses("✂️ Take out")
    assert await linked(house), "only asked so far"
    said = await operator.presses("Yes, take it out")
    assert said.startswith("Reports of this theme do not stand beside the indicator any more.")
    assert not await linked(house)
    assert [each["verb"] for each in await house.rows(CivicEvent)] == ["link", "unlink"]


async def test_from_the_theme(house: House, operator: Visitor) -> None:
    tree, _tourists = await pair(house)
    await operator.forges(f"nt:{tree}")
    said = await operator.presses("➕ Add an indicator")
    assert said == "Which indicator do reports of this theme speak of?"
    await operator.presses("📊 Турпоток")
    assert await linked(house)


async def test_others_see_no_such_buttons_and_cannot_forge_them(house: House) -> None:
    tree, tourists = await pair(house)
    official = await house.regular(role=Role.OFFICIAL, unit="culture")
    for visitor in (official, await house.regular()):
        await visitor.forges(f"nd:{tourists}")
        assert "➕ Add a theme" not in await visitor.labels()
        for data in (
            *(f"ne:{tourists}:0", f"nb:{tree}:0"),
            *(f"nh:{tree}:{tourists}:1:1", f"nh:{tree}:{tourists}:0:1"),
        ):
            async with house.unchanged():
                said = await visitor.forges(data)
            assert said.startswith("This part is for the staff")


async def test_a_colleague_was_faster(house: House, operator: Visitor) -> None:
    tree, tourists = await pair(house)
    await operator.forges(f"nh:{tree}:{tourists}:1:1")
    async with house.unchanged():
        said = await operator.forges(f"nh:{tree}:{tourists}:1:1")
    assert said == "Something has just changed. Please take another look."
