"""Words of the chat for those who read the city's data."""

from services.reports.reasons import is_key


def reason_in_words(reason: str | None) -> str | None:
    """Why something was done, in the language that is set; None where nothing is to be said."""
    return None if not reason or is_key(reason) else reason
