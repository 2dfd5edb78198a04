"""What a report in a chat is before the law, and the way to an official appeal."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.reports.buttons import Appeal
from handlers.screen import Button, Screen
from handlers.texts import Html, _, local, plain, verbatim
from handlers.turn import Turn
from services.cities import CityFacts
from services.civic.places import Spot
from services.errors import NotFound
from services.reports import drafts, own

router = Router(name="reports_appeal")

_COPIED = 256
"""What a button can copy."""


def note(city: CityFacts) -> list[Html]:
    """The honest lines on every card that is about to be sent."""
    if not city.places.get("portal"):
        return [_("<i>A message to the city's services, not an official appeal under 59-FZ.</i>")]
    return [
        _(
            "<i>A message to the city's services, not an official appeal under 59-FZ: that one "
            "goes through {portal}.</i>",
            portal=_name(city),
        )
    ]


def _name(city: CityFacts) -> Html:
    name = city.places.get("portal_name")
    return local(name) if name else verbatim(str(city.places["portal"]))


def ways(city: CityFacts, report_id: int) -> list[list[Button]]:
    """The button to the portal's page and its text; none in a city without a portal."""
    if not city.places.get("portal"):
        return []
    return [[Button(_("⚖️ Official appeal"), Appeal(report=report_id))]]


@router.callback_query(Appeal.filter(), flags=allow(Access.GUEST))
async def official(_query: CallbackQuery, callback_data: Appeal, turn: Turn) -> Screen:
    """The words to paste into the portal's form, and the way there."""
    portal = turn.city.places.get("portal")
    if not portal:
        raise NotFound
    text = await _words(turn, callback_data.report)
    rows = [[Button(_("🏛 Open {portal}", portal=_name(turn.city)), url=portal)]]
    if len(text) <= _COPIED:
        rows.insert(0, [Button(_("📋 Copy the text"), copy=text)])
    return Screen(
        _(
            "An appeal through {portal} is official: you log in there, and an answer in writing is "
            "obligatory. Here is your text for it:\n\n<code>{text}</code>",
            portal=_name(turn.city),
            text=text,
        ),
        rows,
        fresh=True,
    )


async def _words(turn: Turn, report_id: int) -> str:
    """Theme, place and text of a draft or of one's own report."""
    try:
        draft = await drafts.one(turn.tx, turn.city, turn.me.id, report_id)
    except NotFound:
        mine = await own.own(turn.tx, turn.city, turn.me.id, report_id, turn.now)
        parts = [plain(local(mine.theme)), _where(mine.spot), mine.text]
    else:
        theme = plain(local(draft.theme.name)) if draft.theme else ""
        parts = [theme, _where(draft.spot), draft.text]
    return "\n".join(part for part in parts if part)


def _where(spot: Spot) -> str:
    if spot.address:
        return spot.address
    return f"{spot.lat:.5f}, {spot.lon:.5f}" if spot.lat is not None and spot.lon else ""
