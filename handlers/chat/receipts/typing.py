"""For a code that no camera reads: the receipt's numbers, one question at a time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiogram import Router
from aiogram.filters import Filter, StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import MENU, Go, Says, To, TypeAgain
from handlers.chat.receipts.sending import received
from handlers.chat.receipts.states import Typing
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, day_and_clock, money
from handlers.turn import Turn
from services.receipts import typed
from services.receipts.typed import PRINTED, Fault, Field, Mistyped

router = Router(name="typing")

_EXAMPLES = {Field.TOTAL: "540.50", Field.MOMENT: "22.11 14:35"}

QUESTIONS = {
    Field.DRIVE: N_(
        "The number of the till's memory: <b>16 digits</b> after the letters “{mark}”, mostly "
        "beside the QR code at the bottom of the receipt. Please type it here."
    ),
    Field.DOCUMENT: N_(
        "The number of the document: up to 10 digits after the letters “{mark}”, near “{drive}”."
    ),
    Field.SIGN: N_(
        "The fiscal sign: up to 10 digits after the letters “{mark}”, mostly the last number."
    ),
    Field.TOTAL: N_("The sum in rubles, as it stands beside “{mark}”. For example: {example}"),
    Field.MOMENT: N_(
        "The date and the time of the purchase, as printed. For example: {example}. The time alone "
        "is enough for a receipt of today."
    ),
}

NAMES = {
    Field.DRIVE: N_("{mark}: {value}"),
    Field.DOCUMENT: N_("{mark}: {value}"),
    Field.SIGN: N_("{mark}: {value}"),
    Field.TOTAL: N_("Sum: {value}"),
    Field.MOMENT: N_("Bought: {value}"),
}

MISTAKES = {
    Fault.FOREIGN_DIGITS: N_("Please use the ordinary digits from 0 to 9."),
    Fault.NOT_A_NUMBER: N_("I can only take the digits here, without other words."),
    Fault.TOO_LARGE: N_("This number cannot be right: it has too many digits, or is zero."),
    Fault.NO_SUM: N_("I cannot read this as a sum of money."),
    Fault.NO_MOMENT: N_("I cannot read this as a date and a time."),
    Fault.NO_SUCH_DAY: N_("There is no such day or time. Please look at the receipt once more."),
}


class Answer(Filter):
    """A text that is meant for the dialogue: no command, no label of the menu."""

    async def __call__(self, message: Message) -> bool:
        if not message.text or message.text.startswith("/"):
            return False
        return not any([await Says(name)(message) for name in MENU])


class NamesDrive(Filter):
    """A text with a drive's number in it: somebody types a receipt without having been asked."""

    async def __call__(self, message: Message) -> bool | dict[str, str]:
        drive = typed.drive_in(message.text or "")
        return {"drive": drive} if drive else False


