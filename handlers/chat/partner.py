"""The partner's own pages: the day at a venue, its staff, and invitations."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Desk, Dismiss, Go, Invite, To, Undo
from handlers.chat import refunding, summary, tills
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, clock, day, days, local, money, points
from handlers.turn import Turn
from services import cities
from services.cities.models import Localized
from services.members import roles
from services.members.roles import Role
from services.receipts.facts import day_of
from services.rewards import counter

router = Router(name="partner")

ROLES = {
    Role.CASHIER: N_("cashier"),
    Role.OWNER: N_("owner"),
    Role.MODERATOR: N_("moderator"),
    Role.ADMIN: N_("administrator"),
    Role.OFFICIAL: N_("official"),
    Role.EXPERT: N_("expert"),
    Role.MENTOR: N_("mentor"),
    Role.FUNDER: N_("funder"),
    Role.OPERATOR: N_("operator of projects"),
}

WELCOME = {
    Role.MODERATOR: N_("Everything that waits for you is in /staff"),
    Role.ADMIN: N_("Everything that waits for you is in /staff"),
    Role.OPERATOR: N_("You lead projects through their stages: /projects"),
    Role.EXPERT: N_("Projects that wait for your opinion are in /projects"),
    Role.MENTOR: N_("Teams that look for a mentor are in /projects"),
    Role.FUNDER: N_("Projects that look for money are in /projects"),
}
"""Where somebody with a role of the whole city begins."""

CHANNELS = {"web": N_("web chat"), "telegram": N_("Telegram")}


async def accept(turn: Turn, token: str) -> Screen:
    """Take up an invitation."""
    invited = await roles.accept_invitation(
        turn.tx, member_id=turn.me.id, token=token, now=turn.now
    )
    role = _(ROLES[invited.role])
    if invited.unit is not None:
        return Screen(
            _(
                "Welcome to {unit}! Your role: {role}.\nWhat citizens have reported to you is in "
                "/staff. I will write when something new comes or a day draws near.",
                unit=local(invited.unit),
                role=role,
            )
        )
    if invited.venue is None:
        welcome = _("Welcome to the city's team! Your role: {role}.", role=role)
        return Screen(f"{welcome}\n{_(WELCOME[invited.role])}")
    return Screen(
        _(
            "Welcome to the team of {venue}! Your role: {role}.\n"
            "When a guest shows a code, type its four digits here, or photograph the QR code. "
            "Everything else is in /partner",
            venue=local(invited.venue),
            role=role,
        )
    )


@router.message(Command("partner"), flags=allow(Access.STAFF))
@router.callback_query(To("partner"), flags=allow(Access.STAFF))
async def desk(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    venues = turn.me.venues(Role.CASHIER, Role.OWNER)
    names = await _names(turn)
    owned = turn.me.venues(Role.OWNER)
    rows = []
    for venue in venues:
        today = _("Today: {venue}", venue=local(names[venue]))
        rows.append([Button(today, Desk(venue=venue, page="today"))])
        if venue in owned:
            rows += _of_owner(venue)
    return Screen(
        _(
            "<b>At the counter</b>\n"
            "Type the four digits of the guest's code here, or photograph the QR code."
        ),
        rows,
    )


def _of_owner(venue: int) -> list[list[Button]]:
    return [
        [
            Button(_("Staff"), Desk(venue=venue, page="staff")),
            Button(_("Tills"), Desk(venue=venue, page="tills")),
        ],
        [Button(_("📉 Why receipts failed"), Desk(venue=venue, page="failures"))],
        [Button(_("↩️ Report a refund"), Desk(venue=venue, page="refund"))],
    ]


async def _names(turn: Turn) -> dict[int, Localized]:
    return await cities.venue_names(turn.tx, turn.me.venues(Role.CASHIER, Role.OWNER))


@router.callback_query(Desk.filter(), flags=allow(Access.STAFF))
async def page(_query: CallbackQuery, callback_data: Desk, turn: Turn) -> Screen:
    if callback_data.page == "staff":
        return await _staff(turn, callback_data.venue)
    if callback_data.page == "tills":
        return await tills.of_venue(turn, callback_data.venue)
    if callback_data.page == "failures":
        return await summary.of_venue(turn, callback_data.venue)
    if callback_data.page == "refund":
        return await refunding.begin(turn, callback_data.venue)
    return await _today(turn, callback_data.venue)


async def _today(turn: Turn, venue_id: int) -> Screen:
    start, _end = day_of(turn.now, turn.city.timezone)
    done = await counter.confirmed_since(
        turn.tx,
        city=turn.city,
        venue_id=venue_id,
        staff_id=turn.me.id,
        start=start,
        now=turn.now,
    )
    lines = []
    if venue_id in turn.me.venues(Role.OWNER):
        lines = _totals(
            await counter.today(turn.tx, venue_id=venue_id, owner_id=turn.me.id, start=start)
        )
    lines += [_done(turn, item) for item in done]
    if not done:
        lines.append(_("No rewards given yet today."))
    fresh = [
        [Button(_("Undo: {title}", title=local(item.title)), Undo(redemption=item.id))]
        for item in done
        if item.can_undo
    ]
    return Screen("\n".join(lines), [*fresh, [Button(_("« Back"), Go(to="partner"))]])


def _totals(totals: counter.Today) -> list[str]:
    return [
        f"<b>{local(totals.venue)}</b>",
        _(
            "Today: {redemptions} for {points}, {refused} refused.",
            redemptions=_n("{n} reward", "{n} rewards", totals.redemptions),
            points=points(totals.points),
            refused=totals.refused,
        ),
        _(
            "Receipts of card holders: {receipts} for {turnover}.",
            receipts=totals.receipts,
            turnover=money(totals.turnover),
        ),
        "",
    ]


def _done(turn: Turn, item: counter.Done) -> Html:
    line = f"{clock(item.at, turn.city.timezone)} · {item.emoji} {local(item.title)}"
    if item.cashier:
        line += " · " + _("by {name}", name=item.cashier)
    return Html(line)


async def _staff(turn: Turn, venue_id: int) -> Screen:
    await roles.require(turn.tx, turn.me.id, (Role.OWNER,), venue_id)
    people = await roles.colleagues(turn.tx, venue_id)
    names = await _names(turn)
    lines = [_("<b>Who works at {venue}</b>", venue=local(names[venue_id]))]
    lines += [
        _(
            "{name}: {role} since {day}",
            name=person.name or _("without a name"),
            role=_(ROLES[person.role]),
            day=day(person.since, turn.city.timezone, turn.now),
        )
        for person in people
    ]
    buttons = [
        [
            Button(
                _("Remove {name}", name=person.name or _("without a name")),
                Dismiss(grant=person.grant_id, sure=False),
            )
        ]
        for person in people
        if person.member_id != turn.me.id
    ]
    return Screen(
        "\n".join(lines),
        [
            *buttons,
            [Button(_("➕ Invite a cashier"), Invite(venue=venue_id))],
            [Button(_("« Back"), Go(to="partner"))],
        ],
    )


@router.callback_query(Invite.filter(), flags=allow(Access.OWNER))
async def invite(_query: CallbackQuery, callback_data: Invite, turn: Turn) -> Screen:
    await roles.require(turn.tx, turn.me.id, (Role.OWNER,), callback_data.venue)
    token = await roles.invite(
        turn.tx,
        city_id=turn.city.id,
        role=Role.CASHIER,
        venue_id=callback_data.venue,
        created_by=turn.me.id,
        now=turn.now,
    )
    links = turn.links.to(f"s_{token}")
    return Screen(
        _(
            "Send your cashier one of these links. It works once and expires in {days}.\n\n{links}",
            days=days(roles.INVITATION_LIFE.days),
            links="\n".join(links.values()),
        ),
        [
            *(
                [Button(_("Copy the link: {channel}", channel=_(CHANNELS[name])), copy=link)]
                for name, link in links.items()
            ),
            [Button(_("« Back"), Desk(venue=callback_data.venue, page="staff"))],
        ],
    )


@router.callback_query(Dismiss.filter(), flags=allow(Access.OWNER))
async def dismiss(_query: CallbackQuery, callback_data: Dismiss, turn: Turn) -> Screen:
    if not callback_data.sure:
        return Screen(
            _("Stop this person confirming rewards at your venue?"),
            [
                [
                    Button(_("Yes, remove"), Dismiss(grant=callback_data.grant, sure=True)),
                    Button(_("« Back"), Go(to="partner")),
                ]
            ],
        )
    gone = await roles.revoke(turn.tx, grant_id=callback_data.grant, by=turn.me.id, now=turn.now)
    return Screen(
        _("{name} can no longer confirm rewards here.", name=gone.name or _("This person")),
        [[Button(_("« Back"), Go(to="partner"))]],
        toast=_("Removed"),
    )
