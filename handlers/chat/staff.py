"""The city's own staff: a glance at the programme. Queues come with the later capabilities."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from handlers.access import Access, allow
from handlers.screen import Screen
from handlers.texts import _, money, points
from handlers.turn import Turn
from services.cities.overview import overview
from services.receipts.facts import day_of

router = Router(name="staff")


@router.message(Command("staff"), flags=allow(Access.CITY))
async def staff(_message: Message, turn: Turn) -> Screen:
    start, _end = day_of(turn.now, turn.city.timezone)
    seen = await overview(turn.tx, turn.city.id, start)
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
        )
    )
