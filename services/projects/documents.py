"""What a project has on paper: estimate, schedule, consents, the mentor's checklist, photos."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.database import lock_row
from services.errors import Changed, NotFound, Refusal
from services.projects import acting, audience, facts, returning, telling, wording
from services.projects.acting import NotYours
from services.projects.building import PhotoNeeded
from services.projects.facts import Facts
from services.projects.models import Artefact, Project
from services.projects.stages import BY_STAGE, Stage, Status

KINDS = (*facts.DOCUMENTS, "other")
MAX_BYTES = 5_000_000
_ADDERS = ("lead", "author", "team", "operator", "official", "mentor")
_OWN_READERS = frozenset({"lead", "author", "team", "operator", "moderator"})
_READERS = _OWN_READERS | {"official", "mentor"}
_JPEG = b"\xff\xd8\xff"
RESULT = "photo_after"
"""The kind of document that shows what was built: a public picture, which another accepts."""


@dataclass
class TooBig(Refusal):
    """The file is larger than this many bytes."""

    most: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document in a list. Of a commercial one everybody knows that it is there, no more."""

    id: int
    kind: str
    title: str
    commercial: bool
    accepted: bool
    has_file: bool
    added_by: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Content:
    """What is in it."""

    title: str
    text: str
    file: bytes | None
    file_name: str | None


async def add(
    tx: AsyncConnection,
    *,
    project_id: int,
    by: int,
    kind: str,
    title: str,
    now: datetime,
    text: str = "",
    file: bytes | None = None,
    file_name: str | None = None,
    commercial: bool = False,
) -> int:
    """One of the project's people adds a document; what an operator adds is accepted at once.

    A checklist is its mentor's to accept, and the photo of the result another person's. Returns
    its id. Raises `NotAllowed`, `Changed` (the project is not at work), `TooBig`, `PhotoNeeded`
    (of the result, and for everybody) or `wording.Unsuitable`.
    """
    if kind not in KINDS:
        raise NotFound
    if kind == RESULT and (commercial or not (file or b"").startswith(_JPEG)):
        raise PhotoNeeded
    if file is not None and len(file) > MAX_BYTES:
        raise TooBig(MAX_BYTES)
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    role = await acting.require(tx, project, by, *_ADDERS)
    if project.status != Status.ACTIVE or BY_STAGE[project.stage].n < BY_STAGE[Stage.TEAM].n:
        raise Changed
    accepted = role in {"operator", "official"} and kind not in {"mentor_checklist", RESULT}
    values = {
        "project_id": project_id,
        "kind": kind,
        "title": wording.line(title, "document"),
        "text": wording.text(text, "document"),
        "file": file,
        "file_name": file_name,
        "visibility": "commercial" if commercial else "public",
        "added_by": by,
        "accepted_by": by if accepted else None,
        "added_at": now,
        "accepted_at": now if accepted else None,
    }
    document_id: int | None = await tx.scalar(
        insert(Artefact).values(**values).returning(Artefact.id)
    )
    assert document_id is not None
    return document_id


async def accept(tx: AsyncConnection, *, document_id: int, by: int, now: datetime) -> int:
    """An operator or official finds a document good; the checklist is its mentor's to accept.

    Nobody accepts the photo of the result that they added, or what they may not read. Returns the
    project's id. Raises `NotAllowed` or `Changed` (accepted already).
    """
    found = await tx.execute(
        select(Artefact.project_id, Artefact.kind, Artefact.visibility, Artefact.added_by).where(
            Artefact.id == document_id
        )
    )
    row = found.first()
    if row is None:
        raise NotFound
    await lock_row(tx, Project, row.project_id)
    project = await facts.one(tx, row.project_id)
    checklist = row.kind == "mentor_checklist"
    allowed = ("mentor",) if checklist else ("operator", "official")
    await acting.require(tx, project, by, *allowed)
    if (checklist and project.mentor_id != by) or (row.kind == RESULT and row.added_by == by):
        raise NotYours
    if row.visibility == "commercial" and not await _reads_secrets(tx, project, by):
        raise NotYours
    written = await tx.execute(
        update(Artefact)
        .where(Artefact.id == document_id, Artefact.accepted_by.is_(None))
        .values(accepted_by=by, accepted_at=now)
    )
    if written.rowcount != 1:
        raise Changed
    return project.id


