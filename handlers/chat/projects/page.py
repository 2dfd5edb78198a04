"""One project as one screen: its passport, and the buttons that its rows allow this member."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.buttons import Go
from handlers.chat.plan.buttons import ProjectPlan
from handlers.chat.projects import words
from handlers.chat.projects.buttons import (
    Adopt,
    Ask,
    FlagProject,
    IdeaIs,
    Move,
    Part,
    Seen,
    StepDown,
    TakeLead,
    TakeOn,
    Vote,
    Watch,
)
from handlers.chat.projects.picture import drawn
from handlers.chat.projects.reasons import said
from handlers.chat.projects.refusals import missing
from handlers.chat.projects.where import where
from handlers.screen import Button, Screen
from handlers.texts import Html, _, _n, day, verbatim
from handlers.turn import Turn
from services.civic import following, voices
from services.projects import acting, adopting, building, ideas, moving, passport
from services.projects.facts import Facts, is_public
from services.projects.legality import lacks, rests
from services.projects.moving import Possible
from services.projects.stages import BY_STAGE, Stage, Status
from services.projects.team import nobodys

_TEXT = 420
"""So much of the text stands under the picture; channels allow a thousand characters."""
_LINES = 4
_OWN = frozenset({"author", "lead", "team"})
_AT_WORK = BY_STAGE[Stage.TEAM].n


async def project_page(
    turn: Turn,
    project_id: int,
    *,
    toast: str | None = None,
    below: Sequence[Screen] = (),
    keeps_picture: bool = False,
) -> Screen:
    """The passport of a project that this member may see; with `keeps_picture` only what stands
    under it, for finding and drawing what it shows costs more than all the rest."""
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    roles = await acting.roles_of(turn.tx, project, turn.me.id)
    buttons = [
        *_own_draft(project, roles),
        *await _voice(turn, project, roles),
        *await _adoption(turn, project, roles),
        *_work(project, roles),
        *_moves(project, moving.possible(turn.city, project, roles, turn.now)),
        *_parts(project),
        *await _ends(turn, project, roles),
    ]
    picture = None
    if not keeps_picture:
        picture = drawn(turn.city, await passport.of(turn.tx, turn.city, project, turn.now))
    return Screen(
        _told(turn, project),
        buttons,
        picture=picture,
        toast=toast,
        keeps_picture=keeps_picture,
        also=below,
    )


def _told(turn: Turn, project: Facts) -> str:
    stage = BY_STAGE[project.stage]
    lines: list[str] = [
        f"<b>{verbatim(project.title)}</b>",
        f"{words.kind_of(project.kind)} · 📍 {where(turn.city, project)}",
        _("Stage {n} of {all}: {stage}", n=stage.n, all=len(BY_STAGE),
          stage=words.stage_of(project.stage)),
    ]  # fmt: skip
    lines += _state(turn, project)
    if (text := project.text.strip()) and text != project.title:
        lines += ["", verbatim(text if len(text) <= _TEXT else f"{text[:_TEXT].rstrip()}…")]
    if is_public(project):
        lines += ["", _voices(project)]
    lacking = lacks(project, turn.city.rules.civic)
    if lacking and project.status in {Status.ACTIVE, Status.PAUSED}:
        lines += ["", _("<b>Missing to go on:</b>"), missing(lacking[:_LINES])]
    return "\n".join(lines)


def _voices(project: Facts) -> Html:
    others = project.up - project.verified_up + project.down - project.verified_down
    line = _("🗳 For: {up} · against: {down}", up=project.verified_up, down=project.verified_down)
    if not others:
        return line
    more = _n("and {n} voice not confirmed yet", "and {n} voices not confirmed yet", others)
    return Html(f"{line} · {more}")


def _state(turn: Turn, project: Facts) -> list[Html]:
    if rests(project):
        return [_("🙈 Hidden for now: several people asked a moderator to look at it.")]
    if project.status == Status.PAUSED:
        return [_("⏸ On pause.")]
    if project.status == Status.DONE:
        return [_("🎉 Done!")]
    if project.status == Status.CLOSED:
        lines = [_("✖ Closed.")]
        if project.closed_reason:
            lines.append(_("Reason: {reason}", reason=said(project.closed_reason)))
        if project.appealed and project.appeal_until:
            lines.append(_("An appeal is being looked at."))
        return lines
    if project.due_at is None:
        return []
    until = day(project.due_at, turn.city.timezone, turn.now)
    return [_("⏳ This stage runs until {day}.", day=until)]


def _own_draft(project: Facts, roles: frozenset[str]) -> list[list[Button]]:
    is_draft = (project.stage, project.status) == (Stage.IDEA, Status.ACTIVE)
    if not is_draft or "author" not in roles:
        return []
    return [[Button(_("✏️ Look it over and send"), IdeaIs(idea=project.id, what="go_on"))]]


async def _voice(turn: Turn, project: Facts, roles: frozenset[str]) -> list[list[Button]]:
    if rests(project) or (project.stage, project.status) != (Stage.EVALUATION, Status.ACTIVE):
        return []
    talk = [Button(_("💬 What people say"), Part(project=project.id, part="statements"))]
    if "author" in roles:
        return [talk]
    mine = await voices.mine(turn.tx, "project", project.id, turn.me.id)
    row = [
        Button(_("👍 For ✓") if mine == 1 else _("👍 For"), Vote(project=project.id, value=1)),
        Button(
            _("👎 Against ✓") if mine == -1 else _("👎 Against"), Vote(project=project.id, value=-1)
        ),
    ]
    if mine is not None:
        row.append(Button(_("Take back"), Vote(project=project.id, value=0)))
    return [row, talk]


async def _adoption(turn: Turn, project: Facts, roles: frozenset[str]) -> list[list[Button]]:
    free = project.adoptable and "lead" not in roles
    if not free or not await adopting.is_free(turn.tx, project.id, turn.now):
        return []
    return [[Button(_("🫂 I would lead it"), Adopt(project=project.id, sure=False))]]


def _work(project: Facts, roles: frozenset[str]) -> list[list[Button]]:
    """What this member's role may do at this stage, besides the six verbs."""
    if rests(project):
        return []
    if project.status != Status.ACTIVE:
        return []
    rows = []
    if project.stage == Stage.EXPERTISE and "expert" in roles:
        rows.append([Button(_("🔬 Give my opinion"), Ask(project=project.id, what="opinion"))])
    if project.stage == Stage.ACCELERATION and "mentor" in roles:
        rows.append(
            [Button(_("🧭 Take it on as its mentor"), TakeOn(project=project.id))]
            if project.mentor_id is None
            else [Button(_("🧭 The checklist"), Part(project=project.id, part="checklist"))]
        )
    rows += _changes_of_hands(project, roles)
    built = project.milestones > 0 and project.open_milestones == 0
    if project.stage == Stage.IMPLEMENTATION and built and not roles & building.OWN:
        rows.append([Button(_("👀 I have seen it: it is built"), Seen(project=project.id))])
    return rows


