"""`/projects`: by stage, by kind, near me, mine, requests, orphans, and what is worth repeating."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow, may_enter
from handlers.buttons import Go, Says, To
from handlers.chat.projects import words
from handlers.chat.projects.buttons import Listing, ShowProject, Watch
from handlers.chat.projects.page import project_page
from handlers.chat.projects.paging import page
from handlers.screen import Button, Screen
from handlers.texts import Html, _, _n, local, verbatim
from handlers.turn import Turn
from services.civic import following, places
from services.projects import adopting, ideas, lists
from services.projects.facts import Facts
from services.projects.lists import Card
from services.projects.stages import BY_STAGE, PUBLIC, Stage, Status

router = Router(name="projects")

_PAGE = 6
_DIGITS = 9


@router.message(Command("projects"), flags=allow(Access.GUEST))
@router.message(Says("projects"), flags=allow(Access.GUEST))
@router.callback_query(To("projects"), flags=allow(Access.GUEST))
async def projects(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    counts = await lists.counts(turn.tx, turn.city.id)
    under_way = sum(count for stage, count in counts.items() if stage != "done")
    head = _("💡 <b>Ideas and projects of the city</b>")
    if under_way or counts.get("done"):
        line = _n("{n} project is on its way", "{n} projects are on their way", under_way)
        if counts.get("done"):
            done = _n("{n} is done", "{n} are done", counts["done"])
            line = Html(f"{line}, {done}")
    else:
        line = _("There is none yet: yours could be the first.")
    rows = [
        [Button(_("➕ I have an idea"), Go(to="idea"))],
        [Button(_("🗳 Vote now · {n}", n=counts.get(Stage.EVALUATION, 0)),
                Listing(what="stage", key=Stage.EVALUATION))],
        [Button(_("🪜 By stage"), Go(to="project_stages")),
         Button(_("🗂 By kind"), Go(to="project_kinds"))],
        [Button(_("📍 Near me"), Go(to="project_near")),
         Button(_("💡 My ideas"), Go(to="my_projects"))],
        [Button(_("📣 Requests"), Go(to="requests")),
         Button(_("🛠 What I can do"), Go(to="skills"))],
        [Button(_("🫂 Without a head"), Listing(what="orphans")),
         Button(_("🌟 Worth repeating"), Go(to="practices"))],
    ]  # fmt: skip
    rows.append([Button(_("🔔 What I follow"), Go(to="follows"))])
    if may_enter(turn.me, Access.CITY):
        rows.append([Button(_("🛡 For moderators"), Go(to="ideas_desk"))])
    if may_enter(turn.me, Access.EXPERT):
        rows.append([Button(_("🔬 For experts"), Go(to="opinions"))])
    return Screen(Html(f"{head}\n{line}"), rows)


@router.callback_query(To("project_stages"), flags=allow(Access.GUEST))
async def stages(_query: CallbackQuery, turn: Turn) -> Screen:
    counts = await lists.counts(turn.tx, turn.city.id)
    rows = [
        [
            Button(
                f"{BY_STAGE[stage].n}. {words.stage_of(stage)} · {counts.get(stage, 0)}",
                Listing(what="stage", key=stage),
            )
        ]
        for stage in PUBLIC
    ]
    rows.append([Button(_("🎉 Done · {n}", n=counts.get("done", 0)), Listing(what="done"))])
    rows.append(_back())
    return Screen(_("Every project goes the same way, step by step. Where would you look?"), rows)


@router.callback_query(To("project_kinds"), flags=allow(Access.GUEST))
async def kinds(_query: CallbackQuery, turn: Turn) -> Screen:
    counts = await lists.kinds(turn.tx, turn.city.id)
    buttons = [
        Button(f"{words.kind_of(kind)} · {counts.get(kind, 0)}", Listing(what="kind", key=kind))
        for kind in words.KINDS
    ]
    rows = [[button] for button in buttons]
    return Screen(_("What are you interested in?"), [*rows, _back()])


@router.callback_query(To("project_districts"), flags=allow(Access.GUEST))
async def districts(_query: CallbackQuery, turn: Turn) -> Screen:
    counts = await lists.districts(turn.tx, turn.city.id)
    names = {d["slug"]: d["name"] for d in turn.city.places.get("districts", ())}
    rows = [
        [Button(f"📍 {local(name)} · {counts.get(slug, 0)}", Listing(what="district", key=slug))]
        for slug, name in names.items()
    ]
    return Screen(_("Which part of the city is yours?"), [*rows, _back()])


@router.callback_query(To("my_projects"), flags=allow(Access.GUEST))
async def mine(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _mine(turn, 0)


@router.callback_query(Listing.filter(F.what == "mine"), flags=allow(Access.GUEST))
async def mine_on(_query: CallbackQuery, callback_data: Listing, turn: Turn) -> Screen:
    return await _mine(turn, callback_data.offset)


async def _mine(turn: Turn, offset: int) -> Screen:
    found = await ideas.mine(turn.tx, turn.me.id, limit=_PAGE + 1, offset=offset)
    if not found and not offset:
        return Screen(
            _("You have not sent an idea yet. It takes two minutes."),
            [[Button(_("➕ I have an idea"), Go(to="idea"))], _back()],
        )
    rows = [[_mine_button(project)] for project in found[:_PAGE]]
    rows += page(Listing(what="mine", offset=offset), len(found), _PAGE)
    return Screen(
        _("💡 <b>Your ideas and what you lead</b>"),
        [*rows, [Button(_("➕ I have an idea"), Go(to="idea"))], _back()],
    )


def _mine_button(project: Facts) -> Button:
    where = words.standing(project.stage, project.status)
    return Button(f"{verbatim(project.title)} · {where}", ShowProject(project=project.id))


@router.callback_query(Listing.filter(F.what == "orphans"), flags=allow(Access.GUEST))
async def orphans(_query: CallbackQuery, turn: Turn) -> Screen:
    cards = await lists.cards(
        turn.tx, turn.city, await adopting.orphans(turn.tx, turn.city.id, turn.now, limit=_PAGE)
    )
    if not cards:
        return Screen(_("Every idea has somebody who leads it. 🎉"), [_back()])
    return Screen(
        _("🫂 <b>These ideas have no head of the team.</b>\nPerhaps one of them is for you?"),
        [*([_card(card)] for card in cards), _back()],
    )


@router.callback_query(Listing.filter(), flags=allow(Access.GUEST))
async def listed(_query: CallbackQuery, callback_data: Listing, turn: Turn) -> Screen:
    name = _named(turn, callback_data)
    if name is None:
        return Screen(_("There is nothing here any more."), [_back()])
    what, key = callback_data.what, callback_data.key
    found = await lists.page(
        turn.tx,
        turn.city,
        stage=key if what == "stage" else None,
        kind=key if what == "kind" else None,
        district=key if what == "district" else None,
        challenge_id=int(key) if what == "request" else None,
        status=Status.DONE if what == "done" else None,
        limit=_PAGE,
        offset=callback_data.offset,
    )
    rows = [[_card(card)] for card in found.cards]
    left = found.total - callback_data.offset
    rows += page(callback_data, min(left, _PAGE + 1), _PAGE)
    rows += await _bell(turn, callback_data)
    text = _n("{n} project", "{n} projects", found.total)
    if not found.total:
        text = _("There is none here yet.")
    return Screen(Html(f"<b>{name}</b>\n{text}"), [*rows, _back()])


def _named(turn: Turn, asked: Listing) -> Html | None:
    """What the list is called; None for one that there is not."""
    if asked.what == "stage" and asked.key in PUBLIC:
        return words.stage_of(asked.key)
    if asked.what == "kind" and asked.key in words.KINDS:
        return words.kind_of(asked.key)
    if asked.what == "district":
        name = places.named_district(turn.city, asked.key)
        return None if name is None else Html(f"📍 {local(name)}")
    if asked.what == "request" and _is_id(asked.key):
        return _("💡 Answers to the request")
    return _("🎉 Done") if asked.what == "done" else None


def _is_id(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) <= _DIGITS


async def _bell(turn: Turn, asked: Listing) -> list[list[Button]]:
    """Following a kind or a district from its list."""
    if asked.what not in {"kind", "district"}:
        return []
    on = await following.follows(turn.tx, turn.me.id, asked.what, asked.key)
    label = _("🔕 Tell me no more about these") if on else _("🔔 Tell me about new ones")
    return [[Button(label, Watch(subject=asked.what, key=asked.key, on=not on))]]


def _card(card: Card) -> Button:
    return Button(card_label(card), ShowProject(project=card.project.id))


def card_label(card: Card) -> str:
    """A project on a button: where it stands, its title, how ready it is."""
    project = card.project
    where = words.STAGE_SIGNS[project.stage] if project.status == Status.ACTIVE else "⏸"
    if project.status == Status.DONE:
        where = "🎉"
    percent = _("{n} %", n=card.readiness)
    return f"{where} {verbatim(project.title)} · {percent}"


def _back() -> list[Button]:
    return [Button(_("« Ideas and projects"), Go(to="projects"))]


@router.callback_query(ShowProject.filter(), flags=allow(Access.GUEST))
async def one(_query: CallbackQuery, callback_data: ShowProject, turn: Turn) -> Screen:
    return await project_page(turn, callback_data.project)
