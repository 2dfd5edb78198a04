"""How the desk speaks: of moves, of who acts, and of what waits."""

from collections.abc import Mapping

from handlers.buttons import Go
from handlers.chat.desk.buttons import Case
from handlers.chat.reports import words as reports
from handlers.screen import Button
from handlers.texts import N_, Html, _
from services.civic.log import PublicEvent
from services.reports import queues
from services.reports.states import Acting, State, Verb

VERBS: Mapping[Verb, str] = {
    Verb.OPEN: N_("✅ Publish"),
    Verb.CLARIFY: N_("❓ Ask the author"),
    Verb.DECLINE: N_("🚫 Decline"),
    Verb.DUPLICATE: N_("🔗 It is there already"),
    Verb.ASSIGN: N_("👤 Hand to a unit"),
    Verb.REFER: N_("➡️ Pass on"),
    Verb.PROMOTE: N_("🚀 Make it a project"),
    Verb.START: N_("🔧 Work has begun"),
    Verb.SCHEDULE: N_("🗓 Plan a day"),
    Verb.FIX: N_("📷 Fixed"),
    Verb.GIVE_UP: N_("⛔ Cannot be fixed"),
    Verb.REOPEN: N_("🔁 Open again"),
}
"""The labels of the moves that staff make; the rest are the author's and the neighbours'."""

_SPECIAL: Mapping[tuple[State, Verb, Acting], str] = {
    (State.OPEN, Verb.ASSIGN, Acting.OFFICIAL): N_("🙋 We take it"),
    (State.REOPENED, Verb.ASSIGN, Acting.OFFICIAL): N_("🙋 We take it"),
    (State.REFERRED, Verb.ASSIGN, Acting.OFFICIAL): N_("🙋 We take it"),
    (State.IN_PROGRESS, Verb.ASSIGN, Acting.OFFICIAL): N_("👥 Hand over"),
    (State.ASSIGNED, Verb.OPEN, Acting.MODERATOR): N_("↩️ Not this unit's"),
    (State.DUPLICATE, Verb.OPEN, Acting.MODERATOR): N_("↩️ It is another problem"),
}

_STATES: Mapping[str, str] = {
    "submitted": N_("📨 New"),
    "clarify": N_("❓ Its author was asked"),
    "fixed": N_("✅ Fixed, citizens are asked"),
}
"""Where the author is told of it in other words than the staff."""

QUESTIONS: Mapping[Verb, str] = {
    Verb.CLARIFY: N_("What shall we ask the author? They have {days} to answer."),
    Verb.DECLINE: N_("Why is it declined? The author reads the reason, nobody else."),
    Verb.DUPLICATE: N_("What makes it the same? The author and everybody who follows reads it."),
    Verb.OPEN: N_("Why does it go back? Everybody reads the reason."),
    Verb.ASSIGN: N_("Why is it handed over? Everybody reads the reason."),
    Verb.REFER: N_("Why is it passed on? Everybody reads the reason."),
    Verb.PROMOTE: N_("Why does it become a project? Everybody reads the reason."),
    Verb.SCHEDULE: N_("Why not sooner? Everybody reads the reason."),
    Verb.GIVE_UP: N_("Why can it not be fixed? Everybody reads the reason."),
    Verb.REOPEN: N_("Why is it open again? Everybody reads the reason."),
}

_NO_PERSON: Mapping[bool, str] = {
    True: N_(
        "What shall we ask? It came from another system, {system}: no person here is asked. The "
        "question waits there, where everybody may read it, for {days}."
    ),
    False: N_("Its author is not here any more, so nobody will answer within {days}. Ask anyway?"),
}
"""By whether another system sent the report."""

ACTING: Mapping[str, str] = {
    "author": N_("author"),
    "supporter": N_("neighbour"),
    "moderator": N_("moderator"),
    "official": N_("official"),
    "system": N_("by itself"),
    "client": N_("another system"),
}

EVENTS: Mapping[str, str] = {
    "submit": N_("sent"),
    "withdraw": N_("taken back"),
    "open": N_("published"),
    "clarify": N_("author asked"),
    "decline": N_("declined"),
    "duplicate": N_("joined with another report"),
    "assign": N_("handed to the unit"),
    "refer": N_("passed on"),
    "promote": N_("became a project"),
    "start": N_("work has begun"),
    "schedule": N_("planned"),
    "fix": N_("fixed"),
    "give_up": N_("cannot be fixed"),
    "confirm": N_("fix confirmed"),
    "reopen": N_("open again"),
    "say": N_("a word about it"),
    "retheme": N_("theme corrected"),
    "redact": N_("words taken out"),
    "remove_photos": N_("photos taken away"),
    "undo": N_("decision taken back"),
    "hide": N_("hidden"),
    "show": N_("shown again"),
}
"""What the log says happened, by the verb of the event."""


def event(told: PublicEvent) -> str:
    """What the log says happened; an event that the chat has no words for keeps its own."""
    if told.verb == Verb.SUBMIT and told.before == State.DECLINED:
        return _("asked to look again")
    return _(EVENTS[told.verb]) if told.verb in EVENTS else told.verb


def state(name: str) -> Html:
    """The state of a report, with its sign, for the staff."""
    return _(_STATES[name]) if name in _STATES else reports.state(name)


def question(case: queues.Case, verb: Verb) -> str:
    """What is asked before the move: its msgid."""
    if verb is Verb.CLARIFY and not case.has_author:
        return _NO_PERSON[case.system is not None]
    if verb is Verb.DECLINE and not case.has_author:
        return N_("Why is it declined? Only the city's team reads the reason.")
    return QUESTIONS[verb]


def label(state: str, verb: Verb, acting: Acting) -> Html:
    """What stands on the button of a move."""
    return _(_SPECIAL.get((State(state), verb, acting), VERBS[verb]))


def short(text: str, most: int) -> str:
    """The text, or its beginning where it is longer."""
    return text if len(text) <= most else text[:most].rstrip() + "…"


def desk() -> Button:
    """The way back to the desk."""
    return Button(_("« Desk"), Go(to="desk"))


def back(report: int) -> Button:
    """The way back to a report."""
    return Button(_("« Back"), Case(report=report))
