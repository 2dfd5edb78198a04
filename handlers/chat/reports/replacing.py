"""Another place or theme for a report that was sent, while its author may still change it."""

from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.home import menu
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports import flow, words
from handlers.chat.reports.buttons import MyReport, Replace
from handlers.chat.reports.keys import Taps, label
from handlers.chat.reports.mine import card
from handlers.chat.reports.placing import in_words, meant, pointed
from handlers.chat.reports.refusals import too_late
from handlers.chat.reports.states import Mending, about_awaited, awaited, keep, wait
from handlers.screen import Ask, Button, Screen
from handlers.texts import _, local
from handlers.turn import Turn
from services.civic.places import Spot
from services.errors import NotFound
from services.reports import drafts, editing, themes
from services.reports.own import Mine

router = Router(name="reports_replacing")


async def ask_theme(turn: Turn, mine: Mine) -> Screen:
    """All themes; the unit and the promised day go with the choice."""
    buttons = [
        Button(
            f"{each.emoji} {local(each.name)}",
            Replace(report=mine.id, what="theme", which=str(each.id)),
        )
        for each in await themes.themes(turn.tx, turn.city.id)
    ]
    back = [Button(_("« Back"), MyReport(report=mine.id))]
    return Screen(_("<b>What is it about?</b>"), [*flow.in_twos(buttons), back])


async def ask_place(turn: Turn, mine: Mine) -> Screen:
    """Where it is after all: the same ways to say it as in a draft."""
    await wait(turn, Mending.place, mine.id)
    rows: list[list[str | Ask]] = [
        [Ask(label("here"), "location")],
        [label("citywide"), label("as_it_was")],
    ]
    asked = flow.where_is_it(rows)
    return Screen(asked.text, keyboard=asked.keyboard, fresh=True)


@router.callback_query(Replace.filter(F.what == "theme"), flags=allow(Access.GUEST))
async def theme(_query: CallbackQuery, callback_data: Replace, turn: Turn) -> Screen:
    if not callback_data.which.isdecimal():
        raise NotFound
    await editing.edit(
        turn.tx, turn.city, member_id=turn.me.id, report_id=callback_data.report,
        category_id=int(callback_data.which), now=turn.now,
    )  # fmt: skip
    return await card(turn, callback_data.report, said=_("✅ Changed."))


@router.message(StateFilter(Mending.place), F.location | F.venue, flags=allow(Access.GUEST))
@about_awaited
async def point(message: Message, turn: Turn, report: int) -> Screen:
    """A location, or a venue with its name."""
    return await _put(turn, report, pointed(turn, message))


@router.message(Taps("citywide"), StateFilter(Mending.place), flags=allow(Access.GUEST))
@about_awaited
async def citywide(_message: Message, turn: Turn, report: int) -> Screen:
    return await _put(turn, report, Spot(citywide=True))


@router.message(Taps("as_it_was"), StateFilter(Mending.place), flags=allow(Access.GUEST))
@about_awaited
async def as_it_was(_message: Message, turn: Turn, report: int) -> Screen:
    await turn.state.clear()
    return await card(turn, report)


@router.message(Taps("as_it_was"), flags=allow(Access.GUEST))
async def too_late_a_tap(_message: Message, turn: Turn) -> Screen:
    """The key of a question that is over."""
    return Screen(_("Nothing was changed."), keyboard=menu())


@router.message(StateFilter(Mending.place), Answer(), flags=allow(Access.GUEST))
@about_awaited
async def address(message: Message, turn: Turn, report: int) -> Screen:
    """A typed address: what it may mean is offered, and the words themselves."""
    text = (message.text or "").strip()
    found = await meant(turn, text)
    await keep(turn, Mending.place, typed=text, spots=[flow.spot_kept(spot) for spot in found])
    rows = [
        [_place(report, f"📍 {words.place(turn.city, spot)}", str(n))]
        for n, spot in enumerate(found)
    ]
    rows.append([_place(report, _("✍️ As I typed it"), "words")])
    return Screen(words.which(len(found)), rows)


def _place(report: int, label_: str, which: str) -> Button:
    return Button(label_, Replace(report=report, what="place", which=which))


@router.callback_query(Replace.filter(F.what == "place"), flags=allow(Access.GUEST))
async def chosen(_query: CallbackQuery, callback_data: Replace, turn: Turn) -> Screen:
    """One of the places that were offered; an old button finds its offer gone."""
    report, data = await awaited(turn), await turn.state.get_data()
    spot = _offered(data, callback_data.which)
    if report != callback_data.report or spot is None:
        return Screen(toast=_("This offer is over. Please send the place again."), alert=True)
    return await _put(turn, report, spot)


def _offered(data: dict[str, Any], which: str) -> Spot | None:
    spots = data.get("spots") or []
    if which == "words" and data.get("typed"):
        return in_words(data["typed"])
    return Spot(**spots[int(which)]) if which.isdecimal() and int(which) < len(spots) else None


async def _put(turn: Turn, report: int, spot: Spot) -> Screen:
    try:
        await editing.edit(
            turn.tx, turn.city, member_id=turn.me.id, report_id=report, spot=spot, now=turn.now
        )
    except drafts.OutsideCity:
        return Screen(
            _(
                "This place is outside the city, so its services cannot help there. Your report "
                "stays as it is; you can send another place."
            )
        )
    except editing.TooLateToEdit:
        said = too_late()
    else:
        said = _("✅ Changed: {place}", place=words.place(turn.city, spot))
    await turn.state.clear()
    now = await card(turn, report)
    return Screen(said, keyboard=menu(), fresh=True, closes=True, also=[now])
