"""Two consents, each its own question about one version of a text, and a name for the card."""

from dataclasses import replace

from aiogram import Router
from aiogram.filters import Filter, StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message, User

from handlers.access import Access, allow
from handlers.buttons import Agree, Go, To, UseName
from handlers.chat.arriving import opened_late
from handlers.chat.home import home
from handlers.screen import Button, Screen
from handlers.texts import _, local, verbatim
from handlers.turn import NAMELESS, Turn
from services.members import consents, people
from services.members.consents import ConsentKind

router = Router(name="consenting")


class Words(Filter):
    """A text that is not a command."""

    async def __call__(self, message: Message) -> bool:
        return bool(message.text) and not str(message.text).startswith("/")


class Onboarding(StatesGroup):
    """Waiting for the name on the card."""

    name = State()


def consent_button(turn: Turn, label: str, kind: ConsentKind, *, given: bool) -> Button:
    """An answer to the question about the text that is in force now."""
    version = turn.city.consents[kind].version
    return Button(label, Agree(kind=kind, given=given, version=version))


def ask_for_data(turn: Turn) -> Screen:
    """The first question."""
    kind = ConsentKind.PERSONAL_DATA
    return Screen(
        _("To set up your card, I need to store your name, your receipts and your points. May I?"),
        [
            [consent_button(turn, _("Yes, I agree"), kind, given=True)],
            [Button(_("Read the full text"), Go(to="consent_personal_data"))],
            [consent_button(turn, _("Not now"), kind, given=False)],
        ],
    )


def _ask_for_advertising(turn: Turn) -> Screen:
    kind = ConsentKind.ADVERTISING
    return Screen(
        _(
            "One more question. Your answer does not affect your card: may I sometimes write to "
            "you about offers and events?"
        ),
        [
            [
                consent_button(turn, _("Yes, please"), kind, given=True),
                consent_button(turn, _("No, thanks"), kind, given=False),
            ],
            [Button(_("Read the full text"), Go(to="consent_advertising"))],
        ],
    )


@router.callback_query(To("consent_personal_data"), flags=allow(Access.ANYONE))
async def personal_data_text(_query: CallbackQuery, turn: Turn) -> Screen:
    yes, _read, later = ask_for_data(turn).buttons
    return Screen(local(turn.city.consents[ConsentKind.PERSONAL_DATA].text), [yes, later])


@router.callback_query(To("consent_advertising"), flags=allow(Access.ANYONE))
async def advertising_text(_query: CallbackQuery, turn: Turn) -> Screen:
    answers, _read = _ask_for_advertising(turn).buttons
    return Screen(local(turn.city.consents[ConsentKind.ADVERTISING].text), [answers])


@router.callback_query(Agree.filter(), flags=allow(Access.ANYONE))
async def agree(query: CallbackQuery, callback_data: Agree, turn: Turn) -> Screen:
    kind = callback_data.kind
    if callback_data.given and callback_data.version != turn.city.consents[kind].version:
        data = kind is ConsentKind.PERSONAL_DATA
        return ask_for_data(turn) if data else _ask_for_advertising(turn)
    before = await consents.answers(turn.tx, turn.me.id)
    await consents.answer(
        turn.tx,
        member_id=turn.me.id,
        kind=kind,
        given=callback_data.given,
        text_version=callback_data.version,
        language=turn.me.language,
        channel=turn.me.channel,
        now=turn.now,
    )
    if kind is ConsentKind.PERSONAL_DATA:
        return await _after_data(turn, callback_data, asked=ConsentKind.ADVERTISING in before)
    if not turn.me.consented:
        return ask_for_data(turn)
    if turn.me.name or before.get(kind):
        return await opened_late(turn) or home(turn, _("Noted, thank you."))
    led_to = await opened_late(turn)
    name = await _ask_for_name(turn, query.from_user)
    return replace(led_to, also=[*led_to.also, name]) if led_to else name


async def _after_data(turn: Turn, answer: Agree, *, asked: bool) -> Screen:
    if not answer.given:
        return _withdrawn(turn) if turn.me.consented else _come_back(turn)
    if not asked:
        return _ask_for_advertising(turn)
    return await opened_late(turn) or home(turn)


def _come_back(turn: Turn) -> Screen:
    return Screen(
        _("That is fine. I will not open a card. If you change your mind, just press the button."),
        [[consent_button(turn, _("Yes, I agree"), ConsentKind.PERSONAL_DATA, given=True)]],
    )


def _withdrawn(turn: Turn) -> Screen:
    return Screen(
        _(
            "Consent withdrawn. Your card is paused; your points stay on it until they expire. To "
            "continue, agree again with the button; to remove everything, open /privacy."
        ),
        [[consent_button(turn, _("Yes, I agree"), ConsentKind.PERSONAL_DATA, given=True)]],
    )


async def _ask_for_name(turn: Turn, profile: User | None) -> Screen:
    await turn.state.set_state(Onboarding.name)
    buttons = [[Button(_("No name"), UseName(profile=False))]]
    if profile is not None and profile.full_name != NAMELESS:
        buttons.insert(0, [Button(verbatim(profile.full_name), UseName(profile=True))])
    return Screen(_("What name should I put on your card? Type it here, or choose below."), buttons)


@router.callback_query(UseName.filter(), flags=allow(Access.GUEST))
async def use_name(query: CallbackQuery, callback_data: UseName, turn: Turn) -> Screen:
    profile = query.from_user.full_name
    return await _named(turn, profile if callback_data.profile and profile != NAMELESS else "")


@router.message(StateFilter(Onboarding.name), Words(), flags=allow(Access.GUEST))
async def typed_name(message: Message, turn: Turn) -> Screen:
    return await _named(turn, message.text or "")


async def _named(turn: Turn, name: str) -> Screen:
    clean = await people.rename(turn.tx, turn.me.id, name)
    await turn.state.clear()
    greeting = _("Nice to meet you, {name}! Your card is ready.", name=clean)
    return home(turn, greeting if clean else _("Your card is ready."))
