"""What the rows of the ten stages are called: stages, kinds, needs, verbs, roles and the rest."""

from collections.abc import Mapping

from handlers.texts import N_, Html, _, money, verbatim
from services.projects.stages import Kind, Stage, Status, Verb

STAGES: Mapping[str, str] = {
    Stage.CHALLENGE: N_("Request"),
    Stage.IDEA: N_("Idea"),
    Stage.PREMODERATION: N_("First look"),
    Stage.EVALUATION: N_("Neighbours vote"),
    Stage.EXPERTISE: N_("Experts"),
    Stage.TEAM: N_("Team"),
    Stage.DESIGN: N_("Design"),
    Stage.ACCELERATION: N_("Mentor"),
    Stage.FINANCING: N_("Money"),
    Stage.IMPLEMENTATION: N_("Building"),
}

STAGE_SIGNS: Mapping[str, str] = {
    Stage.CHALLENGE: "📣",
    Stage.IDEA: "💡",
    Stage.PREMODERATION: "👀",
    Stage.EVALUATION: "🗳",
    Stage.EXPERTISE: "🔬",
    Stage.TEAM: "🤝",
    Stage.DESIGN: "📐",
    Stage.ACCELERATION: "🚀",
    Stage.FINANCING: "💰",
    Stage.IMPLEMENTATION: "🏗",
}

NEXT: Mapping[str, str] = {
    Stage.CHALLENGE: N_("The city or a business asks for ideas."),
    Stage.IDEA: N_("Only its author sees it yet."),
    Stage.PREMODERATION: N_("A moderator takes a first look before everybody sees it."),
    Stage.EVALUATION: N_("Now the neighbours say what they think of it."),
    Stage.EXPERTISE: N_("Now experts say whether it is needed and can be done."),
    Stage.TEAM: N_("Now a team comes together."),
    Stage.DESIGN: N_("Now the team writes down what exactly is done, when and for how much."),
    Stage.ACCELERATION: N_("Now a mentor helps to make it ready."),
    Stage.FINANCING: N_("Now money and materials are found."),
    Stage.IMPLEMENTATION: N_("Now it is being built, and residents look whether it is well done."),
}

KINDS: Mapping[str, str] = {
    Kind.URBAN: N_("Streets and yards"),
    Kind.SOCIAL: N_("Helping people"),
    Kind.CHARITY: N_("Charity"),
    Kind.CREATIVE: N_("Culture and creativity"),
    Kind.BUSINESS: N_("Business"),
    Kind.STARTUP: N_("Start-up"),
    Kind.INVENTION: N_("Invention"),
    Kind.UNIVERSITY: N_("Science and students"),
    Kind.DEVELOPMENT: N_("Building and development"),
    Kind.INVESTMENT: N_("Investment"),
    Kind.PPP: N_("City and business together"),
}
"""In the order in which people meet them."""

KIND_SIGNS: Mapping[str, str] = {
    Kind.URBAN: "🌳",
    Kind.SOCIAL: "🫶",
    Kind.CHARITY: "❤️",
    Kind.CREATIVE: "🎭",
    Kind.BUSINESS: "🏪",
    Kind.STARTUP: "🌱",
    Kind.INVENTION: "⚙️",
    Kind.UNIVERSITY: "🎓",
    Kind.DEVELOPMENT: "🏢",
    Kind.INVESTMENT: "📈",
    Kind.PPP: "🤲",
}

STATUSES: Mapping[str, str] = {
    Status.PAUSED: N_("On pause"),
    Status.CLOSED: N_("Closed"),
    Status.DONE: N_("Done"),
}

VERBS: Mapping[str, str] = {
    Verb.FORWARD: N_("✅ On to the next stage"),
    Verb.BACK: N_("↩ Back a stage"),
    Verb.CLOSE: N_("✖ Close the project"),
    Verb.PAUSE: N_("⏸ Pause"),
    Verb.RESUME: N_("▶ Go on"),
    Verb.APPEAL: N_("🙋 Appeal"),
}

_BUILT = N_("🎉 It is built: finish")


def move(stage: str, verb: str) -> str:
    """What stands on the button of a verb at this stage: its msgid."""
    ends = (stage, verb) == (Stage.IMPLEMENTATION, Verb.FORWARD)
    return _BUILT if ends else VERBS[Verb(verb)]


ROLES: Mapping[str, str] = {
    "author": N_("the author"),
    "moderator": N_("a moderator"),
    "operator": N_("an operator"),
    "official": N_("an official"),
    "business": N_("a business"),
    "expert": N_("an expert"),
    "lead": N_("the head of the team"),
    "mentor": N_("the mentor"),
    "funder": N_("a funder"),
    "investor": N_("a funder"),
    "adopter": N_("a new head of the team"),
    "giver": N_("who promised it"),
    "team": N_("the team"),
    "system": N_("by itself"),
}

