"""Projects that are like an idea, by the trigrams of their titles."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.projects.models import Project

_LIKE = 0.25
_NEWEST = 2000
_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Similar:
    """A public project and how alike the titles are, 0 to 1."""

    project_id: int
    title: str
    stage: str
    status: str
    likeness: float


def trigrams(text: str) -> frozenset[str]:
    """Every three letters in a row of every word, its ends marked."""
    found = set()
    for word in "".join(c if c.isalnum() else " " for c in text.casefold()).split():
        marked = f"  {word} "
        found |= {marked[i : i + 3] for i in range(len(marked) - 2)}
    return frozenset(found)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of trigrams that both have."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0


async def like(tx: AsyncConnection, city_id: int, title: str, *, but: int) -> list[Similar]:
    """At most three of the newest public projects, the most alike first, except `but`."""
    rows = await tx.execute(
        select(Project.id, Project.title, Project.stage, Project.status)
        .where(
            Project.city_id == city_id,
            Project.published_at.is_not(None),
            Project.hidden.is_(False),
            Project.id != but,
        )
        .order_by(Project.id.desc())
        .limit(_NEWEST)
    )
    mine = trigrams(title)
    scored = [Similar(*row, likeness(mine, trigrams(row.title))) for row in rows]
    found = [each for each in scored if each.likeness >= _LIKE]
    return sorted(found, key=lambda each: (-each.likeness, -each.project_id))[:_AT_MOST]
