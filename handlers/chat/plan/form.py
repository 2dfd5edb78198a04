"""An official writes a figure: the number, why it is behind, and a photo of its document."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import To
from handlers.chat.adding import Answer
from handlers.chat.plan.asking import (
    ask,
    goes_on,
    paper,
    seen_in,
    too_late,
    under_way,
    waits_for_paper,
)
from handlers.chat.plan.buttons import ShowIndicator, ShowMeasure, WriteFigure
from handlers.chat.plan.home import back_to_plan
from handlers.chat.plan.pages import of_indicator
from handlers.chat.plan.states import OURS, WritingFigure
from handlers.chat.plan.words import SIGNS, figure, named, signed
from handlers.chat.projects.files import bring
from handlers.screen import Button, Screen
from handlers.texts import _
from handlers.turn import Turn
from services.plan import figures, measures, overview
from services.plan.figures import Form
from services.plan.papers import Proof
from services.plan.status import Status

router = Router(name="plan_form")

_REASON = 500
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,3})?")


@router.callback_query(To("plan_mine"), flags=allow(Access.OFFICIAL))
async def mine(_query: CallbackQuery, turn: Turn) -> Screen:
    today = turn.now.astimezone(turn.city.timezone).date()
    units = turn.me.units()
    known = await overview.indicators(turn.tx, turn.city.id, today)
    own = [each for each in known if each.unit_id in units]
    works = [
        each
        for each in await measures.measures(turn.tx, turn.city.id, today)
        if each.unit_id in units
    ]
    if not own and not works:
        return Screen(
            _("Your unit answers for no indicator or measure of the plan."), [[back_to_plan()]]
        )
    rows = []
    for each in own:
        current = each.of(today.year)
        sign = SIGNS[current.status if current else Status.NO_PLAN]
        missing = " ✍️" if current is not None and current.fact is None else ""
        rows.append(
            [
                Button(
                    named(f"{sign} {each.title}", 56) + missing,
                    ShowIndicator(indicator=each.id),
                )
            ]
        )
    rows += [
        [Button(named(f"💰 {each.code} {each.title}", 56), ShowMeasure(measure=each.id))]
        for each in works
    ]
    return Screen(
        _(
            "<b>Figures of your unit</b>\n✍️ marks those that nobody has written this year, 💰 "
            "measures with their money."
        ),
        [*rows, [back_to_plan()]],
    )


@router.callback_query(WriteFigure.filter(), flags=allow(Access.OFFICIAL))
async def begin(_query: CallbackQuery, callback_data: WriteFigure, turn: Turn) -> Screen:
    indicator_id, year = callback_data.indicator, callback_data.year
    if year == 0:
        return await _which_year(turn, indicator_id)
    opened = await _open(turn, indicator_id, year)
    data = {
        "indicator": indicator_id,
        "year": year,
        "seen": opened.seen.isoformat() if opened.seen else None,
    }
    await goes_on(turn, WritingFigure.number, data)
    lines: list[str] = [
        _("<b>{title}</b>, {year}", title=opened.indicator.title, year=str(year)),
        _("Counted in: {unit}", unit=opened.indicator.unit),
    ]
    if opened.plan is not None:
        lines.append(_("The plan: {figure}", figure=figure(opened.plan)))
    if opened.fact is not None:
        lines.append(_("Written so far: {figure}", figure=figure(opened.fact)))
    lines += ["", _("Please type the number, for example 67.5")]
    return ask("\n".join(lines))


async def _which_year(turn: Turn, indicator_id: int) -> Screen:
    today = turn.now.astimezone(turn.city.timezone).date()
    shown = await overview.indicator(turn.tx, turn.city.id, indicator_id, today)
    rows = [
        [Button(str(year), WriteFigure(indicator=indicator_id, year=year))]
        for year in figures.writable_years(shown, today.year)
    ]
    rows.append([Button(_("« Back"), ShowIndicator(indicator=indicator_id))])
    return Screen(_("The figure of which year?"), rows, fresh=True)


@router.callback_query(To("plan_cancel"), flags=allow(Access.GUEST))
async def cancel(_query: CallbackQuery, turn: Turn) -> Screen:
    # An old button must not end a dialogue about something else.
    if await turn.state.get_state() in OURS:
        await turn.state.clear()
    return Screen(_("Nothing was changed."), [[back_to_plan()]])


@router.message(StateFilter(WritingFigure.number), Answer(), flags=allow(Access.GUEST))
async def typed_number(message: Message, turn: Turn) -> Screen:
    data = await under_way(turn)
    if data is None:
        return too_late()
    fact = _thousandths(message.text or "")
    if fact is None:
        return ask(
            _("I need a number with at most three decimals, such as 67.5. Please type it again.")
        )
    opened = await _open(turn, data["indicator"], data["year"])
    after = figures.outcome(opened, fact, turn.city, turn.now)
    data |= {"fact": fact}
    if after is Status.NEGATIVE:
        await goes_on(turn, WritingFigure.reason, data)
        return ask(
            _(
                "{figure} is behind the plan. Why is that? One or two sentences: everybody will "
                "read them beside the figure.",
                figure=figure(fact),
            )
        )
    return await _ask_document(turn, data, after)


@router.message(StateFilter(WritingFigure.reason), Answer(), flags=allow(Access.GUEST))
async def typed_reason(message: Message, turn: Turn) -> Screen:
    data = await under_way(turn)
    if data is None:
        return too_late()
    reason = " ".join((message.text or "").split())
    if len(reason) > _REASON:
        return ask(_("That is too long for a table. Please say it in two sentences."))
    return await _ask_document(turn, data | {"reason": reason}, Status.NEGATIVE)


async def _ask_document(turn: Turn, data: dict[str, Any], after: Status) -> Screen:
    await goes_on(turn, WritingFigure.document, data)
    return ask(
        _(
            "{figure}: {status}. Now send the document this number comes from, a photo or a PDF. "
            "Only the city’s team will see it; everybody sees that it is there.",
            figure=figure(data["fact"]),
            status=signed(after),
        )
    )


@router.message(
    StateFilter(WritingFigure.document),
    F.photo | F.document,
    flags=allow(Access.GUEST, prepare=bring),
)
async def sent_document(message: Message, turn: Turn) -> Screen:
    data = await under_way(turn)
    if data is None:
        return too_late()
    brought = paper(message, turn.prepared)
    if not isinstance(brought, Proof):
        return ask(brought)
    opened = await _open(turn, data["indicator"], data["year"])
    written = await figures.write(
        turn.tx,
        turn.city,
        opened,
        fact=data["fact"],
        seen=seen_in(data),
        paper=brought,
        reason=data.get("reason"),
        now=turn.now,
    )
    await turn.state.clear()
    said = _(
        "✅ Written: {figure} for {year}. It is public now.",
        figure=figure(written.fact),
        year=str(written.year),
    )
    return await of_indicator(turn, data["indicator"], said)


@router.message(StateFilter(WritingFigure.document), Answer(), flags=allow(Access.GUEST))
async def no_document_yet(_message: Message, turn: Turn) -> Screen:
    if await under_way(turn) is None:
        return too_late()
    return waits_for_paper()


def _thousandths(text: str) -> int | None:
    """A typed number; None for anything else."""
    plain = "".join(text.split()).replace("\u2212", "-")
    if not _NUMBER.fullmatch(plain):
        return None
    try:
        scaled = Decimal(plain.replace(",", ".")) * 1000
    except InvalidOperation:
        return None
    return int(scaled) if abs(scaled) <= figures.MOST else None


async def _open(turn: Turn, indicator_id: int, year: int) -> Form:
    return await figures.form(
        turn.tx,
        turn.city,
        member_id=turn.me.id,
        indicator_id=indicator_id,
        year=year,
        now=turn.now,
    )
