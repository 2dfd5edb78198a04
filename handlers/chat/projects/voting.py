"""Voices for and against, short statements, and what a resident has seen."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import Ask, Judge, Part, ShowProject, Vote
from handlers.chat.projects.page import project_page
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import Html, _, _n, verbatim
from handlers.turn import Turn
from services.civic.verifying import is_verified
from services.projects import statements, voting
from services.projects.statements import LETTERS, Said
from services.projects.voting import Voted

router = Router(name="project_voting")


@router.callback_query(Vote.filter(), flags=allow(Access.GUEST))
async def vote(query: CallbackQuery, callback_data: Vote, turn: Turn) -> Screen:
    pictured = isinstance(query.message, Message) and bool(query.message.photo)
    return await voice(turn, callback_data.project, callback_data.value, pictured=pictured)


async def voice(turn: Turn, project_id: int, value: int, *, pictured: bool = False) -> Screen:
    """Give a voice, for (1) or against (-1), or take it back (0); `pictured`: under the passport's
    picture."""
    if value:
        voted = await voting.vote(
            turn.tx, city=turn.city, project_id=project_id, member_id=turn.me.id, value=value,
            now=turn.now,
        )  # fmt: skip
    else:
        voted = await voting.withdraw(
            turn.tx, city=turn.city, project_id=project_id, member_id=turn.me.id, now=turn.now
        )
    return await project_page(
        turn,
        project_id,
        toast=_toast(voted),
        below=await _kindly(turn),
        keeps_picture=pictured and voted.moved is None,
    )


def _toast(voted: Voted) -> Html:
    if voted.moved is not None:
        return _("🎉 Your voice was the last one needed: the idea moves on!")
    if not voted.changed:
        return _("Your voice is counted already.")
    if voted.mine is None:
        return _("Your voice was taken back.")
    return _("Your voice is counted. Thank you!")


async def _kindly(turn: Turn) -> list[Screen]:
    """For somebody whose voice does not count towards the threshold yet: how it will."""
    if await is_verified(turn.tx, turn.me.id):
        return []
    return [
        Screen(
            _(
                "🙋 Your voice is shown. To carry ideas on it has to be one person's, once: "
                "confirm your phone number, that takes one tap. What you said stays and counts "
                "from then on."
            ),
            [[Button(_("📱 Confirm that it is me"), Go(to="verify"))]],
        )
    ]


@router.callback_query(Part.filter(F.part == "statements"), flags=allow(Access.GUEST))
async def statement(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    return await next_statement(turn, callback_data.project)


async def next_statement(turn: Turn, project_id: int, toast: str | None = None) -> Screen:
    """The next statement to answer, or what everybody answered."""
    following = await statements.following_one(turn.tx, project_id=project_id, member_id=turn.me.id)
    if following is None:
        return await _all(turn, project_id, toast)
    return Screen(
        _("💬 <b>Do you agree?</b>\n“{text}”", text=following.text),
        [
            [
                Button(_("👍 Agree"), Judge(statement=following.id, value=1)),
                Button(_("👎 Disagree"), Judge(statement=following.id, value=-1)),
                Button(_("🤷 Pass"), Judge(statement=following.id, value=0)),
            ],
            *_ways(project_id),
        ],
        toast=toast,
    )


async def _all(turn: Turn, project_id: int, toast: str | None) -> Screen:
    found = await statements.listing(turn.tx, project_id)
    text: str
    if not found:
        text = _(
            "💬 Nobody has said anything yet. Add a short statement, and everybody can agree or "
            "disagree."
        )
    else:
        text = "\n\n".join([_("💬 <b>What people say</b>"), *map(_counted, found)])
    return Screen(text, _ways(project_id), toast=toast)


def _counted(said: Said) -> str:
    return f"“{verbatim(said.text)}”\n👍 {said.agree}  👎 {said.disagree}  🤷 {said.passed}"


def _ways(project_id: int) -> list[list[Button]]:
    return [
        [Button(_("➕ Add a statement"), Ask(project=project_id, what="statement"))],
        [Button(_("« The project"), ShowProject(project=project_id))],
    ]


@router.callback_query(Judge.filter(), flags=allow(Access.GUEST))
async def judge(_query: CallbackQuery, callback_data: Judge, turn: Turn) -> Screen:
    project_id = await statements.answer(
        turn.tx, statement_id=callback_data.statement, member_id=turn.me.id,
        value=callback_data.value, now=turn.now,
    )  # fmt: skip
    return await next_statement(turn, project_id, _("Noted"))


async def ask_statement(turn: Turn, project_id: int) -> Screen:
    """Ask for a statement of one's own."""
    return await ask(
        turn,
        Asking.statement,
        _n(
            "One short sentence that others can agree or disagree with, at most {n} letter.",
            "One short sentence that others can agree or disagree with, at most {n} letters.",
            LETTERS,
        ),
        project=project_id,
    )


@router.message(StateFilter(Asking.statement), Answer(), flags=allow(Access.GUEST))
async def said(message: Message, turn: Turn) -> Screen:
    facts = await asked(turn)
    if facts is None:
        return left()
    await statements.add(
        turn.tx, project_id=facts["project"], author_id=turn.me.id, text=message.text or "",
        now=turn.now,
    )  # fmt: skip
    return Screen(
        _("Thank you! A moderator has a look, then everybody can answer."),
        [[Button(_("« The project"), ShowProject(project=facts["project"]))]],
    )
