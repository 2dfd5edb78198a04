"""Reasons as templates, for what needs one: a tap instead of typing, read in every language."""

from collections.abc import Mapping

from handlers.texts import N_, Html, _, verbatim
from services.projects.stages import Verb

OWN_WORDS = "own"

_BACK: Mapping[str, str] = {
    "clearer": N_("Please say more clearly what should be done and where."),
    "private": N_("Please take out names, phone numbers and addresses of people."),
    "polite": N_("Please say it without hard words."),
    "one_idea": N_("These are several ideas. Please make one of each."),
    "exact_place": N_("Please name the place more exactly."),
    "papers": N_("The documents are not complete yet."),
}
_CLOSE: Mapping[str, str] = {
    "same": N_("The same is being done in another project already."),
    "is_report": N_("This is a problem to repair: please send it as a report."),
    "not_city": N_("The city cannot decide on this."),
    "law": N_("The law does not allow it."),
    "advert": N_("This is advertising, not an idea for the city."),
    "rude": N_("It hurts people or is not serious."),
    "stopped": N_("The people behind it have stopped."),
}
_PAUSE: Mapping[str, str] = {
    "wait": N_("We are waiting for a decision."),
    "season": N_("It goes on in the season for it."),
    "no_time": N_("Nobody has the time for it just now."),
}
_REASONS: Mapping[str, Mapping[str, str]] = {
    Verb.BACK: _BACK,
    Verb.CLOSE: _CLOSE,
    Verb.PAUSE: _PAUSE,
}
_ALL: Mapping[str, str] = {**_BACK, **_CLOSE, **_PAUSE}


def reasons(verb: str) -> Mapping[str, str]:
    """Key → msgid of the ready reasons for the verb."""
    return _REASONS.get(verb, {})


def is_ready(verb: str, reason: str) -> bool:
    """Whether the key is one of the ready reasons for the verb."""
    return reason in reasons(verb)


def said(reason: str) -> Html:
    """A ready reason in the reader's language, or somebody's own words."""
    return _(_ALL[reason]) if reason in _ALL else verbatim(reason)
