"""A file becomes the plan whole or not at all; the same file changes nothing."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.chat.plan.sheets import words
from services.cities.load import load_pack
from services.civic import log
from services.errors import Changed
from services.members.roles import Role
from services.plan import exporting, importing, spending, workbook
from services.plan.draft import CellFault, Draft, Fault, Unfit
from services.plan.importing import Imported
from services.plan.models import Indicator, IndicatorYear, Measure, MeasureYear
from services.plan.papers import Proof
from services.plan.status import Status
from tests.services.pinned import kaluga
from tests.services.plan.plan_town import (
    id_of,
    indicator,
    measure,
    moves,
    official,
    with_role,
    write,
)
from tests.services.town import Town, at_once


async def exported(town: Town) -> Draft:
    """The plan after a trip through a file."""
    draft: Draft = await town.look(exporting.draft_of, town.city.id)
    return workbook.read(workbook.write(draft, words()), words())


async def take_in(town: Town, draft: Draft, by: int | None = None) -> Imported:
    done: Imported = await town.run(importing.take_in, town.city, draft, by=by, now=town.now)
    return done


def with_line(lines: list[Any], code: str, **values: Any) -> None:
    """Change the first line of this code."""
    place = next(n for n, line in enumerate(lines) if line.code == code)
    lines[place] = replace(lines[place], **values)


async def test_a_round_trip_through_a_file_changes_nothing(town: Town) -> None:
    await write(town, await official(town), 1_100, reason="Road works")
    draft = await exported(town)
    assert [len(part) for part in (draft.indicators, draft.measures)] == [7, 5]
    before = await town.everything()
    done = await take_in(town, draft)
    assert done.nothing
    assert await town.everything() == before


async def test_what_a_file_changes_is_changed_and_told(town: Town) -> None:
    operator, draft = await with_role(town, Role.OPERATOR), await exported(town)
    with_line(draft.indicators, "tourists", title="Guests", themes=("tree",))
    with_line(draft.measures, "1.1", priority=False, works_on=(("tourists", 100),))
    with_line(draft.money, "1.2", spent=150_000_000)
    draft.figures.append(
        replace(draft.figures[0], code="hotels", year=2028, plan=43_000, fact=None)
    )
    draft.indicators.append(
        replace(draft.indicators[0], code="benches", title="Benches", responsible=None, themes=())
    )
    draft.figures.append(
        replace(draft.figures[0], code="benches", year=2026, plan=9_000, fact=9_000)
    )
    done = await take_in(town, draft, operator)
    assert done == Imported(added=1, changed=3, figures=2)
    assert (await exported(town)).indicators == draft.indicators
    assert (await indicator(town)).title == "Guests"
    benches = (await indicator(town, "benches")).of(2026)
    assert benches is not None
    assert (benches.status, benches.documented) == (Status.REACHED, False)
    assert list((await measure(town)).weights.values()) == [100]
    assert (await measure(town, "1.2")).money[0].spent == 150_000_000
    told = await moves(town, "indicator")
    assert [(verb, after, acting) for verb, _, after, acting, *_ in told] == [
        ("import", "in_plan", "operator"),
        ("import", "in_plan", "operator"),
        ("figure", "in_progress", "operator"),
        ("figure", "reached", "operator"),
    ]
    assert await moves(town, "measure") == [
        ("import", "in_plan", "in_plan", "operator", None, {}),
        (
            "spent", None, "spent", "operator", None,
            {
                "year": 2026, "source": "municipal", "planned": 150_000_000,
                "spent": 150_000_000, "was": 0,
            },
        ),
    ]  # fmt: skip
    assert (await town.look(log.verify, town.city.id)).is_whole
    assert (await take_in(town, await exported(town), operator)).nothing


async def test_a_row_is_withdrawn_by_saying_so_and_not_by_leaving_it_out(town: Town) -> None:
    draft = await exported(town)
    with_line(draft.measures, "1.2", in_force=False)
    del draft.measures[0]
    draft.money = [line for line in draft.money if line.code != "1.1"]
    assert (await take_in(town, draft)).changed == 1
    rows = await town.rows(select(Measure.code, Measure.active).order_by(Measure.position))
    assert rows == [("1.1", True), ("1.2", False), ("1.3", True), ("2.1", True), ("2.2", True)]
    assert [move[:4] for move in await moves(town, "measure")] == [
        ("import", "in_plan", "withdrawn", "system")
    ]


async def test_an_empty_figure_leaves_what_is_there(town: Town) -> None:
    draft = await exported(town)
    for number, figure in enumerate(draft.figures):
        draft.figures[number] = replace(figure, plan=None, fact=None, reason=None)
    for number, money in enumerate(draft.money):
        draft.money[number] = replace(money, planned=None, spent=None)
    assert (await take_in(town, draft)).nothing


async def test_a_figure_with_its_document_is_the_units_own(town: Town) -> None:
    await write(town, await official(town), 1_310)
    draft = await exported(town)
    place = next(
        n for n, each in enumerate(draft.figures) if (each.code, each.year) == ("tourists", 2026)
    )
    draft.figures[place] = replace(draft.figures[place], fact=1_400)
    with_line(draft.indicators, "hotels", title="Not this either")
    before = await town.everything()
    with pytest.raises(Unfit) as caught:
        await take_in(town, draft)
    assert caught.value.faults == [CellFault(Fault.PROVEN, "Figures", "D3")]
    assert await town.everything() == before


async def test_the_reason_of_a_figure_with_its_document_is_the_units_own(town: Town) -> None:
    await write(town, await official(town), 1_100, reason="Road works")
    draft = await exported(town)
    place = next(
        n for n, each in enumerate(draft.figures) if (each.code, each.year) == ("tourists", 2026)
    )
    draft.figures[place] = replace(draft.figures[place], reason="They were lazy")
    before = await town.everything()
    with pytest.raises(Unfit) as caught:
        await take_in(town, draft)
    assert caught.value.faults == [CellFault(Fault.PROVEN, "Figures", "E3")]
    assert await town.everything() == before
    draft.figures[place] = replace(draft.figures[place], reason=None, plan=1_200)
    assert (await take_in(town, draft)).figures == 1
    figures = (await indicator(town)).of(2026)
    assert figures is not None
    assert (figures.plan, figures.fact, figures.reason) == (1_200, 1_100, "Road works")


async def test_a_form_opened_before_a_file_came_is_out_of_date(town: Town) -> None:
    who, draft = await official(town), await exported(town)
    line = next(each for each in draft.money if each.code == "1.2")
    asked = {
        "member_id": who, "measure_id": await id_of(town, Measure, "1.2"), "year": line.year,
        "source": line.source, "now": town.now,
    }  # fmt: skip
    opened = await town.look(spending.form, town.city, **asked)
    with_line(draft.money, "1.2", spent=150_000_000)
    await take_in(town, draft)
    before = await town.everything()

    async def write_spent(tx: AsyncConnection) -> None:
        filled = await spending.form(tx, town.city, **asked)
        paper = Proof(b"the paper", "paper.jpg")
        await spending.write(
            tx, town.city, filled, spent=1, seen=opened.seen, paper=paper, now=town.now
        )

    with pytest.raises(Changed):
        await town.run(write_spent)
    assert await town.everything() == before


async def test_units_and_themes_must_be_the_citys(town: Town) -> None:
    draft = await exported(town)
    with_line(draft.indicators, "tourists", responsible="nobody", themes=("ufo", "tree"))
    with_line(draft.measures, "1.3", responsible="nobody")
    before = await town.everything()
    with pytest.raises(Unfit) as caught:
        await take_in(town, draft)
    assert caught.value.faults == [
        CellFault(Fault.UNKNOWN_UNIT, "Indicators", "H2", "nobody"),
        CellFault(Fault.UNKNOWN_UNIT, "Measures", "E4", "nobody"),
        CellFault(Fault.UNKNOWN_THEME, "Indicators", "I2", "ufo"),
    ]
    assert await town.everything() == before


async def test_two_operators_send_a_file_at_once(town: Town) -> None:
    """One after the other: the second finds its file taken in already."""
    draft = await exported(town)
    with_line(draft.indicators, "tourists", title="Guests")
    draft.indicators.append(replace(draft.indicators[0], code="benches", title="Benches"))
    done, refused = await at_once(*(take_in(town, draft) for _ in range(4)))
    assert (len(done), refused) == (4, [])
    assert sorted(each.added + each.changed for each in done) == [0, 0, 0, 2]
    assert await town.count(Indicator, Indicator.code == "benches") == 1
    assert len(await moves(town, "indicator")) == 2


async def test_a_file_meets_an_official_at_work(town: Town) -> None:
    """Whoever is second is refused, whichever it is: no figure is lost without a word."""
    who, draft = await official(town), await exported(town)
    place = next(
        n for n, each in enumerate(draft.figures) if (each.code, each.year) == ("tourists", 2026)
    )
    draft.figures[place] = replace(draft.figures[place], fact=1_400)
    done, refused = await at_once(write(town, who, 1_310), take_in(town, draft))
    assert (len(done), len(refused)) == (1, 1)
    assert isinstance(refused[0], Changed | Unfit)
    facts = await town.rows(select(IndicatorYear.fact).where(IndicatorYear.by_id.is_not(None)))
    assert facts in ([(1_310,)], [])
    assert len(await moves(town, "indicator")) == 1


async def test_the_pack_leaves_alone_what_a_file_has_changed(town: Town) -> None:
    draft = await exported(town)
    with_line(draft.indicators, "tourists", title="Guests")
    with_line(draft.measures, "1.1", title="Our card")
    draft.measures.append(replace(draft.measures[0], code="9.9", title="Ours alone"))
    await take_in(town, draft)
    was = await exported(town)
    async with town.database.transaction() as tx:
        await load_pack(tx, kaluga(), town.now)
    assert await exported(town) == was


async def test_a_sum_with_its_document_is_not_a_tables_to_change(town: Town) -> None:
    draft = await exported(town)
    line = draft.money[0]
    owner = select(Measure.id).where(Measure.code == line.code).scalar_subquery()
    await town.write(
        update(MeasureYear)
        .where(
            MeasureYear.measure_id == owner,
            MeasureYear.year == line.year,
            MeasureYear.source == line.source,
        )
        .values(document=b"the paper")
    )
    before = await town.everything()
    with_line(draft.money, line.code, spent=5)
    with pytest.raises(Unfit) as caught:
        await take_in(town, draft)
    assert caught.value.faults == [CellFault(Fault.PROVEN, "Money", "E2")]
    assert await town.everything() == before
    was = line.planned
    with_line(draft.money, line.code, spent=None, planned=5)
    assert (await take_in(town, draft)).changed == 1
    facts = {"year": line.year, "source": line.source, "planned": 5, "spent": 0, "was": was}
    assert await moves(town, "measure") == [("planned", None, "planned", "system", None, facts)]
    assert await town.rows(
        select(MeasureYear.planned, MeasureYear.spent).where(MeasureYear.document.is_not(None))
    ) == [(5, 0)]