async def listing(tx: AsyncConnection, project_id: int) -> list[Document]:
    """Every document of the project, the oldest first."""
    rows = await tx.execute(
        select(
            Artefact.id, Artefact.kind, Artefact.title, Artefact.visibility, Artefact.accepted_by,
            Artefact.file_name, Artefact.added_by, Artefact.added_at,
        )
        .where(Artefact.project_id == project_id)
        .order_by(Artefact.id)
    )  # fmt: skip
    return [
        Document(
            row.id, row.kind, "" if row.visibility == "commercial" else row.title,
            row.visibility == "commercial", row.accepted_by is not None,
            row.file_name is not None, row.added_by, row.added_at,
        )
        for row in rows
    ]  # fmt: skip


async def content(tx: AsyncConnection, document_id: int, viewer_id: int) -> Content:
    """What a document says: a public one that was accepted to everybody, any to its people.

    A commercial one is also for the project's own mentor, and for officials of the unit whose
    reports the project came from. Raises `NotFound` for everybody else.
    """
    found = await tx.execute(
        select(
            Artefact.project_id, Artefact.title, Artefact.text, Artefact.file, Artefact.file_name,
            Artefact.visibility, Artefact.accepted_by,
        ).where(Artefact.id == document_id)
    )  # fmt: skip
    row = found.first()
    if row is None:
        raise NotFound
    project = await facts.one(tx, row.project_id)
    if not await _reads(tx, project, row, viewer_id):
        raise NotFound
    return Content(row.title, row.text, row.file, row.file_name)


async def _reads(tx: AsyncConnection, project: Facts, row: Any, viewer_id: int) -> bool:
    if row.visibility == "commercial":
        return await _reads_secrets(tx, project, viewer_id)
    if row.accepted_by and facts.is_public(project):
        return True
    return bool(await acting.roles_of(tx, project, viewer_id) & _READERS)


async def _reads_secrets(tx: AsyncConnection, project: Facts, viewer_id: int) -> bool:
    roles = await acting.roles_of(tx, project, viewer_id)
    if roles & _OWN_READERS or ("mentor" in roles and project.mentor_id == viewer_id):
        return True
    return "official" in roles and viewer_id in await audience.called(tx, project, "unit")


async def file_of(tx: AsyncConnection, document_id: int, viewer_id: int) -> bytes | None:
    """The file of a document; None where there is none, or not for this viewer any more."""
    try:
        held = await content(tx, document_id, viewer_id)
    except NotFound:
        return None
    return held.file


async def take_on(tx: AsyncConnection, *, project_id: int, mentor_id: int, now: datetime) -> None:
    """A mentor takes the project on while it is accelerated; raises `Changed` if one has."""
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    await acting.require(tx, project, mentor_id, "mentor")
    written = await tx.execute(
        update(Project)
        .where(
            Project.id == project_id,
            Project.stage == Stage.ACCELERATION,
            Project.status == Status.ACTIVE,
            Project.mentor_id.is_(None),
        )
        .values(mentor_id=mentor_id, updated_at=now)
    )
    if written.rowcount != 1:
        raise Changed


async def step_down(
    tx: AsyncConnection, *, city: CityFacts, project_id: int, by: int, now: datetime
) -> None:
    """A mentor leaves the project, or an operator releases them: it looks for another.

    What the mentor accepted is another's to accept again, and mentors hear of it. Raises
    `NotAllowed` or `Changed` (it has none, or is elsewhere by now).
    """
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    own = project.mentor_id == by
    role = "mentor" if own else await acting.require(tx, project, by, "operator")
    here = (project.stage, project.status) == (Stage.ACCELERATION, Status.ACTIVE)
    if not here or project.mentor_id is None or project.city_id != city.id:
        raise Changed
    await tx.execute(
        update(Project).where(Project.id == project_id).values(mentor_id=None, updated_at=now)
    )
    await returning.unaccept(tx, project, Stage.ACCELERATION)
    await telling.Telling(city, project, now, but=by).arrived(tx, Stage.ACCELERATION)
    await log.record(
        tx, city_id=city.id, subject="project", subject_id=project_id, verb="mentor_left",
        before=project.stage, after=project.stage, acting=role, actor_id=by, at=now,
    )  # fmt: skip
