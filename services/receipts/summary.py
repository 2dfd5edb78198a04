"""What became of a week's receipts, in counts, and the message that tells it once a week.

A receipt belongs to the day on which it was sent; what it became is what it is now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery
from services.cities import CityFacts, venue_names
from services.database import insert_new
from services.members.models import Member, RoleGrant
from services.members.roles import Role
from services.receipts.models import Receipt, ReceiptFailure, ReceiptWeek

_WEEK = timedelta(days=7)
_FROM_HOUR, _UNTIL_HOUR = 10, 20


@dataclass(frozen=True, slots=True)
class Count:
    """In the seven days, and in the seven days before them."""

    now: int = 0
    before: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.now + other.now, self.before + other.before)


Counts = tuple[tuple[str, Count], ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The week from `first` to `last`, both included, as the city counts its days.

    `reasons` are those of the refused; `failures` what never became a receipt (the reasons given
    to `tally`, of the whole city only). Both the most frequent first, without those that did not
    happen this week.
    """

    first: date
    last: date
    credited: Count = Count()
    waiting: Count = Count()
    refused: Count = Count()
    reversed: Count = Count()
    reasons: Counts = ()
    failures: Counts = ()

    @property
    def total(self) -> Count:
        """All that was sent."""
        receipts = self.credited + self.waiting + self.refused + self.reversed
        return sum((count for _reason, count in self.failures), receipts)

    def facts(self) -> dict[str, Any]:
        """For a message that waits in the outbox; `of_facts` is the way back."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            **{name: _plain(getattr(self, name)) for name in _SINGLE},
            **{
                name: [[key, _plain(count)] for key, count in getattr(self, name)]
                for name in _LISTS
            },
        }

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> "Summary":
        return cls(
            first=date.fromisoformat(facts["first"]),
            last=date.fromisoformat(facts["last"]),
            credited=Count(*facts["credited"]),
            waiting=Count(*facts["waiting"]),
            refused=Count(*facts["refused"]),
            reversed=Count(*facts["reversed"]),
            reasons=tuple((key, Count(*n)) for key, n in facts["reasons"]),
            failures=tuple((key, Count(*n)) for key, n in facts["failures"]),
        )


_SINGLE = ("credited", "waiting", "refused", "reversed")
_LISTS = ("reasons", "failures")


def _plain(count: Count) -> list[int]:
    return [count.now, count.before]


@dataclass(frozen=True, slots=True)
class _Days:
    """The two weeks that end with the day before `until`."""

    city: CityFacts
    until: datetime

    def start(self, weeks: int) -> date:
        """The day so many weeks before that of `until`."""
        return self.until.astimezone(self.city.timezone).date() - weeks * _WEEK

    def moment(self, weeks: int) -> datetime:
        """When the day of `start` began."""
        midnight = datetime.combine(self.start(weeks), time(), self.city.timezone)
        return midnight.astimezone(UTC)

    def summary(self, sent: Iterable[Any], failed: Iterable[Any] = ()) -> Summary:
        """`sent` are (state, reason, now, before), `failed` the same without a state."""
        states: dict[str, Count] = {}
        reasons: dict[str, Count] = {}
        for state, reason, now, before in sent:
            count = Count(int(now), int(before))
            states[state] = states.get(state, Count()) + count
            if state == "rejected":
                reasons[reason] = reasons.get(reason, Count()) + count
        return Summary(
            first=self.start(1),
            last=self.start(0) - timedelta(days=1),
            credited=states.get("credited", Count()),
            waiting=states.get("pending", Count()),
            refused=states.get("rejected", Count()),
            reversed=states.get("reversed", Count()),
            reasons=_ordered(reasons),
            failures=_ordered({key: Count(int(now), int(before)) for key, now, before in failed}),
        )


def _ordered(counts: Mapping[str, Count]) -> Counts:
    happened = [(key, count) for key, count in counts.items() if count.now]
    return tuple(sorted(happened, key=lambda pair: (-pair[1].now, -pair[1].before, pair[0])))


def _split(fresh: ColumnElement[bool], what: Any) -> tuple[Any, Any]:
    return func.sum(case((fresh, what), else_=0)), func.sum(case((fresh, 0), else_=what))


async def _sent(tx: AsyncConnection, days: _Days, venue_id: int | None) -> list[tuple[Any, ...]]:
    """(venue, state, reason, now, before)."""
    here = () if venue_id is None else (Receipt.venue_id == venue_id,)
    rows = await tx.execute(
        select(
            Receipt.venue_id,
            Receipt.state,
            Receipt.reason,
            *_split(Receipt.submitted_at >= days.moment(1), 1),
        )
        .join(Member, Member.id == Receipt.member_id)
        .where(
            Member.city_id == days.city.id,
            Receipt.submitted_at >= days.moment(2),
            Receipt.submitted_at < days.moment(0),
            *here,
        )
        .group_by(Receipt.venue_id, Receipt.state, Receipt.reason)
    )
    return [tuple(row) for row in rows]


async def _failed(tx: AsyncConnection, days: _Days) -> list[tuple[Any, ...]]:
    rows = await tx.execute(
        select(
            ReceiptFailure.reason,
            *_split(ReceiptFailure.day >= days.start(1), ReceiptFailure.count),
        )
        .where(
            ReceiptFailure.city_id == days.city.id,
            ReceiptFailure.day >= days.start(2),
            ReceiptFailure.day < days.start(0),
        )
        .group_by(ReceiptFailure.reason)
    )
    return [tuple(row) for row in rows]


async def week(
    tx: AsyncConnection, city: CityFacts, *, venue_id: int | None = None, until: datetime
) -> Summary:
    """The last seven full days before the day of `until`, in the city or at one venue."""
    days = _Days(city, until)
    sent = await _sent(tx, days, venue_id)
    failed = await _failed(tx, days) if venue_id is None else []
    return days.summary((row[1:] for row in sent), failed)


async def tally(tx: AsyncConnection, city_id: int, day: date, reason: str) -> None:
    """Count one more thing that was sent on the city's `day` and never became a receipt."""
    values = {"city_id": city_id, "day": day, "reason": reason, "count": 1}
    await tx.execute(_one_more(tx.dialect.name), values)


