"""Ready reasons for decisions, by verb: keys whose words the chat has, so that everybody reads
them in their own language. Anything else that stands as a reason is somebody's own words."""

from collections.abc import Mapping
from types import MappingProxyType

from services.reports.states import Verb

OWN_WORDS = "own_words"
"""What the public log says where somebody's words are not for everybody."""
NO_ANSWER = "no_answer"
"""The system's: nobody answered the question in time."""
NO_OBJECTION = "no_objection"
"""The system's: nobody said that it was not fixed."""

TEMPLATES: Mapping[Verb, tuple[str, ...]] = MappingProxyType(
    {
        Verb.CLARIFY: ("where_exactly", "what_exactly", "photo_unclear", "personal_data"),
        Verb.DECLINE: (
            *("not_a_problem", "not_in_city", "abuse", "advertising", "personal_data_shown"),
            *("private_ground", "nothing_there"),
        ),
        Verb.DUPLICATE: ("same_place", "same_event"),
        Verb.REFER: ("region", "other_service", "owner_of_ground", "transport_company"),
        Verb.OPEN: ("wrong_unit", "not_the_same", "opened_by_mistake"),
        Verb.ASSIGN: ("wrong_unit", "colleague", "needs_more_hands"),
        Verb.SCHEDULE: ("season", "in_the_plan", "materials", "contractor"),
        Verb.GIVE_UP: ("no_ground_for_it", "not_possible", "no_money", "law_forbids"),
        Verb.PROMOTE: ("needs_project", "several_places"),
        Verb.REOPEN: ("not_fixed", "again", "fixed_badly", "looked_again"),
        Verb.SUBMIT: ("please_look_again",),
    }
)
"""What may be chosen instead of typing."""

KEYS = frozenset(
    {OWN_WORDS, NO_ANSWER, NO_OBJECTION, *(key for keys in TEMPLATES.values() for key in keys)}
)


def is_key(reason: str) -> bool:
    """Whether the chat has words for it."""
    return reason in KEYS
