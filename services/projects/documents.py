"""What a project has on paper: estimate, schedule, consents, the mentor's checklist, photos."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import lock_row
from services.errors import Changed, NotFound, Refusal
from services.projects import acting, facts, wording
from services.projects.acting import NotYours
from services.projects.models import Artefact, Project
from services.projects.stages import BY_STAGE, Stage, Status

KINDS = (*facts.DOCUMENTS, "other")
MAX_BYTES = 5_000_000
_ADDERS = ("lead", "author", "team", "operator", "official", "mentor")
_READERS = frozenset({"lead", "author", "team", "operator", "official", "moderator", "mentor"})


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

    Returns its id. Raises `NotAllowed`, `Changed` (the project is not at work), `TooBig` or
    `wording.Unsuitable`.
    """
    if kind not in KINDS:
        raise NotFound
    if file is not None and len(file) > MAX_BYTES:
        raise TooBig(MAX_BYTES)
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    role = await acting.require(tx, project, by, *_ADDERS)
    if project.status != Status.ACTIVE or BY_STAGE[project.stage].n < BY_STAGE[Stage.TEAM].n:
        raise Changed
    accepted = role in {"operator", "official"} and kind != "mentor_checklist"
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
    """An operator finds a document good; the checklist is its mentor's to accept.

    Returns the project's id. Raises `NotAllowed` or `Changed` (accepted already).
    """
    found = await tx.execute(
        select(Artefact.project_id, Artefact.kind).where(Artefact.id == document_id)
    )
    row = found.first()
    if row is None:
        raise NotFound
    await lock_row(tx, Project, row.project_id)
    project = await facts.one(tx, row.project_id)
    checklist = row.kind == "mentor_checklist"
    allowed = ("mentor",) if checklist else ("operator", "official")
    await acting.require(tx, project, by, *allowed)
    if checklist and project.mentor_id != by:
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
            Artefact.file_name, Artefact.added_at,
        )
        .where(Artefact.project_id == project_id)
        .order_by(Artefact.id)
    )  # fmt: skip
    return [
        Document(
            row.id, row.kind, "" if row.visibility == "commercial" else row.title,
            row.visibility == "commercial", row.accepted_by is not None,
            row.file_name is not None, row.added_at,
        )
        for row in rows
    ]  # fmt: skip


async def content(tx: AsyncConnection, document_id: int, viewer_id: int) -> Content:
    """What a document says: a public one that was accepted to everybody, any to its people.

    Raises `NotFound` for everybody else.
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
    open_to_all = row.visibility == "public" and row.accepted_by and facts.is_public(project)
    if not open_to_all:
        roles = await acting.roles_of(tx, project, viewer_id)
        if not roles & _READERS:
            raise NotFound
    return Content(row.title, row.text, row.file, row.file_name)


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