@cache
def _one_more(dialect: str) -> Any:
    dialect_insert: Any = sqlite_insert if dialect == "sqlite" else postgresql_insert
    return dialect_insert(ReceiptFailure).on_conflict_do_update(
        index_elements=["city_id", "day", "reason"], set_={"count": ReceiptFailure.count + 1}
    )


async def send_week(tx: AsyncConnection, city: CityFacts, now: datetime) -> int:
    """Tell the city's team and the venues' owners about the week before this one, once.

    From Monday ten o'clock on, by day; when nobody ticked on Monday, later in the week. Returns
    how many were told: owners only of venues where something was sent.
    """
    local = now.astimezone(city.timezone)
    if not _FROM_HOUR <= local.hour < _UNTIL_HOUR:
        return 0
    monday = local.date() - timedelta(days=local.weekday())
    # The row decides who tells: another process finds it there.
    if await insert_new(tx, ReceiptWeek, {"city_id": city.id, "monday": monday}) is None:
        return 0
    days = _Days(city, datetime.combine(monday, time(), city.timezone))
    sent = await _sent(tx, days, None)
    whole = days.summary((row[1:] for row in sent), await _failed(tx, days))
    team, owners = await _readers(tx, city.id)
    told = 0
    if whole.total != Count():
        for member_id in team:
            await delivery.tell(tx, member_id, "receipts_week", whole.facts(), now)
        told = len(team)
    names = await venue_names(tx, sorted({venue_id for _member, venue_id in owners}))
    for member_id, venue_id in owners:
        here = days.summary(row[1:] for row in sent if row[0] == venue_id)
        if here.total.now:
            facts = {**here.facts(), "venue": names[venue_id]}
            await delivery.tell(tx, member_id, "receipts_week", facts, now)
            told += 1
    return told


async def _readers(
    tx: AsyncConnection, city_id: int
) -> tuple[Sequence[int], Sequence[tuple[int, int]]]:
    """The city's team, and (owner, venue) pairs."""
    rows = await tx.execute(
        select(Member.id, RoleGrant.venue_id)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            Member.city_id == city_id,
            Member.deleted_at.is_(None),
            RoleGrant.revoked_at.is_(None),
            RoleGrant.role.in_((Role.MODERATOR, Role.ADMIN, Role.OWNER)),
        )
        .distinct()
        .order_by(Member.id, RoleGrant.venue_id)
    )
    found = [(member_id, venue_id) for member_id, venue_id in rows]
    team = [member_id for member_id, venue_id in found if venue_id is None]
    return team, [(member_id, venue_id) for member_id, venue_id in found if venue_id is not None]
