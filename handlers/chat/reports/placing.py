"""Where it is: a point, an address, the same place as last time, or the whole city."""

from dataclasses import replace
from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.home import menu
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports import flow
from handlers.chat.reports.buttons import PutPlace
from handlers.chat.reports.gathering import begun, put_words
from handlers.chat.reports.keys import Taps
from handlers.chat.reports.states import Reporting, draft_id, keep
from handlers.chat.reports.words import place, which
from handlers.screen import Button, Screen
from handlers.texts import _, verbatim
from handlers.turn import Turn
from services import cities
from services.civic.places import Known, Spot, candidates, spot_at
from services.errors import NotFound
from services.reports import drafts, themes

router = Router(name="reports_placing")

_ADDRESS = 200
"""Letters of an address that are kept."""


async def _put(turn: Turn, draft: int, spot: Spot, *, before: str = "") -> Screen:
    """Write the place into the draft and go on."""
    try:
        await drafts.set_place(
            turn.tx, turn.city, member_id=turn.me.id, draft_id=draft, spot=spot, now=turn.now
        )
    except drafts.OutsideCity:
        return await _outside(turn, draft)
    await keep(turn, Reporting.content, file_place=None, spots=None)
    told = _("📍 Noted: {place}", place=place(turn.city, spot))
    return await flow.proceed(turn, draft, said=f"{before}\n{told}" if before else told)


async def _outside(turn: Turn, draft: int) -> Screen:
    """Nothing is lost by a point that is somebody else's."""
    await keep(turn, Reporting.content, file_place=None)
    asked = await flow.proceed(turn, draft)
    sorry = _(
        "This place is outside the city, so its services cannot help there. Your draft is kept."
    )
    if asked.keyboard is None:
        return Screen(sorry, also=[asked])
    return replace(asked, text=f"{sorry}\n\n{asked.text}")


@router.message(StateFilter(Reporting), F.location | F.venue, flags=allow(Access.GUEST))
async def point(message: Message, turn: Turn) -> Screen:
    """A location, a live one as it is now, a forwarded one or a venue, at any moment."""
    draft = await begun(turn)
    spot = pointed(turn, message)
    followed = ""
    if message.location is not None and message.location.live_period:
        followed = _("I take the place where you are now; I do not follow you.")
    return await _put(turn, draft, spot, before=followed)


def pointed(turn: Turn, message: Message) -> Spot:
    """The spot of a location, or of a venue with its name and address."""
    location = message.venue.location if message.venue else message.location
    assert location is not None
    address = None
    if message.venue is not None:
        parts = dict.fromkeys(p for p in (message.venue.title, message.venue.address) if p)
        address = ", ".join(parts)[:_ADDRESS] or None
    return spot_at(turn.city, location.latitude, location.longitude, address)


@router.message(Taps("citywide"), StateFilter(Reporting), flags=allow(Access.GUEST))
async def citywide(_message: Message, turn: Turn) -> Screen:
    return await _put(turn, await begun(turn), Spot(citywide=True))


@router.message(Taps("last_place"), StateFilter(Reporting), flags=allow(Access.GUEST))
async def same_place(_message: Message, turn: Turn) -> Screen:
    spot = await drafts.last_spot(turn.tx, turn.me.id)
    draft = await begun(turn)
    if spot is None:
        return await flow.proceed(turn, draft)
    return await _put(turn, draft, spot)


