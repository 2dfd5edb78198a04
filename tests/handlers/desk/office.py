"""The city's people at their desks."""

from services.members.roles import Role
from tests.house import House, Visitor

GONE = "Somebody has been at it in the meantime. This is how it stands now:"
STAFF_ONLY = "This part is for the staff of partners and the city. Ask for an invitation link."


async def moderator(house: House, name: str = "Maria Moder") -> Visitor:
    return await house.regular(role=Role.MODERATOR, venue=None, name=name)


async def official(house: House, unit: str = "roads", name: str = "Oleg Official") -> Visitor:
    return await house.regular(role=Role.OFFICIAL, venue=None, unit=unit, name=name)


async def begins(team: Visitor) -> str:
    """A moderator opens the queue of new reports."""
    await team.says("/staff")
    await team.presses("🏙 Reports of citizens")
    return await team.presses("📨 ")


async def opens(person: Visitor, number: int) -> str:
    """Somebody of the staff opens a report by its number."""
    await person.says("/staff")
    if "№ A report by its number" not in await person.labels():
        await person.presses("🏙 Reports of citizens")
    await person.presses("№ A report by its number")
    return await person.says(f"№ {number}")


async def told(house: House, person: Visitor) -> list[str]:
    """What came to this person from the outbox."""
    person.hushed()
    await house.deliver()
    return [text for _kind, text in person.news]
