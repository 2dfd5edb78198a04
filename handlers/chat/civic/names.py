"""A subject in one line, wherever lists mix reports, projects and the plan."""

from collections.abc import Mapping

from handlers.chat.projects.words import KINDS
from handlers.texts import N_, Html, _, local, verbatim
from services.civic.naming import Named

SUBJECTS: Mapping[str, str] = {
    "report": N_("Report"),
    "project": N_("Project"),
    "challenge": N_("Request"),
    "milestone": N_("Step of the work"),
    "practice": N_("Practice"),
    "measure": N_("Measure of the plan"),
    "indicator": N_("Indicator of the plan"),
    "category": N_("Theme"),
    "kind": N_("Projects"),
    "district": N_("District"),
}


def named(subject: str, name: Named | None) -> Html:
    """The subject with its name; what is gone or hidden is called by what it was."""
    what = _(SUBJECTS[subject])
    if name is None:
        return what
    if subject == "report":
        theme = local(name.local) if name.local else what
        return _("№ {number}, {theme}", number=Html(str(name.number)), theme=theme)
    if subject == "kind":
        return _("{what}: {name}", what=what, name=_(KINDS[str(name.text)]))
    words = local(name.local) if name.local else verbatim(name.text or "")
    return _("{what}: {name}", what=what, name=words)
