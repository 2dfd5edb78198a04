"""States of reports in the words of GeoReport, and what its words ask for here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.reports.states import NEVER_SHOWN, State, Verb

Status = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Word:
    """`status` is all that plain GeoReport knows; `extended` is what FixMyStreet understands."""

    status: Status
    extended: str


WORDS: Mapping[State, Word] = {
    State.OPEN: Word("open", "open"),
    State.REOPENED: Word("open", "open"),
    State.ASSIGNED: Word("open", "investigating"),
    State.IN_PROGRESS: Word("open", "in_progress"),
    State.SCHEDULED: Word("open", "action_scheduled"),
    State.PROMOTED: Word("open", "planned"),
    State.FIXED: Word("closed", "fixed"),
    State.CONFIRMED: Word("closed", "fixed"),
    State.UNFIXABLE: Word("closed", "no_further_action"),
    State.REFERRED: Word("closed", "not_councils_responsibility"),
    State.DUPLICATE: Word("closed", "duplicate"),
    State.WITHDRAWN: Word("closed", "cancelled"),
}
"""Every state that leaves the house. The others have no word, and so cannot."""

assert set(WORDS) == set(State) - set(NEVER_SHOWN)

ASKS: Mapping[str, Verb] = {
    "action_scheduled": Verb.SCHEDULE,
    "planned": Verb.SCHEDULE,
    "in_progress": Verb.START,
    "investigating": Verb.ASSIGN,
    "for_triage": Verb.ASSIGN,
    "fixed": Verb.FIX,
    "closed": Verb.FIX,
    "no_further_action": Verb.GIVE_UP,
    "not_councils_responsibility": Verb.REFER,
    "internal_referral": Verb.ASSIGN,
}
"""What a status that another system reports would do here. `open`, `reopen`, `unchanged`,
`duplicate` (it does not say of what) and unknown words move nothing; their words are kept."""


def states_of(statuses: list[str]) -> list[str]:
    """The states behind these words, plain ones or extended."""
    return [
        state.value
        for state, word in WORDS.items()
        if word.status in statuses or word.extended in statuses
    ]
