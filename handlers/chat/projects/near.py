"""Projects near the person: their phone says where they are, or they say it themselves."""

from aiogram import F, Router
from aiogram.filters import Filter, StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.home import menu
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import Listing, Near, ShowProject
from handlers.chat.projects.idea_place import known_places
from handlers.chat.projects.lists import card_label
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports.words import distance
from handlers.screen import Ask, Button, Keyboard, Screen
from handlers.texts import LANGUAGES, N_, _, language, local, plain
from handlers.turn import Turn
from services.civic import places
from services.projects import nearby

router = Router(name="project_near")

_PAGE = 6
_EXACT = 10_000
"""A point is kept in buttons by ten-thousandths of a degree, some ten metres."""
_LONGEST = 200
_HERE = N_("📍 Near me, where I am")
_NOT_NOW = N_("✖ Not now")


class _Declines(Filter):
    """The key that ends the question, in any language."""

    async def __call__(self, message: Message) -> bool:
        return message.text in {_spoken(_NOT_NOW, tongue) for tongue in LANGUAGES}


def _spoken(label: str, tongue: str) -> str:
    token = language.set(tongue)
    try:
        return plain(_(label))
    finally:
        language.reset(token)


@router.callback_query(To("project_near"), flags=allow(Access.GUEST))
async def begin(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _ask_place(turn)


async def _ask_place(turn: Turn, mistake: str = "") -> Screen:
    """Ask with a key that sends where the person is; districts are another way."""
    await ask(turn, Asking.near, "")
    question = _(
        "Where shall I look? Tap the key below, send a place on the map or type an address. It is "
        "for this list only."
    )
    keys: list[list[str | Ask]] = [[Ask(plain(_(_HERE)), "location")], [plain(_(_NOT_NOW))]]
    return Screen(
        f"{mistake}\n\n{question}" if mistake else question,
        keyboard=Keyboard(keys, hint=plain(_("Street and house"))),
        fresh=True,
        also=[
            Screen(
                _("Or choose a part of the city:"),
                [[Button(_("🗺 By district"), Go(to="project_districts"))]],
            )
        ],
    )


@router.message(_Declines(), StateFilter(Asking.near), flags=allow(Access.GUEST))
async def declined(_message: Message, turn: Turn) -> Screen:
    await turn.state.clear()
    return Screen(
        _("All right."),
        keyboard=menu(),
        fresh=True,
        also=[
            Screen(
                _("All projects are here whenever you like:"),
                [[Button(_("💡 Ideas and projects"), Go(to="projects"))]],
            )
        ],
    )


@router.message(StateFilter(Asking.near), F.location | F.venue, flags=allow(Access.GUEST))
async def pinned(message: Message, turn: Turn) -> Screen:
    if await asked(turn) is None:
        return _too_late()
    location = message.venue.location if message.venue else message.location
    assert location is not None
    return await _found(turn, location.latitude, location.longitude)


@router.message(StateFilter(Asking.near), Answer(), flags=allow(Access.GUEST))
async def typed(message: Message, turn: Turn) -> Screen:
    if await asked(turn) is None:
        return _too_late()
    text = " ".join((message.text or "").split())[:_LONGEST]
    for spot in places.candidates(turn.city, text, await known_places(turn)):
        if spot.lat is not None and spot.lon is not None:
            return await _found(turn, spot.lat, spot.lon, spot.address or text)
    return await _ask_place(turn, _("I do not know where “{text}” is.", text=text))


def _too_late() -> Screen:
    return Screen(left().text, keyboard=menu(), fresh=True)


async def _found(turn: Turn, lat: float, lon: float, address: str | None = None) -> Screen:
    """What is around; the usual keys come back."""
    if not places.inside(turn.city, lat, lon):
        return await _ask_place(turn, _("That is outside the city, and I know only this one."))
    around = _("📍 Around you") if address is None else _("📍 Around {place}", place=address)
    shown = await _page(turn, Near(lat=round(lat * _EXACT), lon=round(lon * _EXACT)))
    return Screen(around, keyboard=menu(), fresh=True, also=[shown])


@router.callback_query(Near.filter(), flags=allow(Access.GUEST))
async def page(_query: CallbackQuery, callback_data: Near, turn: Turn) -> Screen:
    return await _page(turn, callback_data)


async def _page(turn: Turn, here: Near) -> Screen:
    lat, lon = here.lat / _EXACT, here.lon / _EXACT
    found = await nearby.around(turn.tx, turn.city, lat, lon, limit=_PAGE + 1, offset=here.offset)
    rows = [
        [Button(f"{distance(metres)} · {card_label(card)}", ShowProject(project=card.project.id))]
        for card, metres in found[:_PAGE]
    ]
    turns = []
    if here.offset:
        back = here.model_copy(update={"offset": max(0, here.offset - _PAGE)})
        turns.append(Button(_("‹ Earlier"), back))
    if len(found) > _PAGE:
        turns.append(Button(_("More ›"), here.model_copy(update={"offset": here.offset + _PAGE})))
    rows += [turns] if turns else []
    rows += _district(turn, lat, lon)
    rows.append([Button(_("« Ideas and projects"), Go(to="projects"))])
    text = _("<b>Projects near you</b>\nThe nearest first.")
    if not found:
        text = _("There is no project with a place on the map around here yet.")
    return Screen(text, rows)


def _district(turn: Turn, lat: float, lon: float) -> list[list[Button]]:
    """The whole district, with what has no point on the map."""
    slug = places.district_of(turn.city, lat, lon)
    name = places.named_district(turn.city, slug)
    if slug is None or name is None:
        return []
    label = _("🗺 All of {district}", district=local(name))
    return [[Button(label, Listing(what="district", key=slug))]]
