"""Pages of a list."""

from handlers.chat.projects.buttons import Listing
from handlers.screen import Button
from handlers.texts import _


def page(here: Listing, found: int, size: int) -> list[list[Button]]:
    """The buttons to the page before and after this one; `found` is one more than shows if there
    are more."""
    row = []
    if here.offset:
        back = here.model_copy(update={"offset": max(0, here.offset - size)})
        row.append(Button(_("‹ Earlier"), back))
    if found > size:
        row.append(Button(_("More ›"), here.model_copy(update={"offset": here.offset + size})))
    return [row] if row else []
