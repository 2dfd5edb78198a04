"""Who is thanked with merits for a project, and when that is taken back."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import merits
from services.civic.models import Told
from services.projects import audience
from services.projects.facts import Facts
from services.projects.stages import BY_STAGE, Verb

WORK = frozenset({"opinion", "mentoring"})
"""Rules that thank for work that was done, whatever became of the project."""


def mark(project_id: int) -> str:
    """The key of `Told` for the supporters of a project; those of each begin with it and a colon.

    They may be many: `timers.thank_next` thanks some at a time.
    """
    return f"thanks:{project_id}"


async def decided(
    tx: AsyncConnection, city: CityFacts, project: Facts, verb: Verb, now: datetime
) -> None:
    """Thank for the stage that the project leaves, or is closed at: everybody but the supporters
    when it goes on, else those whose work was asked for whatever comes of it."""
    if verb not in {Verb.FORWARD, Verb.BACK, Verb.CLOSE}:
        return
    due = {
        (member, thanks.rule)
        for thanks in BY_STAGE[project.stage].thanks
        if thanks.to != "supporters" and (verb is Verb.FORWARD or thanks.any_way)
        for member in await audience.thanked(tx, project, thanks.to)
    }
    await merits.award_all(tx, city, sorted(due), "project", project.id, now)


async def take_back(tx: AsyncConnection, project_id: int, now: datetime) -> None:
    """It was not built after all: nobody keeps the thanks but for work that was done.

    Should it be opened again and be built, all are thanked again.
    """
    own = mark(project_id)
    await tx.execute(
        delete(Told).where((Told.key == own) | Told.key.startswith(f"{own}:", autoescape=True))
    )
    await merits.revoke(tx, "project", project_id, "closed", now, spared=WORK)
