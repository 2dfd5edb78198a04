"""What is said when it is not the guest's doing, or when the guest is faster than we are."""

from handlers.screen import Screen
from handlers.texts import _


def too_fast() -> Screen:
    """More updates than one person sends."""
    return Screen(_("One moment, please. I am still catching up."), fresh=True)


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
