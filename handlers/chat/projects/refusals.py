"""What services of projects refuse, in words."""

from collections.abc import Callable, Sequence
from typing import Any

from handlers.buttons import Go
from handlers.chat.projects import words
from handlers.chat.projects.needs import needed
from handlers.screen import Button
from handlers.texts import N_, Html, _, _n
from services.cities import CityFacts
from services.errors import Refusal
from services.projects.acting import NotYours
from services.projects.building import NotVerified, OwnWork, PhotoNeeded, TooManyMilestones
from services.projects.challenges import TooManyCriteria
from services.projects.documents import TooBig
from services.projects.experts import ScoresNeeded, VetoNeedsReason
from services.projects.flags import LookedAt, OwnFlag
from services.projects.ideas import ChallengeOver, TooManyDrafts
from services.projects.legality import GateShut, Illegal, Lack, ReasonNeeded, UnderReview
from services.projects.money import BadAmount, DocumentNeeded, TooManyLines
from services.projects.stages import Status
from services.projects.statements import EnoughSaid, TalkOver
from services.projects.team import AlreadyIn, LeadTaken, TeamFull
from services.projects.voting import OwnProject, VotingOver
from services.projects.wording import Unsuitable


def missing(lacks: Sequence[Lack]) -> Html:
    """A list of what is missing, a line each: the same on the passport and in a refusal."""
    return Html("\n".join(f"○ {needed(lack.label, lack.have, lack.want)}" for lack in lacks))


def _shut(refusal: GateShut, _city: CityFacts) -> str:
    return _("Not yet. This is still missing:\n{missing}", missing=missing(refusal.missing))


_STANDS = {
    Status.PAUSED: N_("This project is on pause, so this cannot be done now."),
    Status.CLOSED: N_("This project is closed, so this cannot be done any more."),
    Status.DONE: N_("This project is done. There is nothing more to do, only to enjoy it."),
}


def _illegal(refusal: Illegal, _city: CityFacts) -> str:
    stands = _STANDS.get(Status(refusal.status))
    return _(stands) if stands else _("This cannot be done with the project as it stands now.")


def _not_yours(refusal: NotYours, _city: CityFacts) -> str:
    known = [words.role(role) for role in refusal.roles if role in words.ROLES and role != "system"]
    if not known:
        return _("This is for others to do here.")
    return _("This is for others to do: {who}.", who=Html(", ".join(dict.fromkeys(known))))


_FIELDS = {
    "title": N_("the title"),
    "text": N_("the text"),
    "statement": N_("a statement"),
    "opinion": N_("an opinion"),
    "application": N_("your words"),
    "document": N_("a document"),
    "line": N_("what is needed"),
    "unit": N_("the unit"),
    "org": N_("the name"),
    "milestone": N_("a step"),
    "brief": N_("the description"),
    "criteria": N_("a criterion"),
    "prize": N_("the prize"),
}


def _unsuitable(refusal: Unsuitable, _city: CityFacts) -> str:
    field = _(_FIELDS[refusal.field]) if refusal.field in _FIELDS else _("this")
    return _n(
        "Please write again: {field} has at least {least} and at most {n} letter.",
        "Please write again: {field} has at least {least} and at most {n} letters.",
        refusal.most,
        field=field,
        least=refusal.least,
    )


WORDS: dict[type[Refusal], Callable[[Any, CityFacts], str]] = {
    GateShut: _shut,
    Illegal: _illegal,
    NotYours: _not_yours,
    Unsuitable: _unsuitable,
    UnderReview: lambda r, c: _(
        "🙈 This project is hidden for now: several people asked a moderator to look at it. If it "
        "stays, you find it where it was."
    ),
    OwnFlag: lambda r, c: _("It is your own project: you can change or close it yourself."),
    LookedAt: lambda r, c: _(
        "A moderator has looked at it after you told us, and decided that it stays. Thank you!"
    ),
    ReasonNeeded: lambda r, c: _("Please say why: the people behind the project will read it."),
    TooManyDrafts: lambda r, c: _n(
        "You have {n} idea that was not sent yet. Please send it or throw it away first: /idea",
        "You have {n} ideas that were not sent yet. Please send or throw away one first: /idea",
        r.most,
    ),
    ChallengeOver: lambda r, c: _(
        "This request takes no more ideas. A free idea is welcome: /idea"
    ),
    VotingOver: lambda r, c: _("The vote on this project is over. You can still follow it."),
    OwnProject: lambda r, c: _("It is your own idea: its voices come from the others."),
    NotVerified: lambda r, c: _(
        "For this we need to know that you are one real person: please confirm your phone number."
    ),
    OwnWork: lambda r, c: _("Who has worked on it cannot confirm it: ask your neighbours to look."),
    EnoughSaid: lambda r, c: _n(
        "One member adds {n} statement, and each only once. Thank you for yours!",
        "One member adds {n} statements, and each only once. Thank you for yours!",
        r.most,
    ),
    TalkOver: lambda r, c: _("Statements are made while neighbours vote; that is over here."),
    ScoresNeeded: lambda r, c: _("Please give all five marks first, each from 1 to 5."),
    VetoNeedsReason: lambda r, c: _("An objection needs its reason. Please write it first."),
    TeamFull: lambda r, c: _("There is no place for this in the team any more."),
    AlreadyIn: lambda r, c: _("You are in the team, or have asked for this place already."),
    LeadTaken: lambda r, c: _("Somebody leads this project already."),
    TooBig: lambda r, c: _("This file is too large. Please send one of at most 5 MB."),
    BadAmount: lambda r, c: _("This amount cannot be right. Please write another one."),
    DocumentNeeded: lambda r, c: _("A signature needs the number or the name of its paper."),
    TooManyLines: lambda r, c: _n("{n} line is the most.", "{n} lines are the most.", r.most),
    TooManyMilestones: lambda r, c: _n("{n} step is the most.", "{n} steps are the most.", r.most),
    PhotoNeeded: lambda r, c: _("Please send a photo of what was done."),
    TooManyCriteria: lambda r, c: _n(
        "{n} criterion is the most. Please begin again with fewer.",
        "{n} criteria are the most. Please begin again with fewer.",
        r.most,
    ),
}
WAYS: dict[type[Refusal], Callable[[], list[list[Button]]]] = {
    NotVerified: lambda: [[Button(_("📱 Confirm that it is me"), Go(to="verify"))]],
    UnderReview: lambda: [[Button(_("💡 Ideas and projects"), Go(to="projects"))]],
    ChallengeOver: lambda: [[Button(_("➕ I have an idea"), Go(to="idea"))]],
    TooManyDrafts: lambda: [[Button(_("💡 My ideas"), Go(to="my_projects"))]],
}
