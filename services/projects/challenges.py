"""Requests by the city or a business: brief, criteria, prize and term; ideas answer them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery
from services.cities import CityFacts
from services.civic import log, notifying
from services.civic.models import Follow
from services.database import lock_row
from services.errors import Changed, NotFound, Refusal
from services.members.models import Member, RoleGrant
from services.projects import legality, wording
from services.projects.acting import NotYours
from services.projects.facts import ChallengeFacts
from services.projects.legality import GateShut, ReasonNeeded
from services.projects.models import Challenge, Project
from services.projects.stages import BY_STAGE, Stage

CRITERIA = 7
_ROW = BY_STAGE[Stage.CHALLENGE]


@dataclass
class TooManyCriteria(Refusal):
    """A request has at most this many criteria."""

    most: int


@dataclass(frozen=True, slots=True)
class Call:
    """An open or closed request as everybody sees it. `venue_id` None: the city's own."""

    id: int
    title: str
    brief: str
    criteria: tuple[str, ...]
    prize: str
    state: str
    venue_id: int | None
    ends_at: datetime
    ideas: int


async def draft(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    owner_id: int,
    title: str,
    brief: str,
    criteria: Sequence[str],
    prize: str,
    ends_at: datetime,
    now: datetime,
    venue_id: int | None = None,
) -> int:
    """An official, an operator or the owner of `venue_id` writes a request; returns its id.

    A moderator approves it before its owner opens it. Raises `NotAllowed`, `TooManyCriteria` or
    `wording.Unsuitable`.
    """
    await _role_of_owner(tx, owner_id, venue_id)
    if len(criteria) > CRITERIA:
        raise TooManyCriteria(CRITERIA)
    values = {
        "city_id": city.id,
        "owner_id": owner_id,
        "venue_id": venue_id,
        "title": wording.line(title, "title"),
        "brief": wording.text(brief, "brief", least=20),
        "criteria": [wording.line(each, "criteria") for each in criteria],
        "prize": wording.line(prize, "prize", least=0),
        "state": "draft",
        "ends_at": ends_at,
        "created_at": now,
    }
    challenge_id: int | None = await tx.scalar(
        insert(Challenge).values(**values).returning(Challenge.id)
    )
    assert challenge_id is not None
    return challenge_id


async def _role_of_owner(tx: AsyncConnection, owner_id: int, venue_id: int | None) -> str:
    """The role in which the member owns a request: of a venue as its owner, else of the city."""
    wanted: ColumnElement[bool] = RoleGrant.role.in_(("official", "operator"))
    if venue_id is not None:
        wanted = (RoleGrant.role == "owner") & (RoleGrant.venue_id == venue_id)
    role = await tx.scalar(
        select(RoleGrant.role).where(
            RoleGrant.member_id == owner_id, RoleGrant.revoked_at.is_(None), wanted
        )
    )
    if role is None:
        raise NotYours
    return "business" if role == "owner" else role


async def one(tx: AsyncConnection, challenge_id: int, now: datetime) -> ChallengeFacts:
    """What the first gate asks of a request; raises `NotFound`."""
    found = await tx.execute(select(Challenge.__table__).where(Challenge.id == challenge_id))
    row = found.first()
    if row is None:
        raise NotFound
    return ChallengeFacts(
        row.id, row.city_id, row.owner_id, row.venue_id, row.title, row.brief, row.prize,
        row.state, row.ends_at, tuple(row.criteria), owner=1, term=int(row.ends_at > now),
        criteria=len(row.criteria), approved=int(row.approved_by is not None),
    )  # fmt: skip


async def approve(
    tx: AsyncConnection, *, city: CityFacts, challenge_id: int, by: int, now: datetime
) -> None:
    """A moderator finds the criteria fair; the owner hears that the request can be opened.

    Raises `NotAllowed` (also for one's own) or `Changed`.
    """
    await lock_row(tx, Challenge, challenge_id)
    challenge = await _of_city(tx, city, challenge_id, now)
    await _moderator(tx, by)
    if challenge.owner_id == by:
        raise NotYours
    written = await tx.execute(
        update(Challenge)
        .where(
            Challenge.id == challenge_id,
            Challenge.state == "draft",
            Challenge.approved_by.is_(None),
        )
        .values(approved_by=by)
    )
    if written.rowcount != 1:
        raise Changed
    about = {"challenge": challenge_id, "title": challenge.title}
    await delivery.tell(tx, challenge.owner_id, "challenge_approved", about, now)


async def open_(
    tx: AsyncConnection, *, city: CityFacts, challenge_id: int, by: int, now: datetime
) -> None:
    """The owner calls for ideas; who follows the city's requests hears of it.

    Raises `NotAllowed`, `Changed` (open or closed already) or `GateShut` with what is missing.
    """
    await lock_row(tx, Challenge, challenge_id)
    challenge = await _of_city(tx, city, challenge_id, now)
    if challenge.owner_id != by:
        raise NotYours
    role = await _role_of_owner(tx, by, challenge.venue_id)
    if role not in _ROW.forward:
        raise NotYours
    if challenge.state != "draft":
        raise Changed
    if missing := legality.lacks(challenge, city.rules.civic):
        raise GateShut(missing)
    await _set(tx, challenge, "open")
    await _tell_subscribers(tx, city, challenge, now)
    await _log(tx, challenge, "forward", "open", role, by=by, now=now)


