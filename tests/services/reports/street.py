"""A street with problems: people in every role, and reports led to any state."""

import itertools
from collections import deque
from datetime import timedelta
from typing import Any, Self

from sqlalchemy import insert, select, update

from services.cities.models import Unit
from services.civic import log, verifying, voices
from services.civic.models import CivicEvent, Follow
from services.civic.places import Spot
from services.members.models import RoleGrant
from services.projects import promoting as projects
from services.reports import drafts, moves, promoting, themes
from services.reports.models import Report
from services.reports.moves import Moved
from services.reports.photos import Picture
from services.reports.states import ROWS, Acting, Row, State, Verb
from services.reports.themes import Theme
from tests.services.town import Town

LAT, LON = 54.5138, 36.2612
WORDS = "A deep hole in the road at the bus stop"


class Street:
    """What tests of reports ask of a town. `moderator`, `official`, `foreign` (an official of
    another unit), `author`, `supporter` and `stranger` are the same people all the time."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._numbers = itertools.count(1)
        self.themes: dict[str, Theme] = {}

    @classmethod
    async def of(cls, town: Town) -> Self:
        street = cls(town)
        found = await town.look(themes.themes, town.city.id)
        street.themes = {theme.code: theme for theme in found}
        street.author = await town.member("Anna Avtorova")
        street.supporter = await town.member("Semyon Sosed")
        street.stranger = await town.member("Petr Postoronny")
        street.moderator = await street.staff("moderator")
        street.admin = await street.staff("admin")
        street.official = await street.staff("official", "roads")
        street.foreign = await street.staff("official", "parks")
        return street

    author: int
    supporter: int
    stranger: int
    moderator: int
    admin: int
    official: int
    foreign: int

    async def staff(self, role: str, unit: str | None = None) -> int:
        """Somebody new with the role."""
        member_id = await self.town.member(f"{role.title()} Ivanov")
        unit_id = await self.unit(unit) if unit else None
        await self.town.write(
            insert(RoleGrant).values(
                member_id=member_id, role=role, unit_id=unit_id, granted_at=self.town.now
            )
        )
        return member_id

    async def verified(self) -> int:
        """Somebody new whose phone is known."""
        member_id = await self.town.member()
        await self.town.run(
            verifying.verify, member_id=member_id, city_id=self.town.city.id,
            phone_hash=f"phone {member_id}", by_id=None, now=self.town.now,
        )  # fmt: skip
        return member_id

    async def verify(self, member_id: int) -> None:
        """Make somebody's voice count."""
        await self.town.run(
            verifying.verify, member_id=member_id, city_id=self.town.city.id,
            phone_hash=f"phone {member_id}", by_id=None, now=self.town.now,
        )  # fmt: skip

    async def unit(self, slug: str) -> int:
        ((unit_id,),) = await self.town.rows(select(Unit.id).where(Unit.slug == slug))
        return int(unit_id)

    def picture(self) -> Picture:
        """A photo that nobody has sent before."""
        number = next(self._numbers)
        return Picture(b"jpeg %d" % number, f"message:{number}")

    # reports

    async def draft(
        self,
        author: int | None = None,
        *,
        text: str = WORDS,
        theme: str | None = "pothole",
        spot: Spot | None = None,
        photos: int = 1,
    ) -> int:
        """A draft with everything that it needs; returns its id."""
        town, member_id = self.town, author or self.author
        draft_id: int = await town.run(
            drafts.start, town.city, member_id=member_id, source="web", now=town.now, text=text,
            spot=spot or Spot(LAT, LON, "Kirova, 1"),
        )  # fmt: skip
        if theme:
            await town.run(
                drafts.set_theme, town.city, member_id=member_id, draft_id=draft_id,
                category_id=self.themes[theme].id, now=town.now,
            )  # fmt: skip
        for _ in range(photos):
            await town.run(
                drafts.add_photo, town.city, member_id=member_id, draft_id=draft_id,
                picture=self.picture(), now=town.now,
            )  # fmt: skip
        return draft_id

    async def submit(self, draft_id: int, author: int | None = None) -> drafts.Sent:
        town = self.town
        sent: drafts.Sent = await town.run(
            drafts.submit, town.city, member_id=author or self.author, draft_id=draft_id,
            now=town.now,
        )  # fmt: skip
        return sent

    async def sent(self, author: int | None = None, **draft: Any) -> int:
        """A report that waits for a moderator; returns its id."""
        draft_id = await self.draft(author, **draft)
        await self.submit(draft_id, author)
        return draft_id

    async def opened(self, author: int | None = None, **draft: Any) -> int:
        """A published report; returns its id."""
        report_id = await self.sent(author, **draft)
        await self.move(report_id, Verb.OPEN, self.moderator)
        return report_id

    async def move(self, report_id: int, verb: Verb, by: int | None, **more: Any) -> Moved:
        moved: Moved = await self.town.run(
            moves.move, self.town.city, report_id, verb, by=by, now=self.town.now, **more
        )
        return moved

    def mover(self, role: Acting) -> int | None:
        """Who plays the role."""
        people = {
            Acting.AUTHOR: self.author,
            Acting.SUPPORTER: self.supporter,
            Acting.MODERATOR: self.moderator,
            Acting.OFFICIAL: self.official,
            Acting.SYSTEM: None,
        }
        return people[role]

    async def led_to(self, state: State) -> int:
        """A report in this state, by the shortest way through the table; returns its id."""
        report_id = await self.draft()
        for row in way_to(state):
            await self.make(report_id, row)
            if row.after is State.OPEN:
                await self.voice(report_id, self.supporter)
        return report_id

    async def make(self, report_id: int, row: Row, role: Acting | None = None) -> None:
        """Go the edge, with all that it needs."""
        role = role or row.roles[0]
        by = self.mover(role)
        if row.before is State.DRAFT and row.verb is Verb.SUBMIT:
            await self.submit(report_id)
        elif row.verb is Verb.PROMOTE:
            await self.promote(report_id, by=by)
        else:
            await self.move(report_id, row.verb, by, **await self.needs(row))

    async def needs(self, row: Row) -> dict[str, Any]:
        """What has to come with the move."""
        needed: dict[str, Any] = {}
        if row.reason:
            needed["reason"] = "Because it is so"
        if row.photo:
            needed["picture"] = self.picture()
        if row.verb is Verb.SCHEDULE:
            needed["until"] = self.town.now + timedelta(days=40)
        if row.verb is Verb.DUPLICATE:
            needed["original_id"] = await self.opened(self.stranger)
        if row.verb is Verb.PROMOTE:
            needed["project_id"] = await self.project()
        return needed

    async def project(self) -> int:
        """A project to be part of."""
        original = await self.opened(self.stranger)
        project_id: int = await self.town.run(
            projects.from_reports, city=self.town.city, report_ids=[original], kind="urban",
            title="A road without holes", by=self.moderator, now=self.town.now,
        )  # fmt: skip
        return project_id

    async def promote(self, *report_ids: int, by: int | None) -> int:
        project_id: int = await self.town.run(
            promoting.promote, self.town.city, report_ids=report_ids, kind="urban",
            title="A road without holes", by=by, now=self.town.now,
        )  # fmt: skip
        return project_id

    async def voice(self, report_id: int, member_id: int) -> None:
        await self.town.run(
            voices.give, subject="report", subject_id=report_id, member_id=member_id, value=1,
            now=self.town.now,
        )  # fmt: skip

    # what is there

    async def get(self, report_id: int, *columns: Any) -> Any:
        """The columns of the report: one value, or a tuple."""
        wanted = columns or (Report.state,)
        (row,) = await self.town.rows(select(*wanted).where(Report.id == report_id))
        return row[0] if len(row) == 1 else row

    async def set(self, report_id: int, **values: Any) -> None:
        await self.town.write(update(Report).where(Report.id == report_id).values(**values))

    async def events(self, report_id: int) -> list[tuple[Any, ...]]:
        """(verb, before, after, acting, reason) of every event of the report, oldest first."""
        event = CivicEvent
        return await self.town.rows(
            select(event.verb, event.before, event.after, event.acting, event.reason)
            .where(event.subject == "report", event.subject_id == report_id)
            .order_by(event.id)
        )

    async def followers(self, report_id: int) -> list[int]:
        rows = await self.town.rows(
            select(Follow.member_id)
            .where(Follow.subject == "report", Follow.key == str(report_id))
            .order_by(Follow.member_id)
        )
        return [member_id for (member_id,) in rows]

    async def assert_whole(self) -> None:
        """The log is one chain, and the ledger fits."""
        verdict = await self.town.look(log.verify, self.town.city.id)
        assert verdict.is_whole
        await self.town.assert_clean()


def way_to(state: State) -> list[Row]:
    """The shortest way from a draft, by the rows; as a citizen goes it, not as the clock does."""
    ways: dict[State, list[Row]] = {State.DRAFT: []}
    waiting = deque([State.DRAFT])
    while waiting:
        here = waiting.popleft()
        for row in ROWS:
            if row.before is here and row.after not in ways:
                ways[row.after] = [*ways[here], row]
                waiting.append(row.after)
    return ways[state]
