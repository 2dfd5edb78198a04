"""Words of the chat for those who read the city's data."""

from handlers.chat.projects.reasons import said
from handlers.chat.reports.words import REASONS
from handlers.texts import _, plain
from services.reports.reasons import OWN_WORDS


def reason_in_words(reason: str | None) -> str | None:
    """Why something was done, in the language that is set; None where nothing is to be said."""
    if not reason or reason == OWN_WORDS:
        return None
    known = REASONS.get(reason)
    return plain(said(reason) if known is None else _(known))
