"""At the counter: look a guest's code up, confirm, refuse, undo."""

import re

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Confirm, Refuse, Undo
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, clock, local, price
from handlers.turn import Person, Turn
from services.errors import NotAllowed, NotFound
from services.members.card import card_holder
from services.members.roles import Role
from services.rewards import counter
from services.rewards.counter import Presented, RefusalReason, UndoReason, Wrong

router = Router(name="counter")

_CODE = re.compile(r"\s*([0-9]{2})\s?([0-9]{2})\s*", re.ASCII)

REFUSALS = {
    RefusalReason.OUT_OF_STOCK: N_("Out of stock"),
    RefusalReason.NOT_SERVED_NOW: N_("Not served at this time"),
    RefusalReason.OTHER_GUEST: N_("The guest is not here"),
    RefusalReason.OTHER: N_("Another reason"),
}

UNDOS = {
    UndoReason.MISTAKE: N_("Confirmed by mistake"),
    UndoReason.GUEST_CHANGED_MIND: N_("The guest changed their mind"),
    UndoReason.NOT_GIVEN: N_("It could not be provided"),
}


class StaffCode(Filter):
    """Four digits from somebody who works at a venue."""

    async def __call__(self, message: Message, person: Person) -> bool | dict[str, str]:
        match = _CODE.fullmatch(message.text or "")
        if match is None or not person.has(Role.CASHIER, Role.OWNER):
            return False
        return {"code": match[1] + match[2]}


async def present(turn: Turn, token: str) -> Screen:
    """A guest's QR was opened or photographed."""
    if not turn.me.has(Role.CASHIER, Role.OWNER):
        raise NotAllowed
    seen = await counter.by_token(turn.tx, cashier_id=turn.me.id, token=token, now=turn.now)
    return _presented(turn, seen)


async def greet(turn: Turn, card: str) -> Screen | None:
    """A guest's card was scanned: staff see whose it is, others nothing."""
    if not turn.me.has(Role.CASHIER, Role.OWNER):
        return None
    holder = await card_holder(turn.tx, turn.city.id, card)
    if holder is None:
        raise NotFound
    return Screen(
        _(
            "💳 {guest}, {level}.\nTo give a reward, ask for the code of the reward itself.",
            guest=_guest(counter.mask(holder.name)),
            level=local(turn.city.level_of(holder.earned).name),
        )
    )


@router.message(StaffCode(), flags=allow(Access.STAFF))
async def typed_code(_message: Message, code: str, turn: Turn) -> Screen:
    seen = await counter.by_code(
        turn.tx, city=turn.city, cashier_id=turn.me.id, code=code, now=turn.now
    )
    if isinstance(seen, Wrong):
        return Screen(
            _(
                "There is no open reward with the code {code} at your venue. Ask the guest to show "
                "the code once more; it may have expired.",
                code=Html(f"<b>{code}</b>"),
            )
        )
    return _presented(turn, seen)


def _presented(turn: Turn, seen: Presented) -> Screen:
    return Screen(
        _(
            "{emoji} <b>{title}</b>\n{venue}\n{terms}\n\n"
            "Guest: {guest}\nPaid with {price}\nValid until {until}",
            emoji=seen.emoji,
            title=local(seen.title),
            venue=local(seen.venue),
            terms=local(seen.terms),
            guest=_guest(seen.guest),
            price=price(seen.price, seen.currency),
            until=clock(seen.expires_at, turn.city.timezone),
        ),
        [
            [Button(_("✅ Handed over, confirm"), Confirm(token=seen.token))],
            [Button(_("Refuse…"), Refuse(token=seen.token))],
        ],
    )


def _guest(masked: str) -> str:
    return masked or _("no name on the card")


@router.callback_query(Confirm.filter(), flags=allow(Access.STAFF))
async def confirm(_query: CallbackQuery, callback_data: Confirm, turn: Turn) -> Screen:
    done = await counter.confirm(
        turn.tx, token=callback_data.token, cashier_id=turn.me.id, now=turn.now
    )
    minutes = turn.city.rules.redemption.undo_minutes
    return Screen(
        _(
            "✅ Confirmed at {time}: {emoji} {title} ({guest}). The guest has been told.",
            time=clock(turn.now, turn.city.timezone),
            emoji=done.emoji,
            title=local(done.title),
            guest=_guest(done.guest),
        ),
        [
            [
                Button(
                    _n("Undo (within {n} minute)", "Undo (within {n} minutes)", minutes),
                    Undo(redemption=done.id),
                )
            ]
        ],
        toast=_("Confirmed"),
    )


@router.callback_query(Refuse.filter(), flags=allow(Access.STAFF))
async def refuse(_query: CallbackQuery, callback_data: Refuse, turn: Turn) -> Screen:
    if callback_data.reason not in set(RefusalReason):
        return Screen(
            _("Why can it not be given? The guest will see the reason and get their points back."),
            [
                [Button(_(words), Refuse(token=callback_data.token, reason=reason))]
                for reason, words in REFUSALS.items()
            ],
        )
    reason = RefusalReason(callback_data.reason)
    gone = await counter.refuse(
        turn.tx, token=callback_data.token, cashier_id=turn.me.id, reason=reason, now=turn.now
    )
    return Screen(
        _("Refused: {title}. The points are back with the guest.", title=local(gone.title)),
        toast=_("Refused"),
    )


@router.callback_query(Undo.filter(), flags=allow(Access.STAFF))
async def undo(_query: CallbackQuery, callback_data: Undo, turn: Turn) -> Screen:
    redemption = callback_data.redemption
    if callback_data.reason not in set(UndoReason):
        return Screen(
            _("Why should it be undone? The guest will be told."),
            [
                [Button(_(words), Undo(redemption=redemption, reason=reason))]
                for reason, words in UNDOS.items()
            ],
        )
    gone = await counter.undo(
        turn.tx,
        city=turn.city,
        redemption_id=redemption,
        cashier_id=turn.me.id,
        reason=UndoReason(callback_data.reason),
        now=turn.now,
    )
    return Screen(
        _("Undone: {title}. The points are back with the guest.", title=local(gone.title)),
        toast=_("Undone"),
    )
