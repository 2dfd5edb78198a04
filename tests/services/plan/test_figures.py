"""The responsible unit writes a figure with its document; everybody else is refused."""

import pytest
from sqlalchemy import select, update

from services.civic import log
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.members.models import RoleGrant
from services.members.roles import Role
from services.plan import figures, papers
from services.plan.figures import ReasonNeeded, YearAhead
from services.plan.models import Indicator, IndicatorYear
from services.plan.papers import DocumentNeeded
from services.plan.status import Status
from tests.services.plan.plan_town import (
    PHOTO,
    id_of,
    indicator,
    moves,
    official,
    today,
    with_role,
    write,
)
from tests.services.town import Town, at_once


async def test_a_figure_with_its_document_is_an_event_of_the_log(town: Town) -> None:
    written = await write(town, await official(town), 1_310)
    assert (written.year, written.fact, written.status) == (2026, 1_310, Status.REACHED)
    shown = (await indicator(town)).of(2026)
    assert shown is not None
    assert (shown.plan, shown.fact, shown.documented, shown.percent) == (1_300, 1_310, True, 101)
    facts = {"year": 2026, "plan": 1300, "fact": 1310, "was": None}
    assert await moves(town, "indicator") == [
        ("figure", "in_progress", "reached", "official", None, facts)
    ]
    assert (await town.look(log.verify, town.city.id)).is_whole


async def test_what_is_behind_the_plan_needs_a_reason(town: Town) -> None:
    who = await official(town)
    before = await town.everything()
    for reason in (None, "", "   \n"):
        with pytest.raises(ReasonNeeded):
            await write(town, who, 1_100, reason=reason)
    assert await town.everything() == before
    written = await write(town, who, 1_100, reason="Road works\nall summer ")
    assert written.status is Status.NEGATIVE
    shown = (await indicator(town)).of(2026)
    assert shown is not None
    assert shown.reason == "Road works all summer"
    assert (await moves(town, "indicator"))[0][4] == "Road works all summer"


async def test_a_reason_goes_when_the_figure_has_recovered(town: Town) -> None:
    who = await official(town)
    await write(town, who, 1_100, reason="Road works")
    at = town.now
    town.clock.advance(minutes=1)
    await write(town, who, 1_250, seen=at, reason="Not needed any more")
    shown = (await indicator(town)).of(2026)
    assert shown is not None
    assert (shown.status, shown.reason) == (Status.IN_PROGRESS, None)


async def test_without_a_document_nothing_is_written(town: Town) -> None:
    who = await official(town)
    before = await town.everything()
    with pytest.raises(DocumentNeeded):
        await write(town, who, 1_310, document=b"")
    assert await town.everything() == before


@pytest.mark.parametrize("role", [None, Role.MODERATOR, Role.ADMIN, Role.OPERATOR, Role.EXPERT])
async def test_only_an_official_of_the_unit_writes(town: Town, role: Role | None) -> None:
    strangers = [
        await with_role(town, role) if role else await town.member(),
        await official(town, "roads"),
    ]
    before = await town.everything()
    for stranger in strangers:
        with pytest.raises(NotAllowed):
            await write(town, stranger, 1_310)
    assert await town.everything() == before


async def test_a_dismissed_official_writes_no_more(town: Town) -> None:
    who = await official(town)
    await town.write(update(RoleGrant).values(revoked_at=town.now))
    with pytest.raises(NotAllowed):
        await write(town, who, 1_310)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"year": 2027}, YearAhead), ({"year": 2019}, YearAhead), ({"indicator_id": 999}, NotFound)],
)
async def test_years_and_indicators_that_cannot_be_written(
    town: Town, changes: dict[str, int], refusal: type[Refusal]
) -> None:
    who = await official(town)
    before = await town.everything()
    with pytest.raises(refusal):
        await write(town, who, 1_310, **changes)
    assert await town.everything() == before


async def test_an_unknown_indicator_of_nobody_cannot_be_written(town: Town) -> None:
    who = await official(town)
    await town.write(update(Indicator).values(unit_id=None))
    with pytest.raises(NotAllowed):
        await write(town, who, 1_310)


async def test_two_officials_write_the_same_figure(town: Town) -> None:
    """Both opened the form and saw an empty figure; the second is asked to look again."""
    one, other = await official(town), await official(town)
    done, refused = await at_once(
        *(write(town, who, fact) for who, fact in ((one, 1_310), (other, 1_320)) * 3)
    )
    assert len(done) == 1
    assert [type(each) for each in refused] == [Changed] * 5
    shown = (await indicator(town)).of(2026)
    assert shown is not None
    assert shown.fact == done[0].fact
    assert len(await moves(town, "indicator")) == 1
    assert (await town.look(log.verify, town.city.id)).is_whole


async def test_a_form_opened_before_a_colleague_wrote_is_out_of_date(town: Town) -> None:
    one, other = await official(town), await official(town)
    who = {"member_id": other, "indicator_id": await id_of(town, Indicator, "tourists")}
    opened = await town.look(figures.form, town.city, **who, year=2026, now=town.now)
    await write(town, one, 1_310)
    town.clock.advance(minutes=1)
    before = await town.everything()
    with pytest.raises(Changed):
        await write(town, other, 1_320, seen=opened.seen)
    assert await town.everything() == before
    again = await town.look(figures.form, town.city, **who, year=2026, now=town.now)
    assert (again.fact, again.plan) == (1_310, 1_300)
    await write(town, other, 1_320, seen=again.seen)
    assert [move[5]["was"] for move in await moves(town, "indicator")] == [None, 1_310]


async def test_officials_write_different_figures_at_once(town: Town) -> None:
    culture, roads = await official(town), await official(town, "roads")
    done, refused = await at_once(
        write(town, culture, 1_310),
        write(town, culture, 1_250, year=2025),
        write(town, culture, 42_000, code="hotels"),
        write(town, roads, 7_500, code="repair-days"),
    )
    assert (len(done), refused) == (4, [])
    assert (await town.look(log.verify, town.city.id)).events == 4


async def test_the_document_is_for_the_unit_and_the_team(town: Town) -> None:
    who = await official(town)
    await write(town, who, 1_310)
    asked = {"indicator_id": await id_of(town, Indicator, "tourists"), "year": 2026}
    for reader in (who, *[await with_role(town, r) for r in (Role.MODERATOR, Role.OPERATOR)]):
        proof = await town.look(papers.of_figure, member_id=reader, **asked)
        assert (proof.data, proof.name) == (PHOTO, "paper.jpg")
    for stranger in (await town.member(), await official(town, "roads")):
        with pytest.raises(NotAllowed):
            await town.look(papers.of_figure, member_id=stranger, **asked)
    asked["year"] = 2025
    assert await town.look(papers.of_figure, member_id=who, **asked) is None
    asked["year"] = 1999
    with pytest.raises(NotFound):
        await town.look(papers.of_figure, member_id=who, **asked)


async def test_the_row_says_who_wrote_and_when(town: Town) -> None:
    who = await official(town)
    await write(town, who, 1_310)
    ((by_id, at),) = await town.rows(
        select(IndicatorYear.by_id, IndicatorYear.at).where(IndicatorYear.fact == 1_310)
    )
    assert (by_id, at) == (who, town.now)
    assert figures.writable_years(await indicator(town), today(town).year) == [2026, 2025]
