"""What to see: the city's sights, with what is known of them and no more."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, Says, ShowSight, To
from handlers.screen import Button, Place, Screen
from handlers.texts import _, local, plain, verbatim
from handlers.turn import Turn
from services import cities
from services.errors import NotFound

router = Router(name="sights")


@router.message(Says("sights"), flags=allow(Access.GUEST))
@router.callback_query(To("sights"), flags=allow(Access.GUEST))
async def sights(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    found = await cities.sights(turn.tx, turn.city.id)
    return Screen(
        _("<b>What to see in {city}</b>", city=local(turn.city.name)),
        [[Button(local(sight.name), ShowSight(sight=sight.id))] for sight in found],
    )


@router.callback_query(ShowSight.filter(), flags=allow(Access.GUEST))
async def sight(_query: CallbackQuery, callback_data: ShowSight, turn: Turn) -> Screen:
    found = await cities.sights(turn.tx, turn.city.id)
    shown = next((one for one in found if one.id == callback_data.sight), None)
    if shown is None:
        raise NotFound
    lines = [f"<b>{local(shown.name)}</b>"]
    if shown.address:
        lines.append(local(shown.address))
    lines += ["", local(shown.text), *map(local, shown.notes)]
    if shown.coord_confidence == "low":
        lines.append(_("The exact place is still being checked."))
    if shown.attribution:
        lines.append(f"<i>{verbatim(shown.attribution)}</i>")
    return Screen(
        "\n".join(lines),
        [[Button(_("« All sights"), Go(to="sights"))]],
        place=_place(shown),
    )


def _place(shown: cities.SightFacts) -> Place | None:
    if shown.lat is None or shown.lon is None:
        return None
    address = plain(local(shown.address)) if shown.address else ""
    return Place(shown.lat, shown.lon, plain(local(shown.name)), address)
