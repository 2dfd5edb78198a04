"""An official writes what was spent: the sum, and its document."""

import re
from decimal import Decimal

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.adding import Answer
from handlers.chat.plan.asking import (
    ask,
    goes_on,
    paper,
    seen_in,
    shown,
    too_late,
    under_way,
    waits_for_paper,
)
from handlers.chat.plan.buttons import ShowMeasure, ShowReceipt, WriteSpent
from handlers.chat.plan.measure import of_measure
from handlers.chat.plan.sheets import SOURCES
from handlers.chat.plan.states import WritingSpent
from handlers.chat.plan.words import shortened
from handlers.chat.projects.files import bring
from handlers.screen import Button, Screen
from handlers.texts import Html, _, money, verbatim
from handlers.turn import Turn
from services.errors import NotAllowed, NotFound
from services.plan import figures, measures, papers, spending
from services.plan.papers import Proof
from services.plan.spending import Form

router = Router(name="plan_spent")

_SUM = re.compile(r"[0-9]{1,13}([.,][0-9]{1,2})?")
_SUMS = 12
_TITLE = 120


@router.callback_query(WriteSpent.filter(), flags=allow(Access.OFFICIAL))
async def begin(_query: CallbackQuery, callback_data: WriteSpent, turn: Turn) -> Screen:
    measure_id, year, source = callback_data.measure, callback_data.year, callback_data.source
    if year == 0:
        return await _which(turn, measure_id)
    opened = await _open(turn, measure_id, year, source)
    await goes_on(
        turn,
        WritingSpent.sum,
        {
            "measure": measure_id,
            "year": year,
            "source": source,
            "seen": opened.seen.isoformat() if opened.seen else None,
        },
    )
    planned, spent = opened.money.planned, opened.money.spent
    lines: list[str] = [
        f"<b>{opened.measure.code} {verbatim(shortened(opened.measure.title, _TITLE))}</b>",
        f"{year}, {_(SOURCES[source])}",
        _("Planned: {sum}", sum=money(planned)),
    ]
    if spent:
        lines.append(_("Written so far: {figure}", figure=money(spent)))
    lines += [
        "",
        _(
            "How much of it has been spent in {year}? In roubles, for example 125000.50",
            year=str(year),
        ),
    ]
    return ask("\n".join(lines))


async def _which(turn: Turn, measure_id: int) -> Screen:
    today = turn.now.astimezone(turn.city.timezone).date()
    measure = await measures.measure(turn.tx, turn.city.id, measure_id, today)
    if measure.unit_id not in turn.me.units():
        raise NotAllowed
    rows = [
        [
            Button(
                f"{each.year}, {_(SOURCES[each.source])}",
                WriteSpent(measure=measure_id, year=each.year, source=each.source),
            )
        ]
        for each in spending.writable(measure, today.year)[:_SUMS]
    ]
    rows.append([Button(_("« Back"), ShowMeasure(measure=measure_id))])
    return Screen(_("The money of which year and source?"), rows, fresh=True)


async def _open(turn: Turn, measure_id: int, year: int, source: str) -> Form:
    return await spending.form(
        turn.tx, turn.city, member_id=turn.me.id, measure_id=measure_id, year=year,
        source=source, now=turn.now,
    )  # fmt: skip


@router.message(StateFilter(WritingSpent.sum), Answer(), flags=allow(Access.GUEST))
async def typed_sum(message: Message, turn: Turn) -> Screen:
    data = await under_way(turn)
    if data is None:
        return too_late()
    spent = _kopecks(message.text or "")
    if spent is None:
        return ask(
            _(
                "I need a sum in roubles that is not below zero, such as 125000.50. Please type it "
                "again."
            )
        )
    opened = await _open(turn, data["measure"], data["year"], data["source"])
    await goes_on(turn, WritingSpent.document, data | {"spent": spent})
    return ask("\n\n".join([*_doubts(opened, spent), _paper_please(spent)]))


def _doubts(opened: Form, spent: int) -> list[Html]:
    """What is odd about the sum; it is said, and not refused: the plan may have been changed."""
    known = opened.money
    if spent > known.planned:
        return [_("⚠️ That is more than the planned {sum}.", sum=money(known.planned))]
    if spent < known.spent:
        return [_("⚠️ That is less than the {sum} written so far.", sum=money(known.spent))]
    return []


def _paper_please(spent: int) -> Html:
    return _(
        "{sum}. Now send the document this sum comes from, a photo or a PDF. Only the city’s team "
        "will see it; everybody sees that it is there.",
        sum=money(spent),
    )


@router.message(
    StateFilter(WritingSpent.document),
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
    year, source = data["year"], data["source"]
    opened = await _open(turn, data["measure"], year, source)
    await spending.write(
        turn.tx, turn.city, opened, spent=data["spent"], seen=seen_in(data), paper=brought,
        now=turn.now,
    )  # fmt: skip
    await turn.state.clear()
    said = _(
        "✅ Written: {sum} spent in {year}, {source}. It is public now.",
        sum=money(data["spent"]),
        year=str(year),
        source=_(SOURCES[source]),
    )
    return await of_measure(turn, data["measure"], said)


@router.message(StateFilter(WritingSpent.document), Answer(), flags=allow(Access.GUEST))
async def no_document_yet(_message: Message, turn: Turn) -> Screen:
    if await under_way(turn) is None:
        return too_late()
    return waits_for_paper()


def _kopecks(text: str) -> int | None:
    """A typed sum of roubles; None for anything else."""
    plain = "".join(text.split()).removesuffix("₽")
    if not _SUM.fullmatch(plain):
        return None
    kopecks = int(Decimal(plain.replace(",", ".")) * 100)
    return kopecks if kopecks <= figures.MOST else None


@router.callback_query(ShowReceipt.filter(), flags=allow(Access.GUEST))
async def receipt(_query: CallbackQuery, callback_data: ShowReceipt, turn: Turn) -> Screen:
    facts = callback_data.model_dump()
    found = await papers.of_spending(
        turn.tx, member_id=turn.me.id, measure_id=callback_data.measure, year=callback_data.year,
        source=callback_data.source,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return shown(
        found,
        _("The document of {year}. It is not public.", year=str(callback_data.year)),
        Button(_("« Back"), ShowMeasure(measure=callback_data.measure)),
        {**facts, "viewer": turn.me.id},
    )
