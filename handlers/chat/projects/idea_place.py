"""Where an idea is: a pin, the phone's own place, a typed address, or the whole city."""

from dataclasses import asdict
from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.home import menu
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import IdeaAt
from handlers.chat.projects.idea_card import similar_or_card
from handlers.chat.projects.where import where
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports.keys import Taps, label
from handlers.screen import Ask, Button, Keyboard, Screen
from handlers.texts import _, plain, verbatim
from handlers.turn import Turn
from services.cities import sights, venues
from services.civic import places
from services.civic.places import Known, Spot
from services.projects import ideas

router = Router(name="idea_place")

_LONGEST = 200


async def ask_place(turn: Turn, idea_id: int, mistake: str = "") -> Screen:
    """Ask where it is, with a key that sends where the person is."""
    await ask(turn, Asking.idea_place, "", idea=idea_id)
    keys: list[list[str | Ask]] = [
        [Ask(label("here"), "location")],
        [label("citywide"), label("later")],
    ]
    question = _("Where is it? Send a place on the map or type the address.")
    return Screen(
        f"{mistake}\n\n{question}" if mistake else question,
        keyboard=Keyboard(keys, hint=plain(_("Street and house"))),
        fresh=True,
        closes=True,
    )


@router.message(StateFilter(Asking.idea_place), F.location | F.venue, flags=allow(Access.GUEST))
async def pinned(message: Message, turn: Turn) -> Screen:
    facts = await asked(turn)
    if facts is None:
        return left()
    location = message.venue.location if message.venue else message.location
    assert location is not None
    if not places.inside(turn.city, location.latitude, location.longitude):
        return await ask_place(
            turn, facts["idea"], _("That is outside the city, and I keep ideas for this city only.")
        )
    address = message.venue.title if message.venue else None
    spot = places.spot_at(turn.city, location.latitude, location.longitude, address)
    return await _placed(turn, facts["idea"], spot)


@router.message(Taps("citywide"), StateFilter(Asking.idea_place), flags=allow(Access.GUEST))
async def citywide(_message: Message, turn: Turn) -> Screen:
    facts = await asked(turn)
    if facts is None:
        return left()
    return await _placed(turn, facts["idea"], Spot(citywide=True))


@router.message(Taps("later"), StateFilter(Asking.idea_place), flags=allow(Access.GUEST))
async def later(_message: Message, turn: Turn) -> Screen:
    await turn.state.clear()
    return Screen(
        _("Kept for you: /idea shows it. Nobody else sees it, and nothing is sent by itself."),
        keyboard=menu(),
    )


@router.message(StateFilter(Asking.idea_place), Answer(), flags=allow(Access.GUEST))
async def typed(message: Message, turn: Turn) -> Screen:
    facts = await asked(turn)
    if facts is None:
        return left()
    text = " ".join((message.text or "").split())[:_LONGEST]
    found = places.candidates(turn.city, text, await known_places(turn))
    spots = [*found, Spot(address=text)]
    rows = [
        [Button(verbatim(spot.address or text), IdeaAt(idea=facts["idea"], spot=number))]
        for number, spot in enumerate(found)
    ]
    as_typed = Button(_("✅ Just as I typed it"), IdeaAt(idea=facts["idea"], spot=len(found)))
    return await ask(
        turn,
        Asking.idea_place,
        _("Which place do you mean?") if found else _("I do not know this address yet. Keep it?"),
        *rows,
        [as_typed],
        idea=facts["idea"],
        spots=[asdict(spot) for spot in spots],
    )


async def known_places(turn: Turn) -> list[Known]:
    """Venues and sights, which an address may mean."""
    found: list[Any] = [
        *await venues(turn.tx, turn.city.id),
        *await sights(turn.tx, turn.city.id),
    ]
    return [
        Known(each.name, getattr(each, "address", None), getattr(each, "lat", None),
              getattr(each, "lon", None))
        for each in found
    ]  # fmt: skip


@router.callback_query(IdeaAt.filter(), flags=allow(Access.GUEST))
async def chosen(_query: CallbackQuery, callback_data: IdeaAt, turn: Turn) -> Screen:
    idea_id, number = callback_data.idea, callback_data.spot
    facts = await asked(turn) or {}
    spots = facts.get("spots", ()) if facts.get("idea") == idea_id else ()
    if number >= len(spots):
        return await ask_place(turn, idea_id)
    return await _placed(turn, idea_id, Spot(**spots[number]))


async def _placed(turn: Turn, idea_id: int, spot: Spot) -> Screen:
    await ideas.edit(turn.tx, project_id=idea_id, by=turn.me.id, now=turn.now, spot=spot)
    following = await similar_or_card(turn, idea_id)
    return Screen(
        _("📍 Noted: {place}", place=where(turn.city, spot)),
        keyboard=menu(),
        fresh=True,
        closes=True,
        also=[following],
    )