@router.callback_query(To("typing"), flags=allow(Access.GUEST))
async def begin(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _next(turn, {})


@router.callback_query(To("typing_back"), flags=allow(Access.GUEST))
async def back(_query: CallbackQuery, turn: Turn) -> Screen:
    values = await _values(turn)
    if set(values) == set(Field):
        return await _next(turn, values)
    last = next((field for field in reversed(Field) if field in values), None)
    if last is not None:
        del values[last]
    return await _next(turn, values)


@router.callback_query(To("typing_cancel"), flags=allow(Access.GUEST))
async def cancel(_query: CallbackQuery, turn: Turn) -> Screen:
    await turn.state.clear()
    return Screen(
        _("All right, nothing was sent. You can photograph the receipt again whenever you like.")
    )


@router.callback_query(To("typing_change"), flags=allow(Access.GUEST))
async def change(_query: CallbackQuery, turn: Turn) -> Screen:
    values = await _values(turn)
    if set(values) != set(Field):
        return await _next(turn, values)
    buttons = [[Button(_named(turn, field, values), TypeAgain(field=field))] for field in Field]
    return Screen(
        _("What shall we correct?"), [*buttons, [Button(_("« Back"), Go(to="typing_all"))]]
    )


@router.callback_query(To("typing_all"), flags=allow(Access.GUEST))
async def all_of_it(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _next(turn, await _values(turn))


@router.callback_query(TypeAgain.filter(), flags=allow(Access.GUEST))
async def type_again(_query: CallbackQuery, callback_data: TypeAgain, turn: Turn) -> Screen:
    values = await _values(turn)
    if set(values) != set(Field) or callback_data.field not in set(Field):
        return await _next(turn, values)
    return await _correct(turn, Field(callback_data.field))


@router.callback_query(To("typing_send"), flags=allow(Access.GUEST))
async def send(_query: CallbackQuery, turn: Turn) -> Screen:
    values = await _values(turn)
    if not values:
        return Screen(toast=_("There is nothing to send any more."), alert=True)
    if set(values) != set(Field):
        return await _next(turn, values)
    slip = typed.slip_of(values)
    return await received(turn, slip, typed.SOURCE, None, await turn.state.get_state())


@router.message(StateFilter(Typing), Answer(), flags=allow(Access.GUEST))
async def answered(message: Message, turn: Turn, raw_state: str) -> Screen:
    text, now = message.text or "", _local_now(turn)
    if everything := typed.whole(text, now):
        return await _next(turn, everything)
    values = await _values(turn)
    if raw_state == Typing.sure.state:
        return await _next(turn, values)
    asked = Field(raw_state.rpartition(":")[2])
    try:
        values[asked] = typed.read(asked, text, now)
    except Mistyped as mistake:
        return await _again(turn, values, asked, _mistake(mistake))
    return await _next(turn, values)


@router.message(NamesDrive(), flags=allow(Access.GUEST))
async def volunteered(message: Message, drive: str, turn: Turn) -> Screen:
    values: dict[str, Any] | None = typed.whole(message.text or "", _local_now(turn))
    return await _next(turn, values or {Field.DRIVE: drive})


async def _values(turn: Turn) -> dict[str, Any]:
    """What has been typed so far."""
    values: dict[str, Any] = (await turn.state.get_data()).get("typed", {})
    return dict(values)


async def _again(turn: Turn, values: Mapping[str, Any], asked: Field, mistake: Html) -> Screen:
    """The same question after an answer that cannot be taken."""
    screen = await (_correct(turn, asked) if asked in values else _next(turn, values))
    return replace(screen, text=f"{mistake}\n\n{screen.text}")


async def _correct(turn: Turn, field: Field) -> Screen:
    """One number once more; what was typed stays until another one is there."""
    await turn.state.set_state(getattr(Typing, field))
    back = Button(_("« Back"), Go(to="typing_all"))
    return Screen(_question(field), [[back, Button(_("Cancel"), Go(to="typing_cancel"))]])


async def _next(turn: Turn, values: Mapping[str, Any]) -> Screen:
    """The next question, or all of it to be looked over."""
    await turn.state.set_data({"typed": {str(field): value for field, value in values.items()}})
    missing = next((field for field in Field if field not in values), None)
    if missing is None:
        await turn.state.set_state(Typing.sure)
        return _look_over(turn, values)
    await turn.state.set_state(getattr(Typing, missing))
    step = _("{n} of {all}", n=len(values) + 1, all=len(Field))
    row = [Button(_("Cancel"), Go(to="typing_cancel"))]
    if values:
        row.insert(0, Button(_("« Back"), Go(to="typing_back")))
    return Screen(f"<b>{step}</b>\n{_question(missing)}", [row])


def _question(field: Field) -> Html:
    return _(
        QUESTIONS[field],
        mark=PRINTED.get(field, ""),
        drive=PRINTED[Field.DRIVE],
        example=_EXAMPLES.get(field, ""),
    )


def _look_over(turn: Turn, values: Mapping[str, Any]) -> Screen:
    lines = [_("<b>Is everything right?</b>"), *(_named(turn, f, values) for f in Field)]
    return Screen(
        "\n".join(lines),
        [
            [
                Button(_("✅ Send"), Go(to="typing_send")),
                Button(_("✏️ Change"), Go(to="typing_change")),
            ],
            [Button(_("Cancel"), Go(to="typing_cancel"))],
        ],
    )


def _named(turn: Turn, field: Field, values: Mapping[str, Any]) -> Html:
    value = values[field]
    if field is Field.TOTAL:
        value = money(value)
    elif field is Field.MOMENT:
        moment = datetime.fromisoformat(value).replace(tzinfo=turn.city.timezone)
        value = day_and_clock(moment, turn.city.timezone)
    return _(NAMES[field], mark=PRINTED.get(field, ""), value=str(value))


def _mistake(mistake: Mistyped) -> Html:
    if mistake.fault is Fault.LENGTH:
        return _n(
            "I count {n} digit, but this number has 16.",
            "I count {n} digits, but this number has 16.",
            mistake.digits,
        )
    return _(MISTAKES[mistake.fault])


def _local_now(turn: Turn) -> datetime:
    return turn.now.astimezone(turn.city.timezone).replace(tzinfo=None)