@router.message(Taps("later"), flags=allow(Access.GUEST))
@router.callback_query(To("report_later"), flags=allow(Access.GUEST))
async def later(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    """Put the draft aside: it is kept, and never sent by itself."""
    return await _aside(turn)


async def _aside(turn: Turn) -> Screen:
    await turn.state.clear()
    kept = _(
        "Your draft is kept for {n} days and is not sent by itself. You find it under /report.",
        n=turn.city.rules.civic.draft_days,
    )
    return Screen(kept, keyboard=menu(), fresh=True, closes=True)


@router.callback_query(To("report_stop"), flags=allow(Access.GUEST))
async def stop(_query: CallbackQuery, turn: Turn) -> Screen:
    """Not now after all; what was gathered stays a draft."""
    draft = await draft_id(turn)
    await turn.state.clear()
    if draft is not None:
        return await _aside(turn)
    return Screen(_("All right. Whenever something is wrong in the city: /report"))


@router.message(StateFilter(Reporting.place), Answer(), flags=allow(Access.GUEST))
async def address(message: Message, turn: Turn) -> Screen:
    """A typed address: what it may mean is offered, and the words themselves."""
    draft = await begun(turn)
    text = (message.text or "").strip()
    found = await meant(turn, text)
    await keep(
        turn, Reporting.place, draft=draft, typed=text, spots=[flow.spot_kept(s) for s in found]
    )
    rows = [
        [Button(f"📍 {place(turn.city, spot)}", PutPlace(draft=draft, which=str(n)))]
        for n, spot in enumerate(found)
    ]
    rows.append([Button(_("✍️ As I typed it"), PutPlace(draft=draft, which="words"))])
    if found:
        return Screen(which(len(found)), rows)
    if await _speaks_of_a_theme(turn, text):
        return await _said_what(turn, draft, text)
    rows.append([Button(_("📝 It says what is wrong"), PutPlace(draft=draft, which="what"))])
    return Screen(
        _(
            "I do not know the address “{text}”. Type the street and the house once more, send a "
            "pin, or leave it in your own words.",
            text=verbatim(text[:_ADDRESS]),
        ),
        rows,
    )


async def meant(turn: Turn, text: str) -> list[Spot]:
    """What a typed address may mean, the likeliest first."""
    return candidates(turn.city, text[:_ADDRESS], await _known(turn))


def in_words(text: str) -> Spot:
    """A place that only its words say."""
    return Spot(address=text[:_ADDRESS])


async def _speaks_of_a_theme(turn: Turn, text: str) -> bool:
    """Whether it is no address but what is wrong: people tell that at any moment."""
    return bool(themes.by_words(await themes.themes(turn.tx, turn.city.id), text))


async def _said_what(turn: Turn, draft: int, text: str) -> Screen:
    await put_words(turn, draft, text)
    return await flow.proceed(turn, draft, said=_("📝 Noted what is wrong."))


async def _known(turn: Turn) -> list[Known]:
    """Sights and venues: people name them more often than a house."""
    seen = [
        Known(sight.name, sight.address, sight.lat, sight.lon)
        for sight in await cities.sights(turn.tx, turn.city.id, region=False)
    ]
    return seen + [
        Known(venue.name, venue.address, venue.lat, venue.lon)
        for venue in await cities.venues(turn.tx, turn.city.id)
    ]


@router.callback_query(PutPlace.filter(), flags=allow(Access.GUEST))
async def chosen(_query: CallbackQuery, callback_data: PutPlace, turn: Turn) -> Screen:
    """One of the places that were offered; an old button finds its offer gone."""
    data = await turn.state.get_data()
    if data.get("draft") != callback_data.draft:
        raise NotFound
    if callback_data.which == "elsewhere":
        await keep(turn, Reporting.content, file_place=None)
        return await flow.proceed(turn, callback_data.draft)
    if callback_data.which == "what" and data.get("typed"):
        return await _said_what(turn, callback_data.draft, data["typed"])
    spot = _offered(turn, data, callback_data.which)
    if spot is None:
        return Screen(toast=_("This offer is over. Please send the place again."), alert=True)
    return await _put(turn, callback_data.draft, spot)


def _offered(turn: Turn, data: dict[str, Any], which: str) -> Spot | None:
    if which == "file" and data.get("file_place"):
        return spot_at(turn.city, *data["file_place"])
    if which == "words" and data.get("typed"):
        return in_words(data["typed"])
    spots = data.get("spots") or []
    if which.isdecimal() and int(which) < len(spots):
        return Spot(**spots[int(which)])
    return None


@router.callback_query(To("report_here"), flags=allow(Access.GUEST))
async def here(_query: CallbackQuery, turn: Turn) -> Screen:
    """A place that was sent outside of any dialogue: something is wrong there."""
    point = (await turn.state.get_data()).get("point")
    if not point:
        return await flow.ask_content(turn)
    await turn.state.clear()
    return await _put(turn, await begun(turn), spot_at(turn.city, *point))


def offer_here() -> list[list[Button]]:
    """What can be done with a place that nobody has asked for."""
    return [
        [Button(_("🏙 Report a problem here"), Go(to="report_here"))],
        [Button(_("🔎 What is reported nearby"), Go(to="report_near"))],
    ]
