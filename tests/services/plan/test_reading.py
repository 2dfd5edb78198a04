"""Reading the plan: lights, signals, ways in both directions, discrepancies, few queries."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, select, update

from services.errors import Changed, NotAllowed, NotFound
from services.members.roles import Role
from services.plan import discrepancies, linking, measures, overview, walking
from services.plan.discrepancies import Kind
from services.plan.models import Indicator, IndicatorYear, Measure, MeasureYear, ProjectMeasure
from services.plan.status import Light, Status
from services.plan.walking import Signal
from services.reports.models import Category
from tests.services.plan.plan_town import (
    id_of,
    indicator,
    measure,
    milestone,
    moves,
    official,
    project,
    report,
    today,
    with_role,
    write,
)
from tests.services.town import Town, at_once


async def link(town: Town, project_id: int, code: str, by: int | None = None) -> None:
    await town.run(
        linking.link, town.city, project_id=project_id,
        measure_id=await id_of(town, Measure, code), together=True,
        by=by or await with_role(town, Role.OPERATOR), now=town.now,
    )  # fmt: skip


async def test_the_plan_of_the_pack(town: Town) -> None:
    found = await town.look(overview.indicators, town.city.id, today(town))
    assert [each.code for each in found] == [
        *("tourists", "guest-spending", "hotels", "places-to-eat", "moscow-share"),
        *("repair-days", "lamps-lit"),
    ]
    stands = {each.code: each.of(2025).status for each in found if each.of(2025)}
    assert stands == {
        "tourists": Status.REACHED,
        "guest-spending": Status.NEGATIVE,
        "hotels": Status.REACHED,
        "places-to-eat": Status.REACHED,
        "moscow-share": Status.REACHED,
        "repair-days": Status.REACHED,
        "lamps-lit": Status.NEGATIVE,
    }
    assert {each.shown(2026).year for each in found} == {2025}
    assert found[0].shown(2019) is None
    listed = await town.look(measures.measures, town.city.id, today(town))
    assert [each.code for each in listed] == ["1.1", "1.2", "1.3", "2.1", "2.2"]
    chosen = await town.look(measures.measures, town.city.id, today(town), priority=True)
    assert [each.code for each in chosen] == ["1.1", "2.1"]
    assert chosen[1].year_money()[0].planned == 40_000_000_00
    with pytest.raises(NotFound):
        await town.look(measures.measure, town.city.id, 999, today(town))
    with pytest.raises(NotFound):
        await town.look(overview.indicator, town.city.id + 1, found[0].id, today(town))


async def test_a_withdrawn_row_is_not_shown(town: Town) -> None:
    await town.write(update(Indicator).where(Indicator.code == "hotels").values(active=False))
    await town.write(update(Measure).where(Measure.code == "1.2").values(active=False))
    codes = [each.code for each in await town.look(overview.indicators, town.city.id, today(town))]
    assert "hotels" not in codes
    third = await measure(town, "1.3")
    assert list(third.weights) == [await id_of(town, Indicator, "places-to-eat")]
    with pytest.raises(NotFound):
        await measure(town, "1.2")


async def test_the_light_of_a_measure_is_its_worst_part(town: Town) -> None:
    assert (await measure(town)).light == Light(Status.IN_PROGRESS, None, Status.NEGATIVE)
    built = await project(town)
    await link(town, built, "1.1")
    await milestone(town, built, today(town), None)
    assert (await measure(town)).light.steps is Status.IN_PROGRESS
    await milestone(town, built, today(town) - timedelta(days=1), None)
    lit = (await measure(town)).light
    assert (lit.steps, lit.status) == (Status.NEGATIVE, Status.NEGATIVE)
    await town.write(update(measures.Milestone).values(done_at=town.now))
    await town.write(update(MeasureYear).values(spent=MeasureYear.planned))
    await write(town, await official(town), 1_310)
    await write(town, await official(town), 7_300_000, code="guest-spending")
    assert (await measure(town)).light == Light(Status.REACHED, Status.REACHED, Status.REACHED)
    await town.write(update(measures.Project).values(hidden=True))
    assert (await measure(town)).light.steps is None


async def test_a_running_year_speaks_once_it_has_a_fact(town: Town) -> None:
    figures = (await indicator(town)).shown(2026)
    assert figures is not None
    assert (figures.year, figures.status) == (2025, Status.REACHED)
    await write(town, await official(town), 1_260)
    figures = (await indicator(town)).shown(2026)
    assert figures is not None
    assert (figures.year, figures.status) == (2026, Status.IN_PROGRESS)


async def test_a_missed_year_is_there_on_the_first_of_january(town: Town) -> None:
    town.clock.advance(days=60)
    figures = (await indicator(town)).shown(2027)
    assert figures is not None
    assert (figures.year, figures.status) == (2026, Status.NO_DATA)
    assert (await measure(town)).light.indicators is Status.NO_DATA


async def test_an_indicator_without_a_finished_year_is_in_progress(town: Town) -> None:
    await town.write(delete(IndicatorYear).where(IndicatorYear.year < 2026))
    figures = (await indicator(town)).shown(2026)
    assert figures is not None
    assert (figures.year, figures.status) == (2026, Status.IN_PROGRESS)


async def test_milestones_of_a_closed_project_do_not_count(town: Town) -> None:
    closed = await project(town, status="closed")
    await town.write(
        insert(ProjectMeasure).values(
            project_id=closed, measure_id=await id_of(town, Measure, "1.1")
        )
    )
    await milestone(town, closed, date(2020, 1, 1), None)
    assert (await measure(town)).light.steps is None
    assert (await measure(town)).projects == (closed,)


async def test_walking_from_a_theme_to_a_project_and_back(town: Town) -> None:
    built = await project(town, "Smooth Kirova")
    await link(town, built, "2.1")
    theme = await id_of(town, Category, "pothole")
    (figure,) = await town.look(walking.indicators_of_theme, theme)
    assert figure.code == "repair-days"
    (works,) = await town.look(walking.measures_of_indicator, figure.id)
    assert works.code == "2.1"
    (found,) = await town.look(walking.projects_of_measures, town.city.id, measure_id=works.id)
    assert (found.id, found.title) == (built, "Smooth Kirova")
    assert await town.look(walking.projects_of_measures, town.city.id) == [found]
    assert await town.look(walking.measures_of_project, built) == [works]
    assert figure.id in (await measure(town, "2.1")).weights
    themes = await town.look(walking.themes_of, figure.id)
    assert [each.code for each in themes] == ["pothole", "sidewalk"]
    assert await town.look(walking.theme, town.city.id, theme) == themes[0]
    assert await town.look(walking.theme, town.city.id + 1, theme) is None


async def test_what_citizens_say_beside_the_official_figure(town: Town) -> None:
    this_year = town.now - timedelta(days=30)
    last_year = datetime(2025, 6, 1, 9, tzinfo=UTC)
    too_late = datetime(2025, 12, 24, 9, tzinfo=UTC)
    for _ in range(3):
        await report(town, "pothole", this_year)
    await report(town, "sidewalk", this_year, due_at=town.now - timedelta(days=1))
    await report(town, "sidewalk", this_year, state="fixed")
    await report(town, "pothole", last_year, state="confirmed")
    await report(town, "pothole", too_late, state="confirmed")
    for left_out in ({"state": "duplicate"}, {"hidden": True}, {"published_at": None}):
        await report(town, "pothole", this_year, **left_out)
    await report(town, "tree", this_year)
    known = await indicator(town, "repair-days")
    asked = [known.id, (await indicator(town)).id, (await indicator(town, "lamps-lit")).id]
    signals = await town.look(walking.signals, town.city, asked, town.now)
    assert signals[known.id] == Signal(reports=5, before=1, open=4, overdue=1)
    assert len(signals) == 2, "the tourists have no theme"
    assert signals[asked[2]] == Signal(0, 0, 0, 0)
    assert await town.look(walking.signals, town.city, [], town.now) == {}


async def test_a_leap_day_has_a_day_before(town: Town) -> None:
    moment = datetime(2028, 2, 29, 9, tzinfo=UTC)
    found = await town.look(
        walking.signals, town.city, [await id_of(town, Indicator, "repair-days")], moment
    )
    assert list(found.values()) == [Signal(0, 0, 0, 0)]


async def test_discrepancies_are_found_by_rules(town: Town) -> None:
    questions = await town.look(discrepancies.found, town.city, town.now)
    assert {each.kind for each in questions} == {Kind.UNDOCUMENTED}
    assert [each.code for each in questions][:2] == ["tourists", "guest-spending"]
    roads = await official(town, "roads")
    await write(town, roads, 5_000, code="repair-days")
    await write(town, roads, 9_500, code="repair-days", year=2025)
    for _ in range(10):
        await report(town, "pothole", town.now - timedelta(days=3))
    questions = await town.look(discrepancies.found, town.city, town.now)
    of_roads = [each for each in questions if each.code == "repair-days"]
    assert [(each.kind, each.year, each.before, each.after) for each in of_roads] == [
        (Kind.JUMP, 2026, 9_500, 5_000),
        (Kind.CITIZENS, 2026, 0, 10),
    ]


async def test_money_without_a_result_is_a_question(town: Town) -> None:
    await town.write(update(MeasureYear).values(spent=MeasureYear.planned * 91 / 100))
    who = await official(town)
    await write(town, who, 500, reason="Nobody came")
    await write(town, who, 3_000_000, code="guest-spending", reason="Nobody spent")
    questions = await town.look(discrepancies.found, town.city, town.now)
    money, other = [each for each in questions if each.kind is Kind.MONEY]
    assert other.code == "1.2", "it works on the tourists, too"
    assert (money.subject, money.code, money.year) == ("measure", "1.1", 2026)
    assert (money.before, money.after) == (91, 40)


async def test_money_of_a_finished_year_without_any_figure_is_a_question(town: Town) -> None:
    await town.write(update(MeasureYear).values(spent=MeasureYear.planned * 91 / 100))
    assert [
        each
        for each in await town.look(discrepancies.found, town.city, town.now)
        if each.kind is Kind.MONEY
    ] == []
    town.clock.advance(days=60)
    questions = await town.look(discrepancies.found, town.city, town.now)
    money = [each for each in questions if each.kind is Kind.MONEY]
    assert [(each.code, each.year, each.before, each.after) for each in money] == [
        (code, 2026, 91, 0) for code in ("1.1", "1.2", "1.3", "2.1", "2.2")
    ]


async def test_linking_changes_once_and_is_an_event(town: Town) -> None:
    operator, built = await with_role(town, Role.OPERATOR), await project(town)
    await link(town, built, "1.1", operator)
    ids = {"project_id": built, "measure_id": await id_of(town, Measure, "1.1")}
    offered = await town.look(linking.linkable_measures, town.city.id, built, 10, 0)
    assert [each.code for each in offered] == ["1.2", "1.3", "2.1", "2.2"]
    listed = (town.city.id, ids["measure_id"], 10, 0)
    assert await town.look(linking.linkable_projects, *listed) == []
    before = await town.everything()
    with pytest.raises(Changed):
        await link(town, built, "1.1", operator)
    assert await town.everything() == before
    await town.run(linking.link, town.city, **ids, together=False, by=operator, now=town.now)
    with pytest.raises(Changed):
        await town.run(linking.link, town.city, **ids, together=False, by=operator, now=town.now)
    assert [each.id for each in await town.look(linking.linkable_projects, *listed)] == [built]
    assert [move[:4] for move in await moves(town, "measure")] == [
        ("link", None, "linked", "operator"),
        ("unlink", "linked", "unlinked", "operator"),
    ]
    assert await town.rows(select(ProjectMeasure.project_id)) == []


async def test_who_may_not_link_and_what_cannot_be_linked(town: Town) -> None:
    built = await project(town)
    hidden = await project(town, hidden=True)
    draft = await project(town, published_at=None)
    strangers = [await town.member(), await official(town), await with_role(town, Role.MODERATOR)]
    operator = await with_role(town, Role.OPERATOR)
    before = await town.everything()
    for stranger in strangers:
        with pytest.raises(NotAllowed):
            await link(town, built, "1.1", stranger)
        with pytest.raises(NotAllowed):
            await town.run(
                linking.link, town.city, project_id=built, together=False,
                measure_id=await id_of(town, Measure, "1.1"), by=stranger, now=town.now,
            )  # fmt: skip
    for private in (hidden, draft, 999):
        with pytest.raises(NotFound):
            await link(town, private, "1.1", operator)
    assert await town.everything() == before


async def test_two_operators_link_the_same_project(town: Town) -> None:
    one, other = await with_role(town, Role.OPERATOR), await with_role(town, Role.OPERATOR)
    built = await project(town)
    done, refused = await at_once(*(link(town, built, "1.1", by) for by in (one, other) * 3))
    assert (len(done), [type(each) for each in refused]) == (1, [Changed] * 5)
    assert len(await moves(town, "measure")) == 1


async def test_the_number_of_queries_does_not_depend_on_the_plan(sqlite_town: Town) -> None:
    town = sqlite_town
    counts = [await queries_of(town)]
    city = town.city.id
    for number in range(40):
        await town.write(
            insert(Measure).values(
                city_id=city, position=9, code=f"9.{number}", section="s", title="t", result="r"
            )
        )
        await link(town, await project(town), f"9.{number}")
    counts.append(await queries_of(town))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


async def queries_of(town: Town) -> int:
    seen: list[str] = []

    def count(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = town.database._readers.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    await town.look(discrepancies.found, town.city, town.now)
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)
