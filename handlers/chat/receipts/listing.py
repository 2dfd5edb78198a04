"""The guest's receipts: the list, and one of them with how its points came about."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Receipts, Says, ShowReceipt
from handlers.chat.receipts.brought import computed, part_of
from handlers.chat.receipts.outcome import claimable
from handlers.chat.receipts.words import STATES, explained, told_apart
from handlers.screen import Button, Screen
from handlers.texts import _, day_and_clock, local, number, points
from handlers.turn import Turn
from services.receipts import submit
from services.receipts.detail import Detail, detail
from services.receipts.submit import Listed

router = Router(name="listing")

_PAGE = 8
_IN_A_ROW = 4


@router.message(Command("receipt"), flags=allow(Access.GUEST))
@router.message(Says("receipts"), flags=allow(Access.GUEST))
async def my_receipts(_message: Message, turn: Turn) -> Screen:
    return await _page(turn, 0)


@router.callback_query(Receipts.filter(), flags=allow(Access.GUEST))
async def more_receipts(_query: CallbackQuery, callback_data: Receipts, turn: Turn) -> Screen:
    return await _page(turn, callback_data.offset)


async def _page(turn: Turn, offset: int) -> Screen:
    listed = await submit.mine(turn.tx, turn.me.id, _PAGE + 1, offset)
    if not listed:
        return Screen(
            _("No receipts yet. Photograph the QR code on a receipt and send it to me here.")
        )
    page = listed[:_PAGE]
    lines: list[str] = [_("<b>Your receipts</b>")]
    buttons = []
    for n, receipt in enumerate(page, start=offset + 1):
        lines += _entry(turn, n, receipt)
        buttons.append(Button(_("Details {n}", n=n), ShowReceipt(receipt=receipt.id)))
    row = []
    if offset:
        row.append(Button(_("Newer"), Receipts(offset=max(0, offset - _PAGE))))
    if len(listed) > _PAGE:
        row.append(Button(_("Older"), Receipts(offset=offset + _PAGE)))
    rows = [buttons[at : at + _IN_A_ROW] for at in range(0, len(buttons), _IN_A_ROW)]
    return Screen("\n".join(lines), [*rows, row] if row else rows)


def _entry(turn: Turn, n: int, receipt: Listed) -> list[str]:
    first = f"\n{number(n)}. {_title(turn, receipt)}"
    if receipt.state == "credited":
        partly = part_of(receipt.total, receipt.base)
        return [first, f"<b>+{points(receipt.points)}</b>", *(f"<i>{line}</i>" for line in partly)]
    why = explained(turn.city, receipt.reason, receipt.venue, asked=receipt.asked)
    return [first, f"<i>{why}</i>"]


def _title(turn: Turn, receipt: Listed | Detail) -> str:
    """What the guest knows it by. Where a refused receipt was issued is not looked for."""
    known = told_apart(turn.city, receipt.purchased_at, receipt.total)
    if receipt.venue:
        known.append(local(receipt.venue))
    elif receipt.state == "pending" or not known:
        known.append(_("place not known yet"))
    return f"{STATES[receipt.state]} " + " · ".join(known)


@router.callback_query(ShowReceipt.filter(), flags=allow(Access.GUEST))
async def details(_query: CallbackQuery, callback_data: ShowReceipt, turn: Turn) -> Screen:
    receipt = await detail(turn.tx, turn.me.id, callback_data.receipt)
    return Screen(
        "\n".join(_told(turn, receipt)),
        [
            *claimable(receipt.id, receipt.reason),
            [Button(_("« My receipts"), Receipts(offset=0))],
        ],
    )


def _told(turn: Turn, receipt: Detail) -> list[str]:
    city = turn.city
    lines: list[str] = [
        _title(turn, receipt),
        _("Sent: {when}", when=day_and_clock(receipt.submitted_at, city.timezone)),
        "",
    ]
    if receipt.state == "credited":
        lines.append(f"<b>+{points(receipt.points)}</b>")
        return [*lines, *computed(city, receipt, turn.now)]
    return [*lines, explained(city, receipt.reason, receipt.venue, asked=receipt.asked)]
