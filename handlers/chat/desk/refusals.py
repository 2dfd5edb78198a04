"""What the services of reports refuse to the city's people, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from handlers.buttons import Go
from handlers.screen import Button
from handlers.texts import N_, _, _n, clock
from services.cities import CityFacts
from services.errors import Refusal
from services.reports import duplicates, effects, outcome, promoting, queues, undoing


def _claimed(refusal: outcome.Claimed, city: CityFacts) -> str:
    if refusal.until is None:
        return _("A colleague is on it. Take it over first if you are to do it.")
    return _(
        "A colleague is looking at it, until {time} at most.",
        time=clock(refusal.until, city.timezone),
    )


EDITED = N_("It was changed in the meantime. Nothing has been done yet: please look again.")

WORDS: Mapping[type[Refusal], Callable[[Any, CityFacts], str]] = {
    outcome.Claimed: _claimed,
    outcome.Edited: lambda r, c: _(EDITED),
    duplicates.NoOriginal: lambda r, c: _(
        "That report cannot be the original: it has to be another one that everybody sees."
    ),
    effects.DateNeeded: lambda r, c: _("Planned work needs a day that lies ahead."),
    effects.ProjectNeeded: lambda r, c: _("Choose first what kind of project it becomes."),
    promoting.TooFew: lambda r, c: _n(
        "Only {n} report of this group can become a project now, which is too few: the others have "
        "moved on, are your own or a colleague is on them. Nothing has been done.",
        "Only {n} reports of this group can become a project now, which is too few: the others "
        "have moved on, are your own or a colleague is on them. Nothing has been done.",
        r.fit,
    ),
    queues.NothingWaits: lambda r, c: _("Nothing waits here. Thank you!"),
    undoing.TooLateToUndo: lambda r, c: _(
        "It is too late to take this back. What can be done now stands under the report."
    ),
}

WAYS: Mapping[type[Refusal], Callable[[], list[list[Button]]]] = {
    kind: lambda: [[Button(_("« Desk"), Go(to="desk"))]] for kind in WORDS
}
