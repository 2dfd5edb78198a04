"""Messages about projects to people who are not in the conversation."""

from collections.abc import Callable, Mapping
from typing import Any

from handlers.chat.projects import words
from handlers.chat.projects.buttons import (
    Ask,
    Flagged,
    Part,
    Queue,
    RequestIs,
    ShowProject,
    ShowRequest,
    Watch,
)
from handlers.chat.projects.reasons import said
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n
from services.cities import CityFacts
from services.projects import adopting
from services.projects.stages import Status, Verb

Facts = Mapping[str, Any]


def _screen(facts: Facts, text: str, *first: Button) -> Screen:
    """The words, the way to the project, and the way out of hearing about it."""
    project = facts["project"]
    return Screen(
        text,
        [
            *([button] for button in first),
            [
                Button(_("Open the project"), ShowProject(project=project)),
                Button(_("🔕 Unfollow"), Watch(subject="project", key=str(project), on=False)),
            ],
        ],
    )


def _moved(facts: Facts, _city: CityFacts) -> Screen:
    return _screen(facts, "\n".join(_told(facts)))


def _told(facts: Facts) -> list[Html]:
    title, verb, after = facts["title"], facts["verb"], facts["after"]
    if after == Status.DONE:
        lines = [_("🎉 It is built: “{title}”. Thank you for being part of it!", title=title)]
    elif verb == Verb.FORWARD:
        lines = [
            _("🚀 “{title}” has moved on: {stage}.", title=title, stage=words.stage_of(after)),
            _(words.NEXT[after]),
        ]
    elif verb == Verb.BACK:
        lines = [
            _("↩ “{title}” went back a stage: {stage}.", title=title, stage=words.stage_of(after))
        ]
    elif verb == Verb.APPEAL:
        return [_("🙋 The author of “{title}” asks to open it again. A moderator decides.",
                  title=title)]  # fmt: skip
    elif verb == Verb.CLOSE and facts["before"] == Status.CLOSED:
        lines = [_("The appeal about “{title}” was heard; it stays closed.", title=title)]
    else:
        lines = [_(_SIMPLY[verb], title=title)]
    if facts.get("reason"):
        lines.append(_("Reason: {reason}", reason=said(facts["reason"])))
    return lines


_SIMPLY = {
    Verb.CLOSE: N_("✖ “{title}” was closed."),
    Verb.PAUSE: N_("⏸ “{title}” is on pause."),
    Verb.RESUME: N_("▶ “{title}” goes on."),
}


def _new(facts: Facts, _city: CityFacts) -> Screen:
    screen = _screen(
        facts,
        _("🆕 A new idea near what you follow: “{title}”. Have a look and vote.",
          title=facts["title"]),
    )  # fmt: skip
    key, subject = facts.get("district"), "district"
    if not key:
        key, subject = facts["kind"], "kind"
    rows = [
        [Button(_("Open the project"), ShowProject(project=facts["project"]))],
        [Button(_("🔕 Unfollow this topic"), Watch(subject=subject, key=key, on=False))],
    ]
    return Screen(screen.text, rows)


_CALLS = {
    "moderators": N_("👀 An idea waits for your first look: “{title}”."),
    "experts": N_("🔬 An idea asks for your opinion: “{title}”. Five marks and a few words."),
    "skills": N_("🤝 “{title}” looks for people who can do what you can. Would you join?"),
    "unit": N_("📐 “{title}” is being designed, and it concerns your unit."),
    "operators": N_("📐 “{title}” is being designed."),
    "mentors": N_("🧭 “{title}” looks for a mentor."),
    "funders": N_("💰 “{title}” looks for money. See what is missing."),
}


def _call(facts: Facts, _city: CityFacts) -> Screen:
    audience, project = facts["audience"], facts["project"]
    text = _(_CALLS[audience], title=facts["title"])
    ways = {
        "moderators": Button(_("👀 Look at it"), Queue(after=0)),
        "experts": Button(_("🔬 Give an opinion"), Ask(project=project, what="opinion")),
        "skills": Button(_("🤝 The team"), Part(project=project, part="team")),
        "funders": Button(_("💰 What is needed"), Part(project=project, part="money")),
    }
    return _screen(facts, text, *([ways[audience]] if audience in ways else []))


def _half(facts: Facts, _city: CityFacts) -> Screen:
    return _screen(
        facts,
        _("🗳 Half-way: “{title}” has half of the voices it needs. Tell your neighbours!",
          title=facts["title"]),
    )  # fmt: skip


def _reminder(facts: Facts, _city: CityFacts) -> Screen:
    stage = facts["stage"]
    return _screen(
        facts,
        _(
            "⏰ “{title}” has been waiting for a while: {stage}. Please see what is missing.",
            title=facts["title"],
            stage=words.stage_of(stage),
        ),
    )


def _appeal(facts: Facts, _city: CityFacts) -> Screen:
    text = _("🙋 An appeal: the author of “{title}” asks to open it again.", title=facts["title"])
    if facts.get("reason"):
        said = _("Their words: {reason}", reason=facts["reason"])
        text = Html(f"{text}\n{said}")
    return _screen(facts, text)


def _flagged(facts: Facts, _city: CityFacts) -> Screen:
    return Screen(
        _n(
            "🚩 {n} person says that “{title}” should not be public. Nobody sees it until you "
            "decide.",
            "🚩 {n} people say that “{title}” should not be public. Nobody sees it until you "
            "decide.",
            facts["flags"],
            title=facts["title"],
        ),
        [[Button(_("👀 Look at it"), Flagged(after=0))]],
    )


