"""What is said when it is not the guest's doing, or when the guest is faster than we are."""

from handlers.screen import Screen
from handlers.texts import _


def too_fast() -> Screen:
    """More updates than one person sends; those beyond the limit were not looked at."""
    return Screen(
        _(
            "That was a little too fast for me, and I did not catch everything. Please send "
            "it again in a moment."
        ),
        fresh=True,
    )


def not_shown(reference: str) -> Screen:
    """What was asked for is done, but its answer could not be shown."""
    return Screen(
        _(
            "I have taken that in but cannot show you the answer. Please open /card to see how "
            "things stand. If it happens again, give the city's team this code: {reference}",
            reference=reference,
        ),
        fresh=True,
    )


def our_fault(reference: str) -> Screen:
    """A fault of ours; `reference` finds the log line."""
    return Screen(
        _(
            "Something went wrong on our side, and nothing was changed. Please try again in a "
            "minute. If it happens again, give the city's team this code: {reference}",
            reference=reference,
        ),
        fresh=True,
    )
