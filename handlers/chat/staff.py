"""The city's own staff: a glance at the programme, and what waits for a decision."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat import queues
from handlers.chat.desk import menu
from handlers.chat.desk.page import is_moderator
from handlers.screen import Button, Screen
from handlers.texts import _, money, points
from handlers.turn import Turn
from services import morning
from services.cities import alerts
from services.cities.overview import overview
from services.receipts.facts import day_of

router = Router(name="staff")


@router.message(Command("staff"), flags=allow(Access.DESK))
@router.callback_query(To("staff"), flags=allow(Access.DESK))
async def staff(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    """The programme for the team; an official of a unit sees the desk at once."""
    if not is_moderator(turn):
        return await menu.home(turn)
    start, _end = day_of(turn.now, turn.city.timezone)
    seen = await overview(turn.tx, turn.city.id, start)
    waits = await morning.beside_reports(turn.tx, turn.city.id, turn.me.id)
    reported = await menu.how_many(turn)
    unclear = await alerts.how_many(turn.tx, turn.city.id)
    return Screen(
        _(
            "<b>The programme today</b>\n"
            "New cards: {cards}\n"
            "Receipts: {credited} credited, {pending} waiting, {rejected} refused\n"
            "Turnover of card holders: {turnover}\n"
            "Points given: {points}\n"
            "Rewards confirmed: {redemptions}",
            cards=seen.cards,
            credited=seen.credited,
            pending=seen.pending,
            rejected=seen.rejected,
            turnover=money(seen.turnover),
            points=points(seen.points),
            redemptions=seen.redemptions,
        ),
        [
            *queues.buttons(waits),
            [Button(_("🏙 Reports of citizens: {n}", n=reported), Go(to="desk"))],
            [Button(_("📉 Why receipts failed"), Go(to="failures"))],
            [Button(_("⚠️ Tills: {n}", n=unclear) if unclear else _("Tills"), Go(to="tills"))],
        ],
    )
