"""What was built once and can be built again: look, and begin the same here."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.projects import words
from handlers.chat.projects.buttons import AdoptPractice, Listing, ShowPractice, ShowProject
from handlers.chat.projects.paging import page
from handlers.screen import Button, Screen
from handlers.texts import _, _n, days, local, money, verbatim
from handlers.turn import Turn
from services.projects import practices
from services.projects.practices import PracticeCard

router = Router(name="project_practices")

_PAGE = 6


@router.callback_query(To("practices"), flags=allow(Access.GUEST))
async def first(_query: CallbackQuery, turn: Turn) -> Screen:
    return await listing(turn, 0)


@router.callback_query(Listing.filter(F.what == "practices"), flags=allow(Access.GUEST))
async def listed(_query: CallbackQuery, callback_data: Listing, turn: Turn) -> Screen:
    return await listing(turn, callback_data.offset)


async def listing(turn: Turn, offset: int) -> Screen:
    found = await practices.listing(turn.tx, limit=_PAGE + 1, offset=offset)
    back = [Button(_("« Ideas and projects"), Go(to="projects"))]
    if not found:
        return Screen(
            _("No project is finished yet. The first one will stand here, for others to repeat."),
            [back],
        )
    rows = [
        [Button(f"{words.KIND_SIGNS[card.kind]} {verbatim(card.title)}",
                ShowPractice(practice=card.id))]
        for card in found[:_PAGE]
    ]  # fmt: skip
    more = page(Listing(what="practices", offset=offset), len(found), _PAGE)
    return Screen(
        _("🌟 <b>Done and worth repeating</b>\nEach of them can be begun again where you live."),
        [*rows, *more, back],
    )


@router.callback_query(ShowPractice.filter(), flags=allow(Access.GUEST))
async def shown(_query: CallbackQuery, callback_data: ShowPractice, turn: Turn) -> Screen:
    card = await practices.one(turn.tx, callback_data.practice)
    rows = [[Button(_("🌱 Begin the same where I live"), AdoptPractice(practice=card.id))]]
    if card.project_id is not None:
        rows.append([Button(_("How it was done"), ShowProject(project=card.project_id))])
    rows.append([Button(_("« Worth repeating"), Go(to="practices"))])
    return Screen(_told(card), rows)


def _told(card: PracticeCard) -> str:
    lines = [
        f"🌟 <b>{verbatim(card.title)}</b>",
        f"{words.kind_of(card.kind)} · {local(card.city)}",
        "",
        verbatim(card.text),
        "",
        _("From the idea to the end: {days}", days=days(card.days)),
    ]
    if card.cost:
        lines.append(_("Cost: {sum}", sum=money(card.cost)))
    if card.adopted:
        lines.append(_n("Repeated once", "Repeated {n} times", card.adopted))
    return "\n".join(lines)
