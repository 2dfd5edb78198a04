"""Who builds it: skills, places, applications, leading, leaving, adopting."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.projects import words
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import (
    Adopt,
    Applicant,
    Apply,
    ClosePlace,
    Leave,
    OpenPlace,
    Part,
    SendWord,
    ShowProject,
    Skill,
    TakeLead,
)
from handlers.chat.projects.page import project_page
from handlers.chat.projects.people import known_as
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import Html, _, verbatim
from handlers.turn import Turn
from services.projects import acting, adopting, ideas, skills, team
from services.projects.facts import Facts
from services.projects.skills import SKILLS
from services.projects.team import Place

router = Router(name="project_team")


@router.callback_query(To("skills"), flags=allow(Access.GUEST))
async def own_skills(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _skills(turn)


@router.callback_query(Skill.filter(), flags=allow(Access.GUEST))
async def switch(_query: CallbackQuery, callback_data: Skill, turn: Turn) -> Screen:
    mine = set(await skills.skills_of(turn.tx, turn.me.id))
    if callback_data.on:
        mine.add(callback_data.skill)
    else:
        mine.discard(callback_data.skill)
    await skills.set_skills(turn.tx, turn.me.id, mine)
    return await _skills(turn)


async def _skills(turn: Turn) -> Screen:
    mine = set(await skills.skills_of(turn.tx, turn.me.id))
    buttons = [
        Button(
            f"{'✅' if skill in mine else '▫️'} {_(words.SKILLS[skill])}",
            Skill(skill=skill, on=skill not in mine),
        )
        for skill in SKILLS
    ]
    rows = [buttons[i : i + 2] for i in range(0, len(buttons), 2)]
    if mine:
        rows.append([Button(_("🤝 Who looks for me"), Go(to="wanted"))])
    rows.append([Button(_("« Ideas and projects"), Go(to="projects"))])
    return Screen(
        _("🛠 <b>What can you do?</b>\nI will tell you when a project looks for just that."), rows
    )


@router.callback_query(To("wanted"), flags=allow(Access.GUEST))
async def wanted(_query: CallbackQuery, turn: Turn) -> Screen:
    found = await skills.wanted(turn.tx, turn.city.id, turn.me.id)
    back = [Button(_("🛠 What I can do"), Go(to="skills"))]
    if not found:
        return Screen(_("Nobody looks for your skills just now. I will tell you."), [back])
    rows = []
    for project_id, skill in found:
        project = await ideas.visible(turn.tx, project_id, turn.me.id)
        label = f"{_(words.SKILLS[skill])} · {verbatim(project.title)}"
        rows.append([Button(label, Part(project=project_id, part="team"))])
    return Screen(_("🤝 <b>These look for you</b>"), [*rows, back])


@router.callback_query(Part.filter(F.part == "team"), flags=allow(Access.GUEST))
async def shown(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    return await _team(turn, callback_data.project)


async def _team(turn: Turn, project_id: int, toast: str | None = None) -> Screen:
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    roles = await acting.roles_of(turn.tx, project, turn.me.id)
    places = await team.places(turn.tx, project_id, viewer_id=turn.me.id)
    leads = bool(roles & {"lead", "author"})
    rows = [row for place in places for row in _answers(project_id, place, leads=leads)]
    if not roles & {"lead", "author", "team"}:
        rows += _offers(project_id, places)
    rows += _own(project, roles)
    return Screen(
        "\n".join([_("🤝 <b>The team</b>"), *_listed(project, places)]),
        [*rows, [Button(_("« The project"), ShowProject(project=project_id))]],
        toast=toast,
    )


def _listed(project: Facts, places: list[Place]) -> list[Html]:
    lines = [_("⭐ Somebody leads it") if project.lead_id else _("⭐ Nobody leads it yet")]
    for place in places:
        name = known_as(place.name) if place.name else _("somebody from the city")
        skill = _(words.SKILLS[place.skill])
        if place.state == "open":
            lines.append(_("○ {skill}: wanted", skill=skill))
        elif place.state == "accepted":
            lines.append(_("● {skill}: {name}", skill=skill, name=name))
        elif place.word:
            lines.append(
                _("✉️ {skill}: {name} would like to join: {word}", skill=skill, name=name,
                  word=place.word)
            )  # fmt: skip
        else:
            lines.append(_("✉️ {skill}: {name} would like to join", skill=skill, name=name))
    return lines


def _answers(project_id: int, place: Place, *, leads: bool) -> list[list[Button]]:
    """What the head of the team can do about a place."""
    if not leads:
        return []
    skill = _(words.SKILLS[place.skill])
    if place.state == "applied":
        name = known_as(place.name) if place.name else skill
        return [
            [
                Button(
                    _("✅ Take {name}", name=name),
                    Applicant(project=project_id, place=place.id, take=True),
                ),
                Button(_("Decline"), Applicant(project=project_id, place=place.id, take=False)),
            ]
        ]
    if place.state == "open":
        return [
            [
                Button(
                    _("✖ No {skill} needed", skill=skill),
                    ClosePlace(project=project_id, place=place.id),
                )
            ]
        ]
    return []


def _offers(project_id: int, places: list[Place]) -> list[list[Button]]:
    """The open places, each skill once, for somebody who could take one."""
    wanted = dict.fromkeys(place.skill for place in places if place.state == "open")
    return [
        [Button(_("🙋 I could do this: {skill}", skill=_(words.SKILLS[skill])),
                Apply(project=project_id, skill=skill))]
        for skill in wanted
    ]  # fmt: skip


def _own(project: Facts, roles: frozenset[str]) -> list[list[Button]]:
    rows = []
    if roles & {"lead", "author"}:
        rows.append([Button(_("➕ Look for somebody"), Part(project=project.id, part="places"))])
    if project.lead_id is None and roles & {"author", "team"}:
        rows.append([Button(_("⭐ I lead it"), TakeLead(project=project.id))])
    if roles & {"lead", "team"}:
        rows.append([Button(_("🚪 Leave the team"), Leave(project=project.id, sure=False))])
    return rows


@router.callback_query(Part.filter(F.part == "places"), flags=allow(Access.GUEST))
async def which(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    buttons = [
        Button(_(words.SKILLS[skill]), OpenPlace(project=callback_data.project, skill=skill))
        for skill in SKILLS
    ]
    rows = [buttons[i : i + 2] for i in range(0, len(buttons), 2)]
    back = [Button(_("« The team"), Part(project=callback_data.project, part="team"))]
    return Screen(_("What should they be able to do?"), [*rows, back])


@router.callback_query(OpenPlace.filter(), flags=allow(Access.GUEST))
async def open_place(_query: CallbackQuery, callback_data: OpenPlace, turn: Turn) -> Screen:
    await team.open_place(
        turn.tx, project_id=callback_data.project, by=turn.me.id, skill=callback_data.skill,
        now=turn.now,
    )  # fmt: skip
    return await _team(turn, callback_data.project, _("We are looking"))


@router.callback_query(ClosePlace.filter(), flags=allow(Access.GUEST))
async def close_place(_query: CallbackQuery, callback_data: ClosePlace, turn: Turn) -> Screen:
    await team.close_place(turn.tx, place_id=callback_data.place, by=turn.me.id)
    return await _team(turn, callback_data.project)


@router.callback_query(TakeLead.filter(), flags=allow(Access.GUEST))
async def take_lead(_query: CallbackQuery, callback_data: TakeLead, turn: Turn) -> Screen:
    await team.take_lead(
        turn.tx, project_id=callback_data.project, member_id=turn.me.id, now=turn.now
    )
    return await _team(turn, callback_data.project, _("You lead it now"))


@router.callback_query(Apply.filter(), flags=allow(Access.GUEST))
async def apply(_query: CallbackQuery, callback_data: Apply, turn: Turn) -> Screen:
    return await ask(
        turn,
        Asking.word,
        _("A few words about yourself for the head of the team: what have you done before?"),
        [Button(_("Nothing to add"), SendWord(public=False))],
        project=callback_data.project,
        skill=callback_data.skill,
        word="",
    )


@router.message(StateFilter(Asking.word), Answer(), flags=allow(Access.GUEST))
async def word(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    return await ask(
        turn,
        Asking.word,
        _("May everybody see your name in the team?"),
        [Button(_("Yes, show it"), SendWord(public=True)),
         Button(_("No, only the team"), SendWord(public=False))],
        project=kept["project"],
        skill=kept["skill"],
        word=message.text or "",
    )  # fmt: skip


@router.callback_query(SendWord.filter(), flags=allow(Access.GUEST))
async def send(_query: CallbackQuery, callback_data: SendWord, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None or "skill" not in kept:
        return left()
    project_id = kept["project"]
    await team.apply(
        turn.tx, city=turn.city, project_id=project_id, member_id=turn.me.id,
        skill=kept["skill"], word=kept["word"], public=callback_data.public, now=turn.now,
    )  # fmt: skip
    return Screen(
        _("✉️ Sent. The head of the team answers you here."),
        [[Button(_("« The project"), ShowProject(project=project_id))]],
    )


@router.callback_query(Applicant.filter(), flags=allow(Access.GUEST))
async def answer(_query: CallbackQuery, callback_data: Applicant, turn: Turn) -> Screen:
    await team.answer(
        turn.tx, city=turn.city, application_id=callback_data.place, by=turn.me.id,
        accept=callback_data.take, now=turn.now,
    )  # fmt: skip
    return await _team(
        turn, callback_data.project, _("In the team now!") if callback_data.take else _("Declined")
    )


@router.callback_query(Leave.filter(), flags=allow(Access.GUEST))
async def leave(_query: CallbackQuery, callback_data: Leave, turn: Turn) -> Screen:
    project_id = callback_data.project
    if not callback_data.sure:
        return Screen(
            _("Leave the team? What you have done stays yours."),
            [[Button(_("Yes, leave"), Leave(project=project_id, sure=True)),
              Button(_("« Stay"), Part(project=project_id, part="team"))]],
        )  # fmt: skip
    await team.leave(turn.tx, project_id=project_id, member_id=turn.me.id, now=turn.now)
    return await project_page(turn, project_id, toast=_("You have left the team."))


@router.callback_query(Adopt.filter(), flags=allow(Access.GUEST))
async def adopt(_query: CallbackQuery, callback_data: Adopt, turn: Turn) -> Screen:
    project_id = callback_data.project
    if not callback_data.sure:
        return Screen(
            _(
                "🫂 You would become the head of the team: find people, answer them, and take the "
                "idea on. Its author stays its author and keeps the merits."
            ),
            [[Button(_("Yes, I lead it"), Adopt(project=project_id, sure=True)),
              Button(_("« Not now"), ShowProject(project=project_id))]],
        )  # fmt: skip
    await adopting.adopt(
        turn.tx, city=turn.city, project_id=project_id, member_id=turn.me.id, now=turn.now
    )
    return await project_page(turn, project_id, toast=_("It is yours to lead. Thank you!"))
