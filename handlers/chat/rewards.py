"""What points buy: browse, read the terms, take, show the code, let go."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import (
    CancelTicket,
    Go,
    Says,
    ShowReward,
    ShowTicket,
    TakeReward,
    To,
    VenueRewards,
)
from handlers.screen import Button, Picture, Screen
from handlers.texts import _, _n, clock, day, local, merits, plain, points, price, window
from handlers.turn import Turn
from services import ledger
from services.members.card import card_facts
from services.rewards import catalogue, redeem
from services.rewards.catalogue import Offered
from services.rewards.redeem import Ticket

router = Router(name="rewards")

VENUE_SIGNS = {
    "cafe": "☕",
    "restaurant": "🍽",
    "bakery": "🥐",
    "hotel": "🏨",
    "shop": "🛍",
    "tour": "🚌",
    "museum": "🏛",
}


@router.message(Command("rewards"), flags=allow(Access.GUEST))
@router.message(Says("rewards"), flags=allow(Access.GUEST))
@router.callback_query(To("rewards"), flags=allow(Access.GUEST))
async def rewards(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    facts = await card_facts(turn.tx, turn.me.id)
    tickets = await redeem.held(turn.tx, turn.me.id, turn.now)
    venues = await catalogue.venues_with_rewards(
        turn.tx, city_id=turn.city.id, day=turn.now.astimezone(turn.city.timezone).date()
    )
    rows = [
        [
            Button(
                _("🎟 Show the code: {title}", title=local(ticket.title)),
                ShowTicket(redemption=ticket.id),
            )
        ]
        for ticket in tickets
    ]
    rows.append([Button(_("✨ What I can afford"), Go(to="affordable"))])
    rows += [
        [
            Button(
                f"{VENUE_SIGNS.get(venue.kind, '📍')} {local(venue.name)} · {venue.rewards}",
                VenueRewards(venue=venue.id),
            )
        ]
        for venue in venues
    ]
    return Screen(
        _(
            "You have <b>{points}</b>. Where would you like to spend them?",
            points=points(facts.available),
        ),
        rows,
    )


@router.callback_query(To("affordable"), flags=allow(Access.GUEST))
async def affordable(_query: CallbackQuery, turn: Turn) -> Screen:
    facts = await card_facts(turn.tx, turn.me.id)
    found = await _offered(turn, at_most=facts.available, currency=ledger.POINTS)
    if not found:
        cheapest = await _offered(turn, currency=ledger.POINTS)
        text = _("Nothing is on offer today. Check back tomorrow!")
        if cheapest:
            text = _(
                "You have {points}. The nearest reward costs {price}: one more receipt may do it!",
                points=points(facts.available),
                price=price(cheapest[0].price, cheapest[0].currency),
            )
        return Screen(text, [[_back()]])
    return Screen(
        _("With {points} you can get:", points=points(facts.available)),
        [*([_reward_button(reward, venue=True)] for reward in found), [_back()]],
    )


@router.callback_query(To("for_merits"), flags=allow(Access.GUEST))
async def for_merits(_query: CallbackQuery, turn: Turn) -> Screen:
    facts = await card_facts(turn.tx, turn.me.id, ledger.MERITS)
    found = await _offered(turn, currency=ledger.MERITS)
    deeds = [Button(_("⭐ What I did for the city"), Go(to="deeds"))]
    if not found:
        text = _("Nobody offers anything for merits right now. Yours will not run out: look again.")
        return Screen(text, [deeds])
    return Screen(
        _(
            "You have <b>{merits}</b>. Partners thank those who help the city with:",
            merits=merits(facts.available),
        ),
        [*([_reward_button(reward, venue=True)] for reward in found), deeds],
    )


@router.callback_query(VenueRewards.filter(), flags=allow(Access.GUEST))
async def of_venue(_query: CallbackQuery, callback_data: VenueRewards, turn: Turn) -> Screen:
    found = await _offered(turn, venue_id=callback_data.venue)
    if not found:
        return Screen(_("Nothing here today. Look at the other places!"), [[_back()]])
    venue = found[0]
    lines = [f"<b>{local(venue.venue)}</b>", local(venue.address), local(venue.hours)]
    return Screen(
        "\n".join(line for line in lines if line),
        [*([_reward_button(reward)] for reward in found), [_back()]],
    )


async def _offered(
    turn: Turn,
    *,
    venue_id: int | None = None,
    at_most: int | None = None,
    currency: str | None = None,
) -> list[Offered]:
    return await catalogue.offered(
        turn.tx,
        city_id=turn.city.id,
        day=turn.now.astimezone(turn.city.timezone).date(),
        venue_id=venue_id,
        at_most=at_most,
        currency=currency,
    )


def _back() -> Button:
    return Button(_("« All rewards"), Go(to="rewards"))


def _reward_button(reward: Offered, *, venue: bool = False) -> Button:
    where = f" · {local(reward.venue)}" if venue else ""
    cost = _("sold out for now") if reward.left == 0 else price(reward.price, reward.currency)
    return Button(
        f"{reward.emoji} {local(reward.title)} · {cost}{where}", ShowReward(reward=reward.id)
    )


@router.callback_query(ShowReward.filter(), flags=allow(Access.GUEST))
async def reward(_query: CallbackQuery, callback_data: ShowReward, turn: Turn) -> Screen:
    today = turn.now.astimezone(turn.city.timezone).date()
    shown = await catalogue.one(turn.tx, callback_data.reward, today)
    facts = await card_facts(turn.tx, turn.me.id, shown.currency)
    cost = price(shown.price, shown.currency)
    buttons = [[Button(_("« Back"), VenueRewards(venue=shown.venue_id))]]
    text = _terms(turn, shown)
    missing = shown.price - facts.available
    if shown.left == 0:
        text += "\n\n" + _("It is sold out for now. Check back later.")
    elif missing > 0:
        more = price(missing, shown.currency)
        text += "\n\n" + _("You need {more} more.", more=more)
    else:
        buttons.insert(
            0, [Button(_("Get it for {price}", price=cost), TakeReward(reward=shown.id))]
        )
    return Screen(text, buttons)


def _terms(turn: Turn, shown: Offered) -> str:
    lines = [
        f"{shown.emoji} <b>{local(shown.title)}</b>",
        f"{local(shown.venue)}, {local(shown.address)}",
        "",
        local(shown.terms),
        "",
        _("Price: {price}", price=price(shown.price, shown.currency)),
    ]
    if shown.left is not None and shown.left > 0:
        lines.append(_n("Only {n} left", "{n} left", shown.left))
    if shown.per_guest is not None:
        lines.append(_n("Once per guest", "Up to {n} times per guest", shown.per_guest))
    if shown.window is not None:
        lines.append(window(shown.window))
    if shown.ends_on is not None:
        until = day(shown.ends_on, turn.city.timezone, turn.now)
        lines.append(_("Until {day}", day=until))
    return "\n".join(lines)


@router.callback_query(TakeReward.filter(), flags=allow(Access.GUEST))
async def take(_query: CallbackQuery, callback_data: TakeReward, turn: Turn) -> Screen:
    taken = await redeem.take(
        turn.tx,
        city=turn.city,
        member_id=turn.me.id,
        reward_id=callback_data.reward,
        now=turn.now,
    )
    return _ticket(turn, taken)


@router.callback_query(ShowTicket.filter(), flags=allow(Access.GUEST))
async def show(_query: CallbackQuery, callback_data: ShowTicket, turn: Turn) -> Screen:
    shown = await redeem.ticket(turn.tx, turn.me.id, callback_data.redemption)
    if shown.state != "held" or shown.expires_at <= turn.now:
        return Screen(
            _("This code is not valid any more."), [[Button(_("🎁 Rewards"), Go(to="rewards"))]]
        )
    return _ticket(turn, shown)


def _ticket(turn: Turn, shown: Ticket) -> Screen:
    until = clock(shown.expires_at, turn.city.timezone)
    return Screen(
        _(
            "{emoji} <b>{title}</b>\n{venue}, {address}\n\n"
            "Show this code at the counter before {until}: <b>{code}</b>\n"
            "We are holding {price}; if you do not use the code, you get them back automatically.",
            emoji=shown.emoji,
            title=local(shown.title),
            venue=local(shown.venue),
            address=local(shown.address),
            until=until,
            code=shown.code,
            price=price(shown.price, shown.currency),
        ),
        [
            [Button(_("Copy the code"), copy=shown.code)],
            [Button(_("Cancel, return my points"), CancelTicket(redemption=shown.id))],
        ],
        picture=Picture(
            "code",
            {
                "title": plain(local(shown.title)),
                "venue": plain(local(shown.venue)),
                "code": shown.code,
                "until_label": plain(_("valid until {until}", until=until)),
                "hint": plain(_("Show it at the counter")),
                "qr": turn.links.on(turn.me.channel, f"r_{shown.token}"),
                "theme": dict(turn.city.theme),
            },
        ),
    )


@router.callback_query(CancelTicket.filter(), flags=allow(Access.GUEST))
async def cancel(_query: CallbackQuery, callback_data: CancelTicket, turn: Turn) -> Screen:
    gone = await redeem.cancel(
        turn.tx, member_id=turn.me.id, redemption_id=callback_data.redemption, now=turn.now
    )
    return Screen(
        _(
            "Cancelled: {title}. We have returned {price} to your card.",
            title=local(gone.title),
            price=price(gone.price, gone.currency),
        ),
        [[Button(_("🎁 Rewards"), Go(to="rewards")), Button(_("💳 My card"), Go(to="card"))]],
        toast=_("Cancelled"),
        fresh=True,
        closes=True,
    )
