"""The facts of the passport's picture, in the reader's language."""

from collections.abc import Sequence

from handlers.chat.projects import words
from handlers.chat.projects.needs import needed
from handlers.chat.projects.where import where
from handlers.screen import Picture
from handlers.texts import Html, _, _n, local, plain
from services.cities import CityFacts
from services.projects.passport import Passport
from services.projects.stages import BY_STAGE, Status

_MISSING, _HELP = 4, 2
"""Lines there is room for; see `services.images.pictures.passport`."""


def drawn(city: CityFacts, shown: Passport) -> Picture:
    """The picture of a passport."""
    project = shown.project
    stage = BY_STAGE[project.stage]
    state = "" if project.status == Status.ACTIVE else _(words.STATUSES[project.status])
    helpers = [local(helper.name) for helper in shown.helpers[:_HELP]]
    helpers = helpers or [
        _("Almost: {name}", name=local(each.name)) for each in shown.almost[:_HELP]
    ]
    return Picture(
        "passport",
        {
            "kind": plain(_(words.KINDS[project.kind])),
            "title": project.title,
            "place": plain(_sentence(where(city, project))),
            "step": stage.n,
            "steps": len(BY_STAGE),
            "stage": plain(_(words.STAGES[project.stage])),
            "stage_label": plain(_("Stage {n} of {all}", n=stage.n, all=len(BY_STAGE))),
            "percent": shown.readiness,
            "percent_label": plain(_("{n} %", n=shown.readiness)),
            "missing_label": plain(_heading(shown)),
            "missing": [plain(line) for line in _missing(shown)],
            "help_label": plain(_("Who could help")),
            "help": [plain(line) for line in helpers],
            "state": plain(state),
            "theme": dict(city.theme),
        },
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _heading(shown: Passport) -> Html:
    if shown.project.status == Status.DONE:
        return _("It is done. Thank you!")
    if shown.project.status == Status.CLOSED:
        return _("This project is closed.")
    return _("What is missing") if shown.missing else _("Everything for this stage is there")


def _missing(shown: Passport) -> Sequence[str]:
    if shown.project.status in {Status.DONE, Status.CLOSED}:
        return []
    lines = [needed(lack.label, lack.have, lack.want) for lack in shown.missing]
    room = _MISSING if shown.helpers or shown.almost else _MISSING + _HELP
    if len(lines) <= room:
        return lines
    rest = len(lines) - room + 1
    return [*lines[: room - 1], _n("and {n} more", "and {n} more", rest)]
