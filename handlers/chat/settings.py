"""Language and messages; what is stored, given out and deleted on request."""

import json

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, Speak, To
from handlers.chat.consenting import consent_button
from handlers.chat.guest import welcome
from handlers.chat.home import home
from handlers.screen import Attachment, Button, Keyboard, Screen
from handlers.texts import LANGUAGES, _, day, language, language_name
from handlers.turn import Turn
from services.members import consents, people, privacy
from services.members.consents import ConsentKind

router = Router(name="settings")


@router.message(Command("settings"), flags=allow(Access.ANYONE))
@router.callback_query(To("settings"), flags=allow(Access.ANYONE))
async def settings(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    return _settings(turn, notify=turn.me.notify)


def _settings(turn: Turn, *, notify: bool) -> Screen:
    switch = (
        Button(_("🔔 Reminders: on"), Go(to="reminders_off"))
        if notify
        else Button(_("🔕 Reminders: off"), Go(to="reminders_on"))
    )
    return Screen(
        _(
            "<b>Settings</b>\n"
            "Reminders tell you when points are ready or about to expire. "
            "You always get messages about rewards you have taken."
        ),
        [
            [
                Button(language_name(tongue), Speak(language=tongue))
                for tongue in LANGUAGES
                if tongue in turn.city.languages
            ],
            [switch],
            [Button(_("🔐 My data"), Go(to="privacy"))],
        ],
    )


@router.callback_query(Speak.filter(), flags=allow(Access.ANYONE))
async def speak(_query: CallbackQuery, callback_data: Speak, turn: Turn) -> Screen:
    tongue = callback_data.language
    if tongue in LANGUAGES and tongue in turn.city.languages:
        await people.speak(turn.tx, turn.me.id, tongue)
        language.set(tongue)
    return home(turn, _("We speak English now.")) if turn.me.consented else welcome(turn)


@router.callback_query(To("reminders_on"), flags=allow(Access.ANYONE))
async def reminders_on(_query: CallbackQuery, turn: Turn) -> Screen:
    await people.set_notifications(turn.tx, turn.me.id, on=True)
    return _settings(turn, notify=True)


@router.callback_query(To("reminders_off"), flags=allow(Access.ANYONE))
async def reminders_off(_query: CallbackQuery, turn: Turn) -> Screen:
    await people.set_notifications(turn.tx, turn.me.id, on=False)
    return _settings(turn, notify=False)


@router.message(Command("privacy"), flags=allow(Access.ANYONE))
@router.callback_query(To("privacy"), flags=allow(Access.ANYONE))
async def show_privacy(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    given = await consents.answers(turn.tx, turn.me.id)
    lines = [
        _("<b>Your data</b>"),
        _agreed(turn, _("Personal data"), given.get(ConsentKind.PERSONAL_DATA)),
        _agreed(turn, _("Offers and events"), given.get(ConsentKind.ADVERTISING)),
    ]
    advertising = given.get(ConsentKind.ADVERTISING)
    wants = bool(advertising and advertising.given)
    change = _("Stop offers and events") if wants else _("Receive offers and events")
    return Screen(
        "\n".join(lines),
        [
            [Button(_("⬇️ Get my data as a file"), Go(to="export"))],
            [consent_button(turn, change, ConsentKind.ADVERTISING, given=not wants)],
            *([[Button(_("Withdraw the data consent"), Go(to="withdraw"))]] * turn.me.consented),
            [Button(_("🗑 Delete my card"), Go(to="delete"))],
        ],
    )


def _agreed(turn: Turn, what: str, answer: consents.Answer | None) -> str:
    if answer is None:
        return _("{what}: not asked yet", what=what)
    on = day(answer.at, turn.city.timezone, turn.now)
    if answer.given:
        return _("✅ {what}: agreed on {day}", what=what, day=on)
    return _("✖️ {what}: declined on {day}", what=what, day=on)


@router.callback_query(To("export"), flags=allow(Access.ANYONE))
async def export(_query: CallbackQuery, turn: Turn) -> Screen:
    data = await privacy.export(turn.tx, turn.me.id)
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return Screen(
        _(
            "This file holds everything your card keeps about you. Our conversation and the "
            "pictures you sent are here in the chat."
        ),
        attachment=Attachment("my-guestcard-data.json", text),
    )


@router.callback_query(To("withdraw"), flags=allow(Access.GUEST))
async def withdraw(_query: CallbackQuery, turn: Turn) -> Screen:
    return Screen(
        _(
            "Without this consent I cannot keep your card active: receipts and rewards will stop "
            "until you agree again. Your points stay on the card until they expire."
        ),
        [
            [
                consent_button(turn, _("Withdraw"), ConsentKind.PERSONAL_DATA, given=False),
                Button(_("Keep it"), Go(to="privacy")),
            ]
        ],
    )


@router.callback_query(To("delete"), flags=allow(Access.ANYONE))
async def ask_to_delete(_query: CallbackQuery, turn: Turn) -> Screen:
    lines = [
        _(
            "<b>Delete your card?</b>\n"
            "Your name and the messages I keep will be deleted and your points lost. This cannot "
            "be undone. Purchases stay in the records without your name."
        )
    ]
    if turn.me.channel == "telegram":
        lines.append(_("The chat in your Telegram is yours: you can delete it there."))
    return Screen(
        "\n".join(lines),
        [
            [Button(_("Yes, delete my card for good"), Go(to="delete_sure"))],
            [Button(_("Keep my card"), Go(to="privacy"))],
        ],
    )


@router.callback_query(To("delete_sure"), flags=allow(Access.ANYONE))
async def delete(_query: CallbackQuery, turn: Turn) -> Screen:
    await privacy.delete_member(turn.tx, turn.me.id, turn.now)
    await turn.state.clear()
    return Screen(
        _("Done. Your data is gone. Thank you for visiting, and come again: /start"),
        keyboard=Keyboard([]),
        fresh=True,
    )