def _hidden(facts: Facts, _city: CityFacts) -> Screen:
    return Screen(
        _(
            "🙈 Several people asked a moderator to look at “{title}”. Nobody sees it until then, "
            "and its time stands still. I will tell you what comes of it.",
            title=facts["title"],
        ),
        [[Button(_("Open the project"), ShowProject(project=facts["project"]))]],
    )


def _kept(facts: Facts, _city: CityFacts) -> Screen:
    return Screen(
        _(
            "😊 A moderator has looked at “{title}”: it stays. Everybody sees it again.",
            title=facts["title"],
        ),
        [[Button(_("Open the project"), ShowProject(project=facts["project"]))]],
    )


def _milestone(facts: Facts, _city: CityFacts) -> Screen:
    return _screen(
        facts,
        _(
            "🏗 News from the building site of “{title}”: {milestone}. Done: {done} of {of}.",
            title=facts["title"],
            milestone=facts["milestone"],
            done=facts["done"],
            of=facts["of"],
        ),
    )


def _asked(facts: Facts, _city: CityFacts) -> Screen:
    title, project = facts["title"], facts["project"]
    if facts["co_author"]:
        return Screen(
            _(
                "What you reported has become a project: “{title}”. Would you like to be named "
                "as one of its authors?",
                title=title,
            ),
            [
                [
                    Button(_("Yes, gladly"), Ask(project=project, what="co_author", key="yes")),
                    Button(_("No, thanks"), Ask(project=project, what="co_author", key="no")),
                ],
                [Button(_("Open the project"), ShowProject(project=project))],
            ],
        )
    return _screen(
        facts,
        _(
            "A problem you supported has become a project: “{title}”. Your voice stays with the "
            "problem; would you give it to the project, too?",
            title=title,
        ),
        Button(_("👍 Support it"), Ask(project=project, what="support")),
    )


def _applied(facts: Facts, _city: CityFacts) -> Screen:
    return _screen(
        facts,
        _("🤝 Somebody would like to join the team of “{title}”: {skill}.",
          title=facts["title"], skill=_(words.SKILLS[facts["skill"]])),
        Button(_("🤝 The team"), Part(project=facts["project"], part="team")),
    )  # fmt: skip


def _application(facts: Facts, _city: CityFacts) -> Screen:
    text = N_("😊 You are in the team of “{title}” now. Welcome!")
    if not facts["accepted"]:
        text = N_("The team of “{title}” has found somebody else this time. Thank you for asking!")
    return _screen(facts, _(text, title=facts["title"]))


def _orphan(facts: Facts, _city: CityFacts) -> Screen:
    return _screen(
        facts,
        _(
            "🫂 “{title}” has no head of the team. You could lead it: the author stays its author.",
            title=facts["title"],
        ),
    )


def _lead_asked(facts: Facts, _city: CityFacts) -> Screen:
    return _screen(
        facts,
        _n(
            "⏰ The time to find a team for “{title}” is over, and it is on pause. Would you go "
            "on? If you do not within {n} day, somebody else may lead it.",
            "⏰ The time to find a team for “{title}” is over, and it is on pause. Would you go "
            "on? If you do not within {n} days, somebody else may lead it.",
            adopting.SILENCE.days,
            title=facts["title"],
        ),
    )


def _led_on(facts: Facts, _city: CityFacts) -> Screen:
    return _screen(
        facts,
        _(
            "🫂 Somebody else leads “{title}” now, as it had been on pause. Thank you for what you "
            "did! You can still be part of the team.",
            title=facts["title"],
        ),
    )


def _request(facts: Facts, _city: CityFacts) -> Screen:
    return Screen(
        _("📣 A new request for ideas: “{title}”.", title=facts["title"]),
        [[Button(_("Open"), ShowRequest(request=facts["challenge"]))]],
    )


def _request_approved(facts: Facts, _city: CityFacts) -> Screen:
    return Screen(
        _("📣 Your request “{title}” is approved: you can open it now.", title=facts["title"]),
        [[Button(_("📣 To my request"), RequestIs(request=facts["challenge"], what="own"))]],
    )


def _pledged(facts: Facts, _city: CityFacts) -> Screen:
    amount = facts["amount"]
    given = words.amount(amount, facts.get("unit", words.KOPECKS))
    return _screen(
        facts,
        _("💰 Somebody has promised {given} for “{title}”.", given=given, title=facts["title"]),
        Button(_("💰 What is needed"), Part(project=facts["project"], part="money")),
    )


KINDS: dict[str, Callable[[dict[str, Any], CityFacts], Screen]] = {
    "project_moved": _moved,
    "project_new": _new,
    "project_call": _call,
    "project_half": _half,
    "project_reminder": _reminder,
    "project_appeal": _appeal,
    "project_milestone": _milestone,
    "project_asked": _asked,
    "project_applied": _applied,
    "project_application": _application,
    "project_orphan": _orphan,
    "project_lead_asked": _lead_asked,
    "project_led_on": _led_on,
    "project_pledged": _pledged,
    "project_flagged": _flagged,
    "project_hidden": _hidden,
    "project_kept": _kept,
    "challenge_new": _request,
    "challenge_approved": _request_approved,
}
