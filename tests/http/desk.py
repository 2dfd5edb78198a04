"""Reports and projects as the chat would make them, moved as the city's staff moves them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from services.civic import log
from services.projects.models import Project
from services.reports import moves, notes, photos
from services.reports.models import Category, Report, ReportPhoto
from services.reports.photos import Picture
from services.reports.states import Acting, State, Verb
from tests.house import House

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


def _way() -> dict[str, tuple[tuple[Verb, Acting], ...]]:
    opened = ((Verb.OPEN, Acting.SYSTEM),)
    assigned = (*opened, (Verb.ASSIGN, Acting.OFFICIAL))
    fixed = (*assigned, (Verb.FIX, Acting.OFFICIAL))
    return {
        "submitted": (),
        "clarify": ((Verb.CLARIFY, Acting.MODERATOR),),
        "declined": (*opened, (Verb.DECLINE, Acting.MODERATOR)),
        "open": opened,
        "assigned": assigned,
        "in_progress": (*assigned, (Verb.START, Acting.OFFICIAL)),
        "scheduled": (*assigned, (Verb.SCHEDULE, Acting.OFFICIAL)),
        "referred": (*opened, (Verb.REFER, Acting.OFFICIAL)),
        "unfixable": (*assigned, (Verb.GIVE_UP, Acting.OFFICIAL)),
        "fixed": fixed,
        "confirmed": (*fixed, (Verb.CONFIRM, Acting.SYSTEM)),
        "reopened": (*fixed, (Verb.REOPEN, Acting.AUTHOR)),
        "withdrawn": (*opened, (Verb.WITHDRAW, Acting.AUTHOR)),
    }


WAYS = _way()
"""State → the moves that lead there from a report that was sent."""


class Desk:
    def __init__(self, house: House) -> None:
        self.house = house

    async def report(
        self,
        state: str = "open",
        *,
        text: str = "A deep hole",
        category: str = "pothole",
        lat: float | None = 54.513800,
        lon: float | None = 36.261200,
        address: str | None = None,
        author_id: int | None = None,
        photo: bool = False,
        **columns: Any,
    ) -> int:
        """The number of a report that was sent and has come to this state."""
        now = self.house.clock.now()
        async with self.house.database.transaction() as tx:
            category_id = await tx.scalar(select(Category.id).where(Category.code == category))
            report_id = await tx.scalar(
                insert(Report)
                .values(
                    city_id=self.house.city.id, state=State.DRAFT, state_at=now, created_at=now,
                    updated_at=now, text=text, category_id=category_id, lat=lat, lon=lon,
                    address=address, author_id=author_id, source="web",
                )
                .returning(Report.id)
            )  # fmt: skip
            assert report_id is not None
            if photo:
                await photos.add(
                    tx, report_id=report_id, member_id=author_id, kind="before", jpeg=JPEG,
                    source_key="", most=5, now=now,
                )  # fmt: skip
            sent = await moves.move(
                tx, self.house.city, report_id, Verb.SUBMIT, by=None, acting=Acting.AUTHOR, now=now
            )
            if columns:
                await tx.execute(update(Report).where(Report.id == report_id).values(**columns))
        assert sent.number is not None
        for verb, acting in WAYS[state]:
            await self.move(sent.number, verb, acting)
        return sent.number

    async def move(
        self,
        number: int,
        verb: Verb,
        acting: Acting = Acting.OFFICIAL,
        *,
        reason: str | None = None,
        by: int | None = None,
        **more: Any,
    ) -> moves.Moved:
        """One move, a minute later, with whatever it needs."""
        now = self.house.clock.advance(minutes=1)
        report_id = await self.report_id(number)
        if verb in {Verb.DECLINE, Verb.REFER, Verb.GIVE_UP, Verb.REOPEN, Verb.CLARIFY}:
            reason = reason or f"Because of {verb.value}"
        if verb is Verb.SCHEDULE:
            reason, more = reason or "In spring", {"until": now + timedelta(days=30), **more}
        if verb is Verb.FIX:
            more = {"picture": Picture(JPEG + number.to_bytes(4), f"fix:{now}"), **more}
        async with self.house.database.transaction() as tx:
            return await moves.move(
                tx, self.house.city, report_id, verb, by=by, acting=acting, now=now,
                reason=reason, **more,
            )  # fmt: skip

    async def note(self, number: int, text: str, *, public: bool) -> None:
        report_id = await self.report_id(number)
        async with self.house.database.transaction() as tx:
            await notes.keep(
                tx, report_id=report_id, member_id=None, acting="official", text=text,
                public=public, now=self.house.clock.now(),
            )  # fmt: skip

    async def report_id(self, number: int) -> int:
        async with self.house.database.reading() as reading:
            found = await reading.scalar(select(Report.id).where(Report.number == number))
        assert found is not None
        return found

    async def row(self, number: int) -> dict[str, Any]:
        return (await self.house.rows(Report, Report.number == number))[0]

    async def tokens(self, number: int) -> list[str]:
        report_id = await self.report_id(number)
        rows = await self.house.rows(ReportPhoto, ReportPhoto.report_id == report_id)
        return [row["token"] for row in rows]

    async def project(self, stage: str = "evaluation", **columns: Any) -> int:
        """A project at this stage; what comes after the idea is published."""
        now = self.house.clock.advance(minutes=1)
        private = stage in {"idea", "premoderation"}
        values = {
            "city_id": self.house.city.id, "kind": "urban", "stage": stage, "status": "active",
            "title": "A bridge for walkers", "text": "Over the Oka", "origin": "idea",
            "created_at": now, "updated_at": now, "stage_at": now,
            "published_at": None if private else now, **columns,
        }  # fmt: skip
        async with self.house.database.transaction() as tx:
            project_id = await tx.scalar(insert(Project).values(**values).returning(Project.id))
            assert project_id is not None
            await log.record(
                tx, city_id=self.house.city.id, subject="project", subject_id=project_id,
                verb="forward", before=None, after=stage, acting="moderator", actor_id=None, at=now,
            )  # fmt: skip
        return project_id