DOCUMENTS: Mapping[str, str] = {
    "estimate": N_("Estimate of costs"),
    "schedule": N_("Schedule"),
    "legal_scheme": N_("Legal scheme"),
    "owner_consent": N_("Consent of the owner of the place"),
    "agreement": N_("Agreement of the city and the business"),
    "mentor_checklist": N_("Mentor’s checklist"),
    "photo_after": N_("Photo of the result"),
    "other": N_("Another document"),
}

SOURCES: Mapping[str, str] = {
    "municipal": N_("City budget"),
    "regional": N_("Region’s budget"),
    "investor": N_("Business"),
    "fund": N_("Fund or grant"),
    "citizens": N_("Residents"),
}

RESOURCES: Mapping[str, str] = {
    "money": N_("Money"),
    "people": N_("People"),
    "land": N_("A place or land"),
    "material": N_("Materials and equipment"),
    "expertise": N_("Knowledge"),
}

RESOURCE_SIGNS: Mapping[str, str] = {
    "money": "💰",
    "people": "🤝",
    "land": "📍",
    "material": "🧱",
    "expertise": "🔬",
}

SKILLS: Mapping[str, str] = {
    "design": N_("Design and drawings"),
    "building": N_("Building"),
    "law": N_("Law"),
    "finance": N_("Money and accounts"),
    "it": N_("Computers"),
    "media": N_("Texts, photos, video"),
    "events": N_("Organising events"),
    "nature": N_("Plants and nature"),
    "teaching": N_("Teaching"),
    "transport": N_("Driving and transport"),
    "crafts": N_("Handwork"),
    "care": N_("Care for people"),
}

AIDS: Mapping[str, str] = {
    "funder": N_("Grant or fund"),
    "support": N_("State support"),
    "partner": N_("Partner"),
    "supplier": N_("Supplier"),
    "event": N_("Event"),
    "land": N_("Place or land"),
    "mentor": N_("Mentor"),
}

REASONS: Mapping[str, str] = {
    "for_kind": N_("made for ideas of this kind"),
    "fits_amount": N_("could cover all that is missing"),
    "near": N_("works in this part of the city"),
    "time_left": N_("there is time enough to apply"),
}
"""Why somebody fits."""

FAILS: Mapping[str, str] = {
    "kind": N_("it is meant for other kinds of projects"),
    "stage": N_("the project is not far enough yet"),
    "amount": N_("the sum that is missing is not one they give"),
    "applicant": N_("a company has to apply, and the team has none"),
    "district": N_("it works in another part of the city"),
    "own": N_("more money of one’s own has to be there first"),
    "until": N_("the time to apply is over"),
}
"""The one thing that is missing for a match."""

SCORES: tuple[str, ...] = (
    N_("Is it needed?"),
    N_("Can it be done?"),
    N_("Will it make a difference?"),
    N_("Is it worth the money?"),
    N_("Is it new?"),
)


def kind_of(kind: str) -> Html:
    """A kind with its sign."""
    return Html(f"{KIND_SIGNS[kind]} {_(KINDS[kind])}")


def stage_of(stage: str) -> Html:
    """A stage with its sign."""
    return Html(f"{STAGE_SIGNS[stage]} {_(STAGES[stage])}")


def standing(stage: str, status: str) -> Html:
    """Where a project stands: its stage, or that it is on pause, closed or done."""
    return stage_of(stage) if status == Status.ACTIVE else _(STATUSES[status])


_DONE: Mapping[str, str] = {
    Verb.BACK: N_("went back a stage"),
    Verb.CLOSE: N_("was closed"),
    Verb.PAUSE: N_("was paused"),
    Verb.RESUME: N_("goes on"),
    Verb.APPEAL: N_("an appeal was made"),
    "hide": N_("was taken off the lists"),
    "show": N_("is on the lists again"),
    "signed": N_("somebody signed for a part of it"),
    "paid": N_("a part of the money has arrived"),
    "withdrawn": N_("a promise was taken back"),
    "step_removed": N_("a step of the plan was taken away"),
    "mentor_left": N_("a mentor is wanted again"),
}


def done(verb: str, after: str) -> Html:
    """What an event of the log was."""
    if verb == Verb.FORWARD:
        return _("it is built") if after == Status.DONE else stage_of(after)
    return _(_DONE[verb]) if verb in _DONE else _("something changed")


KOPECKS = "kop"


def amount(value: int, unit: str) -> Html:
    """An amount of a resource: a sum of money, or a number with its unit."""
    return Html(money(value)) if unit == KOPECKS else verbatim(f"{value} {unit}")


def role(name: str) -> Html:
    """A role in the middle of a sentence."""
    return _(ROLES[name]) if name in ROLES else verbatim(name)