def _changes_of_hands(project: Facts, roles: frozenset[str]) -> list[list[Button]]:
    rows = []
    if project.stage == Stage.ACCELERATION and project.mentor_id and roles & {"mentor", "operator"}:
        mine = "mentor" in roles
        label = _("🚪 Leave as its mentor") if mine else _("🔁 Look for another mentor")
        rows.append([Button(label, StepDown(project=project.id, sure=False))])
    if BY_STAGE[project.stage].n >= _AT_WORK and is_public(project) and nobodys(project):
        rows.append([Button(_("🫂 I would lead it"), TakeLead(project=project.id))])
    return rows


def _moves(project: Facts, moves: Sequence[Possible]) -> list[list[Button]]:
    seen = moving.state(project)
    buttons = [
        Button(
            _(words.move(project.stage, each.verb)),
            Move(project=project.id, verb=each.verb, seen=seen),
        )
        for each in moves
        if not (each.verb == "forward" and project.stage in {Stage.IDEA, Stage.PREMODERATION})
    ]
    return [buttons[i : i + 2] for i in range(0, len(buttons), 2)]


def _parts(project: Facts) -> list[list[Button]]:
    """The pages of the project that there is something on by now."""
    if not is_public(project):
        return []
    n = BY_STAGE[project.stage].n
    found = [("text", _("📄 The whole text"))]
    if n >= BY_STAGE[Stage.EXPERTISE].n:
        found.append(("opinions", _("🔬 Experts")))
    if n >= _AT_WORK:
        found += [("team", _("🤝 Team")), ("documents", _("📑 Documents"))]
        found.append(("money", _("💰 What is needed")))
    if n >= BY_STAGE[Stage.DESIGN].n:
        found.append(("works", _("🏗 Steps of the work")))
    if project.status in {Status.ACTIVE, Status.PAUSED}:
        found.append(("help", _("🫱 Who could help")))
    found.append(("history", _("🕰 History")))
    buttons = [Button(label, Part(project=project.id, part=part)) for part, label in found]
    buttons.append(Button(_("📊 In the city’s plan"), ProjectPlan(project=project.id)))
    return [buttons[i : i + 2] for i in range(0, len(buttons), 2)]


async def _ends(turn: Turn, project: Facts, roles: frozenset[str]) -> list[list[Button]]:
    back = Button(_("« Projects"), Go(to="projects"))
    if not is_public(project):
        return [[back]]
    key = str(project.id)
    on = await following.follows(turn.tx, turn.me.id, "project", key)
    bell = Button(
        _("🔕 Unfollow") if on else _("🔔 Follow"),
        Watch(subject="project", key=key, on=not on),
    )
    if roles & _OWN:
        return [[bell, back]]
    flag = Button(_("🚩 Should not be public"), FlagProject(project=project.id, sure=False))
    return [[flag], [bell, back]]


def fresh(screen: Screen) -> Screen:
    """The same below what is there."""
    return replace(screen, fresh=True)
