"""The moderator's first look: ideas, appeals, statements and requests that wait."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.projects import words
from handlers.chat.projects.buttons import (
    Flagged,
    ModerateStatement,
    Move,
    Queue,
    RequestIs,
    Verdict,
)
from handlers.chat.projects.flagging import next_flagged
from handlers.chat.projects.moves import state_of
from handlers.chat.projects.reasons import OWN_WORDS, is_ready, reasons, said
from handlers.chat.projects.where import where
from handlers.screen import Button, Screen
from handlers.texts import Html, _, _n, verbatim
from handlers.turn import Turn
from services.projects import challenges, ideas, moving, naming, statements, waiting
from services.projects.facts import Facts
from services.projects.stages import Stage, Status, Verb

router = Router(name="project_moderating")


@router.callback_query(To("ideas_desk"), flags=allow(Access.CITY))
async def desk(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _desk(turn)


async def _desk(turn: Turn) -> Screen:
    seen = await waiting.how_much(turn.tx, turn.city.id)
    return Screen(
        _("🛡 <b>What waits for a moderator</b>"),
        [
            [Button(_("💡 Ideas and appeals · {n}", n=seen.ideas), Queue(after=0))],
            [Button(_("💬 Statements · {n}", n=seen.statements), Go(to="statements_desk"))],
            [Button(_("📣 Requests · {n}", n=seen.requests), Go(to="requests_desk"))],
            [Button(_("🚩 Flagged projects · {n}", n=seen.flagged), Flagged(after=0))],
            [Button(_("« Ideas and projects"), Go(to="projects"))],
        ],
    )


@router.callback_query(Queue.filter(), flags=allow(Access.CITY))
async def queue(_query: CallbackQuery, callback_data: Queue, turn: Turn) -> Screen:
    return await _next(turn, callback_data.after)


async def _next(turn: Turn, offset: int, toast: str | None = None) -> Screen:
    """One that waits, the longest waiting first; `offset` skips those left for later."""
    found = await ideas.queue(turn.tx, turn.city.id, limit=2, offset=offset)
    if not found:
        text = _("✨ No ideas and appeals wait. Thank you!")
        return Screen(
            f"{toast}.\n{text}" if toast else text,
            [[Button(_("« What waits"), Go(to="ideas_desk"))]],
            toast=toast,
        )
    project = found[0]
    appealed = project.status == Status.CLOSED
    rows = _on_appeal(project) if appealed else _on_idea(project)
    if len(found) > 1:
        rows.append([Button(_("Next ›"), Queue(after=offset + 1))])
    return Screen(
        await _shown(turn, project),
        [*rows, [Button(_("« What waits"), Go(to="ideas_desk"))]],
        toast=toast,
    )


async def _shown(turn: Turn, project: Facts) -> str:
    author = await naming.author(turn.tx, project)
    lines: list[str] = [
        f"💡 <b>{verbatim(project.title)}</b>",
        f"{words.kind_of(project.kind)} · {where(turn.city, project)}",
        _("Author: {name}", name=author) if author else _("Author: somebody from the city"),
        "",
        verbatim(project.text),
    ]
    if project.personal_data:
        lines += ["", _("⚠️ There seems to be a phone number or an e-mail address in it.")]
    if project.status == Status.CLOSED:
        lines += ["", _("🙋 <b>An appeal.</b> It was closed for: {reason}",
                        reason=_closed_for(project))]  # fmt: skip
    return "\n".join(lines)


def _closed_for(project: Facts) -> Html:
    return said(project.closed_reason or "")


def _verdict(project: Facts, label: str, verb: Verb) -> list[Button]:
    read = ideas.wording_of(project) if verb is Verb.FORWARD else ""
    return [
        Button(label, Verdict(project=project.id, verb=verb, seen=state_of(project), read=read))
    ]


def _on_idea(project: Facts) -> list[list[Button]]:
    rows = [_verdict(project, _("✅ Publish"), Verb.FORWARD)]
    if project.author_id is not None:
        rows.append(_verdict(project, _("↩ Back to the author…"), Verb.BACK))
    return [*rows, _verdict(project, _("✖ Close…"), Verb.CLOSE)]


def _on_appeal(project: Facts) -> list[list[Button]]:
    return [
        _verdict(project, _("▶ Open it again"), Verb.RESUME),
        _verdict(project, _("✖ It stays closed…"), Verb.CLOSE),
    ]


@router.callback_query(Verdict.filter(), flags=allow(Access.CITY))
async def verdict(_query: CallbackQuery, callback_data: Verdict, turn: Turn) -> Screen:
    project_id, reason = callback_data.project, callback_data.reason
    if callback_data.verb not in {Verb.FORWARD, Verb.BACK, Verb.CLOSE, Verb.RESUME}:
        return await _next(turn, 0)
    verb = Verb(callback_data.verb)
    if verb in {Verb.BACK, Verb.CLOSE} and not is_ready(verb, reason):
        return _why(callback_data, verb)
    if verb is Verb.FORWARD:
        await ideas.approve(
            turn.tx, city=turn.city, project_id=project_id, by=turn.me.id,
            read=callback_data.read, now=turn.now,
        )  # fmt: skip
        return await _next(turn, 0, _("Published"))
    moved = await moving.move(
        turn.tx, city=turn.city, project_id=project_id, verb=verb, seen=callback_data.seen,
        by=turn.me.id, now=turn.now, reason=reason or None,
    )  # fmt: skip
    if moved.before in {Stage.PREMODERATION, Status.CLOSED}:
        return await _next(turn, 0, _("Done"))
    return await next_flagged(turn, 0, _("Closed, and nobody sees it"))


def _why(asked: Verdict, verb: Verb) -> Screen:
    rows = [
        [Button(_(text), asked.model_copy(update={"reason": key}))]
        for key, text in reasons(verb).items()
    ]
    own = Move(project=asked.project, verb=verb, seen=asked.seen, reason=OWN_WORDS)
    return Screen(
        _("Why? The author reads the reason, and what to do next."),
        [*rows, [Button(_("✍️ In my own words"), own)], [Button(_("« Back"), Go(to="ideas_desk"))]],
    )


@router.callback_query(To("statements_desk"), flags=allow(Access.CITY))
async def said_things(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _statements(turn)


async def _statements(turn: Turn, toast: str | None = None) -> Screen:
    found = await statements.waiting(turn.tx, turn.city.id, limit=1)
    back = [Button(_("« What waits"), Go(to="ideas_desk"))]
    if not found:
        return Screen(_("✨ No statements wait. Thank you!"), [back], toast=toast)
    first = found[0]
    return Screen(
        _("💬 May everybody answer this?\n“{text}”", text=first.text),
        [
            [
                Button(_("✅ Show it"), ModerateStatement(statement=first.id, show=True)),
                Button(_("✖ Hide it"), ModerateStatement(statement=first.id, show=False)),
            ],
            back,
        ],
        toast=toast,
    )


@router.callback_query(ModerateStatement.filter(), flags=allow(Access.CITY))
async def moderate(_query: CallbackQuery, callback_data: ModerateStatement, turn: Turn) -> Screen:
    await statements.moderate(
        turn.tx, statement_id=callback_data.statement, by=turn.me.id, show=callback_data.show
    )
    return await _statements(turn, _("Done"))


@router.callback_query(To("requests_desk"), flags=allow(Access.CITY))
async def requests(_query: CallbackQuery, turn: Turn) -> Screen:
    found = await challenges.waiting(turn.tx, turn.city.id)
    back = [Button(_("« What waits"), Go(to="ideas_desk"))]
    if not found:
        return Screen(_("✨ No requests wait. Thank you!"), [back])
    rows = [[Button(f"📣 {verbatim(call.title)}", RequestIs(request=call.id, what="look"))]
            for call in found]  # fmt: skip
    head = _n(
        "{n} request waits. Look whether its criteria are fair.",
        "{n} requests wait. Look whether their criteria are fair.",
        len(found),
    )
    return Screen(head, [*rows, back])
