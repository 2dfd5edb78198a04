"""What services of projects refuse, in words."""

from collections.abc import Callable
from typing import Any

from handlers.chat.projects import words
from handlers.texts import N_, Html, _
from services.cities import CityFacts
from services.errors import Refusal
from services.projects.legality import GateShut, Illegal, ReasonNeeded
from services.projects.stages import Status


def missing(lacks: Any) -> Html:
    """A list of what is missing, a line each: the same on the passport and in a refusal."""
    return Html("\n".join(f"○ {words.needed(lack.label, lack.have, lack.want)}" for lack in lacks))


def _shut(refusal: GateShut, _city: CityFacts) -> str:
    return _("Not yet. This is still missing:\n{missing}", missing=missing(refusal.missing))


_STANDS = {
    Status.PAUSED: N_("This project is on pause, so this cannot be done now."),
    Status.CLOSED: N_("This project is closed, so this cannot be done any more."),
    Status.DONE: N_("This project is done. There is nothing more to do, only to enjoy it."),
}


def _illegal(refusal: Illegal, _city: CityFacts) -> str:
    words_ = _STANDS.get(Status(refusal.status))
    return _(words_) if words_ else _("This cannot be done with the project as it stands now.")


WORDS: dict[type[Refusal], Callable[[Any, CityFacts], str]] = {
    GateShut: _shut,
    Illegal: _illegal,
    ReasonNeeded: lambda r, c: _("Please say why: the people behind the project will read it."),
}
