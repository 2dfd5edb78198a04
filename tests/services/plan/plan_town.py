"""Kaluga's plan under test: officials of its units, public projects, reports on a theme."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import Unit
from services.civic.models import CivicEvent
from services.members.models import RoleGrant
from services.members.roles import Role
from services.plan import figures, measures, overview
from services.plan.figures import Written
from services.plan.measures import MeasureFacts
from services.plan.models import Indicator, Measure
from services.plan.overview import IndicatorFacts
from services.plan.papers import Proof
from services.projects.models import Milestone, Project
from services.reports.models import Category, Report
from tests.services.town import Town

PHOTO = b"\xff\xd8\xff the paper with the number"


def today(town: Town) -> date:
    return town.now.astimezone(town.city.timezone).date()


async def id_of(town: Town, table: Any, key: str) -> int:
    """The id of a row of the pack, by its slug or code."""
    column = table.slug if table is Unit else table.code
    ((found,),) = await town.rows(select(table.id).where(column == key))
    return int(found)


async def with_role(town: Town, role: Role, unit: str | None = None) -> int:
    """A member who holds a role of the city."""
    member_id = await town.member("Olga Otdel")
    unit_id = await id_of(town, Unit, unit) if unit else None
    grant: Mapping[str, Any] = {"member_id": member_id, "role": role, "unit_id": unit_id}
    await town.write(insert(RoleGrant).values(**grant, granted_at=town.now))
    return member_id


async def official(town: Town, unit: str = "culture") -> int:
    return await with_role(town, Role.OFFICIAL, unit)


async def indicator(town: Town, code: str = "tourists") -> IndicatorFacts:
    found: IndicatorFacts = await town.look(
        overview.indicator, town.city.id, await id_of(town, Indicator, code), today(town)
    )
    return found


async def measure(town: Town, code: str = "1.1") -> MeasureFacts:
    found: MeasureFacts = await town.look(
        measures.measure, town.city.id, await id_of(town, Measure, code), today(town)
    )
    return found


async def write(town: Town, member_id: int, fact: int, **changes: Any) -> Written:
    """Write a figure as the chat does, of the tourists of this year unless said otherwise."""
    which = {
        "indicator_id": await id_of(town, Indicator, changes.pop("code", "tourists")),
        "year": today(town).year,
    }
    which |= {key: changes.pop(key) for key in which if key in changes}
    paper = Proof(changes.pop("document", PHOTO), "paper.jpg")
    values = {"seen": None, "reason": None, **changes}

    async def written(tx: AsyncConnection) -> Written:
        filled = await figures.form(tx, town.city, member_id=member_id, now=town.now, **which)
        return await figures.write(
            tx, town.city, filled, fact=fact, paper=paper, now=town.now, **values
        )

    done: Written = await town.run(written)
    return done


async def project(town: Town, title: str = "A bench for everybody", **changes: Any) -> int:
    """A public project in the making."""
    values = {
        "city_id": town.city.id, "kind": "urban", "stage": "implementation", "status": "active",
        "title": title, "text": "x" * 80, "origin": "idea", "created_at": town.now,
        "updated_at": town.now, "stage_at": town.now, "published_at": town.now,
    }  # fmt: skip
    found = insert(Project).values(**{**values, **changes}).returning(Project.id)
    async with town.database.transaction() as tx:
        return int((await tx.execute(found)).scalar_one())


async def milestone(town: Town, project_id: int, due_on: date, done: datetime | None) -> None:
    await town.write(
        insert(Milestone).values(
            project_id=project_id, position=1, title="Dig", due_on=due_on, done_at=done
        )
    )


async def report(town: Town, theme: str, at: datetime, **changes: Any) -> None:
    """A public report on a theme."""
    category_id = await id_of(town, Category, theme)
    values = {
        "city_id": town.city.id, "number": await town.count(Report) + 1, "state": "open",
        "state_at": at, "category_id": category_id, "created_at": at, "updated_at": at,
        "published_at": at, "source": "web",
    }  # fmt: skip
    await town.write(insert(Report).values(**{**values, **changes}))


async def moves(town: Town, subject: str) -> list[tuple[Any, ...]]:
    """(verb, before, after, acting, reason, facts) of every public move of such subjects."""
    event = CivicEvent
    query = select(event.verb, event.before, event.after, event.acting, event.reason, event.facts)
    return await town.rows(query.where(event.subject == subject).order_by(event.number))