async def _tell_subscribers(
    tx: AsyncConnection, city: CityFacts, challenge: ChallengeFacts, now: datetime
) -> None:
    about = {"challenge": challenge.id, "title": challenge.title}
    members = await tx.scalars(
        select(Follow.member_id)
        .join(Member, Member.id == Follow.member_id)
        .where(Follow.subject == "kind", Member.city_id == city.id)
        .distinct()
        .order_by(Follow.member_id)
    )
    for member_id in members.all():
        if member_id != challenge.owner_id:
            await notifying.tell(
                tx, city, member_id, "challenge_new", about, now,
                subject="challenge", subject_id=challenge.id,
            )  # fmt: skip


async def close(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    challenge_id: int,
    by: int,
    reason: str,
    now: datetime,
) -> None:
    """A moderator ends a request before its term, saying why; raises `Changed` if it is closed."""
    await lock_row(tx, Challenge, challenge_id)
    challenge = await _of_city(tx, city, challenge_id, now)
    await _moderator(tx, by)
    if not reason.strip():
        raise ReasonNeeded
    if challenge.state == "closed":
        raise Changed
    await _set(tx, challenge, "closed")
    await _log(tx, challenge, "close", "closed", "moderator", by=by, now=now, reason=reason)


async def close_next(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """End one request whose term is over; False when there is none."""
    challenge_id = await tx.scalar(
        select(Challenge.id)
        .where(Challenge.city_id == city.id, Challenge.state == "open", Challenge.ends_at <= now)
        .order_by(Challenge.ends_at, Challenge.id)
        .limit(1)
    )
    if challenge_id is None:
        return False
    await lock_row(tx, Challenge, challenge_id)
    challenge = await one(tx, challenge_id, now)
    if challenge.state == "open":
        await _set(tx, challenge, "closed")
        await _log(tx, challenge, "close", "closed", "system", by=None, now=now)
    return True


async def listing(
    tx: AsyncConnection, city_id: int, *, limit: int = 10, offset: int = 0
) -> list[Call]:
    """The open requests, those that end first first."""
    rows = await tx.execute(
        _calls()
        .where(Challenge.city_id == city_id, Challenge.state == "open")
        .order_by(Challenge.ends_at, Challenge.id)
        .limit(limit)
        .offset(offset)
    )
    return [_call(row) for row in rows]


async def shown(tx: AsyncConnection, city_id: int, challenge_id: int) -> Call:
    """One request that is or was open; raises `NotFound`."""
    rows = await tx.execute(
        _calls().where(Challenge.city_id == city_id, Challenge.id == challenge_id, log.once_open())
    )
    row = rows.first()
    if row is None:
        raise NotFound
    return _call(row)


async def of_owner(tx: AsyncConnection, owner_id: int, *, limit: int = 10) -> list[Call]:
    """What a member asked for, drafts too, the newest first."""
    rows = await tx.execute(
        _calls().where(Challenge.owner_id == owner_id).order_by(Challenge.id.desc()).limit(limit)
    )
    return [_call(row) for row in rows]


async def waiting(tx: AsyncConnection, city_id: int, *, limit: int = 10) -> list[Call]:
    """Drafts that a moderator has not approved, the oldest first."""
    rows = await tx.execute(
        _calls()
        .where(
            Challenge.city_id == city_id,
            Challenge.state == "draft",
            Challenge.approved_by.is_(None),
        )
        .order_by(Challenge.id)
        .limit(limit)
    )
    return [_call(row) for row in rows]


def _calls() -> Select[Any]:
    ideas = (
        select(func.count())
        .select_from(Project)
        .where(Project.challenge_id == Challenge.id, Project.published_at.is_not(None))
        .scalar_subquery()
    )
    return select(Challenge.__table__, ideas.label("ideas"))


def _call(row: Any) -> Call:
    return Call(
        row.id, row.title, row.brief, tuple(row.criteria), row.prize, row.state, row.venue_id,
        row.ends_at, row.ideas,
    )  # fmt: skip


async def _of_city(
    tx: AsyncConnection, city: CityFacts, challenge_id: int, now: datetime
) -> ChallengeFacts:
    challenge = await one(tx, challenge_id, now)
    if challenge.city_id != city.id:
        raise NotFound
    return challenge


async def _moderator(tx: AsyncConnection, member_id: int) -> None:
    role = await tx.scalar(
        select(RoleGrant.id).where(
            RoleGrant.member_id == member_id,
            RoleGrant.role.in_(("moderator", "admin")),
            RoleGrant.revoked_at.is_(None),
        )
    )
    if role is None:
        raise NotYours


async def _set(tx: AsyncConnection, challenge: ChallengeFacts, state: str) -> None:
    written = await tx.execute(
        update(Challenge)
        .where(Challenge.id == challenge.id, Challenge.state == challenge.state)
        .values(state=state)
    )
    if written.rowcount != 1:
        raise Changed


async def _log(
    tx: AsyncConnection,
    challenge: ChallengeFacts,
    verb: str,
    after: str,
    role: str,
    *,
    by: int | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    await log.record(
        tx, city_id=challenge.city_id, subject="challenge", subject_id=challenge.id, verb=verb,
        before=challenge.state, after=after, acting=role, actor_id=by, at=now, reason=reason,
    )  # fmt: skip
