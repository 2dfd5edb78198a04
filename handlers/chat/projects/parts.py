"""Smaller pages of a project: its text, who could help, its history; following; short answers."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go
from handlers.chat.projects import words
from handlers.chat.projects.buttons import AnswerAid, Ask, Part, ShowProject, ShowRequest, Watch
from handlers.chat.projects.idea_card import preview
from handlers.chat.projects.page import project_page
from handlers.chat.projects.reasons import said
from handlers.chat.projects.voting import ask_statement, voice
from handlers.screen import Button, Screen
from handlers.texts import Html, _, day, local
from handlers.turn import Turn
from services.civic import following, log, places
from services.civic import naming as civic_names
from services.civic.log import PublicEvent
from services.errors import NotFound
from services.projects import acting, ideas, naming, passport
from services.projects.legality import UnderReview
from services.projects.passport import Helper

router = Router(name="project_parts")

_EVENTS = 12
_ANSWERERS = frozenset({"lead", "author", "operator"})


def _back(project_id: int) -> list[Button]:
    return [Button(_("« The project"), ShowProject(project=project_id))]


@router.callback_query(Part.filter(F.part == "text"), flags=allow(Access.GUEST))
async def text(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    project = await ideas.visible(turn.tx, callback_data.project, turn.me.id)
    rows = [_back(project.id)]
    if project.challenge_id is not None:
        request = ShowRequest(request=project.challenge_id)
        rows.insert(0, [Button(_("📣 The request it answers"), request)])
    author = await naming.author(turn.tx, project)
    return Screen(await preview(turn, project, author), rows, fresh=True)


@router.callback_query(Part.filter(F.part == "help"), flags=allow(Access.GUEST))
async def help_(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    return await _helpers(turn, callback_data.project)


async def _helpers(turn: Turn, project_id: int, toast: str | None = None) -> Screen:
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    roles = await acting.roles_of(turn.tx, project, turn.me.id)
    shown = await passport.of(turn.tx, turn.city, project, turn.now)
    lines: list[Html] = [_("🫱 <b>Who could help</b>")]
    lines += [_fitting(each) for each in shown.helpers]
    if not shown.helpers:
        lines.append(_("Nobody fits just now."))
    if shown.almost:
        lines += [Html(""), _("<b>Almost: one thing is missing</b>")]
        lines += [_almost(each) for each in shown.almost]
    rows = []
    if roles & _ANSWERERS:
        rows = [_answers(project_id, each) for each in shown.helpers if each.state is None]
    return Screen("\n".join(lines), [*rows, _back(project_id)], toast=toast, fresh=True)


def _fitting(helper: Helper) -> Html:
    why = ", ".join(_(words.REASONS[reason]) for reason in helper.reasons)
    lines = [f"● <b>{local(helper.name)}</b> · {_(words.AIDS[helper.kind])}", local(helper.terms)]
    if why:
        lines.append(_("Why: {why}", why=Html(why)))
    if helper.state == "asked":
        lines.append(_("✉️ Asked already"))
    return Html("\n".join(lines))


def _almost(helper: Helper) -> Html:
    assert helper.fails is not None
    return _("○ {name}: {fails}", name=local(helper.name), fails=_(words.FAILS[helper.fails]))


def _answers(project_id: int, helper: Helper) -> list[Button]:
    def button(label: str, state: str) -> Button:
        return Button(label, AnswerAid(project=project_id, aid=helper.aid_id, state=state))

    return [
        button(_("✉️ Asked: {name}", name=local(helper.name)), "asked"),
        button(_("✖ Not for us"), "declined"),
    ]


@router.callback_query(AnswerAid.filter(), flags=allow(Access.GUEST))
async def answer_aid(_query: CallbackQuery, callback_data: AnswerAid, turn: Turn) -> Screen:
    await passport.answer(
        turn.tx, project_id=callback_data.project, aid_id=callback_data.aid, by=turn.me.id,
        state=callback_data.state, now=turn.now,
    )  # fmt: skip
    return await _helpers(turn, callback_data.project, _("Noted"))


@router.callback_query(Part.filter(F.part == "history"), flags=allow(Access.GUEST))
async def history(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    project = await ideas.visible(turn.tx, callback_data.project, turn.me.id)
    events = await log.of(turn.tx, "project", project.id, _EVENTS, 0)
    lines: list[Html] = [_("🕰 <b>How it went</b>"), *(_event(turn, each) for each in events)]
    return Screen("\n".join(lines), [_back(project.id)], fresh=True)


def _event(turn: Turn, event: PublicEvent) -> Html:
    when = day(event.at, turn.city.timezone, turn.now)
    what = words.done(event.verb, event.after)
    line = _("{day}: {what} ({who})", day=when, what=what, who=words.role(event.acting))
    if event.reason:
        line = Html(f"{line}. {said(event.reason)}")
    return line


@router.callback_query(Watch.filter(), flags=allow(Access.GUEST))
async def watch(_query: CallbackQuery, callback_data: Watch, turn: Turn) -> Screen:
    subject, key = callback_data.subject, callback_data.key
    if callback_data.on:
        await _check(turn, subject, key)
        await following.follow(
            turn.tx, member_id=turn.me.id, subject=subject, key=key, via="chosen", now=turn.now
        )
        toast = _("🔔 I will tell you")
    else:
        await following.unfollow(turn.tx, member_id=turn.me.id, subject=subject, key=key)
        toast = _("🔕 You will hear no more of it")
    # Whoever has had enough need not see it any more, and it may be hidden by now.
    if subject == "project" and await _is_seen(turn, key):
        return await project_page(turn, int(key), toast=toast)
    return Screen(toast, [[Button(_("💡 Ideas and projects"), Go(to="projects"))]], toast=toast)


async def _is_seen(turn: Turn, key: str) -> bool:
    if not _is_id(key):
        return False
    try:
        await ideas.visible(turn.tx, int(key), turn.me.id)
    except (NotFound, UnderReview):
        return False
    return True


def _is_id(key: str) -> bool:
    return key.isdecimal() and key.isascii() and len(key) < 10


async def _check(turn: Turn, subject: str, key: str) -> None:
    """Only what there is can be followed; raises `NotFound`."""
    known = {
        "kind": key in words.KINDS,
        "district": places.named_district(turn.city, key) is not None,
        "project": _is_id(key),
        "category": bool(await civic_names.names(turn.tx, turn.city, {("category", key)})),
    }
    if not known.get(subject):
        raise NotFound
    if subject == "project":
        await ideas.visible(turn.tx, int(key), turn.me.id)


@router.callback_query(Ask.filter(F.what == "statement"), flags=allow(Access.GUEST))
async def ask_for_statement(_query: CallbackQuery, callback_data: Ask, turn: Turn) -> Screen:
    return await ask_statement(turn, callback_data.project)


@router.callback_query(Ask.filter(F.what == "support"), flags=allow(Access.GUEST))
async def support(_query: CallbackQuery, callback_data: Ask, turn: Turn) -> Screen:
    return await voice(turn, callback_data.project, 1)


@router.callback_query(Ask.filter(F.what == "co_author"), flags=allow(Access.GUEST))
async def co_author(_query: CallbackQuery, callback_data: Ask, turn: Turn) -> Screen:
    agrees = callback_data.key == "yes"
    await ideas.answer_invitation(
        turn.tx, project_id=callback_data.project, member_id=turn.me.id, agrees=agrees,
        now=turn.now,
    )  # fmt: skip
    text_ = _("You are one of its authors now.") if agrees else _("All right. Thank you anyway!")
    return Screen(text_, [_back(callback_data.project)])
