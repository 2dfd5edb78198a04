"""The city's own staff: a glance at the programme, and what waits for a decision."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, Review, To
from handlers.screen import Button, Screen
from handlers.texts import _, money, points
from handlers.turn import Turn
from services.cities import alerts
from services.cities.overview import overview
from services.receipts import review
from services.receipts.facts import day_of

router = Router(name="staff")


@router.message(Command("staff"), flags=allow(Access.CITY))
@router.callback_query(To("staff"), flags=allow(Access.CITY))
async def staff(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    start, _end = day_of(turn.now, turn.city.timezone)
    seen = await overview(turn.tx, turn.city.id, start)
    queue = await review.waiting_for(turn.tx, turn.city.id, turn.me.id)
    unclear = await alerts.how_many(turn.tx, turn.city.id)
    to_check = [[Button(_("🔎 Receipts to check: {n}", n=queue), Review(after=0))]]
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
            *(to_check if queue else []),
            [Button(_("📉 Why receipts failed"), Go(to="failures"))],
            [Button(_("⚠️ Tills: {n}", n=unclear) if unclear else _("Tills"), Go(to="tills"))],
        ],
    )
