"""Themes of reports beside indicators: linked once, by those who keep the plan, and told."""

from typing import Any

import pytest
from sqlalchemy import select, update

from services.cities.load import load_pack
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.members.roles import Role
from services.plan import linking, walking
from services.plan.models import CategoryIndicator, Indicator
from services.reports.models import Category
from tests.services.pinned import kaluga
from tests.services.plan.plan_town import id_of, moves, official, report, with_role
from tests.services.town import Town, at_once


async def link(town: Town, by: int, *, together: bool = True, **ids: int) -> None:
    pair = {
        "category_id": await id_of(town, Category, "tree"),
        "indicator_id": await id_of(town, Indicator, "tourists"),
    }
    await town.run(
        linking.link_theme, town.city, **{**pair, **ids}, together=together, by=by, now=town.now
    )


async def pairs(town: Town) -> list[tuple[Any, ...]]:
    found = select(CategoryIndicator.category_id, CategoryIndicator.indicator_id)
    return sorted(await town.rows(found))


async def test_a_linked_theme_is_the_citizens_signal_at_once(town: Town) -> None:
    operator = await with_role(town, Role.OPERATOR)
    tourists = await id_of(town, Indicator, "tourists")
    await report(town, "tree", town.now)
    before = await pairs(town)
    await link(town, operator)
    signal = (await town.look(walking.signals, town.city, [tourists], town.now))[tourists]
    assert (signal.reports, signal.open) == (1, 1)
    facts = {"theme": "tree"}
    assert await moves(town, "indicator") == [("link", None, "linked", "operator", None, facts)]
    await link(town, operator, together=False)
    assert await pairs(town) == before
    assert [move[:3] for move in await moves(town, "indicator")] == [
        ("link", None, "linked"),
        ("unlink", "linked", "unlinked"),
    ]


async def test_what_is_offered_is_what_is_not_linked(town: Town) -> None:
    tourists, tree = await id_of(town, Indicator, "tourists"), await id_of(town, Category, "tree")

    async def offered() -> tuple[list[str], list[str]]:
        themes = await town.look(linking.linkable_themes, town.city.id, tourists, 100, 0)
        indicators = await town.look(linking.linkable_indicators, town.city.id, tree, 100, 0)
        return [each.code for each in themes], [each.code for each in indicators]

    themes, indicators = await offered()
    assert "tree" in themes
    assert "tourists" in indicators
    await link(town, await with_role(town, Role.ADMIN))
    assert await offered() == (
        [code for code in themes if code != "tree"],
        [code for code in indicators if code != "tourists"],
    )


@pytest.mark.parametrize("role", [None, Role.MODERATOR, Role.EXPERT, Role.OFFICIAL])
async def test_others_link_nothing(town: Town, role: Role | None) -> None:
    if role is Role.OFFICIAL:
        who = await official(town)
    else:
        who = await with_role(town, role) if role else await town.member()
    before = await town.everything()
    for together in (True, False):
        with pytest.raises(NotAllowed):
            await link(town, who, together=together)
    assert await town.everything() == before


@pytest.mark.parametrize(
    ("ids", "together", "refusal"),
    [
        ({"category_id": 999}, True, NotFound),
        ({"indicator_id": 999}, True, NotFound),
        ({}, False, Changed),
    ],
)
async def test_what_is_not_there_or_so_already(
    town: Town, ids: dict[str, int], together: bool, refusal: type[Refusal]
) -> None:
    operator = await with_role(town, Role.OPERATOR)
    before = await town.everything()
    with pytest.raises(refusal):
        await link(town, operator, together=together, **ids)
    assert await town.everything() == before


async def test_an_indicator_that_is_withdrawn_is_not_linked(town: Town) -> None:
    operator = await with_role(town, Role.OPERATOR)
    await town.write(update(Indicator).values(active=False))
    with pytest.raises(NotFound):
        await link(town, operator)


async def test_two_operators_link_the_same_pair_once(town: Town) -> None:
    one, other = [await with_role(town, Role.OPERATOR) for _ in range(2)]
    done, refused = await at_once(*(link(town, who) for who in (one, other) * 2))
    assert (len(done), [type(each) for each in refused]) == (1, [Changed] * 3)
    assert len(await moves(town, "indicator")) == 1


async def test_loading_the_pack_again_leaves_the_link(town: Town) -> None:
    await link(town, await with_role(town, Role.OPERATOR))
    linked = await pairs(town)
    await town.run(load_pack, kaluga(), town.now)
    assert await pairs(town) == linked
