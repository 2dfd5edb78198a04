"""A draft on its way out: what is like it, and the card that is just what everybody will see."""

from handlers.chat.projects import words
from handlers.chat.projects.buttons import IdeaIs, ShowProject
from handlers.chat.projects.people import author_line
from handlers.chat.projects.refusals import missing
from handlers.chat.projects.where import where
from handlers.screen import Button, Screen
from handlers.texts import Html, _, verbatim
from handlers.turn import Turn
from services.projects import challenges, ideas, legality
from services.projects.facts import Facts
from services.projects.stages import Stage, Status


async def similar_or_card(turn: Turn, idea_id: int) -> Screen:
    """What is like the idea, once; then the card."""
    project = await ideas.visible(turn.tx, idea_id, turn.me.id)
    if project.similar_shown:
        return await card(turn, idea_id)
    found = await ideas.look_alike(turn.tx, project_id=idea_id, by=turn.me.id, now=turn.now)
    if not found:
        return await card(turn, idea_id)
    lines = [
        f"• {verbatim(each.title)} · {words.standing(each.stage, each.status)}" for each in found
    ]
    rows = [
        [
            Button(
                _("👍 This is it: {title}", title=each.title), ShowProject(project=each.project_id)
            )
        ]
        for each in found
    ]
    return Screen(
        "\n".join([_("🔎 <b>There is something like it already:</b>"), *lines, "",
                   _("A voice for an idea that is on its way helps more than a second one.")]),
        [*rows, [Button(_("Mine is different, go on"), IdeaIs(idea=idea_id, what="card"))]],
    )  # fmt: skip


async def card(turn: Turn, idea_id: int) -> Screen:
    """The draft as everybody will see it, and what can be changed."""
    project = await ideas.visible(turn.tx, idea_id, turn.me.id)
    if (project.stage, project.status) != (Stage.IDEA, Status.ACTIVE):
        return Screen(
            _("This idea has been sent already."),
            [[Button(_("Open it"), ShowProject(project=idea_id))]],
        )
    lacking = legality.lacks(project, turn.city.rules.civic)
    lines: list[str] = [
        _("<b>This is what everybody will see:</b>"),
        "",
        await preview(turn, project, turn.me.name),
    ]
    send = [Button(_("✅ Send"), IdeaIs(idea=idea_id, what="send"))]
    if lacking:
        lines += ["", _("Before it can be sent:"), missing(lacking)]
        send = []
    else:
        lines += ["", _("A moderator looks at it first. Until then nobody else sees it.")]
    return Screen("\n".join(lines), [*([send] if send else []), *_changes(project)])


async def preview(turn: Turn, project: Facts, author: str | None) -> Html:
    """The public words of an idea; `author` is the name of who wrote it, if it may be known."""
    lines = [
        f"💡 <b>{verbatim(project.title)}</b>",
        f"{words.kind_of(project.kind)} · {where(turn.city, project)}",
    ]
    if project.text.strip() != project.title:
        lines += ["", verbatim(project.text)]
    lines += ["", author_line(author, anonymous=project.anonymous)]
    if project.challenge_id is not None:
        request = await challenges.one(turn.tx, project.challenge_id, turn.now)
        lines.append(_("Answers the request “{title}”", title=request.title))
    return Html("\n".join(lines))


def _changes(project: Facts) -> list[list[Button]]:
    def change(label: str, what: str, value: str = "") -> Button:
        return Button(label, IdeaIs(idea=project.id, what=what, value=value))

    hidden = project.anonymous
    return [
        [change(_("✏️ Title"), "title"), change(_("✏️ Text"), "text")],
        [change(_("🗂 Kind"), "kinds"), change(_("📍 Place"), "place")],
        [
            change(_("🙂 Show my name"), "anonymous", "0")
            if hidden
            else change(_("🕶 Without my name"), "anonymous", "1")
        ],
        [
            change(_("📥 Keep for later"), "aside"),
            change(_("🗑 Throw away"), "drop"),
        ],
    ]
