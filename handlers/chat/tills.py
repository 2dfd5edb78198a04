"""The tills of a venue, and those that were met on receipts and wait for their owner's word."""

from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import AddTill, ConfirmTill, Go, RefuseTill, ShowCandidate
from handlers.screen import Button, Screen
from handlers.texts import Html, _, day, local
from handlers.turn import Turn
from services import cities
from services.cities import candidates, registering
from services.cities.candidates import Candidate
from services.cities.registering import PRINTED, TillRow
from services.members.roles import Role

router = Router(name="tills")


def till_line(registration: str) -> Html:
    """A till by what its receipts say. A self-employed seller has an INN and no till."""
    if len(registration) == 16:
        return _("Till {number} ({mark})", number=registration, mark=PRINTED["registration"])
    return _("Self-employed, {number} ({mark})", number=registration, mark=PRINTED["inn"])


async def of_venue(turn: Turn, venue_id: int) -> Screen:
    """The page of an owner: the tills, what waits, and a way to add one."""
    rows = await registering.tills_of(turn.tx, venue_id=venue_id, by=turn.me.id)
    waiting = await candidates.at_venue(turn.tx, turn.city.id, venue_id)
    names = await cities.venue_names(turn.tx, [venue_id])
    lines: list[str] = [_("<b>Tills of {venue}</b>", venue=local(names[venue_id]))]
    lines += [_till(turn, row) for row in rows]
    if not rows:
        lines.append(_("None yet. Add one, and its receipts earn points at once."))
    if waiting:
        lines.append(_("Seen on guests' receipts. Are they yours?"))
    return Screen(
        "\n\n".join(lines),
        [
            *(
                [Button("❔ " + till_line(each.registration), ShowCandidate(candidate=each.id))]
                for each in waiting
            ),
            [Button(_("➕ Add a till"), AddTill(venue=venue_id))],
            [Button(_("« Back"), Go(to="partner"))],
        ],
    )


def _till(turn: Turn, row: TillRow) -> str:
    lines: list[str] = [till_line(row.registration)]
    for fn, state in row.drives:
        lines.append(_("Fiscal drive {number} ({mark})", number=fn, mark=PRINTED["drive"]))
        if state == "frozen":
            lines.append(_("⏸ The city's team is looking into it; its receipts wait."))
    if row.since is None:
        lines.append(_("From the city's list"))
    else:
        on = day(row.since, turn.city.timezone, turn.now)
        lines.append(_("Added on {day}", day=on))
    return "\n".join(lines)


@router.callback_query(ShowCandidate.filter(), flags=allow(Access.GUEST))
async def candidate(_query: CallbackQuery, callback_data: ShowCandidate, turn: Turn) -> Screen:
    found = await candidates.candidate_of(
        turn.tx,
        city_id=turn.city.id,
        candidate_id=callback_data.candidate,
        member_id=turn.me.id,
    )
    return Screen(
        "\n".join([*_met(found), "", _("Where does it stand?")]),
        [
            *(
                [
                    Button(
                        _("✅ {venue}", venue=local(name)),
                        ConfirmTill(candidate=found.id, venue=venue_id),
                    )
                ]
                for venue_id, name in _choice(turn, found)
            ),
            [Button(_("✖️ Not ours"), RefuseTill(candidate=found.id, sure=False))],
            [_back(turn)],
        ],
    )


def _met(found: Candidate) -> list[str]:
    lines = [
        _("<b>A till of {partner} was seen on guests' receipts</b>", partner=local(found.partner)),
        till_line(found.registration),
        *said_of_place(found.place, found.address),
    ]
    if found.internet:
        lines.append(_("It prints receipts of sales on the internet."))
    return lines


def said_of_place(place: str | None, address: str | None) -> list[str]:
    """Where a receipt says that it was printed."""
    return [_("On the receipt: {words}", words=words) for words in (place, address) if words]


def _choice(turn: Turn, found: Candidate) -> list[tuple[int, Any]]:
    """The venues that this person may name, the likely one first."""
    mine = turn.me.venues(Role.OWNER)
    team = turn.me.has(Role.MODERATOR, Role.ADMIN)
    venues = [(id_, name) for id_, name in found.venues if team or id_ in mine]
    return sorted(venues, key=lambda venue: venue[0] != found.venue_id)


def _back(turn: Turn) -> Button:
    """Owners come from their desk, the city's team from its list."""
    team = turn.me.has(Role.MODERATOR, Role.ADMIN)
    return Button(_("« Back"), Go(to="tills" if team else "partner"))


@router.callback_query(ConfirmTill.filter(), flags=allow(Access.GUEST))
async def confirm(_query: CallbackQuery, callback_data: ConfirmTill, turn: Turn) -> Screen:
    taken = await candidates.confirm_candidate(
        turn.tx,
        city_id=turn.city.id,
        candidate_id=callback_data.candidate,
        venue_id=callback_data.venue,
        by=turn.me.id,
        now=turn.now,
    )
    return Screen(
        _(
            "✅ Thank you! This till now belongs to {venue}. Guests whose receipts waited for it "
            "get their points in a moment.",
            venue=local(taken.venue),
        )
        + "\n"
        + till_line(taken.registration),
        [[_back(turn)]],
        toast=_("Confirmed"),
    )


@router.callback_query(RefuseTill.filter(), flags=allow(Access.GUEST))
async def refuse(_query: CallbackQuery, callback_data: RefuseTill, turn: Turn) -> Screen:
    number = callback_data.candidate
    if not callback_data.sure:
        return Screen(
            _("Is this till none of yours? Its receipts will earn no points, and I will not ask "
              "about it again."),
            [
                [Button(_("Yes, it is not ours"), RefuseTill(candidate=number, sure=True))],
                [Button(_("« Back"), ShowCandidate(candidate=number))],
            ],
        )  # fmt: skip
    await candidates.refuse_candidate(
        turn.tx, city_id=turn.city.id, candidate_id=number, by=turn.me.id, now=turn.now
    )
    return Screen(_("Noted, thank you: this till is not yours."), [[_back(turn)]])


def met(facts: dict[str, Any]) -> Screen:
    """Told to the owners: a till of theirs was seen; one tap confirms it where that is safe."""
    lines = [
        _("<b>Is this your till?</b>"),
        till_line(facts["registration"]),
        *said_of_place(facts["place"], facts["address"]),
        "",
    ]
    more = ShowCandidate(candidate=facts["candidate"])
    if facts["venue_id"] is None:
        lines.append(
            _("Guests have sent receipts of it. Say which venue it belongs to, and they get "
              "their points.")
        )  # fmt: skip
        return Screen("\n".join(lines), [[Button(_("Choose the venue"), more)]])
    lines.append(
        _(
            "Guests have sent receipts of it. If it stands at {venue}, confirm it, and they get "
            "their points.",
            venue=local(facts["venue"]),
        )
    )
    yes = ConfirmTill(candidate=facts["candidate"], venue=facts["venue_id"])
    return Screen(
        "\n".join(lines),
        [[Button(_("✅ Yes, it is ours"), yes)], [Button(_("No, or not sure"), more)]],
    )


def new_drive(facts: dict[str, Any]) -> Screen:
    """Told to the owners: a till of theirs has a new drive, learned by itself."""
    return Screen(
        "\n".join(
            [
                _(
                    "Your till at {venue} has a new fiscal drive, and I have noted it. Its "
                    "receipts earn points as before; there is nothing to do.",
                    venue=local(facts["venue"]),
                ),
                till_line(facts["registration"]),
                _("Fiscal drive {number} ({mark})", number=facts["drive"], mark=PRINTED["drive"]),
            ]
        )
    )
