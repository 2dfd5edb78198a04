"""People who take an idea through its stages, and short cuts to where a test begins."""

from typing import Any

from sqlalchemy import insert

from services.civic import verifying
from services.members.models import RoleGrant
from services.members.roles import Role
from services.projects.models import Project
from tests.house import House, Visitor

TITLE = "A small park at school 12"
TEXT = (
    "Lamps, benches and young trees along the path to school 12, so that children come home "
    "safely in the evening and grandparents can sit down on their way."
)
CITY = "🏙 The whole city"


def easy(house: House) -> None:
    """Few people are enough in these tests."""
    house.rule("civic", support=2, opinions=1, residents=1, team_roles=1)


async def somebody(
    house: House, role: Role | None = None, *, verified: bool = False, name: str = ""
) -> Visitor:
    """A member, perhaps with a role of the city, perhaps known by their phone."""
    visitor = await house.regular(name=name)
    member_id, now = await visitor.member_id(), house.clock.now()
    async with house.database.transaction() as tx:
        if role is not None:
            grant = {"member_id": member_id, "role": role, "granted_at": now}
            await tx.execute(insert(RoleGrant).values(grant))
        if verified:
            await verifying.verify(
                tx, member_id=member_id, city_id=house.city.id, phone_hash=f"phone {member_id}",
                by_id=None, now=now,
            )  # fmt: skip
    return visitor


async def writes(author: Visitor, title: str = TITLE, text: str = TEXT) -> None:
    """The author writes an idea, says where it is, and stands before the card."""
    await author.says("/idea")
    await author.says(f"{title}\n{text}")
    await author.says(CITY)


async def sends(author: Visitor, title: str = TITLE) -> None:
    await writes(author, title)
    await author.presses("✅ Send")


async def published(house: House, author: Visitor, title: str = TITLE) -> dict[str, Any]:
    """An idea that neighbours can vote on."""
    await sends(author, title)
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.says("/projects")
    await moderator.presses("🛡 For moderators")
    await moderator.presses("💡 Ideas and appeals")
    await moderator.presses("✅ Publish")
    return await project(house)


async def project(house: House) -> dict[str, Any]:
    """The newest project."""
    return (await house.rows(Project))[-1]


async def stands_at(house: House, stage: str, **values: Any) -> dict[str, Any]:
    """Put the newest project at a stage, as if it had come there."""
    last = await project(house)
    await house.change(Project, Project.id == last["id"], stage=stage, **values)
    return await project(house)


async def opens(visitor: Visitor, title: str = TITLE) -> str:
    """Find the project in the list of its stage and open it."""
    last = await project(visitor.house)
    return await visitor.forges(f"jp:{last['id']}")
