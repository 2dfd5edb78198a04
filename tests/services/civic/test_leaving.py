"""Somebody leaves: what was public stays without a name, what was theirs alone goes."""

import json
from typing import Any

from sqlalchemy import insert, select

from services.civic import voices
from services.civic.models import CivicEvent, Flag, Follow, Support, Unwanted, Verification
from services.database import Base
from services.members import privacy
from services.projects.models import (
    CoAuthor,
    Commitment,
    Confirmation,
    Project,
    ResourceLine,
    Skill,
    Statement,
    StatementVote,
    TeamMember,
)
from services.reports.models import Report, ReportNote, ReportPhoto
from tests.services.town import Town

SECRET = "Zinaida Unmistakable"


async def report(town: Town, author: int, state: str, number: int | None) -> int:
    values = {
        "city_id": town.city.id, "number": number, "author_id": author, "state": state,
        "state_at": town.now, "text": f"a hole, {state}", "created_at": town.now,
        "updated_at": town.now, "source": "web", "lat": 54.5, "lon": 36.2,
        "published_at": town.now if number else None,
    }  # fmt: skip
    return await planted(town, Report, **values)


async def project(town: Town, author: int, title: str, *, public: bool, **values: Any) -> int:
    return await planted(
        town, Project,
        **{
            "city_id": town.city.id, "kind": "urban", "stage": "evaluation" if public else "idea",
            "status": "active", "title": title, "text": f"the text of {title}",
            "author_id": author, "origin": "idea", "created_at": town.now, "updated_at": town.now,
            "stage_at": town.now, "published_at": town.now if public else None, **values,
        },
    )  # fmt: skip


async def planted(town: Town, table: type[Base], **values: Any) -> int:
    async with town.database.transaction() as tx:
        done = await tx.execute(insert(table).values(**values))
        assert done.inserted_primary_key is not None
        return int(done.inserted_primary_key[0])


async def photo(town: Town, report_id: int, member: int, kind: str, *, shown: bool) -> int:
    return await planted(
        town, ReportPhoto, report_id=report_id, member_id=member, kind=kind, original=b"face",
        public=b"blur", shown=shown, token=f"{report_id}-{kind}-{shown}", at=town.now,
    )  # fmt: skip


async def busy(town: Town) -> tuple[int, dict[str, int]]:
    """Somebody with something everywhere."""
    me, other = await town.member(SECRET), await town.member("Somebody Else")
    ids = {
        "draft": await report(town, me, "draft", None),
        "open": await report(town, me, "open", 1),
        "other": await report(town, other, "open", 2),
        "idea": await project(town, me, SECRET, public=False),
        "public": await project(town, me, "A park", public=True, lead_id=me, mentor_id=me),
        "done": await project(town, other, "A bridge", public=True, status="done"),
    }
    await photo(town, ids["draft"], me, "before", shown=False)
    await photo(town, ids["open"], me, "before", shown=True)
    await photo(town, ids["other"], me, "support", shown=False)
    for public in (True, False):
        await planted(
            town, ReportNote, report_id=ids["open"], member_id=me, acting="author",
            text="said in public" if public else SECRET, public=public, at=town.now,
        )  # fmt: skip
    for subject_id in (ids["open"], ids["other"]):
        await town.run(
            voices.give, subject="report", subject_id=subject_id, member_id=me, value=1,
            now=town.now,
        )  # fmt: skip
    about = {"subject": "report", "at": town.now, "member_id": me}
    await planted(town, Flag, subject_id=ids["other"], **about)
    await planted(town, Follow, key=str(ids["other"]), via="asked", **about)
    await planted(town, Unwanted, member_id=me, what="week", at=town.now)
    await planted(
        town, Verification, member_id=me, city_id=town.city.id, phone="hash-of-a-phone", at=town.now
    )
    await planted(town, CoAuthor, project_id=ids["done"], member_id=me, state="yes")
    mine = await planted(
        town, Statement, project_id=ids["public"], author_id=me, text="Benches!", state="shown",
        at=town.now,
    )  # fmt: skip
    await planted(town, StatementVote, statement_id=mine, member_id=me, value=1, at=town.now)
    await planted(
        town, TeamMember, project_id=ids["public"], skill="design", member_id=me,
        state="accepted", word=SECRET, public=True, at=town.now,
    )  # fmt: skip
    await planted(town, Skill, member_id=me, skill="design")
    line = await planted(
        town, ResourceLine, project_id=ids["public"], kind="money", label="Benches",
        amount=100, unit="kop",
    )  # fmt: skip
    for state in ("pledged", "paid"):
        await planted(
            town, Commitment, line_id=line, source="citizens", org=SECRET, public=True,
            amount=50, state=state, by_id=me, at=town.now,
        )  # fmt: skip
    for key in ("public", "done"):
        await planted(town, Confirmation, project_id=ids[key], member_id=me, at=town.now)
    await planted(
        town, CivicEvent, city_id=town.city.id, number=1, subject="report", subject_id=ids["open"],
        verb="submit", after="submitted", acting="author", actor_id=me, facts={}, at=town.now,
        prev="", hash="",
    )  # fmt: skip
    return me, ids


