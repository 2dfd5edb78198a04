"""The first words: what this is, two consents, a name, and home."""

from collections.abc import Sequence

from aiogram import Router
from aiogram.filters import Command, CommandObject, CommandStart, Filter, StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message, User

from handlers.access import Access, allow
from handlers.buttons import MENU, Agree, Go, To, UseName
from handlers.chat import counter, partner
from handlers.screen import Button, Keyboard, Screen
from handlers.texts import _, days, local, plain, verbatim
from handlers.turn import NAMELESS, Turn
from services.members import consents, people
from services.members.consents import ConsentKind

router = Router(name="guest")

INVITATION, REDEMPTION, CARD = "s_", "r_", "c_"


class Words(Filter):
    """A text that is not a command."""

    async def __call__(self, message: Message) -> bool:
        return bool(message.text) and not str(message.text).startswith("/")


class Onboarding(StatesGroup):
    """Waiting for the name on the card."""

    name = State()


@router.message(CommandStart(), flags=allow(Access.ANYONE))
async def start(message: Message, command: CommandObject, turn: Turn) -> Screen:
    payload = command.args or ""
    if not turn.me.consented:
        await turn.state.set_data({"payload": payload})
        return welcome(turn)
    return await opened(turn, payload)


async def opened(turn: Turn, payload: str) -> Screen:
    """Where a link leads a member: a role, a guest's reward or card, or home."""
    if payload.startswith(INVITATION):
        return await partner.accept(turn, payload.removeprefix(INVITATION))
    if payload.startswith(REDEMPTION):
        return await counter.present(turn, payload.removeprefix(REDEMPTION))
    if payload.startswith(CARD):
        return await counter.greet(turn, payload.removeprefix(CARD)) or home(turn)
    return home(turn)


def welcome(turn: Turn) -> Screen:
    return Screen(
        _(
            "<b>Welcome to {city}!</b>\n\n"
            "🧾 Photograph your receipts and collect points.\n"
            "🎁 Spend them on treats in cafés and museums.\n"
            "💳 Your guest card is always here, in this chat.",
            city=local(turn.city.name),
        ),
        also=[_ask_for_data()],
    )


def _ask_for_data() -> Screen:
    kind = ConsentKind.PERSONAL_DATA
    return Screen(
        _("To set up your card, I need to store your name, your receipts and your points. May I?"),
        [
            [Button(_("Yes, I agree"), Agree(kind=kind, given=True))],
            [Button(_("Read the full text"), Go(to="consent_personal_data"))],
            [Button(_("Not now"), Agree(kind=kind, given=False))],
        ],
    )


def _ask_for_advertising() -> Screen:
    kind = ConsentKind.ADVERTISING
    return Screen(
        _(
            "One more question. Your answer does not affect your card: may I sometimes write to "
            "you about offers and events?"
        ),
        [
            [
                Button(_("Yes, please"), Agree(kind=kind, given=True)),
                Button(_("No, thanks"), Agree(kind=kind, given=False)),
            ],
            [Button(_("Read the full text"), Go(to="consent_advertising"))],
        ],
    )


@router.callback_query(To("consent_personal_data"), flags=allow(Access.ANYONE))
async def personal_data_text(_query: CallbackQuery, turn: Turn) -> Screen:
    question = _ask_for_data().buttons
    return _consent_text(turn, ConsentKind.PERSONAL_DATA, [question[0], question[2]])


@router.callback_query(To("consent_advertising"), flags=allow(Access.ANYONE))
async def advertising_text(_query: CallbackQuery, turn: Turn) -> Screen:
    return _consent_text(turn, ConsentKind.ADVERTISING, [_ask_for_advertising().buttons[0]])


def _consent_text(turn: Turn, kind: ConsentKind, buttons: list[Sequence[Button]]) -> Screen:
    return Screen(local(turn.city.consents[kind].text), buttons)


@router.callback_query(Agree.filter(), flags=allow(Access.ANYONE))
async def agree(query: CallbackQuery, callback_data: Agree, turn: Turn) -> Screen:
    kind = callback_data.kind
    before = await consents.answers(turn.tx, turn.me.id)
    await consents.answer(
        turn.tx,
        member_id=turn.me.id,
        kind=kind,
        given=callback_data.given,
        text_version=turn.city.consents[kind].version,
        language=turn.me.language,
        channel=turn.me.channel,
        now=turn.now,
    )
    if kind is ConsentKind.PERSONAL_DATA:
        if not callback_data.given:
            return _withdrawn() if turn.me.consented else _come_back()
        if ConsentKind.ADVERTISING not in before:
            return _ask_for_advertising()
        return home(turn)
    if not turn.me.consented:
        return _ask_for_data()
    if turn.me.name or before.get(kind):
        return home(turn, _("Noted, thank you."))
    return await _ask_for_name(turn, query.from_user)


def _come_back() -> Screen:
    return Screen(
        _("That is fine. I will not open a card. If you change your mind, just press the button."),
        [[Button(_("Yes, I agree"), Agree(kind=ConsentKind.PERSONAL_DATA, given=True))]],
    )


def _withdrawn() -> Screen:
    return Screen(
        _(
            "Consent withdrawn. Your card is paused; your points stay on it until they expire. To "
            "continue, agree again with the button; to remove everything, open /privacy."
        ),
        [[Button(_("Yes, I agree"), Agree(kind=ConsentKind.PERSONAL_DATA, given=True))]],
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
    payload = (await turn.state.get_data()).get("payload", "")
    await turn.state.clear()
    if payload.startswith((INVITATION, REDEMPTION)):
        return await opened(turn, payload)
    greeting = _("Nice to meet you, {name}! Your card is ready.", name=clean)
    return home(turn, greeting if clean else _("Your card is ready."))


def home(turn: Turn, greeting: str = "") -> Screen:
    """The way to everything, with the reply keyboard."""
    text = _("Send me a photo of a receipt, or choose below.")
    labels = [plain(_(label)) for label in MENU.values()]
    return Screen(
        f"{greeting}\n\n{text}" if greeting else text,
        keyboard=Keyboard([labels[:2], labels[2:]]),
        fresh=True,
    )


@router.message(Command("help"), flags=allow(Access.ANYONE))
@router.callback_query(To("help"), flags=allow(Access.ANYONE))
async def show_help(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    return Screen(
        _(
            "<b>How it works</b>\n"
            "1. Pay at a partner venue and photograph the QR code on the receipt.\n"
            "2. Some of your points arrive at once, the rest in {days}.\n"
            "3. Choose a reward, show the code at the counter and enjoy.\n\n"
            "/card your card and points\n"
            "/receipt your receipts\n"
            "/rewards what points buy\n"
            "/settings language and messages\n"
            "/privacy your data",
            days=days(turn.city.rules.earning.matures_after_days),
        ),
    )
