"""A promise from its first word to the money that has arrived."""

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.projects import words
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import Commit, Named, Pledge, ShowProject
from handlers.chat.projects.money import amount_in, budget_page, line_page
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import _, verbatim
from handlers.turn import Turn
from services.projects import budget, money

router = Router(name="project_pledging")


@router.callback_query(Pledge.filter(), flags=allow(Access.GUEST))
async def pledge(_query: CallbackQuery, callback_data: Pledge, turn: Turn) -> Screen:
    lines = await budget.lines(turn.tx, callback_data.project)
    wanted = next((each for each in lines if each.id == callback_data.line), None)
    if wanted is None:
        return await budget_page(turn, callback_data.project)
    unit = _("roubles") if wanted.unit == words.KOPECKS else verbatim(wanted.unit)
    return await ask(
        turn,
        Asking.sum,
        _("🤝 {what}: how much do you promise ({unit})?", what=wanted.label, unit=unit),
        project=callback_data.project,
        line=wanted.id,
        source=callback_data.source,
        unit=wanted.unit,
    )


@router.message(StateFilter(Asking.sum), Answer(), flags=allow(Access.GUEST))
async def how_much(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    about = {name: kept[name] for name in ("project", "line", "source", "unit")}
    amount, _unit = amount_in(message.text or "", in_money=kept["unit"] == words.KOPECKS)
    if amount is None:
        return await ask(turn, Asking.sum, _("Please write a number, for example: 5000"), **about)
    return await ask(
        turn, Asking.giver, _("In whose name? A company, a fund, or your own."), **about,
        amount=amount,
    )  # fmt: skip


@router.message(StateFilter(Asking.giver), Answer(), flags=allow(Access.GUEST))
async def giver(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    kept.pop("since")
    return await ask(
        turn,
        Asking.giver,
        _("May everybody see this name: {name}?", name=message.text or ""),
        [Button(_("Yes, show it"), Named(public=True)),
         Button(_("No, keep it"), Named(public=False))],
        **{**kept, "org": message.text or ""},
    )  # fmt: skip


@router.callback_query(Named.filter(), flags=allow(Access.GUEST))
async def named(_query: CallbackQuery, callback_data: Named, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None or "org" not in kept:
        return left()
    await money.pledge(
        turn.tx, city=turn.city, line_id=kept["line"], by=turn.me.id, source=kept["source"],
        org=kept["org"], amount=kept["amount"], public=callback_data.public, now=turn.now,
    )  # fmt: skip
    return await line_page(turn, kept["project"], kept["line"], _("Promised. Thank you!"))


@router.callback_query(Commit.filter(), flags=allow(Access.GUEST))
async def commit(_query: CallbackQuery, callback_data: Commit, turn: Turn) -> Screen:
    project_id, commitment = callback_data.project, callback_data.commitment
    match callback_data.state:
        case "signed":
            return await ask(
                turn, Asking.paper, _("The number or the name of the signed paper, please."),
                project=project_id, commitment=commitment,
            )  # fmt: skip
        case "paid":
            await money.pay(
                turn.tx, city=turn.city, commitment_id=commitment, by=turn.me.id, now=turn.now
            )
        case "withdrawn":
            await money.withdraw(turn.tx, commitment_id=commitment, by=turn.me.id, now=turn.now)
    return await budget_page(turn, project_id, _("Noted"))


@router.message(StateFilter(Asking.paper), Answer(), flags=allow(Access.GUEST))
async def signed(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    moved = await money.sign(
        turn.tx, city=turn.city, commitment_id=kept["commitment"], by=turn.me.id,
        document=message.text or "", now=turn.now,
    )  # fmt: skip
    if moved is None:
        return await budget_page(turn, kept["project"])
    return Screen(
        _("🎉 The money is there: “{title}” moves on.", title=moved.title),
        [[Button(_("Open the project"), ShowProject(project=moved.project_id))]],
    )