async def test_a_copy_has_all_of_it_and_nothing_of_others(sqlite_town: Town) -> None:
    town = sqlite_town
    me, ids = await busy(town)
    data = json.loads(json.dumps(await town.look(privacy.export, me)))
    assert [(each["number"], each["state"]) for each in data["reports"]] == [
        (None, "draft"),
        (1, "open"),
    ]
    assert [each["kind"] for each in data["report_photos"]] == ["before", "before", "support"]
    assert [each["text"] for each in data["report_notes"]] == ["said in public", SECRET]
    assert [(each["subject_id"], each["value"]) for each in data["voices"]] == [
        (ids["open"], 1),
        (ids["other"], 1),
    ]
    assert [each["title"] for each in data["projects"]] == [SECRET, "A park"]
    assert data["projects_written_with_others"] == [{"project": "A bridge", "state": "yes"}]
    assert data["verified"] == [{"at": town.now.isoformat()}]
    assert data["skills"] == [{"skill": "design"}]
    assert [each["state"] for each in data["commitments"]] == ["pledged", "paid"]
    assert [each["project"] for each in data["confirmations"]] == ["A park", "A bridge"]
    assert [each["verb"] for each in data["public_moves"]] == ["submit"]
    for name in ("flags", "follows", "unwanted", "statements", "answers_to_statements", "teams"):
        assert len(data[name]) == 1, name
    assert "Somebody" not in json.dumps(data)
    assert "hash-of-a-phone" not in json.dumps(data)


async def test_what_is_public_stays_without_a_name(town: Town) -> None:
    me, ids = await busy(town)
    await town.run(privacy.delete_member, me, town.now)
    assert SECRET not in repr(await town.everything())
    columns = select(Report.id, Report.author_id, Report.anonymous).order_by(Report.id)
    assert [row[:2] for row in await town.rows(columns)] == [
        (ids["open"], None),
        (ids["other"], me + 1),
    ]
    photos = select(ReportPhoto.report_id, ReportPhoto.member_id, ReportPhoto.original)
    assert await town.rows(photos) == [(ids["open"], None, b"blur")]
    notes = select(ReportNote.text, ReportNote.member_id)
    assert await town.rows(notes) == [("said in public", None)]
    for table in (Support, Flag, Follow, Unwanted, Verification, CoAuthor, StatementVote, Skill):
        assert await town.count(table) == 0, table
    projects = select(
        Project.title, Project.status, Project.author_id, Project.lead_id, Project.mentor_id
    ).order_by(Project.id)
    assert await town.rows(projects) == [
        ("—", "closed", None, None, None),
        ("A park", "active", None, None, None),
        ("A bridge", "done", me + 1, None, None),
    ]
    assert await town.rows(select(TeamMember.state, TeamMember.member_id)) == [("left", None)]
    given = select(Commitment.state, Commitment.org, Commitment.by_id).order_by(Commitment.id)
    assert await town.rows(given) == [("withdrawn", "—", None), ("paid", "—", None)]
    assert await town.rows(select(Confirmation.project_id)) == [(ids["done"],)]
    assert await town.rows(select(CivicEvent.actor_id)) == [(None,)]


async def test_whoever_comes_back_has_one_voice(town: Town) -> None:
    me, ids = await busy(town)
    await town.run(privacy.delete_member, me, town.now)
    again = await town.member(SECRET)
    await town.run(
        voices.give, subject="report", subject_id=ids["other"], member_id=again, value=1,
        now=town.now,
    )  # fmt: skip
    totals = await town.look(voices.totals, "report", [ids["other"]])
    assert totals[ids["other"]].up == 1
