"""The life of a report as rows: who may lead it from where to where, what that needs, who hears.

Everything else is read from here: what `moves.move` accepts, the buttons, the clocks
(`timers`), who is told (`telling`), who is thanked, and the tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CLARIFY = "clarify"
    OPEN = "open"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    SCHEDULED = "scheduled"
    FIXED = "fixed"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    REFERRED = "referred"
    DECLINED = "declined"
    UNFIXABLE = "unfixable"
    DUPLICATE = "duplicate"
    PROMOTED = "promoted"
    WITHDRAWN = "withdrawn"


class Verb(StrEnum):
    """What is done to a report. With the state it is in, a verb names one row."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    OPEN = "open"
    CLARIFY = "clarify"
    DECLINE = "decline"
    DUPLICATE = "duplicate"
    ASSIGN = "assign"
    REFER = "refer"
    PROMOTE = "promote"
    START = "start"
    SCHEDULE = "schedule"
    FIX = "fix"
    GIVE_UP = "give_up"
    CONFIRM = "confirm"
    REOPEN = "reopen"


class Acting(StrEnum):
    """The role in which a move is made. A supporter has given the report their voice."""

    AUTHOR = "author"
    SUPPORTER = "supporter"
    MODERATOR = "moderator"
    OFFICIAL = "official"
    SYSTEM = "system"


class Audience(StrEnum):
    """Who hears of a move; never who made it. Officials: the claimer, or the whole unit; of a
    report that is passed on, those it is passed on to. The head of a unit is who has been there
    longest. Moderators hear nothing of reports of their own."""

    AUTHOR = "author"
    FOLLOWERS = "followers"
    OFFICIALS = "officials"
    HEAD = "head"
    MODERATORS = "moderators"


class Clock(StrEnum):
    """The number of days in the city's `CivicRules` after which the system makes the move."""

    DRAFT = "draft_days"
    CLARIFY = "clarify_days"
    CONFIRM = "confirm_days"


@dataclass(frozen=True, slots=True)
class Row:
    """One edge. `reason` and `photo` are obligatory where set. `restarts`: the city's promise
    runs anew from this move. `undo`: a moderator may take it back for a few minutes."""

    before: State
    verb: Verb
    after: State
    roles: tuple[Acting, ...]
    reason: bool = False
    photo: bool = False
    told: tuple[Audience, ...] = ()
    clock: Clock | None = None
    restarts: bool = False
    undo: bool = False


_A, _P, _M, _O, _S = (
    *(Acting.AUTHOR, Acting.SUPPORTER, Acting.MODERATOR),
    *(Acting.OFFICIAL, Acting.SYSTEM),
)
_AUTHOR = (Audience.AUTHOR,)
_PUBLIC = (Audience.AUTHOR, Audience.FOLLOWERS)
_UNIT = (Audience.OFFICIALS,)


def _open(before: State) -> Row:
    return Row(before, Verb.OPEN, State.OPEN, (_M, _S), undo=True)


def _decline(before: State, *roles: Acting, clock: Clock | None = None) -> Row:
    return Row(
        before, Verb.DECLINE, State.DECLINED, roles, reason=True, told=_AUTHOR, clock=clock,
        undo=True,
    )  # fmt: skip


def _duplicate(before: State, *roles: Acting) -> Row:
    return Row(before, Verb.DUPLICATE, State.DUPLICATE, roles, reason=True, told=_PUBLIC, undo=True)


def _withdraw(
    before: State,
    *roles: Acting,
    told: tuple[Audience, ...] = (),
    clock: Clock | None = None,
) -> Row:
    return Row(before, Verb.WITHDRAW, State.WITHDRAWN, roles, told=told, clock=clock)


def _assign(before: State, *roles: Acting, reason: bool = False) -> Row:
    return Row(
        before, Verb.ASSIGN, State.ASSIGNED, roles, reason=reason,
        told=(Audience.AUTHOR, Audience.OFFICIALS),
    )  # fmt: skip


def _refer(before: State, *roles: Acting) -> Row:
    return Row(before, Verb.REFER, State.REFERRED, roles, reason=True, told=(*_AUTHOR, *_UNIT))


def _promote(before: State, *roles: Acting) -> Row:
    return Row(before, Verb.PROMOTE, State.PROMOTED, roles, reason=True, told=_PUBLIC)


def _start(before: State) -> Row:
    return Row(before, Verb.START, State.IN_PROGRESS, (_O,))


def _schedule(before: State) -> Row:
    return Row(before, Verb.SCHEDULE, State.SCHEDULED, (_O,), reason=True, told=_AUTHOR)


def _fix(before: State) -> Row:
    return Row(before, Verb.FIX, State.FIXED, (_O,), photo=True, told=_PUBLIC)


