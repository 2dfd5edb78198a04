"""A street with a hole in it, for the tests of reports in the chat."""

from sqlalchemy import update

from services.members.models import RoleGrant
from services.members.roles import Role
from services.reports import moves
from services.reports.models import Report
from services.reports.photos import Picture
from services.reports.states import Verb
from tests.house import House, Visitor

HERE = (54.5101, 36.2522)
NEARBY = (54.5102, 36.2523)
FAR = (54.5301, 36.2822)
OUTSIDE = (55.7558, 37.6173)
WORDS = "A deep pothole in the road"


async def draft(guest: Visitor, words: str = WORDS, where: tuple[float, float] = HERE) -> str:
    """A draft that only has to be sent; returns what is shown last."""
    await guest.says("/report")
    await guest.says(words)
    return await guest.stands_at(*where)


async def sent(guest: Visitor, words: str = WORDS, where: tuple[float, float] = HERE) -> int:
    """A report that was sent; returns its id."""
    await draft(guest, words, where)
    if "🆕 No, mine is another one" in await guest.labels():
        await guest.presses("🆕 No, mine is another one")
    await guest.presses("✅ Send")
    member_id = await guest.member_id()
    rows = await guest.house.rows(Report, Report.author_id == member_id, Report.state != "draft")
    return int(rows[-1]["id"])


async def decides(house: House, report: int, verb: Verb, **more: object) -> None:
    """The city's move, by a moderator or an official of the unit."""
    official = verb in {Verb.FIX, Verb.START, Verb.SCHEDULE, Verb.GIVE_UP}
    staff = await _official(house, report) if official else await _moderator(house)
    picture = Picture(b"after", "") if verb is Verb.FIX else None
    async with house.database.transaction() as tx:
        await moves.move(
            tx, house.city, report, verb, by=staff, now=house.clock.now(), picture=picture,
            **more,  # type: ignore[arg-type]
        )  # fmt: skip


async def _moderator(house: House) -> int:
    return await (await house.regular(role=Role.MODERATOR, venue=None)).member_id()


async def _official(house: House, report: int) -> int:
    person = await house.regular(role=Role.OFFICIAL, venue=None)
    member_id = await person.member_id()
    (row,) = await house.rows(Report, Report.id == report)
    async with house.database.transaction() as tx:
        await tx.execute(
            update(RoleGrant).where(RoleGrant.member_id == member_id).values(unit_id=row["unit_id"])
        )
    return member_id


async def published(
    house: House, guest: Visitor, words: str = WORDS, where: tuple[float, float] = HERE
) -> int:
    """A report that everybody sees."""
    report = await sent(guest, words, where)
    await decides(house, report, Verb.OPEN)
    return report


async def fixed(house: House, guest: Visitor) -> int:
    """A report that the city says it has fixed."""
    report = await published(house, guest)
    await decides(house, report, Verb.ASSIGN)
    await decides(house, report, Verb.FIX)
    return report


async def state_of(house: House, report: int) -> str:
    (row,) = await house.rows(Report, Report.id == report)
    return str(row["state"])
