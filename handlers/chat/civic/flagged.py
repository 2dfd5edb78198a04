"""What somebody hears who has said that a report or a project should not be public."""

from handlers.buttons import Go
from handlers.screen import Button, Screen
from handlers.texts import _


def thanks(*, new: bool, counts: bool, hidden: bool, back: list[Button]) -> Screen:
    """What their word has done; whose word does not count yet learns how it will."""
    if hidden:
        return Screen(_("Thank you. It is hidden until a moderator has looked at it."), [back])
    if not counts:
        return Screen(
            _(
                "Thank you. To count, your word has to be one person's, once: confirm your phone "
                "number, that takes one tap."
            ),
            [[Button(_("📱 Confirm that it is me"), Go(to="verify"))], back],
        )
    if not new:
        return Screen(_("You have told us already. Thank you!"), [back])
    return Screen(
        _("Thank you. When others say so, too, it is hidden and a moderator looks."), [back]
    )
