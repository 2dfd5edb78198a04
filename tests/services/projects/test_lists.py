"""Public lists, the passport and who could help."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from services.errors import NotAllowed
from services.projects import facts, lists, matching, passport, similar, stages
from services.projects.models import Aid
from services.projects.stages import Kind
from tests.services.projects.hall import Hall
from tests.services.projects.paper import CIVIC, project

DAY = date(2026, 11, 22)


async def titles(hall: Hall, **wanted: Any) -> list[str]:
    page = await hall.town.look(lists.page, hall.town.city, **wanted)
    assert page.total >= len(page.cards)
    return [card.project.title for card in page.cards]


async def test_a_list_shows_what_is_public(hall: Hall) -> None:
    await hall.plant("idea", title="A draft")
    await hall.plant("premoderation", title="Not looked at")
    await hall.plant("evaluation", title="Benches", district="centre")
    await hall.plant("team", "urban", title="A skate park", status="paused")
    await hall.plant("team", title="Hidden", hidden=True)
    await hall.plant("team", title="Closed", status="closed")
    await hall.plant("implementation", title="Built", status="done")
    assert await titles(hall) == ["Built", "A skate park", "Benches"]
    assert await titles(hall, stage="team") == ["A skate park"]
    assert await titles(hall, kind="urban") == ["A skate park"]
    assert await titles(hall, district="centre") == ["Benches"]
    assert await titles(hall, status="closed") == ["Closed"]
    assert await titles(hall, limit=1, offset=1) == ["A skate park"]
    assert await titles(hall, order="ending") == ["Benches", "A skate park", "Built"]
    city_id = hall.town.city.id
    assert await hall.town.look(lists.counts, city_id) == {"evaluation": 1, "team": 1, "done": 1}
    assert await hall.town.look(lists.kinds, city_id) == {"social": 2, "urban": 1}
    assert await hall.town.look(lists.districts, city_id) == {"centre": 1}


class Queries:
    """Counts the statements of a database while it is entered."""

    def __init__(self, hall: Hall) -> None:
        self.engine = hall.town.database.engine.sync_engine
        self.statements: list[str] = []

    def _note(self, _c: Any, _u: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)

    def __enter__(self) -> "Queries":
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)


async def test_a_list_takes_three_queries_however_long_it_is(hall: Hall) -> None:
    counted = []
    for more in (1, 19):
        for _ in range(more):
            await hall.fill(await hall.plant("expertise"))
        with Queries(hall) as queries:
            page = await hall.town.look(lists.page, hall.town.city, limit=20)
        counted.append((len(page.cards), len(queries.statements)))
    assert counted == [(1, 3), (20, 3)]


async def test_facts_and_passport_take_a_fixed_number_of_queries(hall: Hall) -> None:
    ids = [await hall.plant("financing") for _ in range(5)]
    for each in ids:
        await hall.line(each, 500)
    with Queries(hall) as queries:
        found = await hall.town.look(facts.of, ids)
    assert (len(found), len(queries.statements)) == (5, 1)
    with Queries(hall) as queries:
        await hall.town.look(passport.of, hall.town.city, found[ids[0]], hall.town.now)
    assert len(queries.statements) == 2


def test_readiness_counts_the_whole_way() -> None:
    empty = {"opinions": 0, "opinion_total": 0, "verified_up": 0}
    assert passport.readiness(project("idea", text="", citywide=False), CIVIC) == 4
    assert passport.readiness(project("evaluation", verified_up=15), CIVIC) == 34
    assert passport.readiness(project("expertise", "startup", **empty), CIVIC) == 37
    assert passport.readiness(project("implementation"), CIVIC) == 99
    assert passport.readiness(project("implementation", status="done"), CIVIC) == 100
    assert passport.readiness(project("acceleration", "social"), CIVIC) == 87
    half = project("financing", budget=1000, funding_gap=500)
    assert passport.gate_percent(half, CIVIC) == 75


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_never_less_ready_further_on(kind: str) -> None:

    ready = [passport.readiness(project(stage, kind), CIVIC) for stage in stages.path(kind)]
    assert ready == sorted(ready)
    assert ready[-1] == 99


async def test_the_passport_names_what_is_short_and_who_could_help(hall: Hall) -> None:
    await hall.town.write(Aid.__table__.delete())
    aids = {
        "fits": {"kinds": ["social"], "max_kop": 1000},
        "almost": {"applicant": "company", "max_kop": 1000},
        "never": {"applicant": "company", "kinds": ["ppp"]},
        "other": {"resource": "land"},
    }
    for position, (slug, filters) in enumerate(aids.items()):
        await hall.town.write(
            insert(Aid).values(
                city_id=hall.town.city.id, slug=slug, position=position, kind="funder",
                name={"en": slug}, terms={"en": slug}, filters=filters, active=True,
            )
        )  # fmt: skip
    author_id = await hall.person()
    project_id = await hall.plant("financing", author_id=author_id)
    line_id = await hall.line(project_id, 800)
    await hall.commitment(line_id, 100)
    await hall.commitment(line_id, 100, "pledged")

    async def shown() -> passport.Passport:
        found: passport.Passport = await hall.town.look(
            passport.of, hall.town.city, await hall.facts(project_id), hall.town.now
        )
        return found

    passed = await shown()
    assert [(lack.label, lack.have) for lack in passed.missing] == [("funding_gap", 700)]
    assert [(line.label, line.have, line.amount) for line in passed.short] == [
        ("Benches", 100, 800)
    ]
    assert [(each.name["en"], each.reasons) for each in passed.helpers] == [
        ("fits", ("for_kind", "fits_amount", "time_left"))
    ]
    assert [(each.name["en"], each.fails) for each in passed.almost] == [("almost", "applicant")]
    ((aid_id,),) = await hall.town.rows(select(Aid.id).where(Aid.slug == "fits"))
    answer = {"project_id": project_id, "aid_id": aid_id, "now": hall.town.now}
    with pytest.raises(NotAllowed):
        await hall.town.run(passport.answer, by=await hall.person(), state="asked", **answer)
    await hall.town.run(passport.answer, by=author_id, state="asked", **answer)
    assert [each.state for each in (await shown()).helpers] == ["asked"]
    await hall.town.run(passport.answer, by=author_id, state="declined", **answer)
    assert (await shown()).helpers == ()


RICH = {
    "kinds": ["social"], "stages": ["financing"], "min_kop": 100, "max_kop": 1000,
    "applicant": "company", "districts": ["centre"], "own_percent": 10,
}  # fmt: skip
FITS = project(
    "financing", company=1, citywide=False, district="centre", budget=1000, funding_gap=900
)


def test_an_aid_that_fits_in_every_way() -> None:
    fit = matching.fit(RICH, DAY + timedelta(days=30), FITS, DAY)
    assert (fit.score, fit.fails) == (7, ())
    assert fit.reasons == ("for_kind", "fits_amount", "near", "time_left")


@pytest.mark.parametrize(
    ("changes", "until", "fails"),
    [
        ({"kind": "urban"}, None, "kind"),
        ({"stage": "team"}, None, "stage"),
        ({"funding_gap": 99, "budget": 200}, None, "amount"),
        ({"funding_gap": 1001, "budget": 2000}, None, "amount"),
        ({"company": 0}, None, "applicant"),
        ({"district": "north"}, None, "district"),
        ({"budget": 999}, None, "own"),
        ({}, DAY, "until"),
    ],
)
def test_one_condition_that_fails_is_an_almost_match(
    changes: dict[str, Any], until: date | None, fails: str
) -> None:
    fit = matching.fit(RICH, until, replace(FITS, **changes), DAY)
    assert fit.fails == (fails,)


def test_co_funding_gives_a_part() -> None:
    big = replace(FITS, budget=9000, funding_gap=8000)
    assert matching.fit({**RICH, "co_funding": True}, None, big, DAY).fails == ()
    assert matching.fit({}, DAY + timedelta(days=29), big, DAY).reasons == ()


async def test_similar_ideas_are_found_by_their_titles(hall: Hall) -> None:
    await hall.plant(title="Benches by the river Oka")
    await hall.plant(title="A skate park")
    await hall.plant("idea", title="Benches by the river, a draft")
    mine = await hall.plant("idea", title="New benches at the river")
    found = await hall.town.look(
        similar.like, hall.town.city.id, "New benches at the river", but=mine
    )
    assert [each.title for each in found] == ["Benches by the river Oka"]
    assert similar.likeness(similar.trigrams("Oka"), similar.trigrams("OKA!")) == 1.0
    assert similar.likeness(frozenset(), frozenset()) == 0.0
