"""What the services of reports refuse, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from handlers.buttons import Go
from handlers.chat.reports import words
from handlers.screen import Button
from handlers.texts import Html, _, _n, day
from services.cities import CityFacts
from services.civic import bars
from services.errors import Refusal
from services.reports import drafts, editing, flags, outcome, sending
from services.reports.texts import TextTooLong


def _incomplete(refusal: sending.Incomplete, _city: CityFacts) -> str:
    match refusal.missing[0]:
        case "content":
            return _("Before it can be sent, it needs a photo or a few words.")
        case "place":
            return _("Before it can be sent, I need to know where it is.")
        case _:
            return _("Before it can be sent, please choose a theme.")


def too_late() -> Html:
    """That what was sent stays as it is."""
    return _("This cannot be changed any more. What is personal you can still remove.")


def _may_not_send(refusal: bars.MayNotSend, city: CityFacts) -> str:
    return _(
        "You cannot send reports and ideas until {day}, because of a report that was declined: "
        "{reason}. Your drafts are kept, and your voices count. If that was a mistake, press "
        "“Please look again” under the report.",
        day=day(refusal.until, city.timezone),
        reason=words.reason(refusal.reason),
    )


WORDS: Mapping[type[Refusal], Callable[[Any, CityFacts], str]] = {
    sending.Incomplete: _incomplete,
    sending.TooManyReports: lambda r, c: _n(
        "You have sent {n} report today, which is all a day takes. The draft is kept: send it "
        "tomorrow.",
        "You have sent {n} reports today, which is all a day takes. The draft is kept: send it "
        "tomorrow.",
        r.limit,
    ),
    bars.MayNotSend: _may_not_send,
    drafts.OutsideCity: lambda r, c: _(
        "This place is outside the city, so its services cannot help there."
    ),
    editing.TooLateToEdit: lambda r, c: too_late(),
    outcome.NoSuchMove: lambda r, c: _(
        "The report has moved on in the meantime. Please open it again."
    ),
    flags.LookedAt: lambda r, c: _(
        "A moderator has looked at it after you told us, and decided that it stays. Thank you!"
    ),
    outcome.OwnReport: lambda r, c: _("This is your own report, so others have to do that."),
    outcome.ReasonNeeded: lambda r, c: _("Please say why."),
    outcome.PhotoNeeded: lambda r, c: _("This needs a photo."),
    TextTooLong: lambda r, c: _n(
        "This is too long: {n} letter at most.", "This is too long: {n} letters at most.", r.limit
    ),
}

WAYS: Mapping[type[Refusal], Callable[[], list[list[Button]]]] = {
    bars.MayNotSend: lambda: [[Button(_("📋 My reports"), Go(to="my_reports"))]],
    sending.Incomplete: lambda: [[Button(_("📝 My drafts"), Go(to="report_drafts"))]],
    outcome.NoSuchMove: lambda: [[Button(_("📋 My reports"), Go(to="my_reports"))]],
}
