"""What a move of a report comes to: what it did, or why it was not made."""

from dataclasses import dataclass
from datetime import datetime

from services.errors import Changed, Refusal
from services.reports.states import Acting, State


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did. `merits`: what the mover was thanked with."""

    report_id: int
    number: int | None
    before: State
    after: State
    acting: Acting
    event_id: int
    merits: int


@dataclass
class NoSuchMove(Refusal):
    """In this state nobody does that: it has moved on since the button was drawn."""

    state: str
    verb: str


class Edited(Changed):
    """What is to be decided on is not what the mover has seen any more."""


class ReasonNeeded(Refusal):
    """This move needs a reason."""


class PhotoNeeded(Refusal):
    """This move needs a photo of what was done."""


@dataclass
class Claimed(Refusal):
    """A colleague is at it, until then (None: until they let go)."""

    until: datetime | None


class OwnReport(Refusal):
    """Nobody decides on, supports or flags what they wrote themselves."""
