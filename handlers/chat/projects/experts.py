"""An expert's opinion: an interest of one's own, five marks, words, and perhaps a veto."""

from collections.abc import Sequence
from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.projects import words
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import Ask, Conflict, GiveOpinion, Part, Score, ShowProject
from handlers.chat.projects.people import known_as
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import _, _n, verbatim
from handlers.turn import Turn
from services.projects import experts, facts, ideas
from services.projects.experts import Judged

router = Router(name="project_experts")


@router.callback_query(To("opinions"), flags=allow(Access.EXPERT))
async def waiting(_query: CallbackQuery, turn: Turn) -> Screen:
    found = await facts.of(turn.tx, await experts.waiting(turn.tx, turn.city.id, turn.me.id))
    if not found:
        return Screen(_("🔬 Nothing waits for your opinion. I will write when something does."))
    rows = [
        [Button(f"{words.KIND_SIGNS[p.kind]} {verbatim(p.title)}",
                Ask(project=p.id, what="opinion"))]
        for p in found.values()
    ]  # fmt: skip
    return Screen(_("🔬 <b>These wait for your opinion</b>"), rows)


@router.callback_query(Ask.filter(F.what == "opinion"), flags=allow(Access.EXPERT))
async def begin(_query: CallbackQuery, callback_data: Ask, turn: Turn) -> Screen:
    project = await ideas.visible(turn.tx, callback_data.project, turn.me.id)
    await turn.state.clear()
    return Screen(
        _(
            "🔬 <b>{title}</b>\n{text}\n\nFirst: have you an interest of your own in it? Money, "
            "family, work, a quarrel?",
            title=project.title,
            text=project.text,
        ),
        [
            [Button(_("No, I can judge it"), Conflict(project=project.id, yes=False))],
            [Button(_("Yes, I step aside"), Conflict(project=project.id, yes=True))],
            [Button(_("« The project"), ShowProject(project=project.id))],
        ],
    )


@router.callback_query(Conflict.filter(), flags=allow(Access.EXPERT))
async def conflict(_query: CallbackQuery, callback_data: Conflict, turn: Turn) -> Screen:
    if callback_data.yes:
        await _give(turn, callback_data.project, (), "", conflict=True)
        return Screen(
            _("Thank you for being open about it. Others will judge; nobody sees that you did not.")
        )
    return await _mark(turn, callback_data.project, [])


async def _mark(turn: Turn, project_id: int, marks: Sequence[int]) -> Screen:
    """The next of the five questions, or the words."""
    if len(marks) < len(words.SCORES):
        question = _(words.SCORES[len(marks)])
        step = _("{n} of {all}", n=len(marks) + 1, all=len(words.SCORES))
        row = [
            Button(f"{mark}", Score(project=project_id, given=len(marks), mark=mark))
            for mark in range(1, 6)
        ]
        return await ask(
            turn, Asking.marks,
            _("🔬 <b>{step}</b>\n{question}\n1 is no, 5 is very much so.", step=step,
              question=question),
            row, project=project_id, marks=[*marks],
        )  # fmt: skip
    return await ask(
        turn,
        Asking.opinion,
        _("Now a few words: what convinces you, what would you change? Everybody will read them."),
        project=project_id,
        marks=[*marks],
    )


@router.callback_query(Score.filter(), flags=allow(Access.EXPERT))
async def score(_query: CallbackQuery, callback_data: Score, turn: Turn) -> Screen:
    kept = await _kept(turn, callback_data.project)
    if "marks" not in kept:
        return left()
    if "text" in kept:
        return await _preview(turn, kept)
    marks = kept["marks"]
    # A second tap on one question is no answer to the next.
    if callback_data.given == len(marks):
        marks = [*marks, callback_data.mark]
    return await _mark(turn, callback_data.project, marks)


async def _kept(turn: Turn, project_id: int) -> dict[str, Any]:
    """What the expert has said of this project so far."""
    kept = await asked(turn) or {}
    return kept if kept.get("project") == project_id else {}


@router.message(StateFilter(Asking.opinion), Answer(), flags=allow(Access.EXPERT))
async def worded(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    return await _preview(turn, {**kept, "text": message.text or ""})


async def _preview(turn: Turn, kept: dict[str, Any]) -> Screen:
    """The whole opinion, before it is sent."""
    project_id, marks, text = kept["project"], kept["marks"], kept["text"]
    lines: list[str] = [_("<b>Your opinion</b>")]
    lines += [
        f"{_(question)} <b>{mark}</b>" for question, mark in zip(words.SCORES, marks, strict=True)
    ]
    return await ask(
        turn,
        Asking.opinion,
        "\n".join([*lines, "", verbatim(text)]),
        [Button(_("✅ Send"), GiveOpinion(project=project_id, veto=False))],
        [Button(_("⛔ Send as an objection (veto)"), GiveOpinion(project=project_id, veto=True))],
        project=project_id,
        marks=marks,
        text=text,
    )


@router.callback_query(GiveOpinion.filter(), flags=allow(Access.EXPERT))
async def give(_query: CallbackQuery, callback_data: GiveOpinion, turn: Turn) -> Screen:
    kept = await _kept(turn, callback_data.project)
    if "text" not in kept:
        return left()
    await _give(turn, callback_data.project, kept["marks"], kept["text"], veto=callback_data.veto)
    return Screen(
        _("🙏 Thank you. Your opinion is kept; your name is shown once the experts are done."),
        [[Button(_("🔬 What else waits"), Go(to="opinions"))],
         [Button(_("« The project"), ShowProject(project=callback_data.project))]],
    )  # fmt: skip


async def _give(
    turn: Turn,
    project_id: int,
    marks: Sequence[int],
    text: str,
    *,
    conflict: bool = False,
    veto: bool = False,
) -> None:
    await experts.give(
        turn.tx, project_id=project_id, expert_id=turn.me.id, scores=marks, text=text,
        conflict=conflict, veto=veto, now=turn.now,
    )  # fmt: skip


@router.callback_query(Part.filter(F.part == "opinions"), flags=allow(Access.GUEST))
async def shown(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    project = await ideas.visible(turn.tx, callback_data.project, turn.me.id)
    found = await experts.opinions(turn.tx, project.id)
    back = [[Button(_("« The project"), ShowProject(project=project.id))]]
    if not found:
        return Screen(_("🔬 No expert has said anything yet."), back)
    mean = f"{project.opinion_mean:.1f}"
    head = _n(
        "🔬 <b>{n} expert, on average {mean} of 5</b>",
        "🔬 <b>{n} experts, on average {mean} of 5</b>",
        len(found),
        mean=mean,
    )
    return Screen("\n\n".join([head, *map(_judged, found)]), back)


def _judged(opinion: Judged) -> str:
    name = known_as(opinion.name) if opinion.name else _("An expert")
    marks = " · ".join(map(str, opinion.scores))
    lines = [f"<b>{verbatim(name)}</b>: {marks}"]
    if opinion.veto:
        lines.append(_("⛔ Objects"))
    if opinion.text:
        lines.append(verbatim(opinion.text))
    return "\n".join(lines)