def _give_up(before: State) -> Row:
    return Row(before, Verb.GIVE_UP, State.UNFIXABLE, (_O,), reason=True, told=_PUBLIC)


def _reopen(before: State, *roles: Acting) -> Row:
    return Row(
        before, Verb.REOPEN, State.REOPENED, roles, reason=True, told=(*_PUBLIC, *_UNIT),
        restarts=True,
    )  # fmt: skip


ROWS: tuple[Row, ...] = (
    Row(State.DRAFT, Verb.SUBMIT, State.SUBMITTED, (_A,), restarts=True),
    _withdraw(State.DRAFT, _A, _S, clock=Clock.DRAFT),
    _open(State.SUBMITTED),
    Row(
        State.SUBMITTED, Verb.CLARIFY, State.CLARIFY, (_M,), reason=True, told=_AUTHOR, undo=True
    ),
    _decline(State.SUBMITTED, _M),
    _duplicate(State.SUBMITTED, _M),
    _withdraw(State.SUBMITTED, _A),
    Row(State.CLARIFY, Verb.SUBMIT, State.SUBMITTED, (_A,), restarts=True),
    _decline(State.CLARIFY, _S, _M, clock=Clock.CLARIFY),
    _withdraw(State.CLARIFY, _A),
    _assign(State.OPEN, _M, _O),
    _refer(State.OPEN, _O, _M),
    _duplicate(State.OPEN, _M, _O),
    _decline(State.OPEN, _M),
    _promote(State.OPEN, _M),
    _withdraw(State.OPEN, _A, told=(Audience.FOLLOWERS,)),
    _start(State.ASSIGNED),
    _schedule(State.ASSIGNED),
    _refer(State.ASSIGNED, _O),
    _fix(State.ASSIGNED),
    _give_up(State.ASSIGNED),
    _promote(State.ASSIGNED, _O, _M),
    _duplicate(State.ASSIGNED, _M, _O),
    Row(State.ASSIGNED, Verb.OPEN, State.OPEN, (_M,), reason=True),
    _schedule(State.IN_PROGRESS),
    _fix(State.IN_PROGRESS),
    _give_up(State.IN_PROGRESS),
    _assign(State.IN_PROGRESS, _O, _M, reason=True),
    _promote(State.IN_PROGRESS, _O, _M),
    _start(State.SCHEDULED),
    _fix(State.SCHEDULED),
    _give_up(State.SCHEDULED),
    Row(
        State.FIXED, Verb.CONFIRM, State.CONFIRMED, (_A, _P, _S), told=(*_PUBLIC, *_UNIT),
        clock=Clock.CONFIRM,
    ),
    _reopen(State.FIXED, _A, _P),
    _assign(State.REOPENED, _M, _O),
    _start(State.REOPENED),
    _fix(State.REOPENED),
    _give_up(State.REOPENED),
    _assign(State.REFERRED, _O),
    _decline(State.REFERRED, _M),
    Row(
        State.DECLINED, Verb.SUBMIT, State.SUBMITTED, (_A,), reason=True,
        told=(Audience.MODERATORS,), restarts=True,
    ),
    _reopen(State.UNFIXABLE, _M),
    _promote(State.UNFIXABLE, _M, _A),
    Row(State.DUPLICATE, Verb.OPEN, State.OPEN, (_M,), reason=True, told=_AUTHOR),
    _reopen(State.CONFIRMED, _A, _P),
)  # fmt: skip

PRIVATE = (State.DRAFT, State.SUBMITTED, State.CLARIFY)
"""Nobody but the author and the city's staff sees a report here."""
NEVER_SHOWN = (*PRIVATE, State.DECLINED)
"""What is in these states is in no public list; a declined report was refused publication."""
ACTIVE = (State.OPEN, State.ASSIGNED, State.IN_PROGRESS, State.SCHEDULED, State.REOPENED)
"""What the city has promised and not yet done: the promise's clock runs."""
SUPPORTABLE = (*ACTIVE, State.REFERRED)
"""Where another voice says «me too»."""
DONE = (State.FIXED, State.CONFIRMED)
ENDS = (State.PROMOTED, State.WITHDRAWN)

_BY_EDGE: Mapping[tuple[str, str], Row] = {(row.before, row.verb): row for row in ROWS}


def row_of(state: str, verb: str) -> Row | None:
    """The edge that the verb names in this state."""
    return _BY_EDGE.get((state, verb))


def rows_from(state: str) -> tuple[Row, ...]:
    """Every edge that leaves the state, in the order of the table."""
    return _FROM.get(State(state), ())


_FROM: Mapping[State, tuple[Row, ...]] = {
    state: tuple(rows)
    for state, rows in groupby(sorted(ROWS, key=lambda row: row.before), lambda row: row.before)
}
TIMED: tuple[Row, ...] = tuple(row for row in ROWS if row.clock is not None)
"""The moves that the system makes when time has run out."""
